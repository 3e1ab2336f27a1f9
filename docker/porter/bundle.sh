#!/bin/sh
# What the actions of porter.yaml do. Parameters and credentials come as environment variables.
set -eu

folder=$(cd "$(dirname "$0")" && pwd)
file=$folder/compose.yml
[ -f "$file" ] || file=$folder/../compose.yml # in the repository, before the bundle is built
: "${PROJECT:=stackscape}" "${REMOVE_DATA:=false}"
DOCKER_GID=${DOCKER_GID:-$(stat -c %g /var/run/docker.sock)}
export DOCKER_GID

compose() {
  if docker compose version >/dev/null 2>&1; then
    docker compose -p "$PROJECT" -f "$file" "$@"
  else
    docker-compose -p "$PROJECT" -f "$file" "$@"
  fi
}

# Removing and looking need no passwords, but the file asks for them.
without_passwords() {
  DATABASE_PASSWORD=${DATABASE_PASSWORD:-none} REDIS_PASSWORD=${REDIS_PASSWORD:-none} compose "$@"
}

server_health() {
  id=$(without_passwords ps -q server)
  if [ -z "$id" ]; then echo absent; else docker inspect -f '{{.State.Health.Status}}' "$id"; fi
}

start() {
  compose up -d --no-build
  i=0
  while [ "$(server_health)" != healthy ]; do
    i=$((i + 1))
    if [ "$i" -ge "${WAIT_SECONDS:-180}" ]; then
      echo "The server did not become healthy; its last log lines:" >&2
      without_passwords logs --tail 50 server >&2
      exit 1
    fi
    sleep 1
  done
  echo "StackScape is healthy"
}

case "${1:-}" in
  install) start ;;
  upgrade)
    if [ "$(server_health)" = healthy ]; then compose exec -T server npm run backup; fi
    start
    ;;
  status)
    without_passwords ps
    health=$(server_health)
    echo "server: $health"
    [ "$health" = healthy ]
    ;;
  uninstall)
    # Apps that StackScape installed are no part of the project: uninstall them before.
    if [ "$REMOVE_DATA" = true ]; then without_passwords down -v; else without_passwords down; fi
    ;;
  *)
    echo "usage: $0 install|upgrade|status|uninstall" >&2
    exit 2
    ;;
esac
