#!/bin/sh
# Starts the releases that were running when ops/stop.sh ended them. A service that runs, or was never deployed, is left alone.
#
#   RELEASES_DIR=… ops/start.sh service=port …
set -u

RELEASES_DIR=${RELEASES_DIR:-$(cd "$(dirname "$0")/.." && pwd)/releases}

for entry in "$@"; do
  service=${entry%%=*}
  home=$RELEASES_DIR/$service
  commit=$(cat "$home/current" 2>/dev/null) && [ -d "$home/$commit" ] || continue
  pid=$(cat "$home/pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null && continue
  case $service in *-staging) shop_env=staging ;; *) shop_env=production ;; esac
  detach=$(command -v setsid || command -v nohup)
  NODE_ENV=$shop_env PORT=${entry#*=} COMMIT_SHA=$commit \
    "$detach" node "$home/$commit/src/main.js" </dev/null >>"$home/service.log" 2>&1 &
  printf '%s\n' "$!" >"$home/pid"
  echo "started $service"
done
