#!/bin/sh
# Stops the shop's local processes started by ops/deploy.sh: the services named, else all of them.
#
#   RELEASES_DIR=… ops/stop.sh [service …]
set -u

RELEASES_DIR=${RELEASES_DIR:-$(cd "$(dirname "$0")/.." && pwd)/releases}
[ -d "$RELEASES_DIR" ] || exit 0
cd "$RELEASES_DIR" || exit 1
[ $# -gt 0 ] || set -- *

# True while the recorded pid is still a process of that service.
is_running() {
  { tr '\0' ' ' <"/proc/$2/cmdline" || ps -o args= -p "$2"; } 2>/dev/null | grep -qF "$RELEASES_DIR/$1/"
}

for service in "$@"; do
  pid=$(cat "$service/pid" 2>/dev/null) || continue
  is_running "$service" "$pid" || continue
  kill "$pid" 2>/dev/null
  tries=0
  while is_running "$service" "$pid"; do
    tries=$((tries + 1))
    [ "$tries" -le 50 ] || kill -9 "$pid"
    sleep 0.1
  done
  rm -f "$service/pid"
  echo "stopped $service"
done
