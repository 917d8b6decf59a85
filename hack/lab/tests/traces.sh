# shellcheck shell=bash
# `down` leaves nothing of the cluster on the machine.

lab down "$NAME" 2>/dev/null
none() {
  local found
  found=$("$@" 2>/dev/null)
  [ -z "$found" ] || { echo "left: $found"; return 1; }
}
check "no process is left" none find /sys/fs/cgroup -maxdepth 2 -name "lunarlab-$NAME-*"
check "no network namespace is left" none find /run/netns -name "lunarlab-$NAME-*"
check "no mount or loop device is left" none grep -F "/clusters/$NAME/" /proc/mounts
check "no file is left" none find "${LUNARX_STATE:-/var/lib/lunarx-lab}/clusters" -name "$NAME"
