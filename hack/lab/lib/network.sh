# shellcheck shell=bash
# One switch (a bridge in a namespace of its own) joins the nodes of a cluster and, by one cable, the host. Pods are
# routed: each node has a /24 of pod addresses and static routes to those of the others.

# addresses: from the index of the cluster, so that several run side by side.
set_addresses() {
  INDEX=$(cat "$C/index")
  NODE_NET=10.89.$INDEX
  POD_NET=10.$((100 + INDEX))
  CONTROL_IP=$NODE_NET.1
  HOST_LINK=lunarlab$INDEX
}

# claim_index: the first that no cluster claims and whose addresses go nowhere yet.
claim_index() {
  local index
  for index in {1..100}; do
    if ! grep -qsx "$index" "$STATE"/clusters/*/index && [ -z "$(ip route show root "10.89.$index.0/24")$(ip route show root "10.$((100 + index)).0.0/16")" ]; then
      echo "$index" >"$C/index"
      return
    fi
  done
  die "$EXIT_FAILED" "no free address range is left for another cluster (10.89.1.0/24 and up)"
}

address_of() {
  if [ "$1" = cp ]; then echo "$CONTROL_IP"; else echo "$NODE_NET.$((10 + ${1#n}))"; fi
}

namespace_of() { echo "lunarlab-$N-$1"; }

lay_switch() {
  local switch
  switch=$(namespace_of sw)
  ip netns add "$switch"
  ip -n "$switch" link add br0 type bridge
  ip -n "$switch" link set br0 up
  ip -n "$switch" link set lo up
  ip link add "$HOST_LINK" type veth peer name host netns "$switch"
  ip -n "$switch" link set host master br0 up
  ip addr add "$NODE_NET.254/24" dev "$HOST_LINK"
  ip link set "$HOST_LINK" up
}

# plug NODE: its network namespace, and a cable to the switch whose far end bears the node's name.
plug() {
  local node=$1 own switch
  own=$(namespace_of "$node") switch=$(namespace_of sw)
  ip netns add "$own"
  ip -n "$switch" link add "$node" type veth peer name eth0 netns "$own"
  ip -n "$switch" link set "$node" master br0 up
  ip -n "$own" link set lo up
  ip -n "$own" addr add "$(address_of "$node")/24" dev eth0
  ip -n "$own" link set eth0 up
  ip -n "$own" route add default via "$NODE_NET.254"
  # Not `ip netns exec`: that mounts a new /sys and so hides the cgroups.
  nsenter --net="/run/netns/$own" sysctl -qw net.ipv4.ip_forward=1
}

# route_pods NODE...: the pods of each node, from all the other nodes and from the host.
route_pods() {
  local node other
  for node in "$@"; do
    ip route add "$POD_NET.${node#n}.0/24" via "$(address_of "$node")"
    for other in cp "$@"; do
      [ "$other" = "$node" ] ||
        ip -n "$(namespace_of "$other")" route add "$POD_NET.${node#n}.0/24" via "$(address_of "$node")"
    done
  done
}

lay_network() {
  local node
  lay_switch
  for node in cp "$@"; do plug "$node"; done
  route_pods "$@"
}

# remove_network: routes through a link and both ends of a cable go with the link or its namespace.
remove_network() {
  local path
  for path in /run/netns/lunarlab-"$N"-*; do
    [ ! -e "$path" ] || ip netns del "${path##*/}"
  done
  if [ -e "$C/index" ]; then
    ip link del "lunarlab$(cat "$C/index")" 2>/dev/null || true
  fi
}
