#!/usr/bin/env bash
# Training step against PyTorch: flip-flop, N = 64, batch 64, 64 steps of time, float32, one core.
# Both run in turn on the same core; prints the median of each and of the ratios of the pairs.
#
#   bench/training.sh [--short]        needs python3-torch; BUILD names the build folder
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly BUILD=${BUILD:-build}
rounds=9 steps=300
if [[ ${1:-} == --short ]]; then
    rounds=2 steps=20
fi

find_python() {
    local python
    for python in /usr/bin/python3 python3; do
        if "$python" -c 'import torch' >/dev/null 2>&1; then
            echo "$python"
            return
        fi
    done
    echo "bench/training.sh: no Python with torch (Debian: python3-torch)" >&2
    exit 77
}

median() {
    sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

main() {
    local python ours=() theirs=() ratios=() i
    python=$(find_python)
    export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
    for ((i = 0; i < rounds; i++)); do
        ours+=("$(taskset -c 0 "$BUILD/bench/bench_train" flip_flop 64 "$steps")")
        theirs+=("$(taskset -c 0 "$python" bench/peer/train_torch.py 64 "$steps")")
        ratios+=("$(awk -v a="${theirs[i]}" -v b="${ours[i]}" 'BEGIN { print a / b }')")
    done
    printf 'schursweep %.3f ms per step, PyTorch %.3f ms, ratio %.2f (medians of %d rounds, min %.2f, max %.2f)\n' \
        "$(printf '%s\n' "${ours[@]}" | median | awk '{ print 1e3 * $1 }')" \
        "$(printf '%s\n' "${theirs[@]}" | median | awk '{ print 1e3 * $1 }')" \
        "$(printf '%s\n' "${ratios[@]}" | median)" "$rounds" \
        "$(printf '%s\n' "${ratios[@]}" | sort -g | head -1)" \
        "$(printf '%s\n' "${ratios[@]}" | sort -g | tail -1)"
}

main
