"""Files of Keras, MATLAB and Flax: imported as the same weights are from npz."""
import unittest

import h5py
import numpy as np

import common
import models
from test_import import ImportCase

HIDDEN, INPUTS, OUTPUTS = 13, 3, 2
PARTS = ("weight_hh", "weight_ih", "weight_hy", "bias_h", "bias_y")


class FormatCase(ImportCase):
    def setUp(self):
        super().setUp()
        self.model = models.network(5, HIDDEN, INPUTS, OUTPUTS, biases=True)
        self.model.h0 = None

    def check_weights(self, path, *options, dtype="f8"):
        """Imports it; returns the line."""
        target, line = self.imported(path, *options)
        with h5py.File(target) as file:
            for name in PARTS:
                expected = getattr(self.model, name).astype(dtype).astype("f8")
                self.assertEqual(file[name][()].astype("f8").tobytes(), expected.tobytes(), name)
        return line


def save_matlab(path, arrays, user_block=512):
    """As MATLAB's save -v7.3: column after column, and the class as an attribute."""
    with h5py.File(path, "w", userblock_size=user_block) as file:
        for name, values in arrays.items():
            place = name.replace(".", "/")
            if isinstance(values, str):
                file[place] = np.array([[ord(letter)] for letter in values], "u2")
                file[place].attrs["MATLAB_class"] = np.bytes_("char")
            else:
                values = np.atleast_2d(values)
                file[place] = np.ascontiguousarray(values.T)
                file[place].attrs["MATLAB_class"] = np.bytes_(
                    "logical" if values.dtype == np.uint8 else "double")
    if user_block:
        head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, HDF5 schema 1.00 ."
        with open(path, "r+b") as file:
            file.write(head.ljust(124) + b"\x00\x02IM")


class Matlab(FormatCase):
    def arrays(self):
        return {"W_rec": self.model.weight_hh, "W_in": self.model.weight_ih,
                "W_out": self.model.weight_hy, "b_rec": self.model.bias_h[:, None],
                "b_out": self.model.bias_y}

    def test_every_user_block(self):
        for user_block in (0, 512, 1024, 8192):
            with self.subTest(user_block):
                path = self.path(".mat")
                save_matlab(path, self.arrays(), user_block)
                self.check_weights(path)
                self.check_weights(path, "--transposed", "yes")

    def test_fields_of_a_struct_and_texts(self):
        path = self.path(".mat")
        arrays = {f"net.{name}": values for name, values in self.arrays().items()}
        save_matlab(path, {**arrays, "net.activation": "relu", "net.alpha": np.array(1.0)})
        self.assertIn("W_hh from net.W_rec, ", self.check_weights(path))
        self.assertIn("; relu without leak", self.check_weights(path))
        save_matlab(path, {**arrays, "net.activation": "poslin2"})
        self.refused(3, "net.activation is 'poslin2', expected tanh", path)

    def test_trials(self):
        trials = models.trials_for(self.model, 4, masked=True)
        path, weights = self.path(".mat"), self.path("w.mat")
        save_matlab(weights, self.arrays())
        save_matlab(path, {"inputs": trials.inputs, "targets": trials.targets,
                           "mask": trials.mask.astype("u1")})
        target, _ = self.imported(weights, "--trials", path)
        self.assert_close(self.full_fvu(target), self.expected_fvu(self.model, trials), rtol=1e-10)

    def test_a_model_behind_a_user_block(self):
        trials = models.trials_for(self.model, 4)
        path = self.path(".h5")
        with h5py.File(path, "w", userblock_size=1024) as file:
            for name in PARTS:
                file[name] = getattr(self.model, name)
            file["trials/inputs"], file["trials/targets"] = trials.inputs, trials.targets
        self.assert_close(self.full_fvu(path), self.expected_fvu(self.model, trials), rtol=1e-10)
        self.check_weights(path)


if __name__ == "__main__":
    common.main()
