"""Reports from several results files, and what cannot be reported."""
import os
import re
import shutil
import stat
import unittest

import h5py

import common
import reports
from reports import read_csv

TAKEN, MISMATCH, DAMAGED, IO = 4, 5, 6, 7
GROUPS = [("sine", "cayley", 6, 3, None), ("copy", "", 5, 2, "accuracy")]
TABLES = ("jobs", "groups", "tasks", "comparisons", "thresholds", "similarity")


class Pooling(reports.ReportCase):
    """One study of all models, and three that share them out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reports.write_models(cls.folder, GROUPS)
        for name, pattern in (("all", "g*.h5"), ("a", "g0s[01].h5"), ("b", "g0s2.h5"),
                              ("c", "g1*.h5")):
            study = reports.write_study(cls.folder, name, pattern)
            cls().expect(common.COMPLETE, common.schursweep("run", "-q", study))
        cls.whole = cls.folder / "whole"
        cls().expect(0, common.schursweep("report", cls.folder / "all.h5", "-o", cls.whole))

    def path(self, name):
        return self.folder / f"{name}.h5"

    def check_like_all(self, folder):
        for table in TABLES:
            name = f"{table}.csv"
            self.assertEqual((folder / name).read_bytes(), (self.whole / name).read_bytes(), name)

    def fails(self, code, *names, parts):
        folder, done = self.report(*[self.path(name) for name in names], code=code)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertEqual(done.stdout, "")
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertFalse(folder.exists())

    def test_three_files_are_like_one(self):
        folder, done = self.report(*[self.path(name) for name in "abc"])
        self.check_like_all(folder)
        self.assertNotIn("counted once", done.stderr)
        self.assertIn("a + b + c", self.page(folder).text)

    def test_equal_cases_count_once(self):
        folder, done = self.report(self.path("all"), self.path("a"), self.path("all"))
        self.check_like_all(folder)
        self.assertIn("7 cases are in more than one file with equal values, counted once",
                      done.stderr)
        self.assertIn("counted once", self.page(folder).text)

    def test_the_order_of_files_is_no_matter(self):
        folders = [self.report(*[self.path(name) for name in order])[0]
                   for order in common.some(("abc", "cab"), "acb", "bac", "bca", "cba")]
        first = {path.relative_to(folders[0]) for path in folders[0].rglob("*") if path.is_file()}
        for folder in folders[1:]:
            self.assertEqual({path.relative_to(folder) for path in folder.rglob("*")
                              if path.is_file()}, first)
            for name in first:
                texts = [(place / name).read_text(encoding="utf-8") for place in (folders[0], folder)]
                if name.name == "report.html":  # but for the list of files, and the date in it
                    texts = [re.sub(r'<h2 id="(run|provenance)">.*?(?=<h2|</main>)', "", text,
                                    flags=re.S) for text in texts]
                self.assertEqual(*texts, name)

    def test_another_epsilon_is_another_verdict(self):
        study = reports.write_study(self.folder, "loose", "g0s0.h5", epsilon=0.3)
        self.run_study(study)
        folder, _ = self.report(self.path("a"), self.path("loose"), "--epsilon", "0.2")
        rows = [row for row in read_csv(folder / "jobs.csv") if row["stabilizer"] != ""]
        self.assertGreater(len(rows), 10)
        for row in rows:
            self.assertEqual(row["stabilizer"], str(int(reports.number(row["distance"]) <= 0.2)))
        self.assertIn("epsilon = 0.2", self.page(folder).text)
        for wrong in ("-1", "x", "nan"):
            self.expect(2, common.schursweep("report", self.path("a"), "-o", folder, "-e", wrong))

    def test_copies_are_one_network(self):
        for k in range(5):
            shutil.copy(self.path("g0s0"), self.folder / f"twin{k}.h5")
        self.run_study(reports.write_study(self.folder, "twins", "twin*.h5"))
        folder, done = self.report(self.path("twins"))
        self.assertEqual({int(row["n"]) + int(row["n_empty"])
                          for row in read_csv(folder / "groups.csv")}, {1})
        self.assertEqual({row["verdict"] for row in read_csv(folder / "comparisons.csv")}, {""})
        self.assertEqual(len({row["model"] for row in read_csv(folder / "jobs.csv")}), 5)
        self.assertIn("4 cases have the weights of another one of the same group", done.stderr)

    def test_the_finished_one_of_two_counts(self):
        half = reports.copy(self.path("all"), "half.h5")
        with h5py.File(half) as file:
            n_cases = len(file["case"])
        for case in range(1, n_cases):
            reports.change_state(half, case, common.PENDING)
        folder, done = self.report(half, self.path("all"))
        self.check_like_all(folder)
        self.assertNotIn("pending", done.stderr)

    def test_other_values_are_a_conflict(self):
        with h5py.File(reports.copy(self.path("a"), "wrong.h5"), "r+") as file:
            file["fvu"][1, 2, 3] += 1e-9
        self.fails(MISMATCH, "all", "wrong", parts=["model 'g0s1.h5'", "task 'sine'", "wrong.h5",
                                                    "all.h5"])

    def test_another_kind_is_refused_by_its_key(self):
        study = reports.write_study(self.folder, "coarse", "g0s0.h5", epsilon=0.3)
        self.run_study(study)
        self.fails(MISMATCH, "a", "coarse", parts=["coarse.h5", "epsilon", "0.3, expected 0.1"])
        study = reports.write_study(self.folder, "short", "g0s0.h5", ablations=["CC"])
        self.run_study(study)
        self.fails(MISMATCH, "short", "a", parts=["a.h5", "number of ablations"])

    def test_files_with_other_thresholds(self):
        """Each case has the rows of its own study, and the values of its own file."""
        for name, pattern, alphas in (("fine", "g1*.h5", [0.65, *reports.ALPHAS[1:], 0.97]),
                                      ("twice", "g0s0.h5", [reports.ALPHAS[0], 0.97])):
            self.run_study(reports.write_study(self.folder, name, pattern, alphas=alphas))
        folder, done = self.report(self.path("fine"), self.path("a"))
        pooled = read_csv(folder / "jobs.csv")
        alone = [row for name in ("a", "fine")
                 for row in read_csv(self.report(self.path(name))[0] / "jobs.csv")]
        self.assertEqual(*[sorted(tuple(row.items()) for row in rows) for rows in (pooled, alone)])
        self.assertNotIn("pending", done.stderr)
        self.assertIn("0 failed, 0 pending", self.page(folder).text)
        n_alphas = len({row["alpha"] for row in pooled})
        self.assertEqual(n_alphas, len(reports.ALPHAS) + 2)
        common_ones = [row for row in read_csv(folder / "groups.csv") if row["n_pending"] != "0"]
        self.assertEqual(common_ones, [])
        folder, done = self.report(self.path("a"), self.path("twice"))
        self.assertIn("1 case is in more than one file with equal values", done.stderr)
        self.assertIn("1 of them has other thresholds in each file", done.stderr)

    def test_another_seed_is_told(self):
        self.run_study(reports.write_study(self.folder, "seed", "g1*.h5", seed=8))
        with h5py.File(self.path("seed"), "r+") as file:
            file["model_identity"][0] = b"0123456789abcdef"
            file["model_identity"][1] = b"0123456789abcdee"
            file["weights_hash"][:] += 1  # other networks of the same names
        folder, done = self.report(self.path("c"), self.path("seed"))
        self.assertEqual(len({row["model"] for row in read_csv(folder / "jobs.csv")}), 2)
        self.assertIn("different seeds", done.stderr)
        self.assertIn("2 models have the name of another one in another file", done.stderr)
        groups = read_csv(folder / "groups.csv")
        self.assertEqual({int(row["n"]) + int(row["n_empty"]) for row in groups}, {4})

    def test_what_is_no_results_file(self):
        self.path("text").write_text("no HDF5 at all\n")
        self.fails(TAKEN, "text", parts=["text.h5"])
        self.fails(TAKEN, "g0s0", parts=["g0s0.h5"])  # a model
        whole = self.path("all").read_bytes()
        self.path("cut").write_bytes(whole[:len(whole) // 2])
        self.fails(DAMAGED, "cut", parts=["cut.h5"])
        self.fails(DAMAGED, "a", "cut", parts=["cut.h5"])

    def test_damaged_values_are_refused(self):
        for name, value in (("hidden", 2**31 - 1), ("hidden", -1), ("ablation", b"XX")):
            with h5py.File(reports.copy(self.path("a"), "bad.h5"), "r+") as file:
                file[name][0] = value
            self.fails(DAMAGED, "bad", parts=["bad.h5", name if name == "hidden" else "XX"])
        with h5py.File(reports.copy(self.path("a"), "odd.h5"), "r+") as file:
            file["n_r"][:] = 2**31 - 1
            file["converged"][:] = -77
            file["state"][0, 0, 0] = 77
        folder, _ = self.report(self.path("odd"))
        row = read_csv(folder / "jobs.csv")[0]
        self.assertEqual((row["n_r"], row["converged"], row["state"]), ("", "", "0"))

    def test_a_missing_file(self):
        self.fails(TAKEN, "none", parts=["none.h5", "No such file"])

    def test_where_nothing_can_be_written(self):
        for output in (self.path("a"), self.path("a") / "deep", "/proc/report"):
            done = self.expect(IO, common.schursweep("report", self.path("a"), "-o", output))
            self.assertIn("cannot create the folder", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_read_only_folder(self):
        folder = self.folder / "read-only"
        folder.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
        self.addCleanup(folder.chmod, 0o700)
        self.expect(IO, common.schursweep("report", self.path("a"), "-o", folder))
        self.assertEqual(list(folder.iterdir()), [])

    def test_folders_are_made(self):
        deep = self.folder / "x" / "y//z"
        self.expect(0, common.schursweep("report", self.path("b"), "-o", f"{deep}/"))
        self.assertTrue((self.folder / "x/y/z/report.html").is_file())

    def test_the_results_are_only_read(self):
        before = self.path("a").read_bytes()
        self.expect(0, common.schursweep("report", "-q", self.path("a")))
        self.assertEqual(self.path("a").read_bytes(), before)
        self.assertTrue((self.folder / "a-report" / "report.html").is_file())  # by default

    def test_wrong_command_lines(self):
        for arguments in (["-o", "x"], [self.path("a"), "-o", "x", "-a", "2"],
                          [self.path("a"), "-o", "x", "--alpha", "0.9x"], [self.path("a"), "-o", ""]):
            done = self.expect(2, common.schursweep("report", *arguments))
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


class Models(reports.ReportCase):
    """The pictures of an example need its weights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        grid = {"task": "copy", "construction": "cayley", "hidden": 6, "seeds": "0..1",
                "recipe": {"steps": 5}}
        reports.write_models(cls.folder, GROUPS[:1])
        study = reports.write_study(cls.folder, models=[{"file": "g*.h5"}, grid],
                                    tasks=[{"name": "copy", "trials": 8, "bits": 2, "symbols": 2,
                                            "replay": 6}])
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", study))
        cls.path = cls.folder / "study.h5"

    def drawn(self, folder):
        return {name for name in ("schur-copy-0", "outputs-copy-0", "schur-sine-1", "outputs-sine-1")
                if (folder / "figures" / f"{name}.svg").exists()}

    def test_they_are_found_where_the_study_had_them(self):
        folder, _ = self.report(self.path)
        self.assertEqual(len(self.drawn(folder)), 4)
        self.assertNotIn("were not found", self.page(folder).text)

    def test_moved_ones_are_found_where_the_option_says(self):
        away = self.folder / "away"
        away.mkdir()
        for path in [*self.folder.glob("g*.h5"), *(self.folder / "models").glob("*.h5")]:
            shutil.move(path, away)
            self.addCleanup(shutil.move, away / path.name, path)
        folder, _ = self.report(self.path)
        self.assertEqual(self.drawn(folder), set())
        self.assertIn("sine: the weights of g0s0.h5 were not found", self.page(folder).text)
        folder, _ = self.report(self.path, "--models", away)
        self.assertEqual(len(self.drawn(folder)), 4)

    def test_other_weights_of_that_name_are_not_taken(self):
        path = self.folder / "g0s0.h5"
        kept = path.read_bytes()
        self.addCleanup(path.write_bytes, kept)
        with h5py.File(path, "r+") as file:
            file["weight_hh"][0, 0] += 1e-3
        folder, _ = self.report(self.path)
        self.assertEqual(self.drawn(folder), {"schur-copy-0", "outputs-copy-0"})


if __name__ == "__main__":
    common.main()
