"""Shards of a study, and the job scripts that need no Slurm to be judged."""
import subprocess

import numpy as np

import common
import models

USAGE, MISMATCH = 2, 5
MARK = "# ---- the same in all scripts"
SCRIPTS = sorted((common.ROOT / "slurm").glob("*.sbatch"))


class Shards(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.study = models.write_small_study(cls.folder)
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", cls.study))
        cls.whole = common.read_results(cls.folder / "study.h5")

    def shard(self, text, *options, code=common.COMPLETE, ranks=0):
        told = common.schursweep("run", "-q", "--shard", text, *options, self.study, ranks=ranks)
        return self.expect(code, told)

    def test_shards_are_together_the_study(self):
        ranks_of = common.some((0, 2), 3)
        n = len(ranks_of)
        for number, ranks in enumerate(ranks_of, 1):
            self.shard(f"{number}/{n}", ranks=ranks)
            found = common.read_results(self.folder / f"study.shard-{number}-of-{n}.h5")
            cases = slice(number - 1, None, n)
            self.assertEqual(len(found["case"]), len(self.whole["case"][cases]))
            for name in ("model", "task", "fvu", "distance", "eigenvalue_re", "n_r"):
                np.testing.assert_array_equal(found[name], self.whole[name][cases], name)
        # A report pools them.
        tables = []
        for name, results in (("whole", ["study.h5"]),
                              ("pool", [f"study.shard-{i + 1}-of-{n}.h5" for i in range(n)])):
            folder = self.folder / f"report-{name}"
            told = common.schursweep("report", *[self.folder / path for path in results],
                                     "-o", folder)
            self.expect(common.COMPLETE, told)
            tables.append(sorted((folder / "jobs.csv").read_text().splitlines()))
        self.assertEqual(*tables)

    def test_models_are_trained_for_their_shard_alone(self):
        text = self.study.read_text()
        study = self.folder / "fresh.cfg"
        study.write_text(text + 'models_dir = "fresh";\noutput = "fresh.h5";\n')
        count = len(self.whole["case"])
        trained = int(np.sum(self.whole["construction"] != ""))
        self.assertEqual(trained, 4)
        told = common.schursweep("run", "-q", "--shard", f"{count}/{count}", study)
        self.expect(common.COMPLETE, told)
        self.assertEqual(len(list((self.folder / "fresh").glob("*.h5"))), 1)

    def test_a_surplus_shard_leaves_no_file(self):
        count = len(self.whole["case"]) + 1
        for ranks in (0, 2):
            told = self.shard(f"{count}/{count}", ranks=ranks)
            self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)
            self.assertIn("fewer cases than shards", told.stderr)
        self.assertEqual(list(self.folder.glob(f"study.shard-{count}-of-*")), [])

    def test_another_shard_is_another_study(self):
        path = self.folder / "own-name.nc"
        self.shard("1/4", "-o", path)
        self.assertIn("'shard' differs", self.shard("2/4", "-o", path, code=MISMATCH).stderr)
        told = common.schursweep("run", "-q", "-o", path, self.study)
        self.assertIn("'shard' differs", self.expect(MISMATCH, told).stderr)

    def test_a_glob_over_the_folder_passes_over_the_files_of_shards(self):
        folder = self.folder / "all"
        for seed in range(3):
            model = models.network(seed, 6)
            common.write_model(folder / f"{seed}.h5", model, models.trials_for(model, seed))
        study = common.write_study(folder / "all.cfg", models=[{"file": "*.h5"}])
        for number in (1, 2, 1):
            told = common.schursweep("run", "-q", "--shard", f"{number}/2", study)
            self.expect(common.COMPLETE, told)
        self.expect(common.COMPLETE, common.schursweep("run", "-q", study))
        self.assertEqual(len(common.read_results(folder / "all.h5")["case"]), 3)

    def test_what_is_no_shard_is_refused(self):
        for text, ranks in (("0/3", 2), ("4/3", 0), ("3", 0), ("x", 0)):
            self.assertIn("expected K/N", self.shard(text, code=USAGE, ranks=ranks).stderr)

    def test_plan_counts_the_cases_of_the_shard(self):
        told = common.schursweep("plan", "--shard", "2/3", self.study)
        self.assertIn("cases     3 of 10 models", self.expect(common.COMPLETE, told).stdout)

    # Job scripts.

    def check_syntax(self, text):
        checked = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def test_bash_reads_them(self):
        self.assertEqual(len(SCRIPTS), 3)
        for script in SCRIPTS:
            self.check_syntax(script.read_text())

    def test_what_is_not_to_be_edited_is_the_same(self):
        ends = {script.read_text().partition(MARK)[2] for script in SCRIPTS}
        self.assertEqual(len(ends), 1)
        self.assertNotIn("", ends)

    def test_plan_writes_one(self):
        model = models.network(0, 8)
        common.write_model(self.folder / "m.h5", model, models.trials_for(model, 0))
        study = self.folder / "it's $(a) `study`;.cfg"
        common.write_study(study, study="a name", models=[{"file": "m.h5"}])
        told = common.schursweep("plan", "--sbatch", study)
        script = self.expect(common.COMPLETE, told).stdout
        self.check_syntax(script)
        self.assertIn("#SBATCH --job-name=a-name\n", script)
        self.assertIn("#SBATCH --ntasks=2\n", script)
        lines = [line for line in script.splitlines() if line.startswith(("study=", "program="))]
        shell = "\n".join([*lines, 'printf "%s\\n%s\\n" "$study" "$program"'])
        found = subprocess.run(["env", "-u", "SCHURSWEEP", "bash", "-c", shell],
                               capture_output=True, text=True, check=True).stdout
        self.assertEqual(found.splitlines(), [str(study), common.program()])


if __name__ == "__main__":
    common.main()
