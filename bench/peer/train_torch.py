#!/usr/bin/env python3
"""A training step as one writes it in PyTorch: nn.RNN, nn.GRU or nn.LSTM, Adam, gradient clipping, fresh
trials every batch, one thread, float32. The task is flip-flop in all shapes: PyTorch's own work does not
depend on what is learned. Prints the 5th percentile of the seconds per training step, of this thread on a
processor.

    python3 train_torch.py rnn|gru|lstm HIDDEN STEPS TIME CHANNELS
"""
import sys
import time

import torch

BATCH, PULSE = 64, 0.5


def make_batch(steps, channels):
    pulse = torch.rand(steps, BATCH, channels) < PULSE
    pulse[0] = True
    sign = torch.randint(0, 2, (steps, BATCH, channels)).float() * 2 - 1
    x = torch.where(pulse, sign, torch.zeros(()))
    y = torch.empty_like(x)
    state = torch.zeros(BATCH, channels)
    for t in range(steps):
        state = torch.where(pulse[t], sign[t], state)
        y[t] = state
    return x, y


def train(cell, hidden, steps, length, channels):
    layer = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    rnn = layer(channels, hidden, bias=False)
    readout = torch.nn.Linear(hidden, channels, bias=False)
    params = list(rnn.parameters()) + list(readout.parameters())
    optimiser = torch.optim.Adam(params, lr=1e-3)
    times = []
    for _ in range(steps):
        begin = time.thread_time()
        x, y = make_batch(length, channels)
        optimiser.zero_grad()
        h, _ = rnn(x)
        loss = ((readout(h) - y) ** 2).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        optimiser.step()
        times.append(time.thread_time() - begin)
    return sorted(times)[steps // 20]


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    train(sys.argv[1], int(sys.argv[2]), 5, *map(int, sys.argv[4:]))
    print("%.9f" % train(sys.argv[1], *map(int, sys.argv[2:])))
