"""GRU and LSTM networks in NumPy, from the equations in PyTorch's manual of nn.GRU and nn.LSTM (and
the same as they are, to rounding), and their removals from the definitions in docs/models.md and
docs/results.md. Nothing here follows the program's code."""
import numpy as np

import reference

GATES = {"gru": "rzn", "lstm": "ifgo"}


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def network(seed, cell, hidden, n_in=3, n_out=2):
    """Arrays of a model file, all filled, with weights so large that the gates work."""
    r = np.random.default_rng(seed)
    rows = len(GATES[cell]) * hidden
    arrays = {"weight_hh": 1.3 * r.standard_normal((rows, hidden)) / np.sqrt(hidden),
              "weight_ih": r.standard_normal((rows, n_in)),
              "weight_hy": r.standard_normal((n_out, hidden)),
              "bias_ih": 0.3 * r.standard_normal(rows), "bias_hh": 0.3 * r.standard_normal(rows),
              "bias_y": 0.3 * r.standard_normal(n_out), "h0": 0.5 * r.standard_normal(hidden)}
    if cell == "lstm":
        arrays["c0"] = 0.5 * r.standard_normal(hidden)
    return arrays


def split(cell, stacked):
    """{gate: its rows}"""
    return dict(zip(GATES[cell], np.split(stacked, len(GATES[cell]))))


def rollout(cell, arrays, inputs, recurrent=None, h0=None):
    """Outputs [steps, trials, outputs]. `recurrent` {gate: matrix} takes the place of some."""
    w = {**split(cell, arrays["weight_hh"]), **(recurrent or {})}
    u, b, b_hh = (split(cell, arrays[name]) for name in ("weight_ih", "bias_ih", "bias_hh"))
    trials = inputs.shape[1]
    h = np.tile(arrays["h0"], (trials, 1)) if h0 is None else h0
    c = np.tile(arrays["c0"], (trials, 1)) if cell == "lstm" else None
    outputs = []
    for x in inputs:
        of_input = {gate: x @ u[gate].T + b[gate] for gate in u}
        of_state = {gate: h @ w[gate].T + b_hh[gate] for gate in u}
        if cell == "gru":
            r = sigmoid(of_input["r"] + of_state["r"])
            z = sigmoid(of_input["z"] + of_state["z"])
            n = np.tanh(of_input["n"] + r * of_state["n"])
            h = (1.0 - z) * n + z * h
        else:
            i, f, o = (sigmoid(of_input[gate] + of_state[gate]) for gate in "ifo")
            g = np.tanh(of_input["g"] + of_state["g"])
            c = f * c + i * g
            h = o * np.tanh(c)
        outputs.append(h @ arrays["weight_hy"].T + arrays["bias_y"])
    return np.array(outputs)


def trials_for(cell, arrays, seed, steps=15, count=21, metric=None):
    """Targets are the network's own answers with noise; a third of the steps does not count."""
    r = np.random.default_rng(1000 + seed)
    inputs = r.standard_normal((steps, count, arrays["weight_ih"].shape[1]))
    answers = rollout(cell, arrays, inputs)
    targets = answers + 0.3 * answers.std() * r.standard_normal(answers.shape)
    return reference.Trials(inputs, targets, r.random((steps, count)) < 0.7, metric)


def take_apart(cell, arrays, gates, alpha, ablation):
    """{gate: W~}, the removed mass, and n_R of each, every matrix in its own Schur coordinates."""
    left, removed, whole, n_r = {}, 0.0, 0.0, []
    for gate in gates:
        w = split(cell, arrays["weight_hh"])[gate]
        t, q = reference.ordered_schur(w)
        at = reference.split_at(t, alpha)
        ablated = reference.remove(t, at, ablation)
        left[gate] = q @ ablated @ q.T
        removed += np.sum((t - ablated) ** 2)
        whole += np.sum(t**2)
        n_r.append(at.n_r)
    return left, np.sqrt(removed / whole), n_r


def sweep(cell, arrays, trials, gates, alphas, ablations=reference.SETS, h0=None):
    """Values of one case by the names of the results file, without the axis `case`."""
    counted = trials.counted()
    targets = trials.targets[counted]
    full = rollout(cell, arrays, trials.inputs, h0=h0)[counted]
    values = {name: np.full((len(alphas), len(ablations)), np.nan)
              for name in ("fvu", "delta_fvu", "accuracy", "distance", "removed_mass")}
    values["n_r"] = np.array([sum(take_apart(cell, arrays, gates, alpha, "none")[2])
                              for alpha in alphas])
    full_fvu = np.sum((full - targets) ** 2) / reference.variation(targets)
    for a, alpha in enumerate(alphas):
        for s, ablation in enumerate(ablations):
            left, mass, _ = take_apart(cell, arrays, gates, alpha, ablation)
            answers = rollout(cell, arrays, trials.inputs, left, h0)[counted]
            fvu = np.sum((answers - targets) ** 2) / reference.variation(targets)
            values["fvu"][a, s] = fvu
            values["delta_fvu"][a, s] = fvu - full_fvu
            values["distance"][a, s] = np.sqrt(
                np.sum((answers - full) ** 2) / reference.variation(full))
            values["removed_mass"][a, s] = mass
            if trials.metric == "accuracy":
                values["accuracy"][a, s] = reference.accuracy(answers, targets)
    return values
