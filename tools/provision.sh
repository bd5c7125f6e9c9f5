#!/bin/sh
# Prepares what the services and their tests run on; see `tools/provision.sh --help`.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
python=$("$here/find_python.sh")
# -I: neither PYTHONPATH nor the user's own site-packages may change what the setup does. -B: no stray .pyc in the tree.
exec "$python" -I -B "$here/provision" "$@"
