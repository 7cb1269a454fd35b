"""Random networks of every cell against NumPy, and what diagnostics of one kind of network find against
NumPy and SciPy."""
import h5py
import numpy as np
import scipy.linalg

import common
import gated_reference
import models
import reference
import wide

ALPHAS = [0.35, 0.6, 0.9]


ACTIVATIONS = {
    "tanh": np.tanh, "relu": lambda x: np.maximum(x, 0.0), "softplus": lambda x: np.logaddexp(0.0, x),
    "sigmoid": gated_reference.sigmoid, "retanh": lambda x: np.tanh(np.maximum(x, 0.0)),
    "identity": lambda x: x}


def leaky_rollout(model, w, form, a, f, inputs):
    """Outputs; h is the state of the rate form, v of the current form."""
    h = v = np.tile(model.h0, (inputs.shape[1], 1))
    outputs = []
    for x in inputs:
        drive = x @ model.weight_ih.T + model.bias_h
        if form == "rate":
            h = (1 - a) * h + a * f(h @ w.T + drive)
        else:
            v = (1 - a) * v + a * (f(v) @ w.T + drive)
        outputs.append((h if form == "rate" else f(v)) @ model.weight_hy.T + model.bias_y)
    return np.array(outputs)


def balanced(model):
    """The same network of ReLU units, in which as much leads into every unit as out of it."""
    scales = np.ones(len(model.h0))
    for _ in range(5000):
        w = model.weight_hh * scales[:, None] / scales
        into = (w**2).sum(1) + ((model.weight_ih * scales[:, None]) ** 2).sum(1) + (
            model.bias_h * scales) ** 2
        out = (w**2).sum(0) + ((model.weight_hy / scales) ** 2).sum(0)
        scales *= (out / into) ** 0.125
    return reference.Model(w, model.weight_ih * scales[:, None], model.weight_hy / scales,
                           model.bias_h * scales, model.bias_y, model.h0 * scales)


class Rollouts(common.TestCase):
    def write(self, label, cell, arrays, trials, h0=None):
        with h5py.File(self.folder / f"{label}.h5", "w") as file:
            for key, array in arrays.items():
                file[key] = array
            file.attrs["cell"] = cell
            common.write_trials(file, trials)
            if h0 is not None:
                file["trials/h0"] = h0

    def test_rollouts_and_removals_of_all_sets_of_gates(self):
        """Of matrices alone and together, with initial states of the network or of each trial."""
        random = np.random.default_rng(5)
        for cell, hidden, sets, metric in (
                ("gru", 9, ["n", "r", "z", "r+n", "r+z+n"], "accuracy"),
                ("lstm", 10, ["g", "i", "f", "o", "f+g", "i+f+g+o"], None)):
            arrays = gated_reference.network(hidden, cell, hidden)
            trials = gated_reference.trials_for(cell, arrays, hidden, metric=metric)
            h0 = random.standard_normal((21, hidden)) if cell == "gru" else None
            self.write(cell, cell, arrays, trials, h0)
            found = self.run_study(common.write_study(
                self.folder / f"{cell}_sets.cfg", alphas=ALPHAS,
                models=[{"file": f"{cell}.h5", "matrix": sets}]))
            for gates in sets:
                (case,) = np.flatnonzero((found["matrix"] == gates) & (found["gauge"] == 0))
                expected = gated_reference.sweep(cell, arrays, trials, gates.split("+"), ALPHAS,
                                                 h0=h0)
                self.assertEqual(list(found["n_r"][case]), list(expected["n_r"]))
                for value in ("fvu", "delta_fvu", "accuracy", "distance", "removed_mass"):
                    self.assert_close(found[value][case], expected[value], rtol=1e-9, atol=1e-11,
                                      what=(cell, gates, value))

    # Of every activation and form of leak; blocks are ordered by the step operator.

    def expected(self, model, trials, form, a, f):
        """FVU, distance, removed mass, and n_R."""
        n, counted = len(model.h0), trials.counted()
        step, q = reference.ordered_schur((1 - a) * np.eye(n) + a * model.weight_hh)
        t = (step - (1 - a) * np.eye(n)) / a
        targets = trials.targets[counted]
        full = leaky_rollout(model, model.weight_hh, form, a, f, trials.inputs)[counted]
        values, n_r = np.zeros((3, len(ALPHAS), len(reference.SETS))), []
        for i, alpha in enumerate(ALPHAS):
            at = reference.split_at(step, alpha**a)
            n_r.append(at.n_r)
            for s, ablation in enumerate(reference.SETS):
                left = reference.remove(t, at, ablation)
                y = leaky_rollout(model, q @ left @ q.T, form, a, f, trials.inputs)[counted]
                values[:, i, s] = (
                    np.sum((y - targets) ** 2) / reference.variation(targets),
                    np.sqrt(np.sum((y - full) ** 2) / reference.variation(full)),
                    np.linalg.norm(t - left) / np.linalg.norm(t))
        return values, n_r

    def test_rollouts_and_removals_of_other_cells(self):
        cases = [(name, form, leak) for name in ACTIVATIONS for form, leak in
                 (("rate", 1.0), ("rate", 0.3), ("current", 1.0), ("current", 0.3))]
        for i, (activation, form, leak) in enumerate(cases):
            model = models.network(i, 9, biases=True)
            model.weight_hh *= 0.8
            trials = models.trials_for(model, i, steps=12, count=21, masked=True)
            common.write_model(self.folder / f"{i:02}.h5", model, trials, {
                "activation": activation, "leak": leak, "leak_form": form})
        found = self.run_study(common.write_study(
            self.folder / "rnn.cfg", alphas=ALPHAS, models=[{"file": "??.h5"}]))
        for i, (activation, form, leak) in enumerate(cases):
            model = models.network(i, 9, biases=True)
            model.weight_hh *= 0.8
            trials = models.trials_for(model, i, steps=12, count=21, masked=True)
            values, n_r = self.expected(balanced(model) if activation == "relu" else model, trials,
                                        form, leak, ACTIVATIONS[activation])
            self.assertEqual(list(found["n_r"][i]), n_r, (activation, form, leak))
            for value, expected in zip(("fvu", "distance", "removed_mass"), values):
                self.assert_close(found[value][i], expected, rtol=1e-9, atol=1e-11,
                                  what=(activation, form, leak, value))


class Diagnostics(common.TestCase):
    """Of units that only excite or only inhibit, and of linear networks."""

    def network(self, signs, seed=3):
        model = models.network(seed, len(signs))
        model.weight_hh = np.abs(model.weight_hh) * signs / 2
        return model

    def expected(self, model, signs):
        """The share of the entries of W~ that have not the sign of their column."""
        t, q = reference.ordered_schur(model.weight_hh)
        shares = np.zeros((len(ALPHAS), len(reference.SETS)))
        for a, alpha in enumerate(ALPHAS):
            for s, ablation in enumerate(reference.SETS):
                w = q @ reference.remove(t, reference.split_at(t, alpha), ablation) @ q.T
                w = model.weight_hh if ablation == "none" else w
                shares[a, s] = np.linalg.norm(w[w * signs < 0]) / np.linalg.norm(w)
        return shares

    def sweep(self, model, label, signs=None, ranks=0, team=None, **keys):
        common.write_model(self.folder / f"{label}.h5", model, models.trials_for(model, 3))
        with h5py.File(self.folder / f"{label}.h5", "a") as file:
            if signs is not None:
                file["dale_sign"] = signs
            file.attrs.update(keys)
        return self.run_study(common.write_study(
            self.folder / f"study_{label}.cfg", alphas=ALPHAS, models=[{"file": f"{label}.h5"}],
            partitions="all", diagnostics=["dale"], **({"team": team} if team else {})),
            ranks=ranks)

    def test_removals_break_signs(self):
        signs = np.where(np.arange(14) % 5 == 0, -1.0, 1.0)
        model = self.network(signs)
        found = self.sweep(model, "dale")  # the matrix itself tells them
        expected = self.expected(model, signs)
        self.assertGreater(expected[:, 1:].max(), 0.05)
        self.assert_close(found["dale_violation"][0], expected, rtol=1e-9, atol=1e-12)
        given = self.sweep(model, "given", signs.astype("i1"))
        np.testing.assert_array_equal(given["dale_violation"], found["dale_violation"])
        self.assertNotEqual(list(given["weights_hash"]), list(found["weights_hash"]))
        team = self.sweep(model, "team", ranks=3, team=wide.team(10, 1, 2, 32))
        for value in ("dale_violation", "partition_dale_violation"):
            self.assert_close(team[value], found[value], rtol=1e-9, atol=1e-12)
        last = np.flatnonzero(found["partition_n_r"][0] >= 0)[-1]
        everything = reference.SETS.index("RR+CR+CC")
        t, q = reference.ordered_schur(model.weight_hh)
        w = q @ reference.remove(t, reference.split_at(t, 1e-9), "RR+CR+CC") @ q.T
        self.assert_close(found["partition_dale_violation"][0, last, everything],
                          np.linalg.norm(w[w * signs < 0]) / np.linalg.norm(w), rtol=1e-9)

    def test_signs_that_the_file_gives_count(self):
        signs = np.where(np.arange(14) % 5 == 0, -1.0, 1.0)
        model = self.network(signs)
        model.weight_hh[2, 3] *= -1
        wrong = np.abs(model.weight_hh[2, 3]) / np.linalg.norm(model.weight_hh)
        found = self.sweep(model, "one_wrong", signs)
        self.assert_close(found["dale_violation"][0, :, 0], np.full(3, wrong), rtol=1e-12)
        self.assert_close(found["dale_violation"][0], self.expected(model, signs), rtol=1e-9,
                          atol=1e-12)
        self.assertTrue(np.isnan(self.sweep(model, "no_signs")["dale_violation"]).all())

    def test_scales_of_relu_units_change_nothing(self):
        signs = np.where(np.arange(14) % 5 == 0, -1.0, 1.0)
        scales = np.exp(np.random.default_rng(2).normal(size=14))
        model, moved = self.network(signs), self.network(signs)
        moved.weight_hh = model.weight_hh * scales[:, None] / scales
        moved.weight_ih, moved.weight_hy = model.weight_ih * scales[:, None], model.weight_hy / scales
        found, other = (self.sweep(each, label, signs, activation="relu")["dale_violation"]
                        for each, label in ((model, "plain"), (moved, "moved")))
        self.assert_close(other, found, rtol=1e-9, atol=1e-12)

    def test_signs_that_are_none_are_refused(self):
        model = self.network(np.ones(14))
        for signs, message in ((np.r_[np.ones(13), 0.5], "dale_sign[13] is 0.5, expected 1 or -1"),
                               (np.ones(13), "dale_sign has 13 elements along axis 0, expected 14")):
            common.write_model(self.folder / "bad.h5", model, models.trials_for(model, 3))
            with h5py.File(self.folder / "bad.h5", "a") as file:
                file["dale_sign"] = signs
            study = common.write_study(self.folder / "bad.cfg", alphas=ALPHAS,
                                       models=[{"file": "bad.h5"}])
            self.assertIn(message, self.expect(3, common.schursweep("plan", study)).stderr)
        gated = gated_reference.network(1, "gru", 14)
        with h5py.File(self.folder / "bad.h5", "w") as file:
            for key, array in {**gated, "dale_sign": np.ones(14)}.items():
                file[key] = array
            file.attrs["cell"] = "gru"
            common.write_trials(file, gated_reference.trials_for("gru", gated, 1))
        self.assertIn("dale_sign of a gru, expected an rnn",
                      self.expect(3, common.schursweep("plan", study)).stderr)

    # Hankel singular values of linear networks.

    def linear_network(self, seed, hidden=12):
        model = models.network(seed, hidden)
        model.weight_hh *= 0.9 / np.abs(np.linalg.eigvals(model.weight_hh)).max()
        return model

    def hankel(self, label, model, ranks=0, team=None, **attributes):
        common.write_model(self.folder / f"{label}.h5", model, models.trials_for(model, 3),
                           attributes)
        return self.run_study(common.write_study(
            self.folder / f"study_{label}.cfg", alphas=[0.9], models=[{"file": f"{label}.h5"}],
            diagnostics=["hankel"], **({"team": team} if team else {})),
            ranks=ranks)["hankel_singular_value"][0]

    def test_values_are_those_of_the_gramians(self):
        model = self.linear_network(7)
        for leak, form in ((1.0, "rate"), (0.3, "rate"), (0.3, "current")):
            a = (1 - leak) * np.eye(12) + leak * model.weight_hh
            b, c = leak * model.weight_ih, model.weight_hy
            reach = scipy.linalg.solve_discrete_lyapunov(a, b @ b.T)
            hear = scipy.linalg.solve_discrete_lyapunov(a.T, c.T @ c)
            expected = np.sqrt(np.maximum(np.sort(np.linalg.eigvals(reach @ hear).real)[::-1], 0))
            found = self.hankel(f"leak{leak}{form}", model, activation="identity", leak=leak,
                               leak_form=form)
            self.assert_close(found, expected, rtol=1e-7, atol=1e-7 * expected[0])
            self.assertGreater(expected[5], 1e-3 * expected[0])
        team = self.hankel("shared", model, ranks=3, team=wide.team(10, 1, 2, 32),
                          activation="identity", leak=0.3, leak_form="current")
        np.testing.assert_array_equal(team, found)

    def test_another_basis_changes_nothing(self):
        model, moved = self.linear_network(8), self.linear_network(8)
        basis = np.linalg.qr(np.random.default_rng(1).standard_normal((12, 12)))[0] * np.exp(
            np.random.default_rng(2).normal(size=12))
        moved.weight_hh = basis @ model.weight_hh @ np.linalg.inv(basis)
        moved.weight_ih = basis @ model.weight_ih
        moved.weight_hy = model.weight_hy @ np.linalg.inv(basis)
        found, other = (self.hankel(label, each, activation="identity")
                        for label, each in (("basis", model), ("other", moved)))
        self.assert_close(other, found, rtol=1e-9, atol=1e-12 * found[0])

    def test_what_is_not_linear_or_not_stable_has_none(self):
        model = self.linear_network(9)
        self.assertTrue(np.isnan(self.hankel("tanh", model)).all())
        model.weight_hh *= 1.2
        self.assertTrue(np.isnan(self.hankel("growing", model, activation="identity")).all())


if __name__ == "__main__":
    common.main()
