# shellcheck shell=bash
# The programs inside nodes. Each has its pid (as seen inside) in /run/SERVICE.pid and its log in NODE/log/SERVICE.log.

readonly CONTROL_SERVICES=(etcd apiserver kcm scheduler csi-controller csi-provisioner csi-resizer)
readonly NODE_SERVICES=(containerd csi proxy netpol kubelet)

# Clients notice a cut connection after 5 s instead of 45, and dial anew: else they hang on what a partition killed.
export HTTP2_READ_IDLE_TIMEOUT_SECONDS=3 HTTP2_PING_TIMEOUT_SECONDS=2

services_of() {
  if [ "$1" = cp ]; then echo "${CONTROL_SERVICES[@]}"; else echo "${NODE_SERVICES[@]}"; fi
}

# run_service NODE SERVICE COMMAND...: nothing where it runs already.
run_service() {
  local node=$1 service=$2
  shift 2
  enter "$node" bash -c 'service=$1; shift
    pid=$(cat "/run/$service.pid" 2>/dev/null)
    if [ -n "$pid" ] && [ "$(tr "\\0" " " 2>/dev/null <"/proc/$pid/cmdline")" = "$* " ]; then exit 0; fi
    setsid -f bash -c "echo \$BASHPID >/run/$service.pid; exec \"\$@\"" service "$@" >>"/var/log/$service.log" 2>&1 </dev/null
  ' service "$service" "$@"
}

start_service() {
  local node=$1 service=$2 pki=$C/pki programs=$C/programs
  case $service in
    etcd)
      run_service cp etcd "$programs/lunarlab" etcd --data-dir "$C/cp/etcd" --unsafe-no-fsync # a crashed lab starts anew
      ;;
    apiserver) start_apiserver ;;
    kcm) start_controller_manager ;;
    scheduler)
      run_service cp scheduler "$programs/lunarlab" kube-scheduler --kubeconfig="$pki/scheduler.kubeconfig" \
        --leader-elect=false --bind-address=127.0.0.1 --kube-api-qps=200 --kube-api-burst=400
      ;;
    csi-controller)
      run_service cp csi-controller "$programs/lunarlab" csi --endpoint /run/csi.sock
      ;;
    csi-provisioner)
      run_service cp csi-provisioner "$programs/csi-provisioner" --kubeconfig="$pki/admin.kubeconfig" \
        --csi-address=/run/csi.sock --feature-gates=Topology=true --default-fstype= --kube-api-qps=50 --kube-api-burst=100
      ;;
    csi-resizer)
      run_service cp csi-resizer "$programs/csi-resizer" --kubeconfig="$pki/admin.kubeconfig" --csi-address=/run/csi.sock
      ;;
    containerd)
      run_service "$node" containerd containerd --config "$C/$node/containerd.toml"
      ;;
    kubelet) start_kubelet "$node" ;;
    proxy)
      run_service "$node" proxy "$programs/lunarlab" kube-proxy --config="$C/$node/kube-proxy.yaml"
      ;;
    netpol)
      run_service "$node" netpol "$programs/lunarlab" netpol --kubeconfig="$pki/admin.kubeconfig" --node="$node"
      ;;
    csi)
      run_service "$node" csi "$programs/lunarlab" csi --node "$node" \
        --registration /var/lib/kubelet/plugins_registry/csi.lab.lunarx.dev-reg.sock
      ;;
  esac
}

# InternalIP first: otherwise exec and logs look the names of nodes up in DNS for 20 s.
start_apiserver() {
  run_service cp apiserver "$programs/lunarlab" kube-apiserver \
    --etcd-servers=http://127.0.0.1:2379 --advertise-address="$CONTROL_IP" --secure-port=6443 \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --kubelet-client-certificate="$pki/admin.crt" --kubelet-client-key="$pki/admin.key" \
    --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$pki/sa.pub" \
    --service-account-signing-key-file="$pki/sa.key" --service-cluster-ip-range=10.96.0.0/16 \
    --authorization-mode=Node,RBAC --allow-privileged=true
}

# A dead node is NotReady after 8 s instead of 50. Without the higher rates the first service account takes 5 s.
start_controller_manager() {
  run_service cp kcm "$programs/lunarlab" kube-controller-manager --kubeconfig="$pki/kcm.kubeconfig" \
    --use-service-account-credentials=true --service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" \
    --flex-volume-plugin-dir=/run/flex --leader-elect=false --bind-address=127.0.0.1 \
    --kube-api-qps=200 --kube-api-burst=400 --node-monitor-period=1s --node-monitor-grace-period=8s
}

start_kubelet() {
  local node=$1
  run_service "$node" kubelet "$programs/lunarlab" kubelet --config="$C/$node/kubelet.yaml" \
    --kubeconfig="$pki/$node.kubeconfig" --hostname-override="$node" --node-ip="$(address_of "$node")" \
    --cert-dir=/var/lib/kubelet/pki \
    --node-labels="topology.kubernetes.io/zone=$(cat "$C/$node/zone"),topology.kubernetes.io/region=lab"
}

# stop_service NODE SERVICE SIGNAL: killed after 10 s if it will not end.
stop_service() {
  enter "$1" bash -c 'pid=$(cat "/run/$1.pid" 2>/dev/null) || exit 0
    kill "-$2" "$pid" 2>/dev/null || exit 0
    for _ in {1..100}; do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.1; done
    kill -KILL "$pid"' service "$2" "$3"
}

start_control_store() {
  start_service cp etcd
  await 20 enter cp curl -sf http://127.0.0.1:2379/health
}

start_control_plane() {
  local service
  for service in kcm scheduler csi-controller csi-provisioner csi-resizer; do start_service cp "$service"; done
}

# start_node_services NODE: the kubelet last, because it exits when containerd's socket is not there yet.
start_node_services() {
  local service
  for service in csi proxy netpol; do start_service "$1" "$service"; done
  await 15 enter "$1" test -S /run/containerd/containerd.sock
  start_service "$1" kubelet
}
