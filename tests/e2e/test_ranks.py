"""The same bits on any number of ranks, in two runs, and after a kill in the middle."""
import random
import time

import numpy as np

import common
import models

TIMES = {"seconds", "train_seconds"}  # the only values that may differ


class Ranks(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed in range(6):
            model = models.network(seed, 20 + 7 * seed)
            trials = models.trials_for(model, seed, steps=40, count=200)
            common.write_model(cls.folder / f"m{seed}.h5", model, trials)
        cls.study = common.write_study(
            cls.folder / "study.cfg",
            models=[
                {"file": "m?.h5"},
                {"task": "copy", "construction": ["dense_orthogonal", "cayley"], "hidden": 24,
                 "seeds": "0..1", "recipe": {"steps": 60}},
            ],
            tasks=[{"name": "copy", "trials": 32}])
        cls.expected = cls().sweep("first", 0, models_dir="models")

    def sweep(self, name, ranks, models_dir=None):
        path = self.folder / f"{name}.h5"
        study = self.study
        if models_dir is not None:
            study = self.folder / f"{name}.cfg"
            study.write_text(self.study.read_text() + f'models_dir = "{models_dir}";\n')
        self.expect(common.COMPLETE,
                    common.schursweep("run", "-q", "-o", path, study, ranks=ranks))
        return common.read_results(path)

    def assert_same_bits(self, found, what):
        self.assertEqual(set(found), set(self.expected))
        for name in set(found) - TIMES:
            same = found[name].tobytes() == self.expected[name].tobytes()
            self.assertTrue(same, f"{name} differs: {what}")

    def test_one_two_three_and_five_ranks(self):
        for ranks in (1, 2, 3, 5):
            with self.subTest(ranks=ranks):
                found = self.sweep(f"ranks{ranks}", ranks, models_dir=f"models{ranks}")
                self.assert_same_bits(found, f"{ranks} ranks")

    def test_a_second_run_with_the_same_models(self):
        self.assert_same_bits(self.sweep("again", 3), "a second run")

    def test_a_run_that_was_killed_and_resumed(self):
        draw = random.Random(7)
        for attempt in range(5):
            with self.subTest(attempt=attempt):
                name, ranks = f"kill{attempt}", draw.choice((2, 3))
                path = self.folder / f"{name}.h5"
                study = self.folder / f"{name}.cfg"
                study.write_text(self.study.read_text() + f'models_dir = "models-{name}";\n')
                job = common.Job(["run", "-q", "-o", path, study], ranks=ranks)
                time.sleep(draw.uniform(0.4, 1.6))
                job.kill()
                self.expect(common.COMPLETE, common.schursweep(
                    "run", "-q", "-o", path, study, ranks=draw.choice((0, 1, 2, 4))))
                self.assert_same_bits(common.read_results(path), name)

    def test_models_are_trained_once(self):
        before = {p: p.stat().st_mtime_ns for p in (self.folder / "models").iterdir()}
        self.assertEqual(len(before), 4)
        self.sweep("kept", 2)
        after = {p: p.stat().st_mtime_ns for p in (self.folder / "models").iterdir()}
        self.assertEqual(before, after)

    def test_the_order_of_the_entries_is_that_of_the_study(self):
        self.assertEqual([str(m) for m in self.expected["model"][:6]],
                         [f"m{seed}.h5" for seed in range(6)])
        self.assertEqual(list(self.expected["construction"][6:]),
                         ["dense_orthogonal"] * 2 + ["cayley"] * 2)
        self.assertTrue(np.array_equal(self.expected["seed"][6:], [0, 1, 0, 1]))


if __name__ == "__main__":
    common.main()
