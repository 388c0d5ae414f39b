#!/usr/bin/env python3
"""Random search over the pipe, query for query what the built-in method does (methods/PIPE.md)."""
import json
import sys


def read():
    return json.loads(sys.stdin.readline())


def ask(do, **members):
    """One request, one answer."""
    print(json.dumps({"do": do, **members}), flush=True)
    answer = read()
    if answer["status"] == "failed":  # nasbed says why
        sys.exit(1)
    return answer


hello = read()  # the space, its decisions, the budget, the seed
ask("stream", method="random-search")  # the built-in twin's draws; leave it out for your own
drawn = set()
best, best_accuracy = None, float("-inf")
while len(drawn) < hello["count"]:
    a = ask("random")["architecture"]
    if tuple(a) in drawn:
        continue
    drawn.add(tuple(a))
    answer = ask("query", architecture=a)
    if answer["status"] != "done":  # "refused": the budget does not pay for it
        break
    if answer["valid_accuracy"] > best_accuracy:
        best, best_accuracy = a, answer["valid_accuracy"]
ask("finish", architecture=best or ask("random")["architecture"])
