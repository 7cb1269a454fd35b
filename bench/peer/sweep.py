"""An ablation sweep as a researcher writes it in Python: SciPy's Schur form, its blocks sorted with
LAPACK's trexc, one process per core over the models, h5py for the results. The rollout is the
caller's; sweep_numpy.py and sweep_torch.py differ in nothing else.

    python3 sweep_numpy.py MODELS OUT --alphas 0.05 1.0 20 [--processes 2] [--reuse]

MODELS is a folder of model files with their own trials. Without --reuse every job is rolled out, as
a first version does; with it equal ablated matrices of a model are rolled out once. OUT gets a group
per model: fvu [alpha, set], n_r [alpha]; the attribute `rollouts` of the root counts them.
"""
import argparse
import multiprocessing
from pathlib import Path

import h5py
import numpy as np
import scipy.linalg

TIE = 1e-10
SETS = ((), ("RR",), ("CR",), ("CC",), ("RR", "CR"), ("RR", "CC"), ("CR", "CC"), ("RR", "CR", "CC"))


def find_blocks(t):
    """First row, size and modulus of the diagonal blocks of a real Schur form."""
    blocks, row = [], 0
    while row < len(t):
        if row + 1 < len(t) and t[row + 1, row] != 0:
            product = t[row, row] * t[row + 1, row + 1] - t[row, row + 1] * t[row + 1, row]
            blocks.append((row, 2, np.sqrt(abs(product))))
            row += 2
        else:
            blocks.append((row, 1, abs(t[row, row])))
            row += 1
    return blocks


def ordered_schur(w):
    t, q = scipy.linalg.schur(w, output="real")
    t, q = np.asfortranarray(t), np.asfortranarray(q)
    blocks = find_blocks(t)
    place = 0
    while place < len(blocks):
        moduli = np.array([block[2] for block in blocks[place:]])
        first = place + int(np.argmax(moduli >= moduli.max() * (1 - TIE)))
        if first != place:
            t, q, info = scipy.linalg.lapack.dtrexc(t, q, blocks[first][0] + 1, blocks[place][0] + 1)
            if info != 0:
                raise RuntimeError("trexc refuses to swap two blocks")
            blocks = find_blocks(t)
        place += 1
    return t, q, blocks


def coupling_masks(t, blocks, n_r):
    above = np.triu(np.ones(t.shape, bool), 1)
    for row, size, _ in blocks:
        above[row : row + size, row : row + size] = False
    r = np.arange(len(t)) < n_r
    return {
        "RR": above & np.outer(r, r),
        "CR": above & np.outer(r, ~r),
        "CC": above & np.outer(~r, ~r),
    }


def rows_in_r(blocks, alpha):
    largest = max(block[2] for block in blocks)
    inside = [block for block in blocks if block[2] >= alpha * largest * (1 - TIE)]
    return inside[-1][0] + inside[-1][1]


def sweep_model(work):
    path, alphas, rollout, reuse = work
    with h5py.File(path) as file:
        w, u, v = (file[name][...] for name in ("weight_hh", "weight_ih", "weight_hy"))
        inputs, targets = file["trials/inputs"][...], file["trials/targets"][...]
    t, q, blocks = ordered_schur(w)
    driven = inputs @ u.T
    variation = ((targets - targets.mean(axis=(0, 1))) ** 2).sum()
    fvu = np.empty((len(alphas), len(SETS)))
    n_r = np.array([rows_in_r(blocks, alpha) for alpha in alphas])
    known, n_rollouts = {}, 0
    for a in range(len(alphas)):
        masks = coupling_masks(t, blocks, n_r[a])
        for s, couplings in enumerate(SETS):
            ablated = t.copy()
            for coupling in couplings:
                ablated[masks[coupling]] = 0.0
            key = ablated.tobytes() if reuse else (a, s)
            if key not in known:
                answers = rollout(q @ ablated @ q.T, driven, v)
                known[key] = ((answers - targets) ** 2).sum() / variation
                n_rollouts += 1
            fvu[a, s] = known[key]
    return path.name, fvu, n_r, n_rollouts


def main(rollout):
    parser = argparse.ArgumentParser()
    parser.add_argument("models", type=Path)
    parser.add_argument("out")
    parser.add_argument("--alphas", nargs=3, type=float, required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--reuse", action="store_true")
    given = parser.parse_args()
    begin, end, count = given.alphas
    alphas = np.linspace(begin, end, int(count))
    paths = sorted(given.models.glob("*.h5"))
    work = [(path, alphas, rollout, given.reuse) for path in paths]
    total = 0
    with h5py.File(given.out, "w") as file:
        with multiprocessing.Pool(given.processes) as pool:
            for name, fvu, n_r, n_rollouts in pool.imap_unordered(sweep_model, work):
                group = file.create_group(name)
                group["fvu"], group["n_r"] = fvu, n_r
                total += n_rollouts
        file.attrs["rollouts"] = total
