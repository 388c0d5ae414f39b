#!/bin/sh
# libFuzzer on the importers, under AddressSanitizer and UndefinedBehaviorSanitizer, from the corpora of the
# tests. Needs clang with its runtime. What it finds lies in BUILD/fuzz and belongs into tests/corpus.
#   tests/fuzz/run.sh [SECONDS [NAME...]]    each harness (csv, macro), or those named, so long (default 60)
set -eu
cd "$(dirname "$0")/../.."
build=build/fuzz
seconds=${1:-60}
[ $# = 0 ] || shift
[ $# -gt 0 ] || set -- csv macro
mkdir -p $build
sources="base/block.c base/digest.c base/error.c base/file.c base/numeric.c base/options.c base/random.c base/text.c
    spaces/*.c protocols/*.c tables/check.c tables/csv.c tables/harvest.c tables/hdf.c
    tables/identity.c tables/import*.c tables/schema.c tables/seal.c tables/table.c tables/writer.c"
hdf5=hdf5
pkg-config --exists hdf5 || hdf5="hdf5-serial"
# shellcheck disable=SC2086,SC2046 # lists
for name in "$@"; do
    clang -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
        -ffp-contract=off -D_GNU_SOURCE -DNASBED_VERSION='"fuzz"' \
        -DNASBED_SOURCE_PROTOCOLS='"protocols"' -DNASBED_INSTALLED_PROTOCOLS='"protocols"' \
        -I. $(pkg-config --cflags $hdf5 libxxhash jansson) -o $build/$name \
        tests/fuzz/fuzz_$name.c $sources \
        $(pkg-config --libs $hdf5 libxxhash jansson inih) -lm
    mkdir -p $build/corpus-$name
    $build/$name -max_total_time="$seconds" -max_len=4096 -timeout=60 -rss_limit_mb=2048 \
        -artifact_prefix=$build/$name- -print_final_stats=1 $build/corpus-$name tests/corpus/$name
done
