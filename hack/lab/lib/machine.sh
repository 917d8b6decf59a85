# shellcheck shell=bash
# The machine below: what it must have, the Debian packages, and the traces that the lab leaves and takes back.

# command:package
readonly PACKAGES=(
  containerd:containerd runc:runc nft:nftables conntrack:conntrack ip:iproute2 ethtool:ethtool socat:socat
  iptables:iptables mkfs.xfs:xfsprogs envsubst:gettext-base jq:jq openssl:openssl curl:curl gcc:gcc
  nsenter:util-linux mount:mount buildah:buildah debootstrap:debootstrap python3:python3 npm:npm
)
readonly PACKAGE_FILES=(
  /usr/lib/cni/ptp:containernetworking-plugins
  /usr/include/stdlib.h:libc6-dev
)

missing_packages() {
  local entry
  for entry in "${PACKAGES[@]}"; do
    command -v "${entry%%:*}" >/dev/null || echo "${entry#*:}"
  done
  for entry in "${PACKAGE_FILES[@]}"; do
    [ -e "${entry%%:*}" ] || echo "${entry#*:}"
  done
}

# machine_lacks: one line for each thing that setup cannot bring about itself. Empty: the lab can run here.
machine_lacks() {
  if [ "$(uname -s)" != Linux ]; then
    echo "Linux (this is $(uname -s))"
    return
  fi
  [ "$(id -u)" = 0 ] || echo "root (nodes are namespaces, mounts and cgroups): run it with sudo -E"
  [ -d /sys/fs/cgroup/pids ] || echo "cgroup v1 controllers under /sys/fs/cgroup (boot with systemd.unified_cgroup_hierarchy=0)"
  if [ -n "$(missing_packages)" ] && ! command -v apt-get >/dev/null; then
    echo "apt-get, or these packages: $(missing_packages | tr '\n' ' ')"
  fi
  [ -x "$BINARIES/lunarlab" ] || go_lacks
  grep -qw overlay /proc/filesystems || modprobe -q overlay 2>/dev/null || echo "the kernel's overlay filesystem"
  grep -qw xfs /proc/filesystems || modprobe -q xfs 2>/dev/null || echo "the kernel's xfs filesystem"
}

go_lacks() {
  local version
  if ! command -v go >/dev/null; then
    echo "Go 1.26 or newer (go is not on PATH)"
    return
  fi
  version=$(GOTOOLCHAIN=local go env GOVERSION)
  if ! printf '1.26\n%s\n' "${version#go}" | sort -V -C; then
    echo "Go 1.26 or newer (this is $version)"
  fi
}

require_machine() {
  local lacks
  lacks=$(machine_lacks)
  [ -z "$lacks" ] && return
  echo "lab: this machine cannot run the lab; it lacks:" >&2
  while read -r line; do echo "  - $line" >&2; done <<<"$lacks"
  exit "$EXIT_MACHINE"
}

install_packages() {
  local packages hadContainerd=
  mapfile -t packages < <(missing_packages)
  [ ${#packages[@]} -gt 0 ] || return 0
  say "installing ${packages[*]}"
  command -v containerd >/dev/null && hadContainerd=1
  deny_service_starts
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2
  allow_service_starts
  # Denied for now is still enabled for the next boot; nodes run a containerd of their own.
  if [ -z "$hadContainerd" ] && [ -d /run/systemd/system ]; then
    systemctl disable --now containerd.service >&2 || true
  fi
}

# Debian starts a service when it is installed; policy-rc.d is the way to forbid that. An existing one is left alone.
deny_service_starts() {
  [ -e /usr/sbin/policy-rc.d ] && return
  printf '#!/bin/sh\nexit 101 # lunarx lab, while packages are being installed\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap allow_service_starts EXIT
}

allow_service_starts() {
  if grep -qs 'lunarx lab' /usr/sbin/policy-rc.d; then rm -f /usr/sbin/policy-rc.d; fi
}

# The folders that a node's mounts go over. Those that are missing are made, noted, and taken away with the last cluster.
readonly MOUNT_POINTS=(/var/lib/kubelet /var/lib/containerd /var/lib/cni /etc/cni/net.d)

make_mount_points() {
  local point
  [ -e /run/netns ] || note_trace netns /run/netns
  for point in "${MOUNT_POINTS[@]}"; do make_folder "$point"; done
}

make_folder() {
  [ -d "$1" ] && return
  make_folder "$(dirname "$1")"
  mkdir "$1"
  note_trace folder "$1"
}

note_trace() { echo "$1 $2" >>"$STATE/traces"; }

# remove_traces: newest first, and only what is empty; called when no cluster is left. Removing a folder would also unmount
# what a node with another state folder has there, so it stays as long as any process sees a mount on it.
remove_traces() {
  [ -e "$STATE/traces" ] || return 0
  local kind path
  while read -r kind path; do
    if [ "$kind" = netns ]; then umount "$path" 2>/dev/null || true; fi # `ip netns add` mounts it over itself
    if ! cat /proc/[0-9]*/mountinfo 2>/dev/null | grep -qF " $path "; then rmdir "$path" 2>/dev/null || true; fi
  done < <(tac "$STATE/traces")
  rm -f "$STATE/traces"
}
