#!/usr/bin/env bash
# Runs a test program on several ranks.
#
#   tests/mpi/run.sh RANKS PROGRAM [ARGUMENTS...]
#
# TMPDIR is a folder of this run alone, for files of the test and for the session directories and
# shared memory of Open MPI, which stay behind when a job is killed; it is removed at the end. The
# time limit lies below that of CTest, so that this script lives to see the end.
set -euo pipefail

# shellcheck source=scripts/mpi-env.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/mpi-env.sh"

readonly RANKS=$1
shift

folder=$(mktemp -d "${TMPDIR:-/tmp}/schursweep-mpi.XXXXXX")
trap 'rm -rf "$folder"' EXIT
export TMPDIR=$folder
export OMPI_MCA_btl_vader_backing_directory=$folder
export OMPI_MCA_mpi_yield_when_idle=1 # tests run side by side
# A third of a start: no search for networks and devices, no shared memory for what ranks tell of themselves.
export OMPI_MCA_pml=ob1 PMIX_MCA_gds=hash
export HWLOC_COMPONENTS=-x86,-pci,-linux:pci,-opencl,-gl HWLOC_PLUGINS_PATH=/dev/null

timeout --kill-after=5 "${SCHURSWEEP_MPI_TIMEOUT:-230}" \
    mpirun -q --oversubscribe -n "$RANKS" "$@"
