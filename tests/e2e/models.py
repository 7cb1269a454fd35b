"""Random networks and trials whose ablations differ strongly."""
import numpy as np

import common
import reference


def network(seed, hidden, n_in=3, n_out=2, biases=False):
    r = np.random.default_rng(seed)
    q = np.linalg.qr(r.standard_normal((hidden, hidden)))[0]
    w = 0.9 * q + 0.5 * r.standard_normal((hidden, hidden)) / np.sqrt(hidden)
    model = reference.Model(
        w, 0.5 * r.standard_normal((hidden, n_in)),
        r.standard_normal((n_out, hidden)) / np.sqrt(hidden))
    if biases:
        model.bias_h = 0.3 * r.standard_normal(hidden)
        model.bias_y = 0.3 * r.standard_normal(n_out)
        model.h0 = 0.5 * r.standard_normal(hidden)
    return model


def trials_for(model, seed, steps=20, count=30, masked=False, metric=None):
    """Targets are the network's own answers with noise, so that FVU is of order one or below."""
    r = np.random.default_rng(1000 + seed)
    inputs = r.standard_normal((steps, count, model.weight_ih.shape[1]))
    answers = reference.rollout(model, model.weight_hh, inputs)
    targets = answers + 0.3 * answers.std() * r.standard_normal(answers.shape)
    mask = None
    if masked:
        mask = r.random((steps, count)) < 0.6
        mask[:3] = False
        mask[-1, 0] = True
    return reference.Trials(inputs, targets, mask, metric)


def single(model):
    """The network as float32 stores it."""
    cast = {k: None if v is None else v.astype("f4").astype(float) for k, v in vars(model).items()}
    return reference.Model(**cast)


def write_mixed_study(folder, **keys):
    """Six networks with their own trials and four that are trained in an instant: ten cases."""
    for seed in range(6):
        model = network(seed, 20 + 7 * seed)
        trials = trials_for(model, seed, steps=40, count=200)
        common.write_model(folder / f"m{seed}.h5", model, trials)
    grid = {"task": "copy", "construction": ["dense_orthogonal", "cayley"], "hidden": 24,
            "seeds": "0..1", "recipe": {"steps": 60}}
    return common.write_study(folder / "study.cfg", models=[{"file": "m?.h5"}, grid],
                              tasks=[{"name": "copy", "trials": 32}], **keys)


def write_small_study(folder):
    """The like of it, of networks so small that it takes no longer than the program's start."""
    for seed in range(6):
        model = network(seed, 5 + seed)
        common.write_model(folder / f"m{seed}.h5", model, trials_for(model, seed, steps=8, count=20))
    grid = {"task": "copy", "construction": ["dense_orthogonal", "cayley"], "hidden": 8,
            "seeds": "0..1", "recipe": {"steps": 5}}
    return common.write_study(folder / "study.cfg", models=[{"file": "m?.h5"}, grid],
                              tasks=[{"name": "copy", "trials": 16}])
