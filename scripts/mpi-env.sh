#!/usr/bin/env bash
# What schursweep's ranks want from their environment; to be sourced: `. scripts/mpi-env.sh`. Why:
# docs/known_problems.md.
# Sets no shell options: it may be sourced into an interactive shell or any other script.

# Open MPI refuses to start as root, as in a container, unless both variables are set.
if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1
    export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# One rank fills one core. OpenBLAS starts its threads when it is loaded, so that a call inside the
# program comes too late to avoid them.
export OPENBLAS_NUM_THREADS=1

# The program uses no shared file pointers; of Open MPI's components for them one fails when shared
# memory is short and another on long paths. The program sets this itself, too; other programs that
# are run beside it do not. A choice of the user's own stands.
export OMPI_MCA_sharedfp="${OMPI_MCA_sharedfp:-individual}"

# Without ssh mpirun does not start, not even on one node.
if ! command -v ssh >/dev/null && ! command -v rsh >/dev/null; then
    export OMPI_MCA_plm_rsh_agent="${OMPI_MCA_plm_rsh_agent-}"
fi

# A process alone needs no daemon of Open MPI beside it, which takes longer to start than itself.
export OMPI_MCA_ess_singleton_isolated="${OMPI_MCA_ess_singleton_isolated:-1}"
