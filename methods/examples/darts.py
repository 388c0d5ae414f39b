#!/usr/bin/env python3
"""A loop in the manner of DARTS (first order) over the supernet messages: softmax mixtures, whose logits
descend on validation batches and whose weights on training batches. Run it with --live --class GO."""
import json
import math
import sys


def read():
    return json.loads(sys.stdin.readline())


def ask(do, **members):
    print(json.dumps({"do": do, **members}), flush=True)
    answer = read()
    if answer["status"] == "failed":  # nasbed says why
        sys.exit(1)
    return answer


def softmax(logits):
    top = max(logits)
    e = [math.exp(x - top) for x in logits]
    return [x / sum(e) for x in e]


hello = read()
choices = hello["choices"]
logits = [[0.0] * choice["options"] for choice in choices]
supernet = ask("supernet")["supernet"]
mixture = [softmax(row) for row in logits]
cost = ask("step_quote", supernet=supernet, mixture=mixture)["charge"]
steps = ask("budget")["left"] // (2 * cost)  # each a pass for the logits and one for the weights
if len(sys.argv) > 1:
    steps = min(steps, int(sys.argv[1]))
for step in range(steps):
    mixture = [softmax(row) for row in logits]
    answer = ask("gradient", supernet=supernet, mixture=mixture, part="validation")
    if answer["status"] != "done":
        break
    for row, p, g in zip(logits, mixture, answer["gradient"]):
        mean = sum(pk * gk for pk, gk in zip(p, g))  # the softmax's derivative
        for k in range(len(row)):
            row[k] -= 0.3 * p[k] * (g[k] - mean)
    rate = 0.001 + 0.5 * (0.025 - 0.001) * (1 + math.cos(math.pi * step / steps))
    mixture = [softmax(row) for row in logits]
    answer = ask("step", supernet=supernet, mixture=mixture, rate=rate, momentum=0.9, decay=3e-4,
                 clip=5)
    if answer["status"] != "done":
        break
ask("log", name="steps", value=steps)
if ask("trained", supernet=supernet)["status"] == "done":  # "ended" in an audit: the supernet was wanted
    by_name = {choice["name"]: row for choice, row in zip(choices, logits)}
    architecture = []
    while True:  # decision after decision: the largest logit
        decision = ask("options", prefix=architecture)
        if decision["options"] == 0:
            break
        row = by_name[decision["decision"]]
        architecture.append(row.index(max(row)))
    ask("finish", architecture=architecture)
