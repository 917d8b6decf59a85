# shellcheck shell=bash
# What `lab help` and `lab COMMAND --help` print.

help_for() {
  case $1 in
    up)
      cat <<'EOF'
lab up [NAME] [--nodes N] [--zones Z]
  Starts a cluster of N nodes (4) in Z zones (2), after `setup` if that is needed. Whatever an earlier run of that name
  left is removed first. Prints the two `export` lines that make kubectl and helm use it.
EOF
      ;;
    down) echo "lab down [NAME]"$'\n'"  Ends the cluster and removes everything of it. No error when there is none." ;;
    status) echo "lab status [NAME]"$'\n'"  Its nodes, their addresses and zones, and the memory of all its processes." ;;
    list) echo "lab list"$'\n'"  The names of the running clusters." ;;
    load)
      cat <<'EOF'
lab load [NAME] IMAGE.tar...
  Imports OCI archives into every node. Only the blobs that some node lacks are sent.
EOF
      ;;
    kubeconfig) echo "lab kubeconfig [NAME]"$'\n'"  Prints the path of the cluster's kubeconfig." ;;
    kubectl | helm)
      cat <<EOF
lab $1 [NAME] -- ARGS
lab $1 ARGS
  Runs $1 on the cluster; its exit status is $1's. Without \`--\` every word is $1's and the cluster is the default one.
EOF
      ;;
    node)
      cat <<'EOF'
lab node crash NODE [NAME]   a power cut: every process, mount and loop device of the node is gone; its disk stays
lab node boot NODE [NAME]    starts it again (`cp` is the node of the control plane)
lab node cut NODE [NAME]     unplugs its network cable
lab node mend NODE [NAME]    plugs it in again
EOF
      ;;
    partition) echo "lab partition A B [NAME]"$'\n'"  Drops all frames between two nodes; both still reach all others. Repeatable; ends with \`heal\`." ;;
    heal) echo "lab heal [NAME]"$'\n'"  Ends all partitions." ;;
    svc)
      cat <<EOF
lab svc start|stop|kill NODE SERVICE [NAME]
  On cp: ${CONTROL_SERVICES[*]}
  On a node: ${NODE_SERVICES[*]}
EOF
      ;;
    exec) echo "lab exec NODE [NAME] -- COMMAND"$'\n'"  Runs a command inside a node (n1, n2, ..., cp), as root of that node." ;;
    image)
      cat <<'EOF'
lab image build [--target node|operator|all] [--tag TAG]
  Builds the Dockerfile of the project and prints the paths of the OCI archives, one per line (node before operator).
  What was built before from the same sources is not built again. The tag is "lab" unless given.
lab image name [--target node|operator|all] [--tag TAG]
  Prints the names under which pods find the images.
EOF
      ;;
    setup) echo "lab setup"$'\n'"  Installs Debian packages and builds what is missing: programs, schemas, base image. Quick when all is there." ;;
    needs) echo "lab needs"$'\n'"  Exit status 0 if this machine can run the lab; else 3, and a line for each thing it lacks." ;;
    path) echo "lab path"$'\n'"  Prints the folder with kubectl, helm and kubeconform, for PATH." ;;
    schemas) echo "lab schemas"$'\n'"  Prints the value for kubeconform's -schema-location: strict schemas of this Kubernetes, offline." ;;
    '') help_overview ;;
    *) usage_error "no help for \"$1\"" ;;
  esac
}

help_overview() {
  cat <<EOF
A real Kubernetes of several nodes on this machine, without Docker or a registry.

  lab up [NAME] [--nodes N] [--zones Z]        start a cluster (4 nodes, 2 zones)
  lab down [NAME]                              end it, leave nothing
  lab status [NAME]    lab list                nodes and memory; running clusters
  lab kubectl [NAME] -- ARGS                   also: lab helm
  lab kubeconfig [NAME]                        path of its kubeconfig
  lab image build [--target T] [--tag TAG]     build the project's images into OCI archives
  lab load [NAME] IMAGE.tar...                 import archives into every node
  lab node crash|boot|cut|mend NODE [NAME]     power and network cable of a node
  lab partition A B [NAME]    lab heal [NAME]  drop frames between two nodes; end that
  lab svc start|stop|kill NODE SERVICE [NAME]  one program of a node
  lab exec NODE [NAME] -- COMMAND              a command inside a node
  lab setup    lab needs                       make this machine ready; ask whether it can be
  lab path    lab schemas                      folder of kubectl, helm, kubeconform; schemas for the latter

NAME is "lunarx" unless given, as a word or by --name or LUNARX_LAB. Nodes are n1, n2, ... and cp (the control plane).
Caches are in \$LUNARX_CACHE ($CACHE), state in \$LUNARX_STATE ($STATE).
Exit status: 0 done, 1 failed, 2 wrong use, 3 this machine cannot run the lab, 4 no such running cluster or node.
\`lab COMMAND --help\` says more.
EOF
}
