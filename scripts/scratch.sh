#!/usr/bin/env bash
# Sourced: scratch files of tests go to memory where there is some. They need not survive anything, and
# on a disk each of them is waited for.

# scratch_begin: TMPDIR becomes a folder of this script's own; scratch_end removes it. Its name is
# short: Open MPI's sockets lie in it.
scratch_begin() {
    local parent=${TMPDIR:-/tmp}
    if [[ -d /dev/shm && -w /dev/shm && $(df --output=avail -k /dev/shm | tail -n 1) -gt 4000000 ]]; then
        parent=/dev/shm
    fi
    TMPDIR=$(mktemp -d "$parent/ss.XXXXXX")
    export TMPDIR
}

scratch_end() {
    rm -rf "$TMPDIR"
}
