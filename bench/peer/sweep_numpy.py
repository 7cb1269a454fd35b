#!/usr/bin/env python3
"""The sweep of sweep.py with rollouts in NumPy, float64."""
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"  # a process per core

import numpy as np

import sweep


def rollout(w, driven, v):
    state = np.zeros(driven.shape[1:])
    transposed = np.ascontiguousarray(w.T)
    answers = np.empty(driven.shape[:2] + (len(v),))
    for step, x in enumerate(driven):
        state = np.tanh(state @ transposed + x)
        answers[step] = state @ v.T
    return answers


if __name__ == "__main__":
    sweep.main(rollout)
