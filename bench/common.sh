#!/usr/bin/env bash
# Sourced by the measurements of this folder.
readonly BUILD=${BUILD:-build}
readonly CORE=${CORE:-0}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

# The first Python that has the module; exit 77, by custom "skipped", where none has.
find_python() {
    local python
    for python in /usr/bin/python3 python3; do
        if "$python" -c "import $1" >/dev/null 2>&1; then
            echo "$python"
            return
        fi
    done
    echo "$0: no Python with $1 (Debian: python3-$1)" >&2
    return 77
}

on_one_core() {
    taskset -c "$CORE" "$@"
}

# Others who compute on the machine disturb the figures.
tell_load() {
    echo "load of the machine, last minute: $(cut -d' ' -f1 /proc/loadavg) on $(getconf _NPROCESSORS_ONLN) cores"
}
