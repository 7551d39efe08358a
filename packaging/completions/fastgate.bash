# Completion of fastgate(8) for bash.
_fastgate() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i
  # The sub-command that stands before the word.
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -c | -p | -s) ((i++)) ;;
      explain | key | logs) [ -n "$command" ] || command=${COMP_WORDS[i]} ;;
      create | list | revoke) [ "$command" != key ] || command="key ${COMP_WORDS[i]}" ;;
    esac
  done
  case $before in
    -c) COMPREPLY=($(compgen -f -- "$word")); return ;;
    -p) COMPREPLY=($(compgen -d -- "$word")); return ;;
    -s) COMPREPLY=($(compgen -W 'reload quit stop reopen upgrade' -- "$word")); return ;;
  esac
  local words
  case $command in
    '') words='-h --help -c -p -t -T -q -s -v -V explain key logs' ;;
    explain) words='-h --help -H --header -d --data --key --json GET POST PUT PATCH DELETE' ;;
    key) words='-h --help create list revoke' ;;
    'key create')
      words='-h --help --source-path --description --permissions --allowed-ips --allowed-routes --allowed-models
        --rate-limit --burst --max-concurrency --expires-days --expires-at --json --no-reload' ;;
    'key list') words='-h --help --source-path --json' ;;
    'key revoke') words='-h --help --keep --json --no-reload' ;;
    logs)
      case $before in
        --stream | --error) words='true false' ;;
        --kind) words='traffic admin all' ;;
        --order) words='desc asc' ;;
        --format) words='text json ndjson csv' ;;
        *) words='-h --help --status --method --path --key --source-path --route --ip --request-id --stream
        --error --kind --actor --from --until --order --limit --since --format --fields --follow' ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _fastgate fastgate
