"""Threshold curves in `show`, `report` and `verify`, computed a second time with NumPy from the results
file."""
import re
import shutil
import unittest

import h5py
import numpy as np

import common
import reports
from reports import number, read_csv, read_table

DAMAGED, USAGE = 6, 2
ALPHAS = [0.6, 0.85, 0.9, 0.95]
COUPLINGS = ["RR", "CR", "CC"]
NAMES = [*COUPLINGS, "none", ""]
NONE, UNKNOWN = 3, 4
WIDE, USUAL, NEAR = (0.5, 1.0), (0.85, 0.95), 0.01
TABLES = ("partitions", "break_points", "model_dominance", "dominance", "representative")
GROUPS = [("sine", "dense_normal", 10, 4, None), ("copy", "", 9, 3, "accuracy"),
          ("copy", "cayley", 7, 1, None)]
ORACLE = common.ORACLES / "ctxint_s0.h5"


class Curves:
    """What a results file says about the partitions of its models."""

    def __init__(self, path):
        self.data = data = common.read_results(path)
        with h5py.File(path) as file:
            self.epsilon = float(file.attrs["epsilon"])
        sets = data["ablation"].tolist()
        self.places = [sets.index(name) for name in COUPLINGS]
        self.alone = data["partition_distance"][:, :, self.places].copy()
        self.alone[data["partition_state"][:, :, self.places] != common.DONE] = np.nan
        self.n = (data["partition_n_r"] >= 0).sum(axis=1)
        largest = np.where(np.isnan(self.alone).any(axis=2), np.nan, self.alone.max(axis=2))
        self.dominant = np.where(np.isnan(largest), UNKNOWN,
                                 np.where(largest <= self.epsilon, NONE,
                                          np.nan_to_num(self.alone).argmax(axis=2)))

    def at(self, case, alpha):
        """Number of the one partition whose interval holds alpha."""
        inside = ((self.data["alpha_low"][case] < alpha) & (alpha <= self.data["alpha_high"][case]))
        (partition,) = np.flatnonzero(inside)
        return int(partition)

    def shares(self, case, low, high):
        """By the dominant one in the middle between any two neighbouring ends of intervals."""
        ends = self.data["alpha_high"][case, : self.n[case]]
        edges = np.unique(np.concatenate([[low, high], ends[(low < ends) & (ends < high)]]))
        middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / (high - low)
        kinds = [self.dominant[case, self.at(case, middle)] for middle in middles]
        return np.bincount(kinds, widths, minlength=5)

    def usual(self, case):
        shares = self.shares(case, *USUAL)
        return UNKNOWN if shares[UNKNOWN] > 0 else int(shares[:UNKNOWN].argmax())

    def gap(self, case, alpha):
        breaks = self.data["alpha_high"][case, 1 : self.n[case]]
        return np.abs(breaks - alpha).min() if len(breaks) else np.nan

    def groups(self):
        groups = {}
        keys = list(zip(*(self.data[name].tolist() for name in ("task", "construction", "hidden"))))
        for c in reports.canonical(self.data):
            groups.setdefault(keys[c], []).append(c)
        return groups


def forget_splits(file, case):
    """The case is as before it was begun: its partitions are not known."""
    for name in common.ALWAYS:
        file[f"{name}_state"][case] = common.PENDING
    file["partition_n_r"][case] = -1
    for name in ("alpha_low", "alpha_high"):
        file[name][case] = np.nan


class ProfileCase(reports.ReportCase):
    @classmethod
    def setUpClass(cls):
        """Two groups, a model by itself and a trained one whose name in the study is absolute."""
        super().setUpClass()
        reports.write_models(cls.folder, GROUPS)
        study = reports.write_study(cls.folder, alphas=ALPHAS, partitions="all",
                                    models=[{"file": "g*.h5"}, {"file": ORACLE}])
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", study))
        cls.path = cls.folder / "study.h5"
        cls.plain = reports.write_study(cls.folder, "plain", "g0*.h5", alphas=ALPHAS)
        cls().expect(common.COMPLETE, common.schursweep("run", "-q", cls.plain))


class Show(ProfileCase):
    TABLES = ("Every partition", "The study's alphas among the break points", "What dominates")

    def show(self, model, *, path=None):
        """What is told of a model, and the rows of its three tables."""
        done = self.expect(0, common.schursweep("show", path or self.path, "--partitions", model))
        lines = done.stdout.splitlines()
        return done.stdout, [read_table(lines[lines.index(f"  {title}") + 2:])
                             for title in self.TABLES if f"  {title}" in lines]

    def test_the_rows_are_the_file(self):
        curves = Curves(self.path)
        for c, model in enumerate(curves.data["model"]):
            rows = self.show(model)[1][0]
            self.assertEqual(len(rows), curves.n[c])
            for p, row in enumerate(rows):
                ends = [curves.data[name][c, p] for name in ("alpha_low", "alpha_high")]
                self.assertEqual(int(row["partition"]), p + 1)
                self.assert_close([float(row["alpha above"]), float(row["up to"])], ends, atol=6e-7)
                self.assertEqual(row.get("near-tie", "-"), "*" if ends[1] - ends[0] < NEAR else "-")
                self.assertEqual(int(row["n_R"]), curves.data["partition_n_r"][c, p])
                self.assert_close([float(row[name]) for name in COUPLINGS], curves.alone[c, p],
                                  rtol=6e-4)
                self.assertEqual(row["dominates"], NAMES[curves.dominant[c, p]])

    def test_the_thresholds_among_them(self):
        curves = Curves(self.path)
        for c, model in enumerate(curves.data["model"]):
            text, (_, found, _) = self.show(model)
            partitions = [curves.at(c, alpha) for alpha in ALPHAS]
            self.assertEqual([float(row["alpha"]) for row in found], ALPHAS)
            for a, row in enumerate(found):
                p = partitions[a]
                self.assert_close([float(row["alpha above"]), float(row["up to"])],
                                  [curves.data["alpha_low"][c, p], curves.data["alpha_high"][c, p]],
                                  atol=6e-7)
                self.assertEqual(int(row["n_R"]), curves.data["n_r"][c, a])
                self.assert_close(number(row["nearest break point"]), curves.gap(c, ALPHAS[a]),
                                  rtol=0.06)
                self.assertEqual(row.get("near-tie") == "1", curves.gap(c, ALPHAS[a]) < NEAR)
                self.assertEqual(row.get("same as previous") == "1", a > 0 and p == partitions[a - 1])
            n = len(set(partitions))
            self.assertIn(f"4 thresholds of the study, {n} different partition", text)

    def test_shares_and_near_ties(self):
        curves = Curves(self.path)
        warned = 0
        for c, model in enumerate(curves.data["model"]):
            text, (_, _, (row,)) = self.show(model)
            self.assert_close([float(row[name]) for name in [*NAMES[:UNKNOWN], "unknown"]],
                              curves.shares(c, *WIDE), atol=6e-4)
            self.assertEqual(row["most of 0.85 to 0.95"], NAMES[curves.usual(c)])
            near = sum(curves.gap(c, alpha) < NEAR for alpha in ALPHAS)
            self.assertEqual(f"{near} of 4 thresholds lie within 0.01" in text, near > 0)
            widths = curves.data["alpha_high"][c] - curves.data["alpha_low"][c]
            narrow = (widths < NEAR).sum()
            self.assertEqual(f"* {narrow} of {curves.n[c]} partitions are narrower" in text,
                             narrow > 0)
            warned += near > 0
        self.assertGreater(warned, 0)

    def test_the_old_spelling_is_taken_with_a_note(self):
        old = self.expect(0, common.schursweep("show", self.path, "--profile", "g0s0.h5"))
        self.assertEqual(old.stdout, self.show("g0s0.h5")[0])
        self.assertEqual(old.stderr, "note: --profile is now called --partitions\n")

    def test_the_plain_table_warns_too(self):
        data = common.read_results(self.path)
        text = self.expect(0, common.schursweep("show", self.path, "--long")).stdout
        self.assertEqual(text.count("near-tie: an eigenvalue is"), (data["alpha_gap"] < NEAR).sum())
        self.assertGreater(text.count("near-tie"), 0)
        text = self.expect(0, common.schursweep("show", self.path)).stdout
        self.assertEqual(len(re.findall(r"~\d", text)), (data["alpha_gap"] < NEAR).sum())
        self.assertIn("~ near-tie: an eigenvalue lies within 0.01", text)

    def refuse(self, part, *arguments):
        failed = self.expect(USAGE, common.schursweep("show", *arguments))
        self.assertEqual(len(failed.stderr.splitlines()), 1, failed.stderr)
        self.assertIn(part, failed.stderr)
        self.assertEqual(failed.stdout, "")

    def test_what_cannot_be_shown(self):
        self.refuse("plain.h5 has no partitions", self.folder / "plain.h5", "-p", "g0s0.h5")
        self.refuse("did you mean 'g0s3.h5'", self.path, "-p", "g0s3.h")
        self.refuse("no model 'zzzzzzzzzz'", self.path, "-p", "zzzzzzzzzz")
        self.refuse("without --model, --alpha, --csv", self.path, "-p", "g0s0.h5", "-a", "0.9")
        self.refuse("without --model, --alpha, --csv", self.path, "-p", "g0s0.h5", "-m", "g0s0.h5")

    def test_a_pending_case(self):
        half = reports.copy(self.path, "half.h5")
        with h5py.File(half, "r+") as file:
            file["partition_state"][0] = common.PENDING
            file["partition_state"][1] = common.PENDING
            forget_splits(file, 1)
        _, (rows, _, (shares,)) = self.show("g0s0.h5", path=half)
        self.assertEqual(len(rows), Curves(self.path).n[0])
        self.assertEqual([name for name in (*COUPLINGS, "dominates") if name in rows[0]], [])
        self.assertEqual(shares["unknown"], "1.000")
        text, tables = self.show("g0s1.h5", path=half)
        self.assertEqual(tables, [])
        self.assertEqual(text.splitlines()[1:], ["  pending"])


class Report(ProfileCase):
    """One model is failed in one partition within the usual window, one is pending altogether."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with h5py.File(cls.path, "r+") as file:
            p = Curves(cls.path).at(1, 0.9)
            file["partition_state"][1, p, 1:] = common.FAILED
            file["partition_error"][1, p, 1:] = 105
            file["partition_distance"][1, p, 1:] = np.nan
            file["partition_state"][2] = common.PENDING
            forget_splits(file, 2)
        cls.curves = Curves(cls.path)
        cls.out = cls.folder / "report"
        cls.done = cls().expect(0, common.schursweep("report", cls.path, "-o", cls.out))

    def rows(self, table):
        return read_csv(self.out / f"{table}.csv")

    def check_labels(self, row, case):
        for name in ("model", "task", "construction"):
            self.assertEqual(row[name], self.curves.data[name][case])
        for name in ("hidden", "seed"):
            self.assertEqual(int(row[name]), self.curves.data[name][case])

    def test_partitions_are_the_file(self):
        curves, data = self.curves, self.curves.data
        places = [(c, p) for c in reports.canonical(data) for p in range(curves.n[c])]
        rows = self.rows("partitions")
        self.assertEqual(len(rows), len(places))
        for row, (c, p) in zip(rows, places):
            self.check_labels(row, c)
            self.assertEqual(int(row["partition"]), p + 1)
            self.assertEqual(int(row["n_r"]), data["partition_n_r"][c, p])
            self.assertEqual(row["dominant"], NAMES[curves.dominant[c, p]])
            for name in ("alpha_low", "alpha_high"):
                np.testing.assert_equal(number(row[name]), data[name][c, p])
            for name, place in zip(COUPLINGS, curves.places):
                done = data["partition_state"][c, p, place] == common.DONE
                for measure in ("distance", "delta_fvu", "accuracy", "removed_mass"):
                    stored = data[f"partition_{measure}"][c, p, place]
                    np.testing.assert_equal(number(row[f"{measure}_{name}"]),
                                            stored if done else np.nan)

    def test_break_points(self):
        curves = self.curves
        rows = iter(self.rows("break_points"))
        for c in reports.canonical(curves.data):
            previous = None
            for a, alpha in enumerate(ALPHAS):
                row = next(rows)
                self.check_labels(row, c)
                self.assertEqual(number(row["alpha"]), alpha)
                if curves.n[c] == 0:
                    self.assertEqual({row[name] for name in list(row)[13:]}, {""})
                    continue
                p = curves.at(c, alpha)
                self.assertEqual(int(row["partition"]), p + 1)
                self.assertEqual(int(row["n_r"]), curves.data["n_r"][c, a])
                self.assertEqual(row["dominant"], NAMES[curves.dominant[c, p]])
                self.assertEqual(row["usual_dominant"], NAMES[curves.usual(c)])
                self.assert_close(number(row["break_distance"]), curves.gap(c, alpha), atol=1e-15)
                self.assertEqual(int(row["near_tie"]), curves.gap(c, alpha) < NEAR)
                self.assertEqual(int(row["same_as_previous"]), p == previous)
                previous = p
        self.assertEqual(list(rows), [])

    def test_shares_of_models(self):
        curves = self.curves
        models = {}
        for c, row in zip(reports.canonical(curves.data), self.rows("model_dominance"), strict=True):
            models[row["model"]] = c
            self.check_labels(row, c)
            if curves.n[c] == 0:
                self.assertEqual({row[name] for name in list(row)[12:]}, {""})
                continue
            low, high = (curves.data[name][c, : curves.n[c]] for name in ("alpha_low", "alpha_high"))
            self.assertEqual(int(row["n_partitions"]), curves.n[c])
            self.assertEqual(int(row["n_partitions_wide"]), (high > WIDE[0]).sum())
            self.assertEqual(int(row["n_narrow_wide"]),
                             ((high > WIDE[0]) & (high - low < NEAR)).sum())
            shares = [number(row[f"share_{name}"]) for name in [*NAMES[:UNKNOWN], "unknown"]]
            self.assert_close(shares, curves.shares(c, *WIDE), atol=1e-13)
            self.assertEqual(row["usual_dominant"], NAMES[curves.usual(c)])
        self.assertIn(str(ORACLE), models)

    def test_shares_of_groups(self):
        curves, rows = self.curves, iter(self.rows("dominance"))
        for key, cases in curves.groups().items():
            shares = np.array([curves.shares(c, *WIDE) for c in cases if curves.n[c] > 0])
            complete = shares[shares[:, UNKNOWN] == 0]
            for k, name in enumerate(NAMES[:UNKNOWN]):
                row, x = next(rows), complete[:, k]
                self.assertEqual((row["task"], row["construction"], int(row["hidden"])), key)
                self.assertEqual(row["dominant"], name)
                counts = [len(x), len(shares) - len(x), len(cases) - len(shares)]
                self.assertEqual([int(row[c]) for c in ("n", "n_incomplete", "n_without_partitions")],
                                 counts)
                expected = {"mean": x.mean(), "median": np.median(x), "min": x.min(),
                            "max": x.max(), "q25": np.percentile(x, 25),
                            "q75": np.percentile(x, 75),
                            "sd": x.std(ddof=1) if len(x) > 1 else np.nan}
                for statistic, value in expected.items():
                    self.assert_close(number(row[statistic]), value, atol=1e-13, what=statistic)
            if key[0] == "context_integration":
                self.assertEqual(counts, [1, 0, 0])
        self.assertEqual(list(rows), [])

    def test_representative_thresholds(self):
        curves, rows = self.curves, iter(self.rows("representative"))
        some_differ = False
        for key, cases in curves.groups().items():
            known = [c for c in cases if curves.n[c] > 0 and curves.usual(c) != UNKNOWN]
            for alpha in ALPHAS:
                row = next(rows)
                here = [curves.dominant[c, curves.at(c, alpha)] for c in known]
                same = sum(h == curves.usual(c) for h, c in zip(here, known))
                self.assertEqual((row["task"], row["construction"], int(row["hidden"])), key)
                self.assertEqual(number(row["alpha"]), alpha)
                self.assertEqual((int(row["n"]), int(row["n_same"])), (len(known), same))
                self.assert_close(number(row["share"]), same / len(known), atol=1e-15)
                some_differ |= same < len(known)
        self.assertEqual(list(rows), [])
        self.assertTrue(some_differ)

    @unittest.skipUnless(shutil.which("gnuplot"), "needs gnuplot")
    def test_the_page_and_all_figures(self):
        page = self.page(self.out)
        self.assertIn("Which coupling dominates, and where?", page.text)
        self.assertIn("8 of 9 cases have all partitions", page.text)
        self.assertIn("Is an alpha representative of its neighbours?", page.text)
        self.assertIn("Every model by itself (3)", page.text)  # of two groups of one task
        figures = self.out / "figures"
        scripts = {path.stem for path in figures.glob("*.gp")}
        self.assertEqual({path.stem for path in figures.glob("*.svg")}, scripts)
        self.assertFalse((figures / "gnuplot.log").exists())
        counts = [sum(name.startswith(f"{kind}-") for name in scripts)
                  for kind in ("partitions", "model-partitions", "dominance")]
        self.assertEqual(counts, [2, 8, 4])  # groups of several models, models, groups
        self.assertEqual(len(page.pictures), reports.shown_figures(scripts))

    def test_the_manual_names_them(self):
        text = (common.ROOT / "docs" / "report.md").read_text(encoding="utf-8")
        for path in self.out.glob("*.csv"):
            self.assertIn(f"`{path.name}`", text)
        for kind in ("partitions", "model-partitions", "dominance"):
            self.assertIn(f"`{kind}-*`", text)
        page = (self.out / "report.html").read_text(encoding="utf-8")
        for table in TABLES:
            self.assertIn(f"{table}.csv", page)

    def test_warnings(self):
        told, curves = self.done.stderr, self.curves
        self.assertIn("8 of 9 cases have all partitions", told)
        self.assertIn("Failed: g0s1.h5 on sine", told)
        splits = [set(n_r[n_r >= 0]) for n_r in curves.data["n_r"]]
        merged = sum(0 < len(split) < len(ALPHAS) for split in splits)
        known = sum(len(split) > 0 for split in splits)
        self.assertIn(f"In {merged} of {known} cases the 4 thresholds are fewer different partitions",
                      told)
        width = curves.data["alpha_high"] - curves.data["alpha_low"]
        narrow = ((width < NEAR) & (curves.data["alpha_high"] > WIDE[0])).any(axis=1).sum()
        self.assertIn(f"Near-ties of moduli: in {narrow} of 8 cases", told)


class Pooling(ProfileCase):
    def test_without_partitions_nothing_is_said(self):
        folder, _ = self.report(self.path)
        self.expect(0, common.schursweep("report", self.folder / "plain.h5", "-o", folder))
        self.assertEqual([name for name in TABLES if (folder / f"{name}.csv").exists()], [])
        text = self.page(folder).text
        for word in ("Which coupling dominates", "Is an alpha", "partitions.csv", "curve"):
            self.assertNotIn(word, text)

    def test_files_with_and_without(self):
        """Two files of different widths, and one without partitions."""
        for name, pattern, keys in (("narrow", "g1*.h5", {"partitions": "all"}),
                                    ("wide", "g0s[01].h5", {"partitions": "all"})):
            self.run_study(reports.write_study(self.folder, name, pattern, alphas=ALPHAS, **keys))
        paths = [self.folder / f"{name}.h5" for name in ("plain", "narrow", "wide")]
        folder, done = self.report(*paths)
        self.assertIn("5 of 7 cases have all partitions", done.stderr)
        self.assertIn("2 cases are in more than one file", done.stderr)
        rows = {row["model"]: [] for row in read_csv(folder / "jobs.csv")}
        for row in read_csv(folder / "partitions.csv"):
            rows[row["model"]].append(number(row["distance_CR"]))
        whole = Curves(self.path)
        for model, found in rows.items():
            c = common.case_of(whole.data, model)
            is_there = model not in ("g0s2.h5", "g0s3.h5")
            np.testing.assert_equal(found, whole.alone[c, : whole.n[c], 1] if is_there else [])

    def test_damaged_values_end_a_curve(self):
        """Sizes and intervals that cannot be: what stands before them is told."""
        path = reports.copy(self.path, "odd.h5")
        with h5py.File(path, "r+") as file:
            file["partition_n_r"][0, 3] = 2**31 - 1
            file["alpha_low"][1, 2], file["alpha_high"][1, 2] = 0.9, 0.1
            file["alpha_high"][2, 0] = np.nan
            file["partition_state"][3, 1, 1] = 77
            file["partition_distance"][3, 0] = np.inf
        folder, _ = self.report(path)
        counts = {}
        for row in read_csv(folder / "partitions.csv"):
            counts[row["model"]] = counts.get(row["model"], 0) + 1
        whole = Curves(self.path)
        self.assertEqual([counts.get(f"g0s{seed}.h5", 0) for seed in range(4)],
                         [3, 2, 0, whole.n[3]])
        self.page(folder)
        for seed in range(4):
            self.expect(0, common.schursweep("show", path, "-p", f"g0s{seed}.h5"))

    def test_other_values_of_a_partition_are_a_conflict(self):
        with h5py.File(reports.copy(self.path, "wrong.h5"), "r+") as file:
            file["partition_fvu"][3, 2, 1] += 1e-9
        done = self.expect(5, common.schursweep("report", self.path, self.folder / "wrong.h5", "-o",
                                                self.folder / "none"))
        self.assertIn("model 'g0s3.h5'", done.stderr)


class Verify(ProfileCase):
    VALUES = ("fvu", "delta_fvu", "accuracy", "distance", "removed_mass", "sensitivity",
              "stabilizer", "error", "checksum")

    def verify(self, code, path, *options):
        return self.expect(code, common.schursweep("verify", path, *options))

    def count_jobs(self):
        data = common.read_results(self.path)
        return int((common.job_states(data) == common.DONE).sum())

    def test_every_job_again(self):
        n = self.count_jobs()
        told = self.verify(0, self.path, "--sample", "100%").stdout
        self.assertIn(f"{n} jobs done, 0 failed, 0 pending, 0 damaged", told)
        self.assertIn(f"{n} the same bits, 0 different", told)
        self.assertNotIn("skipped", told)

    def test_a_flipped_bit_of_a_partition(self):
        for i, name in enumerate(self.VALUES):
            path = reports.copy(self.path, f"flipped-{name}.h5")
            with h5py.File(path, "r+") as file:
                place = (i % 8, i % 4, 2)
                raw = np.array([file[f"partition_{name}"][place]])
                raw.view(np.uint8)[0] ^= 1
                file[f"partition_{name}"][place] = raw[0]
            with self.subTest(name):
                failed = self.verify(DAMAGED, path, "--sample", "0")
                self.assertIn("1 finished jobs fail their checksum", failed.stderr)

    def test_a_flipped_bit_of_an_interval(self):
        path = reports.copy(self.path, "interval.h5")
        with h5py.File(path, "r+") as file:
            file["alpha_low"][2, 1] = np.nextafter(file["alpha_low"][2, 1], 1)
        failed = self.verify(DAMAGED, path, "--sample", "0")
        self.assertIn("finished jobs fail their checksum", failed.stderr)

    def test_wrong_values_with_right_checksums(self):
        """The values of another network in the same place of another file."""
        path = reports.copy(self.path, "lie.h5")
        other = reports.write_study(self.folder, "other", "g0s1.h5", alphas=ALPHAS, partitions="all")
        self.run_study(other)
        with h5py.File(self.folder / "other.h5") as false, h5py.File(path, "r+") as file:
            for name in self.VALUES:
                file[f"partition_{name}"][0, 2, 3] = false[f"partition_{name}"][0, 2, 3]
        failed = self.verify(DAMAGED, path, "--sample", "1")
        self.assertRegex(failed.stderr, r"1 recomputed jobs differ.*g0s0\.h5.*partition 3, .*CC")


if __name__ == "__main__":
    common.main()
