#!/usr/bin/env bash
# Runs a test on a Slurm cluster of its own, in a process and a mount namespace of its own: whatever
# the test leaves running or mounted ends with it.
#
#   tests/slurm/run.sh TEST.py [ARGUMENTS...]
#
# Exit code 77 (by custom, "test skipped"): not root, no namespaces or no Slurm. With CI set, missing
# packages are a failure.
set -euo pipefail

readonly COMMANDS=(slurmctld slurmd sbatch srun scancel scontrol squeue sinfo munged mpirun)

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly NAMESPACES=(unshare --mount --pid --fork --kill-child --mount-proc)

if [[ $(id -u) -ne 0 ]] || ! "${NAMESPACES[@]}" unshare --uts true 2>/dev/null; then
    echo "the test cluster needs root and namespaces" >&2
    exit 77
fi
for name in "${COMMANDS[@]}"; do
    if ! command -v "$name" >/dev/null; then
        echo "no $name; on Debian scripts/install-deps.sh --dev installs what is missing" >&2
        [[ -z ${CI:-} ]] || exit 1
        exit 77
    fi
done
test=$folder/$1
shift
if [[ $# -gt 0 && -f $1 ]]; then # the program: python.sh changes the folder
    set -- "$(realpath "$1")" "${@:2}"
fi
exec "${NAMESPACES[@]}" "$folder/../e2e/python.sh" "$test" "$@"
