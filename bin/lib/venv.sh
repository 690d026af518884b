# shellcheck shell=bash
# .venv, filled from the locked requirements once per change of them.

VENV=$PROJECT/.venv

# After an upgrade of the system's Python a virtual environment has lost its packages.
venv_is_sound() {
  "$VENV/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

fill_venv() {
  local file=$1 stamp=$2 key
  if ! venv_is_sound; then
    say "Creating .venv ($("$(find_python)" -V))"
    "$(find_python)" -m venv --clear "$VENV" || die "Could not create .venv; on Debian: apt-get install python3-venv"
  fi
  key=$({ "$VENV/bin/python" -V; cat "$file"; } | sha256)
  [ "$(cat "$stamp" 2>/dev/null)" != "$key" ] || return 0
  say "Installing ${file##*/} into .venv"
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$file"
  echo "$key" >"$stamp"
}

# ensure_venv run|dev; two commands started together install once
ensure_venv() {
  local file=$PROJECT/requirements.txt
  [ "$1" = run ] || file=$PROJECT/requirements-dev.txt
  # shellcheck disable=SC2094 # read twice: the lock has no use for the contents
  (
    flock 8
    fill_venv "$file" "$VENV/.installed-$1"
  ) 8<"$file"
}

manage() { supervise "$VENV/bin/python" "$PROJECT/manage.py" "$@"; }
