# shellcheck shell=bash
# What the parts of the test are written in. Each check prints `ok` with the time it took, or `FAIL` with the reason.

PASSED=0 FAILED=0

# check NAME COMMAND...
check() {
  local name=$1 started tenths output
  shift
  started=$(date +%s%N)
  if output=$("$@" 2>&1); then
    PASSED=$((PASSED + 1))
    tenths=$((($(date +%s%N) - started) / 100000000))
    printf 'ok   %3d.%d s  %s\n' $((tenths / 10)) $((tenths % 10)) "$name"
  else
    FAILED=$((FAILED + 1))
    printf 'FAIL          %s: %s\n' "$name" "$(tail -3 <<<"$output")"
  fi
}

summary() {
  echo "$PASSED passed, $FAILED failed"
  [ "$FAILED" = 0 ]
}

# eventually SECONDS COMMAND...
eventually() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $deadline ]; then
      echo "in vain: $*"
      return 1
    fi
    sleep 0.2
  done
}

not() { ! "$@"; }

# exits STATUS COMMAND...
exits() {
  local want=$1 status=0
  shift
  "$@" || status=$?
  [ $status = "$want" ] || { echo "exit status $status, want $want"; return 1; }
}

lab() { "$LAB/lab" "$@"; }

apply() { kubectl apply -f - >/dev/null; }

address_of_pod() { kubectl get pod "$1" -o jsonpath='{.status.podIP}'; }
node_of_pod() { kubectl get pod "$1" -o jsonpath='{.spec.nodeName}'; }

is_ready() { # NODE True|False|Unknown
  [ "$(kubectl get node "$1" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}')" = "$2" ]
}

all_ready() { [ "$(kubectl get statefulset db -o jsonpath='{.status.readyReplicas}')" = 6 ]; }

# fetch POD ADDRESS: an HTTP request from inside a pod.
fetch() {
  kubectl exec "$1" -- node -e "
    fetch('http://$2/', { signal: AbortSignal.timeout(1500) })
      .then(async (answer) => console.log(await answer.text()))
      .catch((error) => { console.error(String(error)); process.exit(1) })"
}

# script POD JAVASCRIPT: with \`dns\` and \`assert\` at hand.
script() {
  kubectl exec "$1" -- node -e "
    const dns = require('dns').promises, assert = require('assert')
    ;(async () => { $2 })().catch((error) => { console.error(error.code ?? error); process.exit(1) })"
}
