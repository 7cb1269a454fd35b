#!/usr/bin/env python3
"""Writes docs/gallery.md and its pictures, docs/gallery/, from results of the shipped studies: reports
are made of them, and some of their figures taken. With chromium there is a picture of the page too.

    scripts/gallery.py [PROGRAM]        by default build/schursweep

It wants results/quickstart.h5, results/threshold.h5 and results/beyond.h5, of the studies in configs/
that are called so. What docs/report.md says of each kind of figure is said here too.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PICTURES = DOCS / "gallery"
# Study, and of which figures there is one: how its file begins, and the title here.
STUDIES = {
    "quickstart": [("heat-map", "Which couplings matter in which group"),
                   ("effects-flip_flop", "Change of FVU after ablation"),
                   ("accuracy-effects-copy", "Accuracy after ablation"),
                   ("mass-flip_flop", "Effect against removed mass"),
                   ("eigenvalues-flip_flop", "Eigenvalues"),
                   ("schur-flip_flop", "Schur form"),
                   ("outputs-sine", "Outputs on a trial")],
    "threshold": [("alpha-context_integration", "Change of FVU against alpha")],
    "beyond": [("model-partitions-flip_flop", "All partitions of one network"),
               ("factors-copy", "Why a coupling can go, or cannot"),
               ("radii-sine", "How much of a removal is tolerated"),
               ("frontier-flip_flop", "What can be removed for how much change"),
               ("coupling-map-sine", "All pairs of modes of one network")],
}
HEAD = """# Gallery

Figures that `schursweep report` draws, of studies in [configs/](../configs), made by `scripts/gallery.py`.
Below each stands how to read it; [report.md](report.md#figures) has all kinds, [diagnostics.md](diagnostics.md)
defines what the last ones show. Every figure of a report is a file of its own, with script and data.
"""


def kinds_of_figures():
    """How to read each, by the beginning of its file's name."""
    kinds = {}
    table = (DOCS / "report.md").read_text("utf-8").partition("\n## Figures\n")[2]
    for names, text in re.findall(r"^\| (`.*?`) \| (.*) \|$", table, re.MULTILINE):
        for name in re.findall(r"`([a-z-]+?)(?:-\*)?`", names):
            kinds[name] = text
    return kinds


def smaller(picture):
    """Without what only a page with a script makes use of, what SVG takes by itself, and symbols that
    nothing uses."""
    picture = re.sub(r"<(title|desc|filter)\b.*?</\1>", "", picture, flags=re.DOTALL)
    for left_out in (r' onmouse(?:move|out)="[^"]*"', r' stroke-width="1.00"', ' stroke-linecap="butt"',
                     ' stroke-linejoin="miter"', ' font-family="Helvetica,Arial,sans-serif"',
                     ' class="gridline"', r"\t", r"(?<=[\d.]) +(?=')"):
        picture = re.sub(left_out, "", picture)
    picture = re.sub(r"rgb\( *(\d+), *(\d+), *(\d+)\)", lambda m: "#%02x%02x%02x" % tuple(
        map(int, m.groups())), picture)
    picture = re.sub(r"(?<=\d\.\d)\d+", "", picture)  # a tenth of a pixel
    picture = picture.replace("<svg", '<svg font-family="Helvetica,Arial,sans-serif"', 1)
    for symbol in re.findall(r"<(?:circle|path|rect) id='gp[^>]*/>", picture):
        name = re.search("id='([^']*)'", symbol)[1]
        if picture.count(f"#{name}'") == 0:
            picture = picture.replace(symbol, "")
    while re.search(r"<g[^>]*>\s*</g>", picture):
        picture = re.sub(r"<g[^>]*>\s*</g>", "", picture)
    return re.sub(r"\s*\n\s*", "\n", picture)


def take_screen(page, target):
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser:
        with tempfile.TemporaryDirectory() as profile:
            subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                            f"--user-data-dir={profile}", "--window-size=1280,740",
                            "--force-device-scale-factor=0.6",
                            f"--screenshot={target}", page.as_uri()], check=True, capture_output=True)
    return target.exists()


def study_section(program, study, kinds, folder):
    report = folder / study
    told = subprocess.run([program, "report", ROOT / "results" / f"{study}.h5", "-o", report], check=True,
                          capture_output=True, text=True).stdout
    lines = [f"\n## {study}\n", f"[configs/{study}.cfg](../configs/{study}.cfg) finds:\n"]
    lines += [f"- {line}" for line in told.strip().split("\n\n")[-1].splitlines()]
    if study == "quickstart" and take_screen(report / "report.html", PICTURES / "page.png"):
        lines += ["\n**The page**, first screen\n", "![the page](gallery/page.png)"]
    for begin, title in STUDIES[study]:
        path = min((report / "figures").glob(f"{begin}*.svg"))
        kind = max((kind for kind in kinds if begin.startswith(kind)), key=len)
        (PICTURES / f"{begin}.svg").write_text(smaller(path.read_text("utf-8")), "utf-8")
        lines += [f"\n**{title}** (`{kind}`): {kinds[kind]}\n", f"![{title}](gallery/{begin}.svg)"]
    return lines


def main():
    program = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "schursweep").resolve()
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for study in STUDIES:
            lines += study_section(program, study, kinds_of_figures(), pathlib.Path(folder))
    (DOCS / "gallery.md").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
