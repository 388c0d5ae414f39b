#!/usr/bin/env bash
# How well a table of the space `cell` ranks what NAS-Bench-201 measured, as one page in Markdown: its validation
# accuracy with the benchmark's test accuracy after 200 epochs, whole and in the top 1,000, beside the benchmark's own
# training of 12 epochs and FLOPs, in both readings of isomorphs; then what the table says of itself (its seeds
# against each other, points against the last, best, cost) and how fast it is read. Complete or not.
#   scripts/fidelity.sh TABLE.h5 NASBENCH201.csv [OUT]    OUT (out/fidelity): the imported tables, kept
set -euo pipefail
usage='usage: scripts/fidelity.sh TABLE.h5 NASBENCH201.csv [OUT]'
table=${1:?$usage} csv=${2:?$usage} out=${3:-out/fidelity}
build=$(dirname "$0")/../build
nasbed=${NASBED:-$build/nasbed}
mkdir -p "$out"

for reading in each classes; do
    for epochs in 12 200; do
        nb=$out/nb$epochs-$reading.h5
        [ -e "$nb" ] || "$nasbed" table import nasbench201 "$csv" --out "$nb" --epochs $epochs \
            --reading $reading >/dev/null
    done
done

# The rows of one reading's audit, by the names of its columns: all of the list, and its top 1,000.
summary() { # READING
    "$nasbed" audit --scores "$table" --table "$out/nb12-$1.h5" --truth test --bootstrap 0 --format csv | awk -F, -v reading="$1" '
        function figures(s) { return s ? sprintf("%s | %.3f | %.3f", n[s], tau[s], rho[s]) : "- | - | -" }
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { section = $at["section"] }
        section == "whole list" { name[++rows] = $at["ranking"] }
        section == "whole list" || section == "top 1000" {
            key = section SUBSEP $at["ranking"]
            n[key] = $at["n"]; tau[key] = $at["tau_b"]; rho[key] = $at["spearman"]
        }
        END {
            for (i = 1; i <= rows; i++) {
                label = name[i]
                if (i == 1) label = "this table"
                if (label == "macs") label = "FLOPs"
                if (label == "its own validation") label = "the benchmark, 12 epochs"
                top = "top 1000" SUBSEP name[i]
                printf "| %s | %s | %s | %s |\n", reading, label,
                       figures("whole list" SUBSEP name[i]), figures(top in n ? top : "")
            }
        }'
}

block() { # COMMAND...: what it prints, as it is
    printf '```\n'
    "$@"
    printf '```\n\n'
}

echo "# $(basename "$table") beside NAS-Bench-201"
echo
echo "Rank correlation with the benchmark's test accuracy after 200 epochs, over the architectures that this table has and"
echo "over the benchmark's best 1,000 of them. \`this table\`: its validation accuracy at the last point, mean over its seeds."
echo
echo "| isomorphs | ranked by | n | tau-b | Spearman | top 1,000: n | tau-b | Spearman |"
echo "|---|---|---|---|---|---|---|---|"
summary each
summary classes
echo
for reading in each classes; do
    "$nasbed" table diff "$table" "$out/nb200-$reading.h5" --format markdown
    echo
done
echo "## The table itself"
echo
block "$nasbed" table info "$table"
if [ -x "$build/tests/bench_tables" ]; then
    echo "## How fast it is read"
    echo
    block "$build/tests/bench_tables" "$table"
fi
