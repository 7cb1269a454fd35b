#!/usr/bin/env bash
# The Schur form of one matrix shared by several ranks, beside that of one rank: seconds, memory and
# messages. One rank and teams in turn, each in a process of its own; prints medians of the seconds,
# their ratio to one rank's, and the load of the machine before and after.
#
#   bench/teams.sh [--short]        BUILD names the build folder, RANKS the sizes of the teams
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/measure.sh
. bench/measure.sh

widths=(512 1024 2048 4096)
rounds=(5 5 3 1)
if [[ ${1:-} == --short ]]; then
    widths=(128)
    rounds=(1)
fi
read -r -a teams <<<"${RANKS:-2 4}"
readonly BLOCK=64
make_scratch
readonly lines=$scratch/lines

# measure WIDTH ROUNDS KIND
measure() {
    local round ranks
    for ((round = 0; round < $2; round++)); do
        for ranks in 1 "${teams[@]}"; do
            on_ranks "$ranks" "$BUILD/bench/bench_team" "$1" "$BLOCK" "$3" </dev/null
        done
    done
}

# Reads lines of bench_team, prints a row per team.
summarise() {
    sort -k2,2n -k3,3n "$lines" | awk -v kind="$1" '
        { n[$2]++; seconds[$2, n[$2]] = $3; rest[$2] = $4 " " $5 " " $6 " " $7 " " $8; width = $1 }
        END {
            for (ranks in n) print ranks, seconds[ranks, int((n[ranks] + 1) / 2)], rest[ranks]
        }
    ' | sort -n | awk -v kind="$1" -v width="$2" '
        NR == 1 { single = $2 }
        {
            printf "%-16s %6d %5d %9.2f %7.2f %7d %7d %9d %9.1f %s\n", kind, width, $1, $2,
                $2 / single, $3, $4, $5, $6, $7
        }'
}

main() {
    local i kind
    local -a kinds=(gaussian near_orthogonal)
    tell_machine
    printf '%-16s %6s %5s %9s %7s %7s %7s %9s %9s %s\n' matrix width ranks seconds ratio root \
        other messages sent route
    for kind in 0 1; do
        for i in "${!widths[@]}"; do
            measure "${widths[i]}" "${rounds[i]}" "$kind" >"$lines"
            summarise "${kinds[kind]}" "${widths[i]}"
        done
    done
    tell_machine
}

main
