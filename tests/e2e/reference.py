"""What a sweep must find, computed a second time with NumPy and SciPy.

Written from the definitions in docs/results.md, in the plainest way, to be compared with the
program: every array has one meaning, every formula stands once, nothing is shared or reused.
"""
from dataclasses import dataclass

import numpy as np
import scipy.linalg

TIE = 1e-10  # moduli that agree to this are equal
COUPLINGS = ("RR", "CR", "CC")
SETS = ("none", "RR", "CR", "CC", "RR+CR", "RR+CC", "CR+CC", "RR+CR+CC")
EPSILON = 0.1


@dataclass
class Model:
    weight_hh: np.ndarray  # [hidden, hidden]
    weight_ih: np.ndarray  # [hidden, inputs]
    weight_hy: np.ndarray  # [outputs, hidden]
    bias_h: np.ndarray = None  # [hidden], None for zeros
    bias_y: np.ndarray = None  # [outputs]
    h0: np.ndarray = None  # [hidden]


@dataclass
class Trials:
    inputs: np.ndarray  # [steps, trials, inputs]
    targets: np.ndarray  # [steps, trials, outputs]
    mask: np.ndarray = None  # [steps, trials], None where every step counts
    metric: str = None  # None for the default, fvu

    def counted(self):
        shape = self.inputs.shape[:2]
        return np.ones(shape, bool) if self.mask is None else np.asarray(self.mask) == 1


# ---- ordered Schur form --------------------------------------------------------------------------


def diagonal_blocks(t):
    """[(first row, size)]"""
    blocks, row = [], 0
    while row < len(t):
        size = 2 if row + 1 < len(t) and t[row + 1, row] != 0 else 1
        blocks.append((row, size))
        row += size
    return blocks


def modulus(t, block):
    row, size = block
    if size == 1:
        return abs(t[row, row])
    return np.sqrt(abs(np.linalg.det(t[row : row + 2, row : row + 2])))


def ordered_schur(w):
    """T, Q with W = Q T Q', blocks by non-increasing modulus; equal ones keep their order."""
    t, q = scipy.linalg.schur(w, output="real")
    t, q = np.asfortranarray(t), np.asfortranarray(q)
    place = 0
    while place < len(diagonal_blocks(t)):
        blocks = diagonal_blocks(t)
        moduli = np.array([modulus(t, block) for block in blocks])
        largest = moduli[place:].max()
        first = place + int(np.argmax(moduli[place:] >= largest - TIE * moduli.max()))
        if first != place:
            t, q, info = scipy.linalg.lapack.dtrexc(
                t, q, blocks[first][0] + 1, blocks[place][0] + 1
            )
            assert info == 0, "dtrexc refuses a swap: choose another test matrix"
        place += 1
    return t, q


@dataclass
class Split:
    """Which entries of T lie in which coupling, for one alpha."""

    n_r: int
    masks: dict  # coupling -> [hidden, hidden] bool


def split_at(t, alpha):
    blocks = diagonal_blocks(t)
    moduli = np.array([modulus(t, block) for block in blocks])
    inside = np.flatnonzero(moduli >= (alpha - TIE) * moduli.max())
    row, size = blocks[inside[-1]]
    block_of = np.concatenate([[i] * size for i, (_, size) in enumerate(blocks)])
    above = block_of[:, None] < block_of[None, :]
    in_r = np.arange(len(t)) < row + size
    return Split(
        row + size,
        {
            "RR": above & np.outer(in_r, in_r),
            "CR": above & np.outer(in_r, ~in_r),  # rows R, columns C
            "CC": above & np.outer(~in_r, ~in_r),
        },
    )


def remove(t, split, ablation):
    ablated = t.copy()
    for coupling in ablation.split("+"):
        if coupling != "none":
            ablated[split.masks[coupling]] = 0.0
    return ablated


# ---- dynamics ------------------------------------------------------------------------------------


def rollout(model, weight_hh, inputs):
    """Outputs [steps, trials, outputs]."""
    hidden, outputs = len(model.weight_hh), len(model.weight_hy)
    bias_h = np.zeros(hidden) if model.bias_h is None else model.bias_h
    bias_y = np.zeros(outputs) if model.bias_y is None else model.bias_y
    h0 = np.zeros(hidden) if model.h0 is None else model.h0
    state = np.tile(h0, (inputs.shape[1], 1))
    answers = []
    for x in inputs:
        state = np.tanh(state @ weight_hh.T + x @ model.weight_ih.T + bias_h)
        answers.append(state @ model.weight_hy.T + bias_y)
    return np.array(answers)


def variation(values):
    """values [counted, outputs]: squared deviation from the mean of each output."""
    return np.sum((values - values.mean(axis=0)) ** 2)


def accuracy(answers, targets):
    right = ((answers > 0) & (targets > 0)) | ((answers < 0) & (targets < 0))
    return right.mean()


# ---- one case ------------------------------------------------------------------------------------


def smallest_gap(gaps):
    return min(gaps) if len(gaps) else np.nan


def describe_spectrum(w, t, alphas):
    """The values that depend on the recurrent matrix alone."""
    norm = np.linalg.norm(t)
    moduli = np.array([modulus(t, block) for block in diagonal_blocks(t)])
    rho = moduli.max()
    splits = [split_at(t, alpha) for alpha in alphas]
    values = {
        "spectral_radius": rho,
        "nonnormality": 0.0,
        "modulus_gap": np.nan,
        "alpha_gap": np.full(len(alphas), np.nan),
        "n_r": np.array([split.n_r for split in splits]),
        "coupling_mass": np.zeros((len(alphas), len(COUPLINGS))),
        "eigenvalues": np.linalg.eigvals(w),
    }
    if norm > 0:
        squares = norm**2 - np.sum(np.abs(values["eigenvalues"]) ** 2)
        values["nonnormality"] = np.sqrt(max(squares, 0.0)) / norm
        for a, split in enumerate(splits):
            for c, coupling in enumerate(COUPLINGS):
                values["coupling_mass"][a, c] = np.linalg.norm(t[split.masks[coupling]]) / norm
    if rho > 0:
        values["modulus_gap"] = smallest_gap(np.abs(np.diff(moduli)) / rho)
        for a, alpha in enumerate(alphas):
            gaps = np.abs(moduli - alpha * rho) / rho
            others = np.delete(gaps, np.argmax(moduli)) if alpha == 1 else gaps
            values["alpha_gap"][a] = smallest_gap(others)
    return values


def sweep(model, trials, alphas, ablations=SETS, epsilon=EPSILON):
    """Values of one case by the names of the results file, without the axis `case`."""
    t, q = ordered_schur(model.weight_hh)
    values = describe_spectrum(model.weight_hh, t, alphas)
    counted = trials.counted()
    targets = trials.targets[counted]
    full = rollout(model, model.weight_hh, trials.inputs)[counted]
    shape = len(alphas), len(ablations)
    for name in ("fvu", "delta_fvu", "accuracy", "distance", "removed_mass", "sensitivity"):
        values[name] = np.full(shape, np.nan)
    for a, alpha in enumerate(alphas):
        split = split_at(t, alpha)
        for s, ablation in enumerate(ablations):
            ablated = remove(t, split, ablation)
            is_full = np.array_equal(ablated, t)
            w = model.weight_hh if is_full else q @ ablated @ q.T
            answers = rollout(model, w, trials.inputs)[counted]
            change = np.sum((answers - full) ** 2)
            mass = 0.0 if is_full else np.linalg.norm(t - ablated) / np.linalg.norm(t)
            fvu = np.sum((answers - targets) ** 2) / variation(targets)
            delta = fvu - np.sum((full - targets) ** 2) / variation(targets)
            values["fvu"][a, s] = fvu
            values["delta_fvu"][a, s] = delta
            values["removed_mass"][a, s] = mass
            values["distance"][a, s] = np.sqrt(change / variation(full)) if change > 0 else 0.0
            if mass > 0:
                values["sensitivity"][a, s] = delta / mass
            if trials.metric == "accuracy":
                values["accuracy"][a, s] = accuracy(answers, targets)
    values["stabilizer"] = values["distance"] <= epsilon
    return values
