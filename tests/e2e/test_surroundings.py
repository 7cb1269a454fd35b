"""Wherever it is started: the same result, or one clear line; no crash, no hang, no silence."""
import os
import resource
import shutil
import subprocess
import sys
import time
import unittest

import h5py

import common
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
    def test_alone(self):
        past = str(int(time.time()) - 86400)
        for environment in ({}, {"HOME": "/nonexistent"}, {"TMPDIR": "/nonexistent"},
                            {"LC_ALL": "tr_TR.UTF-8"}, {"SLURM_JOB_END_TIME": past},
                            {"SLURM_PROCID": "3", "SLURM_JOB_ID": "1"},
                            {"OMPI_MCA_ess_singleton_isolated": "1", "OMP_PROC_BIND": "true"}):
            with self.subTest(environment):
                self.check_complete(self.run_in(environment))

    def test_under_mpirun(self):
        for environment in ({}, {"TMPDIR": "/nonexistent", "HOME": "/nonexistent"}):
            with self.subTest(environment):
                self.check_complete(self.run_in(environment, launcher=MPIRUN))

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

    @unittest.skipUnless(PRIVILEGED, "needs mount namespaces")
    def test_without_shared_memory(self):
        for options in ("size=64k", "ro"):
            mount = f"mount -t tmpfs -o {options} none /dev/shm"
            with self.subTest(options):
                self.check_complete(self.run_in(prefix=["unshare", "-m", *shell(mount)],
                                                launcher=MPIRUN))


class Paths(SurroundingsCase):
    def test_long_and_odd_ones(self):
        for name, launcher in (("a" * 100 + "/" + "b" * 200, ()),
                               ("/".join(["c" * 120] * 8), MPIRUN),
                               ("/".join(["d" * 200] * 19), ()),
                               ("with space 'and' \"quotes\" %s $HOME", MPIRUN),
                               ("\u00fcml\u00e4ut \u65e5\u672c;*?[a]", ())):
            folder = self.folder / name
            with self.subTest(name[:40]):
                if len(str(folder)) > 3900:
                    folder = self.folder / "/".join(["d" * 200] * 18)
                study = self.write_study(folder)
                self.check_complete(self.run_in(study=study, launcher=launcher), folder / "out.h5")


class Limits(SurroundingsCase):
    def test_what_fits_or_is_refused(self):
        for limit, words in (("ulimit -v 900000", None), ("ulimit -s 512", None),
                             ("ulimit -Sn 20", None), ("ulimit -n 20", "open files is 20"),
                             ("ulimit -f 8", "size of files"), ("ulimit -v 180000", "ulimit -v")):
            if common.SANITIZED and "-v" in limit:
                continue  # shadow memory is address space
            with self.subTest(limit):
                told = self.run_in(prefix=shell(limit))
                if words is None:
                    self.check_complete(told)
                else:
                    self.check_refused(told, 1 if "-v" in limit else IO, words)

    def test_closed_streams(self):
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                told = self.run_in(prefix=["bash", "-c", f'exec "$@" {closed}', "bash"])
                self.check_complete(told)


class EveryProcess(SurroundingsCase):
    def test_commands_without_mpi_work_on_each(self):
        self.assertEqual(self.run_in().returncode, OK)
        for rank in ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"):
            for command in (["status", "out.h5"], ["show", "out.h5"], ["plan", "s.cfg"],
                            ["verify", "out.h5"], ["import", "m.h5", "-o", "new.h5"]):
                with self.subTest(rank, command=command):
                    told = subprocess.run([common.program(), *command], cwd=self.folder, text=True,
                                          env={**HERE, rank: "1"}, capture_output=True)
                    self.assertEqual(told.returncode, OK, told.stderr)
                    self.assertNotEqual(told.stdout + told.stderr, "")
            self.assertTrue((self.folder / "new.h5").exists())
            (self.folder / "new.h5").unlink()

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


class OpenElsewhere(SurroundingsCase):
    def test_it_is_not_called_damaged(self):
        self.assertEqual(self.run_in().returncode, OK)
        with h5py.File(self.folder / "out.h5", "r+"):
            for command in ("status out.h5", "show out.h5", "verify out.h5", "run s.cfg"):
                told = common.schursweep(*command.split(), cwd=self.folder)
                self.assertEqual(told.returncode, TAKEN, command)
                self.assertRegex(told.stderr, r"out\.h5: open for writing in another.*h5clear -s")
        self.assertEqual(common.schursweep("status", "out.h5", cwd=self.folder).returncode, OK)

    def test_left_by_a_writer_that_died(self):
        script = ("import h5py, os; f = h5py.File('m.h5', 'r+', libver='latest');"
                  "g = h5py.File('dead.h5', 'w', libver='latest'); f.copy('weight_hh', g);"
                  "g.flush(); os._exit(0)")
        subprocess.run([sys.executable, "-c", script], cwd=self.folder, check=True)
        told = common.schursweep("import", "dead.h5", "-o", "x.h5", cwd=self.folder)
        self.assertEqual(told.returncode, INPUT)
        self.assertIn("h5clear -s", told.stderr)


@unittest.skipUnless(os.geteuid() == 0, "needs another user")
class Permission(SurroundingsCase):
    def test_a_folder_that_may_not_be_searched(self):
        """Whatever the mode takes away: it is no folder without models."""
        for mode in (0o600, 0o644, 0o711):
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
