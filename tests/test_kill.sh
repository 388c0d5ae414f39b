#!/usr/bin/env bash
# kill -9 ten times during a real build of 200 networks, and three shards: the same bytes as an undisturbed
# build. Exits with 77 (skipped) where the data set is not there.
#   tests/test_kill.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"

fail() {
    printf 'failed: %s\n' "$@"
    exit 1
}

command=("$program" table build --space cell --protocol smoke --rows 200 --seeds 1 --quiet)

size() { # FILE
    stat -c %s "$1" 2>/dev/null || echo 0
}

if ! "$program" dataset info cifar10 >info 2>&1; then
    echo "skipped: $(cat info)"
    exit 77
fi

start=$(date +%s%N)
"${command[@]}" --out whole.h5
whole_ms=$((($(date +%s%N) - start) / 1000000))

# Ten times, each when the log has grown by 1 to 8 hundredths of a whole one: they cannot finish it.
whole_size=$(size whole.parts/0-of-1.log)
RANDOM=7
kills=0 before=0
for _ in 1 2 3 4 5 6 7 8 9 10; do
    "${command[@]}" --out killed.h5 &
    child=$!
    goal=$((before + whole_size * (1 + RANDOM % 8) / 100))
    while [ "$(size killed.parts/0-of-1.log)" -lt "$goal" ] && kill -0 "$child" 2>/dev/null; do
        sleep 0.02
    done
    kill -9 "$child" 2>/dev/null && kills=$((kills + 1))
    wait "$child" 2>/dev/null || true
    now=$(size killed.parts/0-of-1.log)
    [ "$now" -ge "$before" ] || fail "the log shrank from $before to $now bytes"
    before=$now
done
[ "$kills" -eq 10 ] || fail "$kills of 10 builds were still running when they were to be killed"
[ ! -e killed.h5 ] || fail "the table was written before all rows were there"
[ "$before" -gt 0 ] || fail "no log was begun"
"${command[@]}" --out killed.h5
cmp whole.h5 killed.h5 || fail "after ten kills the table differs from an undisturbed one"

for shard in 0 1 2; do
    "${command[@]}" --out sharded.h5 --shard "$shard/3" --threads $((shard + 1))
done
[ ! -e sharded.h5 ] || fail "a shard alone wrote the table"
"$program" table merge --quiet --out sharded.h5 sharded.parts
cmp whole.h5 sharded.h5 || fail "three shards merged differ from one build"
echo "ten kills and three shards: the same $(size whole.h5) bytes; 200 networks in $whole_ms ms"
