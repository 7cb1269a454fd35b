"""Every kind of input that a model file may hold, against the independent implementation."""
import unittest

import numpy as np
import scipy.optimize

import common
import models
import reference

ALPHAS = [0.5, 0.85, 0.9, 0.95, 1.0]
REAL = ("fvu", "delta_fvu", "accuracy", "distance", "removed_mass", "sensitivity")
deviations = common.Deviations()


def setUpModule():
    unittest.addModuleCleanup(deviations.report)


def distance_of_multisets(found, expected):
    """Largest distance within pairs, paired so that their sum is smallest."""
    distances = np.abs(found[:, None] - expected[None, :])
    return distances[scipy.optimize.linear_sum_assignment(distances)].max()


class Features(common.TestCase):
    def check(self, results, case, expected, rtol=1e-10, atol=1e-12):
        for name in REAL:
            deviations.note(name, results[name][case], expected[name], False)
            self.assert_close(results[name][case], expected[name], rtol, atol, name)
        self.assertTrue((results["stabilizer"][case] == expected["stabilizer"]).all())
        self.assertTrue((results["state"][case] == common.DONE).all())

    def check_spectrum(self, results, case, expected, hidden):
        for name in ("spectral_radius", "nonnormality", "modulus_gap", "alpha_gap", "coupling_mass"):
            deviations.note(name, results[name][case], expected[name], False)
            self.assert_close(results[name][case], expected[name], 1e-10, 1e-12, name)
        self.assertEqual(list(results["n_r"][case]), list(expected["n_r"]))
        self.assertLess(results["schur_residual"][case], 1e-12)
        self.assertLess(results["orthogonality_loss"][case], 1e-12)
        found = results["eigenvalue_re"][case] + 1j * results["eigenvalue_im"][case]
        self.assertTrue(np.isnan(found[hidden:]).all())
        moduli = np.abs(found[:hidden])
        self.assertTrue((np.diff(moduli) <= reference.TIE * moduli[0]).all())
        self.assertLess(distance_of_multisets(found[:hidden], expected["eigenvalues"]), 1e-11)

    def run_one(self, name, model, trials, study_keys=None, **storage):
        common.write_model(self.folder / f"{name}.h5", model, trials, **storage)
        study = common.write_study(self.folder / f"{name}.cfg", models=[{"file": f"{name}.h5"}],
                                   alphas=ALPHAS, output=f"{name}-results.h5",
                                   **(study_keys or {}))
        self.expect(common.COMPLETE, common.schursweep("run", "-q", study))
        return common.read_results(self.folder / f"{name}-results.h5")

    def test_widths_with_all_spectral_values(self):
        for hidden in (1, 2, 3, 17, 40):
            with self.subTest(hidden=hidden):
                model = models.network(hidden, hidden)
                trials = models.trials_for(model, hidden)
                results = self.run_one(f"width{hidden}", model, trials)
                expected = reference.sweep(model, trials, ALPHAS)
                self.check(results, 0, expected)
                self.check_spectrum(results, 0, expected, hidden)

    def test_ablations_of_the_test_networks_differ(self):
        model = models.network(17, 17)
        expected = reference.sweep(model, models.trials_for(model, 17), [0.9])
        values = np.sort(expected["fvu"][0])
        self.assertGreater(np.diff(values).min(), 1e-4 * values[0])

    def test_biases_and_initial_state(self):
        model = models.network(1, 24, biases=True)
        trials = models.trials_for(model, 1)
        self.check(self.run_one("biases", model, trials), 0,
                   reference.sweep(model, trials, ALPHAS))

    def test_float32_weights(self):
        model = models.single(models.network(2, 24, biases=True))
        trials = models.trials_for(model, 2)
        trials.inputs = trials.inputs.astype("f4").astype(float)
        trials.targets = trials.targets.astype("f4").astype(float)
        self.check(self.run_one("float32", model, trials, dtype="<f4"), 0,
                   reference.sweep(model, trials, ALPHAS))

    def test_chunked_and_compressed_inputs(self):
        model = models.network(3, 24)
        trials = models.trials_for(model, 3, masked=True)
        results = self.run_one("chunked", model, trials, compression="gzip", shuffle=True,
                               chunks=True)
        self.check(results, 0, reference.sweep(model, trials, ALPHAS))

    def test_big_endian_inputs(self):
        model = models.network(4, 12)
        trials = models.trials_for(model, 4)
        self.check(self.run_one("big", model, trials, dtype=">f8"), 0,
                   reference.sweep(model, trials, ALPHAS))

    def test_masked_trials_with_either_metric(self):
        for metric in ("fvu", "accuracy"):
            with self.subTest(metric):
                model = models.network(5, 24)
                trials = models.trials_for(model, 5, masked=True, metric=metric)
                results = self.run_one(f"masked-{metric}", model, trials)
                self.check(results, 0, reference.sweep(model, trials, ALPHAS))

    def test_more_trials_than_a_tile(self):
        model = models.network(6, 10)
        trials = models.trials_for(model, 6, steps=7, count=300)
        self.check(self.run_one("tiles", model, trials), 0,
                   reference.sweep(model, trials, ALPHAS))

    def test_single_precision(self):
        model = models.network(7, 24, biases=True)
        trials = models.trials_for(model, 7)
        results = self.run_one("single", model, trials, {"precision": "float32"})
        expected = reference.sweep(model, trials, ALPHAS)
        self.assert_close(results["fvu"][0], expected["fvu"], rtol=1e-5)
        self.assertFalse(np.array_equal(results["fvu"][0], expected["fvu"]))
        self.assert_close(results["removed_mass"][0], expected["removed_mass"], 1e-9, 1e-12)

    def test_one_model_on_two_tasks(self):
        model = models.network(8, 24)
        own, mine = models.trials_for(model, 8), models.trials_for(model, 9, steps=11)
        common.write_model(self.folder / "two.h5", model, own, {"task": "sine"})
        common.write_trials_file(self.folder / "mine-trials.h5", mine)
        study = common.write_study(
            self.folder / "two.cfg", models=[{"file": "two.h5", "evaluate_on": ["own", "mine"]}],
            tasks=[{"name": "mine", "file": "mine-trials.h5"}], alphas=ALPHAS,
            output="two-results.h5")
        self.expect(common.COMPLETE, common.schursweep("run", "-q", study))
        results = common.read_results(self.folder / "two-results.h5")
        self.assertEqual(list(results["task"]), ["sine", "mine"])
        self.check(results, 0, reference.sweep(model, own, ALPHAS))
        self.check(results, 1, reference.sweep(model, mine, ALPHAS))

    def test_a_range_of_alphas_has_the_labels_that_a_user_types(self):
        model = models.network(10, 6)
        common.write_model(self.folder / "range.h5", model, models.trials_for(model, 10))
        study = common.write_study(self.folder / "range.cfg", models=[{"file": "range.h5"}],
                                   alphas={"from": 0.5, "to": 1.0, "count": 51},
                                   ablations=["CC", "RR"], output="range-results.h5")
        self.expect(common.COMPLETE, common.schursweep("run", "-q", study))
        results = common.read_results(self.folder / "range-results.h5")
        self.assertEqual(list(results["alpha"]), [float(f"{0.5 + 0.01 * i:.2f}") for i in range(51)])
        self.assertEqual(list(results["ablation"]), ["none", "RR", "CC"])

    def test_changed_parameters_of_a_built_in_task(self):
        model = models.network(11, 12, n_in=2, n_out=2)
        common.write_model(self.folder / "bits.h5", model, None, {"task": "flip_flop"})
        task = {"name": "flip_flop", "bits": 2, "trials": 37}
        study = common.write_study(self.folder / "bits.cfg", models=[{"file": "bits.h5"}],
                                   tasks=[task], alphas=[0.9], output="bits-results.h5")
        self.expect(common.COMPLETE, common.schursweep("run", "-q", study))
        results = common.read_results(self.folder / "bits-results.h5")
        self.assertEqual(list(results["task"]), ["flip_flop"])
        self.assertTrue((results["state"] == common.DONE).all())

    def test_plan_foretells_the_rollouts(self):
        model = models.network(12, 24)
        trials = models.trials_for(model, 12)
        results = self.run_one("plan", model, trials)
        plan = common.json.loads(
            self.expect(0, common.schursweep("plan", "--json", self.folder / "plan.cfg")).stdout)
        self.assertEqual(plan["rollouts"], int((results["seconds"] > 0).sum()))
        self.assertEqual(plan["jobs"], results["fvu"].size + len(common.ALWAYS))


if __name__ == "__main__":
    common.main()
