# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share variables
# The environment that the portal's settings read.

# export_settings MODULE DATA_FOLDER DATABASE, once PostgreSQL runs
export_settings() {
  export DJANGO_SETTINGS_MODULE=schoolops.settings.$1 SCHOOLOPS_DATA_DIR=$2
  export SCHOOLOPS_DB_HOST=$pg_socket SCHOOLOPS_DB_PORT=5432 SCHOOLOPS_DB_NAME=$3
  export SCHOOLOPS_DB_USER=schoolops_app SCHOOLOPS_DB_PASSWORD=
  export SCHOOLOPS_ALLOWED_HOSTS=127.0.0.1,localhost,testserver
  export PYTHONUNBUFFERED=1
}

# Sessions and signed links survive a restart because the key does.
keep_secret() {
  local file=$1/secret-key
  [ -s "$file" ] || (umask 077 && "$VENV/bin/python" -c 'import secrets; print(secrets.token_urlsafe(50))' >"$file")
  SCHOOLOPS_SECRET_KEY=$(cat "$file")
  export SCHOOLOPS_SECRET_KEY
}

migrate() { SCHOOLOPS_DB_USER=schoolops_owner manage migrate --noinput --verbosity 0; }
