"""A job whose numerics fail is a failed cell; the sweep goes on."""
import numpy as np

import common
import models
import reference

SCHUR_OVERFLOW = 103


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
        cls.study = common.write_study(cls.folder / "study.cfg", models=[{"file": "m?.h5"}],
                                       output="results.h5")
        cls.first = common.schursweep("run", cls.study, ranks=3)
        cls.results = common.read_results(cls.folder / "results.h5")

    def test_the_exit_code_and_one_line_say_so(self):
        self.expect(common.JOBS_FAILED, self.first)
        self.assertIn("24 of 72 jobs failed", self.first.stderr.splitlines()[-1])

    def test_the_failed_case_has_a_code_a_message_and_no_values(self):
        self.assertTrue((self.results["state"][1] == common.FAILED).all())
        self.assertTrue((self.results["error"][1] == SCHUR_OVERFLOW).all())
        for name in ("fvu", "accuracy", "distance", "removed_mass", "sensitivity"):
            self.assertTrue(np.isnan(self.results[name][1]).all(), name)
        self.assertIn("overflow", self.results["message"][1])

    def test_all_other_jobs_are_done_and_right(self):
        for case, seed in ((0, 0), (2, 2)):
            model = models.network(seed, 12)
            expected = reference.sweep(model, models.trials_for(model, seed), [0.85, 0.9, 0.95])
            self.assertTrue((self.results["state"][case] == common.DONE).all())
            self.assert_close(self.results["fvu"][case], expected["fvu"], rtol=1e-8)

    def test_a_plain_rerun_finds_nothing_to_do(self):
        again = self.expect(common.JOBS_FAILED, common.schursweep("run", self.study))
        self.assertIn("nothing to do", again.stderr)

    def test_retry_failed_runs_them_again(self):
        again = self.expect(common.JOBS_FAILED,
                            common.schursweep("run", self.study, "--retry-failed"))
        self.assertNotIn("nothing to do", again.stderr)

    def test_show_tells_why(self):
        shown = self.expect(0, common.schursweep("show", self.folder / "results.h5"))
        self.assertIn("failed (103", shown.stdout)


if __name__ == "__main__":
    common.main()
