"""The files of a report: hostile names, figures, a machine without gnuplot, odd and large studies."""
import os
import re
import resource
import shutil
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree

import h5py
import numpy as np

import common
import reports
from reports import number, read_csv

MODEL = """it's "100%" <b>&amp; $HOME `x` \\ {é}_^@ %s\nµ,;.h5"""
TASK = """t'<i>"%d%n" \\ `y` $z {µ}_a^b @q & 5%"""
CONSTRUCTION = """c</table><script>alert('1')</script>,"%g"\té\x1bc"""
STUDY = """s'<h1 onclick="x()">%s</title> \\ é"""
FORMULA = "=1+1 \u6a21\u578b " + "x" * 190 + ".h5"
has_gnuplot = unittest.skipUnless(shutil.which("gnuplot"), "needs gnuplot")


def one_line(text):
    return re.sub("[\n\t\x1b]", "?", text)


def files_below(folder):
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


class Names(reports.ReportCase):
    """Every name is hostile; one group has several seeds and one a single one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reports.write_models(cls.folder, [(TASK, CONSTRUCTION, 6, 3, None),
                                          (TASK + "2", "", 5, 1, "accuracy")])
        (cls.folder / "g0s0.h5").rename(cls.folder / MODEL)
        (cls.folder / "g0s2.h5").rename(cls.folder / FORMULA)
        study = reports.write_study(cls.folder, study=STUDY, models=[{"file": "*[0-9µ]*.h5"}])
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", study))
        cls.path = cls.folder / "study.h5"
        cls.out = cls.folder / "it's a <report> %s é"
        cls.done = cls().expect(0, common.schursweep("report", cls.path, "-o", cls.out))

    def svg_texts(self, name):
        (path,) = (self.out / "figures").glob(name)
        return reports.picture_texts(path)

    def test_tables_have_them(self):
        for table in ("jobs", "groups", "comparisons", "thresholds", "similarity"):
            rows = read_csv(self.out / f"{table}.csv")
            self.assertEqual({row["task"] for row in rows}, {TASK, TASK + "2"})
            self.assertEqual({row["construction"] for row in rows}, {one_line(CONSTRUCTION), ""})
        models = {row["model"] for row in read_csv(self.out / "jobs.csv")}
        self.assertEqual(models, {one_line(MODEL), "g0s1.h5", "'" + FORMULA, "g1s0.h5"})

    def test_the_page_shows_them_as_text(self):
        page = self.page(self.out)
        for name in (TASK, one_line(CONSTRUCTION), STUDY):
            self.assertIn(name, page.text)

    @has_gnuplot
    def test_figures_show_them_as_text(self):
        shown = self.svg_texts("heat-map.svg")
        self.assertTrue(any(text.strip().startswith(f"{TASK[:18]}, {CONSTRUCTION[:10]}") or
                            text.strip().startswith(TASK[:18]) for text in shown), shown)
        label = one_line(CONSTRUCTION) + " n6"
        self.assertIn(label, [text.strip() for text in self.svg_texts("sector-size-*-0.svg")])

    @has_gnuplot
    def test_pictures_of_the_page_are_the_files(self):
        page = self.page(self.out)
        examples = ("eigenvalues-", "schur-", "outputs-")  # the page has every model instead
        drawn = ["".join("".join(reports.picture_texts(path)).split())
                 for path in (self.out / "figures").glob("*.svg")
                 if not path.name.startswith(examples)]
        self.assertEqual(sorted("".join(text.split()) for text in page.pictures), sorted(drawn))
        for path in (self.out / "figures").glob("*.svg"):
            tags = {element.tag.rpartition("}")[2] for element in ElementTree.parse(path).iter()}
            self.assertFalse(tags & {"script", "foreignObject", "iframe"})

    @has_gnuplot
    def test_every_script_draws_its_figure_again(self):
        place = self.folder / "again"
        shutil.copytree(self.out / "figures", place)
        drawn = {path.name: path.read_bytes() for path in place.glob("*.svg")}
        scripts = sorted(place.glob("*.gp"))
        self.assertEqual({path.stem for path in scripts}, {name[:-4] for name in drawn})
        for path in place.glob("*.svg"):
            path.unlink()
        if not common.SOAK:  # one of each kind
            scripts = list({re.split(r"-\d", path.stem)[0]: path for path in scripts}.values())
            self.assertGreater(len(scripts), 5)
            drawn = {f"{path.stem}.svg": drawn[f"{path.stem}.svg"] for path in scripts}
        for script in scripts:
            done = subprocess.run(["gnuplot", script.name], cwd=place, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), script.name)
        # Among many scripts in one process, gnuplot leaves out colours that are set already.
        again = {path.name: path.read_bytes() for path in place.glob("*.svg")}
        self.assertEqual({name: self.shapes(text) for name, text in again.items()},
                         {name: self.shapes(text) for name, text in drawn.items()})
        self.assertFalse((place / "gnuplot.log").exists())

    @staticmethod
    def shapes(picture):
        root = ElementTree.fromstring(picture)
        return [(element.tag, (element.text or "").strip(), element.get("d"), element.get("points"),
                 element.get("transform")) for element in root.iter()
                if element.tag.rpartition("}")[2] in ("path", "polygon", "rect", "use", "text",
                                                      "tspan", "circle")]

    def test_names_of_files_are_plain(self):
        for path in (self.out / "figures").iterdir():
            self.assertRegex(path.name, r"^[A-Za-z0-9_-]+\.(gp|dat|svg)$")

    def test_two_reports_are_the_same(self):
        again = self.folder / "again too"
        self.expect(0, common.schursweep("report", self.path, "-o", again))
        first, second = files_below(self.out), files_below(again)
        self.assertEqual(list(first), list(second))
        for name in first:
            date = rb"This page was made by [^<]* on \d{4}-\d\d-\d\d \d\d:\d\d UTC"
            self.assertEqual(re.sub(date, b"", first[name]), re.sub(date, b"", second[name]), name)
        # Another in the place of the first replaces it.
        (again / "jobs.csv").write_text("old")
        self.expect(0, common.schursweep("report", self.path, "-o", again, "-a", "0.6"))
        self.assertEqual(set(files_below(again)), set(second))
        self.assertGreater(len(read_csv(again / "jobs.csv")), 0)
        self.assertIn("alpha = 0.6", self.page(again).text)

    def test_the_terminal_table_is_aligned(self):
        lines = self.done.stdout.split("\n\n")[1].splitlines()
        self.assertGreater(len(lines), 2)
        self.assertEqual(len({len(line) for line in lines}), 1)

    def test_without_gnuplot(self):
        empty = self.folder / "no programs"
        empty.mkdir()
        folder, done = self.report(self.path, "-q", environment={"PATH": str(empty)})
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("gnuplot-nox", done.stderr)
        names = set(files_below(folder))
        scripts = {name for name in names if name.endswith(".gp")}
        self.assertGreater(len(scripts), 10)
        self.assertEqual(names & {name[:-3] + ".svg" for name in scripts}, set())
        self.assertTrue({name[:-3] + ".dat" for name in scripts} <= names)
        page = self.page(folder)
        self.assertEqual(page.pictures, [])
        self.assertIn("gnuplot was not found", page.text)


class OddStudies(reports.ReportCase):
    """Studies of which a part is missing still give a whole report, and gnuplot has no complaint."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usual = cls("make_anew").make_anew()

    def make(self, *groups, **keys):
        """A study of two networks, unless there are groups, with no part missing but by keys."""
        if groups or keys:
            return self.make_anew(*groups, **keys)
        path = self.folder / self._testMethodName / "study.h5"
        shutil.copytree(self.usual.parent, path.parent)
        return path

    def make_anew(self, groups=(("sine", "cayley", 6, 2, None),), **keys):
        place = self.folder / self._testMethodName
        place.mkdir()
        reports.write_models(place, groups)
        self.run_study(reports.write_study(place, **keys))
        return place / "study.h5"

    def check(self, path, figures, *options):
        """`figures`: how many scripts there are; each has its picture where gnuplot is."""
        folder, done = self.report(path, *options)
        page = self.page(folder)
        self.assertNotRegex(page.text, r"\b-?(nan|inf)\b")
        self.assertNotRegex(done.stdout, r"\b-?(nan|inf)\b")
        scripts = {path.stem for path in (folder / "figures").glob("*.gp")}
        self.assertEqual(len(scripts), figures, scripts)
        if shutil.which("gnuplot"):
            self.assertEqual({path.stem for path in (folder / "figures").glob("*.svg")}, scripts)
            self.assertEqual(len(page.pictures), reports.shown_figures(scripts))
        return page, folder

    def test_a_single_case(self):
        _, folder = self.check(self.make([("sine", "", 6, 1, None)]), 9)
        self.assertFalse((folder / "figures" / "gnuplot.log").exists())
        row = read_csv(folder / "groups.csv")[1]
        self.assertEqual((row["n"], row["delta_fvu_sd"], row["delta_fvu_mean_low"]), ("1", "", ""))
        self.assertEqual(row["delta_fvu_mean"], row["delta_fvu_median"])

    def test_a_single_alpha(self):
        page, folder = self.check(self.make(alphas=[0.9]), 8)
        self.assertEqual(read_csv(folder / "thresholds.csv")[0]["mean_tau"], "")
        self.assertIn("1 threshold alpha", page.text)

    def test_the_full_model_alone(self):
        page, folder = self.check(self.make(ablations=["none"]), 5)
        self.assertIn("Nothing is there to be shown", page.text)
        self.assertEqual(read_csv(folder / "comparisons.csv"), [])

    @common.in_the_soak
    def test_a_single_ablation_set(self):
        _, folder = self.check(self.make(ablations=["CC"]), 9)
        self.assertEqual({row["mean_tau"] for row in read_csv(folder / "thresholds.csv")}, {""})
        self.assertFalse((folder / "figures" / "gnuplot.log").exists())

    def test_a_single_unit(self):
        page, _ = self.check(self.make([("sine", "", 1, 3, None)]), 4)
        self.assertIn("nothing to remove", page.text)

    def test_limits_of_epsilon(self):
        self.check(self.make(epsilon=1e300), 9)
        if common.SOAK:
            self.check(self.remake(epsilon=0), 9)

    def remake(self, **keys):
        place = self.folder / self._testMethodName
        self.run_study(reports.write_study(place, "other", **keys))
        return place / "other.h5"

    def test_everything_failed(self):
        path = self.make()
        reports.change_state(path, np.s_[:], common.FAILED)
        reports.change_diagnostics(path, common.FAILED)
        with h5py.File(path, "r+") as file:
            file["n_r"][:] = -1
            for name in ("alpha_gap", "coupling_mass", "spectral_radius", "eigenvalue_re"):
                file[name][:] = np.nan
        page, folder = self.check(path, 0)
        self.assertIn("70 of 70 jobs failed", page.text)
        self.assertEqual({row["n_failed"] for row in read_csv(folder / "groups.csv")}, {"2"})

    def test_everything_pending(self):
        path = self.make()
        reports.change_state(path, np.s_[:], common.PENDING)
        reports.change_diagnostics(path, common.PENDING)
        page, _ = self.check(path, 0)
        self.assertIn("70 of 70 jobs are pending", page.text)

    def test_the_first_alpha_shown_is_pending(self):
        path = self.make()
        reports.change_state(path, np.s_[:, 2], common.PENDING)
        self.check(path, 1)  # change against alpha
        self.check(path, 9, "--alpha", "0.75")

    def test_a_failed_task_is_no_task_without_effect(self):
        path = self.make([("sine", "cayley", 6, 2, None), ("copy", "", 5, 2, None)])
        reports.change_state(path, np.s_[2:], common.FAILED)
        _, folder = self.check(path, 9)
        rows = [line.split() for line in
                (folder / "figures" / "heat-map.dat").read_text().splitlines()[1:] if line]
        self.assertEqual({row[2] for row in rows if row[1] == "0"}, {"NaN"})
        self.assertNotIn("NaN", {row[2] for row in rows if row[1] == "1"})

    def test_none_converged(self):
        path = self.make()
        with h5py.File(path, "r+") as file:
            file["converged"][:] = 0
        page, folder = self.check(path, 0, "--converged-only")
        self.assertIn("2 networks below the training target, left out", page.text)
        self.assertEqual(read_csv(folder / "groups.csv"), [])
        self.assertEqual(len(read_csv(folder / "jobs.csv")), 64)

    def test_enormous_values(self):
        path = self.make()
        with h5py.File(path, "r+") as file:
            for name in ("fvu", "delta_fvu", "distance", "sensitivity"):
                file[name][:, :, 1:] = 1e308
        folder, _ = self.report(path)
        self.page(folder)
        self.assertEqual(number(read_csv(folder / "jobs.csv")[1]["fvu"]), 1e308)


class LargeStudy(reports.ReportCase):
    def test_it_is_quick_and_small(self):
        """Some cases x 51 alphas x 8 sets, no two values alike."""
        n_seeds = 5 if common.SOAK else 1
        n_cases = 12 * n_seeds
        groups = [("copy", name, hidden, n_seeds, "accuracy") for name in ("a", "b", "c", "d")
                  for hidden in (5, 6, 7)]
        reports.write_models(self.folder, groups, steps=4, count=4)
        study = reports.write_study(self.folder, alphas={"from": 0.5, "to": 1.0, "count": 51})
        self.run_study(study)
        path, random = self.folder / "study.h5", np.random.default_rng(3)
        with h5py.File(path, "r+") as file:
            self.assertEqual(file["fvu"].shape, (n_cases, 51, 8))
            for name in reports.MEASURES:
                file[name][:] = random.random((n_cases, 51, 8))
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        folder, _ = self.report(path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{seconds:.1f} s of processor, {time.monotonic() - start:.1f} s, "
              f"{after.ru_maxrss / 1024:.0f} MB", file=sys.stderr)
        self.assertEqual(len(read_csv(folder / "jobs.csv")), n_cases * 51 * 8)
        self.assertLess(seconds, n_cases / 6 * common.slowdown())
        if common.SLOWDOWN == 1:
            self.assertLess(after.ru_maxrss, 500 * 1024)
        self.assertLess(os.path.getsize(folder / "report.html"), 20e6)

    @common.in_the_soak
    def test_many_models(self):
        """3,400 models x 51 thresholds x 8 sets: the report takes about as long as the sweep."""
        random = np.random.default_rng(1)
        for k in range(3400):
            with h5py.File(self.folder / f"{k:04}.h5", "w") as file:
                file["weight_hh"] = random.standard_normal((16, 16)) * 0.275
                file["weight_ih"] = random.standard_normal((16, 2))
                file["weight_hy"] = random.standard_normal((2, 16)) / 4
                inputs = random.standard_normal((10, 16, 2))
                file["trials/inputs"] = inputs
                file["trials/targets"] = np.cumsum(inputs, 0) * 0.2
                file["trials"].attrs["metric"] = "fvu"
                file.attrs["task"], file.attrs["construction"] = f"task{k % 4}", f"c{k % 3}"
                file.attrs["seed"] = k
        self.run_study(reports.write_study(self.folder, "many", "[0-9]*.h5",
                                           alphas={"from": 0.5, "to": 1.0, "count": 51}))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        folder, done = self.report(self.folder / "many.h5")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        size = os.path.getsize(folder / "report.html")
        print(f"{seconds:.1f} s of processor, {after.ru_maxrss / 1024:.0f} MB, page {size / 1e6:.1f} MB",
              file=sys.stderr)
        self.assertLess(seconds, 15 * common.slowdown())
        self.assertLess(size, 5e6)
        if common.SLOWDOWN == 1:
            self.assertLess(after.ru_maxrss, 500 * 1024)
        self.assertFalse((folder / "jobs.csv").exists())
        self.assertIn("jobs.csv would have 1387200 rows", done.stderr)
        self.assertIn("too large for the values of single seeds", self.page(folder).text)


if __name__ == "__main__":
    common.main()
