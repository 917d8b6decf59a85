# shellcheck shell=bash
# Six pods with volumes, over four nodes and two zones. Later parts use them: A and B share a node, X is elsewhere.

export STORAGE_CLASS=xfs IMAGE=lab.lunarx.dev/base:24.21.0
envsubst '$STORAGE_CLASS $IMAGE' <"$LAB/tests/manifests/statefulset.yaml" | apply

nodes_in_use() { kubectl get pods -l app=db -o jsonpath='{.items[*].spec.nodeName}' | tr ' ' '\n' | sort -u | wc -l; }
check "StatefulSet 6/6 with claims" eventually 90 all_ready
check "pods on all four nodes" test "$(nodes_in_use)" = 4

placed=$(kubectl get pods -l app=db --no-headers -o custom-columns=:.spec.nodeName,:.metadata.name | sort)
read -r A B < <(awk '$1 == node {print pod, $2; exit} {node = $1; pod = $2}' <<<"$placed")
X=$(awk -v node="$(node_of_pod "$A")" '$1 != node {print $2; exit}' <<<"$placed")
echo "     $A and $B are on $(node_of_pod "$A"), $X is on $(node_of_pod "$X")"
