# shellcheck shell=bash

kubectl delete statefulset db >/dev/null
kubectl delete pvc --all >/dev/null
no_volumes() { [ -z "$(kubectl get pv --no-headers 2>/dev/null)" ]; }
no_folders() { [ -z "$(find "$(dirname "$KUBECONFIG")/../volumes" -mindepth 2)" ]; }
check "volumes are gone with their claims" eventually 40 no_volumes
check "and so are their folders" no_folders
