# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share variables
# What every command in bin/ shares. Sourced, never run.

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() { warn "$*"; exit 1; }

is_root() { [ "$(id -u)" -eq 0 ]; }
sha256() { sha256sum | cut -d' ' -f1; }

# Milliseconds since the epoch; the separator in EPOCHREALTIME follows the locale.
now_ms() { local now=${EPOCHREALTIME/[.,]/}; printf '%s' "${now%???}"; }
seconds_since() { local ms=$(($(now_ms) - $1)); printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100)); }

# Bash answers a signal only after its foreground command has ended, so long commands run beside it: a signal is
# passed on at once, and the kernel ends the command when this script is killed outright.
child='' stopping=''
supervise() {
  [ -z "$stopping" ] || exit "$stopping"
  local status=0
  env --default-signal=INT,QUIT setpriv --pdeathsig TERM "$@" <&0 &
  child=$!
  wait "$child" || status=$?
  while kill -0 "$child" 2>/dev/null; do
    status=0
    wait "$child" || status=$?
  done
  child=''
  [ -z "$stopping" ] || exit "$stopping"
  return "$status"
}

stop_on() {
  stopping=$1
  if [ -n "$child" ]; then kill "-$2" "$child" 2>/dev/null || true; else exit "$1"; fi
}
trap 'stop_on 130 INT' INT
trap 'stop_on 143 TERM' TERM HUP
