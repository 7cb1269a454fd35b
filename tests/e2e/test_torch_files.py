"""Files of torch.save and Python pickles: imported as the same weights are from other formats, and
refused where they lie, whatever their pickles would call."""
import collections
import functools
import os
import pickle
import time
import zipfile

import h5py
import numpy as np

import common
import models
import torchfiles
from test_import import ImportCase, fvu_of, cell_outputs, save_safetensors, state_dict

HIDDEN, INPUTS, OUTPUTS = 13, 3, 2
ARRAYS = ("weight_hh", "weight_ih", "weight_hy", "bias_h", "bias_y", "h0")


class TorchCase(ImportCase):
    def setUp(self):
        super().setUp()
        self.model = models.network(3, HIDDEN, INPUTS, OUTPUTS, biases=True)
        self.model.h0 = None
        self.arrays = state_dict(self.model)

    def weights(self, path, *options):
        with h5py.File(self.imported(path, *options)[0]) as file:
            return {name: file[name][()] for name in ARRAYS}

    def check_same(self, found, expected):
        for name in ARRAYS:
            self.assertEqual(found[name].tobytes(), expected[name].tobytes(), name)

    usual = None  # weights of the arrays that every test has

    @property
    def weights_expected(self):
        TorchCase.usual = TorchCase.usual or self.expected(self.arrays)
        return TorchCase.usual

    def expected(self, arrays):
        path = self.path(".npz")
        np.savez(path, **arrays)
        return self.weights(path)


class Containers(TorchCase):
    """One state dict in every form."""

    def setUp(self):
        super().setUp()
        self.dict = torchfiles.state_dict(self.arrays)

    def check(self, path):
        self.check_same(self.weights(path), self.weights_expected)

    def test_archives(self):
        for options in common.some(
                ({"protocol": 4, "order": "big"}, {"compression": zipfile.ZIP_DEFLATED}),
                {}, {"protocol": 4}, {"order": "big"}, {"name": "archive"}):
            with self.subTest(**options):
                path = self.path(".pt")
                torchfiles.save_zip(path, self.dict, **options)
                self.check(path)

    def test_streams(self):
        for protocol in common.some((1, 5), 2, 3, 4):
            with self.subTest(protocol=protocol):
                path = self.path(".pth")
                torchfiles.save_stream(path, self.dict, protocol)
                self.check(path)

    def test_plain_pickles_of_tensors(self):
        for protocol in common.some((2, 4), 3, 5):
            with self.subTest(protocol=protocol):
                path = self.path(".pkl")
                torchfiles.save_plain(path, dict(self.dict), protocol)
                self.check(path)

    def test_plain_pickles_of_numpy_arrays(self):
        for protocol in common.some((0, 3, 5), 1, 2, 4):
            with self.subTest(protocol=protocol):
                path = self.path(".pkl")
                arrays = dict(self.arrays, **{"fc.weight": np.asfortranarray(
                    self.arrays["fc.weight"])})
                arrays["rnn.weight_hh_l0"] = arrays["rnn.weight_hh_l0"].astype(">f8")
                path.write_bytes(pickle.dumps(arrays, protocol))
                self.check(path)

    def test_objects_of_numpy(self):
        """A dict that numpy.save has pickled, and arrays of objects in pickles."""
        path = self.path(".npy")
        np.save(path, self.arrays)
        self.check(path)
        held = np.empty(1, object)
        held[0] = self.arrays
        path = self.path(".pkl")
        path.write_bytes(pickle.dumps({"best": held}, 4))
        self.check(path)
        held[0] = held  # leads back to itself
        path.write_bytes(pickle.dumps({"owner": held, **self.arrays}, 2))
        self.check(path)
        path = self.path(".npy")
        np.save(path, dict(self.arrays, alpha=np.array([0.2, 0.3], object)))
        self.refused(3, "alpha cannot be read (it is a Python object", path)
        np.save(path, dict(self.arrays, alpha=np.array([0.2], object)))
        self.refused(3, "alpha gives a leak of 0.2", path)
        np.save(path, self.arrays["fc.weight"])
        self.refused(3, "a .npy file holds one array", path)

    def test_plain_pickles_of_haiku(self):
        arrays = self.arrays
        tree = {"vanilla_rnn/linear": {"w": arrays["rnn.weight_ih_l0"].T,
                                       "b": arrays["rnn.bias_ih_l0"]},
                "vanilla_rnn/linear_1": {"w": arrays["rnn.weight_hh_l0"].T,
                                         "b": arrays["rnn.bias_hh_l0"]},
                "linear": {"w": arrays["fc.weight"].T, "b": arrays["fc.bias"]}}
        for protocol in common.some((4,), 2, 3, 5):
            with self.subTest(protocol=protocol):
                path = self.path(".pkl")
                torchfiles.save_plain(path, {
                    module: {name: torchfiles.Jax(values) for name, values in parts.items()}
                    for module, parts in tree.items()}, protocol)
                self.refused(3, "a VanillaRNN of Haiku, which does not say its activation", path)
                self.check_same(self.weights(path, "--activation", "tanh"), self.weights_expected)

    def test_checkpoints_around_a_state_dict(self):
        moments = {"state": {0: {"exp_avg": self.dict["rnn.weight_hh_l0"]}},
                   "param_groups": [{"lr": 0.1, "alpha": 0.99, "params": [0]}]}
        prefixed = collections.OrderedDict(("model." + key, value)
                                           for key, value in self.dict.items())
        for objects in ({"state_dict": prefixed, "epoch": 3, "optimizer_states": [moments],
                         "hyper_parameters": {"hidden": HIDDEN, "name": "x"}},
                        {"model_state_dict": self.dict, "optimizer_state_dict": moments},
                        {"model": self.dict, "optimizer": moments, "loss": 5 * [0.1]},
                        {"nets": {"rnn": {"best": self.dict}}}):
            with self.subTest(list(objects)):
                path = self.path(".ckpt")
                torchfiles.save_zip(path, objects)
                self.check(path)

    def test_a_history_of_numbers_is_data(self):
        path = self.path(".pt")
        torchfiles.save_zip(path, {"model": self.dict, "losses": [
            torchfiles.tensor(0.5), torchfiles.tensor(0.25), np.float32(0.125)]})
        self.assertTrue(self.imported(path)[1].endswith("taken as tanh without leak"))
        self.check(path)

    def test_names(self):
        path = self.path(".ckpt")
        torchfiles.save_zip(path, {"state_dict": self.dict, "more": {"a": {"b": torchfiles.tensor(
            np.ones(4))}}})
        _, line = self.imported(path)
        self.assertIn("W_hh from rnn.weight_hh_l0, ", line)
        self.assertTrue(line.endswith("; not used: more.a.b"), line)

    def test_the_same_hash_from_all_formats(self):
        npz, safetensors, archive = self.path(".npz"), self.path(".safetensors"), self.path(".pt")
        np.savez(npz, **self.arrays)
        save_safetensors(safetensors, self.arrays)
        torchfiles.save_zip(archive, self.dict)
        trials = self.save_trials(models.trials_for(self.model, 3))
        entries = [{"file": self.imported(path, "--trials", trials)[0]}
                   for path in (npz, safetensors, archive)]
        study = common.write_study(self.path(".cfg"), models=entries, alphas=[0.9],
                                   ablations=["none"])
        results = self.run_study(study)
        self.assertEqual(len(set(results["weights_hash"])), 1)
        self.assertEqual(len(results["weights_hash"]), 3)

    def test_it_runs(self):
        trials = models.trials_for(self.model, 3)
        path, trials_path = self.path(".pt"), self.path("-trials.pt")
        torchfiles.save_zip(path, self.dict)
        torchfiles.save_zip(trials_path, {"inputs": torchfiles.tensor(trials.inputs),
                                          "targets": torchfiles.tensor(trials.targets)})
        target, _ = self.imported(path, "--trials", trials_path)
        self.assert_close(self.full_fvu(target), self.expected_fvu(self.model, trials), rtol=1e-10)


class Contents(TorchCase):
    """Where the numbers of a tensor lie, and what they are; hostile files."""

    def check(self, tensors, arrays, saves=(torchfiles.save_zip, torchfiles.save_stream)):
        expected = self.expected({**self.arrays, **arrays})
        for save in saves:
            path = self.path(".pt")
            save(path, {**torchfiles.state_dict(self.arrays), **tensors})
            self.check_same(self.weights(path), expected)

    def test_views(self):
        name, size = "rnn.weight_hh_l0", HIDDEN
        many = np.random.default_rng(1).standard_normal(5 * size * size)
        storage = torchfiles.Storage(many)
        square = lambda strides, offset: np.array(
            [[many[offset + i * strides[0] + j * strides[1]] for j in range(size)]
             for i in range(size)])
        for strides, offset in common.some((((2 * size, 2), 7), ((0, 1), 3)), ((size, 1), 0),
                                           ((1, size), 0), ((1, 2 * size), 100)):
            with self.subTest(strides=strides, offset=offset):
                view = torchfiles.Tensor(storage, (size, size), strides, offset)
                self.check({name: view}, {name: square(strides, offset)},
                           common.some((torchfiles.save_zip,), torchfiles.save_stream))

    def test_one_storage_for_all(self):
        flat = np.concatenate([values.reshape(-1) for values in self.arrays.values()])
        storage, tensors, offset = torchfiles.Storage(flat), {}, 0
        for name, values in self.arrays.items():
            tensors[name] = torchfiles.Tensor(storage, values.shape, None, offset)
            offset += values.size
        self.check(tensors, {})

    def test_types(self):
        """Of the arrays of a network, each has another."""
        dtypes = ("<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "|u1", "|b1")
        for turn in range(0, len(dtypes), 6):
            tensors, arrays = {}, {}
            for name, dtype in zip(self.arrays, dtypes[turn:]):
                values = (3 * self.arrays[name]).astype(dtype)
                tensors[name], arrays[name] = torchfiles.tensor(values), values.astype("f8")
            if turn:
                name = "fc.weight"
                values = (self.arrays[name].astype("<f4").view("<u4") & 0xFFFF0000).view("<f4")
                tensors[name], arrays[name] = torchfiles.tensor(values, "bfloat16"), values
                values = self.arrays["fc.bias"]
                tensors["fc.bias"] = torchfiles.Untyped(torchfiles.Storage(values), values.shape)
            self.check(tensors, arrays)

    def test_what_is_no_dense_tensor(self):
        name = "rnn.weight_hh_l0"
        values = self.arrays[name]
        path = self.path(".pt")
        torchfiles.save_zip(path, {**torchfiles.state_dict(self.arrays), name: torchfiles.Quantised(
            torchfiles.Storage(values), values.shape)})
        self.refused(3, f"{name} cannot be read: it is quantised", path)
        tensor = torchfiles.Untyped(torchfiles.Storage(values), values.shape)
        tensor.dtype = "float8_e4m3fn"
        torchfiles.save_zip(path, {**torchfiles.state_dict(self.arrays), name: tensor})
        self.refused(3, f"{name} cannot be read: its dtype is float8_e4m3fn, expected", path)

    def test_views_that_leave_their_storage(self):
        name = "rnn.weight_hh_l0"
        storage = torchfiles.Storage(self.arrays[name])
        for shape, strides, offset, message in (
                ((HIDDEN, HIDDEN), None, 1, f"it leaves its storage of {HIDDEN ** 2} elements"),
                ((HIDDEN, HIDDEN), (HIDDEN + 1, 1), 0, "it leaves its storage"),
                ((1 << 16, 1 << 15), None, 0, "it leaves its storage"),
                ((1 << 16, 1 << 15), (0, 0), 0, "it has 2147483648 elements in a storage of"),
                ((1 << 62, 1 << 62), (0, 0), 0, "its shape has more elements than can be counted")):
            with self.subTest(message, offset=offset):
                path = self.path(".pt")
                torchfiles.save_zip(path, {**torchfiles.state_dict(self.arrays),
                                           name: torchfiles.Tensor(storage, shape, strides, offset)})
                self.refused(3, f"{path}: {name} cannot be read: {message}", path)

    # Hostile files: in a second each, in one line, and nothing called.

    def refused_soon(self, message, path):
        start = time.monotonic()
        self.refused(3, message, path)
        self.assertLess(time.monotonic() - start, 5 * common.slowdown())

    def test_what_would_be_called_is_not(self):
        canary = self.folder / "called"
        weapon = type("Weapon", (), {"__reduce__": lambda _: (os.system, (f"touch {canary}",))})()
        path = self.path(".pkl")
        path.write_bytes(pickle.dumps(weapon))
        self.refused_soon("a Python pickle without tensors or arrays", path)
        torchfiles.save_zip(path, {**torchfiles.state_dict(self.arrays), "weapon": weapon})
        self.check_same(self.weights(path), self.weights_expected)
        path.write_bytes(b"cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR.")
        self.refused_soon("no format known here", path)
        self.assertFalse(canary.exists())

    def test_bombs(self):
        bomb = []
        for _ in range(60):
            bomb = [bomb, bomb]
        path = self.path(".pkl")
        path.write_bytes(pickle.dumps(bomb))
        self.refused_soon("its parts are shared again and again", path)
        keys = b"\x80\x02}q\x00(N" + b"2" * 1999999 + b"u0](" + b"h\x00" * 1900000 + b"e."
        path.write_bytes(keys)  # many times the same dict, of keys that are no names
        self.refused_soon("its parts are shared again and again", path)
        path.write_bytes(b"\x80\x02" + b"N2" * (1 << 22) + b".")
        self.refused_soon("bad Python pickle at byte", path)
        path.write_bytes(b"\x80\x02]r\xff\xff\xff\xff.")
        self.refused_soon("a memo number that is too large", path)
        path.write_bytes(b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.")
        self.refused_soon("the data end in the middle", path)

    def test_what_contains_itself(self):
        for own in ([], {}):
            (own.append if isinstance(own, list) else lambda x: own.update(a=x))(own)
            path = self.path(".pkl")
            path.write_bytes(pickle.dumps(own))
            self.refused_soon("leads back to what contains it", path)

    def test_depth(self):
        path = self.path(".pkl")
        path.write_bytes(b"\x80\x02" + 1000000 * b"]" + 999999 * b"a" + b".")
        self.refused_soon("nested deeper than 64", path)

    def test_truncated_files(self):
        for save in (torchfiles.save_zip, torchfiles.save_stream):
            path = self.path(".pt")
            save(path, torchfiles.state_dict(self.arrays))
            whole = path.read_bytes()
            for size in common.some((10, len(whole) // 2), 1, len(whole) - 1):
                path.write_bytes(whole[:size])
                self.refused_soon(str(path), path)

    def test_programs(self):
        path = self.path(".pt")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("net/data.pkl", pickle.dumps({}))
            archive.writestr("net/code/__torch__.py", "class Model(Module): ...")
            archive.writestr("net/constants.pkl", pickle.dumps(()))
        self.refused_soon("a program of TorchScript, expected weights: save the state dict", path)


class Modules(TorchCase):
    """torch.save(model): never built, but read."""

    def module(self, kind="RNN", arrays=None, **attributes):
        arrays = arrays or self.arrays
        cell = {"mode": "RNN_TANH", "num_layers": 1, "batch_first": False}
        cell.update(attributes.pop("cell", {}))
        parts = {"rnn": torchfiles.module(f"torch.nn.modules.rnn.{kind}", [
                     (name.removeprefix("rnn."), values) for name, values in arrays.items()
                     if name.startswith("rnn.")], **cell),
                 "fc": torchfiles.module("torch.nn.modules.linear.Linear", [
                     (name.removeprefix("fc."), values) for name, values in arrays.items()
                     if name.startswith("fc.")], in_features=HIDDEN)}
        parts.update(attributes.pop("parts", {}))
        return torchfiles.module("lab.models.Model", [], parts.items(), **attributes)

    def saved(self, *arguments, save=torchfiles.save_zip, **options):
        path = self.path(".pt")
        save(path, self.module(*arguments, **options))
        return path

    def test_its_weights(self):
        for save in (torchfiles.save_zip, torchfiles.save_stream):
            self.check_same(self.weights(self.saved(save=save)), self.weights_expected)
        path = self.path(".pt")
        torchfiles.save_zip(path, {"model": self.module(), "epoch": 7})
        _, line = self.imported(path)
        self.assertIn("W_hh from model.rnn.weight_hh_l0", line)

    def test_its_nonlinearity(self):
        for cell in ({"nonlinearity": "relu"}, {"mode": "RNN_RELU"}):
            path = self.saved(cell={"mode": "RNN_RELU", **cell})
            trials = models.trials_for(self.model, 3)
            target, line = self.imported(path, "--trials", self.save_trials(trials))
            self.assertIn("taken as relu without leak", line)
            answers = cell_outputs(self.model, trials, lambda x: np.maximum(x, 0), 1.0, "rate")
            self.assert_close(self.full_fvu(target), fvu_of(answers, trials), rtol=1e-10)
            self.refused(3, "rnn.nonlinearity is '", path, "--activation", "tanh")

    def test_its_functions(self):
        relu = torchfiles.function("torch.nn.functional.relu")
        arrays = {name.replace("rnn.weight_hh_l0", "h2h.weight")
                  .replace("rnn.weight_ih_l0", "input2h.weight")
                  .replace("rnn.bias_hh_l0", "h2h.bias")
                  .replace("rnn.bias_ih_l0", "input2h.bias"): values
                  for name, values in self.arrays.items()}
        parts = {name: torchfiles.module("torch.nn.modules.linear.Linear", [
                     (key.rpartition(".")[2], values) for key, values in arrays.items()
                     if key.startswith(name)]) for name in ("h2h", "input2h", "fc")}
        path = self.path(".pt")
        for name in ("activation", "f"):
            torchfiles.save_zip(path, torchfiles.module("lab.models.Model", [], parts.items(),
                                                        **{name: relu}))
            self.assertIn("taken as relu", self.imported(path)[1])
        parts["act"] = torchfiles.module("torch.nn.modules.activation.ReLU")
        torchfiles.save_zip(path, torchfiles.module("lab.models.Model", [], parts.items()))
        self.assertIn("taken as relu", self.imported(path)[1])
        parts["act"] = torchfiles.module("torch.nn.modules.activation.Softplus", beta=1, threshold=20)
        torchfiles.save_zip(path, torchfiles.module("lab.models.Model", [], parts.items()))
        self.assertIn("taken as softplus", self.imported(path)[1])
        parts["act"] = torchfiles.module("torch.nn.modules.activation.Softplus", beta=2, threshold=20)
        torchfiles.save_zip(path, torchfiles.module("lab.models.Model", [], parts.items()))
        self.refused(3, "act.activation is 'Softplus with a beta or threshold of its own'", path)
        del parts["act"]
        torchfiles.save_zip(path, torchfiles.module(
            "lab.models.Model", [], parts.items(), f=functools.partial(relu, inplace=True)))
        self.refused(3, "f.activation is 'functools.partial(torch.nn.functional.relu)'", path)
        for name in common.some(("lab.models.relu",), "torch._C._nn.gelu",
                                "torch.nn.functional.leaky_relu"):
            torchfiles.save_zip(path, torchfiles.module("lab.models.Model", [], parts.items(),
                                                        f=torchfiles.function(name)))
            self.refused(3, f"f.activation is '{name}', expected tanh", path)
        parts["act"] = torchfiles.module("torch.nn.modules.activation.GELU")
        torchfiles.save_zip(path, torchfiles.module("lab.models.Model", [], parts.items()))
        self.refused(3, "act.activation is 'GELU', expected tanh", path)

    def test_configurations_beside_a_state_dict(self):
        kinds = {kind: torchfiles.define("omegaconf." + kind) for kind in ("DictConfig", "AnyNode")}
        enum = torchfiles.define("lab.Kind")

        def node(kind, **attributes):
            made = kinds[kind]()
            made.__dict__.update(attributes, _metadata=None)
            return made

        class Kind:
            def __reduce__(self):
                return enum, ("relu",)

        path = self.path(".ckpt")
        for word, text in (("relu", "taken as relu"), ("tanh", "taken as tanh")):
            config = node("DictConfig", _content={"rnn": node("DictConfig", _content={
                "activation": node("AnyNode", _val=word), "size": node("AnyNode", _val=3)})})
            torchfiles.save_zip(path, {"state_dict": torchfiles.state_dict(self.arrays),
                                       "hyper_parameters": config})
            self.assertIn(text, self.imported(path)[1])
        for name in ("activation", "rnn_act_fn"):
            torchfiles.save_zip(path, {"state_dict": torchfiles.state_dict(self.arrays),
                                       "hyper_parameters": {name: Kind()}})
            self.refused(3, f"hyper_parameters.{name} cannot be read (it is a Python object", path)

    def test_layers_without_arrays(self):
        for kind in common.some(("normalization.LayerNorm",), "pooling.AvgPool1d"):
            path = self.saved(parts={"more": torchfiles.module("torch.nn.modules." + kind)})
            self.refused(3, f"more.class is torch.nn.modules.{kind}, expected a recurrent layer", path)
            self.check_same(self.weights(path, "--ignore", "more"), self.weights_expected)
        self.check_same(self.weights(self.saved(parts={
            "more": torchfiles.module("torch.nn.modules.dropout.Dropout")})),
            self.weights_expected)

    def test_what_stands_on_the_readout(self):
        for name in common.some(("Softmax",), "Sigmoid", "LogSoftmax"):
            head = torchfiles.module(f"torch.nn.modules.activation.{name}")
            self.refused(3, f"is '{name}', expected a linear read-out (--ignore head.",
                         self.saved(parts={"head": torchfiles.module(
                             "torch.nn.modules.container.Sequential", [], {"1": head}.items())}))

    def test_its_leak_is_to_be_confirmed(self):
        path = self.saved(alpha=0.2)
        self.refused(3, "alpha gives a leak of 0.2, expected 1", path)
        _, line = self.imported(path, "--leak", "0.2", "--leak-form", "rate")
        self.assertIn("tanh with a leak of 0.2, rate form", line)
        path = self.saved(config={"dt": 20, "tau": 100})
        self.refused(3, "config.tau gives a leak of 0.2, expected 1", path)

    def test_gated_cells(self):
        for kind, other, gates in (("GRU", "LSTM", 3), ("LSTM", "GRU", 4)):
            arrays = {name: np.concatenate(gates * [values]) if name.startswith("rnn.") else values
                      for name, values in self.arrays.items()}
            _, line = self.imported(self.saved(kind, arrays, cell={"mode": kind}))
            self.assertIn(f"; {kind.lower()} with gates", line)
            self.refused(3, f"rnn.class is torch.nn.modules.rnn.{other}, expected {kind} by the shape",
                         self.saved(other, arrays, cell={"mode": other}))

    def test_its_private_attributes(self):
        relu = torchfiles.function("torch.nn.functional.relu")
        for attributes, message in common.some(
                (({"_f": relu}, "_f.activation is 'torch.nn.functional.relu', "),
                 ({"_hparams": {"tau": 100.0}}, "_hparams.tau gives a leak of")),
                ({"_alpha": 0.2}, "_alpha gives a leak of 0.2"),
                ({"_act_fn": "elu"}, "_act_fn is 'elu'")):
            self.refused(3, message, self.saved(cell={"nonlinearity": "tanh"}, **attributes))
        self.check_same(self.weights(self.saved(_version=1, _flat_weights=[1.0], _device="cpu")),
                        self.weights_expected)

    def test_a_module_that_knows_its_owner(self):
        model = self.module()
        model._modules["rnn"].owner = model
        path = self.path(".pt")
        torchfiles.save_zip(path, model)
        self.check_same(self.weights(path), self.weights_expected)


if __name__ == "__main__":
    common.main()
