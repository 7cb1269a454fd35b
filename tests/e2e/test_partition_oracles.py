"""All partitions of trained networks: what a threshold gives is what its partition gives, bit for
bit."""
import shutil

import h5py
import numpy as np

import common
import partitions

THRESHOLDS = 500 if common.SOAK else 40


class Oracles(partitions.TestCase):
    """The networks of tests/data on a fine grid of thresholds, and with all their partitions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for path in common.ORACLES.glob("*_s0.h5"):
            shutil.copy(path, cls.folder)
            if not common.SOAK:  # fewer trials: neither partitions nor what is compared need more
                with h5py.File(cls.folder / path.name, "r+") as file:
                    for name in file["trials"]:
                        values = file["trials"][name][:, :8]
                        del file["trials"][name]
                        file["trials"][name] = values
        files = [{"file": "*_s0.h5"}]
        cls.grid = common.write_study(cls.folder / "grid.cfg", models=files,
                                      alphas={"from": 1 / THRESHOLDS, "to": 1.0,
                                              "count": THRESHOLDS})
        cls.study = common.write_study(cls.folder / "all.cfg", models=files,
                                       alphas=partitions.ALPHAS, partitions="all")
        cls.plain = cls().run_study(cls.grid, ranks=2, seconds=300)
        cls.found = cls().run_study(cls.study, seconds=300)
        cls.cases = range(len(cls.found["case"]))

    def assert_rows_agree(self, found, row_name, case, alphas):
        for a, alpha in enumerate(alphas):
            p = partitions.partition_of(self.found, case, alpha)
            what = f"case {case} alpha {alpha} partition {p + 1}"
            self.assertEqual(found["n_r"][case, a],
                             self.found["partition_n_r"][case, p], what)
            for name in partitions.JOB:
                self.assertEqual(found[name][case, a].tobytes(),
                                 self.found[f"partition_{name}"][case, p].tobytes(),
                                 f"{name} of {what}, {row_name}")

    def test_a_threshold_gives_what_its_partition_gives(self):
        self.assertEqual(len(self.plain["alpha"]), THRESHOLDS)
        for case in self.cases:
            self.assert_rows_agree(self.plain, "of another study", case, self.plain["alpha"])
            self.assert_rows_agree(self.found, "of the same study", case, partitions.ALPHAS)

    def test_the_thresholds_find_no_partition_that_is_not_there(self):
        for case in self.cases:
            found = set(self.plain["n_r"][case])
            self.assertLessEqual(found, set(self.found["partition_n_r"][case]))
            self.assertGreater(len(found), 1)

    def test_intervals_are_those_of_the_spectrum(self):
        for case in self.cases:
            self.assert_intervals(self.found, case)
        self.assert_complete(self.study.with_suffix(".h5"), self.found)

    def test_nothing_is_rolled_out_twice(self):
        plan = self.plan(self.study)
        for case in self.cases:
            blocks = partitions.count_blocks(self.found, case)
            rollouts = partitions.count_rollouts(self.found, case)
            self.assertEqual(plan["cases"][case]["rollouts"], rollouts)
            self.assertEqual(partitions.count_partitions(self.found, case), blocks)  # no ties
            self.assertEqual(rollouts, 6 * blocks - 12)
        self.assertEqual(plan["rollouts"], sum(case["rollouts"] for case in plan["cases"]))
        self.assertEqual(plan["cases"][0]["jobs"], (3 + self.found["hidden"][0]) * 8 + len(common.ALWAYS))

    def test_rounded_moduli_of_an_orthogonal_matrix_are_no_ties(self):
        """Its weights are stored in single precision: partitions as many as blocks, close to 1."""
        (case,) = np.flatnonzero(self.found["construction"] == "cayley")
        count = partitions.count_partitions(self.found, case)
        self.assertGreater(count, 1)
        self.assertGreater(self.found["alpha_low"][case, :count - 1].min(), 1 - 1e-6)
        self.assertEqual(partitions.partition_of(self.found, case, 0.95), count - 1)

    def test_partitions_that_are_known(self):
        for name, low, high, dim in (("sine_s0.h5", 0.864, 0.984, 4),
                                     ("flipflop_s0.h5", 0.683, 0.922, 3),
                                     ("ctxint_s0.h5", 0.810, 0.904, 2)):
            case = common.case_of(self.found, name)
            p = partitions.partition_of(self.found, case, 0.9)
            self.assertEqual(round(self.found["alpha_low"][case, p], 3), low, name)
            self.assertEqual(round(self.found["alpha_high"][case, p], 3), high, name)
            self.assertEqual(self.found["partition_n_r"][case, p], dim, name)
        case = common.case_of(self.found, "sine_s0.h5")
        self.assertEqual(partitions.count_partitions(self.found, case), 33)


if __name__ == "__main__":
    common.main()
