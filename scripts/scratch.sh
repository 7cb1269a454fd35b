#!/usr/bin/env bash
# Sourced: scratch files of tests lie in memory where that can be had. They need not survive anything,
# and on a disk each of them is waited for. /dev/shm will not do: tests mount their own there, and hide it.

# scratch_begin: TMPDIR becomes a folder of this script's own, which scratch_end removes. Its name is
# short: Open MPI's sockets lie in it.
scratch_begin() {
    TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/ss.XXXXXX")
    export TMPDIR
    if [[ $EUID -eq 0 ]]; then
        mount -t tmpfs -o mode=755 schursweep "$TMPDIR" 2>/dev/null || true
    fi
    chmod 755 "$TMPDIR" # some tests are other users
}

scratch_end() {
    umount --lazy "$TMPDIR" 2>/dev/null || true
    rm -rf "$TMPDIR"
}
