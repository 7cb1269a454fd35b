"""The corners of the definitions: ties, thresholds met exactly, no spectrum at all, and built-in
tasks whose trials are known without their random numbers."""
import numpy as np

import common
import models
import reference

ALPHAS = [0.5, 1.0]
THRESHOLD = 0.5 - reference.TIE  # at alpha 0.5, with rho 1
REAL = ("fvu", "delta_fvu", "distance", "removed_mass", "sensitivity")


def triangular(*diagonal):
    """Its Schur form is itself, so that the order of ties is known."""
    size = len(diagonal)
    above = np.arange(1.0, size * size + 1).reshape(size, size) / (size * size)
    return np.diag(diagonal) + np.triu(above, 1)


MATRICES = {
    "at_threshold": triangular(1.0, THRESHOLD, 0.25),
    "below_threshold": triangular(1.0, np.nextafter(THRESHOLD, 0), 0.25),
    # The middle one is below the threshold, but ties with the next, which is not.
    "prefix": triangular(1.0, THRESHOLD * (1 - 3e-11), THRESHOLD * (1 + 3e-11), 0.1),
    "tied": triangular(0.7, -0.7, 0.7, 0.3, -0.3),
    "unsorted": triangular(0.1, 0.4, -0.8, 0.2, 0.9),
    "jordan": triangular(0.9, 0.9, 0.9),
    "nilpotent": triangular(0.0, 0.0, 0.0, 0.0),
    "zero": np.zeros((3, 3)),
}
N_R = {  # by hand, at alpha 0.5 and 1
    "at_threshold": [2, 1],
    "below_threshold": [1, 1],
    "prefix": [3, 1],
    "tied": [3, 3],
    "unsorted": [2, 1],
    "jordan": [3, 3],
    "nilpotent": [4, 4],
    "zero": [3, 3],
}


class Spectra(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.networks = {}
        for seed, (name, weight_hh) in enumerate(MATRICES.items()):
            model = models.network(seed, len(weight_hh))
            model.weight_hh = weight_hh
            cls.networks[name] = model, models.trials_for(model, seed)
            common.write_model(cls.folder / "m" / f"{name}.h5", *cls.networks[name])
        study = common.write_study(
            cls.folder / "spectra.cfg", models=[{"file": "m/*.h5"}], alphas=ALPHAS
        )
        cls.results = cls().run_study(study)

    def test_every_value_agrees_with_the_reference(self):
        for name, (model, trials) in self.networks.items():
            case = common.case_of(self.results, f"m/{name}.h5")
            expected = reference.sweep(model, trials, ALPHAS)
            for variable in REAL + ("spectral_radius", "modulus_gap", "alpha_gap", "coupling_mass"):
                with self.subTest(name, variable=variable):
                    found = self.results[variable][case]
                    self.assert_close(found, expected[variable], 1e-10, 1e-12)
            with self.subTest(name, variable="nonnormality squared"):
                found = self.results["nonnormality"][case]
                self.assert_close(found**2, expected["nonnormality"] ** 2, atol=1e-13)

    def test_n_r_is_that_of_the_definition(self):
        for name, expected in N_R.items():
            with self.subTest(name):
                case = common.case_of(self.results, f"m/{name}.h5")
                self.assertEqual(list(self.results["n_r"][case]), expected)

    def test_an_orthogonal_matrix_lies_in_r_at_every_threshold(self):
        model = models.network(99, 9)
        model.weight_hh = 0.8 * np.linalg.qr(model.weight_hh)[0]
        trials = models.trials_for(model, 99)
        common.write_model(self.folder / "orthogonal.h5", model, trials)
        study = common.write_study(
            self.folder / "one.cfg", models=[{"file": "orthogonal.h5"}], alphas=ALPHAS
        )
        results = self.run_study(study)
        full = reference.sweep(model, trials, [1.0], ["none"])["fvu"][0, 0]
        self.assertTrue((results["n_r"] == 9).all())
        self.assert_close(results["fvu"], np.full((1, 2, 8), full), 1e-10)
        self.assert_close(results["removed_mass"], np.zeros((1, 2, 8)), atol=1e-14)
        self.assert_close(results["nonnormality"], [0], atol=1e-14)

    def test_a_zero_answer_counts_as_wrong(self):
        """The first output is always 0 and never right; a target of 0 would have no answer."""
        model = models.network(20, 7)
        model.weight_hy[0] = 0
        trials = models.trials_for(model, 20, metric="accuracy")
        common.write_model(self.folder / "zeros.h5", model, trials)
        study = common.write_study(
            self.folder / "zero_answers.cfg", models=[{"file": "zeros.h5"}], alphas=[0.9]
        )
        found = self.run_study(study)["accuracy"][0]
        self.assert_close(found, reference.sweep(model, trials, [0.9])["accuracy"])
        self.assertLess(found.max(), 0.51)
        trials.targets[:, ::3, 1] = 0
        common.write_model(self.folder / "zeros.h5", model, trials)
        told = common.schursweep("run", "-q", "--fresh", study)
        self.assertIn("targets[0, 0, 1] is 0, expected a sign", self.expect(3, told).stderr)

    def test_the_stabilizer_verdict_obeys_epsilon(self):
        model = models.network(21, 14)
        trials = models.trials_for(model, 21)
        common.write_model(self.folder / "epsilon.h5", model, trials)
        distances = np.sort(reference.sweep(model, trials, [0.7])["distance"][0])
        epsilon = float(distances[3:5].mean())  # between two of them
        study = common.write_study(
            self.folder / "verdict.cfg",
            models=[{"file": "epsilon.h5"}],
            alphas=[0.7],
            epsilon=epsilon,
        )
        results = self.run_study(study)
        self.assertEqual(int(results["stabilizer"].sum()), 4)
        self.assertTrue(((results["distance"] <= epsilon) == results["stabilizer"]).all())

    def test_models_are_named_as_the_study_writes_them_and_unknown_labels_are_marked(self):
        for name in ("b", "a", "c"):
            model = models.network(ord(name), 4)
            known = {"construction": "lab", "seed": 7, "task": "mine"} if name == "c" else None
            path = self.folder / "lab" / f"{name}.h5"
            common.write_model(path, model, models.trials_for(model, 1), known)
        whole = str(self.folder / "lab" / "b.h5")
        study = common.write_study(
            self.folder / "labels.cfg",
            models=[{"file": whole}, {"file": "lab/[ac].h5"}, {"file": "lab/a.h5"}],
            alphas=[0.9],
        )
        results = self.run_study(study)
        self.assertEqual(list(results["model"]), [whole, "lab/a.h5", "lab/c.h5"])
        self.assertEqual(list(results["task"]), ["own", "own", "mine"])
        self.assertEqual(list(results["construction"]), ["", "", "lab"])
        self.assertEqual(list(results["seed"]), [-1, -1, 7])

    def test_a_model_has_no_eigenvalues_beyond_its_width(self):
        for hidden in (3, 8):
            model = models.network(hidden, hidden)
            path = self.folder / "widths" / f"m{hidden}.h5"
            common.write_model(path, model, models.trials_for(model, 1))
        study = common.write_study(self.folder / "widths.cfg", models=[{"file": "widths/*.h5"}])
        results = self.run_study(study)
        missing = np.isnan(results["eigenvalue_re"])
        self.assertEqual(missing.sum(axis=1).tolist(), [5, 0])
        self.assertTrue(missing[0, 3:].all())
        self.assertTrue((missing == np.isnan(results["eigenvalue_im"])).all())


class BuiltInTasks(common.TestCase):
    """Networks without biases are odd functions of their input, so that a random sign common to a
    whole trial leaves every squared error as it is."""

    def sweep(self, name, model, tasks, **keys):
        common.write_model(self.folder / f"{name}-model.h5", model, None, {"task": tasks[0]["name"]})
        study = common.write_study(
            self.folder / f"{name}.cfg",
            models=[{"file": f"{name}-model.h5"}],
            tasks=tasks,
            alphas=[0.7],
            **keys,
        )
        return self.run_study(study)

    def check_ratios(self, results, expected):
        """Of the squared errors: the variance of the targets hangs on the random signs."""
        found = results["fvu"][0] / results["fvu"][0, 0, 0]
        self.assert_close(found, expected["fvu"] / expected["fvu"][0, 0], 1e-10)

    def test_sine_of_one_frequency_has_no_random_part(self):
        model = models.network(30, 12, n_in=1, n_out=1)
        task = {"name": "sine", "steps": 23, "frequencies": 1, "trials": 3}
        results = self.sweep("sine", model, [task])
        inputs = np.full((23, 3, 1), 0.25)
        targets = np.repeat(np.sin(0.1 * np.arange(23)), 3).reshape(23, 3, 1)
        expected = reference.sweep(model, reference.Trials(inputs, targets), [0.7])
        self.assert_close(results["fvu"][0], expected["fvu"], 1e-10)
        self.assertTrue(np.isnan(results["accuracy"]).all())

    def test_copy_of_one_bit(self):
        """The word stands in the first step, which does not count; then it is asked for."""
        model = models.network(31, 12, n_in=1, n_out=1)
        model.weight_hy *= np.sign(reference.rollout(model, model.weight_hh, np.ones((1, 1, 1))))[0]
        task = {"name": "copy", "symbols": 1, "bits": 1, "replay": 9, "trials": 16}
        results = self.sweep("copy", model, [task])
        inputs = np.zeros((10, 2, 1))
        inputs[0] = [[1], [-1]]
        targets = np.repeat(inputs[:1], 10, axis=0)
        mask = np.ones((10, 2))
        mask[0] = 0
        trials = reference.Trials(inputs, targets, mask, "accuracy")
        expected = reference.sweep(model, trials, [0.7])
        self.check_ratios(results, expected)
        self.assert_close(results["accuracy"][0], expected["accuracy"])
        self.assertGreater(len(set(expected["accuracy"][0])), 1)

    def test_flip_flop_of_the_forced_first_pulse(self):
        model = models.network(32, 12, n_in=1, n_out=1)
        task = {"name": "flip_flop", "steps": 11, "pulse": 0, "bits": 1, "trials": 8}
        results = self.sweep("flip_flop", model, [task])
        inputs = np.zeros((11, 2, 1))
        inputs[0] = [[1], [-1]]
        targets = np.repeat(inputs[:1], 11, axis=0)
        self.check_ratios(results, reference.sweep(model, reference.Trials(inputs, targets), [0.7]))

    def test_context_integration_asks_for_the_sum_of_one_of_two_streams(self):
        """gain/2 times the sum of both leaves half of the variance, the streams being alike."""
        small, gain = 1e-6, 3.0
        network = reference.Model(
            np.eye(1), np.array([[small, small, 0, 0]]), np.array([[gain / 2 / small]])
        )
        task = {"name": "context_integration", "steps": 12, "trials": 4000, "gain": gain}
        fvu = self.sweep("context", network, [task])["fvu"]
        self.assert_close(fvu, np.full((1, 1, 8), 0.5), atol=0.05)

    def test_all_models_meet_the_trials_of_the_study_seed(self):
        model = models.network(34, 6, n_in=3, n_out=3)
        for name in ("one", "two"):
            path = self.folder / "same" / f"{name}.h5"
            common.write_model(path, model, None, {"task": "flip_flop"})
        fvu = []
        for seed in (1, 2):
            study = common.write_study(
                self.folder / f"seed{seed}.cfg",
                models=[{"file": "same/*.h5"}],
                alphas=[0.9],
                seed=seed,
            )
            fvu.append(self.run_study(study)["fvu"])
        self.assertEqual(fvu[0][0].tobytes(), fvu[0][1].tobytes())
        self.assertTrue((fvu[0] != fvu[1]).all())

    def test_own_trials_and_the_built_in_task_are_two_cases(self):
        model = models.network(35, 6, n_in=1, n_out=1)
        own = models.trials_for(model, 35)
        common.write_model(self.folder / "both.h5", model, own, {"task": "sine"})
        for name, tasks in (("own_first", ["own", "sine"]), ("own_last", ["sine", "own"])):
            with self.subTest(name):
                study = common.write_study(
                    self.folder / f"{name}.cfg",
                    models=[{"file": "both.h5", "evaluate_on": tasks}],
                    alphas=[0.9],
                )
                results = self.run_study(study)
                self.assertEqual(len(set(results["task"])), 2, results["task"])
                expected = reference.sweep(model, own, [0.9])["fvu"]
                self.assert_close(results["fvu"][tasks.index("own")], expected, 1e-10)


if __name__ == "__main__":
    common.main()
