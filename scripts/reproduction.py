#!/usr/bin/env python3
"""Writes docs/reproduction.md from the results files of the seven studies that STUDIES names: every figure
in its tables comes out of those files, only the paper's own are quoted here.

    scripts/reproduction.py [FOLDER] > docs/reproduction.md     # FOLDER of the results files: results
"""
import sys
from pathlib import Path

import numpy as np
import xarray as xr

STUDIES = ["paper", "copy_level", "copy_bits", "matched", "threshold", "profile", "cells"]
COUPLINGS = ["RR", "CR", "CC"]
SETS = ["none", "RR", "CR", "CC", "RR+CR", "RR+CC", "CR+CC", "RR+CR+CC"]
ALL = SETS[-1]
USUAL = (0.85, 0.9, 0.95)
NEURO = [("flip_flop", "tail"), ("flip_flop", "tail_wide_input"), ("sine", "tail"),
         ("context_integration", "tail")]
# One solution.
PAPER_COPY = {"none": 1.00, "RR": 0.876, "CR": 0.639, "CC": 1.00, "RR+CR": 0.624, "RR+CC": 0.875,
              "CR+CC": 0.639, "RR+CR+CC": 0.624}
# Means of an unknown number of networks.
PAPER_NEURO = {"flip_flop": {"FVU": 0.0048, "-CR": 0.0945, "-CC": 0.0496},
               "sine": {"FVU": 0.0036, "-CR": 1.73, "-CC": 2.08, "S(CR)": 21.1},
               "context_integration": {"FVU": 0.0104, "-CR": 0.37, "-CC": 0.94}}

HEAD = """# Reproduction of the paper

The figures that *Task-Restricted Symmetries in Recurrent Weight Space* (arXiv 2606.18457) reports, beside
those of this program. The paper's code is not public: tasks and recipes are reconstructions, chosen
because networks trained with them resemble the paper's, so agreement in the level of a metric is partly
by construction and no independent confirmation. Of the paper its summary was at hand. It calls its figures
of the three neuroscience tasks mean values, of how many networks we do not know; its copy table is one
solution. So here a mean stands beside a mean, with the standard error of ours, and the one solution beside
the range of {n_copy} networks.

All of it comes from seven studies, about a quarter of an hour on two cores:

```
for study in paper copy_level copy_bits matched threshold profile cells; do
  mpirun -q --oversubscribe -n $(($(nproc) + 1)) build/schursweep run configs/$study.cfg
done
/usr/bin/python3 scripts/reproduction.py > docs/reproduction.md
```

Where nothing else is said alpha is 0.9 and entries are mean ± standard deviation (median) over seeds.
`converged` counts networks that reach the recipe's target in training; the targets were chosen after the
first results were seen. Trained networks are the same on processors with AVX2 and with AVX-512.
"""


COPY_SAYS = """Accuracy over 128 steps of replay, counted by bits. The shape is the paper's: nothing is lost
without the couplings within C, the leading sector has a dimension for each of the 64 bits to be held, and
removing CR costs more than removing RR. The level differs from network to network. The paper's solution lies
inside the range of ours without CR and without all, near the lower end; without RR it does better than all of
them, the one figure of the table that stays unexplained.
"""

HORIZON_SAYS = """Networks that converged, median (least to most). The paper gives neither the shape of its 64 bits
nor how many steps were answered in training. Trained on longer answers networks lose less: with a horizon of
64 steps they keep more than the paper's solution without RR, far more without CR, and the two change places; 128
steps are not learnt in the 3500 of this recipe. So a longer horizon explains the paper's -RR and not, at the
same time, its -CR. Networks of 64 symbols of one bit, which learn 128 steps, fall far below the paper: 8
symbols of 8 bits fit better.
"""

GRID_SAYS = """Accuracy. 56 units cannot hold the 64 bits of the task, so those networks do not converge. Cayley
networks are normal matrices: their couplings are rounding (1e-15 of the norm here, 1e-7 where weights are
kept in float32; the paper's "almost zero complementary coupling" is presumably the latter), and every
ablation leaves them as they are. The other constructions end alike, and of 72 units far below the paper
in -CR: the level depends on training.
"""

NEURO_SAYS = """**Flip-flop.** RR is negligible and CR costs more than CC, as in the paper. With `tail` both cost two
to four times what they cost there, in networks with a quarter of its FVU; networks of its FVU follow below.

**Sine.** FVU, both costs and S(CR) are of the paper's size, and CC costs more than CR, as there. One thing
is not met: the paper has the largest S for CR, here it is larger for RR and CC in the mean and in most
networks. That S divides by the norm removed, not by its square, rests on the paper's figure for CR alone.

**Context integration.** The FVU is lower than the paper's and the cost of CC of its size, but CR costs four
times as much, and CC costs more than CR in a third of the networks only. Noise and gain of the task are our
guess, and the paper's number of networks is not known.

FVU and its changes, mean ± standard error of the mean. S is the change over the removed mass, of the
networks that have the coupling.
"""

MATCHED_SAYS = """Networks of different quality need not be alike in what their couplings do, so here are
others, trained with fewer batches per epoch.

**Flip-flop.** Wide input weights and 18 or 20 batches give the paper's FVU; `tail` with 40 batches does not
learn the task. The difference by a factor of four is gone: at the paper's FVU -CR is one and a half times
the paper's, -CC on either side of it, and single networks have both. It is not gone altogether, though:
no group has a mean as low as .0945 for CR. Wide inputs and few batches go together here, so which of the two
matters cannot be told.

**Context integration.** With 36 batches the FVU is about the paper's. CR costs three to four times what the
paper reports with any number of batches.
"""

KINDS_SAYS = """With an outlier among the eigenvalues R holds a few dimensions (n_R < N/2). Without one the bulk of
the orthogonal start stays in R, and CC is nearly empty. A mean over both is that of neither, and with few
batches there are more of the first. Single networks of either kind cost as little without CR as the paper's
mean, .37, but none of the forty has that and its .94 for CC, and no group has such a mean. Median (least to
most):
"""

THRESHOLD_SAYS = """The paper says of copy, perhaps of all tasks, that the profile does not depend on the threshold. For
copy this is so because the three usual thresholds split the spectrum in one and the same way. On the other
tasks many networks have another split at 0.85 or 0.95 than at 0.90, and these alone can tell: a third
of them keep the order of the three couplings.

Other split: networks of the study of all partitions. Same order: those of them in which RR, CR and CC cost
in the same order as at 0.90. Splits and change: over 51 thresholds from 0.5 to 1, five seeds.
"""

PARTITIONS_SAYS = """Every partition of every network's spectrum, exactly. Copy networks have one from 0.85 to
0.95, and CR dominates almost everywhere. On the other tasks the interval has two or more, and from one to the next the
cost of a set changes by a third of what removing everything costs (flip-flop), two thirds (sine) or nine tenths
(context integration). The threshold 0.90 is a good choice all the same: the coupling that dominates there
does so over most of [.85, .95] in nearly every network, that of 0.85 or 0.95 in two thirds. In sine and
context integration RR dominates over most of [.5, 1], but mostly not above .85; which coupling does there
depends on the seed as much as on the threshold.

Different: partitions that .85, .90 and .95 meet. Inside: partitions that [.85, .95] has. Same: networks
whose dominant coupling (the one whose removal moves the outputs most) at that threshold is also the
dominant one over most of [.85, .95]. Turns: changes of the dominant coupling over all of them. Step: the
largest change of a set's delta FVU from one partition of [.85, .95] to the next, divided by the cost of
removing everything.
"""


def known(values):
    values = np.asarray(values, float).ravel()
    return values[~np.isnan(values)]


def cell(values, digits=3):
    values = known(values)
    if len(values) == 0:
        return "-"
    form = "%%.%dg" % digits
    sd = values.std(ddof=1) if len(values) > 1 else 0.0
    return "%s ± %s (%s)" % (form % values.mean(), "%.2g" % sd, form % np.median(values))


def error_of_mean(values):
    return known(values).std(ddof=1) / np.sqrt(len(known(values)))


def mean(values):
    return "%.3g ± %.2g" % (known(values).mean(), error_of_mean(values))


def spread(values, digits="%.3g"):
    values = known(values)
    if len(values) == 0:
        return "-"
    return "%s (%s to %s)" % tuple(digits % x for x in (np.median(values), values.min(), values.max()))


def select(ds, **labels):
    keep = np.ones(ds.sizes["case"], bool)
    for name, value in labels.items():
        if name == "recipe":
            keep &= np.array([("-%s-" % value) in str(m) for m in ds.model.values])
        else:
            keep &= ds[name].values == value
    return ds.isel(case=np.flatnonzero(keep))


def groups(ds):
    """The entries of a study's `models`, in its order: seeds begin anew in each."""
    starts = np.flatnonzero(ds.seed.values == 0)
    return [ds.isel(case=slice(a, b)) for a, b in zip(starts, [*starts[1:], None])]


def recipe(ds):
    return "tail_wide_input" if "-tail_wide_input-" in str(ds.model.values[0]) else "tail"


def counted(condition):
    condition = np.asarray(condition)
    return "%d of %d" % (condition.sum(), len(condition))


def converged(ds):
    return counted(ds.converged == 1)


def table(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(c) for c in row) + " |")
    print()


def copy_main(ds):
    at = groups(ds)[0].sel(alpha=0.9)
    accuracy = {s: at.accuracy.sel(ablation=s).values for s in SETS}
    print("## Copy, orthogonal start, 72 units (recipe `flat`, %d seeds)\n" % at.sizes["case"])
    print(COPY_SAYS)
    table(["removed", "paper", "here", "least", "most", "below the paper's"],
          [[s, "%.3f" % PAPER_COPY[s], cell(a), "%.3f" % a.min(), "%.3f" % a.max(),
            counted(a < PAPER_COPY[s]) if PAPER_COPY[s] < 1 else ""] for s, a in accuracy.items()])
    order = (accuracy["CR"] < accuracy["RR"]) & (accuracy["RR"] < accuracy["none"])
    print("n_R is 64 in %s networks. -CC is within .005 of the full network in %s; -CR < -RR < full in %s; the "
          "same accuracies at 0.85, 0.90 and 0.95 in %s.\n" % (
              counted(at.n_r == 64), counted(abs(accuracy["CC"] - accuracy["none"]) <= 0.005), counted(order),
              counted([bool((c.accuracy == c.accuracy.isel(alpha=0)).all())
                       for _, c in groups(ds)[0].groupby("case")])))


def copy_horizon(level, bits):
    print("## Copy, by training horizon and shape\n")
    print(HORIZON_SAYS)
    rows = [["**paper**", "", "", "", ""] + ["%.3f" % PAPER_COPY[s] for s in ("RR", "CR", "RR+CC", ALL)]]
    for shape, horizon, g in zip(["8 x 8"] * 3 + ["64 x 1"], [32, 64, 128, 128], groups(level) + [bits]):
        learned = g.isel(case=np.flatnonzero(g.converged == 1)).sel(alpha=0.9)
        rows.append([shape, horizon, converged(g), spread(learned.n_r, "%g"),
                     "%.1g" % np.median(learned.train_loss) if learned.sizes["case"] else "-"] +
                    [spread(learned.accuracy.sel(ablation=s), "%.3f") for s in ("RR", "CR", "RR+CC", ALL)])
    table(["symbols x bits", "horizon", "converged", "n_R", "final loss", "-RR", "-CR", "-RR-CC", "-all"], rows)


def copy_grid(ds):
    print("## Copy, all constructions and widths (recipe `ramp`)\n")
    print(GRID_SAYS)
    rows = []
    for construction in ("dense_default", "dense_orthogonal", "dense_normal", "cayley"):
        for hidden in (56, 64, 72):
            g = select(ds, task="copy", construction=construction, hidden=hidden, recipe="ramp")
            at = g.sel(alpha=0.9)
            rows.append(["`%s`" % construction, hidden, converged(g), "%g" % np.median(at.n_r)] +
                        [cell(at.accuracy.sel(ablation=s)) for s in ("none", "RR", "CR", "CC", ALL)] +
                        ["%.1g" % float(at.coupling_mass.max())])
    table(["construction", "N", "converged", "median n_R", "full", "-RR", "-CR", "-CC", "-all",
           "largest coupling mass"], rows)


def neuro_values(g):
    """Everything at alpha 0.9 that the paper might report of a group of networks."""
    at = g.sel(alpha=0.9)
    values = {"FVU": at.fvu.sel(ablation="none")}
    values |= {"-%s" % s: at.delta_fvu.sel(ablation=s) for s in COUPLINGS}
    return values | {"S(%s)" % s: at.sensitivity.sel(ablation=s) for s in COUPLINGS}


def beside_paper(named):
    """Means beside the paper's, and how far apart in standard errors of ours."""
    columns = ["FVU", "-RR", "-CR", "-CC", "S(RR)", "S(CR)", "S(CC)"]
    rows, apart, last = [], [], None
    for task, name, g in named:
        paper, values = PAPER_NEURO[task], neuro_values(g)
        if task != last:
            none = {"-RR": "negligible"} if task == "flip_flop" else {}
            rows.append(["%s, **paper**" % task, "", ""] + [(none | paper).get(c, "") for c in columns])
        last = task
        rows.append(["%s, %s" % (task, name), g.sizes["case"], converged(g)] +
                    [mean(values[c]) for c in columns])
        apart.append(["%s, %s" % (task, name)] +
                     ["%+.1f" % ((paper[c] - float(known(values[c]).mean())) / error_of_mean(values[c]))
                      if c in paper else "" for c in ("FVU", "-CR", "-CC", "S(CR)")])
    table(["task, recipe", "seeds", "converged"] + columns, rows)
    print("The paper's mean minus ours, in standard errors of ours (the paper's own are unknown, so that a "
          "distance of two or three says nothing):\n")
    table(["task, recipe", "FVU", "-CR", "-CC", "S(CR)"], apart)


def neuro(ds):
    print("## Neuroscience tasks, 64 units\n")
    print(NEURO_SAYS)
    beside_paper([(t, "`%s`" % r, select(ds, task=t, recipe=r)) for t, r in NEURO])
    sensitivity = select(ds, task="sine").sel(alpha=0.9, ablation=COUPLINGS).sensitivity
    largest = sensitivity.fillna(0).argmax("ablation").values
    print("S of sine is the largest for %s.\n" % ", ".join(
        "%s in %s" % (name, counted(largest == i)) for i, name in enumerate(COUPLINGS)))
    print("By threshold, medians over seeds:\n")
    rows = []
    for task, name in NEURO:
        g = select(ds, task=task, recipe=name)
        for alpha in USUAL:
            d = g.sel(alpha=alpha).delta_fvu
            rows.append(["%s, `%s`" % (task, name), "%.2f" % alpha, spread(g.sel(alpha=alpha).n_r, "%g")] +
                        ["%.3g" % np.median(d.sel(ablation=s)) for s in COUPLINGS + [ALL]] +
                        [counted(d.sel(ablation="CR") > d.sel(ablation="CC"))])
    table(["task, recipe", "alpha", "n_R (range)", "-RR", "-CR", "-CC", "-all", "CR costs more than CC"], rows)


def batches(g):
    return int(round(float(g.train_steps[0]) / 30))


def matched(paper, ds):
    print("## Networks as good as the paper's\n")
    print(MATCHED_SAYS)
    grid = [(str(g.task.values[0]), recipe(g), batches(g), g)
            for g in groups(ds) + [select(paper, task=t, recipe=r) for t, r in NEURO]
            if str(g.task.values[0]) != "sine"]
    grid.sort(key=lambda row: (row[0] != "flip_flop", row[1], row[2]))
    beside_paper([(t, "`%s`, %d batches" % (r, b), g) for t, r, b, g in grid])
    return [(b, g) for t, _, b, g in grid if t == "context_integration"]


def kinds(of_context):
    print("## Context integration is of two kinds\n")
    print(KINDS_SAYS)
    rows = []
    for b, g in of_context:
        at = g.sel(alpha=0.9)
        outlier = (at.n_r < at.hidden / 2).values
        for name, kind in (("outlier", outlier), ("bulk", ~outlier)):
            values = neuro_values(g.isel(case=np.flatnonzero(kind)))
            rows.append([b, name, counted(kind), spread(at.n_r[kind], "%g")] +
                        [spread(values[c]) for c in ("FVU", "-RR", "-CR", "-CC")])
    table(["batches", "kind", "networks", "n_R", "FVU", "-RR", "-CR", "-CC"], rows)


def same_order(case, alpha):
    """Whether RR, CR and CC cost in the same order as at 0.9."""
    cost = case.delta_fvu.sel(ablation=COUPLINGS)
    return (np.argsort(cost.sel(alpha=alpha).values) == np.argsort(cost.sel(alpha=0.9).values)).all()


def threshold(ds, usual):
    print("## Sensitivity to the threshold\n")
    print(THRESHOLD_SAYS)
    rows = []
    for task in ("copy", "flip_flop", "sine", "context_integration"):
        g = select(usual, task=task)
        cases = [g.isel(case=i) for i in range(g.sizes["case"])]
        row = [task]
        for alpha in (0.85, 0.95):
            other = [c for c in cases if c.n_r.sel(alpha=alpha) != c.n_r.sel(alpha=0.9)]
            row += ["%d of %d" % (len(other), len(cases)),
                    counted([same_order(c, alpha) for c in other]) if other else "-"]
        g = select(ds, task=task)
        change = (g.delta_fvu.max("alpha") - g.delta_fvu.min("alpha")).max("ablation")
        rows.append(row + [cell([len(set(c.values)) for c in g.n_r]), cell(change)])
    table(["task", "other split at 0.85", "same order", "other split at 0.95", "same order",
           "splits at all 51", "largest change of delta FVU over alpha"], rows)


class Partitions:
    """All partitions of one case: interval, distance and cost of RR, CR, CC."""

    def __init__(self, case):
        n = int((case.partition_n_r.values >= 0).sum())
        self.low, self.high = case.alpha_low.values[:n], case.alpha_high.values[:n]
        self.distance = case.partition_distance.sel(ablation=COUPLINGS).values[:n]
        self.cost = case.partition_delta_fvu.values[:n]
        self.dominant = np.array(COUPLINGS)[self.distance.argmax(1)]
        self.dominant[self.distance.max(1) == 0] = "none"

    def lengths(self, low, high):
        """How much of [low, high] belongs to each partition."""
        return np.maximum(np.minimum(self.high, high) - np.maximum(self.low, low), 0)

    def at(self, alpha):
        return int(np.flatnonzero((self.low < alpha) & (alpha <= self.high))[0])

    def share(self, name, low, high):
        return self.lengths(low, high)[self.dominant == name].sum() / (high - low)

    def mostly(self, low, high):
        return max((*COUPLINGS, "none"), key=lambda name: self.share(name, low, high))


def partitions(ds):
    print("## All partitions\n")
    print(PARTITIONS_SAYS)
    rows, shares = [], []
    for task in ("copy", "flip_flop", "sine", "context_integration"):
        g = select(ds, task=task)
        all_of = [Partitions(g.isel(case=i)) for i in range(g.sizes["case"])]
        usual = [[c.at(a) for a in USUAL] for c in all_of]
        inside = [np.flatnonzero(c.lengths(0.85, 0.95) > 0) for c in all_of]
        steps = [abs(np.diff(c.cost[i], axis=0)).max() / c.cost[0, -1] if len(i) > 1 else 0.0
                 for c, i in zip(all_of, inside)]
        same = [counted([c.dominant[c.at(a)] == c.mostly(0.85, 0.95) for c in all_of]) for a in USUAL]
        rows.append([task, len(all_of), cell([len(set(u)) for u in usual]), cell([len(i) for i in inside])]
                    + same
                    + [cell([(c.dominant[1:] != c.dominant[:-1]).sum() for c in all_of]), cell(steps)])
        shares.append([task] + [cell([c.share(name, 0.5, 1.0) for c in all_of]) for name in COUPLINGS]
                      + [cell([c.share(name, 0.85, 0.95) for c in all_of]) for name in COUPLINGS])
    table(["task", "seeds", "different", "inside", "same .85", "same .90", "same .95", "turns", "step"], rows)
    print("Share of the thresholds at which each coupling dominates:\n")
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
those of tanh, there is mostly nothing in RR; in flip-flop it is nearly free in every cell, as in the paper.

**What does not.** Which of CR and CC costs more is a question of the cell as much as of the task: compare the
last column within a task. A single coupling can be cheap in one cell and cost most in another: CR of
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

    rows = []
    for task in ("flip_flop", "sine", "context_integration"):
        for name in ("tanh", "tanh, leak 0.5", "relu", "gru", "lstm"):
            g = at.isel(case=np.flatnonzero((at.task.values == task) & (kind == name)))
            d = g.delta_fvu
            rows.append([task, name, "%.2g" % np.median(g.fvu.sel(ablation="none")),
                         converged(g),
                         spread(g.n_r, "%g"), spread(g.removed_mass.sel(ablation=ALL), "%.2f")]
                        + [spread(d.sel(ablation=x)) for x in COUPLINGS + [ALL]]
                        + [counted(d.sel(ablation="CR") > d.sel(ablation="CC"))])
    table(["task", "cell", "FVU", "converged", "n_R", "mass of all", "-RR", "-CR", "-CC", "-all",
           "CR costs more than CC"], rows)
    print(CELLS_TAIL)


def complete(path):
    ds = xr.open_dataset(path, engine="h5netcdf").load()
    if not (ds.state == 1).all():
        sys.exit("reproduction.py: %s is not complete" % path)
    return ds


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    ds = {name: complete(folder / (name + ".h5")) for name in STUDIES}
    print(HEAD.format(n_copy=groups(ds["copy_level"])[0].sizes["case"]))
    copy_main(ds["copy_level"])
    copy_horizon(ds["copy_level"], ds["copy_bits"])
    copy_grid(ds["paper"])
    neuro(ds["paper"])
    kinds(matched(ds["paper"], ds["matched"]))
    threshold(ds["threshold"], ds["profile"])
    partitions(ds["profile"])
    cells(ds["cells"])


if __name__ == "__main__":
    main()
