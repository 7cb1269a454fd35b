#!/usr/bin/env bash
# Two builds of the program beside each other: rollouts, dispatch, results writing, the whole program.
#
#   bench/against.sh OLD_BUILD [--short]   BUILD names the new one; ROUNDS (9)
#
# The builds take turns, round after round; a ratio is old over new, above 1 the new one is faster.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

old=${1:?usage: bench/against.sh OLD_BUILD [--short]}
rounds=${ROUNDS:-9} models=16 hidden=64 steps=64 trials=512 alphas=20 jobs=30000
if [[ ${2:-} == --short ]]; then
    rounds=1 models=2 hidden=24 steps=10 trials=64 alphas=4 jobs=500
fi
make_scratch
python=$(find_python 'import h5py, numpy')

write_study() { # name
    cat >"$scratch/$1.cfg" <<STUDY
study = "$1";
models = ( { file = "models/*.h5"; } );
alphas = { from = 0.05; to = 1.0; count = $alphas; };
output = "$1.h5";
STUDY
}

# Every command is given the build folder.
rollouts() { on_one_core "$1/bench/bench_rollout" "$hidden" "$trials" "$((steps * 16))" double >/dev/null; }
dispatch() { on_ranks 3 "$1/bench/bench_dispatch" 1 "$jobs" 0 >/dev/null; }
writing() { on_ranks 2 "$1/bench/bench_results" "$scratch/writing.h5" 3 40 >/dev/null; }
sweep() { # build ranks
    on_ranks "$2" "$1/schursweep" run -q --fresh "$scratch/sweep.cfg"
    rm -f "$scratch/sweep".h5.*
}
sweep_alone() { sweep "$1" 1; }
sweep_together() { sweep "$1" 3; }

compare() { # name
    local before after
    before=$(cost_of "$1" "$old")
    after=$(cost_of "$1" "$BUILD")
    ratio "${before% *}" "${after% *}" >>"$scratch/wall.$1"
    ratio "${before#* }" "${after#* }" >>"$scratch/cpu.$1"
}

main() {
    local i name
    local -a kinds=(rollouts dispatch writing sweep_alone sweep_together)
    "$python" bench/make_models.py "$scratch/models" "$models" "$hidden" "$steps" "$trials"
    write_study sweep
    tell_machine
    for ((i = 0; i < rounds; i++)); do
        for name in "${kinds[@]}"; do
            compare "$name"
        done
    done
    echo "old over new: median (least..greatest) of $rounds rounds"
    for name in "${kinds[@]}"; do
        printf '  %-16s wall %s, processor %s\n' "$name" "$(column "$scratch/wall.$name" 1 %.3f)" \
            "$(column "$scratch/cpu.$name" 1 %.3f)"
    done
    tell_machine
}

main
