#!/bin/sh
# Runs one deploy hook so that it survives the process that asked for it, and leaves its story in files.
#
#   deploy-wrapper.sh STATE_DIR DEPLOY_ID SHA deploy|rollback HOOK
#
# Reads  DEPLOY_ID.env          the hook's whole environment, one KEY=VALUE per line; removed once read
# Writes DEPLOY_ID.started      pid, boot id, time; refuses to run (exit 75) when it exists
#        DEPLOY_ID.alive        touched every ALIVE_EVERY_S (5) seconds while the hook runs
#        DEPLOY_ID.log          everything the hook prints
#        DEPLOY_ID.result.json  how it ended; appears complete or not at all
# The hook may write statements to $RESULT_FILE, one "key: value" per line: rollback_safe, rollback_reason, release.
set -u
hook_umask=$(umask)
umask 077

state=$1
id=$2
sha=$3
mode=$4
hook=$5
file=$state/$id

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
boot_id() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.bootsessionuuid 2>/dev/null; }

# Text on standard input as the inside of a JSON string.
json_text() {
  LC_ALL=C tr -d '\000-\010\013-\037\177' | LC_ALL=C sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' |
    LC_ALL=C awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
}
json() { printf '%s' "$1" | json_text; }

# The last statement of the hook about $1, empty when it made none.
stated() { sed -n "s/^$1:[[:space:]]*//p" "$file.statements" 2>/dev/null | tail -n 1; }

started_at=$(now)
started=$(printf '{"deploy_id":"%s","pid":%s,"boot_id":"%s","started_at":"%s"}' \
  "$(json "$id")" "$$" "$(boot_id)" "$started_at")
# The first beat comes before the first sign, or a look between the two would find the wrapper dead.
: >"$file.alive"
# Creating it exclusively is what makes a second start harmless.
(set -C && printf '%s\n' "$started" >"$file.started") 2>/dev/null || exit 75

beat() {
  trap 'kill "$nap"; exit' TERM
  while kill -0 "$1" 2>/dev/null; do
    : >"$file.alive"
    sleep "${ALIVE_EVERY_S:-5}" &
    nap=$!
    wait "$nap"
  done
}
beat "$$" </dev/null >/dev/null 2>&1 &
heart=$!

set --
while IFS= read -r line; do
  [ -z "$line" ] || set -- "$@" "$line"
done <"$file.env"
rm -f "$file.env"
(
  umask "$hook_umask"
  exec env -i "$@" "RESULT_FILE=$file.statements" "$hook" "--$mode"
) </dev/null >"$file.log" 2>&1
exit_code=$?

rolled_back=false
if [ "$mode" = rollback ]; then
  [ "$exit_code" -ne 0 ] || rolled_back=true
else
  case $(tail -n 1 "$file.log") in *'Deploy FAILED, rolled back') rolled_back=true ;; esac
fi
rollback_safe=true
[ "$(stated rollback_safe)" != false ] || rollback_safe=false

{
  printf '{"deploy_id":"%s","sha":"%s","mode":"%s"' "$(json "$id")" "$(json "$sha")" "$mode"
  printf ',"exit_code":%s,"started_at":"%s","finished_at":"%s"' "$exit_code" "$started_at" "$(now)"
  printf ',"rolled_back":%s,"rollback_safe":%s' "$rolled_back" "$rollback_safe"
  printf ',"rollback_reason":"%s","release":"%s"' "$(json "$(stated rollback_reason)")" "$(json "$(stated release)")"
  printf ',"log_tail":"%s"}\n' "$(tail -n 200 "$file.log" | tail -c 16000 | json_text)"
} >"$file.result.tmp"
mv "$file.result.tmp" "$file.result.json"
rm -f "$file.env"
kill "$heart" 2>/dev/null
exit 0
