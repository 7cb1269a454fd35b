"""The statistics of a report, computed a second time with NumPy and SciPy from the results file."""
import itertools
import json
import re

import h5py
import numpy as np
import scipy.stats

import common
import reports
from reports import ALPHAS, MEASURES, SETS, number, read_csv

ROUNDING = 1e-12
WITH_INTERVALS = ["delta_fvu", "accuracy", "distance"]
RESAMPLES = 10000
THINNING = 1 if common.SOAK else 5  # one row in so many has its intervals computed a second time
# Two estimates of P(X <= q) = 0.025 from 10,000 draws each differ by less but once in 10^7 times.
MONTE_CARLO = 5.3 * np.sqrt(2 * 0.025 * 0.975 / RESAMPLES)


def iqm(values, axis=-1):
    return scipy.stats.trim_mean(values, 0.25, axis=axis)


def mean(d):
    """Infinite where infinite differences all have one sign."""
    return d.mean() if len(d) and not {-np.inf, np.inf} <= set(d) else np.nan


def quantile(values, share):
    """NumPy's, and infinite where the next value above is."""
    if len(values) == 0:
        return np.nan
    above = np.sort(values)[int(np.ceil(share * (len(values) - 1)))]
    return np.quantile(np.minimum(values, 1e6), share) if np.isfinite(above) else above


def without_infinite(d):
    """What is infinite outweighs all that is not; another infinite value evens it out."""
    finite = np.abs(d[np.isfinite(d)]).sum()
    return np.where(np.isfinite(d), d, np.sign(d) * (10 * finite if finite > 0 else 1.0))


def holm(p):
    """Step-down p values of a list without NaN."""
    order, adjusted, largest = np.argsort(p, kind="stable"), np.empty(len(p)), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p) - rank) * p[index]))
        adjusted[index] = largest
    return adjusted


class Statistics(reports.ReportCase):
    """A study with failed, pending and unconverged cases, and its report."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reports.write_models(cls.folder, reports.GROUPS)
        study = reports.write_study(cls.folder)
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", study))
        cls.path = cls.folder / "study.h5"
        cls.change_values(cls.path)
        reports.change_state(cls.path, np.s_[0], common.FAILED)
        reports.change_state(cls.path, np.s_[3, 1:, 3:], common.PENDING)
        reports.change_state(cls.path, np.s_[8, 2, 5], common.FAILED)
        reports.change_state(cls.path, np.s_[14, 0], common.PENDING)
        with h5py.File(cls.path, "r+") as file:
            file["converged"][:] = [1] * 5 + [0] * 2 + [1] * 5 + [0] + [-1] * 3
            common.write_message(file, 0, "the weights have a hole")
        cls.data = common.read_results(cls.path)
        cls.out = cls.folder / "report"
        cls.done = cls().expect(0, common.schursweep("report", cls.path, "-o", cls.out, "--json"))
        keys = list(zip(*(cls.data[name].tolist()
                          for name in ("task", "construction", "hidden"))))
        cls.order = reports.canonical(cls.data)
        cls.groups = {}
        for c in cls.order:
            cls.groups.setdefault(keys[c], []).append(c)
        # Couplings that are not there, and changes that are rounding.
        cls.empty = (cls.data["removed_mass"] < ROUNDING) & (np.arange(len(SETS)) > 0)
        cls.effects = {name: np.where(cls.empty, np.nan, cls.data[name]) for name in MEASURES}
        for name in ("delta_fvu", "distance"):
            cls.effects[name][np.abs(cls.effects[name]) < ROUNDING] = 0.0
        small = np.abs(cls.data["delta_fvu"]) < ROUNDING
        cls.effects["sensitivity"][small & ~np.isnan(cls.effects["sensitivity"])] = 0.0

    @staticmethod
    def change_values(path):
        """Those of the networks stay."""

    def of_jobs(self, name, cases, alpha, ablation):
        """Values of finished jobs that are defined, of networks that have the couplings."""
        values = self.effects[name][cases, alpha, ablation]
        values = values[self.data["state"][cases, alpha, ablation] == common.DONE]
        return values[~np.isnan(values)]

    def finite_of_jobs(self, *place):
        values = self.of_jobs(*place)
        return values[np.isfinite(values)]

    def rows(self, table):
        return read_csv(self.out / f"{table}.csv")

    def test_jobs_are_the_file(self):
        rows = self.rows("jobs")
        _, n_alphas, n_sets = self.data["state"].shape
        places = list(itertools.product(self.order, range(n_alphas), range(n_sets)))
        self.assertEqual(len(rows), len(places))
        for row, (c, a, s) in zip(rows, places):
            for name in ("model", "task", "construction"):
                self.assertEqual(row[name], self.data[name][c])
            self.assertEqual((number(row["alpha"]), row["ablation"]), (ALPHAS[a], SETS[s]))
            for name in ("hidden", "seed"):
                self.assertEqual(int(row[name]), self.data[name][c])
            for name in ("state", "error"):
                self.assertEqual(int(row[name]), self.data[name][c, a, s])
            converged = self.data["converged"][c]
            self.assertEqual(row["converged"], "" if converged < 0 else str(converged))
            stabilizer = self.data["stabilizer"][c, a, s]
            missing = stabilizer == 255 or s == 0 or self.empty[c, a, s]
            self.assertEqual(row["stabilizer"], "" if missing else str(stabilizer))
            done = self.data["state"][c, a, s] == common.DONE
            self.assertEqual(row["empty"], str(int(self.empty[c, a, s])) if done else "")
            self.assertEqual(int(row["n_r"]), self.data["n_r"][c, a])
            np.testing.assert_equal(number(row["alpha_gap"]), self.data["alpha_gap"][c, a])
            for name in MEASURES:  # bit for bit, and a NaN is an empty field
                none = name == "sensitivity" and self.empty[c, a, s]
                np.testing.assert_equal(number(row[name]),
                                        np.nan if none else self.data[name][c, a, s])

    def check_counts(self, row, cases, alpha, ablation):
        state = self.data["state"][cases, alpha, ablation]
        done = (state == common.DONE) & ~self.empty[cases, alpha, ablation]
        missed = self.data["converged"][cases] == 0
        stable = self.data["stabilizer"][cases, alpha, ablation] == 1
        self.assertEqual(int(row["n"]), done.sum())
        self.assertEqual(int(row["n_empty"]), self.empty[cases, alpha, ablation].sum())
        self.assertEqual(int(row["n_failed"]), (state == common.FAILED).sum())
        self.assertEqual(int(row["n_pending"]), (state == common.PENDING).sum())
        self.assertEqual(int(row["n_not_converged"]), (done & missed).sum())
        share = stable[done].mean() if done.any() and ablation > 0 else np.nan
        self.assert_close(number(row["stabilizer_share"]), share, rtol=1e-15)

    def check_samples(self, row, cases, alpha, ablation):
        for measure in MEASURES:
            values = self.of_jobs(measure, cases, alpha, ablation)
            n = len(values)
            finite = values[np.isfinite(values)]
            self.assertEqual(int(row[f"{measure}_n"]), n)
            self.assertEqual(int(row[f"{measure}_n_infinite"]), n - len(finite))
            expected = {"mean": np.mean(finite) if len(finite) else np.nan,
                        "sd": np.std(finite, ddof=1) if len(finite) > 1 else np.nan,
                        "median": quantile(values, 0.5),
                        "iqm": iqm(finite) if len(finite) else np.nan,
                        "q25": quantile(values, 0.25), "q75": quantile(values, 0.75)}
            for name, value in expected.items():
                self.assert_close(number(row[f"{measure}_{name}"]), value, rtol=1e-12, atol=1e-16,
                                  what=f"{measure}_{name}")

    def check_interval(self, low, high, distribution):
        """They are 2.5 % and 97.5 % quantiles of independent resamples, also where many of these
        have the same value."""
        slack = 1e-12 * max(1e-300, np.abs(distribution).max())
        for place, share in ((low, 0.025), (high, 0.975)):
            self.assertGreaterEqual(np.mean(distribution <= place + slack), share - MONTE_CARLO)
            self.assertLessEqual(np.mean(distribution < place - slack), share + MONTE_CARLO)

    def check_intervals(self, row, measure, distributions):
        for name, distribution in distributions.items():
            low, high = (number(row[f"{measure}_{name}_{end}"]) for end in ("low", "high"))
            if distribution is None:
                self.assertTrue(np.isnan(low) and np.isnan(high))
            else:
                self.check_interval(low, high, distribution)

    def group_rows(self):
        places = itertools.product(self.groups.items(), range(len(ALPHAS)), range(len(SETS)))
        rows = self.rows("groups")
        self.assertEqual(len(rows), len(self.groups) * len(ALPHAS) * len(SETS))
        for row, ((key, cases), a, s) in zip(rows, places):
            self.assertEqual((row["task"], row["construction"], int(row["hidden"])), key)
            self.assertEqual((number(row["alpha"]), row["ablation"]), (ALPHAS[a], SETS[s]))
            yield row, cases, a, s

    def test_statistics_of_groups(self):
        for row, cases, a, s in self.group_rows():
            self.check_counts(row, cases, a, s)
            self.check_samples(row, cases, a, s)

    def test_intervals_agree_with_scipy(self):
        statistics = {"mean": np.mean, "iqm": iqm}
        for row, cases, a, s in itertools.islice(self.group_rows(), 0, None, THINNING):
            for measure in WITH_INTERVALS:
                values = self.finite_of_jobs(measure, cases, a, s)
                found = dict.fromkeys(statistics)
                for name, statistic in statistics.items() if len(values) > 2 else ():
                    if np.ptp(values) == 0:
                        found[name] = np.full(RESAMPLES, values[0])
                        continue
                    found[name] = scipy.stats.bootstrap(
                        (values,), statistic, vectorized=True, axis=-1, method="percentile",
                        n_resamples=RESAMPLES, random_state=1).bootstrap_distribution
                self.check_intervals(row, measure, found)

    def test_statistics_of_tasks_are_stratified(self):
        random = np.random.default_rng(5)
        rows = iter(self.rows("tasks"))
        for task in ("copy", "sine"):
            groups = [cases for key, cases in self.groups.items() if key[0] == task]
            for a, s in np.ndindex(len(ALPHAS), len(SETS)):
                row = next(rows)
                self.assertEqual((row["task"], int(row["n_groups"])), (task, len(groups)))
                self.assertEqual((number(row["alpha"]), row["ablation"]), (ALPHAS[a], SETS[s]))
                self.check_counts(row, sum(groups, []), a, s)
                self.check_samples(row, sum(groups, []), a, s)
                for measure in WITH_INTERVALS if (8 * a + s) % THINNING == 0 else ():
                    strata = [self.finite_of_jobs(measure, cases, a, s) for cases in groups]
                    draws = np.hstack([random.choice(values, (RESAMPLES, len(values)))
                                       for values in strata if len(values)] or [np.empty((1, 0))])
                    enough = draws.shape[1] > 2
                    self.check_intervals(row, measure, {
                        "mean": draws.mean(axis=1) if enough else None,
                        "iqm": iqm(draws, axis=1) if enough else None})
        self.assertRaises(StopIteration, next, rows)

    def paired(self, cases, a, first, second):
        """Differences of networks where the two sets leave different matrices."""
        done = (self.data["state"][cases, a][:, [first, second]] == common.DONE).all(axis=1)
        one, other = (set(SETS[s].split("+")) - {"none"} for s in (first, second))
        between = [k for k, name in enumerate(("RR", "CR", "CC")) if name in one ^ other]
        done &= (self.data["coupling_mass"][cases, a][:, between] >= ROUNDING).any(axis=1)
        fvu = self.data["fvu"][cases, a][done]
        equal = fvu[:, second] == fvu[:, first]
        d = np.where(equal, 0.0, fvu[:, second] - np.where(equal, 0.0, fvu[:, first]))
        return np.where(np.abs(d) < ROUNDING, 0.0, d)

    def test_comparisons_are_exact(self):
        rows = iter(self.rows("comparisons"))
        for (key, cases), a in itertools.product(self.groups.items(), range(len(ALPHAS))):
            family = []
            for first, second in itertools.combinations(range(len(SETS)), 2):
                row, d = next(rows), self.paired(cases, a, first, second)
                self.assertEqual((row["task"], row["construction"], int(row["hidden"])), key)
                self.assertEqual((row["ablation_a"], row["ablation_b"], number(row["alpha"])),
                                 (SETS[first], SETS[second], ALPHAS[a]))
                self.assertEqual(int(row["n"]), len(d))
                if len(d) > 1:
                    p = scipy.stats.permutation_test((without_infinite(d),), np.mean,
                                                     permutation_type="samples",
                                                     n_resamples=np.inf).pvalue
                else:
                    p = 1.0 if len(d) else np.nan
                self.assert_close(number(row["p"]), p, rtol=1e-12)
                self.assert_close(number(row["mean_difference"]), mean(d), rtol=1e-12, atol=1e-16)
                self.assert_close(number(row["smallest_p"]), 2.0 ** (1 - len(d)) if len(d) else np.nan)
                family.append((row, p, without_infinite(d).sum()))
            self.check_family([member for member in family if not np.isnan(member[1])])
        self.assertRaises(StopIteration, next, rows)

    def check_family(self, family):
        adjusted = holm(np.array([p for _, p, _ in family]))
        for (row, _, total), p in zip(family, adjusted):
            self.assert_close(number(row["p_holm"]), p, rtol=1e-12)
            expected = "" if p > 0.05 else "b higher" if total > 0 else "b lower"
            self.assertEqual(row["verdict"], expected)
            if int(row["n"]) < 6:
                self.assertEqual(row["verdict"], "")

    def profile(self, c, a):
        """delta_fvu of all sets but `none`, NaN where empty; None when one is missing."""
        whole = (self.data["state"][c, a, 1:] == common.DONE).all()
        effects = self.effects["delta_fvu"][c, a, 1:]
        return np.where(np.isinf(effects), 1e9, effects) if whole else None

    def taus(self, profiles):
        pairs = itertools.combinations([p for p in profiles if p is not None], 2)
        pairs = [np.array(pair)[:, ~np.isnan(pair).any(axis=0)] for pair in pairs]
        taus = np.array([scipy.stats.kendalltau(x, y)[0] for x, y in pairs if
                         len(x) > 0 and np.ptp(x) > 0 and np.ptp(y) > 0])
        return taus

    def check_taus(self, row, taus):
        self.assertEqual(int(row["n_pairs"]), len(taus))
        self.assert_close(number(row["mean_tau"]), taus.mean() if len(taus) else np.nan, atol=1e-12)
        self.assert_close(number(row["lowest_tau"]), taus.min() if len(taus) else np.nan, atol=1e-12)

    def test_agreement_over_alphas(self):
        for row, cases in zip(self.rows("thresholds"), self.groups.values(), strict=True):
            taus = [self.taus([self.profile(c, a) for a in range(len(ALPHAS))]) for c in cases]
            self.check_taus(row, np.concatenate(taus))
            self.assertEqual((int(row["n_seeds"]), int(row["n_alphas"])), (len(cases), len(ALPHAS)))
            partitions = [len(set(self.data["n_r"][c])) for c in cases]
            self.assert_close(number(row["partitions"]), np.mean(partitions), rtol=1e-15)
            best = (-1.0, None)
            for s in range(1, len(SETS)):
                whole = [c for c in cases if (self.data["state"][c, :, s] == common.DONE).all()
                         and not self.empty[c, :, s].any()]
                means = self.effects["delta_fvu"][whole, :, s].mean(axis=0) if whole else np.zeros(1)
                change = 0.0 if means.min() == np.inf else means.max() - means.min()
                if whole and means.min() < np.inf and change > best[0]:
                    best = (change, SETS[s], ALPHAS[means.argmin()], ALPHAS[means.argmax()])
            self.assert_close(number(row["largest_change"]), best[0], rtol=1e-12)
            self.assertEqual((row["change_ablation"], number(row["alpha_low"]),
                              number(row["alpha_high"])), best[1:])

    def test_agreement_over_seeds(self):
        places = itertools.product(self.groups.values(), range(len(ALPHAS)))
        for row, (cases, a) in zip(self.rows("similarity"), places, strict=True):
            self.assertEqual(number(row["alpha"]), ALPHAS[a])
            self.check_taus(row, self.taus([self.profile(c, a) for c in cases]))

    def test_json_is_the_group_table(self):
        found = json.loads(self.done.stdout)
        state = common.job_states(self.data)
        self.assertEqual(found["jobs"], {"done": (state == 1).sum(), "failed": (state == 2).sum(),
                                         "pending": (state == 0).sum()})
        for row, expected in zip(found["groups"], self.rows("groups"), strict=True):
            self.assertEqual(list(row), list(expected))
            for name, text in expected.items():
                if name in ("task", "construction", "ablation", "cell", "matrix"):
                    self.assertEqual(row[name], text)
                else:
                    np.testing.assert_equal(np.nan if row[name] is None else row[name], number(text))

    def test_what_is_missing_is_said(self):
        state = common.job_states(self.data)
        page = self.page(self.out)
        pending, failed = (state == 0).sum(), (state == 2).sum()
        top = page.text[:page.text.index("What was run")]
        for part in (f"not finished: {pending} of {state.size} jobs are pending",
                     f"{failed} of {state.size} jobs failed",
                     "Failed: g0s0.h5 on sine: the weights have a hole",
                     "Failed: g1s1.h5 on sine: network output became NaN or Inf",
                     "3 networks below the training target"):
            self.assertIn(part, top)
            self.assertIn(part, self.done.stderr)

    def test_converged_only_leaves_them_out(self):
        out, done = self.report(self.path, "--converged-only")
        self.assertIn("left out of all statistics (--converged-only): g1s5, g0s5, g0s6",
                      done.stderr)
        kept = self.data["converged"] != 0
        for row, ((key, cases), a, s) in zip(
                read_csv(out / "groups.csv"),
                itertools.product(self.groups.items(), range(len(ALPHAS)), range(len(SETS))),
                strict=True):
            cases = [c for c in cases if kept[c]]
            self.check_counts(row, cases, a, s)
            self.check_samples(row, cases, a, s)
            self.assertEqual(row["n_not_converged"], "0")

    def test_the_table_on_the_terminal(self):
        _, done = self.report(self.path, "--alpha", "0.61")
        head, text, _, sentences = done.stdout.split("\n\n")
        self.assertIn("alpha = 0.6,", head)
        expected = [row for row in self.rows("groups")
                    if number(row["alpha"]) == ALPHAS[0] and row["ablation"] != "none"]
        rows = [re.split("  +", line.strip()) for line in text.splitlines()]
        self.assertEqual(rows[0][:2], ["task, network", "seeds"])
        self.assertEqual(len(rows) - 1, len(self.groups))
        self.assertEqual(len(sentences.splitlines()), len(self.groups))
        cells = [(row, name, cell) for row in rows[1:] for name, cell in zip(rows[0][2:], row[2:])]
        for (row, name, cell), whole in zip(cells, expected, strict=True):
            self.assertEqual((row[0].split(",")[0], name), (whole["task"], whole["ablation"]))
            if whole["n"] == "0":
                self.assertEqual(cell, "empty" if whole["n_empty"] != "0" else "-")
                continue
            mean, share = cell.split()
            stable, n = map(int, share.split("/"))
            self.assertEqual(n, int(whole["n"]))
            self.assertAlmostEqual(stable / n, number(whole["stabilizer_share"]))
            self.assert_close(float(mean), number(whole["delta_fvu_mean"]), rtol=6e-3)
        _, quiet = self.report(self.path, "-q")
        self.assertEqual((quiet.stdout, quiet.stderr), ("", ""))


class RandomStatistics(Statistics):
    """The same of random values: tied, infinite, missing and empty ones among them."""

    @staticmethod
    def change_values(path):
        random = np.random.default_rng(17)
        with h5py.File(path, "r+") as file:
            shape = file["fvu"].shape
            infinite = random.random(shape) < 0.08
            infinite[..., 0] = False
            for name in MEASURES:
                values = random.normal(0.4, 0.3, shape)
                values = np.where(random.random(shape) < 0.4, values.round(1), values)  # ties
                if name in ("fvu", "distance", "accuracy"):
                    values = np.abs(values)
                if name == "accuracy":
                    values[random.random(shape) < 0.1] = np.nan
                elif name != "removed_mass":
                    values[infinite] = np.inf
                file[name][:] = values
            mass = random.random((*shape[:2], 3)) * (random.random((*shape[:2], 3)) < 0.8)
            file["coupling_mass"][:] = mass
            for s, text in enumerate(SETS):
                names = text.split("+")
                parts = [mass[..., k] for k, name in enumerate(("RR", "CR", "CC")) if name in names]
                file["removed_mass"][..., s] = np.sqrt(sum(part ** 2 for part in parts))
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = file["delta_fvu"][:] / file["removed_mass"][:]
            file["sensitivity"][:] = np.where(file["removed_mass"][:] > 0, ratio, np.nan)
            file["stabilizer"][:] = file["distance"][:] <= 0.1

    def test_every_kind_of_value_is_there(self):
        rows = self.rows("groups")
        self.assertTrue({"0", "1", "2"} <= {row["delta_fvu_n_infinite"] for row in rows})
        self.assertTrue(any(int(row["accuracy_n"]) < int(row["n"]) for row in rows))
        self.assertGreater(len({row["n_empty"] for row in rows}), 3)
        values = self.of_jobs("delta_fvu", slice(None), slice(None), slice(1, None))
        self.assertLess(len(set(values)), 0.8 * len(values))
        self.assertIn("inf", {row["mean_difference"] for row in self.rows("comparisons")})

    test_json_is_the_group_table = None  # of the other one
    test_what_is_missing_is_said = None
    test_the_table_on_the_terminal = None
    if not common.SOAK:
        test_converged_only_leaves_them_out = None


if __name__ == "__main__":
    common.main()
