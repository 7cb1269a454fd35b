#!/usr/bin/env bash
# Installs what is missing, builds, and runs all tests, each kind with its summary at the end.
#
#   scripts/test.sh              release, then the fuzz targets, FUZZ_SECONDS (15) each, then with
#                                address and undefined-behaviour sanitizers, but for
#                                what is labelled long
#   scripts/test.sh --quick      release only
#   scripts/test.sh --asan       with the sanitizers only
#   scripts/test.sh ... -- ARGS  ARGS go to ctest, for example -- -R schur
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/build.sh
source scripts/build.sh
# shellcheck source=scripts/mpi-env.sh
source scripts/mpi-env.sh

usage() {
    echo "usage: scripts/test.sh [--quick | --asan] [-- CTEST-ARGUMENTS...]" >&2
    exit 2
}

# test_preset NAME [CTEST-ARGUMENTS...]
test_preset() {
    local preset=$1
    shift
    printf '\n==== tests: %s ====\n' "$preset"
    build_preset "$preset"
    ctest --test-dir "$(preset_directory "$preset")" --output-on-failure --no-tests=error \
        -j "$(core_count)" "$@"
}

fuzz() {
    local status=0
    printf '\n==== fuzz targets ====\n'
    scripts/fuzz.sh "${FUZZ_SECONDS:-15}" || status=$?
    [[ $status -eq 77 ]] || return "$status"
}

main() {
    local -a presets=(release asan)
    local fuzz=true
    case ${1:-} in
        --quick) presets=(release) && fuzz=false && shift ;;
        --asan) presets=(asan) && fuzz=false && shift ;;
    esac
    if [[ $# -gt 0 ]]; then
        [[ $1 == -- ]] || usage
        fuzz=false
        shift
    fi
    scripts/install-deps.sh
    local preset
    # The first failure ends the script, so that the last summary is never a better one.
    for preset in "${presets[@]}"; do
        if [[ $fuzz == true && $preset == asan ]]; then
            fuzz
        fi
        if [[ $preset == asan && $# -eq 0 ]]; then
            set -- -LE long
        fi
        test_preset "$preset" "$@"
    done
}

main "$@"
