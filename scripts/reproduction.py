#!/usr/bin/env python3
"""Writes docs/reproduction.md from the results files of configs/paper.cfg, configs/threshold.cfg,
configs/profile.cfg and configs/cells.cfg: every figure in its tables comes out of those files, only the
paper's own are quoted here.

    scripts/reproduction.py [PAPER [THRESHOLD [PROFILE [CELLS]]]] > docs/reproduction.md
    scripts/reproduction.py --cells CELLS docs/reproduction.md    # renews that section of the page alone

The files are results/paper.h5, ... unless they are named.
"""
import contextlib
import io
import re
import sys
from pathlib import Path

import numpy as np
import xarray as xr

SETS = ["none", "RR", "CR", "CC", "RR+CR", "RR+CC", "CR+CC", "RR+CR+CC"]
PAPER_COPY = {"none": 1.00, "RR": 0.876, "CR": 0.639, "CC": 1.00, "RR+CR": 0.624, "RR+CC": 0.875,
              "CR+CC": 0.639, "RR+CR+CC": 0.624}
PAPER_NEURO = {"flip_flop": {"fvu": 0.0048, "CR": 0.0945, "CC": 0.0496},
               "sine": {"fvu": 0.0036, "CR": 1.73, "CC": 2.08, "S": 21.1},
               "context_integration": {"fvu": 0.0104, "CR": 0.37, "CC": 0.94}}

HEAD = """# Reproduction of the paper

The figures that *Task-Restricted Symmetries in Recurrent Weight Space* (arXiv 2606.18457) reports, beside
those of this program. The paper's code is not public: tasks and recipes are reconstructions, chosen
because networks trained with them resemble the paper's, so agreement in the level of a metric is partly
by construction and no independent confirmation. The paper reports one network where this page reports
{n_copy} or {n_neuro} seeds: read the spread first.

All of it comes from four studies, about twenty minutes on two cores:

```
mpirun -q --oversubscribe -n $(($(nproc) + 1)) build/schursweep run configs/paper.cfg
mpirun -q --oversubscribe -n $(($(nproc) + 1)) build/schursweep run configs/threshold.cfg
mpirun -q --oversubscribe -n $(($(nproc) + 1)) build/schursweep run configs/profile.cfg
mpirun -q --oversubscribe -n $(($(nproc) + 1)) build/schursweep run configs/cells.cfg
/usr/bin/python3 scripts/reproduction.py > docs/reproduction.md
```

Entries are mean ± standard deviation (median) over seeds. Another processor gives other networks, seed by
seed, since training amplifies rounding; the statistics stay.
"""


def cell(values, digits=3):
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return "-"
    sd = values.std(ddof=1) if len(values) > 1 else 0.0
    form = "%%.%dg" % digits
    return "%s ± %s (%s)" % (form % values.mean(), "%.2g" % sd, form % np.median(values))


def select(ds, **labels):
    keep = np.ones(ds.sizes["case"], bool)
    for name, value in labels.items():
        if name == "recipe":
            keep &= np.array([("-%s-" % value) in str(m) for m in ds.model.values])
        else:
            keep &= ds[name].values == value
    return ds.isel(case=np.flatnonzero(keep))


def table(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(c) for c in row) + " |")
    print()


def copy_main(ds):
    group = select(ds, task="copy", construction="dense_orthogonal", hidden=72, recipe="flat")
    print("## Copy, orthogonal start, 72 units (recipe `flat`, %d seeds)\n" % group.sizes["case"])
    print("Accuracy over 128 steps of replay at alpha = 0.9.\n")
    at = group.sel(alpha=0.9)
    table(["removed", "paper", "here", "least", "most"],
          [[s, PAPER_COPY[s], cell(at.accuracy.sel(ablation=s)),
            "%.3f" % at.accuracy.sel(ablation=s).min(), "%.3f" % at.accuracy.sel(ablation=s).max()]
           for s in SETS])
    print("n_R: %s. The same accuracies at 0.85, 0.90 and 0.95: %d of %d networks.\n" % (
        ", ".join("%d" % n for n in at.n_r.values),
        sum(bool((c.accuracy == c.accuracy.isel(alpha=0)).all()) for _, c in group.groupby("case")),
        group.sizes["case"]))
    profile = {s: at.accuracy.sel(ablation=s).values for s in SETS}
    order = (profile["CR"] < profile["RR"]) & (profile["RR"] < profile["none"])
    print("-CC within .005 of the full network: %d of %d; -CR < -RR < full: %d of %d.\n" % (
        (np.abs(profile["CC"] - profile["none"]) <= 0.005).sum(), len(order), order.sum(), len(order)))


def copy_grid(ds):
    print("## Copy, all constructions and widths (recipe `ramp`)\n")
    print("Accuracy at alpha = 0.9; converged: networks with an accuracy of .995 or more in training. 56 "
          "units cannot hold the 64 bits of the task.\n")
    rows = []
    for construction in ("dense_default", "dense_orthogonal", "dense_normal", "cayley"):
        for hidden in (56, 64, 72):
            g = select(ds, task="copy", construction=construction, hidden=hidden, recipe="ramp")
            at = g.sel(alpha=0.9)
            rows.append(["`%s`" % construction, hidden, g.sizes["case"], int((g.converged == 1).sum()),
                         "%g" % np.median(at.n_r)] +
                        [cell(at.accuracy.sel(ablation=s)) for s in ("none", "RR", "CR", "CC", "RR+CR+CC")] +
                        ["%.1g" % float(at.coupling_mass.max())])
    table(["construction", "N", "seeds", "converged", "median n_R", "full", "-RR", "-CR", "-CC", "-all",
           "largest coupling mass"], rows)


def neuro(ds):
    print("## Neuroscience tasks, 64 units\n")
    print("FVU and its change at each threshold; S is the change over the removed mass.\n")
    rows = []
    groups = [("flip_flop", "tail"), ("flip_flop", "tail_wide_input"), ("sine", "tail"),
              ("context_integration", "tail")]
    for task, recipe in groups:
        g = select(ds, task=task, recipe=recipe)
        paper = PAPER_NEURO[task]
        rows.append([task, "**paper**, 0.9", 1, "", paper["fvu"], "negligible" if task == "flip_flop" else "",
                     paper["CR"], paper["CC"], "", paper.get("S", ""), ""])
        for alpha in (0.85, 0.9, 0.95):
            at = g.sel(alpha=alpha)
            d, s = at.delta_fvu, at.sensitivity
            rows.append(["%s (`%s`)" % (task, recipe), "%.2f" % alpha, g.sizes["case"],
                         "%g (%g to %g)" % (np.median(at.n_r), at.n_r.min(),
                                            at.n_r.max()),
                         cell(at.fvu.sel(ablation="none"))] +
                        [cell(d.sel(ablation=x)) for x in ("RR", "CR", "CC", "RR+CR+CC")] +
                        [cell(s.sel(ablation=x)) for x in ("CR", "CC")])
    table(["task", "alpha", "seeds", "n_R median (range)", "FVU", "-RR", "-CR", "-CC", "-all", "S(CR)",
           "S(CC)"], rows)
    rows = []
    for task, recipe in groups:
        g = select(ds, task=task, recipe=recipe)
        for alpha in (0.85, 0.9, 0.95):
            d = g.sel(alpha=alpha).delta_fvu
            larger = (d.sel(ablation="CR") > d.sel(ablation="CC")).sum()
            rows.append(["%s (`%s`)" % (task, recipe), "%.2f" % alpha, "%d of %d" % (larger, g.sizes["case"]),
                         "%d of %d" % ((g.converged == 1).sum(), g.sizes["case"])])
    table(["task", "alpha", "CR costs more than CC", "converged"], rows)


def ranks(values):
    return np.argsort(np.argsort(values))


def threshold(ds):
    print("## Sensitivity to the threshold\n")
    print("51 thresholds from 0.5 to 1. Agreement: Spearman's rank correlation of the eight sets' delta FVU "
          "at 0.85 or 0.95 with that at 0.90, over seeds. Partitions: different splits of the spectrum "
          "that the thresholds meet.\n")
    rows = []
    for task in ("copy", "flip_flop", "sine", "context_integration"):
        g = select(ds, task=task)
        rho = {a: [np.corrcoef(ranks(c.delta_fvu.sel(alpha=0.9)), ranks(c.delta_fvu.sel(alpha=a)))[0, 1]
                   for c in (g.isel(case=i) for i in range(g.sizes["case"]))] for a in (0.85, 0.95)}
        spread = (g.delta_fvu.max("alpha") - g.delta_fvu.min("alpha")).max("ablation")
        usual = g.n_r.sel(alpha=[0.85, 0.9, 0.95])
        rows.append([task, g.sizes["case"], cell(rho[0.85]), cell(rho[0.95]),
                     cell([len(set(c.values)) for c in usual]),
                     cell([len(set(c.values)) for c in g.n_r]), cell(spread)])
    table(["task", "seeds", "agreement 0.85", "agreement 0.95", "partitions at .85 .90 .95",
           "partitions at all 51", "largest change of delta FVU over alpha"], rows)


class Partitions:
    """All partitions of one case: interval, distance and cost of RR, CR, CC."""

    def __init__(self, case):
        n = int((case.partition_n_r.values >= 0).sum())
        self.low, self.high = case.alpha_low.values[:n], case.alpha_high.values[:n]
        self.distance = case.partition_distance.sel(ablation=["RR", "CR", "CC"]).values[:n]
        self.cost = case.partition_delta_fvu.values[:n]
        self.dominant = np.array(["RR", "CR", "CC"])[self.distance.argmax(1)]
        self.dominant[self.distance.max(1) == 0] = "none"

    def lengths(self, low, high):
        """How much of [low, high] belongs to each partition."""
        return np.maximum(np.minimum(self.high, high) - np.maximum(self.low, low), 0)

    def at(self, alpha):
        return int(np.flatnonzero((self.low < alpha) & (alpha <= self.high))[0])

    def share(self, name, low, high):
        return self.lengths(low, high)[self.dominant == name].sum() / (high - low)

    def mostly(self, low, high):
        return max(("RR", "CR", "CC", "none"), key=lambda name: self.share(name, low, high))


def partitions(ds):
    print("## All partitions\n")
    print("Every partition of every network's spectrum, exactly. The paper says that the profile does not "
          "depend on the threshold between 0.85 and 0.95. Different: partitions that .85, .90 and .95 meet. "
          "Inside: partitions that [.85, .95] has. Same: networks whose dominant coupling (the one whose "
          "removal moves the outputs most) at that threshold is also the dominant one over most of [.85, "
          ".95]. Turns: changes of the dominant coupling over all of them. Step: the largest change of "
          "a set's delta FVU from one partition of [.85, .95] to the next, divided by the cost of removing "
          "everything.\n")
    rows, shares = [], []
    for task in ("copy", "flip_flop", "sine", "context_integration"):
        g = select(ds, task=task)
        all_of = [Partitions(g.isel(case=i)) for i in range(g.sizes["case"])]
        usual = [[c.at(a) for a in (0.85, 0.9, 0.95)] for c in all_of]
        inside = [np.flatnonzero(c.lengths(0.85, 0.95) > 0) for c in all_of]
        steps = [abs(np.diff(c.cost[i], axis=0)).max() / c.cost[0, -1] if len(i) > 1 else 0.0
                 for c, i in zip(all_of, inside)]
        same = [sum(c.dominant[c.at(a)] == c.mostly(0.85, 0.95) for c in all_of) for a in (0.85, 0.9, 0.95)]
        rows.append([task, len(all_of), cell([len(set(u)) for u in usual]), cell([len(i) for i in inside])]
                    + ["%d of %d" % (s, len(all_of)) for s in same]
                    + [cell([(c.dominant[1:] != c.dominant[:-1]).sum() for c in all_of]), cell(steps)])
        shares.append([task] + [cell([c.share(name, 0.5, 1.0) for c in all_of]) for name in ("RR", "CR", "CC")]
                      + [cell([c.share(name, 0.85, 0.95) for c in all_of]) for name in ("RR", "CR", "CC")])
    table(["task", "seeds", "different", "inside", "same .85", "same .90", "same .95", "turns", "step"], rows)
    print("\nShare of the thresholds at which each coupling dominates:\n")
    table(["task", "[.5, 1]: RR", "CR", "CC", "[.85, .95]: RR", "CR", "CC"], shares)


CELLS_HEAD = """## Other cells

Five cells on the three tasks, five seeds each, trained with recipe `tail` (gated cells with three times its
rate), with biases but for plain tanh; gated cells have 32 units, the others 64. The paper names gated
networks as its future work. At alpha = 0.9, medians (and range) over seeds of the change of FVU; means say
little where a ReLU network runs away. Of a gru and an lstm the matrix of the candidate is taken apart
([models.md](models.md#matrices)), ReLU units are balanced, with a leak modes are ordered by the step operator.

"""

CELLS_TAIL = """**What holds.** No network of any cell does without its couplings: removing all of them always
costs something, in gated flip-flop networks least. Where R has one mode or two, as in most networks but
those of tanh, there is nothing in RR; in flip-flop it is nearly free in every cell but relu, as in the paper.

**What does not.** Which of CR and CC costs more is a question of the cell as much as of the task: compare the
last column within a task. A single coupling can be almost free in one cell and cost most in another: CR of
the lstm's candidate in flip-flop, CC of the same cell in context integration. In sine and context integration
the candidates of gated cells hold more mass in couplings than the matrices of tanh networks, which start
orthogonal; in flip-flop they do not. An ablated ReLU network may run away: its range goes up to orders of
magnitude above the others'. Five seeds show the spread, no fine differences.
"""


def cells(ds):
    """One row per task and cell, everything at alpha 0.9."""
    print(CELLS_HEAD, end="")
    at = ds.sel(alpha=0.9)
    kind = np.array([str(a) if c == "rnn" else str(c) for c, a in zip(at.cell.values, at.activation.values)])
    kind = np.array([f"{k}, leak {leak:g}" if leak < 1 else k for k, leak in zip(kind, at.leak.values)])

    def spread(values, digits="%.3g"):
        values = np.asarray(values)
        return "%s (%s to %s)" % tuple(digits % x for x in (np.median(values), values.min(), values.max()))

    rows = []
    for task in ("flip_flop", "sine", "context_integration"):
        for name in ("tanh", "tanh, leak 0.5", "relu", "gru", "lstm"):
            g = at.isel(case=np.flatnonzero((at.task.values == task) & (kind == name)))
            d = g.delta_fvu
            larger = (d.sel(ablation="CR") > d.sel(ablation="CC")).sum()
            rows.append([task, name, "%.2g" % np.median(g.fvu.sel(ablation="none")),
                         "%d of %d" % ((g.converged == 1).sum(), g.sizes["case"]),
                         spread(g.n_r, "%g"), spread(g.removed_mass.sel(ablation="RR+CR+CC"), "%.2f")]
                        + [spread(d.sel(ablation=x)) for x in ("RR", "CR", "CC", "RR+CR+CC")]
                        + ["%d of %d" % (larger, g.sizes["case"])])
    table(["task", "cell", "FVU", "converged", "n_R", "mass of all", "-RR", "-CR", "-CC", "-all",
           "CR costs more than CC"], rows)
    print(CELLS_TAIL)


def complete(path):
    ds = xr.open_dataset(path, engine="h5netcdf")
    if not (ds.state == 1).all():
        sys.exit("reproduction.py: %s is not complete" % ds.attrs["study"])
    return ds


def renew_cells(path, page):
    """The section of the page, in the place of the one that is there."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        cells(complete(path))
    page = Path(page)
    old = page.read_text("utf-8")
    new = re.sub(r"## Other cells\n.*?(?=^## What matches)", lambda _: text.getvalue(), old,
                 flags=re.MULTILINE | re.DOTALL)
    if new == old and "## Other cells" not in old:
        sys.exit("reproduction.py: %s has no section 'Other cells'" % page)
    page.write_text(new, "utf-8")


def main():
    if sys.argv[1:2] == ["--cells"]:
        return renew_cells(*sys.argv[2:])
    names = ("paper", "threshold", "profile", "cells")
    files = sys.argv[1:] + ["results/%s.h5" % name for name in names][len(sys.argv) - 1:]
    paper, more, whole, other = map(complete, files)
    print(HEAD.format(n_copy=select(paper, task="copy", recipe="flat").sizes["case"],
                      n_neuro=select(paper, task="sine").sizes["case"]))
    copy_main(paper)
    copy_grid(paper)
    neuro(paper)
    threshold(more)
    partitions(whole)
    cells(other)
    print(TAIL, end="")


TAIL = """## What matches, what does not

**Copy.** The shape is the paper's in every network: nothing is lost without the couplings within C, the
leading sector has 64 dimensions, one for each bit that has to be held, removing CR costs more than
removing RR, and the three usual thresholds give one and the same split. The level is not: the paper's
-CR (.639) lies below all five networks with recipe `flat` and far above those with `ramp`. How far the
replay breaks down depends on training; a single network's figure is no constant of the task.

**Constructions.** Cayley networks are normal matrices, so their Schur form has no couplings to remove:
every ablation leaves them as they are, exactly. The other constructions end alike.

**Flip-flop.** RR is negligible and CR costs more than CC at 0.9, as in the paper. With `tail` the costs are
two to three times larger, with wide input weights the paper's values lie within the spread. Which of the
two couplings costs more turns with the threshold.

**Sine.** FVU, both costs and the sensitivity of CR are of the paper's size. Which coupling costs more is a
coin toss between seeds, so the paper's order (CC above CR, the sensitivity of CR highest) is that of a
network, not of the task.

**Context integration.** The FVU is somewhat lower than the paper's and the cost of CC of its size, but
removing CR costs several times what the paper reports, and CC does not dominate at 0.9. The likely reason
is the task: noise and gain are our guess. Networks also differ in kind: one outlier eigenvalue leaves one
to four dimensions in R, without it the whole orthogonal bulk stays there and CC is empty.

**Threshold.** In rank the profile hardly changes from 0.85 to 0.95 for most networks. But the usual three
thresholds meet only one or two different splits, so part of that agreement is one ablation measured
twice; over 0.5 to 1 the cost of a set changes by as much as the cost itself.

**All partitions.** Whether the profile depends on the threshold is a question of the task. Copy networks
have one partition from 0.85 to 0.95, and CR dominates almost everywhere: there the paper's claim is
exact, and says no more than that a single ablation was done three times. On the other tasks the interval
has two partitions or more, and what a set costs changes from one to the next by a third (flip-flop), by
four fifths (sine) or by more than the cost of removing everything (context integration). The threshold
0.90 is a good choice all the same: in every network the coupling that dominates there does so over most
of [.85, .95]. At 0.95 that is so in 13 of 20 only. In sine and context integration RR dominates over three
fifths of [.5, 1] on average, and hardly ever above .85; which coupling does there depends on the seed as
much as on the threshold.
"""

if __name__ == "__main__":
    main()
