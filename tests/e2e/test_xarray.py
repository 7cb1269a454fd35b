"""xarray opens a results file with no further keyword, also of a sweep that runs or has stopped."""
import shutil
import subprocess
import time

import h5py
import numpy as np
import xarray as xr

import common
import models


def open_results(path):
    return xr.open_dataset(path, engine="h5netcdf")


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
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", study, ranks=2))
        cls.path = cls.folder / "results.h5"

    def test_dimensions_and_selection_by_label(self):
        with open_results(self.path) as ds:
            self.assertEqual(dict(ds.sizes), {"case": 2, "alpha": 3, "ablation": 8, "coupling": 3,
                                              "mode": 9})
            cell = ds.sel(ablation="CC", alpha=0.9)
            self.assertEqual(cell.fvu.dims, ("case",))
            self.assert_close(cell.fvu.values, ds.fvu.values[:, 1, 3])
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

    def test_the_tools_of_hdf5_and_netcdf_read_it(self):
        for tool in (["h5dump", "-H"], ["ncdump", "-h"]):
            if shutil.which(tool[0]):
                done = subprocess.run([*tool, str(self.path)], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)


class WhileItRuns(common.TestCase):
    def test_it_opens_during_the_sweep(self):
        for seed in range(12):
            model = models.network(seed, 64)
            common.write_model(self.folder / f"m{seed}.h5", model,
                               models.trials_for(model, seed, steps=60, count=256))
        study = common.write_study(self.folder / "slow.cfg", models=[{"file": "m*.h5"}],
                                   output="slow-results.h5")
        path, opened = self.folder / "slow-results.h5", 0
        job = common.Job(["run", "-q", study], ranks=3)
        while job.is_running():
            if path.exists():
                with open_results(path) as ds:
                    done = ds.state.values == common.DONE
                    self.assertFalse(np.isnan(ds.fvu.values[done]).any())
                    opened += 1
            time.sleep(0.05)
        self.expect(common.COMPLETE, job.finish())
        self.assertGreater(opened, 0)


if __name__ == "__main__":
    common.main()
