# shellcheck shell=bash
# System packages: looks for the files themselves, and calls apt only when something is missing.

has_library() { [[ $(/sbin/ldconfig -p 2>/dev/null) == *"$1 "* ]]; }
has_font() { [ -n "$(find -L /usr/share/fonts /usr/local/share/fonts -name "$1*" -print -quit 2>/dev/null)" ]; }
find_chromium() { command -v chromium || command -v chromium-browser; }

# The first interpreter that is new enough; PYTHON overrules.
find_python() {
  local name
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  return 1
}

# The newest PostgreSQL server here, or the newest of one major version; PGBIN overrules.
find_pgbin() {
  local dir dirs
  # shellcheck disable=SC2086 # a pattern
  dirs=$(printf '%s\n' /usr/lib/postgresql/${1:-*}/bin | sort -rV)
  for dir in ${PGBIN:-} $dirs "$(pg_config --bindir 2>/dev/null || true)"; do
    [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] || continue
    [[ -z ${1:-} || $("$dir/postgres" --version) =~ \ $1(\.|$|[a-z]|\ ) ]] || continue
    printf '%s' "$dir"
    return
  done
  return 1
}

# Liberation 1 has no Vietnamese: PDFs would borrow single letters from another font.
has_vietnamese_serif() {
  ls /usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.* >/dev/null 2>&1 ||
    { has_font LiberationSerif-Regular && dpkg --compare-versions "$(dpkg-query -W -f '${Version}' fonts-liberation 2>/dev/null)" ge 1:2; }
}

liberation_package() {
  if apt-cache show fonts-liberation2 >/dev/null 2>&1; then echo fonts-liberation2; else echo fonts-liberation; fi
}

# Prints the Debian packages that are missing, for "run" or for "test".
missing_packages() {
  local python
  if python=$(find_python); then
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  elif command -v "${PYTHON:-python3}" >/dev/null; then
    die "Python 3.11 or newer is needed; ${PYTHON:-python3} is $("${PYTHON:-python3}" -V). Set PYTHON to a newer one."
  else
    echo python3 python3-venv
  fi
  has_library libpango-1.0.so.0 || echo libpango-1.0-0
  has_library libpangoft2-1.0.so.0 || echo libpangoft2-1.0-0
  has_library libharfbuzz-subset.so.0 || echo libharfbuzz-subset0
  has_vietnamese_serif || liberation_package
  has_font DejaVuSans. || echo fonts-dejavu-core
  find_pgbin '' >/dev/null || echo postgresql
  [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
  [ "$1" = test ] || return 0
  command -v redis-server >/dev/null || echo redis-server
  find_chromium >/dev/null || echo chromium
  command -v msgfmt >/dev/null || echo gettext
  command -v pdftotext >/dev/null || echo poppler-utils
}

as_root() { if is_root; then "$@"; else sudo "$@"; fi; }

# Debian would start a server of its own after installing one; those here are private to the project.
apt_install() {
  local preset=/etc/postgresql-common/createcluster.d/schoolops.conf status=0
  as_root mkdir -p "${preset%/*}"
  echo 'create_main_cluster = false' | as_root tee "$preset" >/dev/null
  as_root apt-get update || true
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" || status=$?
  as_root rm -f "$preset"
  if [[ " $* " == *" redis-server "* ]]; then
    as_root service redis-server stop || true
    as_root update-rc.d redis-server disable || true
  fi
  return "$status"
}

ensure_packages() {
  local packages log
  packages=$(missing_packages "$1") || exit 1
  [ -n "$packages" ] || return 0
  packages=${packages//$'\n'/ }
  if ! command -v apt-get >/dev/null; then
    die "Missing here (Debian's package names): $packages
Install the same with this system's package manager, then start again."
  elif ! is_root && ! command -v sudo >/dev/null; then
    die "Missing here: $packages
Install them as root, then start again:
  apt-get update && apt-get install -y --no-install-recommends $packages"
  fi
  say "Installing: $packages"
  log=$(mktemp)
  # shellcheck disable=SC2086 # a list of words
  if ! apt_install $packages >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    die "apt-get could not install: $packages (its output: $log)"
  fi
  rm -f "$log"
  packages=$(missing_packages "$1") || exit 1
  [ -z "$packages" ] || die "Still missing after the installation: ${packages//$'\n'/ }"
}
