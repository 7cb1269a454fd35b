#!/usr/bin/env bash
# Rollouts of every activation, without and with a leak of 0.2, in units of tanh without one, on one
# core. All run in turn in one process; prints the medians of the ratios, and the load of the machine.
#
#   bench/cells.sh [--short]        BUILD names the build folder, CORE the core
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

widths=(64 256) trials=256 steps=64 rounds=15
if [[ ${1:-} == --short ]]; then
    widths=(24) trials=64 steps=8 rounds=3
fi

main() {
    local width precision
    local -a columns=()
    make_scratch
    tell_machine
    for width in "${widths[@]}"; do
        for precision in float64 float32; do
            on_one_core "$BUILD/bench/bench_cells" "$width" "$trials" "$steps" "$precision" "$rounds" \
                >"$scratch/$width.$precision"
            columns+=("$scratch/$width.$precision")
        done
    done
    printf '%-18s' cell
    printf ' %12s' "${columns[@]##*/}"
    echo
    paste -d ' ' "${columns[@]}" |
        awk '{ printf "%-18s", $1; for (i = 2; i <= NF; i += 2) printf " %12s", $i; print "" }'
    tell_machine
}

main
