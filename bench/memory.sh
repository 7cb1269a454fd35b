#!/usr/bin/env bash
# The most memory of each rank against the width of the models, the number of trials and the number
# of jobs, alone and in a team, with what `plan` says of a worker; rank 0 drives.
#
#   bench/memory.sh [--short]          BUILD names the build folder
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

widths=(64 256 1024) trial_counts=(128 1024 8192) alpha_counts=(10 1000 10000) models=20
wide=2048
if [[ ${1:-} == --short ]]; then
    widths=(16) trial_counts=(16 32) alpha_counts=(2 4) models=1
    wide=64
fi
make_scratch
python=$(find_python 'import h5py, numpy')

# Prints "driver worker plan": MiB of rank 0, of the largest worker, and of a worker as foretold.
measure() { # models hidden trials alphas [rows columns]
    local folder=$scratch/study ranks=$((${5:-1} * ${6:-2} + 1)) team= plan
    [[ $# == 4 ]] || team="team = { from_hidden = $2; ranks = $(($5 * $6)); grid = [$5, $6]; };"
    mkdir -p "$folder/peaks"
    "$python" bench/make_models.py "$folder/models" "$1" "$2" 32 "$3"
    cat >"$folder/study.cfg" <<STUDY
study = "memory";
models = ( { file = "models/*.h5"; } );
alphas = { from = 0.001; to = 1.0; count = $4; };
output = "study.h5";
$team
STUDY
    plan=$("$BUILD/schursweep" plan --json "$folder/study.cfg" |
        "$python" -c 'import json, sys; print(json.load(sys.stdin)["worker_memory"] / 2**20)')
    on_ranks "$ranks" "$python" bench/peak_memory.py "$folder/peaks" "$BUILD/schursweep" run -q \
        "$folder/study.cfg" >&2
    awk -v plan="$plan" '{ m = $1 / 1024; if (FILENAME ~ /\/0$/) d = m; else if (m > w) w = m }
        END { printf "%.1f %.1f %.1f\n", d, w, plan }' "$folder"/peaks/*
    rm -rf "$folder"
}

tell() { # text driver worker plan
    printf '  %-34s %8.1f %8.1f %8.1f\n' "$1" "$2" "$3" "$4"
}

measure_jobs() {
    local alphas driver worker plan
    for alphas in "${alpha_counts[@]}"; do
        read -r driver worker plan <<<"$(measure "$models" 16 64 "$alphas")"
        tell "16 units, 64 trials, $((models * alphas * 8)) jobs" "$driver" "$worker" "$plan"
        echo "$((models * alphas * 8)) $driver $worker" >>"$scratch/growth"
    done
    tail -2 "$scratch/growth" | awk 'NR == 1 { n = $1; d = $2; w = $3 } END { f = 1048576 / ($1 - n)
        printf "  bytes per job more: driver %.1f, worker %.1f\n", f * ($2 - d), f * ($3 - w) }'
}

measure_teams() {
    local grid trials=${trial_counts[0]}
    local -a found
    for grid in "" "1 2" "2 2"; do
        # shellcheck disable=SC2086
        read -ra found <<<"$(measure 1 "$wide" "$trials" 3 $grid)"
        tell "$wide units, $trials trials, ${grid:-alone}" "${found[@]}"
    done
}

main() {
    local width trials
    local -a found
    printf '  %-34s %8s %8s %8s\n' "MiB at most, 32 steps" driver worker plan
    for width in "${widths[@]}"; do
        read -ra found <<<"$(measure 2 "$width" "${trial_counts[0]}" 3)"
        tell "$width units, ${trial_counts[0]} trials" "${found[@]}"
    done
    for trials in "${trial_counts[@]:1}"; do
        read -ra found <<<"$(measure 2 "${widths[0]}" "$trials" 3)"
        tell "${widths[0]} units, $trials trials" "${found[@]}"
    done
    measure_teams
    measure_jobs
}

main
