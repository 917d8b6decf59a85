# shellcheck shell=bash
# A cluster from its start to its end.

# use NAME: sets N, its name, and C, its folder.
use() {
  N=$1
  [[ $N =~ ^[a-z][a-z0-9]{0,11}$ ]] || usage_error "bad cluster name \"$N\": 1 to 12 letters and digits, a letter first"
  C=$(cluster_folder "$N")
}

use_running() {
  use "$1"
  [ -e "$C/ready" ] || die "$EXIT_NOT_RUNNING" "no cluster \"$N\" is running (lab up $N)"
  set_addresses
}

nodes_of_cluster() { cat "$C/nodes"; }

require_node() {
  if [ "$1" != cp ] && ! grep -qw "$1" "$C/nodes"; then
    die "$EXIT_NOT_RUNNING" "cluster \"$N\" has no node \"$1\"; it has: cp $(nodes_of_cluster)"
  fi
}

kubectl() { "$C/programs/lunarlab" kubectl --kubeconfig="$C/pki/admin.kubeconfig" "$@"; }

# up NODES ZONES
up() {
  mkdir -p "$STATE/clusters"
  trap say_where_logs_are EXIT
  locked "$STATE/locks/$N" up_locked "$@"
  trap - EXIT
  print_hints
}

up_locked() {
  local count=$1 zones=$2 nodes=() node number pki images
  clean
  mkdir -p "$C"
  ln -sfn "$BINARIES" "$C/programs"
  locked "$STATE/locks/.machine" prepare_machine
  set_addresses
  for ((number = 1; number <= count; number++)); do nodes+=("n$number"); done
  echo "${nodes[*]}" >"$C/nodes"

  make_pki "${nodes[@]}" &
  pki=$!
  for node in "${nodes[@]}"; do seed_images "$node"; done &
  images=$!
  lay_network "${nodes[@]}"
  wait "$pki"
  say "network, keys"

  boot_node cp
  start_control_store
  start_service cp apiserver
  for node in "${nodes[@]}"; do
    write_node_config "$node" "zone-$(((${node#n} - 1) % zones + 1))"
    boot_node "$node"
  done
  wait "$images"
  for node in "${nodes[@]}"; do start_service "$node" containerd; done
  say "${#nodes[@]} nodes booted"

  await 60 kubectl get --raw /readyz
  start_control_plane
  for node in "${nodes[@]}"; do start_node_services "$node"; done
  apply_base
  await_ready "${nodes[@]}"
  touch "$C/ready"
  say "cluster $N is ready"
}

say_where_logs_are() {
  say "cluster $N did not start; logs are in $C/NODE/log; \`lab down $N\` removes it"
}

prepare_machine() {
  make_mount_points
  claim_index
}

apply_base() {
  LUNARLAB=$(readlink -f "$C/programs/lunarlab") PAUSE=$PAUSE_IMAGE \
    envsubst '$LUNARLAB $PAUSE' <"$LAB/config/base.yaml" >"$C/base.yaml"
  await 20 kubectl apply -f "$C/base.yaml"
}

await_ready() {
  local node
  for node in "$@"; do await 60 kubectl wait --for=condition=Ready "node/$node" --timeout=5s; done
  say "nodes are Ready"
  await 60 kubectl -n kube-system rollout status deploy/coredns --timeout=2s
  await 20 kubectl get serviceaccount default # no pod can be made before it
}

print_hints() {
  echo "export KUBECONFIG=$C/pki/admin.kubeconfig"
  echo "export PATH=$TOOLS:\$PATH"
}

down() {
  locked "$STATE/locks/$N" clean
  locked "$STATE/locks/.machine" remove_traces_of_last
  say "cluster $N is gone"
}

# clean: whatever there is of the cluster, from a run that ended in any way.
clean() {
  rm -f "$C/ready"
  kill_processes
  remove_network
  remove_cgroups
  discard "$C"
}

# discard FOLDER: out of the way at once; deleting what can be tens of thousands of files goes on behind. What a machine
# that was switched off meanwhile left of it is deleted with the next one.
discard() {
  [ -e "$1" ] || return 0
  mv "$1" "$(mktemp -d "$STATE/trash.XXXXXX")"
  setsid nice rm -rf "$STATE"/trash.* >/dev/null 2>&1 </dev/null 9>&- &
}

remove_traces_of_last() {
  [ -z "$(ls "$STATE/clusters" 2>/dev/null)" ] || return 0
  remove_traces
}

status() {
  local node state
  for node in cp $(nodes_of_cluster); do
    state=down
    if is_booted "$node"; then state=up; fi
    printf '%-4s %-5s %-14s %s\n' "$node" "$state" "$(address_of "$node")" "$(cat "$C/$node/zone" 2>/dev/null || true)"
  done
  echo
  kubectl get nodes || true
  echo
  show_memory
}

# show_memory: proportional set sizes, so that pages which several nodes share count once.
show_memory() {
  local pid size
  for pid in $(processes_of); do
    size=$(awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup" 2>/dev/null || true)
    echo "${size:-0}"
  done | awk '{total += $1} END {printf "%d MiB in %d processes\n", total / 1024, NR}'
}

list_clusters() {
  local folder
  for folder in "$STATE"/clusters/*/; do
    if [ -e "$folder/ready" ]; then basename "$folder"; fi
  done
}
