#!/usr/bin/env bash
# Make released traces, and the archives that hold them beside this script.
#   reports/results/make.sh [OPTIONS] [SOURCE...]
# A SOURCE is a complete table (tables/cifar10-cell.h5), or SPACE:PROTOCOL for a space that has none:
# all of its methods train live then. Default: the table of cell under smoke, which is built where it
# is not there, and chain:smoke.
#   --part tabular|live|all  methods that only ask, those that train networks or a supernet of their
#                            own, or both (default)
#   --budgets LIST           of the tabular methods (default 10,30,100), with
#   --seeds N                (default 200)
#   --live-budgets LIST      of the others, and of all where there is no table (default 10,30), with
#   --live-seeds N           (default 10)
#   --work DIR               where tables and traces grow (default out/results)
#   --archives DIR           where the archives go (default: beside this script)
#   --report                 write the report of each archive too, below DIR/report, and say how long
#                            that took
# NASBED names the program (default build/nasbed). What is finished is not done again: it may be
# stopped at any moment, and started again with more seeds, budgets or sources. One archive a protocol:
# PROTOCOL.tar.xz. Traces are the same bytes wherever they are made, but for those of methods that use
# OpenBLAS (README.md) and for the times beside them.
set -euo pipefail
began_in=$PWD
cd "$(dirname "$0")/../.."
here=reports/results

# methods that only ask a table, and those that train something of their own
tabular=random-search,local-search,regularized-evolution,nas-rl,pnas
declare -A live=([cell]='darts,enas,random-nas,snas,spos' [macro]='')
live[chain]=${live[cell]},eas,eas-ext,eas-random,nash-net,nash-random

part=all budgets=10,30,100 seeds=200 live_budgets=10,30 live_seeds=10
work=out/results archives=$here report=

fail() {
    echo "make.sh: $*" >&2
    exit 1
}

# A path as it was meant where the script was called.
from_there() {
    [[ $1 == /* ]] && echo "$1" || echo "$began_in/$1"
}

nasbed=build/nasbed
[ -z "${NASBED:-}" ] || nasbed=$(from_there "$NASBED")

while [[ ${1:-} == --* ]]; do
    case $1 in
    --report)
        report=yes
        shift
        continue
        ;;
    --help)
        sed -n '2,/^set /s/^# \{0,1\}//p' "$here/make.sh"
        exit 0
        ;;
    --part | --budgets | --seeds | --live-budgets | --live-seeds | --work | --archives)
        [ $# -ge 2 ] || fail "$1 needs a value (make.sh --help)"
        name=${1#--} value=$2
        [[ $1 != --work && $1 != --archives ]] || value=$(from_there "$2")
        printf -v "${name//-/_}" %s "$value"
        shift 2
        ;;
    *) fail "unknown option $1 (make.sh --help)" ;;
    esac
done
[[ $part =~ ^(tabular|live|all)$ ]] || fail "--part $part: must be tabular, live or all"
for list in "$budgets" "$live_budgets"; do
    [[ $list =~ ^[0-9.]+(,[0-9.]+)*$ ]] || fail "budgets $list: must be numbers with commas between"
done
for number in "$seeds" "$live_seeds"; do
    [[ $number =~ ^[1-9][0-9]*$ ]] || fail "seeds $number: must be a number from 1"
done
[ -x "$nasbed" ] || fail "$nasbed is not there: build it, or name it with NASBED"
mkdir -p "$work" "$archives"

# search SPACE PROTOCOL METHODS BUDGETS SEEDS [TABLE]: what is finished is passed over by the program
search() {
    local budget
    [ -n "$3" ] || return 0
    for budget in ${4//,/ }; do
        echo "make.sh: $1, $2, budget $budget, $5 seeds: $3"
        "$nasbed" run --space "$1" --protocol "$2" --method "$3" --budget "$budget" --seeds "$5" \
            --out "$work/$2" --quiet ${6:+--table "$6"}
    done
}

# Sets space, protocol and imported from what the table says; refuses one that is not whole: what it
# lacks would be trained for every trial, for days, and a regret against it would mean nothing.
read_table() {
    local info
    info=$("$nasbed" table info "$1")
    space=$(sed -n 's/^space  *\([a-z0-9]*\):.*/\1/p' <<<"$info")
    protocol=$(sed -n 's/^protocol  *\([^ ,]*\),.*/\1/p' <<<"$info")
    imported=$(sed -n 's/^numerics  *0.*/yes/p' <<<"$info")
    if [ -z "$space" ] || [ -z "$protocol" ]; then
        fail "$1: nasbed table info does not name its space and protocol"
    fi
    if [[ $(sed -n 's/^rows  *//p' <<<"$info") =~ ^([0-9]+)\ of\ ([0-9]+)\ \(([0-9]+) ]]; then
        [ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ] || fail \
            "$1: has ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} rows: only a complete table can judge"
    else
        fail "$1: nasbed table info does not say how many rows it has"
    fi
}

declare -A protocols=() judge=() # judge: the only table of a protocol; else those that are released
if [ $# -eq 0 ]; then
    work=$(realpath -m "$work")
    table=$work/smoke/cell-smoke.h5
    mkdir -p "$work/smoke"
    [ -f "$table" ] || "$nasbed" table build --space cell --protocol smoke --out "$table"
    set -- "$table" chain:smoke
fi
for source in "$@"; do
    if [[ $source =~ ^([a-z0-9]+):([^/]+)$ ]]; then
        space=${BASH_REMATCH[1]} protocol=${BASH_REMATCH[2]}
        [ -v "live[$space]" ] || fail "$source: no space $space (one of ${!live[*]})"
        [ "$part" = tabular ] ||
            search "$space" "$protocol" "$tabular${live[$space]:+,${live[$space]}}" \
                "$live_budgets" "$live_seeds"
    else
        [ -f "$(from_there "$source")" ] || fail "$source: is neither a table nor SPACE:PROTOCOL"
        source=$(from_there "$source")
        read_table "$source"
        judge[$protocol]=${judge[$protocol]+several}${judge[$protocol]-$source}
        [ "$part" = live ] ||
            search "$space" "$protocol" "$tabular" "$budgets" "$seeds" "$source"
        # what is imported was not trained here, and cannot be
        [ "$part" = tabular ] || [ -n "$imported" ] ||
            search "$space" "$protocol" "${live[$space]}" "$live_budgets" "$live_seeds" "$source"
    fi
    protocols[$protocol]=yes
done

# One order, one owner, one time: the same traces give the same archive. The seconds of a search that
# only reads a table say nothing: they are left out. A table that lies in the work folder goes along.
pack() {
    local archive=$archives/$1.tar.xz
    find "$work/$1" -name '*.trace' -o -name '*.time' -o -name '*.h5' |
        while read -r file; do
            [[ $file =~ ^(.*)/(${tabular//,/|})/b[^/]*/[^/]*\.time$ &&
                $(head -n 1 "${file%.time}.trace") != *'"table":null'* ]] || echo "${file#"$work/"}"
        done | LC_ALL=C sort >"$work/$1.list"
    tar -c -C "$work" --owner=0 --group=0 --numeric-owner --mode=644 --mtime=@0 --no-recursion \
        -T "$work/$1.list" | xz --lzma2=preset=9e,dict=128MiB >"$archive.part"
    mv "$archive.part" "$archive"
    echo "make.sh: $archive: $(wc -l <"$work/$1.list") files, $(stat -c %s "$archive") bytes"
}

for protocol in "${!protocols[@]}"; do
    pack "$protocol"
    if [ -n "$report" ]; then
        table=${judge[$protocol]-}
        [[ $table != several* ]] || table=
        began=$EPOCHREALTIME
        "$nasbed" report "$work/$protocol" --out "$work/report/$protocol" ${table:+--table "$table"} \
            >/dev/null
        echo "make.sh: the report of $protocol took $(((${EPOCHREALTIME/./} - ${began/./}) / 1000)) ms"
    fi
done
