#!/bin/sh
# Installs packages for confined workers into the package store and prints their directory: by default the sandbox's
# base packages (deps/site-packages/base.lock).
#
#   ./init_site_packages.sh                                        from the configured package index
#   ./init_site_packages.sh --find-links wheels --no-index         offline, from a folder of wheels
#   ./init_site_packages.sh --set dataflow                         the other set: documents, tables and images
#   ./init_site_packages.sh --add more.txt                         with more beside it; allow them in ALLOWED_MODULES
#   ./init_site_packages.sh --python /usr/local/bin/python3        for that interpreter; it must have pip or uv
#
# The store is SITE_PACKAGES_DIR (environment or .env), by default .state/site-packages beside this script.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec "$here/tools/provision.sh" packages "$@"
