"""The Python in the manuals runs as it stands, on results of a small study; what they repeat of the
code is compared with it."""
import contextlib
import importlib.util
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest
from types import SimpleNamespace

import h5py
import numpy as np

import common
import reports

GROUPS = [("sine", "cayley", 6, 3, None), ("copy", "dense_normal", 5, 2, "accuracy")]
# The HDF5 paths of every object that docs/results.md must name.
RUN = ("/run/epochs", "/run/attempts", "/run/faults", "/run/training", "/run/surveys")


def manual(name):
    return (common.ROOT / name).read_text(encoding="utf-8")


def blocks(name):
    return re.findall(r"^```python\n(.*?)^```$", manual(name), re.MULTILINE | re.DOTALL)


class Tensor(np.ndarray):
    """As much of a PyTorch tensor as the manuals use."""

    def detach(self):
        return self

    def numpy(self):
        return np.asarray(self)


def tensor(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).view(Tensor)


class Manuals(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reports.write_models(cls.folder, GROUPS)
        study = reports.write_study(cls.folder, "results")
        cls.partitions = reports.write_study(cls.folder, "partitions", partitions="all")
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", study))
        (cls.folder / "results").mkdir()
        shutil.copy(cls.folder / "results.h5", cls.folder / "results" / "quickstart.h5")
        cls.path = cls.folder / "results.h5"

    def execute(self, block, names):
        """What it prints, run in the folder of the study."""
        printed = io.StringIO()
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(block, "manual", "exec"), names)
        finally:
            os.chdir(before)
        return printed.getvalue()

    def test_snippets_of_the_results_manual(self):
        names = {}
        printed = [self.execute(block, names) for block in blocks("docs/results.md")]
        self.assertGreaterEqual(len(printed), 4)
        data = common.read_results(self.path)
        there = data["removed_mass"] > 1e-12
        changes = np.where(there, data["delta_fvu"], np.nan)[:, 2]
        sets = list(data["ablation"])
        means = {line.split()[0]: line.split()[1:] for line in printed[0].splitlines()
                 if line.startswith(("RR", "CR", "CC"))}
        rows = [line.split()[-9:] for line in printed[1].splitlines()[2:]]
        self.assertEqual((len(means), len(rows)), (7, 14))
        for t, task in enumerate(("copy", "sine")):
            for row in rows[7 * t:7 * t + 7]:
                values = changes[data["task"] == task, sets.index(row[0])]
                values = values[np.isfinite(values)]
                self.assertEqual(float(row[1]), len(values))  # seeds, not seeds x thresholds
                self.assert_close(float(row[2]), values.mean(), rtol=1e-4, atol=1e-6)
                self.assert_close(float(means[row[0]][t]), values.mean(), rtol=1e-4, atol=1e-6)
                if len(values) > 1:
                    self.assert_close(float(row[3]), values.std(ddof=1), rtol=1e-4, atol=1e-6)
        shares = {line.split()[0]: float(line.split()[1]) for line in printed[2].splitlines()
                  if line.startswith(("RR", "CR", "CC"))}
        stable = np.where(there, data["stabilizer"], np.nan)[:, 2]
        self.assert_close([shares["CC"], shares["RR+CR+CC"]],
                          [np.nanmean(stable[:, 3]), np.nanmean(stable[:, 7])], atol=1e-6)
        self.assertEqual(len((self.folder / "jobs.csv").read_text().splitlines()), 1 + 5 * 4 * 8)
        self.assertIn(str(data["n_r"][0, 2]), printed[3])

    def test_snippets_of_the_readme(self):
        first, second, third = blocks("README.md")
        self.assertIn("delta_fvu", self.execute(first, {}))
        if importlib.util.find_spec("torch") is not None:
            self.import_a_module(second)
        (self.folder / "lab").mkdir(exist_ok=True)
        self.execute(third, {
            "rnn": SimpleNamespace(weight_hh_l0=tensor(7, 7) / 3, weight_ih_l0=tensor(7, 2),
                                   bias_ih_l0=tensor(7), bias_hh_l0=tensor(7)),
            "readout": SimpleNamespace(weight=tensor(3, 7), bias=tensor(3)),
            "inputs": np.asarray(tensor(9, 4, 2)), "targets": np.asarray(tensor(9, 4, 3))})
        study = reports.write_study(self.folder, "own", "lab/mine-seed1.h5")
        self.assertEqual(self.run_study(study)["hidden"], [7])

    def import_a_module(self, block):
        """The five lines of the manual: they, and the command that follows them."""
        import torch
        model = torch.nn.ModuleDict({"rnn": torch.nn.RNN(2, 7), "readout": torch.nn.Linear(7, 3)})
        self.execute(block, {"model": model, "inputs": np.asarray(tensor(9, 4, 2)),
                             "targets": np.asarray(tensor(9, 4, 3))})
        command = re.search("^schursweep (import .*)$", manual("README.md"), re.MULTILINE)[1]
        told = common.schursweep(*shlex.split(command), cwd=self.folder)
        self.assertIn("rnn.weight_hh_l0", self.expect(0, told).stdout + told.stderr)
        with h5py.File(self.folder / "lab" / "mine-seed0.h5") as file:
            np.testing.assert_array_equal(file["weight_hh"][:], model["rnn"].weight_hh_l0.detach())

    def test_every_attribute_and_object_is_described(self):
        text = manual("docs/results.md")
        with h5py.File(self.path) as file:
            groups = [f"/{group}/{name}" for group in ("run", "tasks") for name in file[group]]
            for name in [*file.attrs, *groups]:
                self.assertIn(f"`{name}`", text)
            self.assertEqual({name for name in groups if name.startswith("/run/")}, set(RUN))
            for name in file["run/epochs"].dtype.names:
                self.assertIn(f"`{name}`", text)

    def test_the_tables_of_variables_are_those_of_a_fresh_file(self):
        self.run_study(self.partitions)
        page = self.folder / "results.md"
        shutil.copy(common.ROOT / "docs" / "results.md", page)
        script = common.ROOT / "scripts" / "results_doc.py"
        subprocess.run([sys.executable, script, self.folder / "partitions.h5", page], check=True)
        self.assertEqual(page.read_text("utf-8"), manual("docs/results.md"),
                         "scripts/results_doc.py RESULTS docs/results.md writes them")
        with h5py.File(self.folder / "partitions.h5") as file:
            names = {name for name, item in file.items() if "long_name" in item.attrs}
            namesakes = {f"partition_{name}" for name in names} & names
        self.assertEqual(len(namesakes), 11 + 1)  # of all measures and fields of a job, and of n_r
        for name in names - namesakes | {"partition_n_r"}:
            self.assertIn(f"\n| `{name}` | ", manual("docs/results.md"))

    def test_every_table_and_figure_is_described(self):
        text = manual("docs/report.md")
        out = self.folder / "report"
        self.expect(0, common.schursweep("report", self.path, "-o", out))
        for path in out.glob("*.csv"):
            self.assertIn(f"`{path.name}`", text)
        kinds = {re.sub(r"-(sine|copy).*", "-*", path.stem)
                 for path in (out / "figures").glob("*.gp")}
        self.assertEqual(len(kinds), 11)
        for kind in kinds:
            self.assertIn(f"`{kind}`", text)

    @unittest.skipUnless(shutil.which("gnuplot"), "needs gnuplot")
    def test_a_figure_is_restyled_as_the_manual_says(self):
        out = self.folder / "restyled"
        self.expect(0, common.schursweep("report", self.path, "-o", out / "report"))
        commands = re.findall(r"^```\n(cd report/figures\n.*?)^```$", manual("docs/report.md"),
                              re.MULTILINE | re.DOTALL)
        commands = commands[0].replace("pdfcairo size 8cm,6cm", "dumb").replace(".pdf", ".txt")
        done = subprocess.run(["bash", "-euc", commands], cwd=out, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("RR", (out / "report" / "figures" / "heat-map.txt").read_text())

    def test_the_tools_of_hdf5_and_netcdf_read_the_file(self):
        for tool in (["h5dump", "-H"], ["ncdump", "-h"]):
            with self.subTest(tool=tool[0]):
                if shutil.which(tool[0]) is None and not os.environ.get("CI"):
                    self.skipTest(f"no {tool[0]}")
                done = subprocess.run([*tool, str(self.path)], capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("delta_fvu", done.stdout)


@unittest.skipIf(importlib.util.find_spec("torch") is None, "no PyTorch: on Debian, python3-torch")
@unittest.skipUnless(shutil.which("gnuplot"), "needs gnuplot")
class Tutorial(common.TestCase):
    """docs/tutorial.py runs as it stands, and says what the results say."""

    def test_from_a_network_of_pytorch_to_a_figure(self):
        done = subprocess.run([sys.executable, common.ROOT / "docs" / "tutorial.py", self.folder / "t"],
                              capture_output=True, text=True, cwd=self.folder,
                              env={**os.environ, "SCHURSWEEP": common.program()})
        self.assertEqual(done.returncode, 0, done.stderr)
        data = common.read_results(self.folder / "t" / "memory.h5")
        self.assertEqual(list(data["seed"]), [0, 1, 2])
        self.assertLess(data["fvu"][:, 1, 0].max(), 0.2)  # they have learned it
        there = np.where(data["removed_mass"] > 1e-12, data["delta_fvu"], np.nan)[:, 1]
        told = dict(re.findall(r"^([RC+]+) +(\S+)$", done.stdout, re.MULTILINE))
        self.assertEqual(len(told), 7)
        for s, name in enumerate(data["ablation"]):
            if name != "none":
                self.assert_close(float(told[name]), np.nanmean(there[:, s]), atol=6e-4)
        figure = re.search("^the figure: (.*)$", done.stdout, re.MULTILINE)[1]
        self.assertIn("RR+CR", reports.picture_texts(figure))


class ImportTables(unittest.TestCase):
    """docs/models.md lists what import knows: key_rules.def, checks.def, the names of trials."""

    PARTS = {"W_hh": "RECURRENT", "W_ih": "INPUT", "b_h": "BIAS", "W_hy": "READOUT",
             "b_y": "READOUT_BIAS", "h_0": "INITIAL_STATE", "c_0": "CELL_STATE",
             "signs": "DALE_SIGN"}

    def setUp(self):
        self.text = manual("docs/models.md")
        self.rules = {}  # role: {name: group}
        for name, role, rest in re.findall(r'^KEY\("([^"]+)", (\w+)(.*)\)$',
                                           manual("src/import/key_rules.def"), re.MULTILINE):
            group = re.search(r"\.group = (\d+)", rest)
            self.rules.setdefault(role, {})[name] = int(group[1]) if group else 0

    def section(self, title):
        return re.search(rf"^## {title}\n(.*?)^## ", self.text, re.MULTILINE | re.DOTALL)[1]

    def test_every_usual_name_of_a_part_and_no_other(self):
        rows = dict(re.findall(r"^\| (\w+) \| (.*?) \| `--", self.section("Names"), re.MULTILINE))
        self.assertEqual(set(rows), set(self.PARTS))
        for part, role in self.PARTS.items():
            with self.subTest(part):
                listed = re.findall("`([^`]+)`", rows[part])
                self.assertCountEqual([name for name in listed if not re.match(r"[X*]\.", name)],
                                      self.rules[role])

    def test_the_sums_of_biases(self):
        row = re.search(r"^\| b_h \| (.*?) \| `--", self.text, re.MULTILINE)[1]
        groups = [{self.rules["BIAS"][name] for name in re.findall("`([^`]+)`", item)}
                  for item in row.split(", ")]
        sums = [group for item, group in zip(row.split(", "), groups) if "+" in item]
        self.assertEqual(sorted(sums, key=min), [{i + 1} for i in range(len(sums))])
        self.assertEqual(sum(group == {0} for group in groups), len(groups) - len(sums))

    def test_every_check_and_the_names_it_looks_at(self):
        section = self.section("What is refused")
        refused = [name for path in (common.ROOT / "src/import/checks").glob("*.c")
                   for name in re.findall(r'\.name = "([^"]+)"', path.read_text(encoding="utf-8"))]
        listed = re.findall(r"^\w+\((\w+)\)$", manual("src/import/checks/checks.def"), re.MULTILINE)
        self.assertEqual(len(refused), len(listed))
        for name in refused:
            self.assertIn(f"**{name}**", section)
        for bullet, roles in {"a leak": ("LEAK", "STEP", "TIME"),
                              "another nonlinearity": ("NONLINEARITY",)}.items():
            text = re.search(rf"^- \*\*{bullet}\*\*(.*?)[;.]\n", section, re.MULTILINE | re.DOTALL)[1]
            self.assertCountEqual(re.findall("`([^`]+)`", text),
                                  [name for role in roles for name in self.rules[role]])

    def test_the_names_of_trials(self):
        section = re.search(r"^## Trials\n(.*)", self.text, re.MULTILINE | re.DOTALL)[1]
        lists = re.findall(r"_NAMES\[\] = \{(.*?), NULL\}", manual("src/import/trials.c"))
        self.assertEqual(len(lists), 5)
        for name in re.findall(r'"(\w+)"', " ".join(lists)):
            self.assertIn(f"`{name}`", section)


class Links(unittest.TestCase):
    """What manuals refer to is there."""

    @staticmethod
    def anchors(path):
        titles = re.findall("^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
        return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}

    def test_every_link_leads_to_a_file_and_a_title(self):
        n_found = 0
        for pattern in ("*.md", "docs/*.md", "slurm/*.md", "packaging/*.md", "tests/*.md"):
            for page in common.ROOT.glob(pattern):
                for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
                    if "://" in link:
                        continue
                    name, _, anchor = link.partition("#")
                    target = page.parent / name if name else page
                    self.assertTrue(target.exists(), f"{page.name}: {link}")
                    if anchor:
                        self.assertIn(anchor, self.anchors(target), f"{page.name}: {link}")
                    n_found += 1
        self.assertGreater(n_found, 50)

    def test_every_manual_is_in_the_index(self):
        index = manual("docs/README.md")
        for path in (common.ROOT / "docs").iterdir():
            if path.suffix in (".md", ".py") and path.name != "README.md":
                self.assertIn(f"({path.name})", index)

    def test_one_version_everywhere(self):
        versions = {re.search(pattern, manual(name), re.MULTILINE)[1] for name, pattern in (
            ("CMakeLists.txt", r"^project\(schursweep VERSION ([\d.]+)"),
            ("CITATION.cff", r"^version: ([\d.]+)"), ("CHANGELOG.md", r"^## \[([\d.]+)\]"),
            ("packaging/conda/meta.yaml", r'^  version: "([\d.]+)"'))}
        self.assertEqual(len(versions), 1, versions)

    def test_the_gallery_is_small_and_shows_all_its_pictures(self):
        text = manual("docs/gallery.md")
        pictures = list((common.ROOT / "docs" / "gallery").iterdir())
        self.assertLess(sum(path.stat().st_size for path in pictures), 500e3)
        self.assertEqual({path.name for path in pictures},
                         set(re.findall(r"\(gallery/([^)]+)\)", text)))


class Architecture(unittest.TestCase):
    """docs/architecture.md tells the folders, the lists and the files as they are."""

    def setUp(self):
        self.text = manual("docs/architecture.md")
        self.links = {}  # folder: those that it may include
        for name, rest in re.findall(r"^add_folder\((\w+)(.*?)\)$", manual("src/CMakeLists.txt"),
                                     re.MULTILINE | re.DOTALL):
            links = re.search(r"LINKS((?: +\w+)+?)\s*(?:LIBRARIES|$)", rest)
            self.links[name] = set(links[1].split()) if links else set()

    def test_every_arrow_of_the_folders_and_no_other(self):
        folders = {path.name for path in (common.ROOT / "src").iterdir() if path.is_dir()}
        self.assertEqual(set(self.links), folders)
        rows = re.findall(r"^\| `(\w+)` \| ([\w, -]+) \| [^|]*\|$", self.text, re.MULTILINE)
        self.assertEqual({name: set(re.findall(r"\w+", links)) for name, links in rows}, self.links)

    def test_includes_go_downwards_in_the_picture(self):
        picture = re.search(r"^```\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)[1].split("\n")
        line = {name: min(i for i, text in enumerate(picture) if name in re.findall(r"\w+", text))
                for name in self.links}
        for name, links in self.links.items():
            for other in links:
                self.assertLess(line[name], line[other], f"{name} includes {other}")

    def test_every_list_and_its_line(self):
        rows = dict(re.findall(r"^\| `([\w/]+\.def)` \| `(.*?)` \|", self.text, re.MULTILINE))
        found = {str(path.relative_to(common.ROOT / "src"))
                 for path in (common.ROOT / "src").rglob("*.def")}
        self.assertEqual(set(rows), found)
        for path, line in rows.items():
            begin = line.removesuffix(")")
            self.assertRegex(manual(f"src/{path}"), f"(?m)^{re.escape(begin)}[,)]")

    def test_every_file_of_the_known_problems(self):
        for row in re.findall(r"^\|.*\|(.*)\|$", manual("docs/known_problems.md"), re.MULTILINE):
            for path in re.findall(r"`([^`]+)`", row):
                self.assertTrue(list(common.ROOT.glob(path)), path)

    def test_every_file_function_and_test_that_it_names(self):
        source = "".join(path.read_text(encoding="utf-8", errors="replace")
                         for path in (common.ROOT / "src").rglob("*") if path.is_file())
        words = set(re.findall(r"\w+", source + manual("tests/lists/CMakeLists.txt")))
        structs = set(re.findall(r"^struct (\w+) {$", source, re.MULTILINE))
        for path in re.findall(r"`((?:[\w.*-]+/)+[\w.*-]+\.\w+)`", self.text):
            top = path.split("/")[0] in ("src", "tests")
            self.assertTrue(list((common.ROOT if top else common.ROOT / "src").glob(path)), path)
        self.assertLessEqual(set(re.findall(r"`(\w+_\w+)`", self.text)), words)
        self.assertLessEqual(set(re.findall(r"`struct (\w+)`", self.text)), structs)
        for folder, name in re.findall(r"`(e2e|study|kernel|cli)\.(\w+)`", self.text):
            self.assertTrue(list((common.ROOT / "tests" / folder).rglob(f"test_{name}.*")),
                            f"{folder}.{name}")


if __name__ == "__main__":
    common.main()
