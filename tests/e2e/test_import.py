"""Weights as Python's libraries write them: imported, swept, and compared with NumPy and PyTorch."""
import importlib.util
import json
import os
import re
import struct
import subprocess
import sys
import unittest

import h5py
import numpy as np

import common
import models
import reference

torch = None  # taken by the class that needs it: it takes a second
try:
    import safetensors
except ImportError:
    safetensors = None

HIDDEN, INPUTS, OUTPUTS = 13, 3, 2
DTYPES = {"<f8": "F64", "<f4": "F32", "<f2": "F16", "<i8": "I64"}


def save_safetensors(path, arrays, metadata=None):
    """The format by hand: Debian has no package of the library."""
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, values in arrays.items():
        raw = np.ascontiguousarray(values).tobytes()
        header[name] = {"dtype": DTYPES[values.dtype.str], "shape": list(values.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def save_hdf5(path, arrays, **storage):
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file.create_dataset(name.replace(".", "/"), data=values, **storage)


def state_dict(model, dtype="<f8", prefix="rnn."):
    """As a module with nn.RNN `rnn` and nn.Linear `fc` has it."""
    arrays = {prefix + "weight_ih_l0": model.weight_ih, prefix + "weight_hh_l0": model.weight_hh}
    if model.bias_h is not None:
        arrays[prefix + "bias_ih_l0"] = 0.25 * model.bias_h
        arrays[prefix + "bias_hh_l0"] = 0.75 * model.bias_h
    arrays["fc.weight"] = model.weight_hy
    if model.bias_y is not None:
        arrays["fc.bias"] = model.bias_y
    return {name: values.astype(dtype) for name, values in arrays.items()}


def cast(model, dtype):
    return reference.Model(**{name: None if values is None else values.astype(dtype).astype("f8")
                              for name, values in vars(model).items()})


class ImportCase(common.TestCase):
    def setUp(self):
        self.count = 0

    def path(self, suffix):
        self.count += 1
        return self.folder / f"{self._testMethodName}{self.count}{suffix}"

    def imported(self, source, *options):
        """The model file and the line about it."""
        target = self.path(".h5")
        result = self.expect(0, common.schursweep("import", source, "-o", target, *options))
        for warning in result.stderr.splitlines():  # of networks that do not fit their trials
            self.assertRegex(warning, r"^warning: .*: FVU of the full network on ")
        self.assertEqual(result.stdout.count("\n"), 1)
        self.assertTrue(result.stdout.startswith(f"{target}: "), result.stdout)
        return target, result.stdout.removeprefix(f"{target}: ").rstrip("\n")

    def refused(self, code, message, source, *options):
        target = self.path(".h5")
        result = self.expect(code, common.schursweep("import", source, "-o", target, *options))
        self.assertIn(message, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)
        self.assertEqual(result.stdout, "")
        self.assertFalse(target.exists())
        self.assertEqual(list(self.folder.glob("*.tmp.*")), [])

    def full_fvus(self, targets):
        """FVU of whole networks on the trials in their own files."""
        output = self.path("-results.h5")
        study = common.write_study(self.path(".cfg"), models=[{"file": each} for each in targets],
                                   alphas=[0.9], ablations=["none", "CC"], output=str(output))
        self.expect(0, common.schursweep("run", "-q", study))
        results = common.read_results(output)
        self.assertTrue((results["state"] == common.DONE).all())
        return results["fvu"][:, 0, 0]

    def full_fvu(self, target):
        return self.full_fvus([target])[0]

    def expected_fvu(self, model, trials):
        return reference.sweep(model, trials, [0.9], ["none"])["fvu"][0, 0]

    def save_trials(self, trials, batch_first=False):
        path = self.path("-trials.npz")
        arrays = {"inputs": trials.inputs, "targets": trials.targets}
        if trials.mask is not None:
            arrays["mask"] = trials.mask
        if batch_first:
            arrays = {name: np.swapaxes(values, 0, 1) for name, values in arrays.items()}
        np.savez_compressed(path, **arrays)
        return path


class Formats(ImportCase):
    """One network in every format that the libraries write."""

    LINE = ("13 units, 3 inputs, 2 outputs; W_hh from rnn.weight_hh_l0, W_ih from "
            "rnn.weight_ih_l0, b_h = rnn.bias_ih_l0 + rnn.bias_hh_l0, readout fc.weight + fc.bias; "
            "no initial state (zeros); taken as tanh without leak")

    def setUp(self):
        super().setUp()
        self.model = models.network(3, HIDDEN, INPUTS, OUTPUTS, biases=True)
        self.model.h0 = None
        self.trials = models.trials_for(self.model, 3)
        self.trials_path = self.save_trials(self.trials)

    def test_each(self):
        targets, expected = [], []
        for write in (self.npz, self.npz_written_into_a_pipe, self.npz_compressed_in_float32,
                      self.npz_with_byte_orders_and_fortran_arrays, self.safetensors,
                      self.safetensors_in_half_precision, self.hdf5_chunked_and_compressed):
            with self.subTest(write.__name__):
                path = self.path(".weights")  # what is in a file tells its format, not its name
                line, model = write(path) or (self.LINE, self.model)
                target, found = self.imported(path, "--trials", self.trials_path)
                self.assertEqual(found.partition("; 30 trials of 20 steps from ")[0], line)
                targets.append(target)
                expected.append(self.expected_fvu(model, self.trials))
        self.assert_close(self.full_fvus(targets), expected, rtol=1e-10)

    # Each writes a file, and gives line and model where they are not as they were.

    def rounded(self, exact):
        """The model as a file of these arrays has it."""
        model = cast(self.model, exact["fc.weight"].dtype)
        model.bias_h = exact["rnn.bias_ih_l0"].astype("f8") + exact["rnn.bias_hh_l0"]
        return self.LINE, model

    def npz(self, path):
        with path.open("wb") as file:
            np.savez(file, **state_dict(self.model))

    def npz_written_into_a_pipe(self, path):
        """Sizes and checksums then stand behind the data, not before them."""
        with path.open("wb") as file, \
                subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=file) as pipe:
            np.savez_compressed(pipe.stdin, **state_dict(self.model))

    def npz_compressed_in_float32(self, path):
        exact = state_dict(self.model, "<f4")
        with path.open("wb") as file:
            np.savez_compressed(file, **exact)
        return self.rounded(exact)

    def npz_with_byte_orders_and_fortran_arrays(self, path):
        arrays = state_dict(self.model, ">f8")
        arrays["rnn.weight_hh_l0"] = np.asfortranarray(arrays["rnn.weight_hh_l0"].astype("<f8"))
        arrays["fc.weight"] = np.asfortranarray(arrays["fc.weight"])
        with path.open("wb") as file:
            np.savez(file, **arrays)

    def safetensors(self, path):
        save_safetensors(path, state_dict(self.model))

    def safetensors_in_half_precision(self, path):
        exact = state_dict(self.model, "<f2")
        save_safetensors(path, exact)
        return self.rounded(exact)

    def hdf5_chunked_and_compressed(self, path):
        save_hdf5(path, state_dict(self.model), chunks=True, compression="gzip", shuffle=True)
        return self.LINE.replace("rnn.bias_ih_l0 + rnn.bias_hh_l0",
                                 "rnn.bias_hh_l0 + rnn.bias_ih_l0"), self.model

    def test_a_model_file_is_imported_again(self):
        path = self.path(".npz")
        np.savez(path, **state_dict(self.model))
        first, _ = self.imported(path)
        second, line = self.imported(first)
        self.assertIn("W_hh from weight_hh, W_ih from weight_ih, b_h = bias_h, readout weight_hy + "
                      "bias_y; h_0 from h0", line)
        with h5py.File(first) as a, h5py.File(second) as b:
            for name in ("weight_hh", "weight_ih", "weight_hy", "bias_h", "bias_y", "h0"):
                self.assertTrue((a[name][()] == b[name][()]).all())


def cell_outputs(model, trials, activation, leak, form):
    """The equations of docs/models.md."""
    v = np.tile(model.h0 if model.h0 is not None else np.zeros(len(model.weight_hh)),
                (trials.inputs.shape[1], 1))
    h = activation(v) if form == "current" else v
    answers = []
    for x in trials.inputs:
        pre = h @ model.weight_hh.T + x @ model.weight_ih.T + model.bias_h
        v = (1 - leak) * v + leak * (pre if form == "current" else activation(pre))
        h = activation(v) if form == "current" else v
        answers.append(h @ model.weight_hy.T + model.bias_y)
    return np.array(answers)


def fvu_of(answers, trials):
    counted = trials.counted()
    errors = (answers - trials.targets)[counted]
    return np.sum(errors**2) / reference.variation(trials.targets[counted])


class Conventions(ImportCase):
    """What files call their arrays, and what they and the user say beside them."""

    def test_numpy_names_with_initial_state_and_masked_trials(self):
        model = models.network(5, HIDDEN, INPUTS, OUTPUTS, biases=True)
        trials = models.trials_for(model, 5, masked=True)
        path = self.path(".npz")
        np.savez(path, W_rec=model.weight_hh, W_in=model.weight_ih, W_out=model.weight_hy,
                 b_rec=model.bias_h, b_out=model.bias_y, h0=model.h0[None, None, :], noise=0.1)
        target, line = self.imported(path, "--trials", self.save_trials(trials, True),
                                     "--batch-first")
        self.assertIn("W_hh from W_rec (taken as [to, from]), W_ih from W_in, b_h = b_rec, readout "
                      "W_out + b_out; h_0 from h0; taken as tanh without leak; not used: noise; 30 "
                      "trials of 20 steps from ", line)
        self.assertRegex(line, r"\(batch first\), metric fvu; FVU of the full network 0\.\d+$")
        self.assert_close(self.full_fvu(target), self.expected_fvu(model, trials), rtol=1e-10)

    def test_transposed_matrices_with_the_users_word(self):
        model = models.network(6, HIDDEN, INPUTS, OUTPUTS)
        trials = models.trials_for(model, 6)
        path = self.path(".npz")
        np.savez(path, J=model.weight_hh.T, B=model.weight_ih.T, C=model.weight_hy.T)
        names = ["--recurrent", "J", "--input", "B", "--readout=C"]
        self.refused(3, "C fits only transposed, so whether J is stored [to, from] or [from, to] is "
                        "open: say --transposed no (W x) or yes (x W)", path, *names)
        target, line = self.imported(path, *names, "--transposed", "yes", "--trials",
                                     self.save_trials(trials))
        self.assertIn("W_hh from J (transposed), W_ih from B (transposed)", line)
        self.assert_close(self.full_fvu(target), self.expected_fvu(model, trials), rtol=1e-10)

    def test_keras_names_in_hdf5(self):
        model = models.network(7, HIDDEN, INPUTS, OUTPUTS, biases=True)
        model.h0 = None
        trials = models.trials_for(model, 7)
        path = self.path(".h5")
        save_hdf5(path, {"simple_rnn.cell.kernel:0": model.weight_ih.T,
                         "simple_rnn.cell.recurrent_kernel:0": model.weight_hh.T,
                         "simple_rnn.cell.bias:0": model.bias_h,
                         "dense.dense.kernel:0": model.weight_hy.T,
                         "dense.dense.bias:0": model.bias_y})
        target, line = self.imported(path, "--trials", self.save_trials(trials))
        self.assertIn("recurrent_kernel:0 (transposed, as its name asks)", line)
        self.assert_close(self.full_fvu(target), self.expected_fvu(model, trials), rtol=1e-10)

    def psychrnn(self, **more):
        """What PsychRNN's RNN.save leaves: effective weights, masks, an object for no ratio."""
        model = models.network(8, HIDDEN, INPUTS, OUTPUTS, biases=True)
        arrays = {"init_state": model.h0[None, :], "W_in": model.weight_ih,
                  "W_rec": model.weight_hh, "W_out": model.weight_hy, "b_rec": model.bias_h,
                  "b_out": model.bias_y, "Dale_rec": np.eye(HIDDEN), "Dale_out": np.eye(HIDDEN),
                  "input_connectivity": np.ones((HIDDEN, INPUTS)),
                  "rec_connectivity": np.ones((HIDDEN, HIDDEN)),
                  "output_connectivity": np.ones((OUTPUTS, HIDDEN)), "dale_ratio": None}
        path = self.path(".npz")
        np.savez(path, **{**arrays, **more})
        return model, path

    def test_psychrnn(self):
        model, path = self.psychrnn()
        self.refused(3, "a PsychRNN file, which says neither nonlinearity nor leak", path)
        trials = models.trials_for(model, 8)
        target, line = self.imported(path, "--assume-tanh", "--trials", self.save_trials(trials))
        self.assertIn("h_0 = tanh(init_state); taken as tanh without leak; PsychRNN: its weights "
                      "have masks and Dale signs applied", line)
        # x_t = W tanh(x_{t-1}) + ..., y_t = W_out tanh(x_t): in the plainest way.
        state, answers = np.tile(model.h0, (trials.inputs.shape[1], 1)), []
        for x in trials.inputs:
            state = np.tanh(state) @ model.weight_hh.T + x @ model.weight_ih.T + model.bias_h
            answers.append(np.tanh(state) @ model.weight_hy.T + model.bias_y)
        errors = np.array(answers) - trials.targets
        expected = np.sum(errors**2) / reference.variation(trials.targets.reshape(-1, OUTPUTS))
        self.assert_close(self.full_fvu(target), expected, rtol=1e-10)

    def test_psychrnn_with_signs(self):
        signs = np.r_[np.ones(HIDDEN - 3), -np.ones(3)]
        weights = np.abs(models.network(8, HIDDEN, INPUTS, OUTPUTS).weight_hh) * signs
        _, path = self.psychrnn(W_rec=weights, Dale_rec=np.diag(signs), dale_ratio=0.8)
        target, line = self.imported(path, "--assume-tanh")
        self.assertIn(", signs of Dale's law from Dale_rec;", line)
        with h5py.File(target) as file:
            np.testing.assert_array_equal(file["dale_sign"][()], signs)
        _, path = self.psychrnn(Dale_rec=np.diag(signs), dale_ratio=0.8)
        self.refused(3, "against the sign of unit", path, "--assume-tanh")

    def test_psychrnn_with_what_it_was_trained_with(self):
        _, path = self.psychrnn(transfer_function="tanh", dt=10.0, tau=10.0)
        _, line = self.imported(path)
        self.assertIn("; tanh without leak; PsychRNN", line)
        _, path = self.psychrnn(transfer_function="relu", dt=10.0, tau=10.0)
        self.refused(3, "transfer_function is 'relu', the command line says tanh", path,
                     "--assume-tanh")
        _, path = self.psychrnn(transfer_function="tanh", dt=10.0, tau=100.0)
        self.refused(3, "tau gives a leak of 0.1, the command line says 1", path, "--assume-tanh")

    def test_psychrnn_with_its_defaults(self):
        """ReLU with a leak: v' = (1 - a) v + a (W_rec relu(v) + W_in x + b), y = W_out relu(v) + b."""
        model, path = self.psychrnn()
        trials = models.trials_for(model, 8)
        options = ("--activation", "relu", "--leak", "0.1", "--trials", self.save_trials(trials))
        self.refused(3, "a PsychRNN file, whose leak is of the current form", path, *options,
                     "--leak-form", "rate")
        target, line = self.imported(path, *options, "--leak-form", "current")
        self.assertIn("h_0 from init_state; taken as relu with a leak of 0.1, current form", line)
        answers = cell_outputs(model, trials, lambda x: np.maximum(x, 0), 0.1, "current")
        self.assert_close(self.full_fvu(target), fvu_of(answers, trials), rtol=1e-10)

    def test_objects_are_refused_where_they_matter(self):
        arrays = state_dict(models.network(9, HIDDEN))
        path = self.path(".npz")
        np.savez(path, **arrays, transfer_function=np.array(np.tanh, dtype=object),
                 settings=np.array({"a": 1}, dtype=object))
        self.refused(3, "transfer_function cannot be read (it holds Python objects (pickle), "
                        "expected numbers): if the network is tanh without leak, say so with "
                        "--assume-tanh", path)
        _, line = self.imported(path, "--assume-tanh")
        self.assertTrue(line.endswith("not used: transfer_function, settings"), line)
        arrays["fc.weight"] = arrays["fc.weight"].astype(object)
        np.savez(path, **arrays)
        self.refused(3, "fc.weight cannot be read: it holds Python objects (pickle)", path)

    def test_labels_reach_the_results(self):
        path = self.path(".npz")
        np.savez(path, **state_dict(models.network(1, 5, 1, 1)))
        target, _ = self.imported(path, "--task", "sine", "--construction", "lab", "--seed", "7")
        study = common.write_study(self.path(".cfg"), models=[{"file": target}], alphas=[0.9],
                                   ablations=["none"], output="labelled.h5")
        self.expect(0, common.schursweep("run", "-q", study))
        results = common.read_results(self.folder / "labelled.h5")
        self.assertEqual(results["task"][0], "sine")
        self.assertEqual(results["construction"][0], "lab")
        self.assertEqual(results["seed"][0], 7)

    def test_what_the_user_tells_of_a_state_dict(self):
        activations = {"relu": lambda x: np.maximum(x, 0), "softplus": lambda x: np.logaddexp(0, x),
                       "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "identity": lambda x: x,
                       "retanh": lambda x: np.tanh(np.maximum(x, 0)), "tanh": np.tanh}
        model = models.network(3, HIDDEN, biases=True)
        trials = models.trials_for(model, 4)
        path = self.path(".npz")
        np.savez(path, **state_dict(model))
        model.h0 = None  # not in it
        source, targets, expected = self.save_trials(trials), [], []
        forms = ((1.0, "rate"), (0.3, "rate"), (0.3, "current"))
        for turn, (name, activation) in enumerate(activations.items()):
            for leak, form in forms if common.SOAK else (forms[turn % 3],):  # in turn
                with self.subTest(name, leak=leak, form=form):
                    target, line = self.imported(
                        path, "--activation", name, "--leak", str(leak), "--leak-form", form,
                        "--trials", source)
                    self.assertIn(f"taken as {name} with{'out' if leak == 1 else ''} ", line)
                    targets.append(target)
                    expected.append(fvu_of(cell_outputs(model, trials, activation, leak, form), trials))
        self.assert_close(self.full_fvus(targets), expected, rtol=1e-10)

    def test_what_a_file_says_itself(self):
        model = models.network(3, HIDDEN)
        path = self.path(".safetensors")
        save_safetensors(path, state_dict(model), {"nonlinearity": "relu", "alpha": "0.25"})
        _, line = self.imported(path, "--leak", "0.25", "--leak-form", "rate")
        self.assertIn("; relu with a leak of 0.25, rate form", line)

    # Networks that people save in parts.

    def replay(self, arrays, outputs, inputs, *options, **more):
        """Imported, and compared with what an independent program answers."""
        path, trials = self.path(".npz"), self.path("-trials.npz")
        np.savez(path, **arrays)
        np.savez(trials, inputs=inputs, targets=outputs, outputs=outputs, **more)
        target, line = self.imported(path, "--trials", trials, *options)
        self.assertIn("outputs as given to", line)
        return target, line

    def test_stacked_readouts(self):
        """Of a ReLU network with an initial state for each trial."""
        rng = np.random.default_rng(4)
        n, steps, trials = 7, 9, 5
        w, u, b = rng.normal(size=(n, n)) / 3, rng.normal(size=(n, 2)), rng.normal(size=n)
        first, second = rng.normal(size=(3, n)), rng.normal(size=(1, n))
        c, d = rng.normal(size=3), rng.normal(size=1)
        inputs, h0 = rng.normal(size=(steps, trials, 2)), rng.random((trials, n))
        h, outputs = h0, []
        for x in inputs:
            h = np.maximum(h @ w.T + x @ u.T + b, 0)
            outputs.append(np.concatenate([h @ first.T + c, h @ second.T + d], axis=1))
        arrays = {"linear_hh.weight": w, "linear_hh.bias": b, "linear_ih.weight": u,
                  "pos.weight": first, "pos.bias": c, "map.weight": second, "map.bias": d}
        options = ("--activation", "relu", "--readout", "pos.weight,map.weight")
        target, line = self.replay(arrays, np.array(outputs), inputs, *options, h0=h0)
        self.assertIn("readout pos.weight over map.weight + pos.bias over map.bias", line)
        with h5py.File(target) as model:
            np.testing.assert_array_equal(model["weight_hy"], np.concatenate([first, second]))
            np.testing.assert_array_equal(model["bias_y"], np.concatenate([c, d]))
        for name in ("pos.bias", "map.bias"):
            path = self.path(".npz")
            np.savez(path, **{key: value for key, value in arrays.items() if key != name})
            self.refused(3, "1 of 2 read-outs have a bias", path, *options)

    def low_rank(self, n=11, rank=2):
        rng = np.random.default_rng(5)
        return {"m": rng.normal(size=(n, rank)), "n": rng.normal(size=(n, rank)),
                "wi": rng.normal(size=(3, n)), "si": rng.normal(size=3), "wo": rng.normal(size=(n, 2)),
                "so": rng.normal(size=2), "b": np.zeros(n), "h0": rng.normal(size=n)}

    def test_factors_of_low_rank(self):
        a = self.low_rank()
        n, rng = len(a["m"]), np.random.default_rng(6)
        inputs = rng.normal(size=(12, 4, 3))
        v, outputs = np.tile(a["h0"], (4, 1)), []
        for x in inputs:
            v = v + 0.2 * (-v + np.tanh(v) @ a["n"] @ a["m"].T / n + x * a["si"] @ a["wi"])
            outputs.append(np.tanh(v) @ a["wo"] * a["so"] / n)
        target, line = self.replay(a, np.array(outputs), inputs, "--leak", "0.2", "--leak-form",
                                   "current", "--activation", "tanh")
        self.assertIn("W_hh is m n' / N", line)
        with h5py.File(target) as model:
            self.assert_close(model["weight_hh"][()], a["m"] @ a["n"].T / n, rtol=1e-14)

    def test_factors_that_are_scaled_in_another_way(self):
        rng, n = np.random.default_rng(7), 64
        around = {"wi": rng.normal(size=(3, n)), "si": np.ones(3), "wo": rng.normal(size=(n, 2)),
                  "so": np.ones(2)}
        factors = {"m": rng.normal(size=(n, 2)), "n": rng.normal(size=(n, 2))}
        full = {"wrec": rng.normal(size=(n, n)) / np.sqrt(n)}
        path = self.path(".npz")
        for recurrent, name, factor in ((factors, "m n' / N", 1 / n), (full, "wrec", n)):
            np.savez(path, **around, **recurrent)
            self.imported(path, "--leak", "0.2", "--leak-form", "current")
            first = next(iter(recurrent))
            np.savez(path, **around, **{**recurrent, first: recurrent[first] * factor})
            self.refused(3, f"{name} is of size", path, "--leak", "0.2", "--leak-form", "current")

    def test_factors_that_do_not_fit(self):
        a = self.low_rank()
        for changed, message in (
                ({"b": np.ones(11)}, "b of a network of low rank is not 0"),
                ({"n": np.ones((11, 3))}, "n is 11 x 3, expected 11 x 2 beside the other factors"),
                ({"wi": np.ones((3, 9))}, "wi is 3 x 9, expected 3 x 11"),
                ({"m": np.ones((8193, 2)), "n": np.ones((8193, 2))}, "with 8193 units, expected at")):
            with self.subTest(message):
                path = self.path(".npz")
                np.savez(path, **{**a, **changed})
                self.refused(3, message, path, "--leak", "0.2", "--leak-form", "current")

    def test_other_networks(self):
        n = 4
        square, gates = np.ones((n, n)), np.ones((4 * n, n))
        cases = {
            "4 gates, whose kind and order": {"W_hh": gates},
            "expected a square matrix": {"weight_hh_l0": gates[: 2 * n]},
            "several layers (rnn.weight_hh_l1)": {"rnn.weight_hh_l0": square,
                                                  "rnn.weight_hh_l1": square},
            "bidirectional network (weight_hh_l0_reverse)": {"weight_hh_l0": square,
                                                             "weight_hh_l0_reverse": square},
            "no recurrent matrix under a usual name": {"fc.weight": square},
        }
        for message, arrays in list(cases.items())[::1 if common.SOAK else 2]:
            with self.subTest(message):
                path = self.path(".npz")
                np.savez(path, **arrays)
                self.refused(3, message, path)

    def test_cells_of_other_equations(self):
        n = 3
        plain = {"weight_hh_l0": np.ones((4 * n, n)), "weight_ih_l0": np.ones((4 * n, 2)),
                 "fc.weight": np.ones((1, n))}
        for name, message in common.some((("weight_hr_l0", "an lstm with a projection"),
                                          ("seq.nu_log", "normal: nothing to remove")),
                                         ("cell.peephole_i", "an lstm with peepholes"),
                                         ("rnn.layer_norm.weight", "a cell with layer norm")):
            with self.subTest(name):
                path = self.path(".npz")
                np.savez(path, **plain, **{name: np.ones(n)})
                self.refused(3, message, path)

    def test_gates_that_might_mean_something_else(self):
        n = 4
        rng = np.random.default_rng(1)
        rows = rng.normal(size=(3 * n, n))
        plain = {"weight_hh_l0": rows, "weight_ih_l0": rng.normal(size=(3 * n, 2)),
                 "fc.weight": np.ones((1, n))}
        bias = rng.normal(size=3 * n)
        cases = {
            "is the only bias of a gru, expected one beside W_ih": ({**plain, "bias_ih_l0": bias}, ()),
            "4 gates, expected a gru as --cell says": (
                {**plain, "weight_hh_l0": np.ones((4 * n, n))}, ("--cell", "gru")),
            "expected units x inputs with 12 units": (
                {**plain, "weight_ih_l0": np.ones((n, 2))}, ()),
            "which has no activation or leak to choose": (plain, ("--activation", "relu")),
        }
        for message, (arrays, options) in cases.items():
            with self.subTest(message):
                path = self.path(".npz")
                np.savez(path, **arrays)
                self.refused(3, message, path, *options)

    def test_gates_of_keras_stand_in_another_order(self):
        """Those of a GRU in z, r, h, and [from, to]; its two biases are one array."""
        n = 4
        rng = np.random.default_rng(2)
        blocks = {name: [rng.normal(size=shape) for _ in range(3)]
                  for name, shape in (("hh", (n, n)), ("ih", (n, 2)), ("b", n), ("c", n))}
        torch_order = {"weight_hh_l0": "hh", "weight_ih_l0": "ih", "bias_ih_l0": "b", "bias_hh_l0": "c"}
        torch_file, keras_file = self.path(".npz"), self.path(".npz")
        readout = np.ones((1, n))
        np.savez(torch_file, **{key: np.concatenate(blocks[name]) for key, name in torch_order.items()},
                 **{"fc.weight": readout})
        turned = {name: [values[1], values[0], values[2]] for name, values in blocks.items()}
        np.savez(keras_file, **{"gru.recurrent_kernel": np.concatenate(turned["hh"]).T,
                                "gru.kernel": np.concatenate(turned["ih"]).T,
                                "gru.bias": np.stack([np.concatenate(turned["b"]),
                                                      np.concatenate(turned["c"])]),
                                "dense.kernel": readout.T})
        weights = []
        for path, gates in ((torch_file, "r z n"), (keras_file, "z r n")):
            target, line = self.imported(path)
            self.assertIn(f"gru with gates {gates}", line)
            with h5py.File(target) as model:
                weights.append({key: model[key][()] for key in
                                ("weight_hh", "weight_ih", "bias_ih", "bias_hh", "weight_hy")})
        for key, values in weights[0].items():
            np.testing.assert_array_equal(values, weights[1][key], key)

    def test_what_the_file_says_of_its_dynamics(self):
        arrays = state_dict(models.network(1, 5))
        path = self.path(".safetensors")
        save_safetensors(path, arrays, {"nonlinearity": "leaky_relu"})
        self.refused(3, "nonlinearity is 'leaky_relu', expected tanh, relu", path)
        path = self.path(".h5")
        save_hdf5(path, arrays)
        with h5py.File(path, "a") as file:
            file.attrs["alpha"] = 0.2
        self.refused(3, "alpha gives a leak of 0.2, expected 1", path)
        _, line = self.imported(path, "--ignore", "alpha")
        self.assertIn("taken as tanh without leak", line)
        self.refused(3, "alpha gives a leak of 0.2, the command line says 0.5", path, "--leak", "0.5",
                     "--leak-form", "rate")
        self.refused(2, "--leak 0.2 needs --leak-form rate or current", path, "--leak", "0.2")
        for says, *options in common.some(
                (("--leak is '1.5', expected a number above 0, at most 1", "--leak", "1.5"),),
                ("--activation is 'gelu', expected tanh", "--activation", "gelu"),
                ("--leak-form is 'both', expected rate or current", "--leak-form", "both")):
            self.refused(2, says, path, *options)
        self.refused(2, "--assume-tanh is --activation tanh --leak 1", path, "--assume-tanh",
                     "--activation", "relu")

    def test_bad_numbers(self):
        arrays = state_dict(models.network(1, 5))
        arrays["fc.weight"][1, 2] = np.nan
        path = self.path(".npz")
        np.savez(path, **arrays)
        self.refused(3, "fc.weight is nan at element 7, expected finite numbers", path)
        arrays["fc.weight"] = arrays["fc.weight"].astype(complex)
        np.savez(path, **arrays)
        self.refused(3, "its dtype is <c16", path)

    def test_files_that_are_something_else(self):
        model = models.network(1, 5)
        text, array, empty = self.path(".txt"), self.path(".npy"), self.path(".npz")
        text.write_text("weights\n")
        np.save(array, model.weight_hh)
        np.savez(empty)
        self.refused(3, "no format known here, expected Flax, PyTorch, safetensors, npz, MATLAB or HDF5", text)
        self.refused(3, "a .npy file holds one array", array)
        self.refused(3, "a zip archive with nothing in it", empty)
        self.refused(3, "No such file", self.folder / "missing.npz")
        self.refused(3, "not a regular file", self.folder)

    def test_the_command_line(self):
        path = self.path(".npz")
        np.savez(path, **state_dict(models.network(1, 5)))
        self.refused(2, "no array 'fc.wieght' for --readout, did you mean 'fc.weight'?", path,
                     "--readout", "fc.wieght")
        self.refused(2, "--transposed is 'maybe', expected yes, no or auto", path,
                     "--transposed=maybe")
        self.refused(2, "--metric needs --trials", path, "--metric", "fvu")
        self.refused(2, "--seed is '1.5', expected a whole number", path, "--seed", "1.5")
        self.refused(2, "unknown option '--readuot', did you mean '--readout'?", path, "--readuot")
        self.refused(2, "--task is 64 bytes long, expected at most 63", path, "--task", 64 * "x")
        result = self.expect(2, common.schursweep("import", path))
        self.assertIn("import: -o MODEL is missing", result.stderr)

    def test_a_file_that_is_there_stays(self):
        path = self.path(".npz")
        np.savez(path, **state_dict(models.network(1, 5)))
        before = path.read_bytes()
        result = self.expect(4, common.schursweep("import", path, "-o", path))
        self.assertIn("exists, expected a new name: import replaces nothing", result.stderr)
        self.assertEqual(path.read_bytes(), before)
        dangling = self.folder / "dangling.h5"
        dangling.symlink_to("nowhere.h5")
        self.expect(4, common.schursweep("import", path, "-o", dangling))
        self.assertFalse((self.folder / "nowhere.h5").exists())
        self.refused(7, "there is no folder", path, "-o", self.folder / "no" / "model.h5")


def code_blocks(page):
    return re.findall(r"```python\n(.*?)```", (common.ROOT / "docs" / page).read_text(), re.DOTALL)


@unittest.skipUnless(importlib.util.find_spec("torch"), "no PyTorch: on Debian, python3-torch")
class PyTorch(ImportCase):
    """nn.RNN itself, saved by the lines of docs/models.md."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        global torch
        torch = importlib.import_module("torch")

    def setUp(self):
        super().setUp()
        torch.set_num_threads(1)
        torch.manual_seed(11)
        self.space = {"torch": torch}
        self.blocks = code_blocks("models.md")
        exec(self.blocks[0], self.space)
        self.model = self.space["Model"](INPUTS, HIDDEN, OUTPUTS).double()
        self.space["model"] = self.model

    def answers(self, inputs):
        with torch.no_grad():
            states, _ = self.model.rnn(torch.from_numpy(inputs))
            return self.model.fc(states).numpy()

    def check(self, *paths):
        r = np.random.default_rng(2)
        inputs = r.standard_normal((25, 12, INPUTS))
        answers = self.answers(inputs)
        targets = answers + 0.2 * r.standard_normal(answers.shape)
        trials = self.save_trials(reference.Trials(inputs, targets))
        imported = [self.imported(path, "--trials", trials)[0] for path in paths]
        expected = np.sum((answers - targets) ** 2)
        expected /= reference.variation(targets.reshape(-1, OUTPUTS))
        self.assert_close(self.full_fvus(imported), np.full(len(paths), expected), rtol=1e-10)

    def run_block(self, word, path):
        (block,) = [block for block in self.blocks if word in block]
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        exec(block, self.space)
        return self.folder / path

    def test_what_the_manual_saves(self):
        self.check(self.run_block("torch.save(model", "model.pt"),
                   self.run_block("numpy.savez(\"model.npz\"", "model.npz"),
                   self.run_block("h5py.File", "weights.h5"))

    @unittest.skipIf(safetensors is None, "no safetensors")
    def test_safetensors(self):
        self.check(self.run_block("safetensors.torch", "model.safetensors"))

    @common.in_the_soak
    def test_a_state_dict_in_safetensors(self):
        path = self.path(".safetensors")
        save_safetensors(path, {k: v.numpy() for k, v in self.model.state_dict().items()})
        self.check(path)

    def test_torch_save(self):
        kind = type(self.model)
        kind.__module__, sys.modules["__main__"].Model = "__main__", kind
        paths = []
        for saved in (self.model.state_dict(), self.model):
            for zipped in (True, False) if common.SOAK else (saved is self.model,):
                path = self.path(".pt")
                torch.save(saved, path, _use_new_zipfile_serialization=zipped)
                paths.append(path)
        self.check(*paths)

    def test_gated_layers(self):
        """What PyTorch answers is what is swept."""
        trials = models.trials_for(models.network(3, 6), 3)
        source = self.save_trials(trials)
        inputs = torch.from_numpy(trials.inputs)
        for cell, gates in ((torch.nn.GRU, "gru with gates r z n"),
                            (torch.nn.LSTM, "lstm with gates i f g o")):
            for bias in common.some((cell is torch.nn.GRU,), cell is torch.nn.LSTM):
                with self.subTest(gates, bias=bias):
                    torch.manual_seed(1)
                    layer = cell(inputs.shape[2], 6, bias=bias).double()
                    readout = torch.nn.Linear(6, trials.targets.shape[2]).double()
                    state = {f"rnn.{k}": v for k, v in layer.state_dict().items()}
                    state.update({f"fc.{k}": v for k, v in readout.state_dict().items()})
                    path = self.path(".pt")
                    torch.save(state, path)
                    target, line = self.imported(path, "--trials", source)
                    self.assertIn(gates, line)
                    with torch.no_grad():
                        outputs = readout(layer(inputs)[0]).numpy()
                    counted = trials.mask if trials.mask is not None else np.ones(inputs.shape[:2])
                    error = ((outputs - trials.targets) ** 2)[counted != 0].sum()
                    about = trials.targets[counted != 0]
                    self.assert_close(self.full_fvu(target),
                                      error / ((about - about.mean(axis=0)) ** 2).sum(), rtol=1e-12)

    def test_programs_are_refused_with_advice(self):
        path = self.path(".pt")
        torch.jit.script(torch.nn.Linear(2, 2)).save(str(path))
        self.refused(3, "a program of TorchScript", path)

    @common.in_the_soak
    def test_other_modules_are_refused(self):
        cells = {"weight_hr_l0": torch.nn.LSTM(2, 5, proj_size=3),
                 "several layers": torch.nn.RNN(2, 5, 2),
                 "bidirectional": torch.nn.RNN(2, 5, bidirectional=True)}
        for message, cell in cells.items():
            with self.subTest(message):
                path = self.path(".npz")
                np.savez(path, **{k: v.numpy() for k, v in cell.state_dict().items()})
                self.refused(3, message, path)

    def test_parametrized_weights_are_explained(self):
        torch.nn.utils.parametrizations.orthogonal(self.model.rnn, "weight_hh_l0")
        path = self.path(".npz")
        np.savez(path, **{k: v.numpy() for k, v in self.model.state_dict().items()})
        self.refused(3, "call torch.nn.utils.parametrize.remove_parametrizations before saving",
                     path)


if __name__ == "__main__":
    common.main()
