# shellcheck shell=bash
# Everything that a fresh machine needs, each step skipped when its result is there.

setup() {
  require_machine
  if is_set_up; then return; fi
  mkdir -p "$CACHE/lab" "$STATE"
  locked "$CACHE/lab/lock" setup_steps
}

is_set_up() {
  [ -x "$BINARIES/lunarlab" ] && [ -d "$SCHEMAS" ] && [ -d "$GOLDEN" ] && [ -e "$BASE" ] &&
    [ "$(readlink "$TOOLS/kubectl" 2>/dev/null)" = "$BINARIES/lunarlab" ] && [ -z "$(missing_packages)" ]
}

setup_steps() {
  install_packages
  build_programs
  link_tools
  build_schemas
  build_pause
  build_base
  build_golden
  say "the lab is set up"
}
