# shellcheck shell=bash
# Everything of cluster NAME sits in cgroups lunarlab-NAME-NODE. That is how a crashed run is found again and cleaned,
# without pid files that could be wrong. cgroup v1: several kubelets can share it, each under a root of its own.

readonly CONTROLLERS=(cpu cpuacct cpuset memory devices freezer blkio pids systemd)

# processes_of [NODE]: the pids of a node, or of the whole cluster.
processes_of() {
  local lists
  mapfile -t lists < <(find /sys/fs/cgroup/pids -path "*/lunarlab-$N-${1:-*}/*cgroup.procs" 2>/dev/null)
  [ ${#lists[@]} -eq 0 ] || cat "${lists[@]}" 2>/dev/null || true
}

make_cgroups() {
  local group=lunarlab-$N-$1 controller file
  for controller in "${CONTROLLERS[@]}"; do
    [ ! -d "/sys/fs/cgroup/$controller" ] || mkdir -p "/sys/fs/cgroup/$controller/$group"
  done
  # A new cpuset is empty, and nothing can run in an empty one.
  for file in cpuset.cpus cpuset.mems; do
    cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset/$group/$file"
  done
  # The node's own programs live in `sys`: the kubelet makes its pods' groups beside it.
  mkdir -p "/sys/fs/cgroup/pids/$group/sys" "/sys/fs/cgroup/memory/$group/sys"
}

# join_cgroups NODE: puts the calling subshell, and what it will run, into the node.
join_cgroups() {
  local controller
  for controller in pids memory; do
    echo "$BASHPID" >"/sys/fs/cgroup/$controller/lunarlab-$N-$1/sys/cgroup.procs"
  done
}

# kill_processes [NODE]: repeated, because what is being killed may still fork.
kill_processes() {
  local pids attempt
  for attempt in {1..100}; do
    mapfile -t pids < <(processes_of "$@")
    [ ${#pids[@]} -gt 0 ] || return 0
    kill -KILL "${pids[@]}" 2>/dev/null || true
    sleep 0.05
  done
  echo "lab: still alive after $attempt attempts: ${pids[*]}" >&2
  return 1
}

# remove_cgroups [NODE]: a leftover tree would keep the node's next kubelet NotReady for half a minute.
remove_cgroups() {
  local pattern="lunarlab-$N-${1:-*}"
  for _ in {1..40}; do
    find /sys/fs/cgroup -mindepth 2 -depth -type d \( -path "*/$pattern" -o -path "*/$pattern/*" \) \
      -exec rmdir {} + 2>/dev/null || true
    find /sys/fs/cgroup -mindepth 2 -maxdepth 2 -name "$pattern" 2>/dev/null | grep -q . || return 0
    sleep 0.05
  done
}
