#!/usr/bin/env bash
# One worker, two workers, and one rank that does everything, on the same study; and where one driver
# saturates on larger machines, by simulation with the service time measured here.
#
#   bench/scaling.sh [--short]         BUILD names the build folder; LATENCY_US is that of a message
#                                      (5), LARGEST the number of simulated work units (1e6)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

rounds=5 models=24 hidden=64 steps=64 trials=512 alphas=20 jobs=30000 cases=100 largest=${LARGEST:-1e6}
if [[ ${1:-} == --short ]]; then
    rounds=1 models=2 hidden=24 steps=10 trials=64 alphas=4 jobs=500 cases=2 largest=1e4
fi
make_scratch
python=$(find_python 'import h5py, numpy')

run_on() { # ranks
    on_ranks "$1" "$BUILD/schursweep" run -q --fresh "$scratch/study.cfg"
    rm -f "$scratch"/study.h5.*
}

measure_speedup() {
    local i alone one two alone_ratios=() ratios=()
    "$python" bench/make_models.py "$scratch/models" "$models" "$hidden" "$steps" "$trials"
    cat >"$scratch/study.cfg" <<STUDY
study = "scaling";
models = ( { file = "models/*.h5"; } );
alphas = { from = 0.05; to = 1.0; count = $alphas; };
output = "study.h5";
STUDY
    for ((i = 0; i < rounds; i++)); do
        alone=$(cost_of run_on 1)
        one=$(cost_of run_on 2)
        two=$(cost_of run_on 3)
        alone_ratios+=("$(ratio "${alone% *}" "${one% *}")")
        ratios+=("$(ratio "${one% *}" "${two% *}")")
    done
    printf 'two workers over one: speed-up %s\n' "$(spread %.2f "${ratios[@]}")"
    printf 'driver and one worker over one rank for both: %s\n' "$(spread %.2f "${alone_ratios[@]}")"
}

# Microseconds of the driver for a report and the next work unit: its loop, and its two notes of work units in
# flight in the results file.
measure_service() {
    local loop note
    loop=$(on_ranks 4 "$BUILD/bench/bench_dispatch" 3 "$jobs" 0 | awk '{ print 1e6 * $3 }' | median)
    note=$(on_ranks 2 "$BUILD/bench/bench_results" "$scratch/results.h5" 3 "$cases" |
        awk '{ print $4 }' | median)
    echo "driver: $loop us per work unit, $note us per note in the results file" >&2
    awk -v a="$loop" -v b="$note" 'BEGIN { print a + 2 * b }'
}

tell_machine
measure_speedup
"$BUILD/bench/simulate_driver" "$(measure_service)" "${LATENCY_US:-5}" "$largest"
