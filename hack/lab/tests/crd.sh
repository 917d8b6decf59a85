# shellcheck shell=bash

kubectl apply -f "$LAB/tests/manifests/crd.yaml" >/dev/null
kubectl wait --for=condition=Established crd/widgets.lab.lunarx.dev --timeout=10s >/dev/null
widget='{"apiVersion":"lab.lunarx.dev/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"replicas":3}}'
eventually 5 kubectl create -f - <<<"$widget" || eventually 5 kubectl get widget w
check "custom resource: kubectl scale" kubectl scale widget w --replicas=5
check "custom resource: a rule refuses an even number" not kubectl scale widget w --replicas=4
check "custom resource: a rule forbids a change" not kubectl patch widget w --type=merge -p '{"spec":{"mode":"b"}}'
kubectl delete crd widgets.lab.lunarx.dev >/dev/null
