"""A job whose numerics fail is a failed job of the file; the sweep goes on."""
import time

import h5py
import numpy as np

import common
import models
import reference

SCHUR_OVERFLOW, ROLLOUT_OVERFLOW = 103, 105
ALPHAS = [0.85, 0.9, 0.95]
# Of 24 removals and 3 diagnostics each: all of a case without a Schur form, the removals of another.
N_FAILED, N_JOBS = 27 + 24, 4 * 27


class FailedJobs(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed in (0, 2):
            model = models.network(seed, 12)
            common.write_model(cls.folder / f"m{seed}.h5", model, models.trials_for(model, seed))
        huge = models.network(1, 12)
        huge.weight_hh = np.full((12, 12), 1.7e308)
        common.write_model(cls.folder / "m1.h5", huge,
                           models.trials_for(models.network(1, 12), 1))
        loud = models.network(3, 12)
        trials = models.trials_for(loud, 3)
        loud.weight_hy *= 1e200  # its squared error is beyond every number
        common.write_model(cls.folder / "m3.h5", loud, trials)
        cls.study = common.write_study(cls.folder / "study.cfg", models=[{"file": "m?.h5"}],
                                       alphas=ALPHAS, output="results.h5")
        cls.path = cls.folder / "results.h5"
        cls.first = common.schursweep("run", cls.study, ranks=3)
        cls.results = common.read_results(cls.path)

    def starts(self):
        """Number of runs that the file remembers."""
        with h5py.File(self.path, "r") as file:
            return int((file["run/epochs"]["start_time"] != 0).sum())

    def test_the_exit_code_and_one_line_say_so(self):
        self.expect(common.JOBS_FAILED, self.first)
        self.assertIn(f"{N_FAILED} of {N_JOBS} jobs failed", self.first.stderr.splitlines()[-1])

    def test_the_failed_cases_have_a_code_a_message_and_no_values(self):
        for case, code in ((1, SCHUR_OVERFLOW), (3, ROLLOUT_OVERFLOW)):
            self.assertTrue((self.results["state"][case] == common.FAILED).all())
            self.assertTrue((self.results["error"][case] == code).all())
            for name in ("fvu", "delta_fvu", "accuracy", "distance", "removed_mass", "sensitivity"):
                self.assertTrue(np.isnan(self.results[name][case]).all(), name)
            self.assertTrue((self.results["stabilizer"][case] == 255).all())
            self.assertIn("overflow", self.results["message"][case])

    def test_diagnostics_fail_only_where_what_they_need_is_not_there(self):
        states = [[self.results[f"{name}_{what}"][case] for name in common.ALWAYS]
                  for case in range(4) for what in ("state", "error")]
        done, failed = [[common.DONE] * 3, [0] * 3], [[common.FAILED] * 3, [SCHUR_OVERFLOW] * 3]
        self.assertEqual(states, done + failed + done + done)
        self.assertTrue(np.isnan(self.results["spectral_radius"][1]))
        moduli = np.abs(np.linalg.eigvals(models.network(3, 12).weight_hh))
        self.assert_close(self.results["spectral_radius"][3], moduli.max(), rtol=1e-12)

    def test_all_other_jobs_are_done_and_right(self):
        for case, seed in ((0, 0), (2, 2)):
            model = models.network(seed, 12)
            expected = reference.sweep(model, models.trials_for(model, seed), ALPHAS)
            self.assertTrue((self.results["state"][case] == common.DONE).all())
            self.assertTrue((self.results["error"][case] == 0).all())
            self.assertEqual(self.results["message"][case], "")
            self.assert_close(self.results["fvu"][case], expected["fvu"], rtol=1e-10)

    def test_a_plain_rerun_finds_nothing_to_do_and_changes_nothing(self):
        before, begin = self.path.read_bytes(), time.monotonic()
        again = self.expect(common.JOBS_FAILED, common.schursweep("run", self.study))
        self.assertLess(time.monotonic() - begin, 5 * common.slowdown())
        self.assertIn("nothing to do", again.stderr)
        self.assertEqual(self.path.read_bytes(), before)

    def test_retry_failed_runs_them_and_only_them_again(self):
        starts = self.starts()
        again = self.expect(common.JOBS_FAILED,
                            common.schursweep("run", self.study, "--retry-failed"))
        self.assertIn(f"{N_FAILED} jobs in", again.stderr)
        self.assertEqual(self.starts(), starts + 1)
        found = common.read_results(self.path)
        for name in found:
            self.assertEqual(found[name].tobytes(), self.results[name].tobytes(), name)

    def test_show_tells_why(self):
        shown = self.expect(0, common.schursweep("show", "--long", self.folder / "results.h5"))
        self.assertRegex(shown.stdout, r"failed +103  ")


if __name__ == "__main__":
    common.main()
