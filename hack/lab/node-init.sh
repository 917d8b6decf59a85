#!/bin/bash
# The init of a node: pid 1 in mount, pid and uts namespaces of its own (its network namespace was entered before).
# It lays the node's folders over the usual paths, then only reaps.
#
# Arguments: the node's name, its folder, the folder of the cluster's volumes.
set -eu
node=$1 folder=$2 volumes=$3

hostname "$node"
mount --make-rshared / # for mountPropagation: Bidirectional; nothing leaves this mount namespace

mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/containerd /run/lock /run/flex /run/lunarlab-volumes
mount --bind "$volumes" /run/lunarlab-volumes
mount --bind "$folder/kubelet" /var/lib/kubelet
mount --bind "$folder/containerd" /var/lib/containerd
mount --bind "$folder/cni" /var/lib/cni
mount --bind "$folder/cni.d" /etc/cni/net.d
mount --bind "$folder/log" /var/log
mkdir -p /var/log/pods /var/log/containers

# The kubelet sets these and checks them: give it files of its own instead of the machine's.
own_sysctl() {
  local file
  file=/run/sysctl-${1//\//-}
  echo "$2" >"$file"
  mount --bind "$file" "/proc/sys/$1" 2>/dev/null || true
}
own_sysctl vm/overcommit_memory 1
own_sysctl vm/panic_on_oom 0
own_sysctl kernel/panic 10
own_sysctl kernel/panic_on_oops 1
own_sysctl kernel/keys/root_maxkeys 1000000
own_sysctl kernel/keys/root_maxbytes 25000000

trap : TERM INT
echo booted
while :; do # bash reaps whatever is left to it
  sleep 1000000 &
  wait $! || true
done
