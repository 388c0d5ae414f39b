#!/usr/bin/env bash
# The script that makes released traces, with a program that only pretends to search: what it asks for,
# what it refuses, and that the same traces give the same archive.
#   tests/test_results.sh ROOT
set -euo pipefail
root=$(cd "$1" && pwd)
tree=$(mktemp -d)
trap 'rm -r "$tree"' EXIT
cd "$tree"

fail() {
    printf 'failed: %s\n' "$@"
    exit 1
}

equals() { # WHAT WANTED FOUND
    [ "$2" = "$3" ] || fail "$1" "  wanted: $2" "  found:  $3"
}

# Says of a table what stands in it; a search leaves a trace and a time of each method, but none anew.
cat >nasbed <<'FAKE'
#!/usr/bin/env bash
set -euo pipefail
echo "$*" >>"$CALLS"
if [ "$1 $2" = "table info" ]; then
    cat "$3"
    exit
fi
[ "$1" = run ] || exit 0
shift
table=null
while [ $# -gt 0 ]; do
    case $1 in
    --quiet) shift; continue ;;
    --table) table='"x"' ;;
    *) printf -v "${1#--}" %s "$2" ;;
    esac
    shift 2
done
for m in ${method//,/ }; do
    folder=$out/$space/$m/b$budget
    mkdir -p "$folder"
    [ -f "$folder/s0.trace" ] || echo "{\"table\":$table}" >"$folder/s0.trace"
    date +%N >"$folder/s0.time"
done
FAKE
chmod +x nasbed
info() { # ROWS NUMERICS
    printf 'space         cell: 15625 architectures\nprotocol      smoke, 2 points, hash 0\n'
    printf 'numerics      %s\nrows          %s (2 seeds)\n' "$2" "$1"
}
info '10520 of 10520' 1 >whole.h5
info '500 of 5260' 1 >partial.h5
info '10520 of 10520' '0 (imported)' >imported.h5

# make [ARGUMENT...]: its verdict in $status, its words in $said, what was asked of the program in calls
make() {
    : >calls
    status=0
    said=$(NASBED=./nasbed CALLS=$tree/calls "$root/reports/results/make.sh" --work work \
        --archives archives "$@" 2>&1) || status=$?
}

refused() { # MESSAGE ARGUMENT...
    local message=$1
    shift
    make "$@"
    equals "$*: status" 1 "$status"
    equals "$*: message" "make.sh: $message" "$said"
}

refused "$tree/partial.h5: has 500 of 5260 rows: only a complete table can judge" partial.h5
refused 'none.h5: is neither a table nor SPACE:PROTOCOL' none.h5
refused '--seeds needs a value (make.sh --help)' --seeds
refused 'budgets 1,a: must be numbers with commas between' --budgets 1,a whole.h5
refused 'seeds 0: must be a number from 1' --live-seeds 0 whole.h5
refused 'unknown option --fast (make.sh --help)' --fast

# a table: tabular methods at three budgets, the others at two, with fewer seeds
make whole.h5
equals 'whole: status' 0 "$status"
equals 'whole: searches' "$(printf '%s\n' '10 200' '30 200' '100 200' '10 10' '30 10')" \
    "$(sed -n 's/.* --budget \([0-9]*\) --seeds \([0-9]*\) .* --table .*/\1 \2/p' calls)"
equals 'whole: files' 'smoke/cell/darts/b10/s0.time smoke/cell/darts/b10/s0.trace' \
    "$(tar -tJf archives/smoke.tar.xz | grep 'darts/b10/' | paste -sd ' ')"
equals 'whole: of what only reads the table no times' 'smoke/cell/pnas/b10/s0.trace' \
    "$(tar -tJf archives/smoke.tar.xz | grep 'pnas/b10/')"

# the same traces, the same archive
rm work/smoke/cell/*/*/*.time
make --part tabular --budgets 10,30,100 whole.h5
before=$(sha256sum <archives/smoke.tar.xz)
make --part tabular --budgets 10,30,100 whole.h5
equals 'again: archive' "$before" "$(sha256sum <archives/smoke.tar.xz)"

# what is imported cannot be trained; without a table all train, and their times count
make --budgets 10 imported.h5
equals 'imported: searches' 1 "$(grep -c '^run' calls)"
make --live-budgets 10 chain:mini
equals 'live: searches' 1 "$(grep -c '^run .*random-search.*nash-random' calls)"
equals 'live: times' 'mini/chain/pnas/b10/s0.time' \
    "$(tar -tJf archives/mini.tar.xz | grep 'pnas.*time')"
equals 'live: archives beside each other' 'mini.tar.xz smoke.tar.xz' "$(cd archives && echo *)"
echo 'results: ok'
