"""Wherever it is started: the same result, or one clear line; no crash, no hang, no silence."""
import os
import shutil
import subprocess
import sys
import unittest

import h5py

import common
import environments
import models

OK, INPUT, TAKEN, IO = 0, 3, 4, 7
MPIRUN = ["mpirun", "-q", "--oversubscribe", "-n", "2"]
HERE = {name: os.environ[name] for name in ("PATH",)}
ROOT_OF_MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
PRIVILEGED = os.geteuid() == 0 and subprocess.run(
    ["unshare", "-m", "true"], capture_output=True).returncode == 0


def shell(text):
    """A prefix that does something before the program begins."""
    return ["bash", "-c", text + ' && exec "$@"', "bash"]


class SurroundingsCase(common.TestCase):
    def setUp(self):
        super().setUp()
        self.model = models.network(7, 6)
        self.write_study(self.folder)

    def write_study(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        common.write_model(folder / "m.h5", self.model,
                           models.trials_for(self.model, 7, 9, 3))
        return common.write_study(folder / "s.cfg", models=({"file": "m.h5"},), alphas=[0.7],
                                  output="out.h5")

    def run_in(self, environment=None, prefix=(), launcher=(), study="s.cfg", cwd=None):
        """With nothing in the environment but what is given: no script prepares it."""
        command = [*prefix, *launcher, common.program(), "run", "-q", str(study)]
        return subprocess.run(command, env={**HERE, **ROOT_OF_MPI, **(environment or {})},
                              cwd=cwd or self.folder, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=90 * common.SLOWDOWN)

    def check_complete(self, told, path=None):
        self.assertEqual((told.returncode, told.stdout, told.stderr), (OK, "", ""))
        path = path or self.folder / "out.h5"
        self.assertTrue((common.read_results(path)["state"] == common.DONE).all())
        path.unlink()

    def check_refused(self, told, code, words, lines=1):
        self.assertEqual(told.returncode, code, told.stderr)
        self.assertEqual(len(told.stderr.splitlines()), lines, told.stderr)
        self.assertRegex(told.stderr, words)
        self.assertFalse((self.folder / "out.h5").exists())


class Environments(SurroundingsCase):
    def check_all(self, surroundings, launcher=()):
        for each in surroundings:
            if (each.root and not PRIVILEGED) or (common.SANITIZED and "ulimit -v" in each.before):
                continue  # shadow memory is address space
            with self.subTest(each.name):
                folder = self.folder / each.folder
                study = self.write_study(folder)
                command = environments.command(each, [common.program(), "run", "-q", study], launcher)
                told = subprocess.run(command, env={**HERE, **ROOT_OF_MPI}, cwd=self.folder,
                                      capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                      timeout=90 * common.SLOWDOWN)
                if each.refusal is None:
                    self.check_complete(told, folder / "out.h5")
                    continue
                self.assertIn(told.returncode, (1, 2, IO), told.stderr)
                self.assertRegex(told.stderr, each.refusal)
                self.assertFalse((folder / "out.h5").exists())
                if not launcher:
                    self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)

    def test_alone(self):
        self.assertGreaterEqual(len(environments.ALL), 40)
        self.check_all([each for each in environments.ALL
                        if common.SOAK or each.mark or each.alone])

    def test_under_mpirun(self):
        self.check_all([each for each in environments.ALL if common.SOAK or each.mark], MPIRUN)

    def test_a_variable_that_waited_is_there_again(self):
        """Seen by a program that is started; and there is one thread."""
        (self.folder / "gnuplot").write_text(
            '#!/bin/sh\n[ -e seen ] || { env; grep Threads "/proc/$PPID/status"; } > "$SEEN"\n')
        (self.folder / "gnuplot").chmod(0o755)
        self.assertEqual(self.run_in({"LOGNAME": "somebody"}).returncode, OK)
        seen = self.folder / "seen"
        environment = {"PATH": f"{self.folder}:{HERE['PATH']}", "LOGNAME": "somebody", "SEEN": str(seen)}
        subprocess.run([common.program(), "report", "-q", "out.h5"], cwd=self.folder, check=True,
                       env=environment, capture_output=True)
        lines = seen.read_text().split("\n")
        self.assertIn("LOGNAME=somebody", lines)
        self.assertIn("OPENBLAS_NUM_THREADS=1", lines)
        self.assertIn("Threads:\t1", lines)

    def test_without_ssh(self):
        """As in a container."""
        programs = self.folder / "bin"
        programs.mkdir()
        for folder in HERE["PATH"].split(":"):
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                if name not in ("ssh", "rsh", "slogin") and not (programs / name).is_symlink():
                    (programs / name).symlink_to(os.path.join(folder, name))
        self.check_complete(self.run_in({"PATH": str(programs)}))
        self.check_complete(self.run_in(
            {"PATH": str(programs)}, launcher=MPIRUN,
            prefix=["bash", "-c", '. "$0" && exec "$@"', common.ROOT / "scripts" / "mpi-env.sh"]))

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_a_temporary_folder_of_somebody_else(self):
        (self.folder / "private").mkdir(mode=0o700)
        self.folder.chmod(0o777)
        self.check_complete(self.run_in({"TMPDIR": str(self.folder / "private")},
                                        prefix=["setpriv", "--reuid=65534", "--clear-groups"]))

    def test_closed_streams(self):
        for closed in common.some(("<&-", "<&- >&- 2>&-"), ">&-", "2>&-"):
            with self.subTest(closed):
                told = self.run_in(prefix=["bash", "-c", f'exec "$@" {closed}', "bash"])
                self.check_complete(told)


class EveryProcess(SurroundingsCase):
    """Of several that are started together, and beside others that have the file open."""

    def test_commands_without_mpi_work_on_each(self):
        self.assertEqual(self.run_in().returncode, OK)
        commands = (["status", "out.h5"], ["show", "out.h5"], ["plan", "s.cfg"],
                    ["verify", "out.h5"], ["import", "m.h5", "-o", "new.h5"])
        for number, rank in enumerate(("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                       "SLURM_PROCID")):
            whole = common.SOAK or rank == "SLURM_PROCID"
            for command in commands if whole else commands[number:number + 1]:
                with self.subTest(rank, command=command):
                    told = subprocess.run([common.program(), *command], cwd=self.folder, text=True,
                                          env={**HERE, rank: "1"}, capture_output=True)
                    self.assertEqual(told.returncode, OK, told.stderr)
                    self.assertNotEqual(told.stdout + told.stderr, "")
                    self.assertEqual((self.folder / "new.h5").exists(), command[0] == "import")
            (self.folder / "new.h5").unlink(missing_ok=True)

    def test_tasks_that_do_not_meet_are_refused_once(self):
        step = {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2"}
        for task, lines in (("0", 1), ("1", 0)):
            told = self.run_in({**step, "SLURM_PROCID": task})
            self.assertEqual((told.returncode, len(told.stderr.splitlines())), (2, lines))

    def test_failures_are_not_silent(self):
        told = subprocess.run([common.program(), "status", "none.h5"], cwd=self.folder, text=True,
                              env={**HERE, "SLURM_PROCID": "1"}, capture_output=True)
        self.assertEqual(told.returncode, TAKEN)
        self.assertIn("none.h5: No such file", told.stderr)

    def test_a_file_that_is_open_elsewhere_is_not_called_damaged(self):
        self.assertEqual(self.run_in().returncode, OK)
        with h5py.File(self.folder / "out.h5", "r+"):
            for command in ("status out.h5", "show out.h5", "verify out.h5", "run s.cfg"):
                told = common.schursweep(*command.split(), cwd=self.folder)
                self.assertEqual(told.returncode, TAKEN, command)
                self.assertRegex(told.stderr, r"out\.h5: open for writing in another.*h5clear -s")
        self.assertEqual(common.schursweep("status", "out.h5", cwd=self.folder).returncode, OK)

    def test_a_file_left_by_a_writer_that_died(self):
        script = ("import h5py, os; f = h5py.File('m.h5', 'r+', libver='latest');"
                  "g = h5py.File('dead.h5', 'w', libver='latest'); f.copy('weight_hh', g);"
                  "g.flush(); os._exit(0)")
        subprocess.run([sys.executable, "-c", script], cwd=self.folder, check=True)
        told = common.schursweep("import", "dead.h5", "-o", "x.h5", cwd=self.folder)
        self.assertEqual(told.returncode, INPUT)
        self.assertIn("h5clear -s", told.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_a_folder_that_may_not_be_searched(self):
        """Whatever the mode takes away: it is no folder without models."""
        for mode in common.some((0o600, 0o711), 0o644):
            sub = self.folder / "d"
            sub.mkdir(exist_ok=True)
            shutil.copy(self.folder / "m.h5", sub)
            for pattern in ("d/*.h5", "d/m.h5"):
                study = common.write_study(self.folder / "d.cfg", models=({"file": pattern},))
                self.folder.chmod(0o777)
                sub.chmod(mode)
                told = self.run_in(prefix=["setpriv", "--reuid=65534", "--clear-groups"],
                                   study=study)
                sub.chmod(0o755)
                with self.subTest(mode=oct(mode), pattern=pattern):
                    if mode == 0o711 and pattern == "d/m.h5":
                        self.assertEqual(told.returncode, OK, told.stderr)
                    else:
                        self.assertEqual(told.returncode, INPUT)
                        self.assertRegex(told.stderr, "d.*Permission denied")


if __name__ == "__main__":
    common.main()
