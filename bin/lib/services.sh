# shellcheck shell=bash
# Throw-away PostgreSQL and Redis for tests, drills and benchmarks; gone when the command ends.

services='' redis_pid=''

redis_start() {
  local port try
  for try in 1 2 3 4 5; do
    port=$("$VENV/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    setsid setpriv --pdeathsig TERM redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$services" \
      >"$services/redis.log" 2>&1 </dev/null &
    redis_pid=$!
    while kill -0 "$redis_pid" 2>/dev/null; do
      # Only this server knows this folder: another one on the port would not answer with it.
      if [[ $(redis-cli -p "$port" CONFIG GET dir 2>/dev/null) == *"$services"* ]]; then
        export SCHOOLOPS_TEST_REDIS_URL=redis://127.0.0.1:$port/0
        return
      fi
      sleep 0.05
    done
    warn "redis-server did not start on port $port (try $try)"
  done
  die "redis-server did not start: $(tail -n 5 "$services/redis.log")"
}

services_stop() {
  if [ -n "$redis_pid" ]; then
    kill "$redis_pid" 2>/dev/null || true
    wait "$redis_pid" 2>/dev/null || true
  fi
  pg_stop
  [ -z "$services" ] || rm -rf "$services"
}

# Starts both and makes schoolops_template, which the migrations then fill.
services_start() {
  ensure_packages test
  ensure_venv dev
  trap services_stop EXIT
  services=$(mktemp -d /tmp/schoolops-test-XXXXXX)
  chmod 711 "$services"
  pg_start "$services" throwaway
  pg_database schoolops_template
  redis_start
  export_settings test "$services" schoolops_template
  export SCHOOLOPS_TEST_SUPERUSER=schoolops_super SCHOOLOPS_BROKER_URL=$SCHOOLOPS_TEST_REDIS_URL
  export SCHOOLOPS_SECRET_KEY=only-for-tests DEMO=${DEMO:-0}
}
