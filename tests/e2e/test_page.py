"""The page of a report in a browser: what a click, a choice and a narrow window do, against the tables."""
import base64
import functools
import json
import re
import shutil
import struct
import subprocess
import unittest
import zlib

import h5py
import numpy as np

import common
import reports
from reports import number, read_csv
from test_report_files import CONSTRUCTION, FORMULA, MODEL, STUDY, TASK, one_line

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
GROUPS = [("sine", "dense_normal", 10, 6, None), ("copy", "cayley", 8, 4, "accuracy")]
ALPHAS = [0.6, 0.9, 1.0]

BEFORE = """<script>window.faults = [];
addEventListener("error", e => faults.push(e.message));
addEventListener("securitypolicyviolation", e => faults.push(e.blockedURI));</script>"""
AFTER = """<script>addEventListener("load", () => {
const find = (selector, root = document) => [...root.querySelectorAll(selector)];
const texts = (selector, root = document) => find(selector, root).map(e => e.textContent);
const choose = (name, value) => { const select = document.querySelector(`select[name=${name}]`);
    select.value = value; select.dispatchEvent(new Event("change")); };
const cell = (g, s) => document.querySelector(`.cell[data-g="${g}"][data-s="${s}"]`);
const visible = rows => rows.filter(e => e.getClientRects().length > 0);
const found = {};
try { BODY } catch (e) { faults.push(String(e)); }
found.faults = faults;
if (parent === window) document.body.textContent = JSON.stringify(found);
else parent.answers[NAME] = found;
});</script>"""
# Several pages at once: to start the browser takes longest.
FRAMES = """<body><script>window.answers = {};
addEventListener("load", () => { document.body.textContent = JSON.stringify(answers); });
</script>"""


def asks(body, width=1280):
    """The script of a test, which is given what it finds; scripts of a class have one start."""
    def mark(test):
        @functools.wraps(test)
        def with_answer(self):
            found = self.answers[test.__name__]
            self.assertEqual(found["faults"], [])
            test(self, found)
        with_answer.asked = body, width
        return with_answer
    return mark


class PageCase(reports.ReportCase):
    @classmethod
    def make(cls, study):
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", study))
        cls.out = cls.folder / "report"
        cls().expect(0, common.schursweep("report", "-q", cls.folder / "study.h5", "-o", cls.out))
        cls.text = (cls.out / "report.html").read_text(encoding="utf-8")
        cls.groups = read_csv(cls.out / "groups.csv")
        cls.jobs = read_csv(cls.out / "jobs.csv")

    @classmethod
    def chromium(cls, page, *options):
        return subprocess.run(
            [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--allow-file-access-from-files", f"--user-data-dir={cls.folder / 'browser'}",
             "--window-size=1280,800", *options, page.as_uri()],
            capture_output=True, text=True, timeout=300, check=True)

    @classmethod
    def write_page(cls, text, body, name):
        page = cls.out / f"{name}.html"
        page.write_text(text.replace("<head>", "<head>" + BEFORE, 1)
                        + AFTER.replace("BODY", body).replace("NAME", json.dumps(name)),
                        encoding="utf-8")
        return page

    @classmethod
    def answer(cls, page):
        """The text of its body, which is JSON, when all is loaded."""
        done = cls.chromium(page, "--dump-dom")
        return json.loads(re.search(r"<body[^>]*>(.*)</body>", done.stdout, re.S).group(1)
                          .replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))

    def browse(self, body):
        """What a script, run in the page when it is loaded, puts into `found`."""
        found = self.answer(self.write_page(self.text, body, "page"))
        self.assertEqual(found["faults"], [])
        return found

    @classmethod
    def browse_all(cls):
        """The answers to all that tests of the class ask of its page."""
        text = FRAMES
        for name, test in vars(cls).items():
            if hasattr(test, "asked"):
                body, width = test.asked
                page = cls.write_page(cls.text, body, name)
                text += f'<iframe src="{page.name}" width="{width}" height="800"></iframe>\n'
        frames = cls.out / "frames.html"
        frames.write_text(text)
        cls.answers = cls.answer(frames)


@unittest.skipUnless(BROWSER, "needs chromium")
class Names(PageCase):
    """Tags, quotes, formulas, escape sequences and long names are texts of the page."""

    def test_they_are_shown_as_text(self):
        reports.write_models(self.folder, [(TASK, CONSTRUCTION, 6, 3, None)])
        for name, other in (("g0s0.h5", MODEL), ("g0s2.h5", FORMULA)):
            (self.folder / name).rename(self.folder / other)
        self.make(reports.write_study(self.folder, study=STUDY, alphas=ALPHAS,
                                      models=[{"file": "*[0-9µ]*.h5"}]))
        found = self.browse("""
            choose("alpha", 0);
            choose("measure", 1);
            cell(0, 7).click();
            found.sentence = texts(".findings li")[0];
            found.heading = texts("#seeds h3")[0];
            found.models = find("#seeds tbody tr").map(row => row.cells[1].textContent);
            found.drawn = texts("svg text");
            found.page = [document.documentElement.scrollWidth, innerWidth];""")
        self.assertIn(TASK, found["sentence"])
        self.assertIn(one_line(CONSTRUCTION), found["heading"])
        self.assertEqual(len(found["models"]), 3)
        self.assertTrue({one_line(MODEL)[:-3], FORMULA[:-3]} <= set(found["models"]), found["models"])
        self.assertIn(one_line(CONSTRUCTION) + " n6", found["drawn"])
        self.assertLessEqual(*found["page"])


@unittest.skipUnless(BROWSER, "needs chromium")
class Browser(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reports.write_models(cls.folder, GROUPS)
        cls.make(reports.write_study(cls.folder, alphas=ALPHAS))
        cls.browse_all()

    def row(self, task, ablation, alpha):
        (row,) = [row for row in self.groups if row["task"] == task
                  and row["ablation"] == ablation and number(row["alpha"]) == alpha]
        return row

    def values(self, task, ablation, alpha, column):
        return {row["seed"]: number(row[column]) for row in self.jobs if row["task"] == task
                and row["ablation"] == ablation and number(row["alpha"]) == alpha
                and row["empty"] == "0"}

    @asks("""
        found.first = texts(".findings li");
        found.main = cell(1, 7).textContent;
        choose("alpha", 0);
        found.other = cell(1, 7).textContent;
        found.sentences = texts(".findings li");
        found.rows = new Set(visible(find("#task1 ~ details tr[data-a]")).map(e => e.dataset.a)).size;
        find("details").forEach(e => { e.open = true; });
        found.alphas = [...new Set(visible(find("tr[data-a]")).map(e => e.dataset.a))];
        choose("measure", 1);
        found.accuracy = cell(0, 7).textContent;
        choose("measure", 2);
        found.distance = cell(1, 7).textContent;""")
    def test_what_is_chosen_is_shown(self, found):
        for text, task, alpha, measure in (
                (found["main"], "sine", 0.9, "delta_fvu"), (found["other"], "sine", 0.6, "delta_fvu"),
                (found["accuracy"], "copy", 0.6, "accuracy"), (found["distance"], "sine", 0.6, "distance")):
            row = self.row(task, "RR+CR+CC", alpha)
            shown = f"{number(row[f'{measure}_median']):.3g}"
            self.assertIn(f"{number(shown):g}", text, (task, alpha, measure))
            self.assertIn(f"of {row['n']}", text)
        self.assertEqual(found["alphas"], ["0"])
        self.assertEqual(len(found["first"]), 2)
        self.assertTrue(all(" seeds: " in text for text in found["first"] + found["sentences"]))

    @unittest.skipUnless(shutil.which("gnuplot"), "needs gnuplot")
    @asks("""
        const figure = (name, i) => document.querySelector(`figure[data-draw=${name}][data-i="${i}"]`);
        const tips = e => find("[data-tip]", e).map(m => m.dataset.tip);
        const line = e => texts(".for", e)[0];
        const made = figure("effects", 1).querySelector("svg");
        found.before = line(figure("effects", 1));
        choose("alpha", 0);
        choose("measure", 2);
        found.effects = tips(figure("effects", 1));
        found.title = texts("figcaption b", figure("effects", 1))[0];
        found.line = line(figure("effects", 1));
        found.alphas = tips(figure("alphas", 1));
        found.mass = tips(figure("mass", 1));
        found.heat = tips(figure("heat", 0));
        found.size = tips(figure("size", 1));
        found.masses = tips(figure("masses", 1));
        const url = URL.createObjectURL;
        URL.createObjectURL = blob => { found.saved = [blob.type, blob.size]; return "#"; };
        figure("size", 1).querySelector("figcaption button").click();
        URL.createObjectURL = url;
        found.kept = line(document.querySelector("figure[data-measure=accuracy][data-draw=effects]"));
        found.stands = texts(".model .stands");
        choose("measure", 1);
        found.none = line(figure("effects", 1));
        choose("alpha", 1);
        choose("measure", 0);
        found.again = figure("effects", 1).querySelector("svg") === made;
        found.after = line(figure("effects", 1));""")
    def test_figures_follow_or_say_for_what_they_stand(self, found):
        self.assertEqual((found["before"], found["after"]), 2 * ("alpha = 0.9, change of FVU",))
        self.assertTrue(found["again"])
        self.assertEqual(found["line"], "alpha = 0.6, distance of outputs")
        self.assertEqual(found["title"], "Distance of outputs after ablation: dense_normal n10")
        self.assertEqual(found["kept"], "alpha = 0.6")
        self.assertEqual(found["saved"][0], "image/svg+xml")
        self.assertGreater(found["saved"][1], 1000)
        self.assertEqual(found["none"], "Stands for alpha = 0.9, change of FVU")  # it has no accuracy
        self.assertEqual(set(found["stands"]), {"Stands for alpha = 0.9"})
        jobs = [row for row in self.jobs if row["task"] == "sine" and row["alpha"] == "0.6"
                and row["empty"] == "0" and row["ablation"] != "none"]
        rows = [row for row in self.groups if row["task"] == "sine" and row["ablation"] != "none"
                and int(row["distance_n"]) > 0]

        def check(tips, pattern, expected):
            told = [float(match[1]) for match in (re.search(pattern, tip) for tip in tips) if match]
            self.assert_close(sorted(told), sorted(number(value) for value in expected), rtol=1e-4)

        check(found["effects"], r"seed \d: (.*)", [row["distance"] for row in jobs])
        check(found["effects"], "mean: (.*)",
              [row["distance_mean"] for row in rows if row["alpha"] == "0.6"])
        check(found["alphas"], "without RR at 1: (.*),",
              [row["distance_mean"] for row in rows if row["alpha"] == "1" and row["ablation"] == "RR"])
        check(found["mass"], r"without CC, seed \d: (.*)",
              [row["distance"] for row in jobs if row["ablation"] == "CC"])
        check(found["heat"], "(.*)", [row["distance_median"] for row in self.groups
                                      if row["alpha"] == "0.6" and row["ablation"] != "none"
                                      and int(row["n"]) > 0])
        check(found["size"], r"seed \d: (.*)", [row["n_r"] for row in self.jobs if row["task"] == "sine"
              and row["alpha"] == "0.6" and row["ablation"] == "none"])
        mass = {row["removed_mass"] for row in jobs if row["ablation"] in ("RR", "CR", "CC")}
        told = [float(tip.split(": ")[1]) for tip in found["masses"]]
        self.assert_close(sorted(value for value in told if value > 1e-9),
                          sorted(map(number, mass)), rtol=1e-3)

    @asks("""
        const one = cell(1, 2);
        one.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
        found.tip = document.getElementById("tip").textContent;
        one.click();
        found.heading = texts("#seeds h3")[0];
        found.seeds = find("#seeds tbody tr").map(row => [...row.cells].map(c => c.textContent));
        const link = document.querySelector("#seeds a");
        const model = document.querySelector(link.getAttribute("href"));
        found.before = model.open;
        link.click();
        found.after = model.open;
        found.summary = model.querySelector("summary").textContent;
        found.pictures = model.querySelectorAll("figure svg").length;
        found.point = model.querySelector("circle[data-tip]").dataset.tip;""")
    def test_a_cell_leads_to_its_seeds_and_a_seed_to_its_model(self, found):
        values = self.values("sine", "CR", 0.9, "delta_fvu")
        row = self.row("sine", "CR", 0.9)
        for seed, value in values.items():
            self.assertIn(f"seed {seed}: {number(f'{value:.6g}'):.6g}"[:14], found["tip"])
        low, high = (number(row[f"delta_fvu_mean_{end}"]) for end in ("low", "high"))
        told = re.search(r"interval of the mean: (\S+) to (\S+)", found["tip"])
        self.assert_close([float(told[1]), float(told[2])], [low, high], rtol=1e-5)
        self.assertIn("without CR at alpha = 0.9", found["heading"])
        self.assertEqual({seed[0] for seed in found["seeds"]}, {str(seed) for seed in range(6)})
        for seed in found["seeds"]:
            if seed[0] in values:
                self.assert_close(float(seed[3]), values[seed[0]], rtol=1e-5)
        self.assertEqual((found["before"], found["after"]), (False, True))
        self.assertIn("g0s0", found["summary"])
        self.assertEqual(found["pictures"], 3)
        self.assertIn("modulus", found["point"])

    @asks("""
        cell(1, 2).click();
        const table = document.querySelector("#seeds table");
        const column = () => [...table.tBodies[0].rows].map(row => row.cells[3].textContent);
        const header = table.tHead.rows[0].cells[3];
        header.click();
        found.rising = column();
        header.click();
        found.falling = column();
        found.sort = header.getAttribute("aria-sort");
        const filter = document.querySelector("#seeds input");
        filter.value = "g0s3";
        filter.dispatchEvent(new Event("input"));
        found.left = visible([...table.tBodies[0].rows]).map(row => row.cells[1].textContent);
        dispatchEvent(new Event("beforeprint"));
        found.closed = find("details").filter(e => !e.open).length;""")
    def test_a_click_sorts_and_a_word_filters(self, found):
        rising = [number(text.replace("\u2013", "")) for text in found["rising"]]
        known = [value for value in rising if value == value]
        self.assertEqual(known, sorted(known))
        self.assertGreater(len(set(known)), 2)
        falling = [number(text.replace("\u2013", "")) for text in found["falling"]]
        self.assertEqual([value for value in falling if value == value], known[::-1])
        self.assertEqual(found["sort"], "descending")
        self.assertEqual(found["left"], ["g0s3"])
        self.assertEqual(found["closed"], 0)

    WIDTHS = """
        find("details").forEach(e => { e.open = true; });
        cell(0, 3).click();
        found.page = [document.documentElement.scrollWidth, innerWidth];
        found.cut = find(".scroll").filter(e => e.scrollWidth > e.clientWidth + 1).map(e =>
            [e.textContent.slice(0, 60), e.scrollWidth, e.clientWidth]);"""

    @asks(WIDTHS)
    def test_nothing_is_cut_off(self, found):
        self.assertEqual(found["cut"], [])
        self.assertLessEqual(*found["page"])

    @asks(WIDTHS, width=420)
    def test_nothing_is_cut_off_on_a_telephone(self, found):
        self.assertEqual(found["cut"], [])
        self.assertEqual(found["page"], [420, 420])

    @asks("""
        found.bottom = Math.max(...find(".findings li, .key, .what tr").map(e =>
            e.getBoundingClientRect().bottom));
        found.texts = texts(".findings li");
        found.verdicts = texts(".what .cell b");""")
    def test_the_first_screen_answers(self, found):
        self.assertLessEqual(found["bottom"], 800)
        for task, text in zip(("copy", "sine"), found["texts"], strict=True):
            self.assertTrue(text.startswith(task + ", "))
            self.assertRegex(text, "removed|needed|empty")
        self.assertEqual(len(found["verdicts"]), 2 * 7)
        self.assertTrue(set(found["verdicts"]) <= {"removable", "needed", "in some", "empty"})
        picture = self.folder / "first-screen.png"
        self.chromium(self.out / "report.html", f"--screenshot={picture}")
        self.assertGreater(picture.stat().st_size, 20000)

    def test_converged_networks_alone(self):
        path = reports.copy(self.folder / "study.h5", "some.h5")
        with h5py.File(path, "r+") as file:
            file["converged"][:] = [1, 0, 1, 0, 1, 1] + [0] * 4  # of one group none
        out = self.folder / "some"
        self.expect(0, common.schursweep("report", "-q", path, "-o", out))
        alone = self.folder / "alone"
        self.expect(0, common.schursweep("report", "-q", path, "-o", alone, "--converged-only"))
        rows = {row["ablation"]: row for row in read_csv(alone / "groups.csv")
                if number(row["alpha"]) == 0.9}
        self.text = (out / "report.html").read_text(encoding="utf-8")
        found = self.browse("""
            choose("networks", 1);
            found.copy = texts(".findings li")[0];
            found.sine = texts(".findings li")[1];
            found.cell = cell(1, 7).textContent;
            cell(1, 7).click();
            found.seeds = find("#seeds tbody tr").map(row => row.cells[0].textContent);
            find("details").forEach(e => { e.open = true; });
            const table = visible(find("#task1 + details table"))[0];
            const n = texts("th", table).indexOf("n");
            found.n = visible([...table.tBodies[0].rows])[0].cells[n].textContent;
            found.none = visible(find("#task0 + details p")).map(e => e.textContent);
            found.models = visible(find(".model > summary")).length;
            found.warnings = visible(find(".warnings li")).map(e => e.textContent).join();
            found.dots = find("figure[data-draw=effects][data-i='1'] [data-tip^='seed']").length;""")
        self.assertEqual((found["n"], found["models"]), ("4", 4))
        self.assertIn("No network of this task met its target.", found["none"])
        self.assertIn("left out of all statistics", found["warnings"])
        self.assertIn(found["dots"], range(4, 4 * 7 + 1))
        self.assertIn("No network of this group is left", found["copy"])
        self.assertIn("4 seeds", found["sine"])
        self.assertIn(f"of {rows['RR+CR+CC']['n']}", found["cell"])
        shown = f"{number(rows['RR+CR+CC']['delta_fvu_median']):.3g}"
        self.assertIn(f"{number(shown):g}", found["cell"])
        self.assertEqual(found["seeds"], ["0", "2", "4", "5"])

    def test_it_is_whole_without_script(self):
        page = self.page(self.out)
        for row in self.groups:
            if number(row["alpha"]) == 0.9 and row["ablation"] != "none" and int(row["n"]) > 0:
                self.assertIn(f"{number(row['delta_fvu_median']):.3g}", page.text)
        for text in ("What was found at alpha = 0.9", "removable", "needed", "without RR+CR+CC"):
            self.assertIn(text, page.text)

    def test_schur_forms_are_pictures(self):
        images = [base64.b64decode(image) for image in self.page(self.out).images]
        self.assertEqual(len(images), 10)
        widths = []
        for image in images:
            self.assertEqual(image[:8], b"\x89PNG\r\n\x1a\n")
            chunks, at = {}, 8
            while at < len(image):
                size, name = struct.unpack(">I4s", image[at:at + 8])
                body = image[at + 8:at + 8 + size]
                (told,) = struct.unpack(">I", image[at + 8 + size:at + 12 + size])
                self.assertEqual(zlib.crc32(name + body), told)
                chunks[name], at = body, at + 12 + size
            width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
            rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), "u1").reshape(height, width + 1)
            self.assertTrue((rows[:, 0] == 0).all())
            self.assertLess(rows.max(), len(chunks[b"PLTE"]) // 3)
            below = np.tril(rows[:, 1:], -2)  # a Schur form has blocks on its diagonal at most
            self.assertEqual(below.max(), 0)
            self.assertGreater(rows.max(), 20)
            widths.append(width)
        self.assertEqual(sorted(widths), [8] * 4 + [10] * 6)


if __name__ == "__main__":
    common.main()
