"""The job scripts on a real Slurm: time limit, cancellation, a lost node, shards, a wrong start.

    tests/slurm/run.sh test_slurm.py build/schursweep [arguments of unittest]
"""
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import h5py
import numpy as np

import cluster
import common
import models
import test_kills

SCRIPTS = common.ROOT / "slurm"
CASES = 24
SECONDS = 120  # for anything that Slurm does


def tearDownModule():
    if Slurm.cluster is not None:
        Slurm.cluster.stop()


class Slurm(test_kills.Kills):
    """One cluster for all classes; a test takes the study under a name of its own."""

    cluster = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if Slurm.cluster is None:
            environment = dict(common.mpi_environment(), SCHURSWEEP=common.program())
            Slurm.cluster = cluster.Cluster(environment)
            Slurm.cluster.start()

    @classmethod
    def write_models(cls, steps, count):
        for seed in range(CASES):
            model = models.network(seed, 64)
            trials = models.trials_for(model, seed, steps=steps, count=count)
            common.write_model(cls.folder / f"m{seed:02}.h5", model, trials)

    @classmethod
    def run_whole_study(cls):
        path = cls.folder / "whole.h5"
        told = common.schursweep("run", "-q", cls.study("whole"), ranks=3)
        cls().expect(common.COMPLETE, told)
        return common.read_results(path)

    @classmethod
    def study(cls, name):
        return common.write_study(cls.folder / f"{name}.cfg", study="slurm",
                                  models=[{"file": "m??.h5"}],
                                  alphas={"from": 0.5, "to": 0.95, "count": 10})

    def submit(self, script, name, *options, tasks=3):
        """Number of a job that runs the study; its log is <name>.log."""
        log = self.folder / f"{name}.log"
        number = self.cluster.submit(f"--ntasks={tasks}", "--time=10", f"--output={log}", *options,
                                     SCRIPTS / script, self.study(name), "--progress", "none")
        self.addCleanup(self.cluster.run, "scancel", number, check=False)
        return number

    def log(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def wait(self, condition, what):
        try:
            self.cluster.wait(condition, SECONDS * common.SLOWDOWN, what)
        except TimeoutError as error:
            logs = "\n".join(f"{p.name}: {p.read_text()}" for p in self.folder.glob("*.log"))
            self.fail(f"{error}\n{logs}")

    def wait_for_state(self, number, *states):
        self.wait(lambda: self.cluster.job(number)["JobState"] in states, f"job {number} {states}")
        return self.cluster.job(number)

    def final_cells(self, path):
        if not path.exists():
            return 0
        with h5py.File(path, "r") as file:
            return int((file["state"][()] != common.PENDING).sum())

    def wait_for_progress(self, name, share=0.1):
        path = self.folder / f"{name}.h5"
        wanted = share * self.expected["state"].size
        self.wait(lambda: self.final_cells(path) >= wanted, f"progress of {name}")

    def assert_complete(self, number, name, restarts):
        """Ended well after at least so many restarts, with the bits of the uninterrupted study."""
        job = self.wait_for_state(number, "COMPLETED", "FAILED", "CANCELLED", "TIMEOUT")
        self.assertEqual((job["JobState"], job["ExitCode"]), ("COMPLETED", "0:0"), self.log(name))
        self.assertGreaterEqual(int(job["Restarts"]), restarts, self.log(name))
        self.assert_same_bits(common.read_results(self.folder / f"{name}.h5"), self.expected, name)


class Interrupted(Slurm):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.write_models(steps=100, count=300)
        cls.expected = cls.run_whole_study()

    def check_signal(self, script, name):
        number = self.submit(script, name)
        self.wait_for_progress(name)
        self.cluster.run("scancel", "--batch", "--signal=USR1", number)
        self.assert_complete(number, name, restarts=1)
        self.assertIn("requeue", self.log(name))

    def test_signal_with_mpirun(self):
        self.check_signal("sweep-mpirun.sbatch", "signalled-mpirun")

    def test_signal_with_srun(self):
        self.check_signal("sweep.sbatch", "signalled-srun")

    def test_cancelled_jobs_stay_cancelled_and_are_submitted_again(self):
        for script, name in (("sweep.sbatch", "cancelled"),
                             ("sweep-mpirun.sbatch", "cancelled-mpirun")):
            with self.subTest(script=script):
                number = self.submit(script, name)
                self.wait_for_progress(name)
                self.cluster.run("scancel", number)
                self.wait_for_state(number, "CANCELLED")
                self.assertNotIn("requeue", self.log(name))
                self.assertLess(self.final_cells(self.folder / f"{name}.h5"),
                                self.expected["state"].size)
                self.assert_complete(self.submit(script, name), name, restarts=0)


if __name__ == "__main__":
    common.main()
