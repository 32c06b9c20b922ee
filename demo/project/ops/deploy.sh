#!/bin/sh
# Deploys the shop as a local process: one release directory per commit, one process per service.
#
#   ops/deploy.sh [--deploy | --rollback]
#
# Exit codes. --deploy: 0 deployed and healthy; 1 failed, rolled back or nothing to roll back to; 2 failed and
# the rollback failed too. --rollback: 0 previous release healthy; 1 nothing to roll back to; 2 not healthy.
# A second call while one runs exits 1 and changes nothing; an unknown argument exits 64.
#
# Environment (all optional; a bare call reaches staging only):
#   TARGET_SERVICE TARGET_PORT   which process, where it listens
#   REPO                         repository to take DEPLOY_SHA from, bare or not
#   RELEASES_DIR                 where releases, pid files and logs are kept
#   DEPLOY_SHA                   the commit; without it the repository's HEAD
#   DEPLOY_ID WORK_ITEM          written to the log
#   HEALTH_URL HEALTH_TRIES HEALTH_WAIT_S LOG
set -u

mode=${1:---deploy}
case $mode in
  --deploy | --rollback) ;;
  *) echo "expected --deploy or --rollback, found $mode" >&2; exit 64 ;;
esac

TARGET_SERVICE=${TARGET_SERVICE:-shop-staging}
TARGET_PORT=${TARGET_PORT:-8501}
REPO=${REPO:-$(cd "$(dirname "$0")/.." && pwd)}
RELEASES_DIR=${RELEASES_DIR:-$REPO/releases}
HEALTH_URL=${HEALTH_URL:-http://127.0.0.1:$TARGET_PORT/health}
HEALTH_TRIES=${HEALTH_TRIES:-40}
HEALTH_WAIT_S=${HEALTH_WAIT_S:-0.25}

home=$RELEASES_DIR/$TARGET_SERVICE
mkdir -p "$home"
LOG=${LOG:-$home/deploy.log}
(: >>"$LOG") 2>/dev/null || LOG=$home/deploy.log
case $TARGET_SERVICE in *-staging) shop_env=staging ;; *) shop_env=production ;; esac

log() {
  line="[$(date -u +%Y-%m-%dT%H:%M:%SZ)] $*"
  printf '%s\n' "$line"
  printf '%s\n' "$line" >>"$LOG"
}

# One deploy per service at a time. The service itself must never inherit descriptor 9: it would keep the lock.
lock() {
  if command -v flock >/dev/null; then
    exec 9>>"$home/lock"
    flock -n 9 || busy
  else
    mkdir "$home/lock.d" 2>/dev/null || busy
    trap 'rmdir "$home/lock.d"' EXIT
  fi
  printf '%s\n' "${DEPLOY_ID:-by hand}" >"$home/lock.holder"
}

busy() {
  log "busy: $TARGET_SERVICE is being deployed by $(cat "$home/lock.holder" 2>/dev/null)"
  exit 1
}

recorded() { cat "$home/$1" 2>/dev/null; }

# The command line tells whether a recorded pid is still our process and not a stranger with the same number.
is_running() {
  pid=$(recorded pid)
  [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 1
  { tr '\0' ' ' <"/proc/$pid/cmdline" || ps -o args= -p "$pid"; } 2>/dev/null | grep -qF "$home/"
}

stop_service() {
  is_running || return 0
  pid=$(recorded pid)
  kill "$pid"
  tries=0
  while is_running; do
    tries=$((tries + 1))
    [ "$tries" -le 50 ] || kill -9 "$pid"
    sleep 0.1
  done
}

export_release() {
  [ -f "$home/$1/package.json" ] && return 0
  rm -rf "$home/$1.new"
  mkdir "$home/$1.new"
  git -C "$REPO" archive "$1" 9>&- | tar -x -C "$home/$1.new" && mv "$home/$1.new" "$home/$1"
}

start_service() {
  detach=$(command -v setsid || command -v nohup)
  NODE_ENV=$shop_env PORT=$TARGET_PORT COMMIT_SHA=$1 \
    "$detach" node "$home/$1/src/main.js" </dev/null >>"$home/service.log" 2>&1 9>&- &
  printf '%s\n' "$!" >"$home/pid"
  printf '%s\n' "$1" >"$home/current"
}

# Healthy: 200 within 5 s, status "ok", and the commit we have just started.
probe() {
  node --input-type=module - "$HEALTH_URL" "$1" 9>&- 2>/dev/null <<'END'
const [url, commit] = process.argv.slice(2);
const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5_000) });
const health = await response.json();
process.exit(response.status === 200 && health.status === 'ok' && health.commit === commit ? 0 : 1);
END
}

wait_healthy() {
  tries=0
  while [ "$tries" -lt "$HEALTH_TRIES" ]; do
    # Somebody else may answer on the port: what we have started must live too.
    probe "$1" && is_running && return 0
    tries=$((tries + 1))
    sleep "$HEALTH_WAIT_S"
  done
  return 1
}

roll_back() {
  stop_service
  start_service "$1"
  wait_healthy "$1" || return 1
  : >"$home/previous"
}

deploy() {
  sha=$(git -C "$REPO" rev-parse --verify "${DEPLOY_SHA:-HEAD}^{commit}") || sha=unknown
  log "deploy start id=${DEPLOY_ID:-} sha=$sha service=$TARGET_SERVICE port=$TARGET_PORT"
  running=
  is_running && running=$(recorded current)
  # The same commit again, after a deploy cut short, must not forget the release before it.
  [ "$running" = "$sha" ] || printf '%s\n' "$running" >"$home/previous"

  if export_release "$sha"; then
    stop_service
    start_service "$sha"
    if wait_healthy "$sha"; then
      log 'Deploy SUCCESS'
      exit 0
    fi
    log "$TARGET_SERVICE did not become healthy at $HEALTH_URL"
  else
    log "cannot take $sha from $REPO; $TARGET_SERVICE was not touched"
    log 'Deploy FAILED, rollback skipped'
    exit 1
  fi

  previous=$(recorded previous)
  if [ -z "$previous" ]; then
    log 'Deploy FAILED, rollback skipped'
    exit 1
  fi
  roll_back "$previous" && log 'Deploy FAILED, rolled back' && exit 1
  log 'Deploy FAILED, rollback FAILED'
  exit 2
}

rollback() {
  previous=$(recorded previous)
  log "rollback start id=${DEPLOY_ID:-} sha=${previous:-none} service=$TARGET_SERVICE port=$TARGET_PORT"
  if [ -z "$previous" ] || [ ! -d "$home/$previous" ]; then
    log 'Rollback skipped, there is no previous release'
    exit 1
  fi
  roll_back "$previous" && log 'Rollback SUCCESS' && exit 0
  log 'Rollback FAILED'
  exit 2
}

lock
case $mode in
  --deploy) deploy ;;
  --rollback) rollback ;;
esac
