#!/usr/bin/env bash
# Rebuild the released traces, and the archive that holds them beside this script.
#   reports/results/make.sh [WORK]    tables and traces grow in WORK (default: out/results); what is
#                                     finished there is not done again
# NASBED names the program (default: build/nasbed). CIFAR-10 must have been fetched. About half an
# hour on two cores, nearly all of it for the table; the traces are the same bytes wherever they are
# made, but for those of methods that use OpenBLAS (README.md) and for the times beside them.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${1:-out/results}
nasbed=${NASBED:-build/nasbed}
here=reports/results
mkdir -p "$work"

# methods that only ask a table, and those that train something of their own
tabular=random-search,local-search,regularized-evolution,nas-rl,pnas
training_cell=darts,enas,random-nas,snas,spos
training_chain=$training_cell,eas,eas-ext,eas-random,nash-net,nash-random

# search SPACE METHODS BUDGET SEEDS [TABLE]
search() {
    "$nasbed" run --space "$1" --protocol smoke --method "$2" --budget "$3" --seeds "$4" \
        --out "$work/smoke" --quiet ${5:+--table "$5"}
}

table=$work/smoke/cell-smoke.h5
mkdir -p "$work/smoke"
"$nasbed" table build --space cell --protocol smoke --out "$table"
for budget in 10 30 100; do
    search cell "$tabular" "$budget" 200 "$table"
done
# No table of chain yet: all methods train live, so that there is no regret.
for budget in 10 30; do
    search cell "$training_cell" "$budget" 10 "$table"
    search chain "$tabular,$training_chain" "$budget" 10
done

# One order, one owner, one time: the same traces give the same archive. The seconds of a search that
# only reads a table say nothing: they are left out.
find "$work/smoke" -name '*.trace' -o -name '*.time' -o -name 'cell-smoke.h5' |
    grep -vE "/cell/(${tabular//,/|})/.*[.]time$" |
    sed "s|^$work/||" | LC_ALL=C sort |
    tar -c -C "$work" --owner=0 --group=0 --numeric-owner --mode=644 --mtime=@0 \
        --no-recursion -T - |
    xz --lzma2=preset=9e,dict=128MiB >"$here/smoke.tar.xz"
ls -l "$here/smoke.tar.xz"
