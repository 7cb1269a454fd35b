#!/usr/bin/env bash
# Runs an end-to-end test with a Python that has the modules it needs, Debian's first: another
# python3 in PATH (pyenv, conda) may lack them.
#
#   tests/e2e/python.sh TEST.py [ARGUMENTS...]
#
# Exit code 77 (by custom, "test skipped"): there is no such Python. With CI set nobody looks, and a test
# fails.
set -euo pipefail

readonly MODULES='h5netcdf h5py numpy scipy xarray'
# Only looked for: to import them takes half a second.
readonly FIND='import importlib.util as util, sys; sys.exit(not all(map(util.find_spec, sys.argv[1:])))'

cd "$(dirname "${BASH_SOURCE[0]}")"
for python in /usr/bin/python3 python3; do
    # shellcheck disable=SC2086 # a list of words
    if [[ -n ${CI:-} ]] || "$python" -c "$FIND" $MODULES >/dev/null 2>&1; then
        exec "$python" "$@"
    fi
done
echo "no Python has all of $MODULES; on Debian scripts/install-deps.sh installs what is missing" >&2
exit 77
