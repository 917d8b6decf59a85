# shellcheck shell=bash
# Wrong use is told apart from failures.

check "an unknown command is wrong use" exits 2 lab fly
check "an unknown option is wrong use" exits 2 lab up --speed 3
check "no number of nodes is wrong use" exits 2 lab up "$NAME" --nodes many
check "an unknown service is wrong use" exits 2 lab svc stop n1 nonsense "$NAME"
check "a cluster that does not run" exits 4 lab status nosuch
check "a node that does not exist" exits 4 lab node cut n9 "$NAME"
check "setup, when all is there, is quick" timeout 2 "$LAB/lab" setup

# An `nft` that a package of npm brought, where the machine has none and no way to install one.
without_nft() {
  local folder packages status=0
  folder=$(mktemp -d)
  packages=$folder/node_modules/.bin
  mkdir -p "$packages" "$folder/layers"
  install -m 755 /bin/true "$packages/nft"
  PATH=$packages:$PATH unshare --mount bash -ec '
    mount -t tmpfs tmpfs "$0"
    mkdir "$0"/{upper,work}
    mount -t overlay overlay -o "lowerdir=/usr,upperdir=$0/upper,workdir=$0/work" /usr
    rm -f /usr/sbin/nft /usr/bin/apt-get
    exec "$1" needs' "$folder/layers" "$LAB/lab" || status=$?
  rm -rf "$folder"
  return $status
}
check "a command of an npm package is not taken for the machine's" exits 3 without_nft
