# shellcheck shell=bash

conforms() { helm template x "$LAB/tests/chart" | kubeconform -strict -schema-location "$(lab schemas)"; }
misspelt() { helm template x "$LAB/tests/chart" | sed 's/replicas:/replicaz:/' | kubeconform -strict -schema-location "$(lab schemas)"; }
check "helm install --wait" helm install tiny "$LAB/tests/chart" --wait --timeout 60s
check "helm uninstall" helm uninstall tiny --wait
check "kubeconform accepts the chart, offline" conforms
check "kubeconform refuses a misspelt field" not misspelt
