"""Studies to make reports from, and readers of what a report leaves."""
import csv
import html.parser
import re
import shutil
import xml.etree.ElementTree as ElementTree

import h5py
import numpy as np

import common
import models

SETS = ["none", "RR", "CR", "CC", "RR+CR", "RR+CC", "CR+CC", "RR+CR+CC"]
ALPHAS = [0.6, 0.75, 0.9, 1.0]
MEASURES = ["fvu", "delta_fvu", "accuracy", "distance", "removed_mass", "sensitivity"]
# (task, construction, width, seeds, metric)
GROUPS = [("sine", "dense_normal", 10, 7, None), ("sine", "cayley", 8, 6, None),
          ("copy", "", 9, 3, "accuracy")]


def write_models(folder, groups, steps=12, count=8):
    """g0s0.h5, g0s1.h5, ...: networks of their own, group by group; returns their names."""
    names = []
    for g, (task, construction, hidden, seeds, metric) in enumerate(groups):
        for seed in range(seeds):
            model = models.network(100 * g + seed, hidden)
            trials = models.trials_for(model, seed, steps, count, metric=metric)
            attributes = {"task": task, "seed": seed}
            if construction:
                attributes["construction"] = construction
            names.append(f"g{g}s{seed}.h5")
            common.write_model(folder / names[-1], model, trials, attributes)
    return names


def write_study(folder, name="study", pattern="g*.h5", **keys):
    return common.write_study(folder / f"{name}.cfg", **{
        "models": [{"file": pattern}], "alphas": ALPHAS, "output": f"{name}.h5", **keys})


def change_state(path, index, state):
    """Jobs become failed or pending, as the program leaves them."""
    with h5py.File(path, "r+") as file:
        for name in MEASURES:
            file[name][index] = np.nan
        file["stabilizer"][index] = 255
        file["error"][index] = 105 if state == common.FAILED else 0
        file["state"][index] = state


def change_diagnostics(path, state):
    """Those of all cases become failed or pending; their values stay."""
    with h5py.File(path, "r+") as file:
        for name in common.ALWAYS:
            file[f"{name}_error"][:] = 105 if state == common.FAILED else 0
            file[f"{name}_state"][:] = state


def read_csv(path):
    """Rows as dictionaries of texts; a row of another length than the header fails."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, strict=True))
    assert all(len(row) == len(rows[0]) for row in rows), path
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def number(text):
    return float(text) if text not in ("", "-") else np.nan


def read_table(lines):
    """Rows of an aligned table of the terminal, as dictionaries of texts, up to an empty line. Two
    spaces or more divide its columns; a title that is there twice gets a number."""
    rows = []
    for line in lines:
        if line.strip() == "":
            break
        rows.append(re.split(r"  +", line.strip()))
    names = [name if rows[0][:i].count(name) == 0 else f"{name} {rows[0][:i].count(name) + 1}"
             for i, name in enumerate(rows[0])]
    assert all(len(row) == len(names) for row in rows), rows
    return [dict(zip(names, row)) for row in rows[1:]]


def canonical(data):
    """Cases of a results file in the order of a report; what a file lacks is the same in all."""
    names = ("task", "construction", "cell", "activation", "hidden", "leak_form", "leak", "matrix",
             "order", "gauge", "seed", "model", "model_identity")
    columns = [data[name].tolist() for name in names if name in data]
    return sorted(range(len(data["model"])), key=lambda case: [column[case] for column in columns])


def shown_figures(scripts):
    """How many of these figures the page has: every model stands there instead of examples."""
    return sum(not name.startswith(("eigenvalues-", "schur-", "outputs-")) for name in scripts)


def copy(source, name):
    target = source.with_name(name)
    shutil.copy(source, target)
    return target


def picture_texts(path):
    """What a picture of gnuplot's says, without what no reader sees."""
    tree = ElementTree.parse(path)
    return ["".join(text.itertext()) for text in tree.iter("{http://www.w3.org/2000/svg}text")]


class Page(html.parser.HTMLParser):
    """Collects the texts of a page; what could load or leave open ends in `faults`."""

    VOID = {"meta", "br", "img", "hr"}
    ALLOWED = {"html", "head", "title", "style", "body", "main", "nav", "a", "h1", "h2", "h3", "p",
               "div", "b", "i", "span", "table", "thead", "tbody", "tr", "th", "td", "small", "ul",
               "li", "figure", "figcaption", "dl", "dt", "dd", "pre", "details", "summary",
               "script"} | VOID
    DRAWN = {"svg", "g", "path", "polygon", "polyline", "line", "rect", "circle", "use", "text", "tspan",
             "image", "defs", "filter", "feflood", "fecomposite", "marker", "clippath", "pattern"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.texts, self.images, self.scripts = [], [], [], [], []
        self.pictures, self.links, self.names = [], [], set()
        self.feed(text)
        self.close()
        self.faults += [f"not closed: {tag}" for tag in self.open]
        self.faults += [f"leads nowhere: {link}" for link in self.links
                        if link.startswith("#") and link[1:] not in self.names]
        self.text = "".join(self.texts)

    def handle_starttag(self, tag, attributes):
        drawn = "svg" in self.open or tag == "svg"
        if tag not in (self.DRAWN if drawn else self.ALLOWED):
            self.faults.append(f"element {tag}")
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "svg" and "font-family" in dict(attributes):
            self.pictures.append("")
        for name, value in attributes:
            if name.startswith("on") or name in ("action", "srcdoc") or (
                    name == "style" and not drawn):
                self.faults.append(f"attribute {name} of {tag}")
            if name == "id" and value in self.names:
                self.faults.append(f"two are called {value}")
            self.names |= {value} if name == "id" else set()
            if name in ("href", "xlink:href"):
                self.links.append(value)
                if value.startswith("data:image/png;base64,") and tag == "image":
                    self.images.append(value.partition(",")[2])
                elif re.match(r"[a-z]*:|//", value):
                    self.faults.append(f"leads to {value}")
            if name == "src":
                if not value.startswith("data:image/png;base64,"):
                    self.faults.append(f"loads {value}")
                self.images.append(value.partition(",")[2])

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"wrong end of {tag}")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.faults += [f"style has {word}" for word in ("url(", "@import", "</") if word in data]
        elif self.open and self.open[-1] == "script":
            self.scripts.append(data)
        else:
            self.texts.append(data)
            if "svg" in self.open and self.pictures:
                self.pictures[-1] += data


class ReportCase(common.TestCase):
    def report(self, *arguments, code=0, **keys):
        """Runs `report ARGUMENTS -o <new folder>`; returns the folder and the process."""
        self.reports = getattr(self, "reports", 0) + 1
        folder = self.folder / f"{self._testMethodName}-{self.reports}"
        done = self.expect(code, common.schursweep("report", *arguments, "-o", folder, **keys))
        return folder, done

    def page(self, folder):
        page = Page((folder / "report.html").read_bytes().decode("utf-8"))
        self.assertEqual(page.faults, [])
        return page
