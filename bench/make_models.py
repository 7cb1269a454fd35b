#!/usr/bin/env python3
"""Model files with their own trials for the benchmarks: near-orthogonal recurrent matrices plus noise,
the spectra of trained networks; targets are the network's outputs with noise.

    python3 make_models.py FOLDER COUNT HIDDEN STEPS TRIALS
"""
import sys
from pathlib import Path

import h5py
import numpy as np

CHANNELS = 3
NOISE_W, NOISE_Y, PULSES = 0.35, 0.05, 0.1


def make_model(seed, hidden, steps, trials):
    random = np.random.default_rng(seed)
    q = np.linalg.qr(random.standard_normal((hidden, hidden)))[0]
    model = {
        "weight_hh": 0.9 * q + NOISE_W * random.standard_normal((hidden, hidden)) / np.sqrt(hidden),
        "weight_ih": 0.5 * random.standard_normal((hidden, CHANNELS)),
        "weight_hy": random.standard_normal((CHANNELS, hidden)) / np.sqrt(hidden),
    }
    shape = (steps, trials, CHANNELS)
    inputs = random.standard_normal(shape) * (random.random(shape) < PULSES)
    state = np.zeros((trials, hidden))
    targets = NOISE_Y * random.standard_normal(shape)
    for step in range(steps):
        state = np.tanh(state @ model["weight_hh"].T + inputs[step] @ model["weight_ih"].T)
        targets[step] += state @ model["weight_hy"].T
    model["trials/inputs"], model["trials/targets"] = inputs, targets
    return model


def main():
    folder, (count, hidden, steps, trials) = Path(sys.argv[1]), map(int, sys.argv[2:6])
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(count):
        with h5py.File(folder / f"m{seed:05d}.h5", "w") as file:
            for name, values in make_model(seed, hidden, steps, trials).items():
                file[name] = values


if __name__ == "__main__":
    main()
