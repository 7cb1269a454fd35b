#!/usr/bin/env bash
# The whole program beside Python programs that do the same (bench/peer), from start to end: read the
# models, Schur forms, rollouts, write the results. Two workers beside two processes.
#
#   bench/program.sh [--short]         BUILD names the build folder; needs NumPy, SciPy, h5py, torch
#
# All run in turn, round after round. A ratio is printed only when the results agree to 1e-9.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

rounds=${ROUNDS:-5} slow_rounds=${SLOW_ROUNDS:-3} models=24 hidden=64 steps=64 trials=512 alphas=20
if [[ ${1:-} == --short ]]; then
    rounds=1 slow_rounds=1 models=2 hidden=24 steps=10 trials=64 alphas=4
fi
make_scratch
python=$(find_python 'import h5py, numpy, scipy.linalg, torch')

write_study() { # name precision
    cat >"$scratch/$1.cfg" <<STUDY
study = "$1";
models = ( { file = "models/*.h5"; } );
alphas = { from = 0.05; to = 1.0; count = $alphas; };
precision = "$2";
output = "$1.h5";
STUDY
}

run_ours() { # study
    on_ranks 3 "$BUILD/schursweep" run -q --fresh "$scratch/$1.cfg"
    rm -f "$scratch/$1".h5.*
}

run_peer() { # engine options...
    "$python" "bench/peer/sweep_$1.py" "$scratch/models" "$scratch/peer.h5" \
        --alphas 0.05 1.0 "$alphas" "${@:2}"
}

check_peer() {
    "$python" bench/peer/compare.py "$scratch/double.h5" "$scratch/peer.h5" 1e-9
}

# A round of one peer: both run, one behind the other.
run_pair() { # key engine options...
    local ours theirs
    ours=$(seconds_of run_ours double)
    theirs=$(seconds_of run_peer "${@:2}")
    check_peer >>"$scratch/log"
    echo "$ours" >>"$scratch/ours"
    echo "$theirs" >>"$scratch/theirs.$1"
    ratio "$theirs" "$ours" >>"$scratch/ratio.$1"
}

run_single() {
    local double single
    double=$(seconds_of run_ours double)
    single=$(seconds_of run_ours single)
    ratio "$double" "$single" >>"$scratch/ratio.single"
}

tell() { # key text
    local ratios times
    mapfile -t ratios <"$scratch/ratio.$1"
    printf '  %-44s ratio %s' "$2" "$(spread %.2f "${ratios[@]}")"
    if [[ -s $scratch/theirs.$1 ]]; then
        mapfile -t times <"$scratch/theirs.$1"
        printf ', %s s' "$(spread %.2f "${times[@]}")"
    fi
    echo
}

main() {
    local i ours
    "$python" bench/make_models.py "$scratch/models" "$models" "$hidden" "$steps" "$trials"
    write_study double double
    write_study single single
    tell_machine
    for ((i = 0; i < rounds; i++)); do
        run_pair numpy_reuse numpy --reuse
        run_pair torch_reuse torch --reuse
        run_single
        if ((i < slow_rounds)); then
            run_pair numpy numpy
            run_pair torch torch
        fi
    done
    mapfile -t ours <"$scratch/ours"
    printf '%d models of %d units, %d trials x %d steps, %d thresholds, 8 sets: schursweep %s s\n' \
        "$models" "$hidden" "$trials" "$steps" "$alphas" "$(spread %.2f "${ours[@]}")"
    tell numpy_reuse "NumPy, equal matrices rolled out once"
    tell torch_reuse "PyTorch, equal matrices rolled out once"
    tell numpy "NumPy, as commonly written"
    tell torch "PyTorch, as commonly written"
    tell single "schursweep in single precision (double / it)"
    grep 'models agree' "$scratch/log" | sort -u
    tell_machine
}

main
