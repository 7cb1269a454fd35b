#!/usr/bin/env bash
# The rollout against the multiply-adds and the tanh it is made of, each measured alone in turn with
# it, for every isa of this processor. One core, medians of the rounds.
#
#   bench/roofline.sh [--short]        BUILD names the build folder, CORE the core
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

rounds=11 cases=("64 512 200" "256 512 20" "1024 512 5")
if [[ ${1:-} == --short ]]; then
    rounds=2 cases=("64 64 20")
fi

main() {
    local sizes cell
    tell_machine
    for sizes in "${cases[@]}"; do
        for cell in rnn gru lstm; do
            echo "$cell; N, trials, steps: $sizes"
            # shellcheck disable=SC2086
            on_one_core "$BUILD/bench/bench_roofline" $sizes "$rounds" "$cell"
        done
    done
    tell_machine
}

main
