"""What the tests of all partitions of a model share: how their variables are read and judged."""
import json

import numpy as np

import common

ALPHAS = [0.85, 0.9, 0.95]
JOB = ("fvu", "delta_fvu", "accuracy", "distance", "removed_mass", "sensitivity", "stabilizer",
        "error", "state")
MISSING = {"stabilizer": 255, "error": 0, "state": 0, "checksum": 0}


def count_partitions(results, case):
    return int((results["partition_n_r"][case] >= 0).sum())


def count_blocks(results, case):
    """Real eigenvalues and complex pairs."""
    hidden = results["hidden"][case]
    return int(hidden - (results["eigenvalue_im"][case, :hidden] != 0).sum() // 2)


def partition_of(results, case, alpha):
    """From 0: the partition whose interval (alpha_low, alpha_high] holds the threshold."""
    low, high = results["alpha_low"][case], results["alpha_high"][case]
    (found,) = np.flatnonzero((low < alpha) & (alpha <= high))
    return int(found)


def count_rollouts(results, case):
    """Jobs that have not shared another's; on several ranks the parts of a case share nothing."""
    return int((results["seconds"][case] > 0).sum() + (results["partition_seconds"][case] > 0).sum())


class TestCase(common.TestCase):
    def plan(self, study, *options):
        told = self.expect(common.COMPLETE, common.schursweep("plan", "--json", study, *options))
        return json.loads(told.stdout)

    def assert_complete(self, path, results):
        """Every job that there is is done, and nothing stands where there is none."""
        n_jobs = len(common.job_states(results))
        self.assertTrue((results["state"] == common.DONE).all())
        for case in range(len(results["case"])):
            count = count_partitions(results, case)
            self.assertTrue((results["partition_state"][case, :count] == common.DONE).all())
            self.assert_padded(results, case, count)
        status = self.expect(common.COMPLETE, common.schursweep("status", "--json", path))
        counts = json.loads(status.stdout)
        self.assertEqual((counts["jobs"], counts["done"], counts["pending"]), (n_jobs, n_jobs, 0))

    def assert_padded(self, results, case, count):
        """Beyond the partitions of a model everything is missing."""
        for name in ("alpha_low", "alpha_high"):
            self.assertFalse(np.isnan(results[name][case, :count]).any(), name)
            self.assertTrue(np.isnan(results[name][case, count:]).all(), name)
        self.assertTrue((results["partition_n_r"][case, count:] == -1).all())
        for name in (*JOB, "seconds", "checksum"):
            values = results[f"partition_{name}"][case, count:]
            if name in MISSING:
                self.assertTrue((values == MISSING[name]).all(), name)
            else:
                self.assertTrue(np.isnan(values).all(), name)

    def assert_intervals(self, results, case):
        """From 1 down to 0 without a gap, with R growing up to the whole spectrum."""
        count = count_partitions(results, case)
        low = results["alpha_low"][case, :count]
        high = results["alpha_high"][case, :count]
        dims = results["partition_n_r"][case, :count]
        self.assertEqual((high[0], low[-1], dims[-1]), (1.0, 0.0, results["hidden"][case]))
        self.assertTrue(np.array_equal(high[1:], low[:-1]))
        self.assertTrue((np.diff(high) < 0).all() and (np.diff(dims) > 0).all())
        hidden = results["hidden"][case]
        moduli = np.hypot(results["eigenvalue_re"][case, :hidden],
                          results["eigenvalue_im"][case, :hidden])
        ends = dims[:-1]  # the next partition begins with the modulus behind
        self.assert_close(low[:-1], moduli[ends] / moduli.max(), rtol=2e-10)
