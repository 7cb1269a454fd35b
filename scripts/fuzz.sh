#!/usr/bin/env bash
# Builds the fuzz targets of tests/fuzz with clang and runs them, two at a time; prints one line for
# each when it has ended.
#
#   scripts/fuzz.sh [SECONDS [TARGET...]]    60 seconds each, all targets
#
# Exits 1 when one of them finds something: the input that shows it stays in build-asan/finds/, and
# its path is printed. What a run learns stays in build-asan/corpus/, from where the next goes on.
# Exits 77 when there is no clang.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/build.sh
source scripts/build.sh
# shellcheck source=scripts/scratch.sh
source scripts/scratch.sh

readonly CLANG=clang-14 # the one that the preset names
readonly AT_ONCE=2
readonly ALL_TARGETS=(study model results messages schur import torch flax matlab keras texts)
readonly OUT=build-asan

usage() {
    echo "usage: scripts/fuzz.sh [SECONDS [TARGET...]]; targets: ${ALL_TARGETS[*]}" >&2
    exit 2
}

# Lengths of input, and words to make it of.
target_options() {
    case $1 in
        study) echo -max_len=4000 -dict=tests/fuzz/study.dict ;;
        import | torch | flax | matlab | texts) echo -max_len=3000 -len_control=0 "-dict=tests/fuzz/$1.dict" ;;
        model | results) echo -max_len=160 -len_control=0 ;;
        keras) echo -max_len=600 -len_control=0 ;;
        messages) echo -max_len=2000 ;;
        schur) echo -max_len=600 ;;
        *) usage ;;
    esac
}

# run_target NAME SECONDS: libFuzzer's own output goes to a log.
run_target() {
    local -a options
    read -r -a options <<<"$(target_options "$1")"
    mkdir -p "$OUT/corpus/$1" "$OUT/finds"
    "$OUT/tests/fuzz/fuzz_$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=3000 \
        -malloc_limit_mb=1500 -print_final_stats=1 -artifact_prefix="$OUT/finds/$1-" \
        "${options[@]}" "$OUT/corpus/$1" "tests/fuzz/corpus/$1" >"$OUT/$1.log" 2>&1
}

# The last number after a word of a log, or 0.
last_number() {
    local found
    found=$(grep -oE "$2 *[0-9]+" "$1" | tail -n 1 | grep -oE '[0-9]+$') || true
    echo "${found:-0}"
}

# report NAME SECONDS FOUND
report() {
    local log=$OUT/$1.log
    printf '%-10s %6d s %12d runs   coverage %5d   finds %d\n' "$1" "$2" \
        "$(last_number "$log" 'number_of_executed_units:')" "$(last_number "$log" 'cov:')" "$3"
    if [[ $3 -ne 0 ]]; then
        grep -E 'does not hold|runtime error|ERROR: |SUMMARY: |Test unit written to' "$log" || true
        echo "all of its output is in $log; docs/testing.md tells how to repeat it"
    fi
}

run_and_report() {
    local found=0
    run_target "$1" "$2" || found=1
    report "$1" "$2" "$found"
    return "$found"
}

find_clang() {
    scripts/install-deps.sh --dev
    if ! command -v "$CLANG" >/dev/null; then
        echo "fuzz: no $CLANG" >&2
        [[ -z ${CI:-} ]] || exit 1
        exit 77
    fi
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
    local group
    for group in $(jobs -rp); do
        kill -- "-$group" 2>/dev/null || true
    done
    wait || true
    scratch_end
}

run_all() {
    local seconds=$1 status=0 count=0 target
    shift
    set -m # a group of processes each, so that clean_up ends the target and not only its shell
    for target in "$@"; do
        if [[ $count -ge $AT_ONCE ]]; then
            wait -n || status=1
            count=$((count - 1))
        fi
        run_and_report "$target" "$seconds" &
        count=$((count + 1))
    done
    for (( ; count > 0; count--)); do
        wait -n || status=1
    done
    return "$status"
}

main() {
    local seconds=${1:-60}
    [[ $seconds =~ ^[1-9][0-9]*$ ]] || usage
    local -a targets=("${@:2}")
    [[ ${#targets[@]} -gt 0 ]] || targets=("${ALL_TARGETS[@]}")
    local target
    for target in "${targets[@]}"; do
        target_options "$target" >/dev/null
    done
    find_clang
    build_preset asan --target fuzz_targets
    scratch_begin
    trap clean_up EXIT
    export OPENBLAS_NUM_THREADS=1
    # A small quarantine: HDF5 allocates much, and fresh memory costs most of the time.
    export ASAN_OPTIONS=quarantine_size_mb=16
    export LSAN_OPTIONS=suppressions=$PWD/tests/fuzz/lsan.supp:print_suppressions=0
    echo "fuzzing $seconds s each: ${targets[*]}"
    run_all "$seconds" "${targets[@]}"
}

main "$@"
