# shellcheck shell=bash
# What goes wrong on purpose. A crash is in node.sh, a service's end in services.sh.

boot_again() {
  if is_booted "$1"; then die "$EXIT_FAILED" "$1 is up already"; fi
  boot_node "$1"
  if [ "$1" = cp ]; then
    start_control_store
    start_service cp apiserver
    start_control_plane
  else
    start_service "$1" containerd
    start_node_services "$1"
  fi
}

cut_cable() { ip -n "$(namespace_of sw)" link set "$1" down; }
mend_cable() { ip -n "$(namespace_of sw)" link set "$1" up; }

# partition A B: the switch drops all frames between the two; both still reach everyone else.
partition() {
  nsenter --net="/run/netns/$(namespace_of sw)" nft -f - <<EOF
add table bridge partition
add chain bridge partition forward { type filter hook forward priority 0; }
add rule bridge partition forward iifname "$1" oifname "$2" drop
add rule bridge partition forward iifname "$2" oifname "$1" drop
EOF
}

heal() {
  nsenter --net="/run/netns/$(namespace_of sw)" nft -f - <<EOF
add table bridge partition
delete table bridge partition
EOF
}
