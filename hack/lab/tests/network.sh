# shellcheck shell=bash
# Pods reach each other, and NetworkPolicies decide which.

check "pod to pod within a node" fetch "$A" "$(address_of_pod "$B"):8080"
check "pod to pod across nodes" fetch "$X" "$(address_of_pod "$A"):8080"
check "pod to the address of a service" fetch "$A" db-client
check "pod to a name of a headless service" fetch "$A" db-3.db:8080

apply <<EOF
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny }
spec: { podSelector: {}, policyTypes: [Ingress] }
EOF
nothing_unready() { ! kubectl get pods -l app=db --no-headers | grep -v 1/1; }
check "default deny within a node" eventually 3 not fetch "$B" "$(address_of_pod "$A"):8080"
check "default deny across nodes" eventually 3 not fetch "$X" "$(address_of_pod "$A"):8080"
sleep 4
check "readiness probes go on" nothing_unready

apply <<EOF
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: allow }
spec:
  podSelector: { matchLabels: { statefulset.kubernetes.io/pod-name: $A } }
  policyTypes: [Ingress]
  ingress:
    - from: [{ podSelector: { matchLabels: { statefulset.kubernetes.io/pod-name: $X } } }]
      ports: [{ port: http }]
EOF
check "a policy lets $X reach $A" eventually 3 fetch "$X" "$(address_of_pod "$A"):8080"
check "$B does not reach $A still" not fetch "$B" "$(address_of_pod "$A"):8080"
check "$X does not reach $B still" not fetch "$X" "$(address_of_pod "$B"):8080"

apply <<EOF
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: allow }
spec:
  podSelector: { matchLabels: { statefulset.kubernetes.io/pod-name: $A } }
  policyTypes: [Ingress]
  ingress:
    - from: [{ ipBlock: { cidr: 10.0.0.0/8, except: ["$(address_of_pod "$B")/32"] } }]
      ports: [{ port: 8000, endPort: 8100, protocol: TCP }]
EOF
check "an address block lets $X reach $A" eventually 3 fetch "$X" "$(address_of_pod "$A"):8080"
check "its exception keeps $B out" not fetch "$B" "$(address_of_pod "$A"):8080"

kubectl delete networkpolicy deny allow >/dev/null
check "open again without policies" eventually 3 fetch "$B" "$(address_of_pod "$A"):8080"
