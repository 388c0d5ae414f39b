"""CPU milliseconds in which h5py reads every value of a table, the peer of bench_tables: median of 21.
    python3 tests/bench/tables.py FILE.h5..."""
import statistics
import sys
import time

import h5py


def read_all(path):
    with h5py.File(path) as table:
        columns = [table[name][:] for name in table if name != "run"]
        return columns + [column[:] for run in table["run"].values() for column in run.values()]


for path in sys.argv[1:]:
    times = []
    for _ in range(21):
        start = time.process_time()
        read_all(path)
        times.append(1e3 * (time.process_time() - start))
    print(f"  h5py {h5py.__version__} reads it in {statistics.median(times):.2f} ms, least {min(times):.2f}")
