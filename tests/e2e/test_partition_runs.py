"""A study with all partitions gives the same bits on any number of ranks, and after every kill."""
import os
import random
import shutil
import signal
import sys

import numpy as np

import common
import interrupted
import models


class Ranks(common.TestCase):
    """Ten cases of seven widths, on any number of ranks and in either precision."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.studies, cls.expected = {}, {}
        for precision in ("float64", "float32"):
            study = models.write_mixed_study(cls.folder, precision=precision, partitions="all")
            study = study.rename(cls.folder / f"{precision}.cfg")
            cls.studies[precision] = study
            cls.expected[precision] = cls().run_study(study, seconds=120)

    def sweep(self, name, precision, ranks):
        path = self.folder / f"{name}.h5"
        told = common.schursweep("run", "-q", "-o", path, self.studies[precision], ranks=ranks)
        self.expect(common.COMPLETE, told)
        return common.read_results(path)

    def test_one_two_three_and_five_ranks(self):
        for precision, every in (("float64", (3,)), ("float32", (2,))):
            for ranks in common.some(every, *({1, 2, 3, 5} - {*every})):
                with self.subTest(ranks=ranks, precision=precision):
                    found = self.sweep(f"{precision}{ranks}", precision, ranks)
                    self.assert_same_bits(found, self.expected[precision])

    def test_the_precisions_differ(self):
        found = [self.expected[precision] for precision in ("float64", "float32")]
        self.assertIn("partition_fvu", common.differences(*found))
        np.testing.assert_array_equal(*(each["partition_n_r"] for each in found))

    def test_one_case_is_shared_by_all_ranks(self):
        """Its partitions are dealt out in parts."""
        study = common.write_study(self.folder / "one.cfg", models=[{"file": "m5.h5"}],
                                   partitions="all")
        expected = self.run_study(study)
        for ranks in common.some((4,), 2, 5):
            path = self.folder / f"one{ranks}.h5"
            told = common.schursweep("run", "-q", "-o", path, study, ranks=ranks)
            self.expect(common.COMPLETE, told)
            self.assert_same_bits(common.read_results(path), expected, f"{ranks} ranks")


class Kills(interrupted.TestCase):
    """Wider models, which take seconds: there is a middle to be killed in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed, hidden in enumerate((48, 72, 60)):
            model = models.network(seed, hidden)
            common.write_model(cls.folder / f"m{seed}.h5", model,
                               models.trials_for(model, seed, steps=50, count=160))
        cls.study = common.write_study(cls.folder / "wide.cfg", models=[{"file": "m?.h5"}],
                                       partitions="all")
        cls.expected = cls().run_study(cls.study, seconds=120)
        cls.total = len(common.job_states(cls.expected))

    def start(self, path, ranks):
        job = common.Job(["run", "-q", "-o", path, self.study], ranks=ranks)
        self.addCleanup(job.kill)
        return job

    def finish(self, path, ranks):
        self.expect(common.COMPLETE, self.start(path, ranks).finish(120))
        self.assert_same_bits(common.read_results(path), self.expected, path.name)

    def test_kills_in_a_row(self):
        draw = random.Random(20260618)
        path, done, history = self.folder / "row.h5", 0, []
        for ranks in common.some((5, 0, 2), *draw.choices((0, 2, 3, 5), k=3)):
            job = self.start(path, ranks)
            self.wait_for(job, path, done + draw.uniform(0.02, 0.2) * (self.total - done))
            job.kill()
            before, done = done, self.assert_done_jobs_are_right(path, self.expected)
            self.assertGreaterEqual(done, before, "progress has gone back")
            history.append(done)
        print("finished jobs after each kill:", history, "of", self.total, file=sys.stderr)
        halfway = {jobs for jobs in history if 0 < jobs < self.total}
        self.assertGreaterEqual(len(halfway), 2, f"no kill came in the middle: {history}")
        self.finish(path, ranks=0)

    def test_one_rank_dies(self):
        path = self.folder / "rank.h5"
        job = self.start(path, ranks=3)
        self.wait_for(job, path, self.total // 20)
        os.kill(job.ranks()[2], signal.SIGKILL)
        self.assertGreaterEqual(job.finish().returncode, 128)
        self.assert_done_jobs_are_right(path, self.expected)
        self.finish(path, ranks=2)


class Small(interrupted.TestCase):
    """Two models of a few units, one of which a fault can strike by its width."""
    VICTIM, WIDTH = 1, 6

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed, hidden in ((0, 3), (1, cls.WIDTH)):
            model = models.network(seed, hidden)
            common.write_model(cls.folder / f"m{seed}.h5", model,
                               models.trials_for(model, seed, steps=5))
        cls.study = common.write_study(
            cls.folder / "small.cfg", models=[{"file": "m?.h5"}], alphas=[0.9],
            ablations=["CR", "CC"], partitions="all")
        cls.expected = cls().run_study(cls.study)
        cls.count = int((cls.expected["partition_n_r"][cls.VICTIM] >= 0).sum())

    def run_on(self, path, *options, environment=None):
        return common.schursweep("run", "-q", "-o", path, self.study, *options,
                                 environment=environment)

    def fail(self, path):
        """A run in which the decomposition of one model goes wrong."""
        fault = interrupted.preload("LAPACK_FAULT", LAPACK_FAULT="info",
                                    LAPACK_FAULT_WIDTH=self.WIDTH)
        self.expect(common.JOBS_FAILED, self.run_on(path, environment=fault))

    def kill(self, path, *options, moment=None):
        """A run that is killed before the n-th change of the file, or counts its changes."""
        return self.run_on(path, *options,
                           environment=interrupted.kill_environment(path.name, moment))

    def count_changes(self, path, *options):
        told = self.expect(common.COMPLETE, self.kill(path, *options))
        return int(told.stderr.split()[-1])

    def finish(self, path, what, *options):
        self.expect(common.COMPLETE, self.run_on(path, *options))
        self.assert_same_bits(common.read_results(path), self.expected, what)

    def test_a_case_without_a_spectrum_fails_in_as_many_rows_as_it_has_units(self):
        path = self.folder / "failed.h5"
        self.fail(path)
        found = common.read_results(path)
        self.assertLess(self.count, self.WIDTH)
        self.assertTrue((found["partition_state"][self.VICTIM] == common.FAILED).all())
        self.assertTrue((found["state"][self.VICTIM] == common.FAILED).all())
        for name in ("alpha_low", "alpha_high", "partition_fvu", "partition_distance"):
            self.assertTrue(np.isnan(found[name][self.VICTIM]).all(), name)
            self.assertEqual(found[name][0].tobytes(), self.expected[name][0].tobytes())
        before = path.read_bytes()
        told = common.schursweep("run", "-o", path, self.study)
        self.assertIn("nothing to do", self.expect(common.JOBS_FAILED, told).stderr)
        self.assertEqual(path.read_bytes(), before)
        self.finish(path, "tried again", "--retry-failed")

    def test_tried_again_nothing_is_left_of_the_failure_on_any_number_of_ranks(self):
        for ranks in common.some((3,), 2, 5):
            path = self.folder / f"again{ranks}.h5"
            self.fail(path)
            told = common.schursweep("run", "-q", "-o", path, "--retry-failed", self.study,
                                     ranks=ranks)
            self.expect(common.COMPLETE, told)
            self.assert_same_bits(common.read_results(path), self.expected, f"{ranks} ranks")

    def test_killed_at_any_write(self):
        def check(moment):
            path = self.folder / f"killed{moment}.h5"
            killed = self.kill(path, moment=moment)
            self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
            self.assert_done_jobs_are_right(path, self.expected)
            self.finish(path, f"moment {moment}")

        self.at_every_moment(self.count_changes(self.folder / "whole.h5"), check, 20)

    def test_killed_at_any_write_of_a_second_attempt(self):
        def check(moment):
            path = shutil.copy(failed, self.folder / f"second{moment}.h5")
            killed = self.kill(path, "--retry-failed", moment=moment)
            self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
            self.finish(path, f"moment {moment}", "--retry-failed")

        failed = self.folder / "failed-once.h5"
        self.fail(failed)
        counted = shutil.copy(failed, self.folder / "second.h5")
        self.at_every_moment(self.count_changes(counted, "--retry-failed"), check, 20)


if __name__ == "__main__":
    common.main()
