#!/usr/bin/env python3
"""Writes docs/beyond.md from the results of configs/beyond.cfg: every number of the page, in its
tables and in its sentences, comes out of that file.

    scripts/beyond.py [RESULTS] > docs/beyond.md
"""
import sys

import numpy as np
import xarray as xr

from reproduction import select, table

TASKS = ["copy", "flip_flop", "sine", "context_integration"]
COUPLINGS = ["RR", "CR", "CC"]
SETS = ["RR", "CR", "CC", "RR+CR", "RR+CC", "CR+CC", "RR+CR+CC"]
ALPHA = 0.9
ROUNDING = 1e-12
LEAST = 5  # networks that a verdict takes

HEAD = """# Subspace or coupling, and how much can go

The paper leaves two questions open: does an ablation preserve performance because the coupling has no
role, or only because it avoids the directions that the task uses; and what is the largest part that can
go? This page is what {n} networks say, {seeds} seeds for each of four tasks, with the diagnostics of
[diagnostics.md](diagnostics.md), which defines every word of it. About {minutes} minutes on two cores:

```
mpirun -q --oversubscribe -n $(($(nproc) + 1)) build/schursweep run configs/beyond.cfg
build/schursweep report results/beyond.h5
/usr/bin/python3 scripts/beyond.py > docs/beyond.md
```

Entries are medians over the seeds that have the coupling, with the interval of the median by order
statistics (95 %) or, where it says so, least and most. alpha is {alpha}, epsilon {epsilon}. Trained
networks are the same on processors with AVX2 and with AVX-512.
"""


def known(values):
    values = np.asarray(values, float).ravel()
    return np.sort(values[~np.isnan(values)])


def interval(values):
    """The narrowest symmetric pair of order statistics that holds the median with 95 %."""
    n = len(values)
    out, below, term = 0, 0.0, 2.0 ** -n
    for k in range(n // 2):
        if below + term > 0.025:
            break
        below += term
        term *= (n - k) / (k + 1)
        out = k
    return values[out], values[n - 1 - out]


def cell(values, digits=3):
    values = known(values)
    if len(values) == 0:
        return "-"
    form = "%%.%dg" % digits
    return "%s [%s, %s]" % (form % np.median(values), *(form % v for v in interval(values)))


def spread(values, form="%.3g"):
    values = known(values)
    return "%s (%s to %s)" % tuple(form % v for v in (np.median(values), values[0], values[-1]))


def of_task(ds, task):
    return select(ds, task=task)


def there(group, name):
    """Which networks have the coupling."""
    return group.sel(alpha=ALPHA, ablation=name).removed_mass.values > ROUNDING


def at(group, variable, name):
    return group[variable].sel(alpha=ALPHA, ablation=name).values[there(group, name)]


def verdict(group, name):
    """The rule of docs/diagnostics.md."""
    factors = [known(at(group, v, name)) for v in ("exposure", "visibility", "coordination")]
    if len(factors[0]) < LEAST:
        return "undecided"
    (e_low, e_high), (v_low, v_high), (c_low, c_high) = map(interval, factors)
    if e_high < 0.25:
        return "idle"
    if v_high < 0.25:
        return "unseen"
    if e_low < 0.25 or v_low < 0.25:
        return "undecided"
    if c_high < 0.5:
        return "tolerated"
    if c_low > 2:
        return "fragile"
    return "undecided" if c_low < 0.5 or c_high > 2 else "as its subspace says"


EXPLAINED = {"idle": "subspace", "unseen": "subspace", "as its subspace says": "subspace",
             "tolerated": "coupling", "fragile": "coupling", "undecided": "-"}


def why(ds):
    print("## Why a coupling can go, or cannot\n")
    print("The factors multiply to the squared "
          "distance per squared norm, relative to a random dense change of the matrix.\n")
    rows, cells = [], []
    for task in TASKS:
        group = of_task(ds, task)
        for name in COUPLINGS:
            distance = at(group, "distance", name)
            word = verdict(group, name)
            removable = int((distance <= ds.attrs["epsilon"]).sum())
            cells.append((task, name, word, removable == len(distance), removable == 0))
            rows.append([task, name, len(distance), "%d of %d" % (removable, len(distance)),
                         cell(distance), cell(at(group, "exposure", name)),
                         cell(at(group, "visibility", name)),
                         cell(at(group, "coordination", name)), word, EXPLAINED[word]])
    table(["task", "coupling", "seeds", "removable", "distance", "exposure", "visibility", "coordination",
           "verdict", "explained by"], rows)
    say_why(cells)


def names(cells):
    return ", ".join("%s of %s" % (name, task) for task, name, *_ in cells) or "none"


def say_why(cells):
    removable = [c for c in cells if c[3]]
    needed = [c for c in cells if c[4]]
    by = {e: [c for c in cells if EXPLAINED[c[2]] == e] for e in ("subspace", "coupling", "-")}
    print("Of %d couplings of a task, %d can be removed in all seeds (%s) and %d in none. Their effect is "
          "explained by the subspace in %d (%s), by the coupling itself in %d (%s), and undecided in %d "
          "(%s).\n" % (len(cells), len(removable), names(removable), len(needed), len(by["subspace"]),
                       names(by["subspace"]), len(by["coupling"]), names(by["coupling"]), len(by["-"]),
                       names(by["-"])))
    print("So there is no one answer to the open question. Of what can be removed, %s; of what the coupling "
          "itself explains, %d are needed all the same: that reading and writing do not go together makes "
          "the change smaller than its subspace says, not small.\n" % (
              "; ".join("%s is %s" % (names([c]), c[2]) for c in removable) or "nothing can",
              len([c for c in by["coupling"] if c[4]])))


def largest(ds):
    print("## The largest part that can go\n")
    print("Share of the squared norm of all couplings, chosen on the even trials; the distance on the odd "
          "trials was not looked at by the choice. Beside it the best that sectors offer: the largest share "
          "of a set of couplings whose distance is at most epsilon, over all partitions. Least and most "
          "in brackets.\n")
    rows = []
    for task in TASKS:
        group = of_task(ds, task)
        share = (group.partition_removed_mass /
                 group.partition_removed_mass.sel(ablation="RR+CR+CC")) ** 2
        for epsilon in ds.removable_epsilon.values:
            chosen = group.sel(removable_epsilon=epsilon)
            best = share.where(group.partition_distance <= epsilon).max(["partition", "ablation"])
            rows.append([task, "%g" % epsilon, spread(chosen.removable_share),
                         spread(chosen.removable_pairs, "%.0f"),
                         spread(chosen.removable_distance_heldout), spread(best.fillna(0))])
    table(["task", "epsilon", "chosen pairs: share", "pairs", "distance, held out", "best sectors: share"],
          rows)
    top = ds.sel(removable_epsilon=0.1)
    print("At epsilon 0.1 a chosen set removes a median of %s of the couplings' squared norm; held out, %d of "
          "%d networks stay within 1.2 epsilon. Largest is meant as a lower bound: the order is greedy and "
          "the number of pairs is found by bisection.\n" % (
              ", ".join("%.0f %% (%s)" % (100 * np.nanmedian(of_task(top, t).removable_share), t)
                        for t in TASKS),
              int((top.removable_distance_heldout <= 0.12).sum()), ds.sizes["case"]))


def tolerance(ds):
    print("## How much is tolerated\n")
    print("Norm of the part of a removal at which the outputs first are epsilon away, relative to |T|, and "
          "how many times further the outputs move than for a random change of the same norm: of the whole "
          "matrix, of what is above its diagonal, of the same coupling.\n")
    rows = []
    for task in TASKS:
        group = of_task(ds, task)
        for name in COUPLINGS:
            fragility = group.fragility.sel(alpha=ALPHA, ablation=name).values[there(group, name)]
            rows.append([task, name, cell(at(group, "tolerance_radius", name)),
                         cell(at(group, "radius_strength", name))] +
                        [cell(fragility[:, k]) for k in range(3)])
    table(["task", "coupling", "radius", "part of the removal", "fragility: dense", "upper", "sector"],
          rows)


def concentration(ds):
    print("## Few pairs carry the task\n")
    print("Gini coefficient of the squared predicted distances of single pairs of blocks, pairs that make up "
          "half and nine tenths of their sum, and the coherence of removing all: below 1 the changes by "
          "single pairs cancel.\n")
    table(["task", "pairs", "Gini", "half", "nine tenths", "coherence of all"],
          [[task, "%.0f" % np.median(np.isfinite(group.pair_mass).sum(["block_row", "block_col"])),
            cell(group.pair_gini), spread(group.pair_half, "%.0f"), spread(group.pair_ninety, "%.0f"),
            cell(group.coherence.sel(alpha=ALPHA, ablation="RR+CR+CC"))]
           for task in TASKS for group in [of_task(ds, task)]])


def prediction(ds):
    print("## How good the prediction is\n")
    print("Over all partitions and sets of all seeds, those below a distance of 0.2: quantiles 5, 50 and 95 % "
          "of predicted over measured; and the share of all on which the verdict at epsilon is the same.\n")
    rows = []
    for task in TASKS:
        group = of_task(ds, task)
        measured = group.partition_distance.values.ravel()
        predicted = group.partition_gn_distance.values.ravel()
        is_there = np.isfinite(measured) & np.isfinite(predicted) & (measured > 1e-9)
        measured, predicted = measured[is_there], predicted[is_there]
        small = measured < 0.2
        rows.append([task, int(small.sum()),
                     "%.2f, %.2f, %.2f" % tuple(np.quantile(predicted[small] / measured[small],
                                                            (0.05, 0.5, 0.95)))] +
                    ["%.1f %%" % (100 * np.mean((measured <= e) == (predicted <= e)))
                     for e in (0.01, 0.05, 0.1)] +
                    ["exact" if (group.gn_probes == 0).all() else "16 probes"])
    table(["task", "below 0.2", "predicted / measured", "verdict at 0.01", "0.05", "0.1", "form"], rows)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "results/beyond.h5"
    with xr.open_dataset(path, engine="h5netcdf") as ds:
        ds = ds.load()
    print(HEAD.format(n=ds.sizes["case"], seeds=ds.sizes["case"] // len(TASKS), minutes=5, alpha=ALPHA,
                      epsilon="%g" % ds.attrs["epsilon"]))
    for part in (why, largest, tolerance, concentration, prediction):
        part(ds)


if __name__ == "__main__":
    main()
