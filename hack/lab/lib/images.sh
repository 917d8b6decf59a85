# shellcheck shell=bash
# Builds the project's own Dockerfile with buildah, on the base of base.sh, into OCI archives.

readonly STORAGE_LIMIT_KIB=$((12 << 20))

# A name that no registry serves, so that nothing is ever pulled by mistake.
image_name() { echo "localhost/lunarx-$1:$2"; }

# build_images TAG TARGET...: prints one path per target.
build_images() {
  local tag=$1 target
  shift
  mkdir -p "$CACHE/images"
  for target in "$@"; do
    # The lock keeps two builds from writing to buildah's storage at once; paths go to stdout.
    locked "$CACHE/images/lock" build_image "$target" "$tag"
  done
}

build_image() {
  local target=$1 name archive
  name=$(image_name "$1" "$2")
  archive=$CACHE/images/$target-$2-$(image_key "$target").tar
  if [ ! -e "$archive" ]; then
    say "building $name"
    limit_storage
    import_base
    buildah_bud "$target" "$name"
    export_archive "$name" "$archive"
    remove_old_archives "$target" "$archive"
    say "built $name"
  fi
  touch "$archive"
  echo "$archive"
}

# image_key TARGET: over the base and everything that decides what the target contains (compare .dockerignore).
image_key() {
  local sources=(node/core node/wire node/runtime node/net operator)
  if [ "$1" = node ]; then sources=(node); fi
  (
    cd "$PROJECT" || exit
    {
      echo "$1 $BASE_KEY"
      find Dockerfile .dockerignore package.json package-lock.json tsconfig*.json hack/images "${sources[@]}" \
        \( -name node_modules -o -name dist \) -prune -o -type f ! -name '*.tsbuildinfo' ! -name '*.test.ts' -print0 |
        sort -z | xargs -0 sha256sum
    } | sha256sum | cut -c1-16
  )
}

# A storage of our own: the machine's, if it has one, is not ours to fill.
storage_buildah() {
  STORAGE_DRIVER=overlay buildah --root "$CACHE/buildah" --runroot "$STATE/buildah" "$@" 9>&-
}

import_base() {
  storage_buildah inspect --type image "$BASE_IMAGE-$BASE_KEY" >/dev/null 2>&1 && return
  storage_buildah pull --quiet "oci-archive:$BASE" >/dev/null
  storage_buildah tag "$BASE_IMAGE" "$BASE_IMAGE-$BASE_KEY"
}

# The package registries may be reachable only through the machine's own certificates and npm settings. They are mounted
# into the build from outside, so that the Dockerfile stays one that builds anywhere.
buildah_bud() {
  local mounts=(--volume "$CACHE/npm:/root/.npm") log=$CACHE/images/$1.log
  mkdir -p "$CACHE/npm"
  write_npm_settings >"$CACHE/images/npmrc"
  mounts+=(--volume "$CACHE/images/npmrc:/root/.npmrc:ro")
  if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    mounts+=(--volume /etc/ssl/certs/ca-certificates.crt:/run/host-certificates.crt:ro)
  fi
  storage_buildah bud --isolation chroot --layers --pull=false --format oci "${mounts[@]}" \
    --build-arg "BASE=$BASE_IMAGE-$BASE_KEY" --target "$1" --tag "$2" \
    --ignorefile "$PROJECT/.dockerignore" --file "$PROJECT/Dockerfile" "$PROJECT" >"$log" 2>&1 || {
    tail -40 "$log" >&2
    die "$EXIT_FAILED" "building $2 failed; all of it: $log"
  }
}

write_npm_settings() {
  cat "$HOME/.npmrc" 2>/dev/null || true
  echo
  echo "registry=$(npm config get registry 2>/dev/null)"
  if [ -e /etc/ssl/certs/ca-certificates.crt ]; then echo "cafile=/run/host-certificates.crt"; fi
}

# Not compressed, like the base: a layer then has the same digest in every image, and nodes take it faster.
export_archive() {
  local name=$1 archive=$2 folder=$CACHE/images/push
  rm -rf "$folder"
  storage_buildah push --quiet --disable-compression --format oci "$name" "dir:$folder" >&2
  python3 "$LAB/pack.py" "$folder" "$name" "$archive"
  rm -rf "$folder"
}

# The newest three of each target stay, so that going back and forth between branches is quick.
remove_old_archives() {
  local old
  find "$CACHE/images" -name "$1-*.tar" -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2- |
    while read -r old; do rm -f "$old"; done
}

# Every build leaves layers for the next one to reuse. They are dropped all at once when they have become too many.
limit_storage() {
  local used_kib
  [ -d "$CACHE/buildah" ] || return 0 # the first build on this machine
  used_kib=$(du -sk "$CACHE/buildah" | cut -f1)
  if [ "$used_kib" -gt $STORAGE_LIMIT_KIB ]; then
    say "emptying the build cache ($((used_kib / 1024)) MiB)"
    storage_buildah rmi --all --force >/dev/null 2>&1 || true
  fi
}
