# shellcheck shell=bash
# The golden containerd root: images are unpacked into it once and every node starts with hard links to it, so that
# starting a cluster imports nothing.

build_golden() {
  [ -d "$GOLDEN" ] && return
  say "unpacking the base images"
  local draft=$STATE/golden.new run=$STATE/golden.run socket=$STATE/golden.run/socket unshared archive
  rm -rf "$draft" "$run" "$STATE"/golden-*
  mkdir -p "$draft" "$run"
  ROOT=$draft RUN=$run SOCKET=$socket envsubst '$ROOT $RUN $SOCKET' <"$LAB/config/containerd.toml" >"$run/config.toml"
  unshare --mount --pid --fork --kill-child --mount-proc containerd --config "$run/config.toml" >"$STATE/golden.log" 2>&1 9>&- &
  unshared=$!
  await 15 ctr --address "$socket" version
  for archive in "$PAUSE" "$BASE"; do
    ctr --address "$socket" --namespace k8s.io images import "$archive" >/dev/null
  done
  kill "$(cat "/proc/$unshared/task/$unshared/children")"
  wait "$unshared" || true
  rm -rf "$run" "$STATE/golden.log"
  mv "$draft" "$GOLDEN"
}

# seed_images NODE: hard links to the layers (overlayfs never writes to a lower layer), copies of the databases.
seed_images() {
  local root=$C/$1/containerd database
  [ -e "$root/io.containerd.metadata.v1.bolt" ] && return
  mkdir -p "$root"
  cp -al "$GOLDEN/." "$root/"
  (cd "$GOLDEN" && find . -name '*.db') | while read -r database; do
    cp --remove-destination "$GOLDEN/$database" "$root/$database"
  done
}
