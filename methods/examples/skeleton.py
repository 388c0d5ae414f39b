#!/usr/bin/env python3
"""@NAME@: a search method for nasbed, written by `nasbed method new`. It is random search until you change
it; propose() is the place to begin.

    nasbed run --exec "python3 @NAME@.py" --protocol smoke --budget 6 --seeds 2
    nasbed validate --exec "python3 @NAME@.py" --table FILE.h5

The last one checks that it keeps the rules and says in one sentence whether it is better than random
search. The rules: the same seed asks the same (all chance comes from the trial, or from a generator that
is seeded with hello["seed"]; nothing from the clock), nothing is asked for when the budget is spent, and
the end is "finish" with the choice.

What may be asked is in methods/PIPE.md (installed as share/nasbed/PIPE.md), with what it costs: the space
(options, neighbours, mutate, index, print, parse), chance (random, below, uniform, normal), the budget (quote;
"left" is in every answer), queries (query, and query_many for several side by side), and with --live
networks and supernets of its own. Standard output is for requests alone: print what you want to see to
sys.stderr.
"""
import argparse
import json
import sys


def ask(do, **members):
    """One request, one answer."""
    print(json.dumps({"do": do, **members}), flush=True)
    answer = json.loads(sys.stdin.readline())
    if answer["status"] == "failed":  # the trial; nasbed says why
        sys.exit(1)
    return answer


def read_options():
    """Options are words of the command, which stands in every trace: --exec "python3 @NAME@.py --mutate 0.5"."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutate", type=float, default=0,
                        help="share of proposals that change one decision of the best so far, up to 0.9; "
                             "0: random search")
    options = parser.parse_args()
    if not 0 <= options.mutate <= 0.9:
        parser.error("--mutate must be from 0 to 0.9")
    return options


def propose(options, best):
    """The next architecture to try: a list of decisions. Here goes the method."""
    if options.mutate > 0 and best and ask("uniform")["value"] < options.mutate:
        return ask("mutate", architecture=best)["architecture"]
    return ask("random")["architecture"]


def search(options, count):
    """The loop: until the budget does not pay for what is proposed, or nothing is left to propose."""
    seen = set()
    best, best_accuracy = None, 0
    while len(seen) < count:
        a = propose(options, best)
        if tuple(a) in seen:
            continue
        seen.add(tuple(a))
        answer = ask("query", architecture=a)  # trained to the end; point=1 would be a first look
        if answer["status"] != "done":  # "refused": something cheaper may still be paid
            break
        if best is None or answer["valid_accuracy"] > best_accuracy:
            best, best_accuracy = a, answer["valid_accuracy"]
    return best


def main():
    options = read_options()
    hello = json.loads(sys.stdin.readline())  # the space, its decisions, the budget, the seed
    best = search(options, hello["count"])
    if best is None:  # the budget paid for nothing: a draw is as good as anything
        best = ask("random")["architecture"]
    ask("finish", architecture=best)


main()
