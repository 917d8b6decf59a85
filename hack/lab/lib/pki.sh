# shellcheck shell=bash
# Keys and certificates of a cluster, and the kubeconfig of each of its parts.

readonly CLIENT_USE='extendedKeyUsage=clientAuth'

make_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

# make_certificate NAME SUBJECT EXTENSION...
make_certificate() {
  local name=$1 subject=$2
  shift 2
  make_key "$name"
  printf '%s\n' "$@" >"$name.extensions"
  openssl req -new -key "$name.key" -subj "$subject" -out "$name.request"
  openssl x509 -req -in "$name.request" -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 8)" \
    -days 3650 -extfile "$name.extensions" -out "$name.crt" 2>/dev/null
  rm "$name.request" "$name.extensions"
}

make_authority() {
  make_key ca
  openssl req -x509 -new -key ca.key -days 3650 -subj "/CN=lunarlab-$N" -out ca.crt
}

make_service_account_keys() {
  openssl genrsa -out sa.key 2048 2>/dev/null
  openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
}

# make_pki NODE...
make_pki() {
  local node names="DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
  names+=",DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:10.96.0.1,IP:$CONTROL_IP"
  umask 077 # runs in a subshell of its own
  mkdir -p "$C/pki"
  cd "$C/pki" || return
  make_authority
  make_certificate apiserver /CN=kube-apiserver extendedKeyUsage=serverAuth "subjectAltName=$names" &
  make_certificate admin /O=system:masters/CN=admin "$CLIENT_USE" &
  make_certificate kcm /CN=system:kube-controller-manager "$CLIENT_USE" &
  make_certificate scheduler /CN=system:kube-scheduler "$CLIENT_USE" &
  make_certificate proxy /CN=system:kube-proxy "$CLIENT_USE" &
  for node in "$@"; do
    make_certificate "$node" "/O=system:nodes/CN=system:node:$node" extendedKeyUsage=clientAuth,serverAuth \
      "subjectAltName=DNS:$node,IP:$(address_of "$node")" &
  done
  make_service_account_keys
  wait
  for node in admin kcm scheduler proxy "$@"; do write_kubeconfig "$node"; done
}

write_kubeconfig() {
  NAME=$N USER_NAME=$1 SERVER=https://$CONTROL_IP:6443 PKI=$C/pki \
    envsubst <"$LAB/config/kubeconfig.yaml" >"$C/pki/$1.kubeconfig"
}
