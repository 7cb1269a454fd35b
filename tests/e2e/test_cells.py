"""Networks with other activations and a leak: what an independent program found on them, and that a
network that is written in another way gives the same results."""

import h5py
import numpy as np

import common
import wide

CELLS = common.ORACLES / "cells"
ALPHAS = [0.85, 0.90, 0.95]
VALUES = ("fvu", "distance", "removed_mass")


def convert(source, target, change=None, **attributes):
    """Writes the model file of an oracle, after `change` of its arrays."""
    with h5py.File(source, "r") as old, h5py.File(target, "w") as new:
        arrays = {name: item[()] for name, item in old.items() if isinstance(item, h5py.Dataset)}
        for name, array in (change(arrays) if change else arrays).items():
            new[name] = array
        old.copy("trials", new)
        new.attrs["task"] = old.attrs["task"]
        new.attrs["activation"] = old.attrs["activation"]
        new.attrs["leak"] = old.attrs["leak"]
        for name, value in attributes.items():
            new.attrs[name] = value


def scaled(scales, order):
    """The same network: unit i times scales[i], then the units in that order."""
    def change(arrays):
        new = dict(arrays)
        new["weight_hh"] = (arrays["weight_hh"] * scales[:, None] / scales)[order][:, order]
        new["weight_ih"] = (arrays["weight_ih"] * scales[:, None])[order]
        new["bias_h"] = (arrays["bias_h"] * scales)[order]
        new["weight_hy"] = (arrays["weight_hy"] / scales)[:, order]
        return new
    return change


class Cells(common.TestCase):
    def sweep(self, name, ranks=0, **keys):
        study = common.write_study(
            self.folder / f"study_{name}_{ranks}_{len(keys)}.cfg", models=[{"file": f"{name}.h5"}],
            alphas=ALPHAS, **keys)
        return self.run_study(study, ranks=ranks)

    def sweep_both(self, first, second):
        """Results of each of two networks that are swept in one run."""
        study = common.write_study(
            self.folder / f"study_{first}_{second}.cfg", alphas=ALPHAS,
            models=[{"file": f"{first}.h5"}, {"file": f"{second}.h5"}])
        found = self.run_study(study)
        cases = [common.case_of(found, f"{name}.h5") for name in (first, second)]
        return [{value: found[value][case:case + 1] for value in VALUES + ("n_r",)}
                for case in cases]

    def check(self, found, expected, suffix, group="expected"):
        """FVU to 1e-10, of cells that explode to 1e-6; n_R exactly, masses to 1e-10."""
        metric = expected[f"{group}/metric{suffix}"][0]
        limit = np.where(metric > 100, 1e-6, 1e-10)
        self.assertTrue((np.abs(found["fvu"][0] - metric) <= limit * metric).all(),
                        (found["fvu"][0], metric))
        self.assertEqual(list(found["n_r"][0]), list(expected[f"{group}/leading_dim{suffix}"][0]))

    def test_leaky_networks_give_what_the_oracles_say(self):
        for name in common.some(("leaky_tanh_flip_flop_s0",), "leaky_tanh_sine_s0",
                                "leaky_softplus_sine_s0"):
            with self.subTest(name), h5py.File(CELLS / f"{name}.h5") as expected:
                convert(CELLS / f"{name}.h5", self.folder / f"{name}.h5")
                found = self.sweep(name, **({"diagnostics": ["gn"]} if common.SOAK else {}))
                self.check(found, expected, "_time_constant")
                if common.SOAK:
                    self.assert_close(found["gn_distance"][0, ALPHAS.index(0.9), 1:],
                                      expected["expected/gn_distance_time_constant"][0, 1:],
                                      rtol=1e-7)
                for ours, theirs in (("removed_mass", "removed_mass"),
                                     ("coupling_mass", "sector_mass")):
                    values = expected[f"expected/{theirs}_time_constant"][0]
                    self.assert_close(found[ours][0], values, atol=1e-10, what=ours)
                self.assertEqual(list(found["activation"]), [expected.attrs["activation"]])

    def test_a_relu_network_is_balanced_before_it_is_taken_apart(self):
        name = "leaky_relu_flip_flop_s0"
        convert(CELLS / f"{name}.h5", self.folder / f"{name}.h5")
        with h5py.File(CELLS / f"{name}.h5") as expected:
            self.check(self.sweep(name), expected, "", "expected_gauge")

    def sweep_form(self, name, label, **keys):
        study = common.write_study(self.folder / f"study_{name}_{label}.cfg", alphas=ALPHAS,
                                   models=[{"file": f"{name}.h5", **keys}])
        return self.run_study(study)

    def test_modes_can_be_ordered_without_the_leak(self):
        for name in common.some(("leaky_softplus_sine_s0",), "leaky_tanh_flip_flop_s0"):
            with self.subTest(name), h5py.File(CELLS / f"{name}.h5") as expected:
                convert(CELLS / f"{name}.h5", self.folder / f"{name}.h5")
                found = self.sweep_form(name, "recurrent", order="recurrent")
                self.check(found, expected, "")
                self.assertEqual(list(found["order"]), ["recurrent"])

    def test_relu_units_can_be_left_as_they_are(self):
        name = "leaky_relu_flip_flop_s0"
        convert(CELLS / f"{name}.h5", self.folder / f"{name}.h5")
        with h5py.File(CELLS / f"{name}.h5") as expected:
            found = self.sweep_form(name, "stored", gauge="stored")
            self.check(found, expected, "_time_constant")
            self.assertEqual(list(found["gauge"]), [0])
            both = self.sweep_form(name, "both", gauge="stored", order="recurrent")
            self.check(both, expected, "")
        self.assertEqual(list(self.sweep(name)["gauge"]), [-1])

    def test_the_tangent_of_a_relu_network_is_that_beside_its_kinks(self):
        """The oracle's predictions are central differences with a step of 1e-5, within which some
        units of this network begin or cease to be active. In long double, differences with steps
        of 1e-6 to 1e-8 and tangents in closed form agree to 1e-12: on the values below."""
        tangents = [0.169553645257, 0.649118474046, 0.633102907712, 0.687069440249, 0.677256253550,
                    0.905497970823, 0.948548628242]
        name = "leaky_relu_flip_flop_s0"
        convert(CELLS / f"{name}.h5", self.folder / f"{name}.h5")
        study = common.write_study(self.folder / "tangents.cfg", alphas=[0.9], diagnostics=["gn"],
                                   models=[{"file": f"{name}.h5", "gauge": "stored",
                                            "order": "recurrent"}])
        found = self.run_study(study)["gn_distance"][0, 0, 1:]
        self.assert_close(found, tangents, rtol=1e-11)
        with h5py.File(CELLS / f"{name}.h5") as expected:
            self.assert_close(found, expected["expected/gn_distance"][0, 1:], rtol=2e-4)

    def test_a_form_that_a_network_has_not_is_refused(self):
        convert(CELLS / "leaky_tanh_sine_s0.h5", self.folder / "tanh.h5")
        study = common.write_study(self.folder / "tanh.cfg", alphas=ALPHAS,
                                   models=[{"file": "tanh.h5", "gauge": "balanced"}])
        run = self.expect(3, common.schursweep("run", study))
        self.assertIn("gauge is 'balanced', expected units of relu", run.stderr)

    def test_another_order_or_form_is_another_study(self):
        name = "leaky_relu_flip_flop_s0"
        convert(CELLS / f"{name}.h5", self.folder / "other.h5")
        for keys, code, message in (
                ({}, 0, ""),
                ({"order": "recurrent"}, 5, "order of modes of model 'other.h5' on task"),
                ({"gauge": "stored"}, 5, "has no model 'other.h5' on task 'flip_flop' in gauge 0")):
            study = common.write_study(self.folder / "other_form.cfg", alphas=ALPHAS,
                                       models=[{"file": "other.h5", **keys}])
            run = self.expect(code, common.schursweep("run", "-q", study))
            self.assertIn(message, run.stderr)

    def test_scales_and_order_of_relu_units_change_nothing(self):
        random = np.random.default_rng(1)
        for name in common.some(("leaky_relu_flip_flop_s0",), "leaky_relu_sine_s0"):
            with self.subTest(name):
                convert(CELLS / f"{name}.h5", self.folder / f"{name}.h5")
                change = scaled(np.exp(random.normal(size=64)), random.permutation(64))
                convert(CELLS / f"{name}.h5", self.folder / f"{name}_moved.h5", change)
                found, moved = self.sweep_both(name, f"{name}_moved")
                self.assertEqual(list(found["n_r"][0]), list(moved["n_r"][0]))
                for value in VALUES:
                    limit = np.where(found["fvu"][0] > 100, 1e-6, 1e-9)
                    difference = np.abs(found[value][0] - moved[value][0])
                    self.assertTrue((difference <= limit * np.abs(found[value][0]) + 1e-12).all(),
                                    (value, found[value][0], moved[value][0]))

    def test_signs_and_order_of_tanh_units_change_nothing(self):
        random = np.random.default_rng(2)
        for form in ("rate", "current"):
            with self.subTest(form):
                source = CELLS / "leaky_tanh_sine_s0.h5"
                convert(source, self.folder / f"{form}.h5", leak_form=form)
                change = scaled(random.choice([-1.0, 1.0], 64), random.permutation(64))
                convert(source, self.folder / f"{form}_moved.h5", change, leak_form=form)
                found, moved = self.sweep_both(form, f"{form}_moved")
                self.assertEqual(list(found["n_r"][0]), list(moved["n_r"][0]))
                for value in VALUES:
                    self.assert_close(found[value], moved[value], rtol=1e-9, atol=1e-12, what=value)

    def add_initial_states(self, name, values):
        with h5py.File(self.folder / f"{name}.h5", "a") as file:
            file["trials/h0"] = values

    def test_each_trial_may_have_an_initial_state_of_its_own(self):
        """The states of step 8 of a network are where a sweep without these steps begins."""
        name = "leaky_tanh_sine_s0"
        convert(CELLS / f"{name}.h5", self.folder / "whole.h5")
        with h5py.File(self.folder / "whole.h5", "a") as file:
            weights = {key: file[key][()] for key in ("weight_hh", "weight_ih", "bias_h")}
            h = np.zeros((file["trials/inputs"].shape[1], 64))
            for x in file["trials/inputs"][:8]:
                h = 0.8 * h + 0.2 * np.tanh(h @ weights["weight_hh"].T
                                            + x @ weights["weight_ih"].T + weights["bias_h"])
            file["trials/mask"][:8] = 0
        convert(CELLS / f"{name}.h5", self.folder / "rest.h5")
        with h5py.File(self.folder / "rest.h5", "a") as file:
            for key in ("inputs", "targets", "mask"):
                values = file[f"trials/{key}"][8:]
                del file[f"trials/{key}"]
                file[f"trials/{key}"] = values
        self.add_initial_states("rest", h)
        whole, rest = self.sweep("whole"), self.sweep("rest")
        self.assert_close(rest["fvu"][0, :, 0], whole["fvu"][0, :, 0], rtol=1e-12)

    def test_initial_states_of_relu_units_are_scaled_with_them(self):
        random = np.random.default_rng(5)
        name = "leaky_relu_flip_flop_s0"
        scales, order = np.exp(random.normal(size=64)), random.permutation(64)
        states = random.random((128, 64))
        convert(CELLS / f"{name}.h5", self.folder / "begun.h5")
        convert(CELLS / f"{name}.h5", self.folder / "begun_moved.h5", scaled(scales, order))
        self.add_initial_states("begun", states)
        self.add_initial_states("begun_moved", (states * scales)[:, order])
        begun, moved = self.sweep_both("begun", "begun_moved")
        for value in VALUES:
            self.assert_close(moved[value], begun[value], rtol=1e-9, atol=1e-12, what=value)

    def test_initial_states_of_another_width_are_refused(self):
        convert(CELLS / "leaky_tanh_sine_s0.h5", self.folder / "wide.h5")
        self.add_initial_states("wide", np.zeros((128, 63)))
        study = common.write_study(
            self.folder / "study_wide.cfg", models=[{"file": "wide.h5"}], alphas=ALPHAS)
        run = self.expect(3, common.schursweep("run", study))
        self.assertIn("has 64 units, the initial states of task 'own' have 63", run.stderr)

    def test_a_leak_of_1_is_none_to_the_bit(self):
        source = common.ORACLES / "sine_s0.h5"
        with h5py.File(source) as old:
            for name in ("none", "one"):
                with h5py.File(self.folder / f"{name}.h5", "w") as new:
                    for key in ("weight_hh", "weight_ih", "weight_hy", "trials"):
                        old.copy(key, new)
            with h5py.File(self.folder / "one.h5", "a") as new:
                new.attrs["leak"], new.attrs["activation"] = 1.0, "tanh"
        none, one = self.sweep("none"), self.sweep("one")
        for value in VALUES + ("n_r", "coupling_mass", "alpha_gap", "eigenvalue_re"):
            np.testing.assert_array_equal(none[value], one[value])

    def test_a_team_finds_what_one_rank_finds(self):
        """Also from an initial state of each trial."""
        for name in common.some(("leaky_relu_flip_flop_s0",), "leaky_softplus_sine_s0"):
            with self.subTest(name):
                convert(CELLS / f"{name}.h5", self.folder / f"team_{name}.h5")
                name = f"team_{name}"
                self.add_initial_states(name, np.random.default_rng(6).random((128, 64)))
                alone = self.sweep(name)
                for ranks in common.some((), 2):
                    found = self.sweep(name, ranks=ranks)
                    for value in VALUES + ("n_r", "coupling_mass"):
                        np.testing.assert_array_equal(alone[value], found[value])
                team = self.sweep(name, ranks=3, team=wide.team(50, 1, 2, 32))
                self.assertEqual(list(alone["n_r"][0]), list(team["n_r"][0]))
                for value in VALUES:
                    self.assert_close(team[value], alone[value], rtol=1e-9, atol=1e-12, what=value)

    def test_a_removal_that_lets_outputs_overflow_is_infinitely_far(self):
        """Outputs of this network grow by orders of magnitude in 64 steps: here are 100 times as
        many."""
        name = "leaky_relu_sine_s0"
        convert(CELLS / f"{name}.h5", self.folder / "long.h5")
        with h5py.File(self.folder / "long.h5", "a") as file:
            for key in ("inputs", "targets"):
                values = file[f"trials/{key}"][:, :4]
                del file[f"trials/{key}"]
                file[f"trials/{key}"] = np.tile(values, (100, 1, 1))
            del file["trials/mask"]
        found = self.sweep("long")
        infinite = np.isinf(found["fvu"][0])
        self.assertTrue(infinite.any() and not infinite[:, 0].any())
        self.assertTrue((found["state"] == 1).all())
        for value in ("delta_fvu", "distance", "sensitivity"):
            self.assertTrue(np.isinf(found[value][0][infinite]).all(), value)
        self.assertFalse(np.isnan(found["removed_mass"]).any())
        self.assertEqual(set(found["stabilizer"][0][infinite]), {0})
        for command in (("show",), ("verify",), ("report", "-o", self.folder / "page")):
            self.expect(0, common.schursweep(command[0], self.folder / "study_long_0_0.h5",
                                             *command[1:]))

    def test_a_linear_network_is_swept_with_a_warning(self):
        convert(CELLS / "leaky_tanh_sine_s0.h5", self.folder / "linear.h5", activation="identity")
        self.sweep("linear")
        run = self.expect(0, common.schursweep("report", self.folder / "study_linear_0_0.h5", "-o",
                                               self.folder / "linear_page"))
        self.assertIn("1 linear network (activation identity): couplings are no property", run.stderr)

    def test_what_a_file_asks_for_and_is_not_there_is_refused(self):
        for attributes, message in common.some(
                (({"cell": "gated"}, "cell is 'gated', expected rnn, gru or lstm"),
                 ({"cell": "gru", "leak": 1.0}, "weight_hh is 64 x 64, expected 3 times"),
                 ({"leak": 1.5}, "leak is 1.5, expected"),
                 ({"leak": np.full(64, 0.5)}, "leak is 1, expected one number")),
                ({"activation": "gelu"}, "activation is 'gelu', expected tanh, relu"),
                ({"leak": 0.0}, "leak is 0, expected one number above 0, at most 1"),
                ({"leak_form": "both"}, "leak_form is 'both', expected rate or current")):
            with self.subTest(attributes):
                convert(CELLS / "leaky_tanh_sine_s0.h5", self.folder / "odd.h5", **attributes)
                study = common.write_study(
                    self.folder / "odd.cfg", models=[{"file": "odd.h5"}], alphas=ALPHAS)
                run = self.expect(3, common.schursweep("run", study))
                self.assertIn(message, run.stderr)

    def test_a_study_trains_other_cells(self):
        recipe = {"base": "tail", "steps": 60, "batch": 16, "dtype": "float64"}
        grid = {"task": "flip_flop", "construction": "dense_orthogonal", "hidden": 12, "seeds": 1,
                "recipe": recipe}
        cells = [{}, {"activation": "relu", "leak": 0.5}, {"activation": "softplus"},
                 {"activation": "relu", "leak": 0.5, "leak_form": "current"}]
        study = common.write_study(
            self.folder / "cells.cfg", models=[{**grid, **cell} for cell in cells], alphas=[0.9],
            models_dir=str(self.folder / "kept"))
        (self.folder / "kept").mkdir()
        found = self.run_study(study)
        self.assertEqual(sorted(found["activation"]), ["relu", "relu", "softplus", "tanh"])
        self.assertEqual(len(set(found["model_identity"])), 4)
        self.assertTrue((found["state"] == 1).all())
        files = sorted((self.folder / "kept").glob("*.h5"))
        self.assertEqual(sum("-relu-leaky-n12" in file.name for file in files), 2)
        read = set()
        for file in files:
            with h5py.File(file) as model:
                losses = model["loss_history"][()]
                self.assertLess(losses[-10:].mean(), losses[:10].mean(), file.name)
                read.add((common.text(model.attrs["activation"]), float(model.attrs["leak"]),
                          common.text(model.attrs["leak_form"])))
        self.assertEqual(read, {("tanh", 1, "rate"), ("relu", 0.5, "rate"),
                                ("softplus", 1, "rate"), ("relu", 0.5, "current")})

    def test_a_wrong_cell_of_a_study_is_told_with_its_line(self):
        grid = {"task": "sine", "construction": "dense_orthogonal", "hidden": 8}
        for keys, message in (({"activation": "rleu"}, "unknown activation 'rleu', did you mean 'relu'?"),
                              ({"leak": 1.5}, "leak is 1.5, expected"),
                              ({"leak_form": "both"}, "unknown leak_form 'both', expected one of: rate")):
            with self.subTest(keys):
                study = common.write_study(
                    self.folder / "wrong.cfg", models=[{**grid, **keys}], alphas=[0.9])
                self.assertIn(message, self.expect(3, common.schursweep("plan", study)).stderr)


if __name__ == "__main__":
    common.main()
