# shellcheck shell=bash
# All parts, in order of need.
# shellcheck source=common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=packages.sh
. "${BASH_SOURCE[0]%/*}/packages.sh"
# shellcheck source=venv.sh
. "${BASH_SOURCE[0]%/*}/venv.sh"
# shellcheck source=postgres.sh
. "${BASH_SOURCE[0]%/*}/postgres.sh"
# shellcheck source=settings.sh
. "${BASH_SOURCE[0]%/*}/settings.sh"
# shellcheck source=services.sh
. "${BASH_SOURCE[0]%/*}/services.sh"
