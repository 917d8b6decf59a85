# shellcheck shell=bash
# One function for each command: reads its words, then calls what does it.

command_needs() {
  parse "" "$@"
  require_machine
  echo "this machine can run the lab"
}

command_setup() {
  parse "" "$@"
  words 0 "setup"
  setup
}

command_path() { echo "$TOOLS"; }

command_schemas() {
  [ -d "$SCHEMAS" ] || setup
  echo "$SCHEMAS/{{.ResourceKind}}{{.KindSuffix}}.json"
}

command_up() {
  parse "nodes zones" "$@"
  words 0 "up [NAME] [--nodes N] [--zones Z]"
  local nodes=${OPTION_nodes:-4} zones=${OPTION_zones:-2}
  whole_number nodes "$nodes" 1 32
  whole_number zones "$zones" 1 32
  use "$(cluster_name)"
  setup
  up "$nodes" "$zones"
}

command_down() {
  parse "" "$@"
  words 0 "down [NAME]"
  use "$(cluster_name)"
  require_machine
  down
}

command_status() {
  parse "" "$@"
  words 0 "status [NAME]"
  use_running "$(cluster_name)"
  status
}

command_list() { list_clusters; }

command_kubeconfig() {
  parse "" "$@"
  words 0 "kubeconfig [NAME]"
  use_running "$(cluster_name)"
  echo "$C/pki/admin.kubeconfig"
}

command_kubectl() { run_client kubectl "$@"; }
command_helm() { run_client helm "$@"; }

# run_client PROGRAM [NAME] -- ARGS, or PROGRAM ARGS for the default cluster: without `--` all words are the client's.
run_client() {
  local client=$1
  shift
  if printf '%s\n' "$@" | grep -qx -- --; then
    parse "" "$@"
    words 0 "$client [NAME] -- ARGS"
  else
    REST=("$@")
  fi
  use_running "$(cluster_name)"
  KUBECONFIG=$C/pki/admin.kubeconfig exec "$C/programs/lunarlab" "$client" "${REST[@]}"
}

command_exec() {
  parse "" "$@"
  words 1 "exec NODE [NAME] -- COMMAND"
  [ ${#REST[@]} -gt 0 ] || usage_error "usage: lab exec NODE [NAME] -- COMMAND"
  use_running "$(cluster_name)"
  require_booted "${WORDS[0]}"
  enter "${WORDS[0]}" "${REST[@]}"
}

require_booted() {
  require_node "$1"
  is_booted "$1" || die "$EXIT_NOT_RUNNING" "$1 is down (lab node boot $1)"
}

command_node() {
  parse "" "$@"
  words 2 "node crash|boot|cut|mend NODE [NAME]"
  local action=${WORDS[0]} node=${WORDS[1]}
  [[ $action =~ ^(crash|boot|cut|mend)$ ]] || usage_error "usage: lab node crash|boot|cut|mend NODE [NAME]"
  use_running "$(cluster_name)"
  require_node "$node"
  case $action in
    crash) crash_node "$node" ;;
    boot) boot_again "$node" ;;
    cut) cut_cable "$node" ;;
    mend) mend_cable "$node" ;;
  esac
}

command_partition() {
  parse "" "$@"
  words 2 "partition NODE NODE [NAME]"
  use_running "$(cluster_name)"
  require_node "${WORDS[0]}"
  require_node "${WORDS[1]}"
  partition "${WORDS[0]}" "${WORDS[1]}"
}

command_heal() {
  parse "" "$@"
  words 0 "heal [NAME]"
  use_running "$(cluster_name)"
  heal
}

command_svc() {
  parse "" "$@"
  words 3 "svc start|stop|kill NODE SERVICE [NAME]"
  local action=${WORDS[0]} node=${WORDS[1]} service=${WORDS[2]}
  [[ $action =~ ^(start|stop|kill)$ ]] || usage_error "usage: lab svc start|stop|kill NODE SERVICE [NAME]"
  use_running "$(cluster_name)"
  require_booted "$node"
  [[ " $(services_of "$node") " == *" $service "* ]] ||
    usage_error "$node has no service \"$service\"; it has: $(services_of "$node")"
  case $action in
    start) start_service "$node" "$service" ;;
    stop) stop_service "$node" "$service" TERM ;;
    kill) stop_service "$node" "$service" KILL ;;
  esac
}

command_load() {
  parse "" "$@"
  if [ ${#WORDS[@]} -gt 0 ] && [ ! -e "${WORDS[0]}" ] && [[ ${WORDS[0]} =~ ^[a-z][a-z0-9]*$ ]]; then
    OPTION_name=${WORDS[0]}
    WORDS=("${WORDS[@]:1}")
  fi
  [ ${#WORDS[@]} -gt 0 ] || usage_error "usage: lab load [NAME] IMAGE.tar..."
  local archive
  for archive in "${WORDS[@]}"; do
    [ -r "$archive" ] || usage_error "no such archive: $archive"
  done
  use_running "$(cluster_name)"
  load_images "${WORDS[@]}"
}

command_image() {
  parse "target tag" "$@"
  local action=${WORDS[0]:-} target=${OPTION_target:-all} tag=${OPTION_tag:-lab}
  [[ ${#WORDS[@]} -eq 1 && $action =~ ^(build|name)$ ]] || usage_error "usage: lab image build|name [--target node|operator|all] [--tag TAG]"
  [[ $target =~ ^(node|operator|all)$ ]] || usage_error "--target is \"$target\", want node, operator or all"
  [[ $tag =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ ]] || usage_error "bad tag \"$tag\""
  local targets=("$target")
  if [ "$target" = all ]; then targets=(node operator); fi
  if [ "$action" = name ]; then
    for target in "${targets[@]}"; do image_name "$target" "$tag"; done
    return
  fi
  setup
  build_images "$tag" "${targets[@]}"
}
