# shellcheck shell=bash
# Pods live on without the control plane, and it comes back.

address=$(address_of_pod "$X")
lab svc kill cp apiserver "$NAME"
check "pods answer without the apiserver" curl -sf -m 2 "http://$address:8080/"
lab svc start cp apiserver "$NAME"
check "the apiserver is back" eventually 20 kubectl get --raw /readyz

running() { [ "$(lab exec cp "$NAME" -- pgrep -fc "$1")" = "$2" ]; }
lab svc start cp csi-provisioner "$NAME"
lab svc start cp csi-provisioner "$NAME"
check "a service that runs is not started twice" running csi-provisioner 1

lab svc kill cp etcd "$NAME"
lab svc start cp etcd "$NAME"
write() { kubectl create configmap "written-$RANDOM"; }
check "etcd killed and back: writes go on" eventually 20 write
check "6/6 after that" eventually 30 all_ready

lab node crash cp "$NAME"
lab node boot cp "$NAME"
check "the control plane crashed and booted" eventually 30 kubectl get --raw /readyz
check "exec works" eventually 20 kubectl exec "$X" -- true
check "nodes are Ready" eventually 30 is_ready "$FAULTY" True
