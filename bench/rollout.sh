#!/usr/bin/env bash
# How many times as long other ways to run a network take as the rollout: PyTorch's nn.RNN, a loop in
# NumPy, and BLAS with the C library's tanh. One core, all in turn, medians of the rounds' ratios.
#
#   bench/rollout.sh [--short]        needs python3-torch; BUILD names the build folder, CORE the core
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

rounds=9 cases=("64 256 200" "64 512 200" "256 256 40" "1024 256 10")
if [[ ${1:-} == --short ]]; then
    rounds=1 cases=("64 64 20")
fi

main() {
    local python sizes precision
    python=$(find_python 'import torch')
    tell_machine
    for sizes in "${cases[@]}"; do
        for precision in float64 float32; do
            # shellcheck disable=SC2086
            on_one_core "$python" bench/peer/rollout.py "$BUILD/bench/bench_rollout" \
                $sizes "$precision" "$rounds"
        done
    done
    tell_machine
}

main
