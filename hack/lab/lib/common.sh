# shellcheck shell=bash
# Words that every other file uses: messages, exit statuses, waiting.

# Exit statuses. `kubectl`, `helm` and `exec` pass on those of the command they run.
readonly EXIT_FAILED=1 EXIT_USAGE=2 EXIT_MACHINE=3 EXIT_NOT_RUNNING=4
export EXIT_FAILED EXIT_USAGE EXIT_MACHINE EXIT_NOT_RUNNING

STARTED_NS=$(date +%s%N)

# say TEXT: progress, on stderr, so that stdout carries results only.
say() {
  local hundredths=$((($(date +%s%N) - STARTED_NS) / 10000000))
  printf '%3d.%02d s  %s\n' $((hundredths / 100)) $((hundredths % 100)) "$*" >&2
}

# die STATUS TEXT
die() {
  local status=$1
  shift
  echo "lab: $*" >&2
  exit "$status"
}

usage_error() {
  echo "lab: $*" >&2
  echo "lab: see \`lab help\`" >&2
  exit "$EXIT_USAGE"
}

# await SECONDS COMMAND...: repeat until it succeeds.
await() {
  local limit_s=$1 deadline
  shift
  deadline=$((SECONDS + limit_s))
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $deadline ]; then
      echo "lab: gave up after $limit_s s: $*" >&2
      return 1
    fi
    sleep 0.1
  done
}

# digest FILE...: one short hash over the names and contents of files. Names count as given: call it from a fixed folder.
digest() {
  sha256sum "$@" | sha256sum | cut -c1-16
}

# locked FILE COMMAND...: run while holding a lock, which ends with this process whatever happens to it.
locked() {
  local file=$1
  shift
  mkdir -p "$(dirname "$file")"
  # 9 is closed for what outlives the command: a node's init must not keep the lock.
  (
    flock 9
    "$@"
  ) 9>"$file"
}
