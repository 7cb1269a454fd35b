"""Results files of format 3, under the names that they had, are read by every command that reads, and
`run` does not go on with one.

tests/data/format3.h5 was made by a program of that format: a trained model, one with its own trials
and one without a Schur form, with all partitions."""
import json
import re
import os
import shutil
import unittest
import unittest.mock

import h5py
import numpy as np

import common
import models
import reports

MISMATCH, DAMAGED = 5, 6
FILE = common.ORACLES / "format3.h5"
FORMER = os.environ.get("FORMER_SCHURSWEEP")  # a program of format 3, if there is one


class Format3(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = cls.folder / "format3.h5"
        cls.expected = common.read_results(FILE)

    def setUp(self):
        shutil.copy(FILE, self.path)

    def tearDown(self):
        if self._testMethodName != "test_a_flipped_bit_is_found":
            self.assertEqual(self.path.read_bytes(), FILE.read_bytes(), "the file has changed")

    def command(self, name, *options, code=common.COMPLETE):
        return self.expect(code, common.schursweep(name, *options, self.path))

    def test_status(self):
        """Its three diagnostics were one, which failed or was done as a whole."""
        data = self.expected
        real = data["profile_leading_dim"] >= 0
        states = np.concatenate([data["state"].ravel(), data["profile_state"][real].ravel(),
                                 np.repeat(data["case_state"], len(common.ALWAYS))])
        missing = data["profile_state"][~real]
        told = json.loads(self.command("status", "--json").stdout)
        self.assertEqual(told["done"], (states == common.DONE).sum())
        self.assertEqual(told["failed"], (states == common.FAILED).sum()
                         + (missing == common.FAILED).sum())
        self.assertEqual((told["pending"], told["running"]), (0, False))

    def test_show(self):
        shown = self.command("show", "--long").stdout
        for case, model in enumerate(self.expected["model"]):
            name = re.sub(r"(\.h5|-[0-9a-f]{8})$", "", model)
            self.assertIn(f"{name}: task {self.expected['task'][case]}, ", shown)
        self.assertRegex(shown, r"CR +failed +103")
        done = self.expected["state"] == common.DONE
        for value in self.expected["fvu"][done]:
            self.assertIn(f"{value:.4g}", shown)
        self.assertIn(f"n_R {self.expected['leading_dim'][0, 0]}", shown)
        curve = self.command("show", "--partitions", self.expected["model"][0]).stdout
        for dim in self.expected["profile_leading_dim"][0]:
            if dim >= 0:
                self.assertRegex(curve, rf"(?m)^ +\d+ +[\d.]+ +[\d.]+ +{dim} ")

    def test_report(self):
        out = self.folder / "report"
        self.command("report", "-q", "-o", out)
        rows = reports.read_csv(out / "jobs.csv")
        order = reports.canonical(self.expected)
        for column, name in (("fvu", "fvu"), ("distance", "distance"), ("alpha_gap", "alpha_gap"),
                             ("n_r", "leading_dim"), ("state", "state")):
            values = self.expected[name]
            if values.ndim == 2:
                values = np.repeat(values[..., None], len(self.expected["ablation"]), 2)
            found = [reports.number(row[column]) for row in rows]
            wanted = np.where(values == -1, np.nan, values)[order].ravel()
            np.testing.assert_array_equal(found, wanted, column)
        curve = [row for row in reports.read_csv(out / "partitions.csv")
                 if row["model"] == self.expected["model"][1]]
        n = (self.expected["profile_leading_dim"][1] >= 0).sum()
        self.assertEqual(len(curve), n)
        place = self.expected["ablation"].tolist().index("CR")
        np.testing.assert_array_equal([reports.number(row["distance_CR"]) for row in curve],
                                      self.expected["profile_distance"][1, :n, place])
        page = reports.Page((out / "report.html").read_text("utf-8"))
        self.assertEqual(page.faults, [])
        values = reports.read_csv(out / "values.csv")
        found = [reports.number(row["value"]) for row in values if row["variable"] == "nonnormality"]
        np.testing.assert_array_equal(found, self.expected["departure"][order])

    def test_verify(self):
        told = self.command("verify", "--sample", "0").stdout
        self.assertIn(" 0 pending, 0 damaged", told)

    def test_a_flipped_bit_is_found(self):
        places = {"fvu": (0, 1, 2), "checksum": (1, 0, 1), "profile_distance": (1, 2, 1),
                  "departure": 0, "eigenvalue_re": (1, 2), "leading_dim": (0, 1),
                  "sector_mass": (0, 1, 2), "alpha_high": (1, 1), "case_checksum": 1}
        for name, place in places.items():
            shutil.copy(FILE, self.path)
            with h5py.File(self.path, "r+") as file:
                raw = np.array([file[name][place]])
                raw.view(np.uint8)[0] ^= 1
                file[name][place] = raw[0]
            with self.subTest(name):
                told = self.command("verify", "--sample", "0", code=DAMAGED)
                self.assertRegex(told.stderr, "[1-9][0-9]* finished jobs fail their checksum")

    def test_run_does_not_go_on_with_it(self):
        model = models.network(0, 4)
        common.write_model(self.folder / "m.h5", model, models.trials_for(model, 0))
        study = common.write_study(self.folder / "study.cfg", models=[{"file": "m.h5"}])
        for ranks in (0, 2):
            told = common.schursweep("run", "-o", self.path, study, ranks=ranks)
            self.expect(MISMATCH, told)
            self.assertRegex(told.stderr, r"^schursweep: .*format3\.h5: .*\b3\b.*, expected 4.*\n$")

    @unittest.skipUnless(FORMER, "FORMER_SCHURSWEEP names no program of format 3")
    def test_everything_that_such_a_program_computes_is_the_same(self):
        own, mine = models.network(1, 9), models.network(2, 6)
        common.write_model(self.folder / "f" / "own.h5", own, models.trials_for(own, 1))
        common.write_trials_file(self.folder / "f" / "trials.h5", models.trials_for(mine, 3))
        common.write_model(self.folder / "f" / "mine.h5", mine, None)
        grid = {"task": "sine", "construction": "cayley", "hidden": 6, "recipe": {"steps": 9}}
        for precision in ("double", "single"):
            study = common.write_study(
                self.folder / "f" / f"{precision}.cfg", precision=precision, profile=True,
                models=[{"file": "own.h5"}, {"file": "mine.h5", "tasks": ["mine"]}, grid],
                tasks=[{"name": "mine", "file": "trials.h5"}])
            with unittest.mock.patch.dict(os.environ, SCHURSWEEP=FORMER):
                self.expect(common.COMPLETE, common.schursweep("run", "-q", study, ranks=2))
            told = self.expect(common.COMPLETE, common.schursweep(
                "verify", "--sample", "100%", study.with_suffix(".h5"))).stdout
            self.assertRegex(told, r"recomputed +[1-9]\d+ the same bits, 0 different")
            self.assertNotIn("skipped", told)


if __name__ == "__main__":
    common.main()
