#!/usr/bin/env bash
# A training step by shape: over the program's own single-precision rollout of its batch, PyTorch's step
# over it, and the share of the gradient that its multiply-adds and tanh would take at their peaks. All
# run in turn on the same core; medians of the rounds, with their range.
#
#   bench/training.sh [--short]        needs python3-torch; BUILD names the build folder, CORE the core,
#                                      OLD an older build, whose bench_train prints its step first
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

rounds=5 steps=120
# cell, task, width, steps of time and channels of a batch: the studies' own, then wider ones
shapes=("rnn flip_flop 32 64 3" "rnn copy 56 40 8" "rnn flip_flop 64 64 3" "rnn sine 64 64 1"
    "rnn context_integration 64 40 4" "rnn copy 72 40 8" "rnn flip_flop 128 64 3"
    "rnn flip_flop 256 64 3" "gru flip_flop 64 64 3" "lstm flip_flop 64 64 3")
if [[ ${1:-} == --short ]]; then
    rounds=1 steps=4 shapes=("lstm flip_flop 16 64 3")
fi

measure_shape() { # cell task width time channels
    local i ours theirs overs=() peers=() shares=() olds=()
    for ((i = 0; i < rounds; i++)); do
        ours=$(on_one_core "$BUILD/bench/bench_train" "$2" "$3" "$steps" "$1")
        theirs=$(on_one_core "$python" bench/peer/train_torch.py "$1" "$3" "$steps" "$4" "$5")
        overs+=("$(awk '{ print $1 / $2 }' <<<"$ours")")
        shares+=("$(awk '{ print 100 * $4 }' <<<"$ours")")
        peers+=("$(awk -v t="$theirs" '{ print t / $1 }' <<<"$ours")")
        if [[ -n ${OLD:-} ]]; then
            olds+=("$(on_one_core "$OLD/bench/bench_train" "$2" "$3" "$steps" |
                awk -v o="${ours%% *}" '{ print $1 / o }')")
        fi
    done
    printf '%-5s%-20s N = %3d, %3d steps: %s rollouts, PyTorch %s times, %s %% of the peaks' \
        "$1" "$2" "$3" "$4" "$(spread %.2f "${overs[@]}")" "$(spread %.1f "${peers[@]}")" \
        "$(spread %.0f "${shares[@]}")"
    [[ -z ${OLD:-} ]] || printf ', old build %s times' "$(spread %.2f "${olds[@]}")"
    printf '\n'
}

main() {
    local shape
    python=$(find_python 'import torch')
    tell_machine
    for shape in "${shapes[@]}"; do
        # shellcheck disable=SC2086 # words
        measure_shape $shape
    done
}

main
