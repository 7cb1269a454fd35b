"""What the tests of the program with one more measure, diagnostic, task and figure share."""
import re

import common
import interrupted
import models

COUNT = 4  # pairs that the diagnostic removes, one after the other
ALPHAS = [0.6, 0.9]
WIDTHS = (5, 7, 6)
# What the diagnostic adds to a file, but for its axis `pair`.
FIELDS = ("dummy_pairs", "dummy_distance", "dummy_error", "dummy_checksum", "dummy_state")
GRID = {"task": "dummy_mean", "construction": "dense_normal", "hidden": 6, "recipe": {"steps": 5}}


def run_of(study, path, *options, **keys):
    return common.schursweep("run", "-o", path, *options, study, **keys)


def computed(told):
    """How many jobs a run has computed, as it says at its end."""
    return int(re.search(r"^(\d+) jobs in ", told.stderr, re.MULTILINE)[1])


class StudyCase(interrupted.TestCase):
    MODELS = [{"file": "m?.h5"}, GRID]

    @classmethod
    def write(cls, name, **keys):
        return common.write_study(cls.folder / f"{name}.cfg", **{
            "study": "s", "models": cls.MODELS, "alphas": ALPHAS, **keys})


class DummyCase(StudyCase):
    """Models with their own trials and one that is trained, with the diagnostic and without."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.networks = []
        for seed, hidden in enumerate(WIDTHS):
            model = models.network(seed, hidden)
            cls.networks.append((model, models.trials_for(model, seed, steps=6, masked=True)))
            common.write_model(cls.folder / f"m{seed}.h5", *cls.networks[-1])
        cls.plain = cls.write("plain")
        cls.study = cls.write("study", diagnostics=[{"name": "dummy", "count": COUNT}])
        cls.path = cls.folder / "study.h5"
        cls.expected = cls().run_study(cls.study)
        cls.n_jobs = len(common.job_states(cls.expected))

    def without(self, results):
        """All but what the diagnostic has added."""
        return {name: values for name, values in results.items()
                if name not in (*FIELDS, "pair")}
