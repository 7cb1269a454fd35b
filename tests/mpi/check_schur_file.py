"""A file of a Schur form opens by name in xarray and h5py: check_schur_file.py FILE."""
import sys

import h5py
import numpy as np
import xarray as xr

path = sys.argv[1]
with xr.open_dataset(path, engine="h5netcdf") as ds:
    n = ds.sizes["row"]
    assert dict(ds.sizes) == {"row": n, "column": n, "unit": n}, ds.sizes
    assert ds.t.dims == ("row", "column") and ds.q.dims == ("unit", "row"), ds
    assert ds.attrs["model"] == "gaussian" and ds.attrs["route"] in ("local", "scalapack"), ds.attrs
    t, q = ds.t.values, ds.q.values
    assert np.array_equal(ds.row.values, np.arange(n))
    assert np.array_equal(np.diag(t), ds.eigenvalue_re.values)
    assert np.linalg.norm(q.T @ q - np.eye(n)) < 1e-12 * n
    values = np.sort_complex(np.linalg.eigvals(q @ t @ q.T))
    stored = np.sort_complex(ds.eigenvalue_re.values + 1j * ds.eigenvalue_im.values)
    assert np.allclose(np.sort(abs(values)), np.sort(abs(stored)), atol=1e-9)
    sizes = ds.block.groupby(ds.block).count().values
    assert set(sizes) <= {1, 2} and sizes.sum() == n, sizes
with h5py.File(path) as f:
    assert f["t"].chunks is None and f["t"].dims[0][0].name == "/row"
    assert 0 < f.attrs["residual"] < 1e-12
