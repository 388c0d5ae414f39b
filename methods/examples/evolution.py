#!/usr/bin/env python3
"""Regularized evolution over the pipe, query for query what the built-in method does by default."""
import json
import sys


def read():
    return json.loads(sys.stdin.readline())


def ask(do, **members):
    print(json.dumps({"do": do, **members}), flush=True)
    answer = read()
    if answer["status"] == "failed":  # nasbed says why
        sys.exit(1)
    return answer


hello = read()
ask("stream", method="regularized-evolution")  # the built-in twin's draws
sizes = [(8, 2, 2), (20, 4, 2), (100, 10, 3), (400, 25, 8), (float("inf"), 100, 25)]
_, population_size, sample_size = next(s for s in sizes if hello["budget"] <= s[0])
ask("log", name="population", value=population_size)
ask("log", name="sample", value=sample_size)
population, history = [], []  # (architecture, validation accuracy), the oldest first
fruitless = children = 0


def evaluate(a):
    """Train and remember; False when the budget is spent."""
    global fruitless
    answer = ask("query", architecture=a)
    if answer["status"] != "done":
        return False
    fruitless = fruitless + 1 if answer["free"] else 0
    population.append((a, answer["valid_accuracy"]))
    history.append(population[-1])
    return True


going = True
while going and len(population) < population_size:
    going = evaluate(ask("random")["architecture"])
while going and fruitless < 200:
    sample = [population[ask("below", n=len(population))["value"]] for _ in range(sample_size)]
    parent = max(sample, key=lambda v: v[1])  # the first of the best
    going = evaluate(ask("mutate", architecture=parent[0])["architecture"])
    if going:
        population.pop(0)  # the oldest dies
        children += 1
if not children:
    ask("log", name="random-only", value=1)
best = max(history, key=lambda v: v[1])[0] if history else ask("random")["architecture"]
ask("finish", architecture=best)
