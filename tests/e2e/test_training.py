"""Models that the program trains: the same on any number of ranks, trained once, or failed cases."""
import random
import shutil
import time

import h5py
import numpy as np

import common

TRAINING_DIVERGED = 108

BRIEF = {"steps": 50, "batch": 16}
MODELS = [
    {"task": "copy", "construction": ["dense_orthogonal", "cayley"], "hidden": [8, 16],
     "recipe": BRIEF},
    {"task": "sine", "construction": "dense_normal_matrix", "hidden": 12, "seeds": "0..1",
     "recipe": BRIEF},
    {"task": "flip_flop", "construction": "dense_default", "hidden": 9,
     "recipe": {"base": "tail_wide_input", **BRIEF}},
    {"task": "context_integration", "construction": "dense_normal", "hidden": 10,
     "recipe": {"dtype": "float64", **BRIEF}},
    {"task": "sine", "construction": "cayley", "hidden": 6,
     "recipe": {"stop": "target", "check": 7, "target": 0.9, **BRIEF}},
]
TASKS = [{"name": name, "trials": 20}
         for name in ("copy", "sine", "flip_flop", "context_integration")]
COUNT = 9


def read_model(path):
    """Everything in a model file but the time that it took."""
    with h5py.File(path, "r") as file:
        content = {name: item[()].tobytes() for name, item in file.items()}
        content.update({f"@{name}": attribute(file, name) for name in file.attrs
                        if name not in common.TIMES})
    return content


def attribute(file, name):
    value = file.attrs[name]
    return value.decode() if isinstance(value, bytes) else value


def read_models(folder):
    return {path.name: read_model(path) for path in sorted(folder.glob("*.h5"))}


def change_times(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.h5")}


class Study:
    """A study in a folder of its own, with the folder of its models."""

    def __init__(self, parent, name, models=MODELS, **keys):
        self.folder = parent / name
        self.folder.mkdir()
        self.models_dir = self.folder / "models"
        keys.setdefault("tasks", TASKS)
        self.path = common.write_study(self.folder / "study.cfg", study="training", models=models,
                                       alphas=[0.5, 0.9], **keys)
        self.output = self.folder / "study.h5"


class SameBits(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = Study(cls.folder, "first")
        cls.results = cls().run_study(cls.first.path)
        cls.models = read_models(cls.first.models_dir)

    def test_every_model_lies_under_its_label_and_identity(self):
        self.assertEqual(len(self.models), COUNT)
        for label, identity in zip(self.results["model"], self.results["model_identity"]):
            self.assertTrue(label.endswith("-" + identity[:8]), label)
            name = f"{label[:-8]}{identity}.h5"
            self.assertEqual(self.models[name]["@identity"], identity)

    def test_only_models_lie_in_their_folder(self):
        self.assertEqual({path.name for path in self.first.models_dir.iterdir()},
                         set(self.models))

    def test_train_on_one_two_and_three_ranks(self):
        for ranks in common.some((3,), 1, 2):
            with self.subTest(ranks=ranks):
                study = Study(self.folder, f"train{ranks}")
                self.expect(common.COMPLETE,
                            common.schursweep("train", "-q", study.path, ranks=ranks))
                self.assertEqual(read_models(study.models_dir), self.models)
                self.assertFalse(study.output.exists())
        self.check_trained_once(study)

    def test_run_on_two_and_three_ranks(self):
        for ranks in common.some((2,), 3):
            with self.subTest(ranks=ranks):
                study = Study(self.folder, f"run{ranks}")
                results = self.run_study(study.path, ranks=ranks)
                self.assertEqual(read_models(study.models_dir), self.models)
                self.assert_same_bits(results, self.results, f"{ranks} ranks")

    def check_trained_once(self, study):
        """Models that are there are not trained again."""
        before = change_times(study.models_dir)
        result = self.expect(common.COMPLETE, common.schursweep("train", study.path))
        self.assertIn("nothing to do", result.stderr)
        self.assert_same_bits(self.run_study(study.path), self.results, "models from train")
        self.assertEqual(change_times(study.models_dir), before)

    def test_what_a_stop_at_the_target_saves_is_said_and_planned(self):
        models = [{"task": "sine", "construction": "cayley", "hidden": 6,
                   "recipe": {"stop": "target", "check": 5, "target": 50.0, **BRIEF}}]
        study = Study(self.folder, "stops", models)
        plan = common.schursweep("plan", study.path).stdout
        self.assertIn("1 of the 1 models may end at their target", plan)
        self.assertIn("1 as if they took all steps", " ".join(plan.split()))
        result = self.expect(common.COMPLETE, common.schursweep("run", study.path))
        self.assertIn("1 of 1 trainings ended at their target before their last step", result.stderr)
        self.assertIn("5 of 50 steps taken, 90 % saved", " ".join(result.stderr.split()))
        results = common.read_results(study.output)
        self.assertEqual(list(results["train_steps"]), [5])
        self.assertEqual(list(results["converged"]), [1])
        models[0]["seeds"] = "0..1"
        common.write_study(study.path, study="training", models=models, alphas=[0.5, 0.9])
        plan = " ".join(common.schursweep("plan", study.path).stdout.split())
        self.assertIn("1 priced by those of their kind that are trained, 0 as if", plan)

    def test_only_a_missing_model_is_trained(self):
        study = Study(self.folder, "missing")
        shutil.copytree(self.first.models_dir, study.models_dir)
        gone = sorted(study.models_dir.iterdir())[3]
        gone.unlink()
        before = change_times(study.models_dir)
        self.assert_same_bits(self.run_study(study.path), self.results,
                              "one model trained anew")
        after = change_times(study.models_dir)
        self.assertIn(gone.name, after)
        del after[gone.name]
        self.assertEqual(after, before)
        # A complete study needs no model.
        shutil.rmtree(study.models_dir)
        result = self.expect(common.COMPLETE, common.schursweep("run", study.path))
        self.assertIn("nothing to do", result.stderr)
        self.assertEqual(list(study.folder.glob("models/*")), [])

    def test_results_tell_of_the_training_what_the_file_tells(self):
        for case, identity in enumerate(self.results["model_identity"]):
            (path,) = self.first.models_dir.glob(f"*-{identity}.h5")
            with h5py.File(path, "r") as file:
                for name in ("converged", "train_metric", "train_loss", "train_steps",
                             "train_seconds"):
                    self.assertEqual(self.results[name][case], file.attrs[name], name)
                losses = file["loss_history"][()]
                recipe = dict(line.split(" = ") for line in attribute(file, "recipe").splitlines())
            self.assertEqual(len(losses), 50)
            self.assertEqual(losses[-1], self.results["train_loss"][case])
            self.assertEqual((recipe["steps"], recipe["batch"]), ("50", "16"))
            self.assertLess(losses[-10:].mean(), losses[:10].mean())

    def test_a_trained_model_is_a_model_file_as_any_other(self):
        study = Study(self.folder, "files", [{"file": str(self.first.models_dir / "*.h5")}])
        results = self.run_study(study.path)
        for case, identity in enumerate(self.results["model_identity"]):
            (path,) = self.first.models_dir.glob(f"*-{identity}.h5")
            other = common.case_of(results, str(path))
            for name in ("fvu", "accuracy", "distance", "removed_mass", "coupling_mass",
                         "n_r", "weights_hash", "train_metric"):
                self.assertEqual(results[name][other].tobytes(),
                                 self.results[name][case].tobytes(), name)


class Killed(common.TestCase):
    """Six trainings, each of them about as long as the start of the program."""

    MODELS = [{"task": "sine", "construction": "dense_orthogonal", "hidden": 48, "seeds": "0..5",
               "recipe": {"steps": 150}}]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        study = Study(cls.folder, "whole", cls.MODELS)
        begin = time.monotonic()
        cls().expect(common.COMPLETE, common.schursweep("train", "-q", study.path, ranks=3))
        cls.seconds = time.monotonic() - begin
        cls.models = read_models(study.models_dir)

    def assert_complete_or_absent(self, study):
        """Every file with the name of a model is that model."""
        found = read_models(study.models_dir) if study.models_dir.exists() else {}
        self.assertEqual(found, {name: self.models[name] for name in found})
        return len(found)

    def test_a_training_that_was_killed_goes_on(self):
        draw = random.Random(3)
        for attempt in range(2 if common.SOAK else 1):
            with self.subTest(attempt=attempt):
                study = Study(self.folder, f"kill{attempt}", self.MODELS)
                job = common.Job(["train", "-q", study.path], ranks=3)
                time.sleep(draw.uniform(0.3, 0.9) * self.seconds)
                job.kill()
                self.assert_complete_or_absent(study)
                kept = change_times(study.models_dir) if study.models_dir.exists() else {}
                self.expect(common.COMPLETE, common.schursweep(
                    "train", "-q", study.path, ranks=draw.choice((0, 2))))
                self.assertEqual(self.assert_complete_or_absent(study), 6)
                after = change_times(study.models_dir)
                self.assertEqual({name: after[name] for name in kept}, kept)


class Diverging(common.TestCase):
    """Gradients over 500 steps of wide networks: most of them explode, chance says which."""
    WIDE = 6 if common.SOAK else 3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        models = [{"task": "flip_flop", "construction": "dense_normal", "hidden": 128,
                   "seeds": f"0..{cls.WIDE - 1}", "recipe": {"steps": 20, "batch": 8, "rate": 0.3,
                                               "schedule": "constant"}},
                  {"task": "sine", "construction": "cayley", "hidden": 8, "recipe": BRIEF}]
        tasks = [{"name": "flip_flop", "steps": 500, "trials": 2}, {"name": "sine", "trials": 20}]
        cls.study = Study(cls.folder, "diverging", models, tasks=tasks)
        cls.ended = cls().expect(common.JOBS_FAILED,
                                 common.schursweep("run", "-q", cls.study.path, ranks=2))
        cls.results = common.read_results(cls.study.output)
        cls.failed = np.flatnonzero(cls.results["training_state"] == common.FAILED)

    def test_there_are_some_and_the_others_are_done(self):
        self.assertGreater(len(self.failed), 0)
        self.assertNotIn(self.WIDE, self.failed)
        for case in range(self.WIDE + 1):
            expected = common.FAILED if case in self.failed else common.DONE
            self.assertTrue((common.job_states(self.results, case) == expected).all(), case)

    def test_a_failed_case_says_why(self):
        for case in self.failed:
            message = self.results["message"][case]
            self.assertIn("training diverged", message)
            self.assertRegex(message, r"at step \d+")
            self.assertIn(self.results["model"][case], message)
            self.assertTrue((self.results["error"][case] == TRAINING_DIVERGED).all())
            self.assertTrue(np.isnan(self.results["fvu"][case]).all())
            for name in common.ALWAYS:
                self.assertEqual(self.results[f"{name}_error"][case], TRAINING_DIVERGED, name)

    def test_a_failed_training_leaves_no_file(self):
        identities = {path.stem.rpartition("-")[2] for path in self.study.models_dir.iterdir()}
        done = set(self.results["model_identity"]) - set(self.results["model_identity"][self.failed])
        self.assertEqual(identities, done)

    def test_the_exit_says_how_many_jobs_failed(self):
        states = common.job_states(self.results)
        self.assertIn(f"{(states == common.FAILED).sum()} of {states.size} jobs failed",
                      self.ended.stderr)

    def test_a_second_run_changes_nothing(self):
        self.expect(common.JOBS_FAILED, common.schursweep("run", "-q", self.study.path))
        self.assert_same_failures()

    def test_a_retry_fails_in_the_same_way(self):
        result = common.schursweep("run", "-q", "--retry-failed", self.study.path)
        self.expect(common.JOBS_FAILED, result)
        self.assert_same_failures()

    def test_train_alone_tells_of_it_too(self):
        result = self.expect(common.JOBS_FAILED,
                             common.schursweep("train", "-q", self.study.path))
        self.assertIn(f"{len(self.failed)} of {len(self.failed)} models", result.stderr)

    def assert_same_failures(self):
        found = common.read_results(self.study.output)
        for name in ("state", "error", "message", "spectrum_state", "splits_state", "fvu"):
            self.assertEqual(found[name].tobytes(), self.results[name].tobytes(), name)


class WrongFiles(common.TestCase):
    """What lies in models_dir under the name of a model and is not that model."""

    MODELS = [{"task": "sine", "construction": "cayley", "hidden": 8, "seeds": "0..1",
               "recipe": BRIEF}]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = Study(cls.folder, "good", cls.MODELS)
        cls().expect(common.COMPLETE, common.schursweep("train", "-q", cls.good.path))

    def setUp(self):
        self.study = Study(self.folder, self.id().rpartition(".")[2], self.MODELS)
        shutil.copytree(self.good.models_dir, self.study.models_dir)
        self.victim, self.other = sorted(self.study.models_dir.iterdir())

    def assert_refused(self, *parts, command="run", ranks=0):
        before = change_times(self.study.models_dir)
        result = self.expect(3, common.schursweep(command, self.study.path, ranks=ranks))
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for part in (self.victim.name, *parts):
            self.assertIn(part, result.stderr)
        self.assertFalse(self.study.output.exists())
        self.assertEqual(change_times(self.study.models_dir), before)

    def test_another_model(self):
        shutil.copyfile(self.other, self.victim)
        for command, ranks in common.some((("run", 2), ("train", 0)), ("run", 0), ("plan", 0)):
            with self.subTest(command=command, ranks=ranks):
                self.assert_refused("identity is", "not the model that its name says",
                                    command=command, ranks=ranks)

    def test_a_model_without_identity(self):
        with h5py.File(self.victim, "r+") as file:
            del file.attrs["identity"]
        self.assert_refused("not what was written")  # its checksum covers it

    def test_half_a_file(self):
        content = self.victim.read_bytes()
        self.victim.write_bytes(content[: len(content) // 2])
        self.assert_refused("HDF5")

    def test_no_hdf5_file(self):
        self.victim.write_text("a model\n")
        self.assert_refused("not an HDF5 file")

    @common.in_the_soak
    def test_an_empty_file(self):
        self.victim.write_bytes(b"")
        self.assert_refused("not an HDF5 file")

    def test_a_folder(self):
        self.victim.unlink()
        self.victim.mkdir()
        self.assert_refused("not a regular file")


if __name__ == "__main__":
    common.main()
