#!/usr/bin/env bash
# The most memory of each rank against the width of the models, the number of trials and the number
# of jobs; rank 0 drives.
#
#   bench/memory.sh [--short]          BUILD names the build folder
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

widths=(64 256 1024) trial_counts=(128 1024 8192) alpha_counts=(10 1000 10000) models=20
if [[ ${1:-} == --short ]]; then
    widths=(16 32) trial_counts=(16 64) alpha_counts=(2 20) models=2
fi
make_scratch
python=$(find_python 'import h5py, numpy')

# Prints "driver worker": MiB of rank 0 and of the largest worker.
measure() { # models hidden trials alphas
    local folder=$scratch/study
    mkdir -p "$folder/peaks"
    "$python" bench/make_models.py "$folder/models" "$1" "$2" 32 "$3"
    cat >"$folder/study.cfg" <<STUDY
study = "memory";
models = ( { file = "models/*.h5"; } );
alphas = { from = 0.001; to = 1.0; count = $4; };
output = "study.h5";
STUDY
    on_ranks 3 "$python" bench/peak_memory.py "$folder/peaks" "$BUILD/schursweep" run -q \
        "$folder/study.cfg" >&2
    awk '{ m = $1 / 1024; if (FILENAME ~ /\/0$/) d = m; else if (m > w) w = m }
        END { printf "%.1f %.1f\n", d, w }' "$folder"/peaks/*
    rm -rf "$folder"
}

tell() { # text driver worker
    printf '  %-34s %8.1f %8.1f\n' "$1" "$2" "$3"
}

measure_jobs() {
    local alphas driver worker
    for alphas in "${alpha_counts[@]}"; do
        read -r driver worker <<<"$(measure "$models" 16 64 "$alphas")"
        tell "16 units, 64 trials, $((models * alphas * 8)) jobs" "$driver" "$worker"
        echo "$((models * alphas * 8)) $driver $worker" >>"$scratch/growth"
    done
    tail -2 "$scratch/growth" | awk 'NR == 1 { n = $1; d = $2; w = $3 } END { f = 1048576 / ($1 - n)
        printf "  bytes per job more: driver %.1f, worker %.1f\n", f * ($2 - d), f * ($3 - w) }'
}

main() {
    local width trials driver worker
    printf '  %-34s %8s %8s\n' "MiB at most, 32 steps" driver worker
    for width in "${widths[@]}"; do
        read -r driver worker <<<"$(measure 2 "$width" "${trial_counts[0]}" 3)"
        tell "$width units, ${trial_counts[0]} trials" "$driver" "$worker"
    done
    for trials in "${trial_counts[@]:1}"; do
        read -r driver worker <<<"$(measure 2 "${widths[0]}" "$trials" 3)"
        tell "${widths[0]} units, $trials trials" "$driver" "$worker"
    done
    measure_jobs
}

main
