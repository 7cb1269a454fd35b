"""Studies with cases that teams of ranks share, beside cases of one rank each."""
import numpy as np

import common
import models
import reference


def near_orthogonal(seed, hidden):
    """Its ablated forms stay tame, so that rounding is not blown up."""
    model = models.network(seed, hidden)
    r = np.random.default_rng(seed)
    q = np.linalg.qr(r.standard_normal((hidden, hidden)))[0]
    return reference.Model(0.9 * q + 0.1 * r.standard_normal((hidden, hidden)) / np.sqrt(hidden),
                           model.weight_ih, model.weight_hy)


def gaussian(seed, hidden):
    """Far from normal."""
    model = models.network(seed, hidden)
    r = np.random.default_rng(seed)
    return reference.Model(0.9 * r.standard_normal((hidden, hidden)) / np.sqrt(hidden),
                           model.weight_ih, model.weight_hy)


def write(path, model, seed=0, **keys):
    common.write_model(path, model, models.trials_for(model, seed, **keys))


def team(from_hidden, rows, cols, block=64):
    return {"from_hidden": from_hidden, "ranks": rows * cols, "grid": [rows, cols],
            "block": block}
