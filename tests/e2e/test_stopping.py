"""Asked to stop, a sweep keeps what it has, says so in one line, ends in time with code 75, and the
same command goes on."""
import itertools
import os
import shutil
import signal
import time

import common
import interrupted
import models

STOPPED, USAGE, IO = 75, 2, 7
LAUNCHER_STOPPED = 1  # mpirun's own code when it is the one that got the signal
JOBS = 21 * 8 + len(common.ALWAYS)
SOON = 3.0  # seconds within which an urgent stop is over: Slurm leaves no more


def hang(width):
    """The environment of a run in which a Schur form of that width is never found."""
    return interrupted.preload("LAPACK_FAULT", LAPACK_FAULT="hang", LAPACK_FAULT_WIDTH=width)


class StoppingCase(interrupted.TestCase):
    """The first case takes longest. In runs of one worker that are to be stopped the last one hangs, so
    that none of them ends by itself."""
    WIDTHS = (64, 64, 64, 64, 63)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed, width in enumerate(cls.WIDTHS):
            model = models.network(seed, width)
            trials = models.trials_for(model, seed, steps=120 if seed else 200, count=320)
            common.write_model(cls.folder / f"m{seed}.h5", model, trials)
        cls.study = cls.write("long", "m?.h5")
        cls.one = cls.write("one", "m0.h5")
        cls.expected = cls().run_study(cls.study)
        cls.all_jobs = len(cls.WIDTHS) * JOBS
        cls.endless = hang(cls.WIDTHS[-1])

    @classmethod
    def write(cls, name, models_glob):
        return common.write_study(cls.folder / f"{name}.cfg", models=[{"file": models_glob}],
                                  alphas={"from": 0.5, "to": 1.0, "count": 21})

    def path(self):
        return self.folder / f"{self._testMethodName}.h5"

    def start(self, *options, ranks=0, study=None, **keys):
        job = common.Job(["run", "-q", "-o", self.path(), *options, study or self.study],
                         ranks=ranks, **keys)
        self.addCleanup(job.kill)
        return job

    def finish(self, ranks=0):
        """The same command completes the study, with the same bits as ever."""
        self.expect(common.COMPLETE, self.start(ranks=ranks).finish())
        self.assert_same_bits(common.read_results(self.path()), self.expected)

    def is_in_flight(self):
        """Whether the only work unit is noted as begun."""
        return self.path().exists() and interrupted.run_group(self.path(), "attempts").any()

    def assert_one_line(self, told, says):
        lines = [line for line in told.stderr.splitlines()
                 if not line.startswith("[warn] Epoll")]  # mpirun's, when it is told twice
        self.assertEqual(len(lines), 1, told.stderr)
        self.assertRegex(lines[0], rf"^schursweep: .*{self.path().name}: {says}.*"
                                   "run the same command again$")

    def assert_no_trace_of_a_fault(self):
        """1 says that a case was cut off before its first result: it comes last."""
        self.assertLessEqual(interrupted.run_group(self.path(), "attempts").max(), 1)
        self.assertFalse(interrupted.run_group(self.path(), "faults").any())

    def signal(self, job, number, done, times=2):
        """Sends it in the middle of the work, twice at once; (told, seconds until the end)."""
        self.wait_for(job, self.path(), done + 1)
        self.assertTrue(job.is_running(), "the study is too short for this test")
        begin = time.monotonic()
        for _ in range(times):
            os.kill(job.process.pid, number)
        told = job.finish()
        seconds = time.monotonic() - begin
        while job.processes():  # a launcher told twice may go before its ranks
            time.sleep(0.01)
        return told, seconds

    def check_stop(self, number, ranks, done, code=STOPPED, name=None, times=2):
        """Finished jobs, after one more run that a signal has ended."""
        job = self.start(ranks=ranks, environment=self.endless if ranks < 3 else None)
        told, seconds = self.signal(job, number, done, times)
        self.expect(code, told)
        if code != LAUNCHER_STOPPED or told.stderr:  # it drops what its ranks say too late
            self.assert_one_line(told, rf"stopped early \({name or signal.Signals(number).name}\)")
        if number != signal.SIGUSR1:
            self.assertLess(seconds, SOON * common.slowdown())
        if code != LAUNCHER_STOPPED:  # told twice, it may kill its ranks before they are through
            self.assert_no_trace_of_a_fault()
        before, done = done, self.assert_done_jobs_are_right(self.path(), self.expected)
        self.assertGreater(done, before)
        return done


class Signals(StoppingCase):
    def test_a_lone_process(self):
        done = self.check_stop(signal.SIGUSR1, 0, 0)
        self.assertEqual(done % JOBS, 0, "the case in flight was not finished")
        for number in (signal.SIGUSR2, signal.SIGTERM, signal.SIGINT):
            done = self.check_stop(number, 0, done)
        self.assertLess(done, self.all_jobs)
        self.finish(ranks=2)

    def test_a_lone_process_whose_file_is_removed(self):
        job = self.start(environment=self.endless)
        self.wait_for(job, self.path(), 1)
        self.path().unlink()
        begin = time.monotonic()
        told = self.expect(IO, job.finish())
        self.assertLess(time.monotonic() - begin, SOON * common.slowdown())
        self.assertRegex(told.stderr, f"{self.path().name}: no longer there")

    def test_ranks_that_get_the_signal_from_the_launcher(self):
        done = self.check_stop(signal.SIGUSR1, 2, 0)
        self.assertEqual(done % JOBS, 0, "a case in flight was not finished")
        done = self.check_stop(signal.SIGUSR2, 3, done)
        self.assertLess(done, self.all_jobs)

    def test_a_launcher_that_is_told_to_end(self):
        """It gives its ranks a second, and answers with a code of its own."""
        done = self.check_stop(signal.SIGTERM, 2, 0, LAUNCHER_STOPPED)
        done = self.check_stop(signal.SIGINT, 2, done, LAUNCHER_STOPPED, "SIGTERM", times=1)
        self.assertLess(done, self.all_jobs)
        self.finish()

    def test_one_rank_alone_is_told_to_end(self):
        job = self.start(ranks=3)
        self.wait_for(job, self.path(), 1)
        os.kill(job.ranks()[2], signal.SIGTERM)
        self.assert_one_line(self.expect(STOPPED, job.finish()), r"stopped early \(SIGTERM\)")
        self.assert_no_trace_of_a_fault()
        self.assert_done_jobs_are_right(self.path(), self.expected)

    def test_a_suspended_job_blames_nobody(self):
        """Everything, or the driver alone, for longer than the timeout: side by side."""
        jobs, stopped = [], []
        for name, ranks, only in (("alone", 0, None), ("all", 2, None), ("driver", 2, 0)):
            path = self.folder / f"suspended-{name}.h5"
            job = common.Job(["run", "-q", "--stall-timeout", "4s", "-o", path, self.one],
                             ranks=ranks)
            self.addCleanup(job.kill)
            self.wait_for(job, path, 1)
            processes = list(job.ranks().values()) if ranks else [job.process.pid]
            for process in processes if only is None else [job.ranks()[only]]:
                os.kill(process, signal.SIGSTOP)
                stopped.append(process)
            self.assertTrue(job.is_running(), "the study is too short for this test")
            jobs.append((name, path, job))
        time.sleep(6)  # less would not be longer than the timeout
        for process in stopped:
            os.kill(process, signal.SIGCONT)
        jobs_of_one = {name: values[:1] for name, values in self.expected.items()}
        for name, path, job in jobs:
            with self.subTest(name):
                self.assertEqual(self.expect(common.COMPLETE, job.finish()).stderr, "")
                self.assertEqual(self.assert_done_jobs_are_right(path, jobs_of_one), JOBS)
                self.assertFalse(interrupted.run_group(path, "faults").any())

    def test_a_wish_that_finds_the_last_work_unit_in_flight_changes_nothing(self):
        job = self.start(study=self.one)
        while job.is_running() and not self.is_in_flight():
            time.sleep(0.005)
        os.kill(job.process.pid, signal.SIGUSR1)
        told = self.expect(common.COMPLETE, job.finish())
        self.assertEqual(told.stderr, "")
        self.assertEqual(interrupted.final_jobs(self.path()), JOBS)


class Limits(StoppingCase):
    """--time-limit, and the end of a Slurm job."""

    def stop_by_limit(self, seconds, **keys):
        """(told, limit, when it began): what the program keeps for its end and so many seconds, or
        twice as many again while a start takes all of them."""
        while True:
            limit = round(3 + seconds, 1)
            begin = time.monotonic()
            told = self.start("--time-limit", f"{limit}s", **keys).finish()
            if told.returncode != USAGE or "no time to begin" not in told.stderr or seconds > 20:
                return told, limit, begin
            seconds *= 2

    def check_limit(self, stopped, ranks):
        """Finished jobs after what stop_by_limit returns."""
        told, limit, begin = stopped
        self.expect(STOPPED, told)
        launching = 2.5 if ranks else 1.5
        self.assertLess(time.monotonic() - begin, (limit + launching) * common.slowdown())
        self.assert_one_line(told, r"stopped early \(time limit")
        self.assert_no_trace_of_a_fault()
        return interrupted.final_jobs(self.path())

    def test_a_limit_that_is_too_short_for_anything_is_refused(self):
        for limit, ranks in common.some(((1, 0), (3, 3)), (2, 2)):
            told = self.expect(USAGE, self.start("--time-limit", f"{limit}s", ranks=ranks).finish())
            self.assertRegex(told.stderr, "--time-limit: '.s' leaves no time to begin anything, "
                                          "expected more than 3s")
            self.assertFalse(self.path().exists())

    def test_what_was_seen_of_the_models_is_kept_where_it_took_all_the_time(self):
        """The next start need not open them; of files as new as this nothing is kept."""
        models = list(self.folder.glob("m?.h5"))
        while time.time() - max(path.stat().st_ctime for path in models) < 2.5:
            time.sleep(0.1)
        told = self.expect(USAGE, self.start("--time-limit", "3.01s").finish())
        self.assertIn("--time-limit: '3.01s' leaves no time to begin anything", told.stderr)
        seen = interrupted.run_group(self.path(), "surveys")
        self.assertEqual(seen.any(axis=1).tolist(), [True] * len(models))
        self.assertEqual(interrupted.final_jobs(self.path()), 0)

    def test_a_limit_in_the_middle(self):
        for ranks in (0, 2):
            with self.subTest(ranks=ranks):
                done = self.check_limit(self.stop_by_limit(
                    1.2 if ranks else 0.2, ranks=ranks, environment=self.endless), ranks)
                self.assertGreater(done, 0)
                self.assertLess(done, self.all_jobs)
                self.assert_done_jobs_are_right(self.path(), self.expected)
        self.finish(ranks=3)

    def test_a_work_unit_longer_than_the_limit(self):
        """Nothing tells how long the first one takes: it is left when the time is over."""
        model = models.network(9, 96)
        common.write_model(self.folder / "slow.h5", model,
                           models.trials_for(model, 9, steps=400, count=512))
        slow = self.write("slow", "slow.h5")
        for ranks in common.some((0,), 2):
            self.check_limit(self.stop_by_limit(1.5 if ranks else 0.5, ranks=ranks, study=slow), ranks)
        done = interrupted.final_jobs(self.path())
        self.assertGreater(done, 0, "what was computed is lost")
        self.assertLess(done, JOBS)

    def test_what_does_not_fit_keeps_nobody_from_the_rest(self):
        """A case that is stuck as in a long Schur form: cut off once, then the last; a lone process
        ends in time as well."""
        wide = models.network(9, 300)
        common.write_model(self.folder / "w0.h5", wide, models.trials_for(wide, 9, steps=4, count=4))
        for seed in (1, 2):
            small = models.network(seed, 8)
            common.write_model(self.folder / f"w{seed}.h5", small,
                               models.trials_for(small, seed, steps=4, count=4))
        study = self.write("starved", "w?.h5")
        for ranks in (2, 0):
            self.path().unlink(missing_ok=True)
            done = []
            for _ in range(2):
                told, limit, begin = self.stop_by_limit(1.0, ranks=ranks, study=study,
                                                        environment=hang(300))
                self.expect(STOPPED, told)
                self.assertLess(time.monotonic() - begin, (limit + 2.5) * common.slowdown())
                self.assertRegex(told.stderr, r"stopped early \(time limit")
                done.append(interrupted.final_jobs(self.path()))
                self.assert_no_trace_of_a_fault()
            self.assertEqual(done, [0, 2 * JOBS], f"ranks={ranks}")

    def test_a_lone_process_obeys_in_the_middle_of_a_schur_form(self):
        job = self.start(study=self.one, environment=hang(64))
        while job.is_running() and not self.is_in_flight():
            time.sleep(0.005)
        begin = time.monotonic()
        os.kill(job.process.pid, signal.SIGTERM)
        told = self.expect(STOPPED, job.finish())
        self.assertLess(time.monotonic() - begin, SOON * common.slowdown())
        self.assertRegex(told.stderr, r"stopped early \(SIGTERM\) in the middle of a work unit")
        self.assert_no_trace_of_a_fault()

    def test_the_end_of_the_slurm_job(self):
        soon = {"SLURM_JOB_END_TIME": str(int(time.time()) + 2)}
        begin = time.monotonic()
        told = self.start(environment=soon).finish()
        self.assertEqual(self.check_limit((told, 3, begin), ranks=0), 0)
        for text in common.some(("", "soon"), "-5", "0"):
            told = common.schursweep("run", "-q", self.one,
                                     environment={"SLURM_JOB_END_TIME": text})
            self.expect(common.COMPLETE, told)

    def test_a_duration_that_is_none(self):
        texts = "1x", "-5s", "1:2:3:4", "1e3s", "1.2.3s", "nan", "s"
        every = itertools.product(("--time-limit", "--stall-timeout"), texts)
        for option, text in every if common.SOAK else (("--time-limit", "1:2:3:4"),
                                                       ("--stall-timeout", "-5s")):
            told = self.expect(USAGE, self.start(option, text).finish())
            self.assertEqual(len(told.stderr.splitlines()), 1)
            self.assertIn(f"{option}: '{text}' is no duration", told.stderr)
        self.assertFalse(self.path().exists())


class Training(interrupted.TestCase):
    """A training that is stopped leaves nothing; one that may finish is kept."""

    def setUp(self):
        grid = {"task": "sine", "construction": "cayley", "hidden": 32, "seeds": "0..2",
                "recipe": {"steps": 4000}}
        name = self._testMethodName
        self.study = common.write_study(self.folder / f"{name}.cfg", models=[grid],
                                        alphas=[0.9], models_dir=name)
        self.models = self.folder / name

    def stop(self, number, command="train"):
        shutil.rmtree(self.models, ignore_errors=True)
        job = common.Job([command, "-q", self.study])
        self.addCleanup(job.kill)
        while job.is_running() and not (self.models.exists() and job.catches(number)):
            time.sleep(0.005)
        time.sleep(0.3)
        begin = time.monotonic()
        os.kill(job.process.pid, number)
        told = self.expect(STOPPED, job.finish())
        self.assertRegex(told.stderr, "stopped early .*run the same command again\n$")
        return time.monotonic() - begin

    def test_an_urgent_stop_leaves_no_model(self):
        for command in ("train", "run"):
            self.assertLess(self.stop(signal.SIGTERM, command), SOON * common.slowdown())
            self.assertEqual(list(self.models.iterdir()), [])

    def test_a_stop_after_the_work_unit_keeps_its_model(self):
        self.stop(signal.SIGUSR1)
        self.assertEqual(len(list(self.models.iterdir())), 1)


if __name__ == "__main__":
    common.main()
