"""A study that grows keeps everything that is the same: bit for bit what it would be from nothing, and
only the rest is computed. Shards and studies that are merged are what one run makes."""
import shutil
import signal

import h5py

import common
import dummies
import interrupted
import models

USAGE, TAKEN, MISMATCH = 2, 4, 5
ALPHAS = [round(0.5 + 0.04 * i, 2) for i in range(11)][::1 if common.SOAK else 2]
MORE_ALPHAS = sorted([*ALPHAS, 0.57, 0.99])
N_FILES, N_SEEDS, MORE_FILES, MORE_SEEDS = (16, 4, 20, 5) if common.SOAK else (8, 2, 11, 3)
ALWAYS_KEPT = ("spectrum", "training")  # `splits` has other thresholds, and partitions


def grid(n_seeds):
    return {"task": "copy", "construction": "dense_orthogonal", "hidden": 8,
            "seeds": f"0..{n_seeds - 1}", "recipe": {"steps": 4}}


class Extend(interrupted.TestCase):
    """Models from files and some that are trained; then more of both, of which one is wider than
    all, in another order, at two more thresholds, with partitions and a diagnostic."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed in range(MORE_FILES):
            model = models.network(seed, 4 + seed % 4 if seed < N_FILES else 5 + seed % 4)
            trials = models.trials_for(model, seed, steps=6, count=12)
            folder = "files" if seed < N_FILES else "more"
            common.write_model(cls.folder / folder / f"m{seed}.h5", model, trials)
        cls.old_study = cls.study("old", models=[{"file": "files/*.h5"}, grid(N_SEEDS)],
                                  alphas=ALPHAS)
        cls.new_keys = {"models": [grid(MORE_SEEDS), {"file": "more/*.h5"}, {"file": "files/*.h5"}],
                        "alphas": MORE_ALPHAS, "partitions": "all", "diagnostics": ["gn"]}
        cls.new_study = cls.study("new", **cls.new_keys)
        cls.old = cls().run_study(cls.old_study)
        shutil.copytree(cls.folder / "models", cls.folder / "elsewhere")
        whole = cls.study("whole", study="new", models_dir="elsewhere", **cls.new_keys)
        cls.expected = cls().run_study(whole)
        cls.n_jobs = len(common.job_states(cls.expected))
        cls.n_kept = len(cls.old["case"]) * (len(ALPHAS) * 8 + len(ALWAYS_KEPT))

    @classmethod
    def study(cls, name, **keys):
        return common.write_study(cls.folder / f"{name}.cfg", **{
            "tasks": [{"name": "copy", "trials": 16}], **keys})

    def place(self, name):
        """A copy of the old results."""
        path = self.folder / f"{name}.h5"
        shutil.copy(self.folder / "old.h5", path)
        return path

    def extend(self, path, *older, study=None, code=common.COMPLETE, **keys):
        told = common.schursweep("run", "-o", path, study or self.new_study, "--extend", *older,
                                 **keys)
        return self.expect(code, told)

    def assert_whole(self, told, path, n_kept, what=""):
        self.assertEqual(dummies.computed(told), self.n_jobs - n_kept, told.stderr)
        self.assert_same_bits(common.read_results(path), self.expected, what)

    # Growth.

    def test_what_is_equal_is_kept_and_the_rest_computed(self):
        for ranks in (0, 3):
            path = self.place(f"grown{ranks}")
            before, kept_models = path.read_bytes(), self.trained_files()
            told = self.extend(path, ranks=ranks)
            self.assertIn(f"{path}: moved to {path}.1", told.stderr)
            self.assertIn(f"{path}: {self.n_kept} jobs kept", told.stderr)
            self.assert_whole(told, path, self.n_kept)
            self.assertEqual(path.with_name(f"{path.name}.1").read_bytes(), before)
            self.assertLessEqual(kept_models.items(), self.trained_files().items())
        again = self.extend(path)
        self.assertIn("nothing to do", again.stderr)
        self.assertFalse(path.with_name(f"{path.name}.2").exists())

    def trained_files(self):
        return {path.name: path.stat().st_mtime_ns for path in self.folder.glob("models/*.h5")}

    def test_an_older_file_under_another_name(self):
        path = self.folder / "elsewhere.h5"
        told = self.extend(path, self.folder / "old.h5")
        self.assertIn(f"{path}: {self.n_kept} jobs kept", told.stderr)
        self.assert_whole(told, path, self.n_kept)
        again = self.extend(path, self.folder / "old.h5")
        self.assertIn("nothing to do", again.stderr)
        self.assertEqual(list(self.folder.glob("elsewhere.h5.?")), [])

    def test_damage_is_not_copied(self):
        path = self.place("damaged")
        with h5py.File(path, "r+") as file:
            file["fvu"][3, 4, 5] += 1e-3
            file["state"][5, 0, :] = common.PENDING
            file["eigenvalue_re"][7, 0] += 1e-9
        self.assert_whole(self.extend(path), path, self.n_kept - 1 - 8 - 1)

    def test_without_the_option_it_is_told_what_could_be_kept(self):
        path = self.place("refused")
        before = path.read_bytes()
        told = self.expect(MISMATCH, common.schursweep("run", "-o", path, self.new_study))
        self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)
        self.assertIn("'alphas' differs", told.stderr)
        self.assertIn(f"{self.n_kept} of its {len(common.job_states(self.old))} jobs can be kept",
                      told.stderr)
        self.assertIn("--extend keeps them", told.stderr)
        self.assertEqual(path.read_bytes(), before)
        for options in (("--extend", "--fresh"), (path,)):
            told = common.schursweep("run", self.new_study, *options)
            self.assertEqual(len(self.expect(USAGE, told).stderr.splitlines()), 1)

    def test_a_changed_model_is_named_and_computed_anew(self):
        path = self.place("changed")
        model = self.folder / "files" / "m3.h5"
        before = model.read_bytes()
        with h5py.File(model, "r+") as file:
            file["weight_hh"][0, 0] += 1e-9
        try:
            told = self.extend(path, study=self.old_study)
        finally:
            model.write_bytes(before)
        self.assertIn("files/m3.h5 on task own has changed: computed anew", told.stderr)
        self.assertEqual(dummies.computed(told), len(ALPHAS) * 8 + len(common.ALWAYS))
        found = common.read_results(path)
        case = common.case_of(found, "files/m3.h5")
        self.assertNotEqual(found["fvu"][case].tobytes(), self.old["fvu"][case].tobytes())
        self.assert_others_are_right(path, self.old, case)

    # Neither names, nor comments, nor epsilon, nor the order of models are a reason.

    def test_another_epsilon_and_order(self):
        path = self.place("order")
        keys = {"models": [grid(N_SEEDS), {"file": "files/*.h5"}], "alphas": ALPHAS,
                "epsilon": 0.3, "study": "named"}
        fresh = self.run_study(self.study("fresh", **keys))
        told = self.expect(common.COMPLETE, common.schursweep("run", self.study("order", **keys)))
        self.assertIn("nothing to do", told.stderr)
        self.assert_same_bits(common.read_results(path), fresh)
        self.assertGreater(fresh["stabilizer"].sum(), self.old["stabilizer"].sum())
        self.assertFalse(path.with_name("order.h5.1").exists())

    def test_a_model_of_another_name(self):
        path = self.place("renamed")
        shutil.copytree(self.folder / "files", self.folder / "renamed")
        study = self.study("renamed", models=[{"file": "renamed/*.h5"}, grid(N_SEEDS)],
                           alphas=ALPHAS)
        told = self.expect(common.COMPLETE, common.schursweep("run", study))
        self.assertIn("nothing to do", told.stderr)
        found = common.read_results(path)
        self.assertEqual(found["model"][0], "renamed/m0.h5")
        self.assert_same_bits({"fvu": found["fvu"]}, {"fvu": self.old["fvu"]})

    # Merged files.

    def merge(self, path, *files, code=common.COMPLETE):
        return self.expect(code, common.schursweep("merge", *files, "-o", path))

    def test_shards_become_the_study(self):
        files = [self.folder / f"new.shard-{number}-of-2.h5" for number in (2, 1)]
        for number in (1, 2):
            told = common.schursweep("run", "-q", "--shard", f"{number}/2", self.new_study)
            self.expect(common.COMPLETE, told)
        path = self.folder / "all.h5"
        told = self.merge(path, *files)
        self.assertIn(f"{path}: {MORE_FILES + MORE_SEEDS} cases, {self.n_jobs} jobs done, 0 failed, 0 pending",
                      told.stderr)
        self.assert_same_bits(common.read_results(path), self.expected)
        self.expect(common.COMPLETE, common.schursweep("verify", "--sample", "5%", path))
        told = self.expect(common.COMPLETE, common.schursweep("run", "-o", path, self.new_study))
        self.assertIn("nothing to do", told.stderr)
        shown = [self.expect(0, common.schursweep("show", each)).stdout
                 for each in (path, self.folder / "whole.h5")]
        self.assertEqual(*shown)
        self.merge(path, *files, code=TAKEN)

    def test_studies_that_differ_in_models_and_thresholds(self):
        keys = {"models": [{"file": "more/*.h5"}, grid(1)], "partitions": "none"}
        other = self.study("other", alphas=[0.5, 0.55, 0.9], **keys)
        self.run_study(other)
        path = self.folder / "both.h5"
        told = self.merge(path, self.folder / "old.h5", self.folder / "other.h5")
        both = sorted({*ALPHAS, 0.55})
        n_more = MORE_FILES - N_FILES  # that have only three thresholds; others lack one of them
        n_pending = (len(both) - 3) * n_more * 8 + (N_FILES + N_SEEDS - 1) * 8
        n_pending += N_FILES + N_SEEDS + n_more  # splits
        self.assertIn(f"{n_pending} pending", told.stderr)
        study = self.study("both", alphas=both, study="old",
                           models=[{"file": "files/*.h5"}, grid(N_SEEDS), {"file": "more/*.h5"}])
        told = self.expect(common.COMPLETE, common.schursweep("run", study))
        self.assertEqual(dummies.computed(told), n_pending)
        found = common.read_results(path)
        fresh = self.run_study(self.study("again", alphas=both, study="old", models=[
            {"file": "files/*.h5"}, grid(N_SEEDS), {"file": "more/*.h5"}]))
        self.assert_same_bits(found, fresh)

    def test_what_cannot_be_merged_is_refused_in_one_line(self):
        models_of = {"models": [{"file": "files/m0.h5"}, grid(1)], "alphas": [0.5]}
        for name, says, keys in common.some(
                (("trials", "task 'copy' has other trials", {"tasks": [{"name": "copy",
                                                                        "trials": 8}]}),
                 ("single", "precision of model 'files/m0.h5'", {"precision": "float32"})),
                ("seed", "task 'copy' has other trials", {"seed": 3})):
            self.run_study(self.study(name, **{**models_of, **keys}))
            told = self.merge(self.folder / "no.h5", self.folder / "old.h5",
                              self.folder / f"{name}.h5", code=MISMATCH)
            self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)
            self.assertIn(f"{name}.h5: cannot be merged: {says}", told.stderr)
        self.assertFalse((self.folder / "no.h5").exists())
        self.expect(USAGE, common.schursweep("merge", self.folder / "old.h5"))

    def test_at_every_write_of_the_copy(self):
        """The old file stands, or the new one; the same command goes on and loses nothing."""
        count = int(self.extend(self.place("count"),
                                environment=interrupted.kill_environment("count.h5.tmp.*")
                                ).stderr.split()[-1])

        def check(moment):
            path = self.place(f"killed{moment}")
            before = path.read_bytes()
            environment = interrupted.kill_environment(f"{path.name}.tmp.*", moment)
            told = common.schursweep("run", "-q", "-o", path, self.new_study, "--extend",
                                     environment=environment)
            self.assertEqual(told.returncode, -signal.SIGKILL, told.stderr)
            self.assertEqual(path.read_bytes(), before)
            if common.SOAK or moment in (moments[0], moments[-1]):
                self.assert_whole(self.extend(path), path, self.n_kept, f"moment {moment}")
                self.assertEqual(list(self.folder.glob(f"{path.name}.tmp.*")), [])

        moments = range(1, count + 1, 1 if common.SOAK else max(1, count // 3))
        for moment in moments:
            check(moment)


if __name__ == "__main__":
    common.main()
