#!/usr/bin/env python3
"""Writes docs/degeneracy.md from the results of configs/degeneracy-part.cfg, the file of pairs that
`compare` makes of them and the folder that `report` makes of both: every number of the page comes out of
them.

    scripts/degeneracy.py [RESULTS [PAIRS [REPORT]]] > docs/degeneracy.md
"""
import csv
import sys
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from reproduction import cell, select, table

# (column of degeneracy.csv, what it is called here)
LEVELS = [("ood_fvu_sd", "behaviour: sd of log10 FVU, changed trials"), ("fvu_sd", "on their own trials"),
          ("dsa_distance", "dynamics: DSA"), ("dsa_eigenvalue_distance", "eigenvalues"),
          ("weight_ratio", "weights over their null"), ("profile", "profile, decades"),
          ("stabilizer_distance", "stabilizers, Jaccard"), ("dominance_entropy", "dominance, bits")]
FOUR = ["ood_fvu_sd", "dsa_distance", "weight_ratio", "profile"]
SHORT = {"ood_fvu_sd": "behaviour", "dsa_distance": "dynamics", "weight_ratio": "weights",
         "profile": "what can be removed"}

HEAD = """# How differently networks solve one task

Networks that differ by nothing but their seed reach the same loss. How far are they from each other, in
what they do on trials that they were not trained on, in their dynamics, in their weights, and in what can
be removed from them? The questions are those of a study of 3,400 networks (arXiv 2410.03972), whose size
[configs/degeneracy.cfg](../configs/degeneracy.cfg) has; this page is {n} networks of it, {seeds} seeds of
each of {groups} conditions, and one level that is new here: the ablation profile.
[compare.md](compare.md) defines the distances. On two cores:

```
mpirun -q --oversubscribe -n $(($(nproc) + 1)) build/schursweep run configs/degeneracy-part.cfg
mpirun -q --oversubscribe -n $(($(nproc) + 1)) build/schursweep compare results/degeneracy-part.h5
build/schursweep report results/degeneracy-part.h5 results/degeneracy-part.pairs.h5
/usr/bin/python3 scripts/degeneracy.py > docs/degeneracy.md
```

Brackets are 95 % intervals of a bootstrap over networks. A processor without AVX2 gives other networks, seed by
seed; the statistics stay. What the study of 3,400 networks used and this one does not know or have
(strength of feature learning, regularisation, its own levels of width and complexity) stands in the study
file; so agreement or not with its figures is no test of either.
"""


def number(text):
    return float(text) if text else np.nan


def condition(row):
    return row["task"], int(row["hidden"])


def interval(row, level, digits=3):
    value, low, high = (number(row[name]) for name in (level, level + "_low", level + "_high"))
    form = "%%.%dg" % digits
    if np.isnan(value):
        return "-"
    return form % value if np.isnan(low) else "%s [%s, %s]" % tuple(form % v for v in (value, low, high))


def of(ds, row):
    return select(ds, task=row["task"], hidden=int(row["hidden"]))


def reached(ds, rows):
    print("## What they reach\n")
    print("Mean ± sd (median) over networks; trials are changed to twice the length (delayed discrimination: "
          "twice the delay).\n")
    out = []
    for row in rows:
        group = of(ds, row)
        changed = group.ood_fvu.values
        changed = changed[:, ~np.isnan(changed).all(axis=0)]
        fvu = group.fvu.sel(ablation="none").isel(alpha=0).values
        out.append([*condition(row), len(fvu), int((group.converged.values == 1).sum()),
                    "%.0f" % np.nanmean(group.train_steps), cell(fvu), cell(changed)])
    table(["task", "units", "networks", "converged", "steps", "FVU", "FVU on changed trials"], out)
    missed = [row[:2] for row in out if row[3] < row[2]]
    print("%d of %d networks reach the target of their task, where training stops%s.\n" % (
        sum(row[3] for row in out), sum(row[2] for row in out),
        "; some do not in %s: there the levels compare networks of different quality" % ", ".join(
            "%s, %d units" % (task, hidden) for task, hidden in missed) if missed else ""))


def side_by_side(rows):
    print("## Four levels side by side\n")
    table(["task", "units"] + [title for _, title in LEVELS],
          [[*condition(row)] + [interval(row, level) for level, _ in LEVELS] for row in rows])
    orders = {}
    for level in FOUR:
        values = np.array([number(row[level]) for row in rows])
        orders[level] = values
        if not np.isnan(values).all():
            most, least = rows[np.nanargmax(values)], rows[np.nanargmin(values)]
            print("- %s: most in %s, %d units, least in %s, %d units" % (
                SHORT[level], *condition(most), *condition(least)))
    print("\nSpearman's rank correlation of the levels over conditions:\n")
    table([""] + [SHORT[level] for level in FOUR[1:]],
          [[SHORT[a]] + ["" if FOUR.index(b) <= FOUR.index(a) else
                         "%.2f" % spearmanr(orders[a], orders[b], nan_policy="omit")[0]
                         for b in FOUR[1:]] for a in FOUR[:-1]])


def mean_and_error(values):
    """Of pairs, which share networks: the error is that of as many values as there are networks."""
    values = values[~np.isnan(values)]
    n = (1 + np.sqrt(1 + 8 * len(values))) / 2
    return "%.4f ± %.4f" % (values.mean(), values.std(ddof=1) / np.sqrt(n)) if len(values) > 1 else "-"


def weights(pairs, rows):
    print("## Weights, and their null\n")
    print("Distance after matching of the units by signed permutations, and the same with rows and columns "
          "of one matrix permuted apart; mean ± standard error for as many values as networks.\n")
    out, below = [], []
    for row in rows:
        group = of(pairs, row)
        out.append([*condition(row), group.sizes["case"], mean_and_error(group.weight_distance.values),
                    mean_and_error(group.weight_distance_null.values), interval(row, "weight_ratio", 4)])
        if number(row["weight_ratio_high"]) < 1:
            below.append(row)
    table(["task", "units", "pairs", "distance", "null", "ratio"], out)
    print("The interval of the ratio lies below 1 in %d of %d conditions%s. What is left of the distance is "
          "what matching makes of any two matrices.\n" % (
              len(below), len(rows),
              "; the lowest is %.3f (%s, %d units)" % min(
                  (number(row["weight_ratio"]), *condition(row)) for row in below) if below else ""))


def apart(a, b, level):
    """-1, 1: b lies below or above a, with intervals that do not meet; 0: they meet."""
    low, high = level + "_low", level + "_high"
    return (number(b[low]) > number(a[high])) - (number(b[high]) < number(a[low]))


def factor(title, about, couples):
    print("### %s\n" % title)
    print(about + "\n")
    table(["task"] + [SHORT[level] for level in FOUR],
          [[name] + ["%.3g to %.3g%s" % (number(a[level]), number(b[level]),
                                         {-1: ", lower", 0: "", 1: ", higher"}[apart(a, b, level)])
                     for level in FOUR] for name, a, b in couples])
    for level in FOUR:
        signs = [apart(a, b, level) for _, a, b in couples]
        print("- %s: lower in %d, higher in %d of %d tasks" % (SHORT[level], signs.count(-1), signs.count(1),
                                                              len(signs)))
    print()


def factors(rows):
    by = {condition(row): row for row in rows}
    tasks = sorted({task.split(".")[0] for task, _ in by})
    one = {name: name + ".1" if (name + ".1", 64) in by else name for name in tasks}
    print("## What changes degeneracy\n")
    print("Lower or higher is said where the intervals of the two conditions do not meet.\n")
    factor("Complexity", "One channel to two, 64 units.",
           [(name, by[one[name], 64], by[name + ".2", 64]) for name in tasks
            if (name + ".2", 64) in by and (one[name], 64) in by])
    factor("Width", "32 units to 64, one channel.",
           [(name, by[one[name], 32], by[one[name], 64]) for name in tasks
            if (one[name], 32) in by and (one[name], 64) in by])
    print("The abstract of the study of 3,400 networks says: more complex tasks lower the degeneracy of "
          "dynamics and raise that of weights, width lowers all three levels.\n")


def main():
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results/degeneracy-part.h5")
    pairs = Path(sys.argv[2]) if len(sys.argv) > 2 else results.with_suffix(".pairs.h5")
    report = Path(sys.argv[3]) if len(sys.argv) > 3 else results.with_name(results.stem + "-report")
    with (report / "degeneracy.csv").open() as file:
        rows = list(csv.DictReader(file))
    with xr.open_dataset(results, engine="h5netcdf") as ds:
        ds = ds.load()
    with xr.open_dataset(pairs, engine="h5netcdf") as ps:
        ps = ps.load()
    print(HEAD.format(n=ds.sizes["case"], groups=len(rows), seeds=ds.sizes["case"] // len(rows)))
    reached(ds, rows)
    side_by_side(rows)
    weights(ps, rows)
    factors(rows)


if __name__ == "__main__":
    main()
