"""Killed while records of a diagnostic are written, or while a finished file grows one, a run loses
no more than what is in flight."""
import shutil
import signal
import sys

import common
import dummies
import interrupted


class Kills(dummies.DummyCase):
    """One rank, killed before changes of a results file while records are written."""

    MODELS = [{"file": "m?.h5"}]

    def killed(self, path, pattern, moment=None):
        environment = interrupted.kill_environment(pattern, moment)
        return dummies.run_of(self.study, path, "-q", environment=environment)

    def count_changes(self, path, pattern):
        told = self.expect(common.COMPLETE, self.killed(path, pattern))
        return int(told.stderr.split()[-1])

    def check(self, path, moment, least):
        """What is finished is right and at least `least`; only the rest is computed afterwards."""
        done = self.assert_done_jobs_are_right(path, self.expected)
        self.assertGreaterEqual(done, least, f"moment {moment}")
        told = self.expect(common.COMPLETE, dummies.run_of(self.study, path))
        self.assertNotIn("checksum", told.stderr)
        self.assertEqual(0 if "nothing to do" in told.stderr else dummies.computed(told),
                         self.n_jobs - done, f"moment {moment}")
        self.assert_same_bits(common.read_results(path), self.expected, f"moment {moment}")
        return done

    def test_of_a_new_file(self):
        done = {}

        def check(moment):
            path = self.folder / f"new{moment}.h5"
            told = self.killed(path, path.name, moment)
            self.assertEqual(told.returncode, -signal.SIGKILL, told.stderr)
            done[moment] = self.check(path, moment, 0)

        self.at_every_moment(self.count_changes(self.folder / "new.h5", "new.h5"), check, 20)
        self.assert_progress(done)

    def test_of_a_file_that_has_grown(self):
        """Nothing of what was there before is lost, and at most one record is in flight."""
        old = self.folder / "old.h5"
        self.expect(common.COMPLETE, dummies.run_of(self.plain, old, "-q"))
        n_old, done = self.n_jobs - len(dummies.WIDTHS), {}

        def check(moment):
            path = self.folder / f"grown{moment}.h5"
            shutil.copy(old, path)
            told = self.killed(path, path.name, moment)
            self.assertEqual(told.returncode, -signal.SIGKILL, told.stderr)
            done[moment] = self.check(path, moment, n_old)

        shutil.copy(old, self.folder / "grown.h5")
        self.at_every_moment(self.count_changes(self.folder / "grown.h5", "grown.h5"), check)
        self.assert_progress(done)
        self.assertLessEqual({n_old, n_old + 1}, set(done.values()))

    def assert_progress(self, done):
        """A later kill never finds fewer finished jobs."""
        counts = [done[moment] for moment in sorted(done)]
        self.assertEqual(counts, sorted(counts))
        self.assertGreater(len(set(counts)), 1)
        print("finished jobs by moment:", counts, file=sys.stderr)

    def test_while_a_file_grows(self):
        """The file is the old one, or the grown one, whole."""
        old = self.folder / "growing.old"
        self.expect(common.COMPLETE, dummies.run_of(self.plain, old, "-q"))

        def check(moment):
            path = self.folder / f"growing{moment}.h5"
            shutil.copy(old, path)
            told = self.killed(path, f"{path.name}.tmp.*", moment)
            self.assertEqual(told.returncode, -signal.SIGKILL, told.stderr)
            self.assertEqual(path.read_bytes(), old.read_bytes())
            if moment % (20 if common.SOAK else 60) == 1:
                self.expect(common.COMPLETE, dummies.run_of(self.study, path, "-q"))
                self.assert_same_bits(common.read_results(path), self.expected, f"moment {moment}")
                self.assertEqual(list(self.folder.glob(f"{path.name}.tmp.*")), [])

        path = self.folder / "growing.h5"
        shutil.copy(old, path)
        self.at_every_moment(self.count_changes(path, f"{path.name}.tmp.*"), check, 20)


if __name__ == "__main__":
    common.main()
