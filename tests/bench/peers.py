"""Whole training steps beside PyTorch: the same random cells, batch and thread count, in turns.

    peers.py BENCH_STEPS CELLS CHANNELS STACKED STEM_STRIDE [BATCH [THREADS]]

For each cell: our images/s (BENCH_STEPS answers on a pipe), PyTorch's in its plain and its channels-last
layout, the better of which counts. Prints a line a cell and the means. PyTorch gets its images ready
made: no loading, no augmentation; ours includes both.
"""
import random
import subprocess
import sys
import time

import torch
from torch import nn

OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]


class Zero(nn.Module):
    def forward(self, x):
        return None


def relu_conv_norm(inputs, outputs, kernel, stride=1):
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


def operation(name, channels):
    return {
        "none": Zero,
        "skip_connect": nn.Identity,
        "nor_conv_1x1": lambda: relu_conv_norm(channels, channels, 1),
        "nor_conv_3x3": lambda: relu_conv_norm(channels, channels, 3),
        "avg_pool_3x3": lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False),
    }[name]()


class Cell(nn.Module):
    def __init__(self, names, channels):
        super().__init__()
        self.edges = nn.ModuleList(operation(n, channels) for n in names)

    def forward(self, x):
        nodes, edge = [x], 0
        for node in range(1, 4):
            total = None
            for before in range(node):
                y = None if nodes[before] is None else self.edges[edge](nodes[before])
                edge += 1
                if y is not None:
                    total = y if total is None else total + y
            nodes.append(total)
        return torch.zeros_like(x) if nodes[3] is None else nodes[3]


class Residual(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.first = relu_conv_norm(inputs, outputs, 3, 2)
        self.second = relu_conv_norm(outputs, outputs, 3)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x):
        return self.shortcut(x) + self.second(self.first(x))


def network(names, channels, stacked, stride):
    layers = [nn.Conv2d(3, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels)]
    for stage in range(3):
        if stage:
            layers.append(Residual(channels, 2 * channels))
            channels *= 2
        layers += [Cell(names, channels) for _ in range(stacked)]
    layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
               nn.Linear(channels, 10)]
    return nn.Sequential(*layers)


def torch_rate(names, channels, stacked, stride, batch, layout):
    net = network(names, channels, stacked, stride).to(memory_format=layout)
    optimiser = torch.optim.SGD(net.parameters(), 0.01, 0.9, weight_decay=5e-4, nesterov=True)
    images = torch.randn(batch, 3, 32, 32).to(memory_format=layout)
    labels = torch.randint(0, 10, (batch,))

    def step():
        optimiser.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(net(images), labels).backward()
        optimiser.step()

    step()
    started = time.perf_counter()
    step()
    count = int(0.3 / (time.perf_counter() - started)) + 1
    started = time.perf_counter()
    for _ in range(count):
        step()
    return count * batch / (time.perf_counter() - started)


def text(names):
    sources = [0, 0, 1, 0, 1, 2]
    edges = [f"{n}~{s}" for n, s in zip(names, sources)]
    return "+".join("|" + "|".join(e) + "|" for e in (edges[:1], edges[1:3], edges[3:]))


def main():
    bench, cells, channels, stacked, stride = sys.argv[1], *map(int, sys.argv[2:6])
    batch = int(sys.argv[6]) if len(sys.argv) > 6 else 64
    torch.set_num_threads(int(sys.argv[7]) if len(sys.argv) > 7 else 1)
    ours = subprocess.Popen(
        [bench, "-", str(channels), str(stacked), str(stride), str(batch)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    draw = random.Random(1)
    rows = []
    for _ in range(cells):
        names = [draw.choice(OPERATIONS) for _ in range(6)]
        ours.stdin.write(text(names) + "\n")
        ours.stdin.flush()
        rate, share, _ = map(float, ours.stdout.readline().split())
        peer = max(torch_rate(names, channels, stacked, stride, batch, layout)
                   for layout in (torch.contiguous_format, torch.channels_last))
        rows.append((rate, share, peer))
        print(f"{text(names):100s} {rate:8.0f} {100 * share:5.1f} % {peer:8.0f} {rate / peer:6.2f}x",
              flush=True)
    ours.stdin.close()
    n = len(rows)
    ratios = sorted(r / p for r, _, p in rows)
    print(f"C = {channels}, N = {stacked}, stem stride {stride}, batch {batch}, "
          f"{torch.get_num_threads()} PyTorch threads ({torch.__version__}), {n} random cells: "
          f"{sum(r for r, _, _ in rows) / n:.0f} images/s ({100 * sum(s for _, s, _ in rows) / n:.1f} % "
          f"of peak), PyTorch {sum(p for _, _, p in rows) / n:.0f}; ratio of means "
          f"{sum(r for r, _, _ in rows) / sum(p for _, _, p in rows):.2f}, of times "
          f"{sum(1 / p for _, _, p in rows) / sum(1 / r for r, _, _ in rows):.2f}, median "
          f"{ratios[n // 2]:.2f}")


main()
