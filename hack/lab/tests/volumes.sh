# shellcheck shell=bash
# Volumes outlive pods, end with their claims, have a size, and grow.

volume_of() { kubectl get pvc "data-$1" -o jsonpath='{.spec.volumeName}'; }

kubectl exec "$A" -- sh -c 'echo x >/data/mark'
before=$(volume_of "$A")
kubectl delete pod "$A" >/dev/null
check "a deleted pod is back" eventually 30 all_ready
check "with its data" kubectl exec "$A" -- test -e /data/mark

# The claim first and without waiting: a pod that comes back earlier would take the old volume.
kubectl delete pvc "data-$A" --wait=false >/dev/null
kubectl delete pod "$A" >/dev/null
check "pod and claim deleted: back" eventually 40 all_ready
check "with a new, empty volume" kubectl exec "$A" -- sh -c '[ ! -e /data/mark ]'
check "which is another one" test "$before" != "$(volume_of "$A")"

kubectl patch pvc "data-$X" -p '{"spec":{"resources":{"requests":{"storage":"200Mi"}}}}' >/dev/null
has_grown() { [ "$(kubectl get pvc "data-$X" -o jsonpath='{.status.capacity.storage}')" = 200Mi ]; }
check "a volume grows while in use" eventually 40 has_grown
check "the pod sees it" kubectl exec "$X" -- sh -c "df -m /data | awk 'NR == 2 {exit \$2 > 150 ? 0 : 1}'"

check "a full volume is full" not kubectl exec "$B" -- dd if=/dev/zero of=/data/big bs=1M count=150
kubectl exec "$B" -- rm -f /data/big
