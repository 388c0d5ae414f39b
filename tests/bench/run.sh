#!/usr/bin/env bash
# All measurements of the trainer and of reading tables, beside their peers: installs PyTorch, oneDNN and h5py
# (Debian packages), builds, runs, and writes tests/bench/results.md, which the README quotes. About 5 minutes;
# nothing else should run meanwhile.
#   tests/bench/run.sh [CELLS (40)]
set -euo pipefail
cd "$(dirname "$0")/../.."
cells=${1:-40}
scripts/setup.sh python3-torch libdnnl-dev python3-h5py
cmake -S . -B build-bench >build-bench.log 2>&1 || { cat build-bench.log >&2; exit 1; }
cmake --build build-bench --parallel "$(nproc)" --target bench_steps bench_convs bench_tables \
    >>build-bench.log 2>&1
rm build-bench.log
bench=build-bench/tests/bench_steps
# An older OpenBLAS core type, set for safety elsewhere, would slow the peers.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

# peers CELLS CHANNELS STACKED STEM_STRIDE: the line of means
peers() {
    /usr/bin/python3 tests/bench/peers.py "$bench" "$@" | tail -n 1
}

# Images/s of one process, and of two side by side on two networks.
two_threads() {
    local cell='|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|'
    local one both
    one=$(printf '%s\n' "$cell" "$cell" "$cell" | "$bench" - | sort -g | awk 'NR == 2 { print $1 }')
    both=$( (for _ in 1 2; do
        printf '%s\n' "$cell" "$cell" "$cell" | "$bench" - | sort -g | awk 'NR == 2 { print $1 }' &
    done; wait) | awk '{ sum += $1 } END { print sum }')
    awk -v one="$one" -v both="$both" \
        'BEGIN { printf "%.0f images/s alone, %.0f for two side by side: %.2f times\n", one, both, both / one }'
}

# Opening, with every check, beside a plain reading by h5py.
tables() {
    local table
    for table in tables/*.h5; do
        build-bench/tests/bench_tables "$table"
        /usr/bin/python3 tests/bench/tables.py "$table"
    done
}

{
    printf '# Measured on %s\n\n' "$(date +%Y-%m-%d)"
    printf '%s, gcc %s. Shares are of the FMA peak measured beside each figure, by executed\n' \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(gcc -dumpfullversion)"
    printf 'multiply-adds. Made by `tests/bench/run.sh`.\n\n## Training steps, one thread\n\n```\n'
    "$bench" 100
    printf '\nAVX2 kernels:\n'
    NASBED_KERNELS=avx2 "$bench" "$cells"
    printf '\nC = 16, then the size of NAS-Bench-201:\n'
    "$bench" 0 16 1 2
    "$bench" 0 16 5 1
    printf '```\n\n## Single-path steps of a supernet beside stand-alone ones, one thread\n\n```\n'
    "$bench" supernet
    printf '```\n\n## Beside PyTorch\n\n```\n'
    peers "$cells" 8 1 2
    peers $((cells / 2)) 16 1 2
    peers $((cells / 8 + 1)) 16 5 1
    printf '\nPyTorch on two threads, ours on one:\n'
    peers $((cells / 2)) 8 1 2 64 2
    peers $((cells / 8 + 1)) 16 5 1 64 2
    printf '```\n\n## Two threads, two networks\n\n```\n'
    two_threads
    printf '```\n\n## Convolutions beside oneDNN, one thread\n\n```\n'
    OMP_NUM_THREADS=1 build-bench/tests/bench_convs
    printf '```\n\n## Opening tables beside h5py, CPU time\n\n```\n'
    tables
    printf '```\n'
} >build-bench/results.md
mv build-bench/results.md tests/bench/results.md
echo "written: tests/bench/results.md"
