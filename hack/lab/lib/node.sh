# shellcheck shell=bash
# A node: a network, mount, pid and uts namespace, whose init (node-init.sh) only reaps. Killing the init is a power
# cut: all processes, mounts and loop devices of the node are gone with it.

init_of() { cat "$C/$1/init.pid"; }

is_booted() { [ -e "$C/$1/init.pid" ] && [ -d "/proc/$(init_of "$1")" ]; }

boot_node() {
  local node=$1 folder=$C/$1 unshared
  make_cgroups "$node"
  mkdir -p "$folder"/{kubelet,containerd,cni,cni.d,log} "$C/volumes"
  rm -f "$folder/init.log" "$folder/init.pid"
  (
    exec 9>&-
    join_cgroups "$node"
    exec setsid nsenter --net="/run/netns/$(namespace_of "$node")" \
      unshare --mount --pid --uts --fork --kill-child --propagation private --mount-proc \
      bash "$LAB/node-init.sh" "$node" "$folder" "$C/volumes" >"$folder/init.log" 2>&1 </dev/null
  ) &
  unshared=$!
  await 10 grep -qs '^booted' "$folder/init.log" || { cat "$folder/init.log" >&2; return 1; }
  tr -d ' ' <"/proc/$unshared/task/$unshared/children" >"$folder/init.pid"
}

# enter NODE COMMAND...: run inside, in the node's cgroups, so that it dies with the node.
enter() {
  local node=$1 init
  init=$(init_of "$node")
  shift
  (
    exec 9>&-
    join_cgroups "$node"
    exec nsenter --target "$init" --mount --pid --net --uts "$@"
  )
}

crash_node() {
  kill -KILL "$(init_of "$1")" 2>/dev/null || true
  kill_processes "$1"
  remove_cgroups "$1"
  rm -f "$C/$1/init.pid"
}

# write_node_config NODE ZONE
write_node_config() {
  local node=$1 folder=$C/$1
  mkdir -p "$folder/cni.d"
  echo "$2" >"$folder/zone"
  export CLUSTER=$N NODE=$node PKI=$C/pki ADDRESS POD_CIDR=$POD_NET.${node#n}.0/24 CLUSTER_CIDR=$POD_NET.0.0/16
  ADDRESS=$(address_of "$node")
  envsubst <"$LAB/config/kubelet.yaml" >"$folder/kubelet.yaml"
  envsubst <"$LAB/config/kube-proxy.yaml" >"$folder/kube-proxy.yaml"
  envsubst <"$LAB/config/cni.conflist" >"$folder/cni.d/10-lab.conflist"
  ROOT=/var/lib/containerd RUN=/run/containerd SOCKET=/run/containerd/containerd.sock \
    envsubst '$ROOT $RUN $SOCKET' <"$LAB/config/containerd.toml" >"$folder/containerd.toml"
}
