"""The job scripts on a real Slurm: time limit, cancellation, a lost node, shards, a wrong start.

    tests/slurm/run.sh test_slurm.py build/schursweep [arguments of unittest]
"""
import os
import re
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import h5py
import numpy as np

import cluster
import common
import environments
import models
import interrupted

SCRIPTS = common.ROOT / "slurm"
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")
SECONDS = 180  # for anything; Slurm lets a requeued job and a lost node wait
USAGE, INPUT, STOPPED = 2, 3, 75


def setUpModule():
    environment = dict(common.mpi_environment(), SCHURSWEEP=common.program())
    Slurm.cluster = cluster.Cluster(environment)
    Slurm.cluster.start()


def tearDownModule():
    Slurm.cluster.stop()


def tell(processes, number):
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass  # it has just ended


def is_told(process, number):
    """Whether that signal waits for a process that stands still."""
    status = dict(line.split(":", 1) for line in
                  Path(f"/proc/{process}/status").read_text().splitlines())
    return int(status["ShdPnd"], 16) >> number - 1 & 1


class Slurm(interrupted.TestCase):
    """One cluster for all; every test takes the study under a name of its own."""

    CASES = 12
    SIZE = {"steps": 100, "count": 150}  # of the trials: how long a case takes

    cluster = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed in range(cls.CASES):
            model = models.network(seed, 64)
            trials = models.trials_for(model, seed, **cls.SIZE)
            common.write_model(cls.folder / f"m{seed:02}.h5", model, trials)
        cls.whole = None

    @classmethod
    def uninterrupted(cls):
        """Results of the study without Slurm; made when they are first asked for."""
        if cls.whole is None:
            told = common.schursweep("run", "-q", cls.study("whole"), ranks=3, seconds=SECONDS)
            cls().expect(common.COMPLETE, told)
            cls.whole = common.read_results(cls.folder / "whole.h5")
        return cls.whole

    @classmethod
    def study(cls, name):
        return common.write_study(cls.folder / f"{name}.cfg", study="slurm",
                                  models=[{"file": "m??.h5"}],
                                  alphas={"from": 0.5, "to": 0.95, "count": 10})

    def submit(self, script, name, *options, tasks=3, arguments=()):
        """Number of a job that runs the study; its log is <name>.log."""
        number = self.cluster.submit(
            f"--ntasks={tasks}", "--time=10", f"--output={self.folder / name}.log", *options,
            script, self.study(name), "--progress", "none", *arguments
        )
        self.addCleanup(self.cluster.run, "scancel", number, check=False)
        return number

    def log(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def wait(self, condition, what, every=0.1):
        try:
            self.cluster.wait(condition, SECONDS * common.SLOWDOWN, what, every)
        except TimeoutError as error:
            logs = "\n".join(f"{p.name}: {p.read_text()}" for p in self.folder.glob("*.log"))
            self.fail(f"{error}\n{logs}")

    def wait_for_state(self, number, *states):
        self.wait(lambda: self.cluster.job(number)["JobState"] in states, f"job {number} {states}",
                  every=0.4)
        return self.cluster.job(number)

    def final_jobs(self, name):
        path = self.folder / f"{name}.h5"
        if not path.exists():
            return 0
        with h5py.File(path, "r") as file:
            return int((file["state"][()] != common.PENDING).sum())

    def ranks(self, name):
        """Ids of the processes that run the study, on whatever node."""
        found, study = [], os.fsencode(self.folder / f"{name}.cfg")
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # it has just ended
            if words[0] == os.fsencode(common.program()) and study in words:
                found.append(int(entry.name))
        return found

    def hold(self, name):
        """The ranks of the study, which stand still with a part of their work done, however fast
        they are: until then they run in steps of one look after the other."""
        ranks = []

        def has_progress():
            ranks[:] = self.ranks(name)
            tell(ranks, signal.SIGSTOP)
            if self.final_jobs(name) > 0:
                return True
            tell(ranks, signal.SIGCONT)
            return False

        self.wait(has_progress, f"progress of {name}", every=0.02)
        return ranks

    def go_on_when_told(self, ranks, number):
        """Lets ranks go on for which that signal waits."""
        self.wait(lambda: any(is_told(rank, number) for rank in ranks), "the signal")
        tell(ranks, signal.SIGCONT)

    def assert_ended(self, number, name, code):
        """The exit code of the script is that of the run."""
        job = self.wait_for_state(number, *ENDED)
        state = "COMPLETED" if code == 0 else "FAILED"
        self.assertEqual((job["JobState"], job["ExitCode"]), (state, f"{code}:0"), self.log(name))
        return job

    def assert_same_bits(self, found, expected, what):
        """Tells every variable and case that differs, and the log."""
        differing = []
        for name in sorted(set(found) - common.TIMES):
            if found[name].tobytes() != expected[name].tobytes():
                places = [i for i in range(len(found[name]))
                          if found[name][i].tobytes() != expected[name][i].tobytes()]
                differing.append(f"{name} at {places}")
        self.assertEqual(differing, [], f"{what}\n{self.log(what)}")
        super().assert_same_bits(found, expected, what)

    def assert_complete(self, number, name, restarts):
        """Ended well after at least so many restarts, with the bits of the uninterrupted study."""
        expected = self.uninterrupted()
        job = self.assert_ended(number, name, common.COMPLETE)
        self.assertGreaterEqual(int(job["Restarts"]), restarts, self.log(name))
        self.assert_same_bits(common.read_results(self.folder / f"{name}.h5"), expected, name)


class TimeLimit(Slurm):
    def test_the_job_is_requeued_by_its_own_script_and_completes(self):
        name = "limited"
        (self.folder / "limited.h5").write_bytes(b"\x89HDF\r\n\x1a\n of an earlier study")
        self.cluster.wait_for_limit_check(ahead=8)
        number = self.submit(SCRIPTS / "sweep.sbatch", name, "--time=1", "--signal=B:USR1@60",
                             tasks=2, arguments=["--fresh"])
        self.wait((self.folder / "limited.h5.1").exists, "the new file")
        self.go_on_when_told(self.hold(name), signal.SIGUSR1)
        self.assert_complete(number, name, restarts=1)
        self.assertIn("the time limit is near", self.log(name))
        self.assertRegex(self.log(name), "time left (1:00|0:5[0-9])")
        moved = [path.name for path in self.folder.glob("limited.h5.[0-9]*")]
        self.assertEqual(moved, ["limited.h5.1"])


class Interrupted(Slurm):
    def test_a_signal_with_mpirun(self):
        name = "signalled"
        number = self.submit(SCRIPTS / "sweep-mpirun.sbatch", name)
        ranks = self.hold(name)
        self.cluster.run("scancel", "--batch", "--signal=USR1", number)
        self.go_on_when_told(ranks, signal.SIGUSR1)
        self.assert_complete(number, name, restarts=1)
        self.assertIn(": requeue\n", self.log(name))

    def test_cancelled_jobs_stay_cancelled_until_they_are_submitted_again(self):
        for script in ("sweep.sbatch", "sweep-mpirun.sbatch"):
            with self.subTest(script=script):
                name = f"cancelled-{script.partition('.')[0]}"
                number = self.submit(SCRIPTS / script, name)
                self.hold(name)  # Slurm lets them go on when it ends them
                self.cluster.run("scancel", number)
                self.wait_for_state(number, "CANCELLED")
                self.assertNotIn(": requeue\n", self.log(name))
                self.assertLess(self.final_jobs(name), self.uninterrupted()["state"].size)
                number = self.submit(SCRIPTS / script, name)
                self.assert_complete(number, name, restarts=0)

    def test_a_killed_rank(self):
        """The launcher's code is 137."""
        name = "killed"
        number = self.submit(SCRIPTS / "sweep.sbatch", name)
        self.hold(name)
        self.cluster.run("scancel", "--signal=KILL", f"{number}.0")
        self.assert_complete(number, name, restarts=1)

    def test_a_lost_node(self):
        """Where the script ran, Slurm requeues the job; elsewhere the launcher may be faster."""
        jobs = {}
        for script, nodes in (("sweep.sbatch", "n2,n3"), ("sweep-mpirun.sbatch", "n1,n2")):
            name = f"lost-{script.partition('.')[0]}"
            jobs[name] = self.submit(SCRIPTS / script, name, f"--nodelist={nodes}")
        ranks = [rank for name in jobs for rank in self.hold(name)]
        self.cluster.kill_node("n2")
        tell(ranks, signal.SIGCONT)
        for number in jobs.values():
            self.wait(lambda: self.cluster.job(number)["Restarts"] == "1", "the restart", every=0.4)
        self.cluster.start_node("n2")
        for name, number in jobs.items():
            self.assert_complete(number, name, restarts=1)

    def test_a_launcher_that_lies(self):
        """srun has been seen to give 0 for a step that it could not start."""
        name = "liar"
        script = self.folder / "liar.sbatch"
        text, count = re.subn("(?m)^launcher=.*", "((SLURM_RESTART_COUNT)) && launcher=(srun "
                              "--mpi=pmix) || launcher=(true)",
                              (SCRIPTS / "sweep.sbatch").read_text())
        self.assertEqual(count, 1)
        script.write_text(text)
        self.assert_complete(self.submit(script, name), name, restarts=1)

    def test_no_more_restarts_than_allowed(self):
        name = "capped"
        script = self.folder / "capped.sbatch"
        text, count = re.subn("(?m)^max_restarts=[0-9]+", "max_restarts=0",
                              (SCRIPTS / "sweep.sbatch").read_text())
        self.assertEqual(count, 1)
        script.write_text(text)
        number = self.submit(script, name)
        ranks = self.hold(name)
        self.cluster.run("scancel", "--batch", "--signal=USR1", number)
        self.go_on_when_told(ranks, signal.SIGUSR1)
        self.assert_ended(number, name, STOPPED)
        self.assertIn("restarted 0 times, no more", self.log(name))


class Started(Slurm):
    CASES = 7
    SIZE = {"steps": 20, "count": 30}

    def test_a_refusal_is_not_repeated(self):
        for script in ("sweep.sbatch", "sweep-mpirun.sbatch"):
            with self.subTest(script=script):
                name = f"refused-{script.partition('.')[0]}"
                number = self.submit(SCRIPTS / script, name, arguments=["--fersh"])
                job = self.assert_ended(number, name, USAGE)
                self.assertEqual(job["Restarts"], "0")
                self.assertIn("--fresh", self.log(name))

    def test_a_program_that_is_not_there_is_told_once(self):
        script = self.folder / "lost.sbatch"
        text, count = re.subn("(?m)^program=.*", "program=/nowhere/schursweep",
                              (SCRIPTS / "sweep-mpirun.sbatch").read_text())
        self.assertEqual(count, 1)
        script.write_text(text)
        job = self.assert_ended(self.submit(script, "nowhere"), "nowhere", 127)
        self.assertEqual(job["Restarts"], "0")
        self.assertIn("/nowhere/schursweep was not found", self.log("nowhere"))

    def test_the_shards_of_an_array_are_together_the_study(self):
        """Eight shards of seven cases: one is empty."""
        expected = self.uninterrupted()
        number = self.submit(SCRIPTS / "array.sbatch", "array", tasks=1)
        for shard in range(1, 9):
            self.assert_ended(f"{number}_{shard}", "array", common.COMPLETE)
        cases = {}
        for path in sorted(self.folder.glob("array.shard-*-of-8.h5")):
            shard = int(path.name.split("-")[1])
            found = common.read_results(path)
            for i in range(len(found["case"])):
                cases[8 * i + shard - 1] = {name: values[i] for name, values in found.items()
                                            if self.has_case_axis(name)}
        self.assertEqual(sorted(cases), list(range(self.CASES)))
        for name in filter(self.has_case_axis, expected):
            if name in common.TIMES or name == "case" or name.endswith("checksum"):
                continue  # a checksum covers the number of the case, which a shard counts anew
            joined = np.stack([cases[i][name] for i in range(self.CASES)])
            self.assertEqual(joined.tobytes(), expected[name].tobytes(), name)

    def test_the_chain_of_the_manual(self):
        """Its first link is cancelled: the next takes its place, and the report is made."""
        manual = (SCRIPTS / "README.md").read_text()
        chain = re.search(r"^## Chain of jobs$.*?^```\n(.*?)^```$", manual, re.M | re.S)[1]
        folder = self.folder / "chain"
        (folder / "slurm").mkdir(parents=True)
        script = re.sub(r"(?m)^(#SBATCH --(?:ntasks=9|time=.*))$", "", (SCRIPTS / "sweep.sbatch")
                        .read_text()).replace("#SBATCH --requeue", "#SBATCH --ntasks=3 --time=10")
        (folder / "slurm" / "sweep.sbatch").write_text(script)
        (folder / "study.cfg").write_text(self.study("study").read_text().replace("m??", "../m??"))
        path = f"{Path(common.program()).parent}:{os.environ['PATH']}"
        chain = chain.replace("afterok:$job", "afterok:$job --output=report.log", 1)
        self.assertEqual(chain.count("sbatch --parsable "), 2)
        told = self.cluster.run("env", f"PATH={path}", "bash", "-c", f"cd '{folder}'\n"
                                + chain.replace("--parsable", "--hold --parsable", 1)
                                + "\necho $job")
        last = int(told.stdout.split()[-1])
        first, report = last - 3, last + 1
        self.cluster.run("scancel", first)
        for number in range(first + 1, report + 1):
            job = self.wait_for_state(number, *ENDED)
            logs = "".join(log.read_text() for log in folder.glob("*.log"))
            self.assertEqual((job["JobState"], job["ExitCode"]), ("COMPLETED", "0:0"), logs)
        found = common.read_results(folder / "study.h5")
        self.assertEqual(found["fvu"].tobytes(), self.uninterrupted()["fvu"].tobytes())
        self.assertTrue((folder / "study-report" / "report.html").exists())

    def has_case_axis(self, name):
        with h5py.File(self.folder / "whole.h5", "r") as file:
            axes = [scale.name for axis in file[name].dims for scale in axis.values()]
            return "/case" in axes

    def test_tasks_that_do_not_know_of_each_other_are_refused(self):
        study = self.study("plain")
        for command in ("run", "train"):
            with self.subTest(command=command):
                told = self.cluster.run("srun", "--mpi=none", "--ntasks=3", common.program(),
                                        command, study, check=False)
                self.assertEqual(told.returncode, USAGE, told.stderr)
                lines = [line for line in told.stderr.splitlines() if "srun: error" not in line]
                self.assertEqual(len(lines), 1, told.stderr)
                self.assertIn("srun --mpi=pmix", lines[0])
                self.assertFalse(list(self.folder.glob("plain.h5*")))

    def test_doctor_asks_every_node(self):
        told = self.doctor()
        self.assertEqual(told.returncode, common.COMPLETE, told.stdout + told.stderr)
        self.assertRegex(told.stdout, r"(?m)^ok +ranks +3 on 3 nodes see each other$")
        self.assertRegex(told.stdout, r"(?m)^ok +locks")
        self.assertRegex(told.stdout, r"(?m)^ok +slurm +srun --mpi=pmix")
        told = self.doctor("env", "--unset=SLURM_PMIX_FENCE")  # which Slurm has seen, here
        self.assertRegex(told.stdout, r"(?m)^note +slurm +.* export SLURM_PMIX_FENCE=ring")

    def doctor(self, *before):
        return self.cluster.run("env", "SLURM_PMIX_FENCE=ring", "srun", "--mpi=pmix", "--nodes=3",
                                "--ntasks-per-node=1", *before, common.program(), "doctor",
                                check=False)

    def test_srun_in_odd_surroundings(self):
        """Two tasks of a study that is complete, or refused in so many words."""
        for each in common.some([each for each in environments.ALL if each.mark],
                                   *(each for each in environments.ALL if not each.mark)):
            if each.root or "SLURM_PROCID" in each.environment:
                continue  # mounts are each task's own; Slurm itself tells tasks their numbers
            with self.subTest(each.name):
                folder = self.folder / "odd" / each.folder
                folder.mkdir(parents=True, exist_ok=True)
                study = common.write_study(folder / "s.cfg", alphas=[0.7], output="out.h5",
                                           models=[{"file": str(self.folder / "m00.h5")}])
                command = environments.command(each, [common.program(), "run", "-q", study],
                                               ["srun", "--mpi=pmix", "--ntasks=2"])
                told = self.cluster.run(*command, check=False)
                if each.refusal is None:
                    self.assertEqual((told.returncode, told.stderr), (common.COMPLETE, ""))
                    found = common.read_results(folder / "out.h5")
                    self.assertTrue((found["state"] == common.DONE).all())
                    (folder / "out.h5").unlink()
                else:
                    self.assertIn(told.returncode, (1, 2, 7), told.stderr)
                    self.assertRegex(told.stderr, each.refusal)
                    self.assertFalse((folder / "out.h5").exists())

    def test_one_rank_alone_in_a_batch_script_is_no_mistake(self):
        script = self.folder / "alone.sbatch"
        script.write_text('#!/bin/bash\nexec "$SCHURSWEEP" run "$@"\n')
        self.assert_complete(self.submit(script, "alone"), "alone", restarts=0)

    def test_the_script_of_plan(self):
        """In a folder and of a study whose names a shell could take apart."""
        folder = self.folder / "it's a $(folder)"
        folder.mkdir()
        study = folder / "a; study.cfg"
        study.write_text(self.study("planned").read_text().replace("m??", "../m??"))
        told = self.expect(common.COMPLETE, common.schursweep("plan", "--sbatch", study))
        script = folder / "planned.sbatch"
        script.write_text(told.stdout)
        number = self.cluster.submit(f"--output={self.folder}/planned.log", script)
        self.assert_ended(number, "planned", common.COMPLETE)
        found = common.read_results(study.with_suffix(".h5"))
        self.assertEqual(found["fvu"].tobytes(), self.uninterrupted()["fvu"].tobytes())


if __name__ == "__main__":
    common.main()
