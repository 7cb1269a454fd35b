"""All partitions of a model beside its thresholds: rows, padding, plans, shards."""
import numpy as np
import xarray as xr

import common
import models
import partitions

INPUT_BAD, MISMATCH = 3, 5


class Widths(partitions.TestCase):
    """Models of different widths, one of them orthogonal, in one file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed, hidden in ((0, 5), (1, 9)):
            model = models.network(seed, hidden)
            common.write_model(cls.folder / f"m{seed}.h5", model, models.trials_for(model, seed))
        orthogonal = models.network(2, 7)
        draw = np.random.default_rng(2)
        orthogonal.weight_hh = np.linalg.qr(draw.standard_normal((7, 7)))[0]
        common.write_model(cls.folder / "m2.h5", orthogonal, models.trials_for(orthogonal, 2))
        cls.study = cls.write("widths", partitions="all")
        cls.path = cls.study.with_suffix(".h5")
        cls.results = cls().run_study(cls.study)

    @classmethod
    def write(cls, name, **keys):
        return common.write_study(cls.folder / f"{name}.cfg", models=[{"file": "m[0-9].h5"}],
                                  alphas=partitions.ALPHAS, **keys)

    def test_the_axis_is_as_long_as_the_widest_model(self):
        self.assertEqual(list(self.results["partition"]), list(range(1, 10)))
        self.assert_complete(self.path, self.results)
        for case, hidden in enumerate((5, 9, 7)):
            self.assertLessEqual(partitions.count_partitions(self.results, case), hidden)
            self.assert_intervals(self.results, case)

    def test_an_orthogonal_matrix_has_one_partition(self):
        self.assertEqual(partitions.count_partitions(self.results, 2), 1)
        self.assertEqual(self.results["partition_n_r"][2, 0], 7)
        self.assert_padded(self.results, 2, 1)

    def test_xarray_selects_partitions_by_number(self):
        with xr.open_dataset(self.path, engine="h5netcdf") as ds:
            self.assertEqual(ds.sizes["partition"], 9)
            job = ds.sel(partition=1, ablation="CC")
            self.assertEqual(job.partition_fvu.dims, ("case",))
            self.assert_close(job.partition_fvu.values, self.results["partition_fvu"][:, 0, 3])
            self.assertEqual(ds.partition_distance.dims, ("case", "partition", "ablation"))
            self.assertIn("model", ds.partition_distance.coords)
            self.assertTrue(np.isnan(ds.partition_n_r.values[2, 1:]).all())
            self.assertTrue(np.isnan(ds.partition_stabilizer.values[2, 1:]).all())
            self.assertTrue(np.isnan(ds.alpha_low.values[0, 5:]).all())

    def test_a_second_run_has_nothing_to_do(self):
        before = self.path.read_bytes()
        told = self.expect(common.COMPLETE, common.schursweep("run", self.study))
        self.assertIn("nothing to do", told.stderr)
        self.assertEqual(self.path.read_bytes(), before)

    def test_a_study_without_it_has_no_such_variables(self):
        plain = self.run_study(self.write("plain"))
        names = {name for name in self.results if name.startswith("partition_")}
        self.assertEqual(len(names), 12)
        self.assertEqual(set(self.results) - set(plain),
                         names | {"partition", "alpha_low", "alpha_high"})
        shared = {name: self.results[name] for name in plain if name != "splits_checksum"}
        self.assert_same_bits({name: plain[name] for name in shared}, shared)

    def test_with_and_without_partitions_are_other_studies(self):
        path = self.folder / "kept.h5"
        for first, second in (("all", "none"), ("none", "all")):
            path.unlink(missing_ok=True)
            self.expect(common.COMPLETE, common.schursweep(
                "run", "-q", "-o", path, self.write("changed", partitions=first)))
            told = self.expect(MISMATCH, common.schursweep(
                "run", "-q", "-o", path, self.write("changed", partitions=second)))
            self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)
            said = f"'partitions' differs, the file has 'partitions = {first}'"
            self.assertIn(said, told.stderr)

    def test_what_is_neither_all_nor_none_is_refused(self):
        told = self.expect(INPUT_BAD, common.schursweep("plan", self.write("odd", partitions="half")))
        self.assertIn("unknown partitions 'half', did you mean 'all'?", told.stderr)
        self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)

    def test_shards_have_the_rows_of_their_cases(self):
        for number, ranks in ((1, 0), (2, 2)):
            told = common.schursweep("run", "-q", "--shard", f"{number}/2", self.study, ranks=ranks)
            self.expect(common.COMPLETE, told)
            found = common.read_results(self.folder / f"widths.shard-{number}-of-2.h5")
            cases = slice(number - 1, None, 2)
            for name in self.results:
                whole = self.results[name]
                own = name in common.TIMES or name == "case" or name.endswith("checksum")
                if not own and len(whole) == 3 and name != "alpha" and name != "coupling":
                    np.testing.assert_array_equal(found[name], whole[cases], name)

    def test_fewer_sets_share_what_they_have(self):
        study = self.write("few", ablations=["CC"], partitions="all")
        found = self.run_study(study)
        columns = [0, 3]
        self.assertEqual(list(found["ablation"]), ["none", "CC"])
        for name in partitions.JOB:
            whole = self.results[f"partition_{name}"][:, :, columns]
            np.testing.assert_array_equal(found[f"partition_{name}"], whole, name)
        plan = self.plan(study)
        for case in range(3):
            self.assertEqual(plan["cases"][case]["rollouts"], partitions.count_rollouts(found, case))

    def test_the_plan_of_models_to_train_is_a_bound(self):
        """Their rows are known before their partitions are."""
        grid = {"task": "sine", "construction": ["dense_normal", "cayley"], "hidden": [6, 10],
                "seeds": 0, "recipe": {"steps": 20}}
        study = common.write_study(self.folder / "train.cfg", models=[grid], alphas=partitions.ALPHAS,
                                   partitions="all")
        before = self.plan(study)
        results = self.run_study(study)
        after = self.plan(study)
        self.assert_complete(study.with_suffix(".h5"), results)
        self.assertEqual(before["jobs"], after["jobs"])
        for case in range(4):
            bound, exact = before["cases"][case], after["cases"][case]
            self.assertTrue(bound["upper_bound"])
            self.assertFalse(exact["upper_bound"])
            self.assertEqual(bound["rollouts"], 6 * results["hidden"][case] - 12)
            self.assertEqual(exact["rollouts"], partitions.count_rollouts(results, case))
            self.assertLessEqual(exact["rollouts"], bound["rollouts"])


if __name__ == "__main__":
    common.main()
