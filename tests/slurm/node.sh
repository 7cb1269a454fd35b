#!/usr/bin/env bash
# One node of the test cluster: process 1 of its own namespaces, so that its death is the death of
# everything on the node.
#
#   unshare --mount --uts --pid --fork --kill-child --mount-proc node.sh NAME FOLDER
#
# NAME is a node of the slurm.conf that SLURM_CONF names; FOLDER becomes the node's own /var/tmp.
set -euo pipefail

readonly NAME=$1 FOLDER=$2

# Without these the nodes would meet in PMIx's directories and in Open MPI's shared memory.
hostname "$NAME"
mount -t tmpfs tmpfs /dev/shm
mount --bind "$FOLDER" /var/tmp

slurmd -D -N "$NAME" &
# Not exec: a process 1 has to collect the orphans of the whole node.
wait
