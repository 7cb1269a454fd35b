#!/usr/bin/env bash
# The Schur form of a team in a file, and how it opens in xarray and h5py where there are any.
#
#   tests/mpi/keep_schur.sh RANKS PROGRAM
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here

folder=$(mktemp -d "${TMPDIR:-/tmp}/schursweep-keep.XXXXXX")
trap 'rm -rf "$folder"' EXIT
"$here/run.sh" "$1" "$2" "$folder"
for python in /usr/bin/python3 python3; do
    if "$python" -c 'import h5netcdf, h5py, xarray' 2>/dev/null; then
        "$python" "$here/check_schur_file.py" "$folder/kept.h5"
        exit
    fi
done
if [[ -n ${CI:-} ]]; then
    echo "keep_schur: no Python with xarray, h5netcdf and h5py" >&2
    exit 1
fi
