"""What --json prints is what docs/json.md says, and jq reads it."""
import json
import re
import shutil
import subprocess

import h5py
import numpy as np

import common
import models

TYPES = {"whole": int, "text": str, "texts": str, "true": bool}


def documented():
    """title: [{member: what it is}], a table each"""
    text = (common.ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    found = {}
    for title, body in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.M | re.S):
        for table in re.findall(r"^\|---\|---\|\n((?:\|.*\n)+)", body, re.M):
            rows = re.findall(r"^\| (.*?) \| (.*) \|$", table, re.M)
            found.setdefault(title, []).append(
                {name: is_ for names, is_ in rows for name in re.findall("`([^`]+)`", names)})
    return found


def members(value, name=""):
    """(path, value) of everything in it"""
    if isinstance(value, dict):
        if name:
            yield name, value
        for key, inner in value.items():
            yield from members(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        yield name, value
        for inner in value:
            yield from members(inner, f"{name}[]")
    else:
        yield name, value


class Json(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = documented()
        for seed in (0, 1):
            model = models.network(seed, 10)
            common.write_model(cls.folder / f"m{seed}.h5", model, models.trials_for(model, seed))
        cls.study = common.write_study(
            cls.folder / "s.cfg", models=[{"file": "m?.h5"}], alphas=[0.65, 0.9], output="out.h5")
        cls.path = cls.folder / "out.h5"
        cls.run_done = common.schursweep("run", "--json", "--progress", "json", cls.study, ranks=2)

    def value(self, done, code=0):
        """As jq reads it, which keeps what it can hold."""
        self.expect(code, done)
        self.jq(done.stdout)
        return json.loads(done.stdout, parse_constant=self.fail)  # no NaN, no Infinity

    def jq(self, text):
        if shutil.which("jq"):
            done = subprocess.run(["jq", "-e", "-c", "."], input=text, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def check(self, command, value, table=0, may_lack=()):
        """The members of the manual and no others, each of its type or null."""
        rows = self.tables[command][table]
        seen = set()
        for name, inner in members(value):
            leads_on = any(known.startswith((name + ".", name + "[]")) for known in rows)
            if not leads_on and not name.startswith("groups[]."):  # report.md has those
                self.assertIn(name, rows, command)
            seen.add(name)
            kind = TYPES.get(re.split(r"\W", rows.get(name, ""))[0])
            if kind and inner is not None:
                self.assertIs(type(inner), kind, (command, name, inner))
        self.assertEqual(set(rows) - seen - set(may_lack), set(), command)

    def test_run(self):
        found = self.value(self.run_done)
        self.check("run", found)
        self.assertEqual((found["state"], found["failed"], found["exit_code"]), ("complete", 0, 0))
        lines = [line for line in self.run_done.stderr.splitlines() if line.startswith("{")]
        told = [json.loads(line) for line in lines]
        self.jq("\n".join(lines))
        self.assertEqual([line["end"] for line in told], [False] * (len(told) - 1) + [True])
        self.assertEqual(told[-1]["done"], found["done"])
        for line in told:
            self.check("run", line, 1, {f"training.{name}" for name in ("model", "step", "steps", "loss")})
        self.assertEqual(self.value(common.schursweep("run", "--json", self.study))["done"], found["done"])

    def test_compare(self):
        study = common.write_study(self.folder / "pairs.cfg", models=[{"file": "m?.h5"}], alphas=[0.9],
                                   partitions="all")
        self.expect(common.COMPLETE, common.schursweep("run", "-q", study))
        line = ("compare", "--json", study.with_suffix(".h5"))
        for done in (common.schursweep(*line, ranks=2), common.schursweep(*line)):  # new, and there already
            found = self.value(done)
            self.check("run", found)
            self.assertEqual((found["state"], found["jobs"], found["done"]), ("complete", 3, 3))
        self.assertEqual(found["output"], str(self.folder / "pairs.pairs.h5"))

    def test_a_run_that_is_stopped_or_refused(self):
        study = common.write_study(self.folder / "stop.cfg", models=[{"file": "m?.h5"}], alphas=[0.9],
                                   output="stopped.h5")
        found = self.value(common.schursweep("run", "--json", "--time-limit", "0", study), 75)
        self.check("run", found)
        self.assertEqual((found["state"], found["exit_code"], found["done"]), ("stopped", 75, 0))
        self.assertGreater(found["pending"], 0)
        self.assertEqual(common.schursweep("run", "--json", self.folder / "none.cfg").stdout, "")

    def test_show_status_plan_report_doctor(self):
        rows = self.value(common.schursweep("show", "--json", self.path))
        self.assertEqual({row["alpha"] for row in rows}, {0.65, 0.9})
        self.check("status", self.value(common.schursweep("status", "--json", self.path)),
                   may_lack={f"models.furthest[].{name}" for name in ("model", "step", "steps", "loss")})
        plan = common.schursweep("plan", "--json", self.study)
        team = [name for name in self.tables["plan"][0] if name.startswith("team.")]
        self.check("plan", self.value(plan), may_lack=team)
        self.assertRegex(plan.stdout, r"\n    0\.65,\n    0\.9\n")  # no digit more
        report = common.schursweep("report", "--json", self.path, "-o", self.folder / "report")
        self.check("report", self.value(report))
        doctor = common.schursweep("doctor", "--json", cwd=self.folder)
        self.check("doctor", self.value(doctor, doctor.returncode))

    def test_verify(self):
        found = self.value(common.schursweep("verify", "--json", "--sample", "100%", self.path))
        self.check("verify", found)
        self.assertEqual(found["recomputed"]["same_bits"], found["checksums"]["done"])
        damaged = self.folder / "damaged.h5"
        shutil.copy(self.path, damaged)
        with h5py.File(damaged, "r+") as file:
            file["fvu"][0, 0, 1] += 1.0
        found = self.value(common.schursweep("verify", "--json", damaged), 6)
        self.check("verify", found)
        self.assertEqual((found["exit_code"], found["checksums"]["damaged"]), (6, 1))
        self.assertIn("1 finished jobs fail their checksum", found["message"])

    def test_import(self):
        folder = self.folder / "files"
        folder.mkdir()
        for seed in (0, 1):
            model = models.network(seed, 10)
            np.savez(folder / f"w{seed}.npz", W_rec=model.weight_hh, W_in=model.weight_ih,
                     W_out=model.weight_hy)
        np.savez(folder / "w2.npz", W_rec=np.full((3, 3), np.nan))
        trials = models.trials_for(models.network(0, 10), 0)
        np.savez(self.folder / "t.npz", inputs=trials.inputs, targets=trials.targets)
        line = ("import", "--json", folder / "*.npz", "-o", self.folder / "lab", "--trials",
                self.folder / "t.npz")
        for state in ("imported", "there already"):
            done = common.schursweep(*line)
            found = self.value(done, 8)
            self.check("import", found)
            self.assertEqual([file["state"] for file in found["files"]], [state, state, "failed"])
            self.assertIn("no input matrix", found["files"][2]["message"])
            self.assertEqual(found["files"][0]["network"]["hidden"], 10)
            self.assertIsNone(found["files"][0]["trials"]["accuracy"])
        found = self.value(common.schursweep("import", "--json", folder / "w2.npz", "-o",
                                             self.folder / "one.h5"), 3)
        self.assertEqual(found["files"][0]["state"], "failed")
        none = common.schursweep("import", "--json", folder / "*.pt", "-o", self.folder / "lab")
        self.assertEqual((none.returncode, none.stdout), (3, ""))


if __name__ == "__main__":
    common.main()
