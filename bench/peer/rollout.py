#!/usr/bin/env python3
"""The rollout against torch.nn.RNN, a NumPy loop, and BLAS with the C library's tanh, one thread each.

    rollout.py BENCH_ROLLOUT HIDDEN TRIALS STEPS float64|float32 ROUNDS

All of them compute the outputs of one network on the same number of trials, and the squared error.
They run in turn, BENCH_ROLLOUT as a process that serves one timing per line; each time is that of
its own thread on the processor. Prints the medians of the ratios of every round, with their range.
"""
import statistics
import subprocess
import sys
import time

import numpy as np
import torch

CHANNELS = 3


class Peers:
    """The same network in NumPy and in PyTorch."""

    def __init__(self, hidden, trials, steps, dtype):
        rng = np.random.default_rng(1)
        draw = lambda *shape: rng.standard_normal(shape).astype(dtype)
        self.w = draw(hidden, hidden) / np.sqrt(hidden).astype(dtype)
        self.u = draw(hidden, CHANNELS)
        self.v = draw(CHANNELS, hidden) / np.sqrt(hidden).astype(dtype)
        self.inputs = draw(steps, trials, CHANNELS)
        self.targets = draw(steps, trials, CHANNELS)
        self.rnn = torch.nn.RNN(CHANNELS, hidden, bias=False)
        self.rnn = self.rnn.to(torch.float64 if dtype == np.float64 else torch.float32)
        with torch.no_grad():
            self.rnn.weight_hh_l0.copy_(torch.from_numpy(self.w))
            self.rnn.weight_ih_l0.copy_(torch.from_numpy(self.u))
        self.torch_inputs, self.torch_targets = map(torch.from_numpy, (self.inputs, self.targets))
        self.torch_v = torch.from_numpy(self.v)

    def numpy(self):
        steps, trials, _ = self.inputs.shape
        hidden = len(self.w)
        h = np.zeros((trials, hidden), self.w.dtype)
        z = np.empty_like(h)
        w, u, v = (np.ascontiguousarray(m.T) for m in (self.w, self.u, self.v))
        total = 0.0
        for t in range(steps):
            np.dot(h, w, out=z)
            z += self.inputs[t] @ u
            np.tanh(z, out=h)
            miss = h @ v
            miss -= self.targets[t]
            total += float(np.vdot(miss, miss))
        return total

    def torch(self):
        with torch.no_grad():
            h, _ = self.rnn(self.torch_inputs)
            return float(((h @ self.torch_v.T - self.torch_targets) ** 2).sum())


def timed(function):
    start = time.thread_time()
    function()
    return time.thread_time() - start


def served(server, word):
    server.stdin.write(word + "\n")
    server.stdin.flush()
    return float(server.stdout.readline().split()[0])


def measure(program, sizes, precision, rounds):
    peers = Peers(*sizes, np.float64 if precision == "float64" else np.float32)
    assert np.isclose(peers.numpy(), peers.torch(), rtol=1e-6 if precision == "float64" else 1e-2)
    command = [program, *map(str, sizes), precision]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        served(server, "fused")
        times = [
            {
                "fused": served(server, "fused"),
                "nn.RNN": timed(peers.torch),
                "NumPy": timed(peers.numpy),
                "gemm + tanh": served(server, "gemm"),
            }
            for _ in range(rounds)
        ]
        server.stdin.close()
    return times


def main():
    program, precision, rounds = sys.argv[1], sys.argv[5], int(sys.argv[6])
    sizes = tuple(map(int, sys.argv[2:5]))
    torch.set_num_threads(1)
    times = measure(program, sizes, precision, rounds)
    cells = []
    for name in ("nn.RNN", "NumPy", "gemm + tanh"):
        ratios = [row[name] / row["fused"] for row in times]
        cells.append(f"{name} {statistics.median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    hidden, trials, steps = sizes
    per_state = 1e9 * statistics.median(row["fused"] for row in times) / (hidden * trials * steps)
    print(f"N = {hidden:4d}, {trials:4d} trials, {precision}: {'; '.join(cells)}; {per_state:.2f} ns per state")


if __name__ == "__main__":
    main()
