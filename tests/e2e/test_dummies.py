"""A measure, a diagnostic, a task and a figure that only tests have, each one file and one line,
are all that the program's own are: in the file, its checksums and labels, in verify, in a file that
grows, in the report, on teams, in the plan and in the manual."""
import json
import os
import shutil
import subprocess
import sys
from unittest import mock

import h5py
import numpy as np

import common
import dummies
import interrupted
import models
import reference
import reports
import wide

MISMATCH, DAMAGED = 5, 6


class InTheFile(dummies.DummyCase):
    def test_declarations_stand_beside_the_values(self):
        with h5py.File(self.path) as file:
            self.assertIn("dummy_change", common.text(file.attrs["measures"]).split())
            self.assertEqual(file["dummy_state"].attrs["count"], dummies.COUNT)
            declared = {"dummy_change": "measure", **dict.fromkeys(dummies.FIELDS, "dummy")}
            for name, by in declared.items():
                said = {key: common.text(file[name].attrs[key])
                        for key in ("declared_by", "units", "long_name")}
                self.assertEqual((said["declared_by"], said["units"]), (by, "1"), name)
                self.assertGreater(len(said["long_name"]), 10, name)
            self.assertEqual(common.text(file["pair"].attrs["CLASS"]), "DIMENSION_SCALE")

    def test_xarray_gives_axes_and_labels(self):
        import xarray as xr  # which takes longer than the rest of a class

        with xr.open_dataset(self.path, engine="h5netcdf") as ds:
            self.assertEqual(ds.dummy_distance.dims, ("case", "pair"))
            self.assertEqual(ds.dummy_change.dims, ("case", "alpha", "ablation"))
            self.assertEqual(ds.pair.values.tolist(), list(range(7 * 6 // 2)))
            self.assertEqual(ds.task.values[3], "dummy_mean")
            self.assertIn("model", ds.dummy_distance.coords)
            self.assertEqual(int(ds.dummy_pairs.isel(case=0)), self.expected["dummy_pairs"][0])

    def test_the_measure_is_right(self):
        """The distance, as it is defined, has the same numerator."""
        for case, (model, trials) in enumerate(self.networks):
            full = reference.rollout(model, model.weight_hh, trials.inputs)[trials.counted()]
            expected = (self.expected["distance"][case] ** 2 * reference.variation(full)
                        / full.size)
            self.assert_close(self.expected["dummy_change"][case], expected, 1e-12)
            self.assertGreater(expected.max(), 1e-3)

    def test_the_diagnostic_is_right(self):
        for case, (model, trials) in enumerate(self.networks):
            t, q = reference.ordered_schur(model.weight_hh)
            blocks = reference.diagonal_blocks(t)
            counted = trials.counted()
            full = reference.rollout(model, model.weight_hh, trials.inputs)[counted]
            distances = []
            for j, (column, columns) in enumerate(blocks):
                for row, rows in blocks[:j]:
                    rest = t.copy()
                    rest[row:row + rows, column:column + columns] = 0
                    found = reference.rollout(model, q @ rest @ q.T, trials.inputs)[counted]
                    distances.append(np.sqrt(np.sum((found - full) ** 2)
                                             / reference.variation(full)))
            self.assertEqual(self.expected["dummy_pairs"][case], len(distances))
            n = min(dummies.COUNT, len(distances))
            found = self.expected["dummy_distance"][case]
            self.assert_close(found[:n], distances[:n], 1e-9)
            self.assertTrue(np.isnan(found[n:]).all())

    def test_the_task_is_trained_and_replayed(self):
        case = common.case_of(self.expected, self.expected["model"][3], "dummy_mean")
        self.assertEqual(self.expected["train_steps"][case], 5)
        self.assertTrue((common.job_states(self.expected, case) == common.DONE).all())
        self.assertFalse(np.isnan(self.expected["fvu"][case]).any())

    def test_the_measure_of_partitions(self):
        """An alpha has the bits of the partition that it lies in."""
        study = self.write("partitions", partitions="all", models=[{"file": "m?.h5"}])
        found = self.run_study(study)
        for case in range(len(dummies.WIDTHS)):
            for a, alpha in enumerate(dummies.ALPHAS):
                inside = (found["alpha_low"][case] < alpha) & (alpha <= found["alpha_high"][case])
                (p,) = np.flatnonzero(inside)
                self.assertEqual(found["partition_dummy_change"][case, p].tobytes(),
                                 self.expected["dummy_change"][case, a].tobytes())
            absent = found["partition_n_r"][case] < 0
            self.assertTrue(np.isnan(found["partition_dummy_change"][case, absent]).all())

    def test_it_fails_where_what_it_needs_is_not_there(self):
        """Without a Schur form, and where only the outputs overflow."""
        huge, loud = models.network(5, 6), models.network(6, 6)
        trials = [models.trials_for(model, 5, steps=6) for model in (huge, loud)]
        huge.weight_hh[:] = 1.7e308
        loud.weight_hy *= 1e200
        common.write_model(self.folder / "bad" / "huge.h5", huge, trials[0])
        common.write_model(self.folder / "bad" / "loud.h5", loud, trials[1])
        study = self.write("bad", models=[{"file": "bad/*.h5"}], diagnostics=["dummy"])
        for ranks in common.some((0,), 3):
            found = self.run_study(study, "--fresh", ranks=ranks, code=common.JOBS_FAILED)
            self.assertEqual(found["dummy_state"].tolist(), [common.FAILED] * 2)
            self.assertEqual(found["dummy_error"].tolist(), [103, 105])
            self.assertEqual(found["spectrum_state"].tolist(), [common.FAILED, common.DONE])
            self.assertTrue(np.isnan(found["dummy_distance"]).all())
            again = common.schursweep("run", "--retry-failed", study, ranks=ranks)
            self.assertEqual(dummies.computed(self.expect(common.JOBS_FAILED, again)),
                             (common.job_states(found) == common.FAILED).sum())
            self.assert_same_bits(common.read_results(study.with_suffix(".h5")), found)

    def test_any_number_of_ranks_gives_the_same_bits(self):
        for ranks in common.some((3,), 1, 2, 5):
            path = self.folder / f"ranks{ranks}.h5"
            self.expect(common.COMPLETE, dummies.run_of(self.study, path, "-q", ranks=ranks))
            self.assert_same_bits(common.read_results(path), self.expected, f"{ranks} ranks")

    def test_a_program_without_the_measure_refuses_the_file(self):
        with mock.patch.dict(os.environ, SCHURSWEEP=os.environ["PLAIN_SCHURSWEEP"]):
            for command in ("show", "status", "verify"):
                told = self.expect(MISMATCH, common.schursweep(command, self.path))
                self.assertIn("dummy_change", told.stderr)
                self.assertEqual(len(told.stderr.splitlines()), 1)

    def test_a_file_without_the_measure_is_read_and_finished(self):
        path, study = self.folder / "older.h5", self.write("older", models=[{"file": "m?.h5"}])
        with mock.patch.dict(os.environ, SCHURSWEEP=os.environ["PLAIN_SCHURSWEEP"]):
            self.expect(common.COMPLETE, dummies.run_of(study, path, "-q"))
        before = common.read_results(path)
        with h5py.File(path, "r+") as file:
            file["state"][1, 0, 2] = common.PENDING
        told = self.expect(common.COMPLETE, dummies.run_of(study, path))
        self.assertEqual(dummies.computed(told), 1)
        self.assertEqual(common.differences(common.read_results(path), before), [])
        self.expect(common.COMPLETE, common.schursweep("verify", "--sample", "1", path))
        self.assertNotIn("dummy_change", self.expect(0, common.schursweep("show", path)).stdout)


class ChangedFiles(dummies.DummyCase):
    """Files that are damaged, and finished ones that get the diagnostic only later."""

    def setUp(self):
        self.copy = self.folder / f"{self._testMethodName}.h5"
        shutil.copy(self.path, self.copy)

    def verify(self, code, *options):
        return self.expect(code, common.schursweep("verify", *options, self.copy))

    def test_verify_computes_it_again(self):
        told = self.verify(common.COMPLETE, "--sample", "100%").stdout
        self.assertIn(f"{self.n_jobs} the same bits, 0 different", told)

    def test_float32_too(self):
        study = self.write("float32", precision="float32",
                           diagnostics=[{"name": "dummy", "count": dummies.COUNT}])
        found = self.run_study(study, ranks=2)
        self.assertIn("dummy_distance", common.differences(found, self.expected))
        self.assert_close(found["dummy_distance"], self.expected["dummy_distance"], 1e-4)
        self.copy = study.with_suffix(".h5")
        self.assertIn(f"{self.n_jobs} the same bits, 0 different",
                      self.verify(common.COMPLETE, "--sample", "1").stdout)

    def test_a_flipped_bit_is_found_and_its_record_alone_computed_again(self):
        for name, place in common.some(
                (("dummy_distance", (1, dummies.COUNT - 1)), ("dummy_checksum", 3),
                 ("dummy_change", (2, 1, 3))), ("dummy_pairs", 2), ("dummy_error", 0)):
            with self.subTest(name):
                with h5py.File(self.copy, "r+") as file:
                    raw = np.array([file[name][place]])
                    raw.view(np.uint8)[1] ^= 4
                    file[name][place] = raw[0]
                self.assertIn("1 finished jobs fail their checksum",
                              self.verify(DAMAGED, "--sample", "0").stderr)
                told = self.expect(common.COMPLETE, dummies.run_of(self.study, self.copy))
                self.assertEqual(dummies.computed(told), 1)
                self.assertEqual(interrupted.run_group(self.copy, "epochs")["done_at_start"].max(),
                                 self.n_jobs - 1)
                self.assert_same_bits(common.read_results(self.copy), self.expected, name)

    def test_wrong_values_with_a_right_checksum_are_found_by_computing(self):
        place = self.folder / "other"
        for seed in range(len(dummies.WIDTHS)):
            model = models.network(seed, dummies.WIDTHS[seed])
            common.write_model(place / f"m{seed}.h5", model,
                               models.trials_for(model, seed + 50, steps=6))
        self.run_study(shutil.copy(self.study, place / "study.cfg"))
        with h5py.File(place / "study.h5") as false, h5py.File(self.copy, "r+") as file:
            for name in dummies.FIELDS:
                file[name][1] = false[name][1]
        self.verify(common.COMPLETE, "--sample", "0")
        self.assertRegex(self.verify(DAMAGED, "--sample", "1").stderr,
                         r"1 recomputed jobs differ, .*m1\.h5', diagnostic dummy")

    def grow(self, name, *options, ranks=0):
        """(file before it grew, file after, what was told)"""
        path = self.folder / f"{name}.h5"
        self.expect(common.COMPLETE, dummies.run_of(self.plain, path, "-q"))
        before = common.read_results(path)
        told = self.expect(common.COMPLETE, dummies.run_of(self.study, path, ranks=ranks))
        return before, path, told

    def test_nothing_else_is_computed_again(self):
        for ranks in (0, 3):
            before, path, told = self.grow(f"grown{ranks}", ranks=ranks)
            self.assertEqual(dummies.computed(told), len(before["case"]))
            epochs = interrupted.run_group(path, "epochs")
            self.assertEqual(epochs["done_at_start"][:2].tolist(),
                             [0, self.n_jobs - len(before["case"])])
            after = common.read_results(path)
            self.assert_same_bits(self.without(after), before)
            self.assertEqual(after["seconds"].tobytes(), before["seconds"].tobytes())
            self.assert_same_bits(after, self.expected)

    def test_an_unfinished_and_damaged_file_grows_too(self):
        path = self.folder / "half.h5"
        self.expect(common.COMPLETE, dummies.run_of(self.plain, path, "-q"))
        with h5py.File(path, "r+") as file:
            file["state"][2] = common.PENDING
            file["fvu"][0, 1, 2] += 1e-9
            file["nonnormality"][1] += 1e-9
        told = self.expect(common.COMPLETE, dummies.run_of(self.study, path))
        self.assertIn("warning: 2 finished jobs fail their checksum", told.stderr)
        self.assertEqual(dummies.computed(told), 4 + len(dummies.ALPHAS) * 8 + 2)
        self.assert_same_bits(common.read_results(path), self.expected)

    def test_it_goes_on_being_the_same_file(self):
        path = self.folder / "same.h5"
        self.expect(common.COMPLETE, dummies.run_of(self.plain, path, "-q"))
        with h5py.File(path) as file:
            before = {name: common.text(value) for name, value in file.attrs.items()}
        self.expect(common.COMPLETE, dummies.run_of(self.study, path, "-q"))
        with h5py.File(path) as file:
            self.assertEqual({name: common.text(value) for name, value in file.attrs.items()},
                             before)
        self.assertEqual([each.name for each in self.folder.glob("same.h5?*")], ["same.h5.lock"])

    def test_a_study_that_no_longer_names_it_leaves_it_there(self):
        path = self.folder / "kept.h5"
        shutil.copy(self.path, path)
        told = self.expect(common.COMPLETE, dummies.run_of(self.plain, path))
        self.assertIn("nothing to do", told.stderr)
        self.assertEqual(path.read_bytes(), self.path.read_bytes())

    def test_another_parameter_is_refused_by_its_name(self):
        other = self.write("other", diagnostics=[{"name": "dummy", "count": dummies.COUNT + 1}])
        before = self.path.read_bytes()
        for ranks in (0, 2):
            told = self.expect(MISMATCH, dummies.run_of(other, self.path, ranks=ranks))
            self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)
            self.assertIn("diagnostic 'dummy' was computed with count = "
                          f"{dummies.COUNT}, the study has {dummies.COUNT + 1}", told.stderr)
        self.assertEqual(self.path.read_bytes(), before)

    def test_what_no_diagnostic_is_called_is_refused(self):
        study = self.write("unknown", diagnostics=["dumy"])
        told = self.expect(3, common.schursweep("plan", study))
        self.assertIn("did you mean 'dummy'", told.stderr)

    def test_a_file_of_pairs_grows_too(self):
        """It alone is computed."""
        place = self.folder / "pairs"
        networks = [models.network(seed, 5) for seed in range(3)]
        for seed, model in enumerate(networks):
            common.write_model(place / f"m{seed}.h5", model, models.trials_for(model, 0))
        study = common.write_study(place / "s.cfg", models=[{"file": "m*.h5"}], alphas=[0.9])
        for command in (["run", "-q", study], ["compare", "-q", study.with_suffix(".h5")]):
            subprocess.run([os.environ["PLAIN_SCHURSWEEP"], *map(str, command)], check=True,
                           env=common.mpi_environment())
        path = place / "s.pairs.h5"
        before = common.read_results(path)
        told = self.expect(common.COMPLETE, common.schursweep("compare", study.with_suffix(".h5")))
        self.assertEqual(dummies.computed(told), 3)
        after = common.read_results(path)
        self.assert_same_bits({name: after[name] for name in before}, before)
        for pair, (a, b) in enumerate(((0, 1), (0, 2), (1, 2))):
            self.assertEqual(after["dummy_difference"][pair],
                             np.abs(networks[a].weight_hh - networks[b].weight_hh).max())
        told = self.expect(common.COMPLETE, common.schursweep("verify", "--sample", "100%", path))
        self.assertIn("12 the same bits", told.stdout)
        told = self.expect(common.COMPLETE, common.schursweep("show", path))
        self.assertIn("dummy_difference", told.stdout)


class InTheReport(dummies.DummyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.out = cls.folder / "report"
        cls().expect(0, common.schursweep("report", "-q", cls.path, "-o", cls.out))

    def test_values_has_the_same_bits(self):
        rows = [row for row in reports.read_csv(self.out / "values.csv")
                if row["diagnostic"] == "dummy"]
        data = self.expected
        for case, model in enumerate(data["model"]):
            mine = [row for row in rows if row["model"] == model]
            pairs = [int(row["value"]) for row in mine if row["variable"] == "dummy_pairs"]
            self.assertEqual(pairs, [data["dummy_pairs"][case]])
            found = np.full(len(data["pair"]), np.nan)
            for row in mine:
                if row["variable"] == "dummy_distance":
                    self.assertEqual(row["axis_1"], "pair")
                    found[int(row["axis_1_place"])] = reports.number(row["value"])
            np.testing.assert_array_equal(found, data["dummy_distance"][case], model)

    def test_jobs_and_groups_have_the_measure(self):
        jobs = reports.read_csv(self.out / "jobs.csv")
        found = [reports.number(row["dummy_change"]) for row in jobs]
        order = reports.canonical(self.expected)
        np.testing.assert_array_equal(found, self.expected["dummy_change"][order].ravel())
        groups = reports.read_csv(self.out / "groups.csv")
        for statistic in ("n", "mean", "mean_low", "q75"):
            self.assertIn(f"dummy_change_{statistic}", groups[0])
        row = next(row for row in groups if row["hidden"] == "7" and row["alpha"] == "0.9"
                   and row["ablation"] == "CC")
        self.assertEqual(float(row["dummy_change_mean"]), self.expected["dummy_change"][1, 1, 3])

    def test_the_page_shows_the_figure(self):
        page = reports.Page((self.out / "report.html").read_text("utf-8"))
        self.assertEqual(page.faults, [])
        self.assertIn("Distances without single pairs", page.text)
        lines = (self.out / "figures" / "dummy.dat").read_text().split()
        distances = np.array(lines, float).reshape(-1, 3, 2)[:, :, 1]
        order = reports.canonical(self.expected)
        self.assert_close(distances, self.expected["dummy_distance"][order, :3], 1e-9)
        if shutil.which("gnuplot"):
            drawn = "".join("".join(reports.picture_texts(self.out / "figures" / "dummy.svg")).split())
            self.assertIn(drawn, ["".join(text.split()) for text in page.pictures])

    def test_a_report_of_a_study_without_it_has_no_such_figure(self):
        self.expect(common.COMPLETE, common.schursweep("run", "-q", self.plain))
        out = self.folder / "plain-report"
        self.expect(0, common.schursweep("report", "-q", self.folder / "plain.h5", "-o", out))
        self.assertFalse((out / "figures" / "dummy.dat").exists())
        self.assertNotIn("single pairs", (out / "report.html").read_text("utf-8"))

    def test_show_prints_it(self):
        shown = self.expect(0, common.schursweep("show", self.path, "--model", "m1.h5")).stdout
        self.assertIn("dummy_change", shown)
        self.assertIn("diagnostic dummy: distance without single pairs of blocks", shown)
        values = self.expected["dummy_distance"][1, :dummies.COUNT]
        self.assertRegex(shown, rf"dummy_distance +{dummies.COUNT} values, {values.min():.4g} to "
                                rf"{values.max():.4g}, median {np.median(values):.4g}")

    def test_shards_are_pooled(self):
        tables = {name: sorted((self.out / name).read_text().splitlines())
                  for name in ("jobs.csv", "values.csv")}
        for number in (1, 2):
            self.expect(common.COMPLETE, common.schursweep(
                "run", "-q", "--shard", f"{number}/2", self.study))
        out = self.folder / "pooled"
        self.expect(0, common.schursweep(
            "report", "-q", *sorted(self.folder.glob("study.shard-*.h5")), "-o", out))
        for name, lines in tables.items():
            self.assertEqual(sorted((out / name).read_text().splitlines()), lines, name)

    def test_a_case_in_two_files_is_taken_where_more_of_it_is_done(self):
        plain = self.folder / "without.h5"
        self.expect(common.COMPLETE, dummies.run_of(self.plain, plain, "-q"))
        expected = sorted((self.out / "values.csv").read_text().splitlines())
        for number, paths in enumerate(((plain, self.path), (self.path, plain))):
            out = self.folder / f"both{number}"
            self.expect(0, common.schursweep("report", "-q", *paths, "-o", out))
            self.assertEqual(sorted((out / "values.csv").read_text().splitlines()), expected)

    def test_files_of_other_widths_tell_all_their_values(self):
        """The narrow one first, which has fewer pairs."""
        paths = []
        for name in ("m0", "m1"):
            study = self.write(f"of-{name}", models=[{"file": f"{name}.h5"}],
                               diagnostics=[{"name": "dummy", "count": 30}])
            self.run_study(study)
            paths.append(study.with_suffix(".h5"))
        out = self.folder / "widths"
        self.expect(0, common.schursweep("report", "-q", *paths, "-o", out))
        rows = [row for row in reports.read_csv(out / "values.csv")
                if row["variable"] == "dummy_distance"]
        for path in paths:
            data = common.read_results(path)
            found = {int(row["axis_1_place"]): reports.number(row["value"]) for row in rows
                     if row["model"] == data["model"][0]}
            self.assertEqual(sorted(found), list(range(7 * 6 // 2)))
            n = data["dummy_pairs"][0]
            self.assertEqual([found[pair] for pair in range(n)],
                             data["dummy_distance"][0, :n].tolist())

    def test_other_parameters_are_another_kind_of_study(self):
        paths = []
        for count, pattern in ((2, "m0.h5"), (3, "m1.h5")):
            study = self.write(f"count{count}", models=[{"file": pattern}],
                               diagnostics=[{"name": "dummy", "count": count}])
            self.run_study(study)
            paths.append(study.with_suffix(".h5"))
        told = self.expect(MISMATCH, common.schursweep("report", "-q", *paths, "-o",
                                                       self.folder / "mixed"))
        self.assertIn("diagnostics.dummy.count", told.stderr)

    def test_the_manual_is_made_of_it(self):
        script = common.ROOT / "scripts" / "results_doc.py"
        text = subprocess.run([sys.executable, script, self.path], check=True,
                              capture_output=True, text=True).stdout
        for name in ("dummy_change", *dummies.FIELDS):
            self.assertRegex(text, rf"(?m)^\| `{name}` \| ")
        self.assertRegex(text, r"(?m)^\| `pair` \| int64 \| number of a pair of blocks")
        self.assertRegex(text, r"(?m)^\| `dummy_distance` \| float64 \| pair \| ")


class OnATeam(dummies.StudyCase):
    """Cases of 40 units and more are shared by two ranks."""

    MODELS = [{"file": "w?.h5"}]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed, hidden in enumerate((48, 45)):
            wide.write(cls.folder / f"w{seed}.h5", wide.near_orthogonal(seed, hidden), seed,
                       steps=10, count=40)

    def sweep(self, name, ranks, **keys):
        study = self.write(name, diagnostics=[{"name": "dummy", "count": 20}], **keys)
        path = study.with_suffix(".out")
        self.expect(common.COMPLETE, dummies.run_of(study, path, "-q", ranks=ranks))
        return path, common.read_results(path)

    def test_it_is_that_of_one_rank_up_to_rounding(self):
        _, alone = self.sweep("alone", 0)
        found = []
        for name, ranks in common.some((("three", 3),), ("five", 5)):
            path, shared = self.sweep(name, ranks, team=wide.team(40, 1, 2, 32))
            found.append(shared)
            self.assertEqual(shared["dummy_pairs"].tolist(), alone["dummy_pairs"].tolist())
            for variable in ("dummy_distance", "dummy_change"):
                self.assert_close(shared[variable], alone[variable], 1e-9, 1e-15, variable)
            self.assertFalse(np.isnan(shared["dummy_distance"][:, :20]).any())
            told = self.expect(0, common.schursweep("verify", "--sample", "1", path)).stdout
            self.assertIn(" 0 different", told)
            self.assertNotIn("skipped", told)
        for each in found[1:]:
            self.assert_same_bits(each, found[0], "any number of ranks")


class InThePlan(dummies.StudyCase):
    MODELS = [{"file": "wide.h5"}]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        model = models.network(1, 40)
        common.write_model(cls.folder / "wide.h5", model,
                           models.trials_for(model, 1, steps=60, count=96))

    def plan(self, name, **keys):
        study = self.write(name, **keys)
        return json.loads(self.expect(0, common.schursweep("plan", "--json", study)).stdout)

    def test_it_is_priced(self):
        without = self.plan("without")
        few = self.plan("few", diagnostics=["dummy"])
        many = self.plan("many", diagnostics=[{"name": "dummy", "count": 700}])
        self.assertEqual([plan["jobs"] for plan in (without, few, many)], [19, 20, 20])
        # Of about 14 rollouts, 3 more and 700 more; what one takes is measured every time.
        self.assertGreater(many["seconds"], 8 * few["seconds"])
        pairs = 40 * 39 // 2
        added = (8 * pairs + 4 + 1 + 2 + 8) + 8 * pairs  # values, fields, and labels of the axis
        self.assertEqual(few["file_bytes"] - without["file_bytes"], added)
        self.assertEqual(many["file_bytes"], few["file_bytes"])


if __name__ == "__main__":
    common.main()
