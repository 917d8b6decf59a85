# shellcheck shell=bash
# Reading the command line.

# parse "OPTION..." ARG...: reads `--OPTION VALUE` and `--OPTION=VALUE` into OPTION_<option>, the rest into WORDS, and
# what follows `--` into REST. The options are the ones named, and always --name.
parse() {
  local allowed=" name $1 " option value
  shift
  WORDS=() REST=() HAS_REST=
  while [ $# -gt 0 ]; do
    case $1 in
      --)
        shift
        REST=("$@") HAS_REST=1
        return
        ;;
      --*)
        option=${1#--} value=
        if [[ $option == *=* ]]; then
          value=${option#*=} option=${option%%=*}
        elif [ $# -ge 2 ]; then
          value=$2
          shift
        fi
        [[ $allowed == *" $option "* ]] || usage_error "unknown option --$option"
        [ -n "$value" ] || usage_error "--$option wants a value"
        printf -v "OPTION_$option" %s "$value"
        ;;
      -*) usage_error "unknown option $1" ;;
      *) WORDS+=("$1") ;;
    esac
    shift
  done
}

# words MIN [USAGE...]: checks that WORDS has MIN words, or one more, which then is the cluster's name.
words() {
  local count=$1 usage=$2
  if [ ${#WORDS[@]} -lt "$count" ] || [ ${#WORDS[@]} -gt $((count + 1)) ]; then usage_error "usage: lab $usage"; fi
  if [ ${#WORDS[@]} -gt "$count" ]; then
    [ -z "${OPTION_name:-}" ] || usage_error "the cluster is named twice: ${WORDS[$count]} and --name $OPTION_name"
    OPTION_name=${WORDS[$count]}
  fi
}

cluster_name() { echo "${OPTION_name:-${LUNARX_LAB:-lunarx}}"; }

# whole_number NAME VALUE MIN MAX
whole_number() {
  if ! [[ $2 =~ ^[0-9]{1,3}$ ]] || [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
    usage_error "--$1 is \"$2\", want a whole number from $3 to $4"
  fi
}
