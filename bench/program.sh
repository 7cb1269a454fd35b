#!/usr/bin/env bash
# The whole program beside Python programs that do the same (bench/peer), from start to end: read the
# models, Schur forms, rollouts, write the results. Two workers beside two processes.
#
#   bench/program.sh [--short]         BUILD names the build folder; needs NumPy, SciPy, h5py, torch
#                                      STEPS (64) of a trial, ROUNDS and SLOW_ROUNDS
#
# All run in turn, round after round. A ratio is printed only when the results agree to 1e-9.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

rounds=${ROUNDS:-5} slow_rounds=${SLOW_ROUNDS:-3} models=24 hidden=64 steps=${STEPS:-64} trials=512 alphas=20
if [[ ${1:-} == --short ]]; then
    rounds=1 slow_rounds=1 models=1 hidden=16 steps=10 trials=16 alphas=2
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

# A round of one pair of programs, one after the other: their costs and ratios.
run_pair() { # key command... -- command...
    local key=$1 first=() ours theirs
    shift
    while [[ $1 != -- ]]; do
        first+=("$1")
        shift
    done
    shift
    ours=$(cost_of "${first[@]}")
    theirs=$(cost_of "$@")
    echo "${ours% *}" >>"$scratch/first.$key"
    echo "${theirs% *}" >>"$scratch/second.$key"
    ratio "${theirs% *}" "${ours% *}" >>"$scratch/wall.$key"
    ratio "${theirs#* }" "${ours#* }" >>"$scratch/cpu.$key"
}

run_beside() { # key engine options...
    run_pair "$1" run_ours double -- run_peer "${@:2}"
    check_peer >>"$scratch/agreement"
}

tell() { # key text
    printf '  %-40s wall %s, processor %s; %.2f s against %.2f s\n' "$2" \
        "$(column "$scratch/wall.$1" 1 %.2f)" "$(column "$scratch/cpu.$1" 1 %.2f)" \
        "$(median <"$scratch/second.$1")" "$(median <"$scratch/first.$1")"
}

main() {
    local i
    "$python" bench/make_models.py "$scratch/models" "$models" "$hidden" "$steps" "$trials"
    write_study double float64
    write_study single float32
    tell_machine
    for ((i = 0; i < rounds; i++)); do
        run_beside numpy_reuse numpy --reuse
        run_beside torch_reuse torch --reuse
        run_pair single run_ours single -- run_ours double
        if ((i < slow_rounds)); then
            run_beside numpy numpy
            run_beside torch torch
        fi
    done
    printf '%d models of %d units, %d trials x %d steps, %d thresholds, 8 sets\n' \
        "$models" "$hidden" "$trials" "$steps" "$alphas"
    echo "ratios to schursweep in float64"
    tell numpy_reuse "NumPy, equal matrices rolled out once"
    tell torch_reuse "PyTorch, equal matrices rolled out once"
    tell numpy "NumPy, as commonly written"
    tell torch "PyTorch, as commonly written"
    echo "float64 over float32"
    tell single "schursweep"
    sort -u "$scratch/agreement"
    tell_machine
}

main
