#!/bin/sh
# Installs the sandbox's base packages (deps/site-packages/base.lock) into the package store and prints their directory.
#
#   ./init_site_packages.sh                                        from the configured package index
#   ./init_site_packages.sh --find-links wheels --no-index         offline, from a folder of wheels
#   ./init_site_packages.sh --python /usr/local/bin/python3        for that interpreter; it must have pip or uv
#
# The store is SITE_PACKAGES_DIR (environment or .env), by default .state/site-packages beside this script.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec "$here/tools/provision.sh" base-packages "$@"
