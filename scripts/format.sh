#!/usr/bin/env bash
# Formats the C files of src/, tests/ and bench/ in place.
#
#   scripts/format.sh            rewrite what differs
#   scripts/format.sh --check    change nothing; exit 1 if something differs
#
# Exit code 77 (by custom, "test skipped"): the one version of clang-format that the project uses is
# not installed. Another version would disagree on details.
set -euo pipefail

readonly CLANG_FORMAT_MAJOR=14

find_clang_format() {
    local program
    for program in "clang-format-$CLANG_FORMAT_MAJOR" clang-format; do
        if "$program" --version 2>/dev/null | grep -q "version $CLANG_FORMAT_MAJOR\."; then
            echo "$program"
            return
        fi
    done
    echo "format: needs clang-format $CLANG_FORMAT_MAJOR (scripts/install-deps.sh --dev)" >&2
    return 77
}

# Tracked files, and new ones that no .gitignore names; a deleted file is still listed by git.
list_files() {
    local file
    git ls-files -z --cached --others --exclude-standard -- \
        {src,tests,bench}/{'*.[ch]','*.inc'} | while IFS= read -r -d '' file; do
        [[ ! -f $file ]] || printf '%s\0' "$file"
    done
}

main() {
    local -a arguments=(-i)
    if [[ $# -eq 1 && $1 == --check ]]; then
        arguments=(--dry-run -Werror)
    elif [[ $# -ne 0 ]]; then
        echo "usage: scripts/format.sh [--check]" >&2
        exit 2
    fi
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    local program
    program=$(find_clang_format)
    # xargs would answer 123 for a file that differs.
    list_files | xargs -0 -r "$program" --style=file "${arguments[@]}" || exit 1
}

main "$@"
