# shellcheck shell=bash
# Images into nodes.

# load_images ARCHIVE...
load_images() {
  local node archive archives=() thin pids=() failed=
  thin=$(mktemp -d "$C/load.XXXXXX")
  for archive in "$@"; do archives+=("$(readlink -f "$archive")"); done
  for node in $(nodes_of_cluster); do
    if ! is_booted "$node"; then
      say "$node is down: not loaded"
      continue
    fi
    load_node "$node" "$thin" "${archives[@]}" &
    pids+=($!)
  done
  for node in "${pids[@]}"; do wait "$node" || failed=1; done
  rm -rf "$thin"
  [ -z "$failed" ] || die "$EXIT_FAILED" "not every node has the images"
  say "loaded into ${#pids[@]} nodes"
}

# load_node NODE FOLDER ARCHIVE...: `ctr images import` sends and hashes every blob of an archive, there or not. So
# each node gets archives with only what it lacks, as a registry would send.
load_node() {
  local node=$1 folder=$2 archive thin number=0
  shift 2
  enter "$node" ctr --namespace k8s.io content ls --quiet >"$folder/$node.has"
  for archive in "$@"; do
    number=$((number + 1))
    thin=$folder/$node-$number.tar
    python3 "$LAB/thin.py" "$archive" "$folder/$node.has" "$thin"
    enter "$node" ctr --namespace k8s.io images import "$thin" >"$folder/$node.log" 2>&1 || {
      cat "$folder/$node.log" >&2
      return 1
    }
    rm -f "$thin"
  done
}
