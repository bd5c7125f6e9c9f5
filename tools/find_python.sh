#!/bin/sh
# Prints the path of a Python this project runs on (3.11 to 3.13), or explains what is missing.
# Candidates are run, not only looked up: a pyenv shim exists on PATH even when it leads nowhere.
set -u

supported() {
    "$1" -I -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 </dev/null
}

for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 python; do
    path=$(command -v "$candidate" 2>/dev/null) || continue
    if supported "$path"; then
        printf '%s\n' "$path"
        exit 0
    fi
done

echo "No Python 3.11, 3.12 or 3.13 found. Install one (Debian, Ubuntu: apt-get install python3)," >&2
echo "or name it: PYTHON=/path/to/python3.12 make ..." >&2
exit 1
