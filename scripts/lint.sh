#!/usr/bin/env bash
# clang-format (as a check) over every source that git knows, clang-tidy over all but the tests.
#   scripts/lint.sh [BUILD]    BUILD holds compile_commands.json (default: build)
#   scripts/lint.sh --fix      lay the sources out as .clang-format says
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in clang-format clang-tidy; do
    command -v "$tool" >/dev/null || {
        echo "nasbed: lint needs $tool: apt-get install $tool" >&2
        exit 1
    }
done
if [ "${1:-}" = --fix ]; then
    git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i
    exit 0
fi
build=${1:-build}
[ -f "$build/compile_commands.json" ] || {
    echo "nasbed: lint: $build has no compile_commands.json: run  cmake -S . -B $build" >&2
    exit 1
}
git ls-files -z '*.c' '*.h' | xargs -0 clang-format --dry-run -Werror
# clang-tidy refuses gcc's own options
database=$(mktemp -d)
trap 'rm -r "$database"' EXIT
sed 's/ -fno-predictive-commoning//g' "$build/compile_commands.json" \
    >"$database/compile_commands.json"
git ls-files -z '*.c' ':!tests' | xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p "$database"
