"""What the commands print."""
import json
import re
import shutil
import subprocess

import h5py

import common
import models

JOBS = 2 * (2 * 8 + len(common.ALWAYS))  # of two cases, with their diagnostics


class Commands(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed in (0, 1):
            model = models.network(seed, 10)
            trials = models.trials_for(model, seed, metric=("fvu", "accuracy")[seed])
            common.write_model(cls.folder / f"m{seed}.h5", model, trials)
        cls.study = common.write_study(cls.folder / "s.cfg", models=[{"file": "m?.h5"}],
                                       alphas=[0.5, 0.9], output="out.h5")
        cls.path = cls.folder / "out.h5"
        cls.first = cls().expect(0, common.schursweep("run", cls.study, ranks=3))

    def text(self, *arguments, **keys):
        return self.expect(0, common.schursweep(*arguments, **keys)).stdout

    def test_help_and_version(self):
        self.assertIn("Commands:", self.text("--help"))
        for command in ("plan", "run", "train", "status", "show"):
            self.assertIn(f"  {command}", self.text("--help"))
            self.assertIn("Options:", self.text(command, "--help"))
        version = self.text("--version")
        for library in ("schursweep ", "MPI", "HDF5", "BLAS"):
            self.assertIn(library, version)
        self.assertEqual(self.text("--version", ranks=3).count("HDF5"), 1)

    def options(self, command):
        """Long options in the table that the help is made from."""
        return set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", self.text(command, "--help"), re.MULTILINE))

    def test_every_option_of_a_manual_is_one_of_its_command(self):
        n_found = 0
        for manual in ("README.md", "docs/*.md", "slurm/README.md"):
            for path in sorted(common.ROOT.glob(manual)):
                lines = re.findall(r"schursweep (\w+)((?: [^`\n|;#]*)?)", path.read_text("utf-8"))
                for command, rest in lines:
                    for option in re.findall(r"(?<=\s)--[a-z-]+", rest):
                        self.assertIn(option, self.options(command), f"{path.name}: {command}")
                        n_found += 1
        self.assertGreater(n_found, 5)

    def test_every_option_of_import_and_report_is_in_its_manual(self):
        for command, manual in (("import", "models"), ("report", "report")):
            text = (common.ROOT / "docs" / f"{manual}.md").read_text("utf-8")
            for option in self.options(command):
                self.assertTrue(re.search((option + r"\b") if option != "--output" else "-o ", text), f"{manual}.md lacks {option}")

    def test_a_former_option_is_taken_with_a_note(self):
        done = common.schursweep("run", self.study, "--quiet", "--item-timeout", "0s", ranks=2)
        self.expect(0, done)
        self.assertEqual(done.stderr, "note: --item-timeout is now called --stall-timeout\n")

    def test_former_spellings_of_a_study_are_taken_with_a_note(self):
        new, old = self.folder / "new.cfg", self.folder / "old.cfg"
        head = 'study = "s";\nmodels = ( { file = "m0.h5"; %s = "own"; } );\n'
        new.write_text(head % "evaluate_on" + 'precision = "float32";\npartitions = "all";\n')
        old.write_text(head % "tasks" + 'precision = "single";\nprofile = true;\n')
        self.expect(0, common.schursweep("run", "-q", new))
        new.with_suffix(".h5").rename(old.with_suffix(".h5"))
        told = self.expect(0, common.schursweep("run", old))
        self.assertIn("nothing to do", told.stderr)
        for line, what in ((2, "tasks is now called evaluate_on"),
                           (3, 'precision "single" is now called "float32"'),
                           (4, "profile is now called partitions")):
            self.assertIn(f"old.cfg:{line}: {what}\n", told.stderr)
        self.assertEqual(self.expect(0, common.schursweep("run", "-q", old)).stderr, "")

    def test_progress_is_lines_without_a_terminal(self):
        self.assertIn(f"{JOBS} jobs in", self.first.stderr)
        self.assertNotIn("\r", self.first.stderr)

    def test_quiet_prints_nothing(self):
        done = common.schursweep("run", "-q", "-o", self.folder / "quiet.h5", self.study, ranks=2)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_a_process_alone_needs_no_setting_of_open_mpi(self):
        """scripts/mpi-env.sh spares it a daemon, and every other test has that."""
        path = self.folder / "alone.h5"
        self.text("run", "-q", "-o", path, self.study,
                  prefix=["env", "-u", "OMPI_MCA_ess_singleton_isolated"])
        self.assert_same_bits(common.read_results(path), common.read_results(self.path))

    def test_plan(self):
        plan = json.loads(self.text("plan", "--json", self.study))
        self.assertEqual(plan["jobs"], JOBS)
        self.assertEqual([case["model"] for case in plan["cases"]], ["m0.h5", "m1.h5"])
        self.assertIn(f"jobs      {JOBS}: 2 cases x (2 alphas (0.5 to 0.9) x 8 ablation sets + "
                      "3 diagnostics)\n", self.text("plan", self.study))
        self.assertEqual(self.text("plan", self.study, ranks=3).count(f"jobs      {JOBS}"), 1)

    def test_show_has_every_job_once(self):
        shown = self.text("show", self.path)
        self.assertEqual(shown.count("  RR+CR+CC"), 4)
        self.assertEqual(shown.count("  accuracy"), 2)  # of the one task that has it
        self.assertEqual(shown.count("  fvu"), 4)
        one = self.text("show", self.path, "--model", "m1.h5", "--alpha", "0.9")
        self.assertEqual(one.count("alpha 0.9,"), 1)
        self.assertNotIn("m0.h5", one)
        with h5py.File(self.path) as file:
            self.assertIn(f"{file['accuracy'][1, 1, 2]:.4g}", one)
            self.assertIn(f"n_R {file['n_r'][1, 1]}", one)

    def test_show_names_the_nearest_model(self):
        wrong = common.schursweep("show", self.path, "--model", "m2.h5")
        self.expect(2, wrong)
        self.assertIn("did you mean 'm0.h5'", wrong.stderr)

    def test_show_into_a_closed_pipe_is_silent(self):
        done = subprocess.run(["bash", "-c", '"$0" show "$1" | head -1', common.program(),
                               str(self.path)], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        self.assertEqual(len(done.stdout.splitlines()), 1)

    def test_status_of_a_complete_study(self):
        status = json.loads(self.text("status", "--json", self.path))
        self.assertEqual((status["done"], status["failed"], status["pending"]), (JOBS, 0, 0))
        self.assertFalse(status["running"])
        self.assertIn(f"{JOBS} done, 0 failed, 0 pending of {JOBS}", self.text("status", self.path))

    def test_status_of_a_stopped_study(self):
        half = self.folder / "half.h5"
        shutil.copy(self.path, half)
        with h5py.File(half, "r+") as file:
            file["state"][1] = common.PENDING
        status = json.loads(self.text("status", "--json", half))
        self.assertEqual((status["done"], status["pending"]), (JOBS - 16, 16))
        self.assertIn("stopped", self.text("status", half))
        self.assertIn("pending", self.text("show", half))

    def test_status_and_a_second_run_while_one_is_running(self):
        for seed in range(2, 6):
            model = models.network(seed, 80)
            common.write_model(self.folder / f"big{seed}.h5", model,
                               models.trials_for(model, seed, steps=100,
                                                 count=64 if common.SANITIZED else 256))
        study = common.write_study(self.folder / "big.cfg", models=[{"file": "big*.h5"}],
                                   output="big-out.h5")
        path = self.folder / "big-out.h5"
        job = common.Job(["run", "-q", study], ranks=3)
        while job.is_running() and not path.exists():
            pass
        with job.suspended():
            seen = json.loads(self.text("status", "--json", path))
            second = common.schursweep("run", study)
        self.expect(0, job.finish())
        self.assertTrue(seen["running"])
        self.assertEqual(seen["jobs"], 4 * (3 * 8 + len(common.ALWAYS)))
        self.expect(4, second)
        self.assertIn("in use by", second.stderr)
        self.assertEqual(len(second.stderr.splitlines()), 1)
        self.assertEqual(json.loads(self.text("status", "--json", path))["done"], seen["jobs"])


if __name__ == "__main__":
    common.main()
