#!/usr/bin/env python3
"""The rollout of a gated cell against torch.nn.GRU or torch.nn.LSTM, one thread each.

    gated.py BENCH_ROLLOUT gru|lstm HIDDEN TRIALS STEPS float64|float32 ROUNDS

Both compute the outputs of a network on the same number of trials, and the squared error. They run in
turn, BENCH_ROLLOUT as a process that serves one timing per line; each time is that of its own thread
on the processor. Prints the median of the ratios of every round, with their range.
"""
import statistics
import subprocess
import sys

import torch

from rollout import CHANNELS, served, timed


def main():
    program, cell, precision, rounds = sys.argv[1], sys.argv[2], sys.argv[6], int(sys.argv[7])
    hidden, trials, steps = map(int, sys.argv[3:6])
    torch.set_num_threads(1)
    torch.set_default_dtype(getattr(torch, precision))
    layer = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](CHANNELS, hidden)
    readout = torch.nn.Linear(hidden, CHANNELS)
    inputs, targets = torch.randn(2, steps, trials, CHANNELS)

    def peer():
        with torch.no_grad():
            states, _ = layer(inputs)
            return float(((readout(states) - targets) ** 2).sum())

    command = [program, *sys.argv[3:7], cell]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        served(server, "fused")
        peer()
        ratios = []
        for _ in range(rounds):
            ours = served(server, "fused")
            ratios.append(timed(peer) / ours)
        server.stdin.close()
    print(f"{cell}, N = {hidden:4d}, {trials:4d} trials, {precision}: "
          f"nn.{cell.upper()} {statistics.median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
