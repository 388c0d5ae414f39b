#!/usr/bin/env bash
# scripts/fidelity.sh on a benchmark made up so that its figures are known: the test accuracy rises with the FLOPs, the
# validation of 12 epochs falls with them. With NASBED_REFERENCE, on NAS-Bench-201 itself, whose own figures are known.
#   tests/test_fidelity.sh ROOT NASBED
set -euo pipefail
root=$1
export NASBED=$2
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

holds() { # PART FILE
    grep -qF -- "$1" "$2" || { echo "failed: no \"$1\" in:"; cat "$2"; exit 1; }
}

"$NASBED" space list cell --csv --channels 16 --cells 5 --input 32 | awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i
              print "arch,params,flops,cifar10_valid_acc_12,cifar10_valid_acc_200,cifar10_test_acc_12,cifar10_test_acc_200"
              next }
    { m = $at["macs"]; up = m * 4e-7; down = 90 - m * 4e-7
      printf "%s,%s,%s,%.6f,%.6f,%.6f,%.6f\n", $at["architecture"], $at["params"], m, down, up, down, up }' \
    >"$folder/made.csv"
"$root/scripts/fidelity.sh" "$root/tables/fashion-cell-500.h5" "$folder/made.csv" "$folder/out" >"$folder/page.md"
holds '# fashion-cell-500.h5 beside NAS-Bench-201' "$folder/page.md"
holds '| each | FLOPs | 1300 | 1.000 | 1.000 | 1000 | 1.000 | 1.000 |' "$folder/page.md"
holds '| each | the benchmark, 12 epochs | 1300 | -1.000 | -1.000 | 1000 | -1.000 | -1.000 |' "$folder/page.md"
holds '| classes | this table | 1300 |' "$folder/page.md"
holds 'B nasbench201-valid200-test200-classes' "$folder/page.md"
holds 'rows          500 of 5260 (1 seed)' "$folder/page.md"
if [ -n "${NASBED_REFERENCE:-}" ]; then # the whole benchmark, as its own table: measured by others too
    csv=$NASBED_REFERENCE/nasbench201/nasbench201.csv
    "$NASBED" table import nasbench201 "$csv" --out "$folder/own.h5" --epochs 12 >/dev/null
    "$root/scripts/fidelity.sh" "$folder/own.h5" "$csv" "$folder/reference" >"$folder/own.md"
    holds '| each | the benchmark, 12 epochs | 15625 | 0.594 | 0.772 | 1000 | 0.413 | 0.589 |' "$folder/own.md"
    holds '| each | FLOPs | 15625 | 0.578 | 0.753 | 1000 | 0.058 | 0.075 |' "$folder/own.md"
fi
echo passed
