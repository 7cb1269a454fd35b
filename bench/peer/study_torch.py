#!/usr/bin/env python3
"""Networks of configs/paper.cfg, one of each task, as one trains them in PyTorch: nn.RNN in float32, an
orthogonal start, Adam, gradient clipping, fresh batches, the steps and rates of the recipes `tail` and
`ramp`, one thread. Writes model files with trials of the task for sweep_torch.py and prints the FVU of
each.

    python3 study_torch.py FOLDER [SHARE_OF_THE_STEPS]
"""
import math
import sys
from pathlib import Path

import h5py
import torch

BATCH = 64


def flip_flop(count, steps=64, channels=3):
    pulse = torch.rand(steps, count, channels) < 0.5
    pulse[0] = True
    sign = torch.randint(0, 2, (steps, count, channels)).float() * 2 - 1
    x = torch.where(pulse, sign, torch.zeros(()))
    y, state = torch.empty_like(x), torch.zeros(count, channels)
    for t in range(steps):
        state = torch.where(pulse[t], sign[t], state)
        y[t] = state
    return x, y, slice(None)


def sine(count, steps=64):
    u = torch.randint(0, 5, (count,)) / 4.0
    t = torch.arange(steps).float()[:, None]
    return ((u + 0.25).expand(steps, count)[..., None],
            torch.sin((0.1 + 0.5 * u) * t)[..., None], slice(None))


def context_integration(count, steps=40):
    mean = 0.5 * (2 * torch.rand(count, 2) - 1)
    x = torch.zeros(steps, count, 4)
    x[..., :2] = mean + torch.randn(steps, count, 2)
    context = torch.randint(0, 2, (count,))
    x[:, torch.arange(count), 2 + context] = 1.0
    chosen = x[:, torch.arange(count), context]
    return x, 0.15 * torch.cumsum(chosen, 0)[..., None], slice(None)


def copy(count, replay=32, symbols=8, bits=8):
    words = torch.randint(0, 2, (symbols, count, bits)).float() * 2 - 1
    x = torch.zeros(symbols + replay, count, bits)
    x[:symbols] = words
    y = torch.zeros_like(x)
    for t in range(replay):
        y[symbols + t] = words[t % symbols]
    return x, y, slice(symbols, None)


def tail(done):
    return 1e-3 * min(1.0, (1 - done) / 0.2)


def cosine(done):
    return 1e-5 + (5e-3 - 1e-5) * 0.5 * (1 + math.cos(math.pi * done))


def ramp(count, done):
    return copy(count, replay=8 if done < 0.3 else 16 if done < 0.6 else 32)


# name: batches at a share of the training, trials of the sweep, units, steps, rate
STUDY = {
    "flip_flop": (lambda n, _: flip_flop(n), lambda: flip_flop(512), 64, 1920, tail),
    "sine": (lambda n, _: sine(n), lambda: sine(512), 64, 1920, tail),
    "context_integration": (lambda n, _: context_integration(n),
                            lambda: context_integration(512), 64, 1920, tail),
    "copy": (ramp, lambda: copy(256, replay=128), 72, 2500, cosine),
}


def train(make_batch, hidden, steps, rate):
    x, y, _ = make_batch(1, 0.0)
    rnn = torch.nn.RNN(x.shape[2], hidden, bias=False)
    readout = torch.nn.Linear(hidden, y.shape[2], bias=False)
    torch.nn.init.orthogonal_(rnn.weight_hh_l0)
    params = [*rnn.parameters(), *readout.parameters()]
    optimiser = torch.optim.Adam(params)
    for step in range(steps):
        x, y, counted = make_batch(BATCH, step / steps)
        optimiser.param_groups[0]["lr"] = rate(step / steps)
        optimiser.zero_grad()
        states, _ = rnn(x)
        loss = ((readout(states[counted]) - y[counted]) ** 2).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        optimiser.step()
    return rnn, readout


def main():
    folder = Path(sys.argv[1])
    share = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name, (make_batch, trials, hidden, steps, rate) in STUDY.items():
        rnn, readout = train(make_batch, hidden, max(1, int(share * steps)), rate)
        x, y, counted = trials()
        with torch.no_grad():
            error = readout(rnn(x)[0])[counted] - y[counted]
        print(f"{name}: FVU {(error ** 2).sum() / ((y[counted] - y[counted].mean()) ** 2).sum():.4f}")
        with h5py.File(folder / f"{name}.h5", "w") as file:
            file["weight_ih"] = rnn.weight_ih_l0.detach().double().numpy()
            file["weight_hh"] = rnn.weight_hh_l0.detach().double().numpy()
            file["weight_hy"] = readout.weight.detach().double().numpy()
            file["trials/inputs"], file["trials/targets"] = x.double().numpy(), y.double().numpy()


if __name__ == "__main__":
    main()
