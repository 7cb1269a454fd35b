#!/usr/bin/env bash
# Training step against PyTorch: flip-flop, N = 64, batch 64, 64 steps of time, float32, one core.
# Both run in turn on the same core; prints the median of each and of the ratios of the pairs.
#
#   bench/training.sh [--short]        needs python3-torch; BUILD names the build folder, CORE the core
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

rounds=9 steps=300
if [[ ${1:-} == --short ]]; then
    rounds=1 steps=4
fi

main() {
    local python ours=() theirs=() ratios=() i
    python=$(find_python 'import torch')
    tell_machine
    for ((i = 0; i < rounds; i++)); do
        ours+=("$(on_one_core "$BUILD/bench/bench_train" flip_flop 64 "$steps")")
        theirs+=("$(on_one_core "$python" bench/peer/train_torch.py 64 "$steps")")
        ratios+=("$(ratio "${theirs[i]}" "${ours[i]}")")
    done
    printf 'schursweep %.3f ms per step, PyTorch %.3f ms, ratio %s, medians of %d rounds\n' \
        "$(printf '%s\n' "${ours[@]}" | median | awk '{ print 1e3 * $1 }')" \
        "$(printf '%s\n' "${theirs[@]}" | median | awk '{ print 1e3 * $1 }')" \
        "$(spread %.2f "${ratios[@]}")" "$rounds"
}

main
