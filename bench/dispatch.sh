#!/usr/bin/env bash
# What the driver costs: no-op jobs per second beside mpi4py.futures and multiprocessing.Pool, and
# how long work units must be for it not to matter.
#
#   bench/dispatch.sh [--short]        BUILD names the build folder; python3-mpi4py is optional
#
# Everything runs in turn, round after round; medians, with the least and the greatest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

rounds=${ROUNDS:-7} jobs=30000 peer_jobs=3000 rank_counts=(2 4 16)
lengths=(10 20 50 100 200 500 1000 2000 5000) burn_seconds=0.5
if [[ ${1:-} == --short ]]; then
    rounds=1 jobs=500 peer_jobs=200 rank_counts=(2 4)
    lengths=(100 2000) burn_seconds=0.02
fi
make_scratch

# A peer that the machine lacks leaves its column empty.
python=$(find_python 'import multiprocessing')
futures=$(find_python 'import mpi4py.futures' 2>/dev/null || true)

ours() { # ranks jobs microseconds -> "rate efficiency driver_seconds"
    on_ranks "$1" "$BUILD/bench/bench_dispatch" 1 "$2" "$3"
}

run_round() { # ranks; into the files of scratch
    ours "$1" "$jobs" 0 >>"$scratch/ours.$1"
    if [[ -n $futures ]]; then
        on_ranks "$1" "$futures" -m mpi4py.futures bench/peer/dispatch.py futures $(($1 - 1)) 1 \
            "$peer_jobs" >>"$scratch/futures.$1"
    fi
    "$python" bench/peer/dispatch.py pool $(($1 - 1)) 1 "$peer_jobs" >>"$scratch/pool.$1"
}

peer_line() { # name file ranks
    if [[ -s $2 ]]; then
        printf '  %-22s %s jobs/s, ratio %.1f\n' "$1" "$(column "$2" 1 %.0f)" \
            "$(ratio "$(awk '{ print $1 }' "$scratch/ours.$3" | median)" "$(median <"$2")")"
    else
        printf '  %-22s not installed\n' "$1"
    fi
}

measure_rates() {
    local ranks i
    for ((i = 0; i < rounds; i++)); do
        for ranks in "${rank_counts[@]}"; do
            run_round "$ranks"
        done
    done
    for ranks in "${rank_counts[@]}"; do
        printf '%d ranks\n  %-22s %s jobs/s, driver %s us of processor per job\n' "$ranks" schursweep \
            "$(column "$scratch/ours.$ranks" 1 %.0f)" \
            "$(awk '{ print 1e6 * $3 }' "$scratch/ours.$ranks" | median)"
        peer_line mpi4py.futures "$scratch/futures.$ranks" "$ranks"
        peer_line multiprocessing.Pool "$scratch/pool.$ranks" "$ranks"
    done
}

# Least of the lengths from which on the efficiency is at least this.
break_even() {
    awk -v least="$1" '$2 < least { at = "" } $2 >= least && at == "" { at = $1 }
        END { print at == "" ? "more than " $1 : at " us" }' "$scratch/efficiency"
}

measure_efficiency() {
    local length items i
    for ((i = 0; i < rounds; i++)); do
        for length in "${lengths[@]}"; do
            items=$(awk -v s="$burn_seconds" -v l="$length" 'BEGIN { print int(2e6 * s / l) + 2 }')
            ours 3 "$items" "$length" >>"$scratch/length.$length"
        done
    done
    echo "one driver, two workers: time of the work units alone over time with the driver"
    for length in "${lengths[@]}"; do
        printf '  %5d us work units  %s\n' "$length" "$(column "$scratch/length.$length" 2 %.3f)"
        printf '%d %s\n' "$length" "$(awk '{ print $2 }' "$scratch/length.$length" | median)" \
            >>"$scratch/efficiency"
    done
    printf '  50 %% from %s on, 90 %% from %s on\n' "$(break_even 0.5)" "$(break_even 0.9)"
}

tell_machine
measure_rates
measure_efficiency
