#!/usr/bin/python3
"""The tables of docs/results.md, as a results file says itself what it holds.

    scripts/results_doc.py RESULTS                     # prints them
    scripts/results_doc.py RESULTS docs/results.md     # puts them into the page

For the page RESULTS is of a study with all partitions, which has every variable.
"""
import sys
from pathlib import Path

import h5py

BEGIN, END = "<!-- begin: written by scripts/results_doc.py -->\n", "<!-- end -->\n"
TYPES = {"f": "float", "i": "int", "u": "uint"}
FIELDS = ("error", "checksum", "state")  # of a job or a diagnostic, after its values


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def said(item, name):
    return text(item.attrs.get(name, "")).replace("|", "\\|")


def type_of(item):
    if item.dtype.kind in "OS":
        return "char" if item.dtype.itemsize == 1 else "text"
    return f"{TYPES[item.dtype.kind]}{8 * item.dtype.itemsize}"


def missing(item):
    """What stands where nothing was written, if it is told apart from values."""
    return str(item.attrs.get("_FillValue", "NaN" if item.dtype.kind == "f" else ""))


def axes(item):
    return ", ".join(item.dims[i][0].name.strip("/") for i in range(1, item.ndim))


def table(title, items, **columns):
    """Markdown, a row per item: name, type, further columns (title=function), meaning."""
    titles = [title, "type", *columns, "meaning"]
    lines = []
    for item in items:
        lines.append([f"`{item.name.strip('/')}`", type_of(item),
                      *(of(item) for of in columns.values()), said(item, "long_name")])
    head = f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}\n"
    return head + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def ordered(items, first=(), last=()):
    """Alphabetical, but for those that are to be first or last."""
    def place(item):
        name = item.name.strip("/")
        if name in first:
            return 0, first.index(name), name
        return (2, last.index(name), name) if name in last else (1, 0, name)

    return sorted(items, key=place)


def sections(file):
    """(title, table)"""
    items = [item for item in file.values()
             if isinstance(item, h5py.Dataset) and said(item, "long_name")]
    scales = [item for item in items if said(item, "CLASS") == "DIMENSION_SCALE"]
    yield "Axes", table("dimension", ordered(scales, ["case"]))
    labels = [item for item in items if not said(item, "declared_by") and item not in scales]
    first = ["model", "task", "matrix", "cell", "activation"]
    yield "Labels of a case", table("variable", ordered(labels, first, ["message"]))
    jobs = [item for item in items if said(item, "declared_by") in ("measure", "job")
            and not item.name.startswith("/partition_")]
    measures = said(file, "measures").split()
    yield ("One value per (case, alpha, ablation)",
           table("variable", ordered(jobs, measures, FIELDS), missing=missing))
    names = {said(item, "declared_by") for item in items} - {"", "measure", "job"}
    for name in sorted(names):
        own = [item for item in items if said(item, "declared_by") == name]
        fields = [f"{name}_{field}" for field in FIELDS]
        yield (f"The diagnostic `{name}`",
               table("variable", ordered(own, last=fields), axes=axes, missing=missing))


def tables(path):
    with h5py.File(path, "r") as file:
        return "\n".join(f"## {title}\n\n{content}" for title, content in sections(file))


def replaced(page, content):
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"the page has no lines {BEGIN.strip()} and {END.strip()}")
    return f"{head}{BEGIN}\n{content}\n{END}{tail}"


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    content = tables(sys.argv[1])
    if len(sys.argv) == 2:
        print(content, end="")
    else:
        page = Path(sys.argv[2])
        page.write_text(replaced(page.read_text("utf-8"), content), "utf-8")


if __name__ == "__main__":
    main()
