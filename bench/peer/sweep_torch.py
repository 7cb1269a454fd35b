#!/usr/bin/env python3
"""The sweep of sweep.py with rollouts in PyTorch, float64."""
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"  # a process per core

import torch

import sweep


def rollout(w, driven, v):
    driven = torch.from_numpy(driven)
    transposed = torch.from_numpy(w).T.contiguous()
    readout = torch.from_numpy(v).T
    state = torch.zeros(driven.shape[1:], dtype=driven.dtype)
    answers = []
    with torch.no_grad():
        for x in driven:
            state = torch.tanh(torch.addmm(x, state, transposed))
            answers.append(state @ readout)
        return torch.stack(answers).numpy()


if __name__ == "__main__":
    torch.set_num_threads(1)
    sweep.main(rollout)
