#!/usr/bin/env bash
# Ordering of a Schur form by modulus, in units of dgees of the same matrix, one core: the plain way
# (dtrexc on the whole matrix) and the blocked one. All three run in turn in one process; prints the
# medians of the ratios, and the load of the machine before and after.
#
#   bench/order.sh [--short]        BUILD names the build folder, CORE the core
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

widths=(64 128 256 512 1024 2048)
rounds=(25 15 9 5 3 3)
if [[ ${1:-} == --short ]]; then
    widths=(64 128 256)
    rounds=(3 3 3)
fi

main() {
    local kind i line found=()
    tell_machine
    printf '%-16s %6s %8s %8s %10s\n' matrix width plain blocked "dgees [s]"
    for kind in near_orthogonal gaussian; do
        for i in "${!widths[@]}"; do
            line=$(on_one_core "$BUILD/bench/bench_order" "${widths[i]}" "${rounds[i]}" "$kind")
            read -r -a found <<<"$line"
            printf '%-16s %6d %8.3f %8.3f %10.4f\n' "$kind" "${found[@]}"
        done
    done
    tell_machine
}

main
