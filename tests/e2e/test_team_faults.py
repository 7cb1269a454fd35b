"""Ranks of a team that die, hang, are told to stop, or find another file than the study saw: the job
ends, nobody waits forever, and the same command ends with the bits of an undisturbed run.

Every run has a time limit of its own: one that hangs is a failure."""
import os
import random
import shutil
import signal
import time

import h5py
import numpy as np

import common
import interrupted
import models
import wide

STOPPED, LAUNCHER_STOPPED = 75, 1
SCHUR_FAILED, NONFINITE, CERTIFICATE, MODEL, CRASHED, TIMEOUT = 102, 103, 104, 106, 109, 110
SHARED, OTHER = "a0.h5", "a1.h5"  # the first is the more expensive one
DRIVER, ROOT, MEMBER, ALONE = 0, 1, 2, 3  # ranks with a team of two
SECONDS = 60


class TeamFaults(interrupted.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.folder / "lab").mkdir()
        (cls.folder / "results").mkdir()
        cls.sweep_undisturbed()

    @classmethod
    def sweep_undisturbed(cls):
        for seed, width in enumerate((220, 200)):
            wide.write(cls.folder / "lab" / f"a{seed}.h5", wide.gaussian(seed, width), seed,
                       steps=40, count=256)
        for seed in range(3):
            wide.write(cls.folder / "lab" / f"s{seed}.h5", models.network(seed, 48 + seed), seed,
                       steps=30, count=128)
        cls.study = cls.write("whole", "lab/*.h5")
        cls.expected = cls().finish("whole", ranks=3)
        cls.case = common.case_of(cls.expected, f"lab/{SHARED}")
        cls.other = common.case_of(cls.expected, f"lab/{OTHER}")
        cls.jobs = cls.expected["state"][0].size

    @classmethod
    def write(cls, name, models_glob, **keys):
        return common.write_study(cls.folder / f"{name}.cfg", models=[{"file": models_glob}],
                                  alphas=np.linspace(0.5, 1.0, 5).round(3).tolist(),
                                  study="teams", team=wide.team(150, 1, 2, 32), **keys)

    def path(self, name):
        return self.folder / "results" / f"{name}.h5"

    def start(self, name, *options, ranks=4, study=None, **keys):
        self.before = self.attempts(name)
        job = common.Job(["run", "-q", "-o", self.path(name), *options, study or self.study],
                         ranks=ranks, **keys)
        self.addCleanup(job.kill)
        return job

    def finish(self, name, *options, ranks=4, code=common.COMPLETE, **keys):
        told = self.start(name, *options, ranks=ranks, **keys).finish(SECONDS)
        self.expect(code, told)
        return common.read_results(self.path(name))

    def complete(self, name, *options, ranks=3):
        self.assert_same_bits(self.finish(name, *options, ranks=ranks), self.expected, name)

    def shared_jobs(self, name):
        """Of the most expensive case, in a final state."""
        path = self.path(name)
        if interrupted.final_jobs(path) == 0:
            return 0
        return int((interrupted.read_final(path)[1]["state"][self.case] != common.PENDING).sum())

    def attempts(self, name):
        """Runs that have begun the most expensive case and not ended it."""
        if not self.path(name).exists():
            return 0
        return int(interrupted.run_group(self.path(name), "attempts")[self.case])

    def wait_for_shared(self, job, name, seconds=0.0):
        """So long into the most expensive case, which the team of the first two workers has."""
        while job.is_running() and self.attempts(name) <= self.before:
            time.sleep(0.005)
        time.sleep(seconds)
        self.assertTrue(job.is_running(), "the study is too short for this test")


class Deaths(TeamFaults):
    """And stops."""

    def test_any_rank_dies_in_the_middle_of_a_shared_case(self):
        draw = random.Random(7)
        for victim in common.some((MEMBER, DRIVER), ROOT):
            with self.subTest(victim=victim):
                name = f"dead{victim}"
                job = self.start(name)
                self.wait_for_shared(job, name, draw.uniform(0.0, 0.4))
                os.kill(job.ranks()[victim], signal.SIGKILL)
                self.assertGreaterEqual(job.finish(SECONDS).returncode, 128)
                self.assert_done_jobs_are_right(self.path(name), self.expected)
                if common.SOAK or victim == MEMBER:
                    self.complete(name, ranks=3 + victim)

    @common.in_the_soak
    def test_the_whole_job_dies_at_random_moments(self):
        draw = random.Random(11)
        for number in range(3):
            job = self.start("row", ranks=3 + number)
            time.sleep(draw.uniform(0.5, 3.0))
            job.kill()
            if self.path("row").exists():
                self.assert_done_jobs_are_right(self.path("row"), self.expected)
        self.complete("row")

    def test_a_rank_that_stands_still_stops_the_job(self):
        for victim in common.some((MEMBER,), ROOT):
            with self.subTest(victim=victim):
                name = f"still{victim}"
                job = self.start(name, "--stall-timeout", "4s")
                self.wait_for_shared(job, name)
                os.kill(job.ranks()[victim], signal.SIGSTOP)
                told = self.expect(STOPPED, job.finish(SECONDS))
                self.assertIn("sent no heartbeat", told.stderr)
                faults = interrupted.run_group(self.path(name), "faults")
                self.assertEqual(np.flatnonzero(faults.sum(axis=1)).tolist(), [self.case])
                self.assert_done_jobs_are_right(self.path(name), self.expected)
                self.complete(name)

    def stop(self, name, number, seconds, to_launcher=True):
        job = self.start(name)
        self.wait_for_shared(job, name, seconds)
        os.kill(job.process.pid if to_launcher else job.ranks()[MEMBER], number)
        return job.finish(SECONDS)

    def test_an_urgent_stop_leaves_the_case_together(self):
        """Each rank hears of it in its own time."""
        for number in (signal.SIGUSR2, signal.SIGTERM):
            name = number.name
            told = self.stop(name, number, 0.1)
            self.assertIn(told.returncode, (STOPPED, LAUNCHER_STOPPED), told.stderr)
            if number == signal.SIGUSR2:  # the launcher hands on a SIGTERM a second later
                self.assertLess(self.shared_jobs(name), self.jobs)
            self.assert_done_jobs_are_right(self.path(name), self.expected)
            if common.SOAK:
                self.complete(name)

    def test_one_member_alone_is_told(self):
        told = self.stop("member", signal.SIGTERM, 0.15, to_launcher=False)
        self.expect(STOPPED, told)
        self.assert_done_jobs_are_right(self.path("member"), self.expected)
        self.complete("member")

    def test_a_stop_after_the_work_unit_ends_the_case(self):
        told = self.stop("after", signal.SIGUSR1, 0.1)
        self.expect(STOPPED, told)
        self.assertEqual(self.shared_jobs("after"), self.jobs)
        self.assertFalse(interrupted.run_group(self.path("after"), "attempts").any())
        self.assert_done_jobs_are_right(self.path("after"), self.expected)

    def test_a_stop_at_any_moment_finds_no_team_half_way(self):
        """Also when some of its ranks have not yet read what they were sent."""
        draw = random.Random(5)
        for moment in range(4 if common.SOAK else 1):
            job = self.start("moments", ranks=5, study=self.write("quick", "lab/a1.h5"))
            while job.is_running() and not self.path("moments").exists():
                time.sleep(0.001)
            time.sleep(draw.uniform(0.0, 0.4))
            os.kill(job.process.pid, signal.SIGUSR1)
            told = job.finish(SECONDS)
            self.assertIn(told.returncode, (common.COMPLETE, STOPPED, -signal.SIGUSR1, 128 + 10),
                          f"moment {moment}: {told.stderr}")

    def test_a_time_limit(self):
        for limit in common.some(("5s",), "8s"):
            told = self.start("limit", "--time-limit", limit).finish(SECONDS)
            self.assertIn(told.returncode, (STOPPED, common.COMPLETE), told.stderr)
            if self.path("limit").exists():
                self.assert_done_jobs_are_right(self.path("limit"), self.expected)


class FailedCases(TeamFaults):
    """LAPACK that goes wrong under the root of a team, and files that are not what the study saw."""

    def fault(self, name):
        """The width is only that of the shared case."""
        return interrupted.preload("LAPACK_FAULT", LAPACK_FAULT=name, LAPACK_FAULT_WIDTH=220)

    def assert_failed(self, name, code):
        found = common.read_results(self.path(name))
        self.assertTrue((found["error"][self.case] == code).all())
        self.assert_others_are_right(self.path(name), self.expected, self.case)

    def test_a_form_that_is_not_found_fails_the_case_on_all_ranks(self):
        for name, code in common.some((("info", SCHUR_FAILED), ("wrong", CERTIFICATE)),
                                      ("nan", NONFINITE)):
            with self.subTest(name):
                told = self.start(name, ranks=3, environment=self.fault(name)).finish(SECONDS)
                self.expect(common.JOBS_FAILED, told)
                self.assert_failed(name, code)
        if common.SOAK:
            self.complete("info", "--retry-failed")

    def test_a_case_that_crashes_or_hangs_twice_is_skipped_by_the_team(self):
        for name, code, options in common.some((("segv", CRASHED, ()),),
                                               ("hang", TIMEOUT, ("--stall-timeout", "4s"))):
            with self.subTest(name):
                for _ in range(2):
                    told = self.start(name, *options, environment=self.fault(name)).finish(SECONDS)
                    self.assertNotIn(told.returncode, (common.COMPLETE, common.JOBS_FAILED))
                told = self.start(name, *options, environment=self.fault(name)).finish(SECONDS)
                self.expect(common.JOBS_FAILED, told)
                self.assert_failed(name, code)
                self.complete(name, "--retry-failed")

    def check_file(self, name, spoil, again=False):
        """A file that is not what the study saw fails its case on all ranks alike."""
        lab = self.folder / name
        shutil.copytree(self.folder / "lab", lab)
        study = self.write(f"spoilt-{name}", f"{name}/*.h5")
        job = self.start(name, ranks=3, study=study)
        self.wait_for_shared(job, name)
        with job.suspended():  # the first case is short
            self.assertEqual(interrupted.run_group(self.path(name), "attempts")[self.other], 0,
                             "the study is too short for this test")
            spoil(lab / OTHER)
        self.expect(common.JOBS_FAILED, job.finish(SECONDS))
        found = common.read_results(self.path(name))
        victim = common.case_of(found, f"{name}/{OTHER}")
        self.assertTrue((found["error"][victim] == MODEL).all())
        self.assertEqual(int((found["state"] == common.FAILED).sum()), self.jobs)
        if common.SOAK or again:
            self.assert_forgiven(name, study, lab)
        return str(found["message"][victim])

    def assert_forgiven(self, name, study, lab):
        """With the file that it was, the case is as ever."""
        shutil.copy(self.folder / "lab" / OTHER, lab / OTHER)
        found = self.finish(name, "--retry-failed", ranks=3, study=study)
        for value in interrupted.JOB_VALUES:
            self.assertEqual(found[value].tobytes(), self.expected[value].tobytes(), value)

    @common.in_the_soak
    def test_a_file_with_another_content(self):
        def spoil(path):
            wide.write(path, wide.gaussian(77, 200), 1, steps=40, count=256)

        self.assertIn("changed since the study began", self.check_file("changed", spoil))

    def test_a_file_with_one_other_weight(self):
        def spoil(path):
            shutil.copy(path, path.with_suffix(".tmp"))
            with h5py.File(path.with_suffix(".tmp"), "r+") as file:
                file["weight_hh"][3, 40] += 0.25
            os.replace(path.with_suffix(".tmp"), path)

        self.assertIn("changed since the study began", self.check_file("weight", spoil, again=True))

    @common.in_the_soak
    def test_a_file_with_a_nan_in_the_part_of_one_rank(self):
        def spoil(path):
            model = wide.gaussian(1, 200)
            model.weight_hh[0, 40] = np.nan  # block column 1 is not the root's
            common.write_model(path.with_suffix(".tmp"), model)
            os.replace(path.with_suffix(".tmp"), path)

        self.assertIn("weight_hh", self.check_file("spoilt", spoil))

    @common.in_the_soak
    def test_a_file_of_another_width(self):
        def spoil(path):
            wide.write(path, wide.gaussian(1, 190), 1, steps=40, count=256)

        self.assertIn("changed since the study began", self.check_file("width", spoil))

    def test_no_file(self):
        self.assertIn(OTHER, self.check_file("gone", os.unlink))


class KeptForms(TeamFaults):
    """Of one wide model with few trials."""
    case = 0

    @classmethod
    def sweep_undisturbed(cls):
        """The first run, which counts the changes of the file of its form."""
        wide.write(cls.folder / "lab" / OTHER, wide.gaussian(1, 160), 1, steps=4, count=8)
        cls.kept_study = cls.write("kept", f"lab/{OTHER}", keep_schur=True)
        told = cls().expect(common.COMPLETE, cls().run_kept("kept"))
        cls.changes = max(int(line.split()[-1]) for line in told.stderr.splitlines()
                          if line.startswith("changes of the file"))
        cls.expected = common.read_results(cls.folder / "results" / "kept.h5")

    def forms(self, name):
        return sorted((self.folder / "results" / f"{name}.schur").iterdir())

    def run_kept(self, name, moment=None):
        environment = interrupted.kill_environment(f"{name}.schur/*", moment)
        return self.start(name, ranks=3, study=self.kept_study,
                          environment=environment).finish(SECONDS)

    def test_kills_while_they_are_written(self):
        whole, = self.forms("kept")
        for moment in range(1, self.changes + 1, 1 + self.changes // (6 if common.SOAK else 2)):
            with self.subTest(moment=moment):
                name = f"kept{moment}"
                self.assertGreaterEqual(self.run_kept(name, moment).returncode, 128)
                found = self.finish(name, ranks=3, study=self.kept_study)
                self.assert_same_bits(found, self.expected, name)
                again, = self.forms(name)  # whole, and nothing else
                with h5py.File(whole) as a, h5py.File(again) as b:
                    for array in ("t", "q", "eigenvalue_re", "block"):
                        self.assertEqual(a[array][()].tobytes(), b[array][()].tobytes(), array)

    def test_they_go_with_the_results_that_are_moved_aside(self):
        shutil.copy(self.path("kept"), self.path("aside"))
        shutil.copytree(self.folder / "results" / "kept.schur", self.folder / "results" / "aside.schur")
        first, = self.forms("aside")
        self.finish("aside", "--fresh", ranks=3, study=self.kept_study)
        self.assertEqual([path.name for path in self.forms("aside")], [first.name])
        moved = self.folder / "results" / "aside.schur.1" / first.name
        self.assertTrue(moved.exists())
        self.assertTrue((self.folder / "results" / "aside.h5.1").exists())


if __name__ == "__main__":
    common.main()
