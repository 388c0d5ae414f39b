#!/usr/bin/env bash
# Published results regained: four methods on NAS-Bench-201, 500 seeds each, in 100 trainings and in 12,000
# GPU seconds, searched by 12 or by 200 epochs; the table of tables/regained.md. A minute on two cores.
#   scripts/regain.sh NASBENCH201.csv [OUT [SEEDS]]    OUT: out/regain, may be there already: it goes on
set -euo pipefail
csv=${1:?usage: scripts/regain.sh NASBENCH201.csv [OUT [SEEDS]]}
out=${2:-out/regain} seeds=${3:-500}
nasbed=${NASBED:-$(dirname "$0")/../build/nasbed}
mkdir -p "$out"

search() { # EPOCHS FOLDER METHODS [OPTION...]: both budgets
    local epochs=$1 folder=$2 methods=$3
    shift 3
    for budget in "100 trainings" "12000 gpu-seconds"; do
        "$nasbed" run --table "$out/nb$epochs.h5" --method "$methods" --seeds "$seeds" --quiet \
            --budget "${budget% *}" --budget-unit "${budget#* }" --out "$out/$folder" "$@"
    done
}

for epochs in 12 200; do
    [ -e "$out/nb$epochs.h5" ] ||
        "$nasbed" table import nasbench201 "$csv" --out "$out/nb$epochs.h5" --epochs $epochs >/dev/null
    search $epochs $epochs random-search,regularized-evolution,nas-rl,local-search
    search $epochs $epochs-script regularized-evolution \
        --set regularized-evolution.population=10,regularized-evolution.sample=3
    "$nasbed" report "$out/$epochs" "$out/$epochs-script" --table "$out/nb$epochs.h5" \
        --out "$out/report-$epochs" --quiet >/dev/null
done

# The rows of the page: from the columns of comparison.csv by name.
echo "| searched by | budget | method | test accuracy | random search, 10,000 runs |"
echo "|---|---|---|---|---|"
for epochs in 12 200; do
    awk -F, -v epochs=$epochs '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { printf "| %d epochs | %s %s | `%s` | %.2f +- %.2f | %.2f |\n", epochs, $at["budget"],
                 $at["budget_unit"], $at["label"], 100 - $at["test_error"], $at["test_error_std"],
                 100 - $at["baseline_error"] }' "$out/report-$epochs/comparison.csv"
done
