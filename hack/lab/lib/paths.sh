# shellcheck shell=bash
# Where things are: sources (read only), caches (may be deleted at any time), state (of running clusters).

SOURCES=$LAB/program
CACHE=${LUNARX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lunarx}
STATE=${LUNARX_STATE:-/var/lib/lunarx-lab}

# What each cached piece is made from is in its name: a changed source makes a new one, an unchanged one is reused.
BINARIES_KEY=$(cd "$LAB" && digest program/go.mod program/go.sum program/*.go program/*/*.go lib/build.sh)
BINARIES=$CACHE/lab/program-$BINARIES_KEY
SCHEMAS=$CACHE/lab/schemas-$(cd "$LAB" && digest program/go.mod schemas.py)
PAUSE=$CACHE/lab/pause-$(cd "$LAB" && digest pause.c archive.py).tar
BASE_KEY=$(cd "$LAB" && digest lib/base.sh archive.py)
BASE=$CACHE/lab/base-$BASE_KEY.tar
# In the state folder, not in the cache: nodes hard-link it, so it must be on their filesystem.
GOLDEN=$STATE/golden-$(cd "$LAB" && digest config/containerd.toml pause.c archive.py lib/base.sh lib/golden.sh)

# On PATH for users and tests: kubectl, helm, kubeconform.
TOOLS=$CACHE/lab/bin

# cluster_folder NAME: where a cluster keeps all of its files.
cluster_folder() { echo "$STATE/clusters/$1"; }
