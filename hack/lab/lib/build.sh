# shellcheck shell=bash
# Builds the Go programs: static, stripped, with the versions that kubectl and the kubelet report.
# 7 to 11 minutes on two cores the first time, most of it compiling; some 20 seconds when only our own code changed.

build_programs() {
  [ -x "$BINARIES/lunarlab" ] && return
  say "building Kubernetes, etcd, CoreDNS and helm from source (once; about 10 minutes on 2 cores)"
  local draft=$BINARIES.new
  rm -rf "$draft"
  mkdir -p "$draft"
  (
    cd "$SOURCES" || exit
    export CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOTOOLCHAIN=local
    LINK_FLAGS=$(link_flags)
    export LINK_FLAGS
    build_program "$draft/kubeconform" github.com/yannh/kubeconform/cmd/kubeconform
    build_program "$draft/csi-provisioner" github.com/kubernetes-csi/external-provisioner/v6/cmd/csi-provisioner
    build_program "$draft/csi-resizer" github.com/kubernetes-csi/external-resizer/v2/cmd/csi-resizer
    build_program "$draft/lunarlab" .
  )
  mv "$draft" "$BINARIES"
  remove_old_programs
}

# build_program OUTPUT PACKAGE. Two at a time: more only costs memory (2.6 GB at its peak).
build_program() {
  say "building ${1##*/}"
  go build -p 2 -trimpath -ldflags "$LINK_FLAGS" -o "$1" "$2" >&2
}

link_flags() {
  local version major minor package flags="-s -w"
  version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
  IFS=. read -r major minor _ <<<"${version#v}"
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags+=" -X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor"
    flags+=" -X $package.gitTreeState=clean -X $package.gitCommit=lab -X $package.buildDate=1970-01-01T00:00:00Z"
  done
  echo "$flags -X helm.sh/helm/v4/internal/version.version=$(go list -m -f '{{.Version}}' helm.sh/helm/v4) -X main.version=lab"
}

# A running cluster keeps the programs it was started with.
remove_old_programs() {
  local folder
  for folder in "$CACHE"/lab/program-*; do
    [ "$folder" = "$BINARIES" ] || [ ! -d "$folder" ] && continue
    readlink -f "$STATE"/clusters/*/programs 2>/dev/null | grep -qxF "$folder" || rm -rf "$folder"
  done
}

link_tools() {
  [ "$(readlink "$TOOLS/kubectl" 2>/dev/null)" = "$BINARIES/lunarlab" ] && return
  mkdir -p "$TOOLS"
  ln -sfn "$BINARIES/lunarlab" "$TOOLS/kubectl"
  ln -sfn "$BINARIES/lunarlab" "$TOOLS/helm"
  ln -sfn "$BINARIES/kubeconform" "$TOOLS/kubeconform"
}

build_schemas() {
  [ -d "$SCHEMAS" ] && return
  say "making JSON schemas for kubeconform"
  local module
  module=$(cd "$SOURCES" && GOTOOLCHAIN=local go mod download -json k8s.io/kubernetes | jq -r .Dir)
  rm -rf "$SCHEMAS.new" "$CACHE"/lab/schemas-*
  python3 "$LAB/schemas.py" "$module/api/openapi-spec/swagger.json" "$SCHEMAS.new"
  mv "$SCHEMAS.new" "$SCHEMAS"
}
