#!/usr/bin/env bash
# What a job, a case and a work unit in flight cost in the results file, through both implementations of
# MPI-IO in Open MPI; two ranks write at once.
#
#   bench/results_write.sh [--short]   BUILD names the build folder, TMPDIR the file system
#
# A process writes several rounds; the two take turns, and so do their medians stand side by side.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

turns=5 rounds=3 cases=40 implementations=(ompio romio321)
if [[ ${1:-} == --short ]]; then
    turns=1 rounds=1 cases=2
fi
make_scratch

tell() { # column text
    local implementation
    printf '  %-38s' "$2"
    for implementation in "${implementations[@]}"; do
        printf ' %s %s' "$implementation" "$(column "$scratch/$implementation" "$1" %.1f)"
    done
    echo
}

main() {
    local i implementation
    tell_machine
    for ((i = 0; i < turns; i++)); do
        for implementation in "${implementations[@]}"; do
            OMPI_MCA_io=$implementation on_ranks 2 "$BUILD/bench/bench_results" \
                "$scratch/results.h5" "$rounds" "$cases" >>"$scratch/$implementation"
        done
    done
    echo "microseconds on each of two ranks; 160 jobs a case"
    tell 1 "a job, when its case is written at once"
    tell 2 "a job, when it is written alone"
    tell 3 "the diagnostics of a case"
    tell 4 "the driver's note of a work unit in flight"
}

main
