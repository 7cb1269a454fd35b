"""Files of Keras, MATLAB and Flax: imported as the same weights are from npz."""
import io
import json
import struct
import zipfile

import h5py
import numpy as np
import scipy.io

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
        for user_block in common.some((0, 8192), 512, 1024):
            with self.subTest(user_block):
                path = self.path(".mat")
                save_matlab(path, self.arrays(), user_block)
                self.check_weights(path)
                self.check_weights(path, "--transposed", "yes")

    def test_fields_of_a_struct_and_texts(self):
        path = self.path(".mat")
        arrays = {f"net.{name}": values for name, values in self.arrays().items()}
        save_matlab(path, {**arrays, "net.activation": "relu", "net.alpha": np.array(1.0)})
        self.assertIn("W_hh from net.W_rec (taken as", self.check_weights(path))
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

    # The same by SciPy's savemat, whose file is one of version 5, or 7 where it is compressed.

    def test_both_versions(self):
        for compressed in (False, True):
            path = self.path(".mat")
            scipy.io.savemat(path, self.arrays(), do_compression=compressed)
            self.check_weights(path)

    def test_fields_and_texts_before_73(self):
        path, arrays = self.path(".mat"), self.arrays()
        scipy.io.savemat(path, {"net": {**arrays, "activation": "relu", "alpha": 1}},
                         do_compression=True)
        line = self.check_weights(path)
        self.assertIn("W_hh from net.W_rec (taken as", line)
        self.assertIn("; relu without leak", line)
        scipy.io.savemat(path, {**arrays, "nonlinearity": "poslin2"})
        self.refused(3, "nonlinearity is 'poslin2', expected tanh", path)

    def test_trials_before_73(self):
        trials = models.trials_for(self.model, 4, masked=True)
        path, weights = self.path(".mat"), self.path("w.mat")
        scipy.io.savemat(weights, self.arrays())
        scipy.io.savemat(path, {"inputs": trials.inputs, "targets": trials.targets,
                                "mask": trials.mask})
        target, _ = self.imported(weights, "--trials", path)
        self.assert_close(self.full_fvu(target), self.expected_fvu(self.model, trials), rtol=1e-10)

    def test_version_4_is_told(self):
        path = self.path(".mat")
        scipy.io.savemat(path, {"W_rec": self.model.weight_hh}, format="4")
        self.refused(3, "a MATLAB file of version 4, expected 5 to 7.3", path)

    def test_types_of_numbers(self):
        path, arrays = self.path(".mat"), self.arrays()
        for dtype in ("f4", "i2", "u1"):
            wanted = np.round(9 * np.abs(self.model.weight_hh)).astype(dtype)
            scipy.io.savemat(path, {**arrays, "W_rec": wanted})
            with h5py.File(self.imported(path)[0]) as file:
                self.assertTrue((file["weight_hh"][()] == wanted).all())


def layer(name, **config):
    """The configuration of one, as Keras writes it."""
    return {"class_name": name, "config": {"name": name.lower(), **config}}


def config(*layers):
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": list(layers)}}


PLAIN = config(layer("InputLayer"), layer("SimpleRNN", activation="tanh", go_backwards=False,
                                          stateful=True, return_sequences=True, dropout=0.1),
               layer("Dense", activation="linear"))


class Keras(FormatCase):
    """The same model in each of Keras' files; kernels are [from, to]."""

    def arrays(self):
        return {"rnn": [self.model.weight_ih.T, self.model.weight_hh.T, self.model.bias_h],
                "dense": [self.model.weight_hy.T, self.model.bias_y]}

    def save_keras2(self, path, model_config=PLAIN, cell="simple_rnn/simple_rnn/simple_rnn_cell"):
        """model.save("m.h5"): weights by layer and variable, the configuration as an attribute."""
        names = {"rnn": (cell, ("kernel:0", "recurrent_kernel:0", "bias:0")),
                 "dense": ("dense/dense", ("kernel:0", "bias:0"))}
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(model_config)
            file.attrs["keras_version"] = "2.11.0"
            file.attrs["training_config"] = json.dumps({"loss": "mse", "optimizer_config": {
                "class_name": "Adam", "config": {"name": "Adam", "decay": 0.0}}})
            for part, arrays in self.arrays().items():
                group, variables = names[part]
                for variable, values in zip(variables, arrays):
                    file[f"model_weights/{group}/{variable}"] = values
                    file[f"optimizer_weights/Adam/{group}/{variable[:-2]}/m:0"] = values
        return path

    def weights(self, file, rnn="layers/simple_rnn/cell", dense="layers/dense"):
        """Those of Keras 3: numbered."""
        with h5py.File(file, "w") as out:
            for group, arrays in zip((rnn, dense), self.arrays().values()):
                for i, values in enumerate(arrays):
                    out[f"{group}/vars/{i}"] = values
            out["optimizer/vars/0"] = np.int64(3)
            out["optimizer/vars/1"] = self.model.weight_hh
            out["layers/dropout/seed_generator/vars/0"] = np.zeros(2, "u4")

    def save_keras3(self, path, model_config=PLAIN, **names):
        compiled = {"optimizer": {"class_name": "SGD", "config": {"decay": 0.01}}}
        content = io.BytesIO()
        self.weights(content, **names)
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("metadata.json", json.dumps({"keras_version": "3.3.3"}))
            file.writestr("config.json", json.dumps({**model_config, "compile_config": compiled}))
            file.writestr("model.weights.h5", content.getvalue())
        return path

    def test_whole_models(self):
        for save, suffix in ((self.save_keras2, ".h5"), (self.save_keras3, ".keras")):
            with self.subTest(suffix):
                line = self.check_weights(save(self.path(suffix)))
                self.assertIn("recurrent_kernel", line)
                self.assertNotIn("optimizer", line)

    def test_weights_alone(self):
        path = self.path(".weights.h5")
        self.weights(path)
        self.assertIn("readout layers.dense.kernel", self.check_weights(path))
        self.weights(path, "rnn/cell", "layers/time_distributed/layer")
        self.check_weights(path)
        self.weights(path, "_layer_checkpoint_dependencies/simple_rnn/cell",
                     "_layer_checkpoint_dependencies/dense")
        self.check_weights(path)

    def check_config(self, changed, code, part):
        """Of one of Keras' two files in turn, and in the soak of both."""
        saves = ((self.save_keras2, ".h5"), (self.save_keras3, ".keras"))
        self.turn = not getattr(self, "turn", False)
        for save, suffix in saves if common.SOAK else saves[self.turn:][:1]:
            with self.subTest(part, suffix=suffix):
                path = save(self.path(suffix), changed)
                if code == 0:
                    self.assertIn(part, self.check_weights(path))
                else:
                    self.refused(code, part, path)

    def test_activations_are_taken(self):
        dense = layer("Dense", activation="linear")
        relu = {"module": "builtins", "class_name": "function", "config": "relu",
                "registered_name": "relu"}
        for name, found in {"relu": "relu", "tanh": "tanh", "linear": "identity"}.items():
            self.check_config(config(layer("SimpleRNN", activation=name), dense), 0,
                              f"taken as {found} without leak")
        self.check_config(config(layer("SimpleRNN", activation=relu), dense), 0, "taken as relu")
        self.check_config(config(layer("RNN", cell=layer("SimpleRNNCell", activation="relu")),
                                 dense), 0, "taken as relu")
        self.check_config(config(layer("SimpleRNN", activation="elu"), dense), 3,
                          "activation is 'elu', expected tanh")

    def test_other_networks_are_refused(self):
        rnn, dense = layer("SimpleRNN", activation="tanh"), layer("Dense", activation="linear")
        expected = "expected one SimpleRNN, GRU or LSTM and one Dense after it (--ignore "
        cases = [([layer("SimpleRNN", go_backwards=True), dense], "reads its input from the end"),
                 ([rnn, layer("Dense", activation="softmax")], "expected a linear read-out"),
                 ([dense, rnn], "is SimpleRNN after a Dense, "),
                 ([rnn, rnn, dense], "is SimpleRNN, the second such layer, "),
                 ([rnn, dense, dense], "is Dense, the second such layer, "),
                 ([layer("Bidirectional", layer=rnn), dense], "is Bidirectional, "),
                 ([rnn, layer("TimeDistributed", layer=layer("Mine")), dense], "is Mine, ")]
        cases += [([rnn, layer(name), dense], f"is {name}, {expected}")
                  for name in common.some(("BatchNormalization",), "Embedding", "Activation", "Masking")]
        for layers, part in cases:
            self.check_config(config(*layers), 3, part)

    def test_a_gru_must_be_that_of_pytorch(self):
        r = np.random.default_rng(0)
        arrays = {"layers/gru/cell": [r.normal(size=(INPUTS, 3 * HIDDEN)), r.normal(
            size=(HIDDEN, 3 * HIDDEN)), r.normal(size=(2, 3 * HIDDEN))],
            "layers/dense": self.arrays()["dense"]}
        path, content = self.path(".keras"), self.path(".weights.h5")
        with h5py.File(content, "w") as file:
            for group, values in arrays.items():
                for i, value in enumerate(values):
                    file[f"{group}/vars/{i}"] = value
        for gates, reset_after, code in (("sigmoid", True, 0), ("sigmoid", False, 3),
                                         ("hard_sigmoid", True, 3)):
            with zipfile.ZipFile(path, "w") as file:
                file.writestr("config.json", json.dumps(config(
                    layer("GRU", activation="tanh", recurrent_activation=gates,
                          reset_after=reset_after), layer("Dense"))))
                file.write(content, "model.weights.h5")
            if code == 0:
                self.assertIn("; gru with gates z r n", self.imported(path)[1])
            else:
                self.refused(code, "is GRU with re", path)

    def test_what_is_no_part_is_left_out_on_demand(self):
        path = self.save_keras3(self.path(".keras"), config(
            layer("SimpleRNN", activation="tanh"), layer("Masking"), layer("Dense")))
        self.refused(3, "(--ignore model_config.masking.class if", path)
        self.check_weights(path, "--ignore", "model_config.masking.class")

    def test_a_model_of_a_class_of_its_own(self):
        self.check_config({"module": "mine", "class_name": "Mine", "config": {"units": 13}}, 0,
                          "taken as tanh")


def pack(value):
    """MessagePack as flax.serialization.to_bytes writes it: Debian has no package of either."""
    if isinstance(value, dict):
        return struct.pack(">BH", 0xde, len(value)) + b"".join(
            pack(part) for pair in value.items() for part in pair)
    if isinstance(value, str):
        return struct.pack("BB", 0xd9, len(value)) + value.encode()
    if isinstance(value, bytes):
        return struct.pack(">BI", 0xc6, len(value)) + value
    if isinstance(value, tuple):
        return bytes([0x90 + len(value)]) + b"".join(pack(part) for part in value)
    if isinstance(value, int):
        return struct.pack(">Bq", 0xd3, value)
    content = pack((value.shape, value.dtype.name, value.tobytes()))
    return struct.pack(">BIb", 0xc9, len(content), 1) + content


class Flax(FormatCase):
    def arrays(self, dtype="f4"):
        arrays = {"h": {"kernel": self.model.weight_hh.T},
                  "i": {"kernel": self.model.weight_ih.T, "bias": self.model.bias_h}}
        dense = {"kernel": self.model.weight_hy.T, "bias": self.model.bias_y}
        return [{name: {key: np.ascontiguousarray(values, dtype) for key, values in part.items()}
                 for name, part in parts.items()} for parts in (arrays, {"Dense_0": dense})]

    def save(self, tree):
        path = self.path(".msgpack")
        path.write_bytes(pack(tree))
        return path

    def test_simple_cells(self):
        cell, dense = self.arrays()
        self.check_weights(self.save({"params": {"SimpleCell_0": cell, **dense}}), dtype="f4")
        nnx = {"dense_h": cell["h"], "dense_i": cell["i"]}
        self.check_weights(self.save({"cell": nnx, **dense}), dtype="f4")

    def test_a_train_state(self):
        cell, dense = self.arrays("f8")
        params = {"params": {"rnn": {"cell": cell}, **dense}}
        path = self.save({"step": 7, "params": params, "opt_state": {"0": {"mu": params}}})
        self.assertIn("W_hh from params.params.rnn.cell.h.kernel", self.check_weights(path))

    def test_flattened_into_npz(self):
        """flax.traverse_util.flatten_dict(params, sep="/")"""
        cell, dense = self.arrays("f8")
        arrays = {f"params/{outer}/{name}/{key}": values
                  for outer, part in {"SimpleCell_0": cell, "Dense": dense}.items()
                  for name, values_of in part.items() for key, values in values_of.items()}
        path = self.path(".npz")
        np.savez(path, **arrays)
        self.check_weights(path)

    def test_gated_cells(self):
        """Gates of their own, put together as PyTorch has them."""
        rng, (_, dense) = np.random.default_rng(3), self.arrays()
        for gates, biased in (("rzn", ("ir", "iz", "in", "hn")), ("ifgo", ("hi", "hf", "hg", "ho"))):
            cell = {side + gate: {"kernel": rng.normal(size=(rows, HIDDEN)).astype("f4")}
                    for gate in gates for side, rows in (("i", INPUTS), ("h", HIDDEN))}
            for name in biased:
                cell[name]["bias"] = rng.normal(size=HIDDEN).astype("f4")
            path = self.save({"params": {"Cell_0": cell, **dense}})
            with self.subTest(gates), h5py.File(self.imported(path)[0]) as model:
                for side, name in (("i", "weight_ih"), ("h", "weight_hh")):
                    expected = np.vstack([cell[side + gate]["kernel"].T for gate in gates])
                    self.assertEqual(model[name][()].tobytes(), expected.astype("f8").tobytes())
            del cell["h" + gates[0]]
            self.refused(3, f"h{gates[0]}.kernel, expected all gates of Flax'",
                         self.save({"params": {"Cell_0": cell, **dense}}))

    def test_statements(self):
        cell, dense = self.arrays()
        tree = {"params": {"cell": cell, **dense}}
        self.assertIn("taken as relu", self.check_weights(
            self.save({**tree, "config": {"activation": "relu"}}), dtype="f4"))
        self.refused(3, "config.alpha", self.save({**tree, "config": {"alpha": np.array(0.2)}}))


if __name__ == "__main__":
    common.main()
