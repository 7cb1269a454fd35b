"""What the commands print."""
import contextlib
import csv
import functools
import io
import json
import os
import pty
import re
import shutil
import subprocess
import termios
import time

import h5py
import numpy as np

import common
import models

JOBS = 2 * (2 * 8 + len(common.ALWAYS))  # of two cases, with their diagnostics


@functools.lru_cache(maxsize=None)
def help_of(*command):
    return common.schursweep(*command, "--help").stdout


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
        cls.first = cls().expect(0, common.schursweep("run", cls.study, ranks=2))

    def text(self, *arguments, **keys):
        return self.expect(0, common.schursweep(*arguments, **keys)).stdout

    def test_help_and_version(self):
        self.assertIn("Commands:", self.text("--help"))
        for command in ("plan", "run", "train", "status", "show"):
            self.assertIn(f"  {command}", help_of())
            self.assertIn("Options:", help_of(command))
        version = self.text("--version")
        for library in ("schursweep ", "MPI", "HDF5", "BLAS"):
            self.assertIn(library, version)
        self.assertEqual(self.text("--version", ranks=2).count("HDF5"), 2)  # each is one

    def test_help_by_another_name(self):
        self.assertEqual(self.text("help", "run"), help_of("run"))
        self.assertEqual(self.text("help"), help_of())
        self.assertEqual(self.text("-V"), self.text("--version"))
        self.assertIn("did you mean 'run'",
                      self.expect(2, common.schursweep("help", "rum")).stderr)

    def test_options_by_the_environment(self):
        """What the command line says goes first; empty is nothing."""
        self.assertEqual(self.text("show", self.path, environment={"SCHURSWEEP_JSON": "1"}),
                         self.text("show", "--json", self.path))
        for nothing in common.some(("",), "0"):
            self.assertEqual(self.text("show", self.path, environment={"SCHURSWEEP_JSON": nothing}),
                             self.text("show", self.path))
        told = self.expect(2, common.schursweep("plan", self.study,
                                                environment={"SCHURSWEEP_JSON": "yes"}))
        self.assertIn("SCHURSWEEP_JSON is 'yes', expected 1 or 0", told.stderr)
        path, other = self.folder / "by_environment.h5", self.folder / "by_line.h5"
        where = {"SCHURSWEEP_OUTPUT": str(path), "SCHURSWEEP_QUIET": "1"}
        self.assertEqual(self.text("run", self.study, environment=where), "")
        self.text("run", "-o", other, self.study, environment=where)
        self.assert_same_bits(common.read_results(path), common.read_results(other))

    def options(self, command):
        """Long options in the table that the help is made from."""
        return set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", help_of(command), re.MULTILINE))

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

    def test_every_option_is_in_its_manual(self):
        for command, manual in (("import", "models"), ("report", "report"), ("show", "terminal"),
                                ("verify", "terminal"), ("plan", "terminal"), ("status", "terminal"),
                                ("doctor", "terminal"), ("run", "terminal"), ("train", "terminal"),
                                ("compare", "terminal"), ("merge", "terminal")):
            text = (common.ROOT / "docs" / f"{manual}.md").read_text("utf-8")
            for option in self.options(command):
                self.assertTrue(re.search((option + r"\b") if option != "--output" else "-o ", text), f"{manual}.md lacks {option}")

    def test_a_former_option_is_taken_with_a_note(self):
        done = common.schursweep("run", self.study, "--quiet", "--item-timeout", "0s")
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

    def test_a_process_alone_needs_no_setting_of_open_mpi(self):
        """The program spares it a daemon itself; a choice of the user's stands."""
        path = self.folder / "alone.h5"
        self.text("run", "-q", "-o", path, self.study,
                  environment={"OMPI_MCA_ess_singleton_isolated": "0"})
        self.assert_same_bits(common.read_results(path), common.read_results(self.path))

    def test_plan(self):
        plan = json.loads(self.text("plan", "--json", self.study))
        self.assertEqual(plan["jobs"], JOBS)
        self.assertEqual([case["model"] for case in plan["cases"]], ["m0.h5", "m1.h5"])
        self.assertIn(f"jobs      {JOBS}: 2 cases x (2 alphas (0.5 to 0.9) x 8 ablation sets + "
                      "3 diagnostics)\n", self.text("plan", self.study))
        if common.SOAK:  # each of several processes is one for itself: as of --version
            self.assertEqual(self.text("plan", self.study, ranks=3).count(f"jobs      {JOBS}"), 3)

    def test_what_a_job_script_asks_for(self):
        script = self.text("plan", self.study, "--sbatch", "--ntasks", "17", "--account=lab.7",
                           "--partition", "short,long")
        for line in ("ntasks=17", "account=lab.7", "partition=short,long"):
            self.assertIn(f"\n#SBATCH --{line}\n", script)
        self.assertNotIn("--account", self.text("plan", self.study, "--sbatch"))
        self.assertIn("\nlauncher=(srun --mpi=pmix ", script)
        script = self.text("plan", self.study, "--sbatch", "--mpirun")
        launchers = [line for line in (common.ROOT / "slurm" / "sweep-mpirun.sbatch").read_text()
                     .splitlines() if line.startswith("launcher=")]
        self.assertEqual([line for line in script.splitlines() if line.startswith("launcher=")],
                         launchers)
        for says, options in common.some((("expected 2 or more", ["--ntasks", "1"]),
                                          ("no name", ["--account", "a\nrm -rf x"])),
                                         ("expected 2 or more", ["--ntasks", "9x"]),
                                         ("no name", ["--partition", "$(id)"])):
            told = self.expect(2, common.schursweep("plan", "--sbatch", *options, self.study))
            self.assertIn(says, told.stderr)
        self.assertIn("are for --sbatch",
                      self.expect(2, common.schursweep("plan", "--ntasks=3", self.study)).stderr)

    def test_show_has_a_row_for_each_partition(self):
        data = common.read_results(self.path)
        blocks = self.text("show", self.path).split("\n\n")
        for c, block in enumerate(blocks[:2]):
            rows = [line.split() for line in block.splitlines()[2:]]
            self.assertEqual([int(row[-8]) for row in rows], list(dict.fromkeys(data["n_r"][c])))
            for row in rows:
                a = list(data["n_r"][c]).index(int(row[-8]))
                for s, cell in enumerate(row[-7:], 1):
                    if data["removed_mass"][c, a, s] < 1e-12:
                        self.assertEqual(cell, "empty")
                        continue
                    self.assertEqual(cell.startswith("*"), data["distance"][c, a, s] <= 0.1)
                    self.assertEqual(cell.strip("*"), f"{data['delta_fvu'][c, a, s]:.3g}")
        none = self.text("show", self.path, "--epsilon", "0").split("\n\n")
        self.assertNotIn("*", "".join(none[:2]))
        self.assertIn("epsilon = 0 ", none[2])

    def test_show_has_all_measures_of_a_model(self):
        shown = self.text("show", self.path, "--long")
        self.assertEqual(shown.count("  accuracy"), 2)  # of the one task that has it
        one = self.text("show", self.path, "--model", "m1", "--alpha", "0.9")
        self.assertEqual(one.count("alpha 0.9,"), 1)
        self.assertNotIn("m0.h5", one)
        with h5py.File(self.path) as file:
            self.assertIn(f"{file['accuracy'][1, 1, 2]:.4g}", one)
            self.assertIn(f"n_R {file['n_r'][1, 1]}", one)

    def test_show_for_programs_has_the_bits_of_the_file_in_the_order_asked_for(self):
        data = common.read_results(self.path)
        order = sorted((0, 1), key=lambda c: -data["delta_fvu"][c, :, 2].max())
        rows = list(csv.DictReader(io.StringIO(self.text("show", self.path, "--csv", "-s", "CR"))))
        found = json.loads(self.text("show", self.path, "--json", "--sort", "CR"))
        self.assertEqual([row["model"] for row in rows], [f"m{c}.h5" for c in order for _ in range(16)])
        for name in ("fvu", "delta_fvu", "distance", "removed_mass"):
            expected = data[name][order].ravel().tolist()
            self.assertEqual([float(row[name]) for row in rows], expected)
            self.assertEqual([row[name] for row in found], expected)
        self.refuse("--sort is 'colour', expected model, task", "--sort", "colour")
        self.refuse("--csv or --json", "--csv", "--json")
        self.refuse("--epsilon is '-1'", "--epsilon", "-1")

    def refuse(self, part, *options):
        done = self.expect(2, common.schursweep("show", self.path, *options))
        self.assertIn(part, done.stderr)

    def test_import_on_a_terminal_ends_with_the_next_step(self):
        array = np.random.default_rng(1).standard_normal
        np.savez(self.folder / "own.npz", weight_hh=array((5, 5)) / 5, weight_ih=array((5, 2)),
                 weight_hy=array((3, 5)))
        told = self.on_a_terminal("import", self.folder / "own.npz", "--assume-tanh", "-o",
                                  f"{self.folder}/own/")
        self.assertIn("/own/*.h5", re.sub(r"\s", "", told))
        self.assertIn("plan STUDY", told.split("next: ")[1])

    def on_a_terminal(self, *arguments, **variables):
        """What a terminal of 60 columns receives."""
        pid, end = pty.fork()
        if pid == 0:
            environment = {**common.mpi_environment(), "TERM": "xterm", **variables}
            for name in {"NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"} - set(variables):
                environment.pop(name, None)
            termios.tcsetwinsize(0, (24, 60))
            os.execve(common.program(), ["schursweep", *map(str, arguments)], environment)
        received = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while part := os.read(end, 65536):
                received += part
        os.close(end)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        return received.decode().replace("\r\n", "\n")

    def test_a_terminal_has_colours_and_no_line_too_wide(self):
        for command in ("show", "status"):
            shown = self.on_a_terminal(command, self.path)
            self.assertIn("\033[1m", shown)
            plain = re.sub(r"\033\[\d*m", "", shown)
            self.assertLessEqual(max(map(len, plain.splitlines())), 60)
            refusals = ({"NO_COLOR": "1"}, {"CLICOLOR": "0"}, {"TERM": "dumb"})
            for refusal in refusals if common.SOAK or command == "show" else refusals[:1]:
                self.assertEqual(self.on_a_terminal(command, self.path, **refusal), plain)
        self.assertNotIn("\033", self.text("show", self.path))

    def test_a_run_ends_with_its_file_and_the_next_command(self):
        last = self.first.stderr.splitlines()[-1]
        self.assertEqual(last, f"{self.path}: complete, next: schursweep report {self.path}")
        self.assertEqual(json.loads(self.text("status", "--json", self.path))["next"],
                         f"schursweep report {self.path}")

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

    def test_status_tells_how_far_trainings_are(self):
        study = common.write_study(self.folder / "training.cfg", output="trained.h5", models=[
            {"task": "sine", "construction": "cayley", "hidden": 24, "seeds": "0..1",
             "recipe": {"steps": 100000}}], models_dir="trained")
        path = self.folder / "trained.h5"
        job = common.Job(["run", "-q", study], ranks=2)
        models = {"furthest": []}
        while job.is_running() and not models["furthest"]:
            time.sleep(0.05)
            if path.exists():
                models = json.loads(self.text("status", "--json", path))["models"]
        with job.suspended():
            told = self.text("status", path)
        job.kill()
        self.assertEqual((models["n"], models["trained"], models["in_training"]), (2, 0, 1))
        self.assertEqual(models["furthest"][0]["steps"], 100000)
        self.assertGreater(models["furthest"][0]["step"], 0)
        self.assertRegex(told, r"(?m)^models +0 of 2 trained\n"
                               r"training +step \d+ of 100000, loss [\d.e-]+: sine-cayley-n24-s\d-\w+$")
        self.assertRegex(told, r"(?m)^left +.* of training$")
        self.assertIn("\nnext      schursweep run STUDY\n", self.text("status", path))

    def test_status_and_a_second_run_while_one_is_running(self):
        for seed in range(2, 6):
            model = models.network(seed, 64)
            common.write_model(self.folder / f"big{seed}.h5", model,
                               models.trials_for(model, seed, steps=100,
                                                 count=64 if common.SANITIZED else 256))
        study = common.write_study(self.folder / "big.cfg", models=[{"file": "big*.h5"}],
                                   output="big-out.h5")
        path = self.folder / "big-out.h5"
        job = common.Job(["run", "-q", study], ranks=2)
        while job.is_running() and not path.exists():
            time.sleep(0.002)
        with job.suspended():
            seen = json.loads(self.text("status", "--json", path))
            second = common.schursweep("run", study)
        done = job.finish()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))  # it is quiet
        self.assertTrue(seen["running"])
        self.assertEqual(seen["jobs"], 4 * (3 * 8 + len(common.ALWAYS)))
        self.expect(4, second)
        self.assertIn("in use by", second.stderr)
        self.assertEqual(len(second.stderr.splitlines()), 1)
        self.assertEqual(json.loads(self.text("status", "--json", path))["done"], seen["jobs"])


if __name__ == "__main__":
    common.main()
