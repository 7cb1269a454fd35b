#!/usr/bin/env bash
# Ordering of a Schur form by modulus, in units of dgees of the same matrix, one core: the plain way
# (dtrexc on the whole matrix) and the blocked one. All three run in turn in one process; prints the
# medians of the ratios, and the load of the machine before and after.
#
#   bench/order.sh [--short]        BUILD names the build folder
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly BUILD=${BUILD:-build}
widths=(64 128 256 512 1024 2048)
rounds=(25 15 9 5 3 3)
if [[ ${1:-} == --short ]]; then
    widths=(64 128 256)
    rounds=(3 3 3)
fi

load() {
    cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || echo unknown
}

main() {
    local kind i found=()
    export OPENBLAS_NUM_THREADS=1
    printf 'load %s\n' "$(load)"
    printf '%-16s %6s %8s %8s %10s\n' matrix width plain blocked "dgees [s]"
    for kind in near_orthogonal gaussian; do
        for i in "${!widths[@]}"; do
            read -r -a found < <("$BUILD/bench/bench_order" "${widths[i]}" "${rounds[i]}" "$kind")
            printf '%-16s %6d %8.3f %8.3f %10.4f\n' "$kind" "${found[@]}"
        done
    done
    printf 'load %s\n' "$(load)"
}

main
