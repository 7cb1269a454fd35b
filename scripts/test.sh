#!/usr/bin/env bash
# Installs what is missing, builds, and runs tests.
#
#   scripts/test.sh              --release, then the fuzz targets, FUZZ_SECONDS (1) each, then --asan:
#                                about ten minutes on two idle cores, with all builds
#   scripts/test.sh --quick      release build, the tests labelled quick: under a minute on two cores
#   scripts/test.sh --release    release build, all tests
#   scripts/test.sh --asan       with address and undefined-behaviour sanitizers, all tests but those
#                                labelled long, which would only wait once more
#   scripts/test.sh ... -- ARGS  ARGS go to ctest, for example --release -- -R schur
#
# Each part of tests ends with its ten slowest and ctest's summary. The first part that fails ends
# the script with its status.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/build.sh
source scripts/build.sh
# shellcheck source=scripts/mpi-env.sh
source scripts/mpi-env.sh
# shellcheck source=scripts/scratch.sh
source scripts/scratch.sh

usage() {
    echo "usage: scripts/test.sh [--quick | --release | --asan] [-- CTEST-ARGUMENTS...]" >&2
    exit 2
}

# Hands on what ctest prints, and says before its summary which tests took longest.
with_slowest() {
    awk '/ Test +#[0-9]+: .* sec$/ {
             split(substr($0, index($0, ": ") + 2), words, " ")
             seconds[words[1]] = $(NF - 1)
         }
         /^[0-9]+% tests passed/ {
             print "the slowest, in seconds:"
             sort = "sort -rn | head -n 10"
             for (name in seconds) printf "%8.2f  %s\n", seconds[name], name | sort
             close(sort)
             print ""
         }
         { print; fflush() }'
}

# test_preset NAME JOBS [CTEST-ARGUMENTS...]
test_preset() {
    printf '\n==== tests: %s ====\n' "$1"
    ctest --preset "$1" -j "$2" "${@:3}" | with_slowest
}

# Three tests for each core: some wait for something most of the time, and what fills more than one core
# says so with the property PROCESSORS.
test_release() {
    build_preset release
    test_preset release $((3 * $(core_count))) "$@"
}

test_asan() {
    build_preset asan
    [[ $# -gt 0 ]] || set -- -LE long
    test_preset asan $((3 * $(core_count))) "$@"
}

test_quick() {
    build_preset release
    test_preset quick $((3 * $(core_count))) "$@"
}

fuzz() {
    local status=0
    printf '\n==== fuzz targets ====\n'
    scripts/fuzz.sh "${FUZZ_SECONDS:-1}" || status=$?
    [[ $status -eq 77 ]] || return "$status"
}

# With arguments for ctest, both builds' tests and nothing else.
test_all() {
    if [[ $# -gt 0 ]]; then
        test_release "$@"
        test_asan "$@"
        return
    fi
    scripts/install-deps.sh --dev
    test_release
    fuzz
    test_asan
}

main() {
    local part=all
    case ${1:-} in
        --quick | --release | --asan) part=${1#--} && shift ;;
    esac
    if [[ $# -gt 0 ]]; then
        [[ $1 == -- ]] || usage
        shift
    fi
    scripts/install-deps.sh
    # Fewer page faults, which a virtual machine pays most for.
    export GLIBC_TUNABLES=${GLIBC_TUNABLES:-glibc.malloc.hugetlb=1}
    scratch_begin
    trap scratch_end EXIT
    "test_$part" "$@"
}

main "$@"
