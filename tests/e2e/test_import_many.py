"""Many files of weights in one command: a line for each, failures at the end, nothing replaced."""
import time

import h5py
import numpy as np

import common
import models
from test_import import HIDDEN, ImportCase, state_dict


class Many(ImportCase):
    def setUp(self):
        super().setUp()
        self.root = self.folder / self._testMethodName
        self.models = {}
        for seed in (3, 11, 20):
            model = self.models[seed] = models.network(seed, HIDDEN, biases=True)
            self.save(f"runs/run{seed}/model.npz", model)
        self.trials = self.save_trials(models.trials_for(self.models[3], 3))

    def save(self, name, model, **more):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **state_dict(model), **more)
        return path

    def run_import(self, *options, pattern="runs/*/model.npz", code=0):
        return self.expect(code, common.schursweep("import", self.root / pattern, "-o",
                                                   self.root / "lab", *options))

    def lab(self):
        return sorted(path.name for path in (self.root / "lab").iterdir())

    def test_each_under_its_own_name_with_its_seed(self):
        result = self.run_import("--seed-from", "run([0-9]+)", "--task", "mine")
        names = [f"run{seed}-model.h5" for seed in (11, 20, 3)]
        self.assertEqual(self.lab(), sorted(names))
        lines = result.stdout.splitlines()
        self.assertEqual([line.partition(": ")[0] for line in lines],
                         [str(self.root / "lab" / name) for name in names])
        for seed, model in self.models.items():
            with h5py.File(self.root / "lab" / f"run{seed}-model.h5") as file:
                self.assertEqual(file.attrs["seed"], seed)
                self.assertEqual(common.text(file.attrs["task"]), "mine")
                self.assertTrue((file["weight_hh"][()] == model.weight_hh).all())

    def test_it_may_be_repeated(self):
        self.run_import("--seed-from", "run([0-9]+)")
        before = {name: (self.root / "lab" / name).read_bytes() for name in self.lab()}
        self.save("runs/run4/model.npz", self.models[3])
        result = self.run_import("--seed-from", "run([0-9]+)")
        self.assertEqual(result.stdout.count("there already: "), 3)
        self.assertEqual(len(self.lab()), 4)
        for name, content in before.items():
            self.assertEqual((self.root / "lab" / name).read_bytes(), content)

    def test_what_is_there_and_another_stays_and_is_a_failure(self):
        self.run_import()
        self.save("runs/run3/model.npz", self.models[11])
        result = self.run_import(code=8)
        self.assertIn("failed: ", result.stderr)
        self.assertIn("run3-model.h5 exists and is another model", result.stderr)
        self.assertIn("import: 1 of 3 files were not imported", result.stderr)
        result = self.run_import("--task", "other", code=8)  # a label is no detail
        self.assertIn("import: 3 of 3 files were not imported", result.stderr)
        with h5py.File(self.root / "lab" / "run3-model.h5") as file:
            self.assertTrue((file["weight_hh"][()] == self.models[3].weight_hh).all())

    def test_failures_are_listed_at_the_end_and_hinder_no_other(self):
        self.save("runs/run12/model.npz", self.models[3], scale=np.ones(HIDDEN))
        (self.root / "runs/run2").mkdir()
        (self.root / "runs/run2/model.npz").write_text("version https://git-lfs.github.com/spec/v1\n")
        result = self.run_import(code=8)
        self.assertEqual(len(self.lab()), 3)
        self.assertEqual(result.stdout.count("\n"), 3)
        failed = [line for line in result.stderr.splitlines() if line.startswith("failed: ")]
        self.assertEqual(len(failed), 2)
        self.assertIn("scale (13) is not used", failed[0])
        self.assertIn("git lfs pull", failed[1])
        self.assertTrue(result.stderr.endswith("import: 2 of 5 files were not imported\n"))

    @common.in_the_soak
    def test_a_thousand_in_twenty_seconds(self):
        for seed in range(1000):
            self.save(f"runs/more{seed}/model.npz", self.models[3])
        start = time.monotonic()
        self.run_import("--seed-from", "[a-z]([0-9]+)/", "--trials", self.trials)
        self.assertLess(time.monotonic() - start, 20)
        self.assertEqual(len(self.lab()), 1003)

    def test_a_file_without_a_key_hinders_no_other(self):
        (self.root / "runs/run1").mkdir()
        np.savez(self.root / "runs/run1/model.npz", W_rec=np.ones((2, 2)))
        result = self.run_import("--recurrent", "rnn.weight_hh_l0", code=8)
        self.assertEqual(len(self.lab()), 3)
        self.assertIn("run1/model.npz: no array 'rnn.weight_hh_l0' for --recurrent", result.stderr)

    def test_names_that_do_not_differ_are_refused_before_anything_is_written(self):
        self.save("runs/run3/model.other.npz", self.models[3])
        self.save("runs/run3-model.npz", self.models[3])
        result = self.expect(2, common.schursweep(
            "import", self.root / "runs/run3/model.npz", self.root / "runs/run3-model.npz", "-o",
            self.root / "lab"))
        self.assertIn(" would both be ", result.stderr)
        self.assertFalse((self.root / "lab").exists())
        self.run_import(pattern="runs/run3/*.npz")
        self.assertEqual(self.lab(), ["model.h5", "model.other.h5"])

    def test_the_command_line(self):
        for message, code, options in (
                ("expected a group such as ([0-9]+)", 2, ("--seed-from", "run[0-9]+")),
                ("--seed-from is '(': ", 2, ("--seed-from", "(")),
                ("--seed and --seed-from, expected one", 2, ("--seed-from", "(1)", "--seed", "1")),
                ("its name has nothing for --seed-from 'no([0-9])'", 8, ("--seed-from", "no([0-9])")),
                ("the group of --seed-from is 'run', expected a whole number", 8,
                 ("--seed-from", "/(run)"))):
            self.assertIn(message, self.run_import(*options, code=code).stderr)
        self.assertIn("no such file", self.run_import(pattern="nothing*", code=3).stderr)

    def test_with_trials(self):
        """Of three networks two are others than the trials were made with."""
        result = self.run_import("--trials", self.trials)
        self.assertEqual(result.stdout.count("FVU of the full network"), 3)
        self.assertEqual(result.stderr.count("warning: "), 2)


if __name__ == "__main__":
    common.main()
