"""The networks in tests/data: their files hold what an independent program found on them."""
import unittest

import h5py
import numpy as np

import common
import reference

NAMES = [path.name for path in sorted(common.ORACLES.glob("*_s0.h5"))]
# What those files called variables that have other names now.
RENAMED = {"leading_dim": "n_r", "sector_mass": "coupling_mass"}
ALPHAS = [0.85, 0.90, 0.95]
deviations = common.Deviations()


def setUpModule():
    unittest.addModuleCleanup(deviations.report)


def read_oracle(name):
    """The group /expected and whether its metric is accuracy."""
    with h5py.File(common.ORACLES / name, "r") as file:
        expected = {RENAMED.get(key, key): common.decode(item[()])
                    for key, item in file["expected"].items()}
        expected["spectral_radius"] = file["expected"].attrs["spectral_radius"]
        return expected, file["trials"].attrs["metric"] == "accuracy"


def read_network(name):
    with h5py.File(common.ORACLES / name, "r") as file:
        weights = [file[key][()] for key in ("weight_hh", "weight_ih", "weight_hy")]
        trials = [file["trials"][key][()] for key in ("inputs", "targets", "mask")]
        metric = file["trials"].attrs["metric"]
    return reference.Model(*weights), reference.Trials(*trials, metric)


class Oracles(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        study = common.write_study(
            cls.folder / "oracles.cfg",
            models=[{"file": common.ORACLES / "*_s0.h5"}],
            alphas=ALPHAS,
        )
        cls.results = cls().run_study(study)

    def test_there_are_oracles_of_every_task(self):
        self.assertEqual(len(NAMES), 8)
        tasks = {"copy", "flip_flop", "sine", "context_integration"}
        self.assertEqual(set(self.results["task"]), tasks)

    def each(self):
        """(case, expected, is accuracy) of every network."""
        for name in NAMES:
            case = common.case_of(self.results, str(common.ORACLES / name))
            yield case, *read_oracle(name)

    def test_labels_are_in_the_order_of_the_oracles(self):
        for _, expected, _ in self.each():
            self.assertEqual(list(expected["ablation"]), list(self.results["ablation"]))
            self.assertEqual(list(expected["alpha"]), list(self.results["alpha"]))

    def test_fvu(self):
        for case, expected, is_accuracy in self.each():
            if not is_accuracy:
                found = self.results["fvu"][case]
                deviations.note("fvu, relative", found, expected["metric"], True)
                what = self.results["model"][case]
                self.assert_close(found, expected["metric"], rtol=1e-10, what=what)
                self.assertTrue(np.isnan(self.results["accuracy"][case]).all())

    def test_accuracy(self):
        for case, expected, is_accuracy in self.each():
            if is_accuracy:
                found = self.results["accuracy"][case]
                deviations.note("accuracy", found, expected["metric"], False)
                what = self.results["model"][case]
                self.assert_close(found, expected["metric"], atol=1e-4, what=what)

    def test_spectral_values(self):
        """Not of the Cayley network: its moduli are equal, so its order is not unique."""
        for case, expected, _ in self.each():
            for name in ("removed_mass", "coupling_mass", "spectral_radius"):
                found = self.results[name][case]
                if self.results["construction"][case] != "cayley":
                    deviations.note(name, found, expected[name], False)
                    what = f"{name} of {self.results['model'][case]}"
                    self.assert_close(found, expected[name], atol=1e-10, what=what)
            self.assertEqual(list(self.results["n_r"][case]), list(expected["n_r"]))

    def test_the_reference_agrees_with_the_oracles(self):
        """It judges the program in the other tests, so it is judged here."""
        for name in ("sine_s0.h5", "flipflop_s0.h5"):
            expected, _ = read_oracle(name)
            found = reference.sweep(*read_network(name), ALPHAS)
            self.assert_close(found["fvu"], expected["metric"], rtol=1e-10)
            self.assert_close(found["removed_mass"], expected["removed_mass"], atol=1e-10)
            self.assertEqual(list(found["n_r"]), list(expected["n_r"]))


class TrainedNetworksOnTheirTask(common.TestCase):
    """Without their own trials, the built-in task that the attribute names: they solve it."""

    def test_full_networks_solve_the_built_in_tasks(self):
        for name in NAMES:
            with h5py.File(common.ORACLES / name, "r") as source:
                with h5py.File(self.folder / name, "w") as copy:
                    for key in ("weight_hh", "weight_ih", "weight_hy"):
                        source.copy(key, copy)
                    copy.attrs["task"] = source.attrs["task"]
        study = common.write_study(
            self.folder / "built_in.cfg",
            models=[{"file": "*_s0.h5"}],
            alphas=[0.9],
            ablations=["none"],
        )
        results = self.run_study(study)
        fvu, accuracy = results["fvu"][:, 0, 0], results["accuracy"][:, 0, 0]
        limits = {"flip_flop": 0.01, "sine": 0.03, "context_integration": 0.05}
        for case, task in enumerate(results["task"]):
            with self.subTest(results["model"][case], fvu=fvu[case], accuracy=accuracy[case]):
                if task == "copy":
                    self.assertGreater(accuracy[case], 0.9)
                else:
                    self.assertLess(fvu[case], limits[task])
                    self.assertGreater(fvu[case], 0.0)


if __name__ == "__main__":
    common.main()
