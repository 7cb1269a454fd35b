#!/usr/bin/env bash
# Configures and builds one preset; the compiler is heard only when it fails.
#
#   scripts/build.sh [release|debug|asan|tidy]
#
# release goes into build/, any other PRESET into build-PRESET/.
#
# Sourced, it only defines the functions.
set -euo pipefail

# Cores this process may use. nproc also obeys OMP_NUM_THREADS, which many sites set to 1.
core_count() {
    env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc
}

preset_directory() {
    case $1 in
        release) echo build ;;
        debug | asan | tidy) echo "build-$1" ;;
        *) return 1 ;;
    esac
}

# A folder stays with the generator that it was first configured with. Ninja starts fewer processes
# for each file than make does; LLVM's linker takes a third of the time of the usual one.
configure_and_build() {
    if [[ -z ${CMAKE_GENERATOR:-} ]] && command -v ninja >/dev/null; then
        export CMAKE_GENERATOR=Ninja
    fi
    if [[ -z ${LDFLAGS:-} ]] && command -v ld.lld >/dev/null; then
        export LDFLAGS=-fuse-ld=lld
    fi
    cmake --preset "$1" && cmake --build --preset "$1" -j "$(core_count)" "${@:2}"
}

# How far the build is, on one line of a terminal.
show_progress() {
    if [[ -t 1 ]]; then
        sed -un 's|^\[ *\([0-9/%]*\)\].*|\r\1 |p' | tr -d '\n'
        printf '\r'
    else
        cat >/dev/null
    fi
}

# build_preset NAME [--target ...]: the working directory must be the root of the repository.
build_preset() {
    local directory log
    if ! directory=$(preset_directory "$1"); then
        echo "build: no preset '$1'; there are release, debug, asan, tidy" >&2
        return 2
    fi
    log=$directory/build.log
    mkdir -p "$directory"
    echo "building $1 in $directory/"
    if ! configure_and_build "$@" 2>&1 | tee "$log" | show_progress; then
        tail -n 200 "$log" >&2
        echo "build: preset $1 failed; all of the output is in $log" >&2
        return 1
    fi
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    if [[ $# -gt 1 ]]; then
        echo "usage: scripts/build.sh [release|debug|asan|tidy]" >&2
        exit 2
    fi
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    build_preset "${1:-release}"
fi
