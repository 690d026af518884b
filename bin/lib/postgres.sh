# shellcheck shell=bash
# A private PostgreSQL: its own data folder, reached only through a socket in a folder that nobody else may enter.

pg_home='' pg_socket='' pg_bin='' pg_pid=''

# PostgreSQL refuses to run as root, so there it runs as the user whom Debian's package created.
server_user() { if is_root; then echo postgres; else id -un; fi; }
as_server() {
  if is_root; then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@"); else "$@"; fi
}

# Sets pg_home below the folder $1, or outside of it when the server's user may not pass (a checkout in /root).
pg_locate() {
  pg_home=$1/postgres
  if is_root; then
    id postgres >/dev/null 2>&1 || die "PostgreSQL does not run as root: create a user 'postgres', or start this as another user."
    as_server test -x "$1" || pg_home=/var/lib/schoolops-trial/$(printf '%s' "$1" | sha256 | cut -c1-12)
  fi
}

pg_create() {
  local user
  user=$(server_user)
  mkdir -p "$(dirname "$pg_home")"
  [ -d "$pg_home" ] || mkdir -m 700 "$pg_home"
  ! is_root || chown "$user" "$pg_home"
  [ "$(stat -c %U "$pg_home")" = "$user" ] || die "$pg_home belongs to $(stat -c %U "$pg_home"): start this as the user who made it."
  # A folder whose creation was cut short never gets the name that counts.
  rm -rf "$pg_home/new"
  as_server "$pg_bin/initdb" -D "$pg_home/new" -U schoolops_super --auth=trust -E UTF8 --locale=C.UTF-8 "$@" >"$pg_home/log" 2>&1 ||
    die "initdb failed: $(tail -n 5 "$pg_home/log")"
  mv "$pg_home/new" "$pg_home/data"
}

# A process id left by a crash or a restart of the machine may by now be another program's.
pg_clear_stale() {
  local pid
  pid=$(head -n 1 "$pg_home/data/postmaster.pid" 2>/dev/null) || return 0
  if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == postgres* && $(tr '\0' ' ' <"/proc/$pid/cmdline") == *"$pg_home/data "* ]]; then
    as_server "$pg_bin/pg_ctl" -D "$pg_home/data" -m fast -w stop >/dev/null
  else
    rm -f "$pg_home/data/postmaster.pid"
  fi
}

# pg_start FOLDER durable|throwaway
pg_start() {
  local version durability=() run=(setpriv --pdeathsig INT) deadline
  pg_locate "$1"
  version=$(cat "$pg_home/data/PG_VERSION" 2>/dev/null) || version=''
  pg_bin=$(find_pgbin "$version") || die "The data in $pg_home was written by PostgreSQL $version, which is not installed.
Install it (Debian: apt-get install postgresql-$version), or delete that folder to start anew."
  if [ "$2" = durable ]; then
    [ -n "$version" ] || pg_create --data-checksums
  else
    durability=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200)
    [ -n "$version" ] || pg_create --no-sync
  fi
  pg_clear_stale

  pg_socket=$pg_home
  # A socket's path has room for 107 bytes.
  if [ ${#pg_socket} -gt 85 ]; then
    pg_socket=$(as_server mktemp -d /tmp/schoolops-XXXXXX)
  fi
  ! is_root || run+=(--reuid=postgres --regid=postgres --init-groups)
  # In a session of its own, so that Ctrl-C reaches the server only after those who use it.
  (cd / && exec setsid "${run[@]}" "$pg_bin/postgres" -D "$pg_home/data" -c listen_addresses= \
    -c "unix_socket_directories=$pg_socket" -c unix_socket_permissions=0700 "${durability[@]}") >"$pg_home/log" 2>&1 </dev/null &
  pg_pid=$!
  deadline=$(($(now_ms) + 120000))
  until "$pg_bin/pg_isready" -q -h "$pg_socket" -U schoolops_super -d postgres; do
    kill -0 "$pg_pid" 2>/dev/null || { pg_pid=''; die "PostgreSQL did not start: $(tail -n 5 "$pg_home/log")"; }
    [ "$(now_ms)" -lt "$deadline" ] || die "PostgreSQL is not ready after two minutes: $(tail -n 5 "$pg_home/log")"
    sleep 0.05
  done
}

pg_stop() {
  [ -n "$pg_pid" ] || return 0
  kill -INT "$pg_pid" 2>/dev/null || true
  wait "$pg_pid" 2>/dev/null || true
  pg_pid=''
  [ "$pg_socket" = "$pg_home" ] || rm -rf "$pg_socket"
}

pg_psql() { PGOPTIONS='-c client_min_messages=warning' "$pg_bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$pg_socket" -U schoolops_super "$@"; }

# A database of this name, with the three roles of the portal, whatever was there before.
pg_database() {
  if [ -z "$(pg_psql -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = '$1'")" ]; then
    pg_psql -d postgres -c "CREATE DATABASE $1"
  fi
  pg_psql -d "$1" -f "$PROJECT/schoolops/sql/roles.sql"
}
