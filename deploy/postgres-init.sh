#!/bin/bash
# Run once by the PostgreSQL image, when it has made an empty database: the roles of the portal with their passwords.
# psql reads the passwords from the environment (roles.sql), so that none stands on a command line.
set -euo pipefail
: "${SCHOOLOPS_OWNER_PASSWORD:?}" "${SCHOOLOPS_APP_PASSWORD:?}" "${SCHOOLOPS_SIGNER_PASSWORD:?}"
psql -X -q --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file "${ROLES_SQL:-/opt/schoolops/roles.sql}"
