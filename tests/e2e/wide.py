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


def nearly_defective(seed, hidden):
    """Real eigenvalues at equal distances; each second one nearly shares the eigenvector of its
    neighbour, so that rounding is blown up several hundred times whatever the width."""
    model = models.network(seed, hidden)
    r = np.random.default_rng(seed)
    q = np.linalg.qr(r.standard_normal((hidden, hidden)))[0]
    t = np.diag(np.linspace(0.2, 0.95, hidden) * r.choice((-1.0, 1.0), hidden // 2).repeat(2))
    pairs = np.arange(0, hidden - 1, 2)
    t[pairs, pairs + 1] = 200.0 / hidden
    return reference.Model(q @ t @ q.T, model.weight_ih, model.weight_hy)


def write(path, model, seed=0, **keys):
    common.write_model(path, model, models.trials_for(model, seed, **keys))


def team(from_hidden, rows, cols, block=64):
    return {"from_hidden": from_hidden, "ranks": rows * cols, "grid": [rows, cols],
            "block": block}
