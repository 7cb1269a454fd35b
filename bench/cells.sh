#!/usr/bin/env bash
# Rollouts of every cell and activation, without and with a leak of 0.2, in units of tanh without one,
# on one core, all in turn in one process; then how many times as long PyTorch's nn.GRU and nn.LSTM
# take as the rollout. Prints the medians of the ratios, and the load of the machine.
#
#   bench/cells.sh [--short]        needs python3-torch for the latter; BUILD names the build folder,
#                                   CORE the core
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

widths=(64 256) trials=256 steps=64 rounds=15 precisions=(float64 float32)
if [[ ${1:-} == --short ]]; then
    widths=(24) trials=64 steps=8 rounds=3 precisions=(float64)
fi

beside_pytorch() {
    local python cell width precision
    python=$(find_python 'import torch') || return 0
    for cell in gru lstm; do
        for width in "${widths[@]}"; do
            for precision in "${precisions[@]}"; do
                on_one_core "$python" bench/peer/gated.py "$BUILD/bench/bench_rollout" "$cell" \
                    "$width" "$trials" "$steps" "$precision" "$rounds"
            done
        done
    done
}

main() {
    local width precision
    local -a columns=()
    make_scratch
    tell_machine
    for width in "${widths[@]}"; do
        for precision in "${precisions[@]}"; do
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
    beside_pytorch
    tell_machine
}

main
