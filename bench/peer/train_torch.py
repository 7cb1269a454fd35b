#!/usr/bin/env python3
"""The recipe `tail` on the flip-flop task as one writes it in PyTorch: nn.RNN, Adam, gradient clipping,
fresh trials every batch, one thread, float32. Prints the seconds per training step.

    python3 train_torch.py HIDDEN STEPS
"""
import sys
import time

import torch

BATCH, TIME, BITS, PULSE = 64, 64, 3, 0.5


def make_batch():
    pulse = torch.rand(TIME, BATCH, BITS) < PULSE
    pulse[0] = True
    sign = torch.randint(0, 2, (TIME, BATCH, BITS)).float() * 2 - 1
    x = torch.where(pulse, sign, torch.zeros(()))
    y = torch.empty_like(x)
    state = torch.zeros(BATCH, BITS)
    for t in range(TIME):
        state = torch.where(pulse[t], sign[t], state)
        y[t] = state
    return x, y


def train(hidden, steps):
    rnn = torch.nn.RNN(BITS, hidden, bias=False)
    readout = torch.nn.Linear(hidden, BITS, bias=False)
    torch.nn.init.orthogonal_(rnn.weight_hh_l0)
    params = list(rnn.parameters()) + list(readout.parameters())
    optimiser = torch.optim.Adam(params, lr=1e-3)
    begin = time.perf_counter()
    for _ in range(steps):
        x, y = make_batch()
        optimiser.zero_grad()
        h, _ = rnn(x)
        loss = ((readout(h) - y) ** 2).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        optimiser.step()
    return (time.perf_counter() - begin) / steps


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    train(int(sys.argv[1]), 5)
    print("%.9f" % train(int(sys.argv[1]), int(sys.argv[2])))
