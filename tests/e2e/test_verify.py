"""`verify` finds every damaged job and computes jobs of every kind again, bit for bit."""
import contextlib

import h5py
import numpy as np

import common
import interrupted
import models

DAMAGED, USAGE, INPUT, TAKEN, STOPPED = 6, 2, 3, 4, 75
JOBS = 5 * (2 * 8 + len(common.ALWAYS))
GRID = {"task": "sine", "construction": "dense_normal", "hidden": 6, "seeds": "0..1",
        "recipe": {"steps": 20}}


class Verify(common.TestCase):
    """Own trials, a file of trials, a built-in task and trained models in one study."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own, filed, plain = (models.network(seed, 8) for seed in range(3))
        common.write_model(cls.folder / "m" / "own.h5", own, models.trials_for(own, 0))
        common.write_model(cls.folder / "m" / "filed.h5", filed, models.trials_for(filed, 1))
        (cls.folder / "m" / "filed.h5").rename(cls.folder / "trials.h5")
        common.write_model(cls.folder / "m" / "filed.h5", filed, None)
        plain = models.network(2, 8, n_in=3, n_out=3)
        common.write_model(cls.folder / "m" / "plain.h5", plain, None, {"task": "flip_flop"})
        cls.study = common.write_study(
            cls.folder / "study.cfg",
            models=[GRID, {"file": "m/own.h5"}, {"file": "m/filed.h5", "evaluate_on": ["mine"]},
                    {"file": "m/plain.h5"}],
            tasks=[{"name": "mine", "file": "trials.h5"}],
            alphas=[0.5, 0.9], models_dir="trained", output="r.h5")
        cls.path = cls.folder / "r.h5"
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", cls.study, ranks=2))
        cls.whole = cls.path.read_bytes()

    def setUp(self):
        self.path.write_bytes(self.whole)

    def verify(self, code, *options):
        return self.expect(code, common.schursweep("verify", *options, self.path))

    def test_everything_is_found_and_equal(self):
        told = self.verify(0, "--sample", "100%").stdout
        self.assertIn(f"{JOBS} jobs done, 0 failed, 0 pending, 0 damaged", told)
        self.assertIn(f"{JOBS} the same bits, 0 different", told)
        self.assertNotIn("skipped", told)

    def test_float32_too(self):
        text = self.study.read_text()
        study = self.folder / "float32.cfg"
        study.write_text(text.replace("r.h5", "float32.h5") + 'precision = "float32";\n')
        self.expect(common.COMPLETE, common.schursweep("run", "-q", study))
        told = self.expect(0, common.schursweep("verify", "--sample", "1",
                                                self.folder / "float32.h5")).stdout
        self.assertIn(f"{JOBS} the same bits, 0 different", told)

    def test_a_sample_is_repeated_by_its_seed(self):
        told = {self.verify(0, "--sample", "0.3", "--seed", "5").stdout for _ in range(2)}
        self.assertEqual(len(told), 1)
        self.assertIn("--seed 5", told.pop())

    def test_a_flipped_bit_in_every_variable_is_found_and_its_job_alone_run_again(self):
        expected = common.read_results(self.path)
        names = [name for names in interrupted.names_of_values(self.path).values() for name in names
                 if not name.endswith("state")]
        self.assertGreater(len(names), 25)
        for i, name in list(enumerate(names))[::1 if common.SOAK else 6]:
            with h5py.File(self.path, "r+") as file:
                place = (i % 5, 1, 3)[:1 if file[name].ndim == 1 else 3]
                place = tuple(min(at, size - 1) for at, size in zip(place, file[name].shape))
                raw = np.array([file[name][place]])
                raw.view(np.uint8)[0] ^= 1
                file[name][place] = raw[0]
            with self.subTest(name):
                failed = self.verify(DAMAGED, "--sample", "0")
                self.assertIn("1 finished jobs fail their checksum", failed.stderr)
                again = self.expect(0, common.schursweep("run", self.study))
                self.assertIn("warning: 1 finished jobs", again.stderr)
                self.assertIn("\n1 jobs in ", again.stderr)
                self.assert_same_bits(common.read_results(self.path), expected)

    def test_wrong_values_with_a_right_checksum_are_found_by_computing(self):
        """The file of a liar: a job with all its values and its checksum exchanged."""
        text = self.study.read_text()
        model = models.network(7, 8)
        common.write_model(self.folder / "m2" / "own.h5", model, models.trials_for(model, 0))
        lie = self.folder / "lie.cfg"
        lie.write_text(text.replace("m/own.h5", "m2/own.h5").replace('"r.h5"', '"lie.h5"'))
        self.expect(common.COMPLETE, common.schursweep("run", "-q", lie))
        with h5py.File(self.folder / "lie.h5") as false, h5py.File(self.path, "r+") as file:
            for name in ("fvu", "delta_fvu", "accuracy", "distance", "removed_mass",
                         "sensitivity", "stabilizer", "checksum"):
                file[name][2, 1, 2] = false[name][2, 1, 2]
        failed = self.verify(DAMAGED, "--sample", "1")
        self.assertRegex(failed.stderr, r"1 recomputed jobs differ.*own\.h5.*alpha 0.9.*CR")

    def test_what_was_not_checked_is_no_success(self):
        (self.folder / "m" / "own.h5").rename(self.folder / "hidden.h5")
        told = self.verify(INPUT, "--sample", "1")
        self.verify(0, "--sample", "0")  # only checksums were asked for
        (self.folder / "hidden.h5").rename(self.folder / "m" / "own.h5")
        self.assertRegex(told.stdout, "skipped +19: the weights of m/own.h5 were not found")
        self.assertIn(f"19 of {JOBS} jobs were not computed again: the weights of m/own.h5",
                      told.stderr)

    def test_a_file_without_any_result_is_no_success(self):
        with h5py.File(self.path, "r+") as file:
            for name in list(file):
                if name == "state" or name.endswith("_state"):
                    file[name][...] = common.PENDING
        self.assertIn("no job is done yet", self.verify(STOPPED).stderr)

    @contextlib.contextmanager
    def moved(self, place, results):
        """Everything in another folder, the results perhaps in one of their own."""
        names = ("m", "trained", "trials.h5")
        (place / results).parent.mkdir(parents=True)
        self.path.rename(place / results)
        for name in names:
            (self.folder / name).rename(place / name)
        try:
            yield place / results
        finally:
            for name in names:
                (place / name).rename(self.folder / name)
            (place / results).rename(self.path)

    def test_a_study_that_has_moved_is_found_beside_its_results(self):
        for results in ("r.h5", "results/r.h5"):
            place = self.folder / f"moved {len(results)}"
            with self.subTest(results), self.moved(place, results) as path:
                told = self.expect(0, common.schursweep("verify", "--sample", "1", path)).stdout
                self.assertIn(f"{JOBS} the same bits, 0 different", told)
                if not common.SOAK and results != "r.h5":
                    continue
                own = place / "elsewhere"
                own.mkdir()
                (place / "m" / "own.h5").rename(own / "own.h5")  # without the folder it was in
                self.expect(INPUT, common.schursweep("verify", "--sample", "1", path))
                self.expect(0, common.schursweep("verify", "--sample", "1", "--models", own, path))
                (own / "own.h5").rename(place / "m" / "own.h5")

    def test_what_has_changed_is_not_what_is_missing(self):
        for name, dataset in (("m/own.h5", "weight_hh"), ("trials.h5", "trials/inputs")):
            kept = (self.folder / name).read_bytes()
            with h5py.File(self.folder / name, "r+") as file:
                file[dataset][(0,) * file[dataset].ndim] += 0.5
            with self.subTest(name):
                told = self.verify(INPUT, "--sample", "1")
                self.assertRegex(told.stderr, f"{name}: .*(not those that were swept|has changed)")
                self.assertNotIn("not found", told.stderr)
            (self.folder / name).write_bytes(kept)

    def test_bad_arguments(self):
        for options in (["--sample", "x"], ["--sample", "101%"], ["--seed", "-1"], ["--sample"],
                        ["--models", "nowhere"]):
            self.verify(USAGE, *options)
        (self.folder / "text.h5").write_text("no results")
        self.expect(TAKEN, common.schursweep("verify", self.folder / "text.h5"))


if __name__ == "__main__":
    common.main()
