"""Cases that ranks share: the numbers of one rank up to rounding, the same bits on any number of
ranks, and nobody waits forever."""
import shutil

import h5py
import numpy as np

import common
import interrupted
import models
import reference
import wide

USAGE, MISMATCH = 2, 5
LOCAL, SCALAPACK = 0, 1  # schur_route
LEAST_ROWS = 256  # of a rank's side of the grid, or the form is made by one rank
FVU = 1e-9


class TeamCase(interrupted.TestCase):
    """Every study sweeps the files of the folder; the first runs it without teams."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.folder / "results").mkdir()

    def study(self, name, **keys):
        keys.setdefault("models", [{"file": "*.h5"}])
        keys.setdefault("alphas", [0.6, 0.8, 0.95])
        keys.setdefault("output", f"results/{name}.h5")
        return common.write_study(self.folder / f"{name}.cfg", **keys)

    def sweep(self, name, ranks, code=common.COMPLETE, seconds=120, options=(), **keys):
        study = self.study(name, **keys)
        told = common.schursweep("run", "-q", *options, study, ranks=ranks, seconds=seconds)
        self.expect(code, told)
        return common.read_results(self.folder / "results" / f"{name}.h5")

    def assert_agree(self, found, expected, shared, tolerance=FVU, of_norm=1e-12):
        """The shared cases up to rounding, all others bit for bit. Masses are relative to |T|."""
        self.assertEqual(found["model"].tolist(), expected["model"].tolist())
        for i, model in enumerate(found["model"]):
            same = interrupted.JOB_VALUES if model not in shared else ("stabilizer", "state")
            for name in (*same, "n_r"):
                self.assertEqual(found[name][i].tobytes(), expected[name][i].tobytes(),
                                 f"{name} of {model}")
            if model in shared:
                route = SCALAPACK if found["hidden"][i] >= 2 * LEAST_ROWS else LOCAL
                self.assertEqual(found["schur_route"][i], route, model)
                self.assertTrue((found["state"][i] == common.DONE).all(), model)
                for name in ("fvu", "coupling_mass", "removed_mass", "nonnormality"):
                    self.assert_close(found[name][i], expected[name][i], rtol=tolerance,
                                      atol=1e-300 if name == "fvu" else of_norm,
                                      what=f"{name} of {model}")


class Numbers(TeamCase):
    ALPHAS = common.some([0.8], 0.6, 0.95)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if common.SOAK:
            wide.write(cls.folder / "a.h5", wide.near_orthogonal(1, 512), steps=15, count=48)
        wide.write(cls.folder / "b.h5", wide.gaussian(2, 515), steps=15, count=48)
        for seed in range(2):
            wide.write(cls.folder / f"s{seed}.h5", models.network(seed, 64), seed)
        cls.expected = cls().sweep("alone", 0, alphas=cls.ALPHAS)

    def check(self, rows, cols, block):
        found = self.sweep(f"grid{rows}x{cols}-{block}", rows * cols + 1, alphas=self.ALPHAS,
                           team=wide.team(200, rows, cols, block))
        self.assert_agree(found, self.expected, ("a.h5", "b.h5"))

    @common.in_the_soak
    def test_a_row_of_two(self):
        self.check(1, 2, 64)

    @common.in_the_soak
    def test_a_column_of_two(self):
        self.check(2, 1, 32)

    def test_a_square_of_four(self):
        self.check(2, 2, 32)

    @common.in_the_soak
    def test_a_float_that_the_last_bit_decides_is_no_damage(self):
        path = self.folder / "results" / "float.h5"
        self.sweep("float", 3, precision="float32", team=wide.team(200, 1, 2),
                   models=[{"file": "b.h5"}])
        told = common.schursweep("verify", "--sample", "100%", path)
        self.expect(common.COMPLETE, told)


class Kinds(TeamCase):
    """Teams do all that one rank does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        model = wide.near_orthogonal(3, 160)
        wide.write(cls.folder / "a.h5", model, steps=15, count=80)
        wide.write(cls.folder / "s.h5", models.network(0, 40))
        few = wide.gaussian(4, 180)
        trials = models.trials_for(few, 4, steps=15, count=3, masked=True, metric="accuracy")
        common.write_model(cls.folder / "few.h5", few, trials)
        common.write_trials_file(cls.folder / "more.trials", models.trials_for(model, 9, steps=9))

    def check(self, name, rows=1, tolerance=FVU, shared=("a.h5", "few.h5"), from_hidden=150, **keys):
        """With teams of a grid of so many rows and two columns."""
        expected = self.sweep(f"{name}-alone", 0, **keys)
        found = self.sweep(name, rows * 2 + 1, team=wide.team(from_hidden, rows, 2, 32), **keys)
        self.assert_agree(found, expected, shared, tolerance)
        return found

    def test_trials_fewer_than_a_tile(self):
        """Four matrices at once."""
        found = self.check("few", rows=2)
        i = common.case_of(found, "few.h5")
        self.assertFalse(np.isnan(found["accuracy"][i]).any())

    def test_classes(self):
        """Steps whose largest output is that of the largest target, by NumPy."""
        model = wide.gaussian(5, 170)
        trials = models.trials_for(model, 5, steps=15, count=31, masked=True, metric="argmax")
        common.write_model(self.folder / "classes" / "c.h5", model, trials)
        found = self.check("classes", models=[{"file": "classes/c.h5"}], shared=("classes/c.h5",))
        answers = reference.rollout(model, model.weight_hh, trials.inputs).argmax(axis=2)
        right = (answers == trials.targets.argmax(axis=2))[trials.mask]
        alone = common.read_results(self.folder / "results" / "classes-alone.h5")
        self.assertEqual(found["accuracy"][0, 0, 0], right.mean())
        self.assertTrue((found["accuracy"] == alone["accuracy"]).all())
        self.assertLess(found["accuracy"].min(), 1)

    def test_every_partition(self):
        model = wide.near_orthogonal(3, 160 if common.SOAK else 70)
        wide.write(self.folder / "profile" / "a.h5", model, steps=15, count=80)
        wide.write(self.folder / "profile" / "s.h5", models.network(0, 20))
        found = self.check("profile", rows=2, partitions="all", models=[{"file": "profile/*.h5"}],
                           shared=("profile/a.h5",), from_hidden=60)
        i = common.case_of(found, "profile/a.h5")
        expected = common.read_results(self.folder / "results" / "profile-alone.h5")
        self.assertTrue((found["partition_state"][i] == expected["partition_state"][i]).all())
        self.assert_close(found["partition_fvu"][i], expected["partition_fvu"][i], rtol=FVU)

    def test_rollouts_in_float(self):
        self.check("single", precision="float32", tolerance=1e-4)
        path = self.folder / "results" / "single.h5"
        self.expect(common.COMPLETE, common.schursweep("verify", "--sample", "100%", path))

    def test_forms_that_are_kept(self):
        """They change no bit of the results, and are those of the models; a glob does not mean them."""
        (self.folder / "lab" / "deep").mkdir(parents=True)
        wide.write(self.folder / "lab" / "deep" / "d.h5", models.network(7, 20), 7)
        keys = {"models": [{"file": "*.h5"}, {"file": "*/*/*.h5"}],
                "team": wide.team(150, 1, 2, 32), "study": "kept"}
        expected = self.sweep("not-kept", 3, **keys)
        self.assertEqual(len(expected["case"]), 4)
        for ranks in (4, 3):
            self.assert_same_bits(self.sweep("kept", ranks, keep_schur=True, **keys), expected)
        self.assertFalse((self.folder / "results" / "not-kept.schur").exists())
        kept = sorted((self.folder / "results" / "kept.schur").iterdir())
        self.assertEqual([path.name.split(".h5")[0] for path in kept], ["a", "few"])
        for path in kept:
            with h5py.File(path) as form, h5py.File(self.folder / form.attrs["model"].decode()) as model:
                q, t, w = form["q"][()], form["t"][()], model["weight_hh"][()]
            self.assertLess(np.linalg.norm(q @ t @ q.T - w), 1e-12 * np.linalg.norm(w))

    def test_two_teams_keep_the_form_of_one_model(self):
        keys = {"models": [{"file": "a.h5", "evaluate_on": ["own", "more"]}],
                "tasks": [{"name": "more", "file": "more.trials"}],
                "team": wide.team(150, 1, 2, 32)}
        expected = self.sweep("form-of-one", 3, **keys)
        found = self.sweep("form-of-two", 5, keep_schur=True, study="form-of-one", **keys)
        self.assert_same_bits(found, expected)
        kept, = (self.folder / "results" / "form-of-two.schur").iterdir()
        self.assertEqual(kept.name.split("-")[0], "a.h5")

    @common.in_the_soak
    def test_two_tasks_on_one_model(self):
        keys = {"models": [{"file": "a.h5", "evaluate_on": ["own", "more"]}],
                "tasks": [{"name": "more", "file": "more.trials"}]}
        found = self.check("tasks", shared=("a.h5",), **keys)
        self.assertEqual(found["schur_residual"][0], found["schur_residual"][1])
        self.assertEqual(found["task"].tolist(), ["own", "more"])

    def test_a_model_that_is_trained_first(self):
        grid = {"task": "sine", "construction": "cayley", "hidden": [16, 160],
                "recipe": {"steps": 2}}
        keys = {"models": [grid], "tasks": [{"name": "sine", "trials": 40}], "models_dir": "made"}
        expected = self.sweep("trained-alone", 0, **keys)
        found = self.sweep("trained", 3, team=wide.team(150, 1, 2, 32), **keys)
        i = int(np.flatnonzero(found["hidden"] == 160)[0])
        self.assertEqual(found["weights_hash"].tolist(), expected["weights_hash"].tolist())
        self.assert_agree(found, expected, (found["model"][i],))


class Ranks(TeamCase):
    """Which team has a case, and how many there are, is not seen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed in range(3):
            wide.write(cls.folder / f"a{seed}.h5", wide.gaussian(seed, 150 + 10 * seed), steps=10)
        for seed in range(5):
            wide.write(cls.folder / f"s{seed}.h5", models.network(seed, 20 + seed), seed)
        cls.keys = {"team": wide.team(150, 1, 2, 32)}
        cls.expected = cls().sweep("three", 3, **cls.keys)

    def test_more_ranks_and_more_teams(self):
        for ranks in common.some((4, 5), 7):
            with self.subTest(ranks=ranks):
                found = self.sweep(f"ranks{ranks}", ranks, **self.keys)
                self.assert_same_bits(found, self.expected)

    def test_what_a_team_has_swept_agrees_with_one_rank_up_to_rounding(self):
        told = common.schursweep("verify", "--sample", "100%",
                                 self.folder / "results" / "three.h5")
        self.expect(common.COMPLETE, told)
        self.assertIn("of teams the same up to rounding", told.stdout)
        self.assertIn(" 0 different", told.stdout)

    def test_too_few_ranks_are_refused_and_leave_nothing(self):
        for ranks in common.some((0, 2), 1):
            study = self.study(f"few{ranks}", **self.keys)
            told = common.schursweep("run", "-q", study, ranks=ranks)
            self.expect(USAGE, told)
            self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)
            self.assertIn("need a team of 2 ranks", told.stderr)
            self.assertIn("start at least 3", told.stderr)
            self.assertFalse((self.folder / "results" / f"few{ranks}.h5").exists())

    def test_a_study_without_wide_models_needs_no_team(self):
        self.sweep("small", 0, models=[{"file": "s?.h5"}], **self.keys)

    def test_another_team_is_another_study(self):
        results = self.folder / "results"
        shutil.copy(results / "three.h5", results / "shape.h5")
        study = self.study("shape", study="three", team=wide.team(150, 2, 1, 32))
        told = common.schursweep("run", "-q", study, ranks=3)
        self.expect(MISMATCH, told)
        self.assertIn("team", told.stderr)


if __name__ == "__main__":
    common.main()
