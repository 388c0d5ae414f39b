#!/usr/bin/env bash
# The tables of reports/results/supernets.md, from kept audits (nasbed audit --method ... --out DIR): nothing is
# trained. What the page says beside them stays as it is.
#   scripts/supernets.sh TABLE.h5[,TABLE.h5...] DIR...
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4s/^# *//p' "$0" >&2; exit 2; }
tables=$1
shift
root=$(cd "$(dirname "$0")/.." && pwd)
nasbed=${NASBED:-$root/build/nasbed} page=${PAGE:-$root/reports/results/supernets.md}
made=$(mktemp -d)
trap 'rm -r "$made"' EXIT

# `METHOD` on `SPACE`, budget B, seed N: what a path says.
# shellcheck disable=SC2016 # the marks are Markdown's
name_of() {
    sed -E 's|.*/([^/]+)/([^/]+)/b([^/]+)/s([0-9]+)\.csv$|`\2` on `\1`, budget \3, seed \4|' <<<"$1"
}

# What a supernet's scores were on the way: a row a file that has them.
on_the_way() {
    local folder file table
    echo '| scores | at 10 % | at 25 % | at 50 % | at 100 % | parameters |'
    echo '|---|---|---|---|---|---|'
    for folder in "$@"; do
        find "$folder" -path '*/b*/s*.csv' | sort
    done | while read -r file; do
        grep -q '^architecture,score,at_' "$file" || continue
        for table in ${tables//,/ }; do
            # of another space: not this table's
            "$nasbed" audit --scores "$file" --table "$table" --bootstrap 0 --format csv 2>/dev/null || continue
        done | awk -F, -v name="$(name_of "$file")" '
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            $at["section"] == "scored on the way" { tau[$at["ranking"]] = $at["tau_b"] }
            function shown(row) { return tau[row] == "" ? "-" : sprintf("%.3f", tau[row]) }
            END { if (length(tau))
                printf "| %s | %s | %s | %s | %s | %s |\n", name, shown("at 10 %"), shown("at 25 %"),
                    shown("at 50 %"), shown("at 100 %"), shown("params") }'
    done
}

# The table without its title, which the page has.
"$nasbed" audit "$@" --table "$tables" --format markdown | sed '1,2d' >"$made/table"
on_the_way "$@" >"$made/way"
[ "$(wc -l <"$made/way")" -gt 2 ] || echo 'None of these scores has any on the way.' >"$made/way"
for mark in table way; do
    grep -q "^<!-- $mark -->\$" "$page" || { echo "supernets: $page has no <!-- $mark -->" >&2; exit 1; }
done
awk -v made="$made" '
    /^<!-- end -->$/ { kept = 0 }
    !kept { print }
    match($0, /^<!-- (table|way) -->$/) {
        kept = 1
        file = made "/" ($2)
        print ""
        while ((getline line <file) > 0) print line
        print ""
    }' "$page" >"$made/page"
cat "$made/page" >"$page"
echo "written: $page"
