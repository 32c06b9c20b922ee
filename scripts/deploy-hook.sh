#!/bin/sh
# Reference deploy hook for docker compose. Copy it, or point deploy_hook.script at it.
#
#   deploy-hook.sh [--deploy | --rollback]
#
# Exit codes are frozen. --deploy: 0 deployed and healthy; 1 failed and rolled back, or nothing was saved to roll
# back to; 2 failed and the rollback failed too. --rollback: 0 previous release healthy; 1 nothing to roll back to,
# service untouched; 2 previous release not healthy. 64: unknown argument, nothing done.
#
# Environment. Every default reaches staging, so that a bare call can never touch production:
#   REPO                        checkout with the compose file (default: the directory above this script)
#   TARGET_SERVICE TARGET_PORT TARGET_IMAGE COMPOSE_PROFILE (empty: no --profile) PREV_IMAGE_FILE LOG
#   HEALTH_URL                  must answer 200 with HEALTH_OK_FIELD (status) = HEALTH_OK_VALUE (ok)
#   HEALTH_SHA_FIELD (commit)   where it tells the commit it runs, compared with DEPLOY_SHA when both are known
#   DEPLOY_SHA DEPLOY_IMAGE     what to deploy; with an image nothing is built
#   DEPLOY_ID WORK_ITEM         for the log
#   RESULT_FILE                 gets statements: release
#   HEALTH_TRIES HEALTH_WAIT_S ROLLBACK_TRIES ROLLBACK_WAIT_S
set -u

mode=${1:---deploy}
case $mode in
  --deploy | --rollback) ;;
  *)
    echo "expected --deploy or --rollback, found $mode" >&2
    exit 64
    ;;
esac

REPO=${REPO:-$(cd "$(dirname "$0")/.." && pwd)}
TARGET_SERVICE=${TARGET_SERVICE:-orchestrator-staging}
TARGET_PORT=${TARGET_PORT:-8501}
TARGET_IMAGE=${TARGET_IMAGE:-orchestrator-orchestrator-staging}
COMPOSE_PROFILE=${COMPOSE_PROFILE-staging}
PREV_IMAGE_FILE=${PREV_IMAGE_FILE:-$REPO/.deploy-prev-image-staging}
LOG=${LOG:-/var/log/orchestrator/deploy-hook.log}
HEALTH_URL=${HEALTH_URL:-http://127.0.0.1:$TARGET_PORT/health}
HEALTH_OK_FIELD=${HEALTH_OK_FIELD:-status}
HEALTH_OK_VALUE=${HEALTH_OK_VALUE:-ok}
HEALTH_SHA_FIELD=${HEALTH_SHA_FIELD:-commit}
DEPLOY_SHA=${DEPLOY_SHA:-}
DEPLOY_IMAGE=${DEPLOY_IMAGE:-}
# The compose file may use them.
export TARGET_SERVICE TARGET_PORT TARGET_IMAGE DEPLOY_SHA

mkdir -p "$(dirname "$LOG")" 2>/dev/null
(: >>"$LOG") 2>/dev/null || LOG=$REPO/deploy-hook.log

log() {
  line="[$(date -u +%Y-%m-%dT%H:%M:%SZ)] $*"
  printf '%s\n' "$line"
  printf '%s\n' "$line" >>"$LOG"
}

cd "$REPO" || exit 1

# One hook at a time per service. The lock is released by the kernel, also when this script is killed.
lock_file=$REPO/.deploy-$TARGET_SERVICE.lock
exec 9>>"$lock_file"
if ! flock -n 9; then
  log "busy: $TARGET_SERVICE is being deployed by $(cat "$lock_file")"
  exit 1
fi
printf '%s\n' "${DEPLOY_ID:-by hand}" >"$lock_file"

compose() {
  if [ -n "$COMPOSE_PROFILE" ]; then
    docker compose --profile "$COMPOSE_PROFILE" "$@" 9>&-
  else
    docker compose "$@" 9>&-
  fi
}

running_image() {
  container=$(compose ps -q "$TARGET_SERVICE" 2>/dev/null | head -n 1)
  [ -n "$container" ] && docker inspect --format '{{.Image}}' "$container" 2>/dev/null
}

# Healthy with commit $1, or with any commit when $1 is empty. Without Node.js on the host, curl and sed do it.
probe() {
  if command -v node >/dev/null; then probe_by_node "$1"; else probe_by_curl "$1"; fi
}

probe_by_node() {
  node --input-type=module - "$HEALTH_URL" "$HEALTH_OK_FIELD" "$HEALTH_OK_VALUE" "$HEALTH_SHA_FIELD" "$1" \
    2>/dev/null 9>&- <<'END'
const [url, okField, okValue, shaField, expected] = process.argv.slice(2);
const headers = { 'cache-control': 'no-cache' };
const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(5_000) });
const health = await response.json();
const served = String(health[shaField] ?? '').toLowerCase();
const told = /^[0-9a-f]{7,}(-dirty)?$/.test(served);
const right = expected === '' || !told || expected.toLowerCase().startsWith(served);
process.exit(response.status === 200 && String(health[okField]) === okValue && right ? 0 : 1);
END
}

probe_by_curl() {
  health=$(curl -fsS --max-time 5 -H 'Cache-Control: no-cache' -w '\n%{http_code}' "$HEALTH_URL" 2>/dev/null) || return 1
  [ "$(printf '%s\n' "$health" | tail -n 1)" = 200 ] || return 1
  [ "$(json_field "$HEALTH_OK_FIELD")" = "$HEALTH_OK_VALUE" ] || return 1
  served=$(json_field "$HEALTH_SHA_FIELD" | tr 'A-F' 'a-f')
  case $served in ??????? | ????????*) ;; *) return 0 ;; esac
  case $1 in '' | "$served"*) return 0 ;; *) return 1 ;; esac
}

# Text of a top-level field of $health.
json_field() {
  printf '%s' "$health" | tr -d '\n' | sed -n "s/.*[{,][[:space:]]*\"$1\"[[:space:]]*:[[:space:]]*\"\{0,1\}\([^\",}]*\).*/\1/p"
}

# wait_healthy COMMIT TRIES SECONDS
wait_healthy() {
  tries=0
  while [ "$tries" -lt "$2" ]; do
    [ "$tries" -eq 0 ] || sleep "$3"
    probe "$1" && return 0
    tries=$((tries + 1))
  done
  return 1
}

obtain_release() {
  if [ -n "$DEPLOY_IMAGE" ]; then
    docker tag "$DEPLOY_IMAGE" "$TARGET_IMAGE"
    return
  fi
  if [ -n "$DEPLOY_SHA" ]; then
    git fetch --quiet origin 9>&- && git checkout --quiet --detach "$DEPLOY_SHA" 9>&- || return 1
  fi
  compose build --build-arg "COMMIT_SHA=$DEPLOY_SHA" "$TARGET_SERVICE"
}

# 0 healthy again, 1 nothing to go back to, 2 tried in vain.
go_back() {
  previous=$(cat "$PREV_IMAGE_FILE" 2>/dev/null)
  [ -n "$previous" ] && docker image inspect "$previous" >/dev/null 2>&1 || return 1
  docker tag "$previous" "$TARGET_IMAGE" && compose up -d --no-build "$TARGET_SERVICE" || return 2
  wait_healthy '' "${ROLLBACK_TRIES:-5}" "${ROLLBACK_WAIT_S:-3}" || return 2
}

deploy() {
  log "deploy start id=${DEPLOY_ID:-} sha=$DEPLOY_SHA service=$TARGET_SERVICE port=$TARGET_PORT"
  : >"$PREV_IMAGE_FILE"
  running_image >"$PREV_IMAGE_FILE"
  if obtain_release && compose up -d --no-build "$TARGET_SERVICE"; then
    if wait_healthy "$DEPLOY_SHA" "${HEALTH_TRIES:-10}" "${HEALTH_WAIT_S:-6}"; then
      [ -z "${RESULT_FILE:-}" ] || printf 'release: %s\n' "$(running_image)" >>"$RESULT_FILE"
      log 'Deploy SUCCESS'
      return 0
    fi
    log "$TARGET_SERVICE did not become healthy at $HEALTH_URL"
  fi
  go_back
  case $? in
    0) log 'Deploy FAILED, rolled back' && return 1 ;;
    1) log 'Deploy FAILED, rollback skipped' && return 1 ;;
    *) log 'Deploy FAILED, rollback FAILED' && return 2 ;;
  esac
}

rollback() {
  log "rollback start id=${DEPLOY_ID:-} service=$TARGET_SERVICE port=$TARGET_PORT"
  go_back
  case $? in
    0) log 'Rollback SUCCESS' && return 0 ;;
    1) log 'Rollback skipped, there is no previous image' && return 1 ;;
    *) log 'Rollback FAILED' && return 2 ;;
  esac
}

case $mode in
  --deploy) deploy ;;
  --rollback) rollback ;;
esac
exit $?
