"""Killed at any moment, a sweep leaves a file that opens, holds no wrong value, and is finished by
the same command."""
import os
import random
import signal
import sys
import time

import common
import interrupted
import models


class AtAWrite(interrupted.TestCase):
    """One rank, killed before the n-th change of the file, for every n."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        model = models.network(0, 4)
        common.write_model(cls.folder / "model.h5", model, models.trials_for(model, 0, steps=5))
        cls.study = common.write_study(
            cls.folder / "study.cfg", models=[{"file": "model.h5"}], alphas=[0.9]
        )
        cls.expected = cls().run_study(cls.study)

    def run_with(self, path, pattern, moment=None):
        environment = interrupted.kill_environment(pattern, moment)
        return common.schursweep("run", "-q", "-o", path, self.study, environment=environment)

    def count_changes(self, pattern):
        path = self.folder / pattern.removesuffix(".tmp.*")
        told = self.expect(common.COMPLETE, self.run_with(path, pattern))
        return int(told.stderr.split()[-1])

    def resume(self, path, moment):
        self.expect(common.COMPLETE, common.schursweep("run", "-q", "-o", path, self.study))
        self.assert_same_bits(common.read_results(path), self.expected, f"moment {moment}")

    def test_of_the_results_file(self):
        def check(moment):
            path = self.folder / f"killed{moment}.h5"
            killed = self.run_with(path, path.name, moment)
            self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
            self.assert_done_jobs_are_right(path, self.expected)
            self.resume(path, moment)
            self.assertEqual(list(self.folder.glob(f"{path.name}-*")), [])  # Open MPI's

        self.at_every_moment(self.count_changes("whole.h5"), check, step=20)

    def test_during_its_creation(self):
        """No file of that name is there, or a whole one; what else is left goes with the next run."""
        def check(moment):
            path = self.folder / f"created{moment}.h5"
            killed = self.run_with(path, f"{path.name}.tmp.*", moment)
            self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
            self.assertFalse(path.exists())
            if moment % (20 if common.SOAK else 50) == 1:
                self.resume(path, moment)
                self.assertEqual(list(self.folder.glob(f"{path.name}.tmp.*")), [])

        self.at_every_moment(self.count_changes("made.h5.tmp.*"), check, step=30)


class AtRandomTimes(interrupted.TestCase):
    """A job of several ranks, killed somewhere in the middle and resumed on another number."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        study = models.write_mixed_study(cls.folder)
        path = cls.folder / "whole.h5"
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", "-o", path, study, ranks=2))
        cls.expected = common.read_results(path)
        cls.count = len(common.job_states(cls.expected))

    def start(self, name, ranks):
        """(job, results file) of the study with models of its own."""
        study = self.folder / f"{name}.cfg"
        text = (self.folder / "study.cfg").read_text()
        study.write_text(f'{text}models_dir = "models-{name}";\n')
        path = self.folder / f"{name}.h5"
        job = common.Job(["run", "-q", "-o", path, study], ranks=ranks)
        self.addCleanup(job.kill)
        return job, path

    def finish(self, name, ranks):
        job, path = self.start(name, ranks)
        self.expect(common.COMPLETE, job.finish())
        self.assert_same_bits(common.read_results(path), self.expected, name)

    def test_kills_in_a_row(self):
        draw = random.Random(20260618)
        done, history = 0, []
        for number in range(6 if common.SOAK else 4):
            job, path = self.start("row", ranks=draw.choice(common.some((0, 2, 3), 5)))
            if number > 0:  # the first one dies while it starts
                self.wait_for(job, path, done + draw.uniform(0.05, 0.4) * (self.count - done))
            time.sleep(draw.uniform(0, 0.3 if number == 0 else 0.02))
            job.kill()
            if path.exists():
                before, done = done, self.assert_done_jobs_are_right(path, self.expected)
                self.assertGreaterEqual(done, before, "progress has gone back")
            history.append(done)
        print("finished jobs after each kill:", history, "of", self.count, file=sys.stderr)
        halfway = {jobs for jobs in history if 0 < jobs < self.count}
        self.assertGreaterEqual(len(halfway), 2, f"no kill came in the middle: {history}")
        self.finish("row", ranks=2)
        left = [each.name for each in self.folder.glob(f"{path.name}?*")]
        self.assertEqual(left, [f"{path.name}.lock"], "files are left of the killed runs")

    def test_one_rank_dies(self):
        """Open MPI ends the others within seconds; the code is no code of ours."""
        for victim in (0, 2):
            with self.subTest(victim=victim):
                job, path = self.start(f"rank{victim}", ranks=3)
                self.wait_for(job, path, self.count // 5)
                os.kill(job.ranks()[victim], signal.SIGKILL)
                self.assertGreaterEqual(job.finish().returncode, 128)
                self.assert_done_jobs_are_right(path, self.expected)
                self.finish(f"rank{victim}", ranks=3 - victim)

    def test_the_launcher_dies_and_the_job_is_restarted_at_once(self):
        """Its ranks live on for a second: the new run waits for them, or refuses."""
        job, path = self.start("launcher", ranks=3)
        self.wait_for(job, path, self.count // 5)
        os.kill(job.process.pid, signal.SIGKILL)
        again, _ = self.start("launcher", ranks=3)
        self.assertIn(again.finish().returncode, (common.COMPLETE, common.OUTPUT_TAKEN))
        job.kill()
        self.finish("launcher", ranks=2)


if __name__ == "__main__":
    common.main()
