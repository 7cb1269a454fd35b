"""xarray, netCDF4 and the tools of HDF5 and netCDF open a results file with no further keyword, also
of a sweep that runs or has stopped, and read every label and value alike."""
import os
import shutil
import subprocess
import time
import unittest

import h5py
import numpy as np
import xarray as xr

import common
import models

try:
    import netCDF4
except ImportError:
    if os.environ.get("CI"):
        raise
    netCDF4 = None

ENGINES = ["h5netcdf"] + (["netcdf4"] if netCDF4 else [])
needs_netcdf4 = unittest.skipUnless(netCDF4, "no netCDF4 for Python")


def open_results(path, engine="h5netcdf"):
    return xr.open_dataset(path, engine=engine)


class Labels(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed, hidden in ((0, 5), (1, 9)):
            model = models.network(seed, hidden)
            common.write_model(cls.folder / f"m{seed}.h5", model, models.trials_for(model, seed),
                               {"task": "sine", "construction": "dense_normal", "seed": seed})
        study = common.write_study(cls.folder / "x.cfg", models=[{"file": "m?.h5"}],
                                   output="results.h5")
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", study))
        cls.path = cls.folder / "results.h5"

    def test_dimensions_and_selection_by_label(self):
        with open_results(self.path) as ds:
            self.assertEqual(dict(ds.sizes), {"case": 2, "alpha": 3, "ablation": 8, "coupling": 3,
                                              "mode": 9})
            job = ds.sel(ablation="CC", alpha=0.9)
            self.assertEqual(job.fvu.dims, ("case",))
            self.assert_close(job.fvu.values, ds.fvu.values[:, 1, 3])
            self.assertEqual(list(ds.ablation.values)[:4], ["none", "RR", "CR", "CC"])

    def test_labels_of_the_cases_are_coordinates(self):
        with open_results(self.path) as ds:
            for name in ("model", "task", "construction", "hidden", "seed"):
                self.assertIn(name, ds.fvu.coords)
            self.assertEqual([str(m) for m in ds.model.values], ["m0.h5", "m1.h5"])
            self.assertEqual(list(ds.hidden.values), [5, 9])
            self.assertEqual(list(ds.seed.values), [0, 1])

    def test_every_variable_says_what_it_is(self):
        with open_results(self.path) as ds:
            for name in ds.variables:
                self.assertTrue(ds[name].attrs.get("long_name"), name)
                self.assertTrue(ds[name].attrs.get("units"), name)

    def test_attributes_are_text(self):
        with open_results(self.path) as ds:
            for name in ("study", "study_canonical", "study_hash", "file_uuid", "versions"):
                self.assertIsInstance(ds.attrs[name], str, name)
            self.assertEqual(ds.attrs["study"], "x")

    def test_missing_values_are_nan(self):
        with open_results(self.path) as ds:
            self.assertTrue(np.isnan(ds.converged.values).all())
            self.assertTrue(np.isnan(ds.eigenvalue_re.values[0, 5:]).all())
            self.assertFalse(np.isnan(ds.eigenvalue_re.values[0, :5]).any())

    def test_a_half_done_file_opens_and_says_what_is_missing(self):
        half = self.folder / "half.h5"
        shutil.copy(self.path, half)
        with h5py.File(half, "r+") as file:
            file["state"][1] = common.PENDING
            file["fvu"][1] = np.nan
        with open_results(half) as ds:
            self.assertTrue(np.isnan(ds.fvu.values[1]).all())
            self.assertTrue((ds.state.values[1] == common.PENDING).all())


class Readers(common.TestCase):
    """Names that are long, of other scripts, or full of what shells and formats take for theirs; a
    case that fails with a message, a finished file and one that was stopped at once."""

    NAMES = [f"{'é' * 100}/{'网络' * 40}{'ß' * 5}.h5",  # 186 characters, 445 bytes
             """it's a "name", \\ $(x) `y`; {z}.h5""", "tab-free but  spaced .h5", "plain.h5"]
    TASK = "'q\" ünïcode"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed, name in enumerate(cls.NAMES):
            model = models.network(seed, 4 + seed)
            if name == "plain.h5":
                model.weight_hh[:] = 1.7e308
            common.write_model(cls.folder / name, model,
                               models.trials_for(models.network(seed, 4 + seed), seed, steps=5),
                               {"task": cls.TASK, "construction": "\u7d44\u7acb'\""})
        study = common.write_study(cls.folder / "names.cfg", study="n'\"\u00e9",
                                   models=[{"file": "*/*.h5"}, {"file": "*.h5"}],
                                   partitions="all", output="results.out")
        cls.paths = {"finished": cls.folder / "results.out", "stopped": cls.folder / "stopped.out"}
        cls().expect(common.JOBS_FAILED, common.schursweep("run", "-q", study))
        cls().expect(75, common.schursweep("run", "-q", "--time-limit", "0s", "-o",
                                           cls.paths["stopped"], study))
        cls.expected = {kind: common.read_results(path) for kind, path in cls.paths.items()}

    def check(self, kind, name, found, what):
        expected = self.expected[kind][name]
        if expected.dtype.kind == "U":
            self.assertEqual([str(each) for each in np.ravel(found)], expected.tolist(), what)
        else:
            np.testing.assert_array_equal(found, expected, what)

    def test_the_names_arrive(self):
        data = self.expected["finished"]
        self.assertEqual(sorted(data["model"]), sorted(self.NAMES))
        self.assertEqual(set(data["task"]), {self.TASK})
        failed = common.case_of(data, "plain.h5")
        self.assertIn("overflow", data["message"][failed])

    def test_xarray_with_any_engine(self):
        for kind, path in self.paths.items():
            names = set(self.expected[kind]) - {"message_character"}
            for engine in ENGINES:
                with xr.open_dataset(path, engine=engine, mask_and_scale=False) as ds:
                    self.assertEqual(set(ds.variables), names)
                    for name in names:
                        self.check(kind, name, ds[name].values, f"{name} by {engine}, {kind}")

    @needs_netcdf4
    def test_netcdf4_of_python(self):
        for kind, path in self.paths.items():
            with netCDF4.Dataset(path) as file:
                file.set_auto_mask(False)
                names = set(self.expected[kind]) - {"message_character"}
                self.assertEqual(set(file.variables), names)
                self.assertEqual(file.variables["message"].dimensions,
                                 ("case", "message_character"))
                for name in names:
                    self.check(kind, name, file.variables[name][:], f"{name}, {kind}")
                self.assertEqual(file.getncattr("study"), "n'\"\u00e9")
                self.assertEqual(set(file.groups), {"run", "tasks"})

    def test_ncdump(self):
        if not shutil.which("ncdump") and not os.environ.get("CI"):
            self.skipTest("no ncdump")
        for path in self.paths.values():
            done = subprocess.run(["ncdump", str(path)], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for name in self.NAMES:
                escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")
                self.assertIn(escaped, done.stdout.replace('\\\'', "\\'"))
            self.assertIn("double partition_fvu(case, partition, ablation) ;", done.stdout)

    def test_h5dump(self):
        for path in self.paths.values():
            done = subprocess.run(["h5dump", str(path)], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_it_opens_during_the_sweep(self):
        for seed in range(12):
            model = models.network(seed, 64)
            common.write_model(self.folder / f"m{seed}.h5", model,
                               models.trials_for(model, seed, steps=60,
                                                 count=32 if common.SANITIZED else 128))
        study = common.write_study(self.folder / "slow.cfg", models=[{"file": "m*.h5"}],
                                   output="slow-results.h5")
        path, opened = self.folder / "slow-results.h5", 0
        job = common.Job(["run", "-q", study], ranks=3)
        while job.is_running():
            if path.exists():
                for engine in ENGINES:
                    with open_results(path, engine) as ds:
                        done = ds.state.values == common.DONE
                        self.assertFalse(np.isnan(ds.fvu.values[done]).any())
                        self.assertEqual(str(ds.model.values[11]), "m9.h5")
                        opened += 1
            time.sleep(0.1)
        self.expect(common.COMPLETE, job.finish())
        self.assertGreater(opened, 0)


if __name__ == "__main__":
    common.main()
