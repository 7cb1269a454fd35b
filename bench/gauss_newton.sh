#!/usr/bin/env bash
# What the exact Gauss-Newton form of trained models costs, in rollouts of the same model on the same
# trials, on one core in one process, beside what it may cost.
#
#   bench/gauss_newton.sh [--short]        BUILD names the build folder, CORE the core
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

models=(sine_s0 flipflop_s0 ctxint_s0) limits=(250 700 180) rounds=7
if [[ ${1:-} == --short ]]; then
    models=(ctxint_s0) limits=(180) rounds=1
fi

main() {
    local -a paths=("${models[@]/#/tests/data/}")
    paths=("${paths[@]/%/.h5}")
    make_scratch
    tell_machine
    on_one_core "$BUILD/bench/bench_gauss_newton" "$rounds" \
        "${paths[@]}" >"$scratch/ratios"
    printf '%-12s %9s %9s\n' model rollouts 'at most'
    paste -d ' ' <(printf '%s\n' "${models[@]}") <(cut -d ' ' -f 2 "$scratch/ratios") \
        <(printf '%s\n' "${limits[@]}") | awk '{ printf "%-12s %9s %9s\n", $1, $2, $3 }'
    tell_machine
}

main
