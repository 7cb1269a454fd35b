#!/usr/bin/env bash
# What the benchmarks share; to be sourced from the root of the project.

readonly BUILD=${BUILD:-build}
readonly CORE=${CORE:-0}
# shellcheck source=scripts/mpi-env.sh
. scripts/mpi-env.sh
export OMP_NUM_THREADS=1

# Folder of this run alone, removed at the end; also for what Open MPI leaves behind.
make_scratch() {
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/schursweep-bench.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    export TMPDIR=$scratch OMPI_MCA_btl_vader_backing_directory=$scratch
}

# Path of a Python that can do this; exit 77, by custom "skipped", where none can.
find_python() {
    local python
    for python in /usr/bin/python3 python3; do
        if "$python" -c "$1" >/dev/null 2>&1; then
            command -v "$python"
            return
        fi
    done
    echo "$0: no Python can '$1' (Debian: python3-numpy, -scipy, -h5py, -torch, -mpi4py)" >&2
    return 77
}

on_one_core() {
    taskset -c "$CORE" "$@"
}

on_ranks() {
    local ranks=$1
    shift
    mpirun -q --oversubscribe -n "$ranks" "$@"
}

# Of the numbers of standard input, one a line.
median() {
    sort -g | awk '{ v[NR] = $1 } END { if (!NR) exit 1
        print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# "median (min..max)" of the arguments, in a format of printf.
spread() {
    local format=$1
    shift
    printf '%s\n' "$@" | sort -g | awk -v f="$format" '{ v[NR] = $1 } END {
        m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
        printf f " (" f ".." f ")", m, v[1], v[NR] }'
}

# The spread of one column of a file.
column() { # file column format
    local values
    mapfile -t values < <(awk -v c="$2" '{ print $c }' "$1")
    spread "$3" "${values[@]}"
}

# a / b
ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'
}

# "wall cpu": seconds that a command takes from start to end, and those of its processes; fails with
# it.
cost_of() {
    local TIMEFORMAT='%R %U %S' status=0
    { time "$@" >&3 2>&4; } 3>&2 4>&2 2>"$scratch/time" || status=$?
    awk '{ print $1, $2 + $3 }' "$scratch/time"
    return "$status"
}

# The state of the machine: others who compute on it disturb the figures.
tell_machine() {
    printf '%s, %s cores, load %s\n' \
        "$(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)" "$(nproc --all)" \
        "$(cut -d' ' -f1 /proc/loadavg)"
}
