# shellcheck shell=bash

apply <<EOF
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: db }
spec: { maxUnavailable: 0, selector: { matchLabels: { app: db } } }
EOF
budget_counts() { [ "$(kubectl get pdb db -o jsonpath='{.status.expectedPods}')" = 6 ]; }
eventually 5 budget_counts
node=$(node_of_pod "$A")
drain() { kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --pod-selector=app=db --timeout="$1"; }
check "drain is refused by a disruption budget" not drain 6s
kubectl delete pdb db >/dev/null
check "drain without it" drain 40s
kubectl uncordon "$node" >/dev/null
check "pods are back on the node of their volumes" eventually 60 all_ready
