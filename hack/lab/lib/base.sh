# shellcheck shell=bash
# The two images that need no registry: `pause`, and a stand-in for docker.io/library/node:VERSION-bookworm-slim.
#
# The Dockerfile of the project names the published Node image; on machines that reach no container registry the lab
# passes this one as BASE instead. It is the same thing by other means: Debian bookworm made by debootstrap, the Node
# binary and npm from the npm registry, at the same paths.

readonly NODE_VERSION=24.21.0
readonly NPM_VERSION=11.21.1
readonly BASE_IMAGE=lab.lunarx.dev/base:$NODE_VERSION
readonly PAUSE_IMAGE=lab.lunarx.dev/pause:1

build_pause() {
  [ -e "$PAUSE" ] && return
  say "building the pause image"
  local root
  root=$(mktemp -d)
  gcc -static -Os -s -o "$root/pause" "$LAB/pause.c"
  python3 "$LAB/archive.py" --name "$PAUSE_IMAGE" --config '{"Entrypoint":["/pause"]}' --output "$PAUSE" "$root"
  rm -rf "$root"
}

build_base() {
  [ -e "$BASE" ] && return
  say "building the base image: Debian bookworm and Node $NODE_VERSION (once; about 80 s)"
  local work=$CACHE/lab/base.new
  rm -rf "$work" "$CACHE"/lab/base-*.tar
  mkdir -p "$work/root" "$work/npm"
  debootstrap --variant=minbase --components=main bookworm "$work/root" >"$work/debootstrap.log" 2>&1 ||
    { tail -5 "$work/debootstrap.log" >&2; die "$EXIT_FAILED" "debootstrap failed"; }
  add_node "$work/npm" "$work/root"
  slim "$work/root"
  python3 "$LAB/archive.py" --name "$BASE_IMAGE" --output "$BASE" "$work/root" \
    --config "{\"Cmd\":[\"node\"],\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\"NODE_VERSION=$NODE_VERSION\"]}"
  rm -rf "$work"
}

# add_node NPM_FOLDER ROOT: the layout of the published image. The packages' install scripts are not needed.
add_node() {
  local platform root=$2
  case $(uname -m) in
    x86_64) platform=linux-x64 ;;
    aarch64) platform=linux-arm64 ;;
    *) die "$EXIT_MACHINE" "no Node binary is known for $(uname -m)" ;;
  esac
  npm install --prefix "$1" --no-save --no-package-lock --ignore-scripts --loglevel error \
    "node-$platform@$NODE_VERSION" "npm@$NPM_VERSION" >&2
  install -m 755 "$1/node_modules/node-$platform/bin/node" "$root/usr/local/bin/node"
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -a "$1/node_modules/npm" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
}

# What the published slim images leave out too; and devices, which an image layer must not carry.
slim() {
  local root=${1:?}
  rm -rf "$root"/usr/share/{doc,man,locale,info} "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* \
    "$root"/var/log/* "${root:?}"/dev/* "$root"/proc/* "$root"/sys/* "$root"/etc/resolv.conf "$root"/etc/hostname
}
