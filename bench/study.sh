#!/usr/bin/env bash
# A whole study, trained and swept, beside the same in PyTorch and SciPy: one network of each task of
# configs/paper.cfg, three thresholds, eight sets, on one core, in turn. Ratios of processor time.
#
#   bench/study.sh [--short]           needs python3-torch, -scipy, -h5py; BUILD names the build folder,
#                                      CORE the core, ROUNDS (3); OLD an older build: all of
#                                      configs/paper.cfg by both instead, once, and what plan says
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

rounds=${ROUNDS:-3} share=1 short=
if [[ ${1:-} == --short ]]; then
    rounds=1 share=.002 short='recipe = { base = "tail"; epochs = 1; batches = 4; };'
fi
make_scratch

write_sample() {
    local orthogonal='construction = "dense_orthogonal"; seeds = 0;' ramp='recipe = "ramp";'
    cat >"$scratch/sample.cfg" <<STUDY
study = "sample";
models = (
  { task = "flip_flop"; $orthogonal hidden = 64; $short },
  { task = "sine"; $orthogonal hidden = 64; $short },
  { task = "context_integration"; $orthogonal hidden = 64; $short },
  { task = "copy"; $orthogonal hidden = 72; ${short:-$ramp} }
);
alphas = [0.85, 0.90, 0.95];
models_dir = "models";
output = "sample.h5";
STUDY
}

run_ours() { # build study
    rm -rf "$scratch/models" "$scratch"/*.h5*
    on_one_core "$1/schursweep" run -q "$scratch/$2.cfg"
}

run_peer() {
    on_one_core "$python" bench/peer/study_torch.py "$scratch/theirs" "$share" >"$scratch/fvu"
    on_one_core "$python" bench/peer/sweep_torch.py "$scratch/theirs" "$scratch/theirs.out" \
        --alphas 0.85 0.95 3 --processes 1 --reuse
}

beside_peer() {
    local i ours theirs ratios=()
    python=$(find_python 'import h5py, scipy.linalg, torch')
    write_sample
    for ((i = 0; i < rounds; i++)); do
        ours=$(cost_of run_ours "$BUILD" sample)
        theirs=$(cost_of run_peer)
        ratios+=("$(ratio "${theirs#* }" "${ours#* }")")
    done
    cat "$scratch/fvu"
    printf 'PyTorch and SciPy take %s times the processor: %.1f s against %.1f s\n' \
        "$(spread %.1f "${ratios[@]}")" "${theirs#* }" "${ours#* }"
}

beside_old() {
    local ours theirs
    sed 's|"\.\./models"|"models"|; s|"\.\./results/|"|' configs/paper.cfg >"$scratch/paper.cfg"
    "$BUILD/schursweep" plan "$scratch/paper.cfg" | grep -E '^(training|sweep) '
    ours=$(cost_of run_ours "$BUILD" paper)
    theirs=$(cost_of run_ours "$OLD" paper)
    printf 'paper.cfg takes %.1f s of processor, %.2f of the older build\n' "${ours#* }" \
        "$(ratio "${ours#* }" "${theirs#* }")"
}

tell_machine
if [[ -n ${OLD:-} ]]; then
    beside_old
else
    beside_peer
fi
