"""GRU and LSTM networks: what an independent program found on them, and that a network that is
written in another way gives the same results."""
import h5py
import numpy as np

import common
import wide

CELLS = common.ORACLES / "cells"
NAMES = ("gru_flip_flop_s0", "gru_sine_s0", "lstm_flip_flop_s0", "lstm_sine_s0")
CANDIDATES = {"gru": "n", "lstm": "g"}
ALPHAS = [0.85, 0.90, 0.95]
VALUES = ("fvu", "distance", "removed_mass")


def load(name):
    """The arrays of a model file: the oracle's gates one after the other, as PyTorch stacks them."""
    with h5py.File(CELLS / f"{name}.h5") as file:
        gates = file.attrs["gates"].split(",")
        arrays = {key: np.concatenate([file[f"{key}_{gate}"][()] for gate in gates])
                  for key in ("weight_hh", "weight_ih", "bias_ih", "bias_hh")}
        arrays.update({key: file[key][()] for key in ("weight_hy", "bias_y")})
        return arrays


def moved(arrays, candidate, signs, order):
    """The same network: the sign of unit i is signs[i], then the units stand in that order. Only
    the candidate has signs on both sides: a gate opens as it did."""
    n = len(signs)
    new = {key: array.copy() for key, array in arrays.items()}
    new["weight_hh"] *= signs
    for key in ("weight_hh", "weight_ih", "bias_ih", "bias_hh"):
        new[key][candidate * n:(candidate + 1) * n].T[...] *= signs
    new["weight_hy"] *= signs
    for key in ("h0", "c0"):
        if key in new:
            new[key] = (new[key] * signs)[order]
    rows = np.concatenate([order + gate * n for gate in range(len(new["weight_hh"]) // n)])
    for key in ("weight_hh", "weight_ih", "bias_ih", "bias_hh"):
        new[key] = new[key][rows]
    new["weight_hh"] = new["weight_hh"][:, order]
    new["weight_hy"] = new["weight_hy"][:, order]
    return new


class GatedCase(common.TestCase):
    def write(self, name, arrays, label=None):
        with h5py.File(CELLS / f"{name}.h5") as old, \
                h5py.File(self.folder / f"{label or name}.h5", "w") as new:
            for key, array in arrays.items():
                new[key] = array
            old.copy("trials", new)
            new.attrs["cell"] = old.attrs["cell"]
            new.attrs["task"] = old.attrs["task"]

    def sweep(self, name, ranks=0, **keys):
        study = common.write_study(
            self.folder / f"study_{name}_{ranks}_{len(keys)}.cfg", models=[{"file": f"{name}.h5"}],
            alphas=ALPHAS, **keys)
        return self.run_study(study, ranks=ranks)

    def sweep_together(self, *names):
        """Results of each of several networks that are swept in one run."""
        study = common.write_study(self.folder / f"study_{'_'.join(names)}.cfg", alphas=ALPHAS,
                                   models=[{"file": f"{name}.h5"} for name in names])
        found = self.run_study(study)
        cases = [common.case_of(found, f"{name}.h5") for name in names]
        return [{value: found[value][case:case + 1] for value in VALUES + ("n_r",)}
                for case in cases]

    def check(self, found, case, expected, gate_set, group="expected"):
        """FVU and masses of a case, and of a matrix alone its splits."""
        at = [value.decode() for value in expected["expected/gate_set"]].index(gate_set)
        self.assert_close(found["fvu"][case], expected[f"{group}/metric"][at], rtol=1e-10,
                          what=gate_set)
        gates = [value.decode() for value in expected["expected/gate"]]
        if gate_set in gates:
            at_gate = gates.index(gate_set)
            self.assertEqual(list(found["n_r"][case]),
                             list(expected[f"{group}/leading_dim"][at_gate]))
        if group == "expected":
            for value in ("distance", "removed_mass"):
                self.assert_close(found[value][case], expected[f"expected/{value}"][at], rtol=1e-9,
                                  atol=1e-10, what=(gate_set, value))
            if gate_set in gates:
                self.assert_close(found["coupling_mass"][case],
                                  expected["expected/sector_mass"][at_gate], atol=1e-10)

    def sweep_sets(self, name, label, sets, **keys):
        study = common.write_study(
            self.folder / f"study_sets_{label}.cfg", alphas=ALPHAS,
            models=[{"file": f"{label}.h5", "matrix": sets}], **keys)
        return self.run_study(study)


class Gated(GatedCase):
    def test_candidates_are_taken_apart_unless_others_are_asked_for(self):
        for name in common.some(NAMES[1:3], NAMES[0], NAMES[3]):
            with self.subTest(name), h5py.File(CELLS / f"{name}.h5") as expected:
                cell = expected.attrs["cell"]
                self.write(name, load(name))
                found = self.sweep(name)
                self.assertEqual([found[key][0] for key in ("cell", "matrix")],
                                 [cell, CANDIDATES[cell]])
                self.assertEqual(list(found["gauge"]), [0])
                self.check(found, 0, expected, CANDIDATES[cell])

    def test_a_team_takes_other_matrices_apart(self):
        """Also several together."""
        name = "lstm_sine_s0"
        self.write(name, load(name), "shared")
        models = [{"file": "shared.h5", "matrix": ["f+g", "g"]}]
        alone, team = [self.run_study(common.write_study(
            self.folder / f"shared{ranks}.cfg", alphas=ALPHAS, models=models, **keys), ranks=ranks)
            for ranks, keys in ((0, {}), (3, {"team": wide.team(20, 1, 2, 32)}))]
        self.assertEqual(list(alone["matrix"]), ["f+g"] * 16 + ["g"])
        np.testing.assert_array_equal(alone["n_r"], team["n_r"])
        self.assert_close(team["eigenvalue_re"], alone["eigenvalue_re"], atol=1e-12)
        for value in ("coupling_mass", "nonnormality", "spectral_radius", "modulus_gap"):
            self.assert_close(team[value], alone[value], rtol=1e-9, atol=1e-12, what=value)
        np.testing.assert_array_equal(alone["weights_hash"], team["weights_hash"])
        for value in VALUES:
            self.assert_close(team[value], alone[value], rtol=1e-9, atol=1e-12, what=value)

    def test_a_matrix_that_the_cell_has_not_is_refused(self):
        name = "gru_sine_s0"
        self.write(name, load(name), "few")
        for matrix, message in (("g", "matrix is 'g', expected \"all\" or names of r+z+n"),
                                ("n+n", "matrix is 'n+n'"), ("n+", "matrix is 'n+'")):
            study = common.write_study(self.folder / "few.cfg", alphas=ALPHAS,
                                       models=[{"file": "few.h5", "matrix": [matrix]}])
            run = self.expect(3, common.schursweep("run", study))
            self.assertIn(message, run.stderr)

    def test_signs_and_order_of_units_change_nothing(self):
        random = np.random.default_rng(3)
        for name, candidate in (("gru_flip_flop_s0", 2), ("lstm_sine_s0", 2)):
            with self.subTest(name):
                arrays = load(name)
                for key in ("h0", "c0") if name.startswith("lstm") else ("h0",):
                    arrays[key] = 0.3 * random.normal(size=32)
                signs, order = random.choice([-1.0, 1.0], 32), random.permutation(32)
                self.write(name, arrays, f"{name}_begun")
                self.write(name, moved(arrays, candidate, signs, order), f"{name}_moved")
                found, other = self.sweep_together(f"{name}_begun", f"{name}_moved")
                self.assertEqual(list(found["n_r"][0]), list(other["n_r"][0]))
                for value in VALUES:
                    self.assert_close(other[value], found[value], rtol=1e-9, atol=1e-12, what=value)

    def test_initial_states_count(self):
        """Those of an LSTM's cells, and of each trial."""
        name = "lstm_sine_s0"
        self.write(name, load(name), "zero")
        self.write(name, {**load(name), "c0": np.full(32, 0.5)}, "begun")
        self.write(name, load(name), "trials")
        with h5py.File(self.folder / "trials.h5", "a") as file:
            file["trials/h0"] = np.full((128, 32), 0.5)
        full = [found["fvu"][0, 0, 0] for found in self.sweep_together("zero", "begun", "trials")]
        self.assertEqual(len(set(full)), 3)

    def test_ranks_change_no_bit_and_a_team_finds_the_same(self):
        for name in common.some(NAMES[1:2], NAMES[2]):
            with self.subTest(name):
                self.write(name, load(name))
                alone, two = self.sweep(name), self.sweep(name, ranks=2)
                for value in VALUES + ("n_r", "coupling_mass", "weights_hash"):
                    np.testing.assert_array_equal(alone[value], two[value])
                team = self.sweep(name, ranks=3, team=wide.team(20, 1, 2, 32))
                self.assertEqual(list(alone["n_r"][0]), list(team["n_r"][0]))
                self.assertEqual(list(alone["weights_hash"]), list(team["weights_hash"]))
                for value in VALUES:
                    self.assert_close(team[value], alone[value], rtol=1e-9, atol=1e-12, what=value)

    def test_both_biases_or_their_sum(self):
        """Of an LSTM only the sum counts; a GRU multiplies one of them by a gate."""
        arrays = load("lstm_sine_s0")
        self.write("lstm_sine_s0", arrays, "two")
        total = arrays.pop("bias_ih") + arrays.pop("bias_hh")
        self.write("lstm_sine_s0", {**arrays, "bias_h": total}, "sum")
        two, one = self.sweep("two"), self.sweep("sum")
        np.testing.assert_array_equal(two["fvu"], one["fvu"])
        arrays = load("gru_sine_s0")
        self.refuse("gru_sine_s0", {**arrays, "bias_h": arrays["bias_ih"]}, {},
                    "bias_h of a gru, expected bias_ih and bias_hh")

    def refuse(self, name, arrays, attributes, message):
        self.write(name, arrays, "odd")
        with h5py.File(self.folder / "odd.h5", "a") as file:
            file.attrs.update(attributes)
        study = common.write_study(self.folder / "odd.cfg", models=[{"file": "odd.h5"}],
                                   alphas=ALPHAS)
        self.assertIn(message, self.expect(3, common.schursweep("run", study)).stderr)

    def test_what_is_no_such_cell_is_refused(self):
        arrays = load("gru_sine_s0")
        n = 32
        for changed, attributes, message in common.some(
                (({}, {"cell": "lstm"}, "weight_hh is 96 x 32, expected 4 times as many rows as "
                                        "columns: the 4 gates of a lstm"),
                 ({}, {"leak": 0.5}, "expected an rnn for these"),
                 ({"bias_hh": arrays["bias_hh"][:n]}, {}, "bias_hh has 32 elements"),
                 ({"weight_hh": np.where(np.arange(96)[:, None] == 70, np.nan,
                                         arrays["weight_hh"])}, {}, "NaN or Inf at element 2240")),
                ({}, {"cell": "rnn"}, "weight_hh is 96 x 32, expected square"),
                ({}, {"cell": "mgu"}, "cell is 'mgu', expected rnn, gru or lstm"),
                ({}, {"activation": "relu"}, "expected an rnn for these"),
                ({"weight_hh": arrays["weight_hh"][:2 * n]}, {}, "weight_hh is 64 x 32"),
                ({"weight_ih": arrays["weight_ih"][:n]}, {}, "weight_ih has 32 elements")):
            with self.subTest(message):
                self.refuse("gru_sine_s0", {**arrays, **changed}, attributes, message)


class Training(common.TestCase):
    """Recipes and constructions of the program; what a model file keeps is what was trained."""

    def test_a_study_trains_them(self):
        recipe = {"base": "tail", "steps": 80, "batch": 16, "rate": 3e-3}
        grid = {"task": "flip_flop", "construction": "dense_orthogonal", "hidden": 12, "seeds": 1}
        cells = [{"cell": "gru", "recipe": recipe}, {"cell": "lstm", "recipe": recipe},
                 {"cell": "lstm", "recipe": {**recipe, "bias": False}},
                 {"activation": "relu", "recipe": {**recipe, "bias": True}}]
        (self.folder / "kept").mkdir()
        study = common.write_study(
            self.folder / "cells.cfg", models=[{**grid, **cell} for cell in cells], alphas=[0.9],
            models_dir=str(self.folder / "kept"))
        found = self.run_study(study)
        self.assertEqual(sorted(zip(found["cell"], found["matrix"], found["activation"])),
                         [("gru", "n", "tanh"), ("lstm", "g", "tanh"), ("lstm", "g", "tanh"),
                          ("rnn", "hh", "relu")])
        self.assertEqual(len(set(found["model_identity"])), 4)
        self.assertTrue((found["state"] == 1).all())
        biased = {}
        for file in sorted((self.folder / "kept").glob("*.h5")):
            with h5py.File(file) as model:
                losses = model["loss_history"][()]
                self.assertLess(losses[-10:].mean(), 0.9 * losses[:10].mean(), file.name)
                cell = common.text(model.attrs["cell"])
                bias = model["bias_h" if cell == "rnn" else "bias_ih"][()]
                biased.setdefault(cell, set()).add(bool(np.any(bias)))
                self.assertEqual(bool(np.any(bias)), bool(np.any(model["bias_y"])))
                if cell == "gru": # only the candidate's is kept apart
                    apart = model["bias_hh"][()].reshape(3, 12)
                    self.assertTrue((apart[:2] == 0).all() and (apart[2] != 0).any())
        self.assertEqual(biased, {"gru": {True}, "lstm": {True, False}, "rnn": {True}})

    def test_training_again_gives_the_same_bits(self):
        models = {}
        for ranks in (0, 2):
            folder = self.folder / f"models{ranks}"
            folder.mkdir()
            study = common.write_study(
                self.folder / f"again{ranks}.cfg", alphas=[0.9], models_dir=str(folder),
                models=[{"task": "sine", "construction": "cayley", "hidden": 8, "seeds": "0..1",
                         "cell": cell, "recipe": {"base": "tail", "steps": 20, "batch": 8}}
                        for cell in ("gru", "lstm")])
            self.run_study(study, ranks=ranks)
            for file in folder.glob("*.h5"):
                with h5py.File(file) as model:
                    for key in ("weight_hh", "weight_ih", "bias_ih", "weight_hy", "bias_y"):
                        models.setdefault((file.name, key), []).append(model[key][()])
        self.assertEqual(len(models), 20)
        for key, (first, second) in models.items():
            np.testing.assert_array_equal(first, second, str(key))

    def test_a_leak_of_a_gated_cell_is_refused(self):
        study = common.write_study(
            self.folder / "leaky.cfg", alphas=[0.9],
            models=[{"task": "sine", "construction": "dense_orthogonal", "hidden": 8, "cell": "gru",
                     "leak": 0.5}])
        run = self.expect(3, common.schursweep("plan", study))
        self.assertIn("cell is gru with an activation or leak, expected rnn for these", run.stderr)


if __name__ == "__main__":
    common.main()
