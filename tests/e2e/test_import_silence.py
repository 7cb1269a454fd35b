"""Nothing in silence: what could be another network, or no network, is refused by name or told."""
import json
import os
import zipfile

import h5py
import numpy as np

import common
import models
import reference
from test_import import (HIDDEN, INPUTS, OUTPUTS, ImportCase, cell_outputs, fvu_of, save_hdf5,
                         save_safetensors, state_dict)


class Case(ImportCase):
    def setUp(self):
        super().setUp()
        self.model = models.network(3, HIDDEN, INPUTS, OUTPUTS, biases=True)
        self.model.h0 = None

    def npz(self, **more):
        path = self.path(".npz")
        np.savez(path, **{**state_dict(self.model), **more})
        return path

    def weights(self, *options, **more):
        target, line = self.imported(self.npz(**more), *options)
        with h5py.File(target) as file:
            return file["weight_hh"][()], line


class Said(Case):
    """What files say of activations and leaks, and the places in which they say it."""

    def line(self, text, key="nonlinearity"):
        return self.imported(self.npz(**{key: text, "alpha": 1.0}))[1]

    def test_names_are_read_whole(self):
        names = {"Tanh()": "tanh", "nn.ReLU(inplace=True)": "relu", "SOFTPLUS": "softplus",
                 "torch.sigmoid": "sigmoid", "<function relu at 0x7f3a>": "relu",
                 "<built-in method tanh of type object at 0x7f00>": "tanh",
                 "keras.activations.linear": "identity", "RNN_RELU": "relu",
                 "ReTanh": "retanh", "re_tanh": "retanh",
                 "<class 'torch.nn.modules.activation.Sigmoid'>": "sigmoid"}
        kept = ("nn.ReLU(inplace=True)", "<built-in method tanh of type object at 0x7f00>",
                "keras.activations.linear", "re_tanh")
        for text, name in names.items() if common.SOAK else ((text, names[text]) for text in kept):
            with self.subTest(text):
                self.assertIn(f"; {name} without leak", self.line(text))

    def test_what_is_more_or_less_than_a_name_is_refused(self):
        for text in common.some(
                ("tanh + relu", "nn.LeakyReLU(0.1)", "softplus(beta=5)", "tanh2", ""),
                "rectified tanh", "0.5*tanh", "tanh(relu(x))", "hardtanh", "Hard_Tanh", "leaky relu",
                "relu6", "gelu", "ELU", "silu", "hard_sigmoid", "1", "None", "arctan"):
            with self.subTest(text):
                self.refused(3, "nonlinearity is '", self.npz(nonlinearity=text))

    def test_under_other_names(self):
        for key in common.some(("activationFunction", "nonlin"), "cell.activation_fn",
                               "hidden_nonlinearity", "rnn_activation", "act", "non_linearity"):
            with self.subTest(key):
                self.assertIn("; relu without leak", self.line("relu", key))
        for key in common.some(("mode",), "f", "phi", "kind"):
            with self.subTest(key):
                self.refused(3, f"{key} is 'relu', which may be the activation, and tanh is taken",
                             self.npz(**{key: "relu"}))
                self.imported(self.npz(**{key: "relu"}), "--activation", "relu")
                self.imported(self.npz(**{key: "relu"}), "--ignore", key)

    def test_of_the_readout(self):
        for key in common.some(("output_activation",), "readout.nonlinearity", "fc.activation"):
            self.refused(3, f"{key} is 'sigmoid', expected a linear read-out",
                         self.npz(**{key: "sigmoid"}))
            self.imported(self.npz(**{key: "linear"}))

    def hdf5(self, put):
        path = self.path(".h5")
        save_hdf5(path, state_dict(self.model))
        with h5py.File(path, "a") as file:
            put(file)
        return path

    def test_hdf5(self):
        def attribute(place, name, value):
            def put(file):
                file[place].attrs[name] = value
            return put
        relu = {"root": attribute("/", "activation", "relu"),
                "group": attribute("rnn", "activation", np.bytes_(b"relu")),
                "dataset": attribute("rnn/weight_ih_l0", "activation", "relu"),
                "list": attribute("/", "activation", ["relu", "ReLU()"]),
                "json": attribute("/", "hp", json.dumps({"model": {"activation": "relu"}})),
                "long json": attribute("rnn", "hp", json.dumps({"x": "y" * 3000, "activation": "relu"})),
                "yaml": attribute("rnn/weight_hh_l0", "config", "width: 3\nactivation: relu\nseed: 1\n"),
                "python": attribute("rnn", "args", "Namespace(lr=0.1, activation='relu', n=3)"),
                "options": attribute("/", "command", "train.py --lr 0.1 --activation relu --n 3"),
                "text": lambda file: file.create_dataset("info/activation", data="relu")}
        kept = ("dataset", "list", "long json", "yaml", "options")
        for place, put in relu.items():
            if not common.SOAK and place not in kept:
                continue
            with self.subTest(place):
                self.assertIn("taken as relu without leak", self.imported(self.hdf5(put))[1])
        leaks = {"group": attribute("rnn", "alpha", 0.2), "dataset": attribute("fc/weight", "leak", "1/5"),
                 "units": attribute("/", "alpha", np.full(HIDDEN, 0.2)),
                 "json": attribute("/", "hp", json.dumps([{"alpha": 0.2}])),
                 "python": attribute("rnn", "hp", "{'alpha': 0.2, 'b': 1}")}
        for place, put in leaks.items():
            if not common.SOAK and place not in ("dataset", "units", "json"):
                continue
            with self.subTest(place):
                path = self.hdf5(put)
                self.refused(3, "gives a leak of 0.2, expected 1", path)
                self.imported(path, "--leak", "0.2", "--leak-form", "rate")
        self.refused(3, "alpha cannot be read (it is neither text nor numbers)",
                     self.hdf5(lambda file: file["rnn"].attrs.create("alpha", h5py.Empty("f8"))))

    def test_two_that_differ_are_refused(self):
        def put(file):
            file["rnn"].attrs["activation"], file.attrs["activation"] = "relu", "tanh"
        self.refused(3, "another entry says", self.hdf5(put))

    def test_leaks_under_other_names(self):
        for key in common.some(("rnn_leak",), "alphas", "alpha_x", "leakyRate", "dt_tau_alpha"):
            with self.subTest(key):
                path = self.npz(**{key: 0.5})
                self.refused(3, f"{key} gives a leak of 0.5, expected 1", path)
                self.refused(3, "the command line says 0.2", path, "--leak", "0.2", "--leak-form",
                             "rate")
                self.imported(path, "--leak", "0.5", "--leak-form", "current")
        for key in common.some(("one_minus_alpha",), "tau_m", "membrane_time_constant", "decay_rate",
                               "taus"):
            with self.subTest(key):
                path = self.npz(**{key: 20.0})
                self.refused(3, f"{key} is 20, which may be the time constant of a leak", path)
                self.imported(path, "--ignore", key)
        others = ("weight_decay", "lr_decay", "dropout_alpha", "elu_alpha", "noise_tau")
        self.imported(self.npz(**{key: 0.5 for key in others}))

    def test_values_that_cannot_be_read_whole(self):
        for text in common.some(("0.2 (fixed)", "1/x"), "dt/tau", "20ms", "by hand"):
            with self.subTest(text):
                path = self.path(".safetensors")
                save_safetensors(path, state_dict(self.model), {"alpha": text})
                self.refused(3, f"alpha is '{text}', expected a number", path)

    def keras(self, readout="linear", **cell):
        config = {"name": "simple_rnn", "units": HIDDEN, "activation": "tanh", **cell}
        dense = {"class_name": "Dense", "config": {"name": "dense", "activation": readout}}
        layers = [{"class_name": "SimpleRNN", "config": config}, dense]
        path = self.path(".h5")
        save_hdf5(path, {"w.simple_rnn.kernel:0": self.model.weight_ih.T,
                         "w.simple_rnn.recurrent_kernel:0": self.model.weight_hh.T,
                         "w.simple_rnn.bias:0": self.model.bias_h,
                         "w.dense.kernel:0": self.model.weight_hy.T,
                         "w.dense.bias:0": self.model.bias_y})
        with h5py.File(path, "a") as file:
            file.attrs["model_config"] = json.dumps(
                {"class_name": "Sequential", "config": {"name": "s", "layers": layers}})
        return path

    def test_keras(self):
        self.assertIn("taken as relu without leak",
                      self.imported(self.keras(activation="relu"))[1])
        self.assertIn("taken as identity", self.imported(self.keras(activation=None))[1])
        self.assertIn("taken as relu", self.imported(self.keras(
            activation={"class_name": "function", "config": "relu", "module": "builtins"}))[1])
        self.imported(self.keras())
        self.refused(3, "SimpleRNN.activation is 'selu', expected", self.keras(activation="selu"))
        self.refused(3, "Dense.activation is 'softmax', expected a linear", self.keras("softmax"))
        self.refused(3, "reads its input from the end", self.keras(go_backwards=True))


class Arrays(Case):
    """Arrays that are not used, of gates, or computed; files that are something else."""

    def test_what_may_be_a_part_is_refused_until_it_is_decided(self):
        r = np.random.default_rng(0)
        for name, values in {"offset": r.normal(size=HIDDEN), "b2": r.normal(size=(HIDDEN, 1)),
                             "scale_in": r.normal(size=INPUTS), "gain": r.normal(size=(1, OUTPUTS)),
                             "W_slow": r.normal(size=(HIDDEN, HIDDEN)),
                             "feedback": r.normal(size=(HIDDEN, 7))}.items():
            if not common.SOAK and name not in ("scale_in", "W_slow"):
                continue
            with self.subTest(name):
                path = self.npz(**{name: values})
                self.refused(3, f"{name} (", path)
                self.refused(3, "is not used and has ", path)
                self.assertIn(f"{name}", str(path) + name)
                self.imported(path, "--ignore", name)
        path = self.npz(offset=r.normal(size=HIDDEN))
        target, line = self.imported(path, "--bias", "offset")
        self.assertIn("b_h = offset", line)

    def test_what_cannot_be_one_is_listed(self):
        r = np.random.default_rng(0)
        _, line = self.imported(self.npz(seed=1, losses=r.normal(size=50), grid=r.normal(size=(4, 6))))
        self.assertTrue(line.endswith("not used: seed, losses, grid"), line)
        _, line = self.imported(self.npz(**{"fc.weight/Adam": np.ones((OUTPUTS, HIDDEN)),
                                            "rnn.bias_hh_l0/Adam_1": np.ones(HIDDEN)}))
        self.assertIn("not used: fc.weight/Adam", line)

    def test_many_are_ignored_at_once(self):
        path = self.npz(**{"old.w.a": np.ones(HIDDEN), "old.w.b": np.ones(HIDDEN)})
        for pattern in common.some(("old.w", "ol*"), "old"):
            self.imported(path, "--ignore", pattern)
        self.refused(2, "no array 'oldd' for --ignore", path, "--ignore", "oldd")

    def test_masks(self):
        mask = np.random.default_rng(1).random((HIDDEN, HIDDEN)) < 0.5
        full = self.model.weight_hh.copy()
        found, line = self.weights(**{"rnn.mask": mask})
        self.assertTrue((found == full * mask).all())
        self.assertIn(f"multiplied by the mask rnn.mask, which has set {np.sum(~mask)} weights", line)
        self.model.weight_hh = full * mask
        for name in common.some(("M",), "connectivity", "trainable"):  # as it is already, whatever its name
            found, line = self.weights(**{name: mask.astype("f4")})
            self.assertTrue((found == full * mask).all())
            self.assertIn(f"the mask {name} fits W_hh", line)
        self.weights(conn=mask.T)
        self.model.weight_hh = full
        for name in common.some(("M",), "trainable_mask", "frozen"):
            path = self.npz(**{name: mask})
            self.refused(3, f"{name} is 0 where {np.sum(~mask)} weights of rnn.weight_hh_l0", path)
            found, _ = self.weights("--mask", name, **{name: mask})
            self.assertTrue((found == full * mask).all())
            found, _ = self.weights("--ignore", name, **{name: mask})
            self.assertTrue((found == full).all())
        self.refused(3, "eye_mask (13 x 13) is not used", self.npz(eye_mask=np.eye(HIDDEN)))
        self.refused(3, "--mask rnn.weight_ih_l0 is no array of 0 and 1", self.npz(), "--mask",
                     "rnn.weight_ih_l0")
        self.refused(3, "input_mask is 0 where", self.npz(input_mask=mask[:, :INPUTS]))

    # Rows of gates are no other network's rows.

    def gru(self, **more):
        r = np.random.default_rng(5)
        path = self.path(".npz")
        np.savez(path, **{"rnn.weight_hh_l0": r.normal(size=(3 * HIDDEN, HIDDEN)) / 8,
                          "rnn.weight_ih_l0": r.normal(size=(3 * HIDDEN, INPUTS)),
                          "rnn.bias_hh_l0": r.normal(size=3 * HIDDEN),
                          "rnn.bias_ih_l0": r.normal(size=3 * HIDDEN),
                          "fc.weight": r.normal(size=(OUTPUTS, HIDDEN)), **more})
        return path

    def test_what_is_not_used_may_be_of_all_gates(self):
        self.imported(self.gru())
        for values in common.some((np.ones(3 * HIDDEN), np.ones((3 * HIDDEN, 5))), np.ones(HIDDEN),
                                  np.ones(OUTPUTS)):
            path = self.gru(other=values)
            self.refused(3, "other (", path)
            self.imported(path, "--ignore", "other")

    def test_activations_of_gates(self):
        self.imported(self.gru(activation="tanh", recurrent_activation="sigmoid"))
        self.refused(3, "recurrent_activation is 'hard_sigmoid', expected sigmoid gates of a gru",
                     self.gru(recurrent_activation="hard_sigmoid"))
        self.refused(3, "activation is 'relu', expected tanh of a gru", self.gru(activation="relu"))
        self.imported(self.npz(recurrent_activation="hard_sigmoid"))  # an rnn has no gates

    def test_replay_of_gates(self):
        path = self.gru()
        target, _ = self.imported(path)
        trials = self.path("-trials.npz")
        r = np.random.default_rng(1)
        inputs = r.normal(size=(9, 14, INPUTS))
        with np.load(path) as a:
            h, outputs = np.zeros((14, HIDDEN)), []
            for x in inputs:
                u = x @ a["rnn.weight_ih_l0"].T + a["rnn.bias_ih_l0"]
                w = h @ a["rnn.weight_hh_l0"].T + a["rnn.bias_hh_l0"]
                (ur, uz, un), (wr, wz, wn) = np.split(u, 3, axis=1), np.split(w, 3, axis=1)
                z = 1 / (1 + np.exp(-uz - wz))
                h = (1 - z) * np.tanh(un + wn / (1 + np.exp(-ur - wr))) + z * h
                outputs.append(h @ a["fc.weight"].T)
        outputs = np.array(outputs)
        np.savez(trials, inputs=inputs, targets=outputs + 0.1, outputs=outputs)
        self.imported(path, "--trials", trials)
        np.savez(trials, inputs=inputs, targets=outputs + 0.1, outputs=2 * outputs)
        self.refused(3, "differ from those of the network by ", path, "--trials", trials)

    def test_weights_that_a_module_computes(self):
        hh, ones = self.model.weight_hh, np.ones((HIDDEN, HIDDEN))
        for message, arrays in {
                "prune.remove": {"rnn.weight_hh_l0_orig": hh, "rnn.weight_hh_l0_mask": ones},
                "prune.remove(": {"fc.weight_orig": hh, "fc.weight_mask": ones},
                "remove_weight_norm": {"rnn.weight_hh_l0_g": ones[:1], "rnn.weight_hh_l0_v": hh},
                "remove_spectral_norm": {"h.weight_orig": hh, "h.weight_u": ones[0], "h.weight_v": ones[0]},
                "remove_parametrizations": {"rnn.parametrizations.weight_hh_l0.original0": ones[:1],
                                            "rnn.parametrizations.weight_hh_l0.original1": hh},
                "merge_and_unload": {"rnn.h2h.lora_A.default.weight": ones[:2]},
                "quantised": {"fc.scale": ones[0, 0], "fc.zero_point": ones[0, 0]},
                "quantised:": {"fc._packed_params.dtype": ones[0, 0]}}.items():
            if not common.SOAK and message in ("prune.remove(", "remove_weight_norm", "quantised:"):
                continue
            with self.subTest(message):
                path = self.npz(**arrays)
                self.refused(3, message.rstrip("(:"), path)
                if common.SOAK or message == "quantised":
                    self.refused(3, "call ", path, "--recurrent", "rnn.weight_hh_l0")
        path = self.npz(**{"encoder.weight_orig": ones[:2, :3], "encoder.weight_mask": ones[:2, :3]})
        self.imported(path, "--ignore", "encoder.*")

    # One line each: what it is, and what to do.

    FILES = {
        "lfs.pt": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "git lfs pull"),
        "old.npz": (b"version http://git-media.io/v/2\noid sha256:00\n", "git lfs pull"),
        "annex.npz": (b"/annex/objects/MD5E-s123--0.npz\n", "git annex get"),
        "annex2.npz": (b"../.git/annex/objects/0/1/SHA256E-s1--0/SHA256E-s1--0\n", "git annex get"),
        "page.safetensors": (b"\xef\xbb\xbf\r\n<!doctype HTML>\n<head>", "a web page (HTML)"),
        "page2.pt": (b"  <html lang=en>", "a web page (HTML)"),
        "error.npz": (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an XML document"),
        "empty.npz": (b"", "an empty file (0 bytes)"),
        "zeros.h5": (bytes(5000), "nothing but zeros"),
        "m.json": (b'{"metadata": {"total_size": 1}, "weight_map": {"a": "m-1.safetensors"}}',
                   "the index of weights in several files (JSON)"),
        "config.json": (b'{"hidden": 64}', "a JSON text"),
        "w.csv": (b"a,b\n1.0,2.5\n", "a text with numbers (CSV?)"),
        "w.txt": (b"0.5 1.25\n-2e-3 7\n", "a text with numbers (CSV?)"),
        "notes.txt": (b"weights of my model\n", "a text: no format known here"),
        "m.onnx": (b"\x08\x07\x12\x07pytorch\x1a\x051.9\x00", "an ONNX model"),
        "model": (b"\x08\x08:\xb4\x01\n\x05\x00", "an ONNX model"),
        "w.tar": (b"w" + bytes(256) + b"ustar\x0000" + bytes(300), "a tar archive"),
        "w.npz.gz": (b"\x1f\x8b\x08\x00", "compressed by gzip"),
        "w.npz.xz": (b"\xfd7zXZ\x00\x00", "compressed by xz"),
        "model.ckpt.index": (b"\x00\x01\x02\x80", "part of a TensorFlow checkpoint"),
    }

    LIKE_OTHERS = ("old.npz", "annex2.npz", "page2.pt", "w.txt", "model", "w.npz.xz", "config.json",
                   "error.npz", "zeros.h5", "w.tar", "notes.txt")

    def test_files(self):
        for name, (content, message) in self.FILES.items():
            if not common.SOAK and name in self.LIKE_OTHERS:
                continue
            with self.subTest(name):
                path = self.folder / name
                path.write_bytes(content)
                self.refused(3, message, path)

    def test_the_same_in_the_place_of_a_model_file_or_trials(self):
        for name in common.some(("lfs.pt",), "page2.pt", "empty.npz"):
            path = self.folder / f"x{name}.h5"
            path.write_bytes(self.FILES[name][0])
            study = common.write_study(self.path(".cfg"), models=[{"file": path}],
                                       output=str(self.path("-results.h5")))
            result = self.expect(3, common.schursweep("run", "-q", study))
            self.assertIn(self.FILES[name][1], result.stderr)
            self.refused(3, self.FILES[name][1], self.npz(), "--trials", path)

    def test_archives(self):
        script = self.path(".pt")
        with zipfile.ZipFile(script, "w") as archive:
            for name in ("m/data.pkl", "m/code/__torch__/model.py", "m/constants.pkl"):
                archive.writestr(name, "x")
        self.refused(3, "a program of TorchScript, expected weights: save the state dict", script)
        wrapped = self.path(".zip")
        with zipfile.ZipFile(wrapped, "w") as archive:
            archive.writestr("results/model.npz", "x")
        self.refused(3, "a zip archive with results/model.npz in it: unpack it first", wrapped)

    def test_paths(self):
        self.refused(3, "a folder, not a regular file", self.folder)
        link = self.folder / "annexed.npz"
        link.symlink_to("../.git/annex/objects/Xx/0/MD5E-s1--0.npz/MD5E-s1--0.npz")
        self.refused(3, "git annex get", link)
        if os.geteuid() != 0:
            path = self.npz()
            path.chmod(0)
            self.refused(3, "Permission denied", path)


class ModelFiles(Case):
    """Names in model files, as `run` reads them."""

    def run_with(self, change):
        path = self.path(".h5")
        common.write_model(path, self.model, models.trials_for(self.model, 3))
        with h5py.File(path, "a") as file:
            change(file)
        study = common.write_study(self.path(".cfg"), models=[{"file": path}], alphas=[0.9],
                                   ablations=["none"], output=str(self.path("-results.h5")))
        return common.schursweep("run", "-q", study)

    def test_unknown_names(self):
        def move(old, new):
            return lambda file: file.move(old, new)
        def attribute(place, name):
            return lambda file: file[place].attrs.create(name, "x")
        for message, change in {
                "unknown dataset 'bias', did you mean 'bias_h'?": move("bias_h", "bias"),
                "unknown dataset 'Bias_h', did you mean 'bias_h'?": move("bias_h", "Bias_h"),
                "unknown dataset 'h_0', did you mean 'h0'?": lambda file: file.create_dataset("h_0", data=np.zeros(HIDDEN)),
                "unknown dataset 'readout_bias', expected weight_hh,": move("bias_y", "readout_bias"),
                "unknown dataset 'trials/target', did you mean 'trials/targets'?":
                    lambda file: file.create_dataset("trials/target", data=1.0),
                "unknown attribute 'activations', did you mean 'activation'?": attribute("/", "activations"),
                "unknown attribute 'Leak', did you mean 'leak'?": attribute("/", "Leak"),
                "unknown attribute 'trials/Metric', did you mean 'trials/metric'?": attribute("trials", "Metric"),
                "attribute 'weight_hh.nonlinearity' means nothing there": attribute("weight_hh", "nonlinearity"),
        }.items():
            like_others = ("'bias'", "'Bias_h'", "'h_0'", "'Leak'", "'trials/Metric'")
            if not common.SOAK and any(name in message for name in like_others):
                continue  # one more of the kind
            with self.subTest(message):
                result = self.expect(3, self.run_with(change))
                self.assertIn(message, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1)

    def test_what_is_free(self):
        def change(file):
            file["meta/lab/anything"] = 1.0
            file["meta"].attrs["author"] = "x"
            file["weight_hh"].make_scale("weights")
        self.expect(0, self.run_with(change))

    def test_outputs_of_another_network_fail_the_case(self):
        answers = reference.rollout(self.model, self.model.weight_hh,
                                    models.trials_for(self.model, 3).inputs)
        def change(file):
            file["trials/outputs"] = answers.astype("f4")
        self.expect(0, self.run_with(change))
        def change_both(file):
            change(file)
            file.attrs["leak"] = 0.5
        self.expect(8, self.run_with(change_both))
        path = sorted(self.folder.glob(f"{self._testMethodName}*-results.h5"))[-1]
        self.assertRegex(common.read_results(path)["message"][0],
                         r"outputs differ from /trials/outputs by [\d.]+ standard deviations: another")

    def test_a_poor_network_is_told_by_run_and_report(self):
        def change(file):
            file.attrs["activation"] = "softplus"
        result = self.expect(0, self.run_with(change))
        self.assertIn("warning: ", result.stderr)
        self.assertIn("FVU of the full network is above 0.5 in 1 of 1 cases", result.stderr)
        results = next(self.folder.glob(f"{self._testMethodName}*-results.h5"))
        result = self.expect(0, common.schursweep("report", results, "-o", self.path("-report")))
        self.assertIn("1 full network has an FVU above 0.5 on its trials", result.stderr)


class Replay(Case):
    ACTIVATIONS = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0),
                   "sigmoid": lambda x: 1 / (1 + np.exp(-x))}

    def trials(self, model=None, activation="tanh", leak=1.0, form="rate", dtype="f8", swap=False,
               **changes):
        """Trials with outputs of some network, and the file."""
        model = model or self.model
        trials = models.trials_for(model, 4, steps=11, count=17)
        outputs = cell_outputs(model, trials, self.ACTIVATIONS[activation], leak, form)
        noise = 0.1 * outputs.std() * np.random.default_rng(5).standard_normal(outputs.shape)
        trials = reference.Trials(trials.inputs, outputs + noise, trials.mask)
        arrays = {"inputs": trials.inputs, "targets": trials.targets, "outputs": outputs.astype(dtype)}
        arrays.update(changes)
        if swap:
            arrays = {name: np.swapaxes(values, 0, 1) for name, values in arrays.items()}
        path = self.path("-trials.npz")
        np.savez(path, **arrays)
        return path, fvu_of(outputs, trials), outputs

    def test_outputs_that_agree(self):
        path, fvu, outputs = self.trials(dtype="f4")
        target, line = self.imported(self.npz(), "--trials", path)
        self.assertIn(f"; FVU of the full network {fvu:.4g}, outputs as given to ", line)
        with h5py.File(target) as file:
            self.assertTrue((file["trials/outputs"][()] == outputs.astype("f4")).all())
        self.assert_close(self.full_fvu(target), fvu, rtol=1e-10)

    def test_outputs_of_a_file_of_their_own(self):
        path, _, outputs = self.trials()
        lone = self.path(".npz")
        for values in (outputs, np.swapaxes(outputs, 0, 1)):  # the shape tells
            np.savez(lone, anything=values)
            self.imported(self.npz(), "--trials", path, "--outputs", lone)
        np.savez(lone, anything=outputs + 1e-3)
        self.refused(3, f"outputs of {lone} differ from those of the network by ", self.npz(),
                     "--trials", path, "--outputs", lone)
        np.savez(lone, outputs=outputs[:5])
        self.refused(3, "outputs is 5 x 17 x 2, expected 11 x 17 x 2", self.npz(), "--trials", path,
                     "--outputs", lone)
        self.refused(2, "--outputs needs --trials", self.npz(), "--outputs", lone)

    def check_cause(self, cause, path, source=None):
        target = self.path(".h5")
        result = self.expect(3, common.schursweep("import", source or self.npz(), "-o", target,
                                                  "--trials", path))
        self.assertRegex(result.stderr, r"outputs of .* differ from those of the network by ")
        self.assertIn(f": likely cause: {cause}", result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)
        self.assertFalse(target.exists())

    def test_causes(self):
        self.check_cause("another activation (--activation relu)", self.trials(activation="relu")[0])
        self.check_cause("a leak (--leak 0.2 --leak-form rate)", self.trials(leak=0.2)[0])
        self.check_cause("a leak (--leak 0.37 --leak-form current)",
                         self.trials(leak=0.37, form="current")[0])
        self.check_cause("another activation (--activation sigmoid), and a leak (--leak 0.25 "
                         "--leak-form rate)", self.trials(activation="sigmoid", leak=0.25)[0])
        self.check_cause("trials with the batch first (--batch-first)", self.trials(swap=True)[0])
        turned = reference.Model(**{**vars(self.model), "weight_hh": self.model.weight_hh.T})
        self.check_cause("a transposed recurrent matrix", self.trials(turned)[0])
        bare = reference.Model(**{**vars(self.model), "bias_y": np.zeros(OUTPUTS)})
        self.check_cause("another bias of the read-out (--readout-bias none fits better)",
                         self.trials(bare)[0])
        bare = reference.Model(**{**vars(self.model), "bias_h": np.zeros(HIDDEN)})
        self.check_cause("other biases (--bias none fits better)", self.trials(bare)[0])

    def test_a_transposed_readout(self):
        self.model = models.network(3, HIDDEN, INPUTS, HIDDEN, biases=True)
        self.model.h0 = None
        turned = reference.Model(**{**vars(self.model), "weight_hy": self.model.weight_hy.T})
        self.check_cause("a transposed read-out", self.trials(turned)[0])

    def test_without_outputs_a_poor_network_is_told(self):
        path, _, _ = self.trials(activation="sigmoid", leak=0.2)
        with np.load(path) as arrays:
            np.savez(path, inputs=arrays["inputs"], targets=arrays["targets"])
        target = self.path(".h5")
        result = self.expect(0, common.schursweep("import", self.npz(), "-o", target, "--trials", path))
        self.assertRegex(result.stderr, r"^warning: .* is [\d.]+, above 0.5: .* Likely: another "
                                        r"activation \(--activation sigmoid\), and a leak \(--leak 0.2")
        self.assertTrue(target.exists())

    def test_a_network_tells_which_axis_it_needs_first(self):
        for count in common.some((11,), 17):  # of 11 steps
            trials = models.trials_for(self.model, 4, steps=11, count=count)
            answers = cell_outputs(self.model, trials, np.tanh, 1.0, "rate")
            paths = []
            for swap in (False, True):
                paths.append(self.path("-trials.npz"))
                np.savez(paths[-1], **{name: np.swapaxes(values, 0, 1) if swap else values
                                       for name, values in (("x", trials.inputs), ("y", answers))})
            self.assertNotIn("batch first", self.imported(self.npz(), "--trials", paths[0])[1])
            self.refused(3, f"with its axes as {count} steps x 11 trials, and ", self.npz(),
                         "--trials", paths[1])
            self.refused(3, "say which they are, with --time-first or --batch-first", self.npz(),
                         "--trials", paths[1])
            _, line = self.imported(self.npz(), "--trials", paths[1], "--batch-first")
            self.assertIn(f"; {count} trials of 11 steps from {paths[1]} (batch first)", line)
            _, line = self.imported(self.npz(), "--trials", paths[1], "--time-first")
            self.assertIn(f"; 11 trials of {count} steps from ", line)
            self.refused(2, "--batch-first and --time-first exclude each other", self.npz(),
                         "--trials", paths[1], "--batch-first", "--time-first")

    def test_the_expected_fvu(self):
        path, fvu, _ = self.trials()
        self.imported(self.npz(), "--trials", path, "--expect-fvu", repr(fvu))
        self.refused(3, ", expected 0.5", self.npz(), "--trials", path, "--expect-fvu", "0.5")
        self.refused(3, "FVU of the full network on", self.npz(), "--trials", path, "--expect-fvu",
                     repr(fvu * (1 + 1e-5)))
        self.refused(2, "--expect-fvu is 'low', expected a number above 0", self.npz(), "--trials",
                     path, "--expect-fvu", "low")
        self.refused(2, "--expect-fvu needs --trials", self.npz(), "--expect-fvu", "0.1")

    def test_names_in_a_file_of_trials(self):
        for name, nearest in common.some((("target", "targets"), ("Inputss", "inputs")),
                                         ("masks", "mask"), ("ouputs", "outputs")):
            path, _, _ = self.trials(**{name: np.ones((11, 17))})
            self.refused(3, f"unknown array '{name}', did you mean '{nearest}'?", self.npz(), "--trials",
                         path)
        path, _, _ = self.trials(condition=np.ones(17))
        self.refused(3, "unknown array 'condition', expected inputs", self.npz(), "--trials", path)
        self.imported(self.npz(), "--trials", path, "--ignore", "condition")

    def test_initial_states_tell_which_axis_is_first(self):
        states = 0.5 * np.random.default_rng(2).standard_normal((17, HIDDEN))
        trials = models.trials_for(self.model, 4, steps=11, count=17)
        model = reference.Model(**vars(self.model))
        answers = np.stack([cell_outputs(
            reference.Model(**{**vars(model), "h0": states[k]}),
            reference.Trials(trials.inputs[:, k:k + 1], trials.targets[:, k:k + 1]), np.tanh, 1.0,
            "rate")[:, 0] for k in range(17)], axis=1)
        for swap in (False, True):
            arrays = {"inputs": trials.inputs, "targets": trials.targets, "outputs": answers}
            if swap:
                arrays = {name: np.swapaxes(values, 0, 1) for name, values in arrays.items()}
            path = self.path("-trials.npz")
            np.savez(path, h0=states, **arrays)
            target, line = self.imported(self.npz(), "--trials", path)
            self.assertEqual("(batch first)" in line, swap)
            with h5py.File(target) as file:
                self.assertTrue((file["trials/h0"][()] == states).all())

    def test_classes(self):
        """A network that answers its input, which is the class."""
        for classes in common.some((3,), 2, 7):
            labels = np.random.default_rng(classes).integers(classes, size=(10, 20))
            one_hot = np.eye(classes)[labels]
            weights = self.path(".npz")
            np.savez(weights, W_rec=np.zeros((classes, classes)), W_in=9 * np.eye(classes),
                     W_out=0.5 * np.eye(classes), b_out=np.full(classes, 0.5))
            inputs = 2 * one_hot - 1
            wrong = np.roll(inputs, 1, axis=2)
            inputs[:3] = wrong[:3]  # thirty of a hundred are another class
            trials = self.path("-trials.npz")
            np.savez(trials, inputs=inputs, targets=one_hot)
            options = ("--transposed", "no", "--trials", trials, "--metric")
            self.refused(3, "expected a sign where accuracy counts: make targets of 0 and 1 signs "
                            "with 2 y - 1", weights, *options, "accuracy")
            target, line = self.imported(weights, *options, "argmax")
            self.assertIn("metric argmax; FVU of the full network ", line)
            self.assertIn(", accuracy 0.7", line)
            study = common.write_study(self.path(".cfg"), models=[{"file": target}], alphas=[0.9],
                                       ablations=["none"], output=str(self.path("-results.h5")))
            self.expect(0, common.schursweep("run", "-q", study))
            results = common.read_results(
                self.folder / f"{self._testMethodName}{self.count}-results.h5")
            self.assertEqual(results["accuracy"][0, 0, 0], 0.7)
            np.savez(trials, inputs=inputs, targets=2 * one_hot - 1)
            self.imported(weights, *options, "accuracy")
            np.savez(trials, inputs=inputs, targets=np.ones_like(one_hot))
            self.refused(3, "expected one largest where argmax counts", weights, *options, "argmax")


if __name__ == "__main__":
    common.main()
