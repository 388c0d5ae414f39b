#!/usr/bin/env python3
"""What published searches on NAS-Bench-201 saw, and what that costs them (tables/regained.md).

The benchmark's interface answers a search with one of two trainings of 12 epochs at random; the file has their mean. How
far one lies from the mean is estimated from the file itself: isomorphic architectures were trained apart, so that the
scatter of their means within a class is that of a mean of two, and as large is that of one of two about their mean. That
much normal noise, by level of accuracy, is added to the validation accuracies ten times; on each table three methods
search 12,000 GPU seconds with 50 seeds. About five minutes on two cores; goes on where it was stopped.

    scripts/regain_noise.py NASBENCH201.csv [OUT (out/regain-noise)]    NASBED: the program (build/nasbed)
"""
import collections
import csv
import glob
import json
import os
import random
import statistics
import subprocess
import sys

NASBED = os.environ.get("NASBED", os.path.join(os.path.dirname(__file__), "../build/nasbed"))
LEVELS = [0, 40, 60, 70, 74, 76, 78, 80, 81, 82, 83]  # percent; each has 140 degrees of freedom at least
TABLES, SEEDS = 10, 50
FACTORS = 0, 1, 2  # times the estimated noise; 0: the file as it is
COLUMN = "cifar10_valid_acc_12"


def level(accuracy):
    return max(i for i, least in enumerate(LEVELS) if least <= accuracy)


def classes():
    """The class of each architecture, by its string."""
    command = [NASBED, "space", "list", "cell", "--csv"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return {row["architecture"]: row["canonical"] for row in csv.DictReader(lines)}


def scatter(rows):
    """Standard deviation within the classes, by level of the class's mean."""
    known, members = classes(), collections.defaultdict(list)
    for row in rows:
        members[known[row["arch"]]].append(float(row[COLUMN]))
    squares, freedom = [0.0] * len(LEVELS), [0] * len(LEVELS)
    for accuracies in members.values():
        mean = statistics.fmean(accuracies)
        squares[level(mean)] += sum((x - mean) ** 2 for x in accuracies)
        freedom[level(mean)] += len(accuracies) - 1
    return [(s / f) ** 0.5 for s, f in zip(squares, freedom)]


def search(rows, deviation, factor, number, folder):
    """One table with noise, and the searches on it; `number` seeds the noise."""
    os.makedirs(folder, exist_ok=True)
    source, table = os.path.join(folder, "nb.csv"), os.path.join(folder, "nb.h5")
    stream = random.Random(number)
    with open(source, "w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        for row in rows:
            seen = float(row[COLUMN])
            seen += factor * stream.gauss(0, deviation[level(seen)])
            writer.writerow({**row, COLUMN: f"{min(100, max(0, seen)):.3f}"})
    if not os.path.exists(table):
        subprocess.run([NASBED, "table", "import", "nasbench201", source, "--out", table, "--epochs", "12"],
                       check=True, stdout=subprocess.DEVNULL)
    for sample in 3, 10:
        methods = "regularized-evolution" + (",random-search,nas-rl" if sample == 3 else "")
        subprocess.run([NASBED, "run", "--table", table, "--method", methods, "--seeds", str(SEEDS), "--first-seed",
                        str(SEEDS * number), "--budget", "12000", "--budget-unit", "gpu-seconds", "--quiet", "--out",
                        os.path.join(folder, f"S{sample}"), "--set",
                        f"regularized-evolution.population=10,regularized-evolution.sample={sample}"],
                       check=True, stdout=subprocess.DEVNULL)


def found(folders, method):
    """Test accuracies of what a method finished with."""
    accuracies = []
    for path in glob.glob(os.path.join(folders, "cell", method, "*", "*.trace")):
        with open(path) as trace:
            events = [json.loads(line) for line in trace]
        accuracies += [event["test_accuracy"] for event in events if event.get("event") == "finish"]
    return accuracies


def main():
    out = sys.argv[2] if len(sys.argv) > 2 else "out/regain-noise"
    with open(sys.argv[1], newline="") as source:
        rows = list(csv.DictReader(source))
    deviation = scatter(rows)
    print("scatter of the mean of two: " + ", ".join(f"{d:.2f} from {a} %" for d, a in zip(deviation, LEVELS)))
    print("\n| noise | method | test accuracy | standard error |\n|---|---|---|---|")
    for factor in FACTORS:
        for number in range(TABLES):
            search(rows, deviation, factor, number, f"{out}/x{factor}-{number}")
        for label, method in (("S3", "random-search"), ("S3", "nas-rl"), ("S3", "regularized-evolution"),
                              ("S10", "regularized-evolution")):
            accuracies = found(f"{out}/x{factor}-*/{label}", method)
            mean, spread = statistics.fmean(accuracies), statistics.stdev(accuracies)
            print(f"| x {factor} | `{method}`{', S = ' + label[1:] if method[:3] == 'reg' else ''} | {mean:.2f} +- "
                  f"{spread:.2f} | {spread / len(accuracies) ** 0.5:.3f} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: scripts/regain_noise.py NASBENCH201.csv [OUT]")
    main()
