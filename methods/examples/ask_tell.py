#!/usr/bin/env python3
"""How to drive an optimiser that has ask() and tell() through the pipe. `Optimiser` stands for any of
them (Optuna's study.ask and study.tell, Nevergrad's, scikit-optimize's): put yours in its place."""
import json
import random
import sys


class Optimiser:
    """A (mu + 1) evolution of its own; knows nothing of architectures but how many options each of a
    fixed number of decisions has."""

    def __init__(self, options, seed):
        self.options, self.random, self.known = options, random.Random(seed), []

    def ask(self):
        if len(self.known) < 5:
            return [self.random.randrange(n) for n in self.options]
        child = list(self.random.choice(sorted(self.known)[-5:])[1])
        i = self.random.randrange(len(child))
        child[i] = self.random.randrange(self.options[i])
        return child

    def tell(self, point, value):
        self.known.append((value, point))


def read():
    return json.loads(sys.stdin.readline())


def ask(do, **members):
    print(json.dumps({"do": do, **members}), flush=True)
    answer = read()
    if answer["status"] == "failed":  # nasbed says why
        sys.exit(1)
    return answer


hello = read()
if not hello["fixed"]:  # what is decided later depends on what was decided before
    ask("fail", reason="the space's decisions are not fixed: this optimiser needs a fixed vector")
    sys.exit(1)
optimiser = Optimiser([len(d["options"]) for d in hello["decisions"]], hello["seed"])
while True:
    point = optimiser.ask()
    answer = ask("query", architecture=point)
    if answer["status"] != "done":
        break
    optimiser.tell(point, answer["valid_accuracy"])
ask("finish", architecture=max(optimiser.known)[1] if optimiser.known else optimiser.ask())
