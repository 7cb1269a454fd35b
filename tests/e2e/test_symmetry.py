"""Networks that are written in another way give the same results, all of them: signs of units, scales,
another basis, another order, as far as each cell allows it."""
import re

import h5py
import numpy as np

import common
import gated_reference

HIDDEN, INPUTS, OUTPUTS, TRIALS, STEPS = 9, 3, 2, 20, 8
LISTS = common.ROOT / "src" / "kernel" / "diagnostics" / "diagnostics.def"
DIAGNOSTICS = [name.lower() for name in re.findall(r"^DIAGNOSTIC\((\w+)\)", LISTS.read_text(), re.M)
               if name.lower() not in {*common.ALWAYS, "ood"}]  # whose trials are a built-in task's
# Rounding itself, and what tells networks apart.
OTHERS = common.TIMES | {"schur_residual", "orthogonality_loss", "weights_hash", "case", "model",
                         "model_identity"}
# Values that networks of this test do not have.
MISSING = {"train_loss", "train_metric"}


def changes(random, kind):
    """S and its inverse: the states of the same network are S h."""
    s = np.eye(HIDDEN)
    if kind == "signs":
        s = np.diag(random.choice([-1.0, 1.0], HIDDEN))
    if kind == "scales":
        s = np.diag(np.exp(random.normal(size=HIDDEN)))
    if kind == "rotation":
        s = np.linalg.qr(random.standard_normal((HIDDEN, HIDDEN)))[0]
    order = random.permutation(HIDDEN)
    return s[order], np.linalg.inv(s)[:, order]


def simple(random, kind):
    """Of units that obey Dale's law where scales leave it."""
    n = HIDDEN
    w = 0.8 * random.standard_normal((n, n)) / np.sqrt(n)
    return {"weight_hh": np.abs(w) * np.sign(w[0]) if kind == "scales" else w,
            "weight_ih": random.standard_normal((n, INPUTS)),
            "weight_hy": random.standard_normal((OUTPUTS, n)), "bias_h": random.normal(size=n) / 4,
            "bias_y": random.normal(size=OUTPUTS) / 4, "h0": np.abs(random.normal(size=n)) / 4}


def moved_simple(arrays, s, inverse):
    new = dict(arrays)
    new["weight_hh"] = s @ arrays["weight_hh"] @ inverse
    new["weight_ih"] = s @ arrays["weight_ih"]
    new["weight_hy"] = arrays["weight_hy"] @ inverse
    new["bias_h"], new["h0"] = s @ arrays["bias_h"], s @ arrays["h0"]
    return new


def moved_gated(cell, arrays, s, inverse):
    """The candidate's rows change their signs, a gate opens as it did."""
    new = dict(arrays)
    for name in ("weight_hh", "weight_ih", "bias_ih", "bias_hh"):
        rows = gated_reference.split(cell, arrays[name])
        new[name] = np.concatenate([(s if gate in "ng" else np.abs(s)) @ rows[gate]
                                    for gate in rows])
    new["weight_hh"] = new["weight_hh"] @ inverse
    new["weight_hy"] = arrays["weight_hy"] @ inverse
    for name in ("h0", "c0"):
        if name in arrays:
            new[name] = s @ arrays[name]
    return new


# Cell, its attributes, and what may be done to its states.
CASES = [("rnn", {}, "signs"), ("rnn", {"leak": 0.4}, "signs"),
         ("rnn", {"leak": 0.4, "leak_form": "current"}, "signs"),
         ("rnn", {"activation": "relu"}, "scales"),
         ("rnn", {"activation": "relu", "leak": 0.4, "leak_form": "current"}, "scales"),
         ("rnn", {"activation": "softplus"}, "order"), ("rnn", {"activation": "sigmoid"}, "order"),
         ("rnn", {"activation": "retanh"}, "order"),
         ("rnn", {"activation": "identity", "leak": 0.4}, "rotation"),
         ("gru", {}, "signs"), ("lstm", {}, "signs")]


class Symmetry(common.TestCase):
    def write(self, name, cell, attributes, arrays, trials):
        with h5py.File(self.folder / f"{name}.h5", "w") as file:
            for key, array in {**arrays, **trials}.items():
                file[key] = array
            file.attrs.update({**attributes, "cell": cell})
            file["trials"].attrs["metric"] = "accuracy" if cell == "gru" else "fvu"

    def test_another_form_of_a_network_changes_no_value(self):
        for i, (cell, attributes, kind) in enumerate(CASES):
            random = np.random.default_rng(100 + i)
            arrays = (simple(random, kind) if cell == "rnn"
                      else gated_reference.network(i, cell, HIDDEN, INPUTS, OUTPUTS))
            trials = {"trials/inputs": random.standard_normal((STEPS, TRIALS, INPUTS)),
                      "trials/targets": random.standard_normal((STEPS, TRIALS, OUTPUTS)),
                      "trials/h0": np.abs(random.normal(size=(TRIALS, HIDDEN))) / 4}
            self.write(f"{i:02}_a", cell, attributes, arrays, trials)
            s, inverse = changes(random, kind)
            trials["trials/h0"] = trials["trials/h0"] @ s.T
            other = (moved_simple(arrays, s, inverse) if cell == "rnn"
                     else moved_gated(cell, arrays, s, inverse))
            self.write(f"{i:02}_b", cell, attributes, other, trials)
        found = self.run_study(common.write_study(
            self.folder / "study.cfg", models=[{"file": "*_?.h5"}], alphas=[0.4, 0.8],
            partitions="all", diagnostics=[
                {"name": name, "measured": 1} if name == "couplings" else name
                for name in DIAGNOSTICS]))
        self.assertTrue((common.job_states(found) == common.DONE).all())
        n = len(CASES)
        for name, values in found.items():
            if name in OTHERS or name.endswith("checksum") or len(values) != 2 * n:
                continue
            if values.dtype.kind == "f" and name not in MISSING:
                self.assertTrue(np.isfinite(values).any(), name)
            for i, (cell, attributes, kind) in enumerate(CASES):
                with self.subTest(value=name, cell=cell, kind=kind, **attributes):
                    first, second = values[2 * i], values[2 * i + 1]
                    if values.dtype.kind == "f":
                        scale = np.max(np.abs(np.nan_to_num(first, posinf=0.0)), initial=0.0)
                        self.assert_close(second, first, rtol=1e-9, atol=1e-12 + 1e-11 * scale)
                    else:
                        np.testing.assert_array_equal(second, first)


if __name__ == "__main__":
    common.main()
