"""Pairs of networks: profiles against NumPy, weights of a network under other names, and a file of
pairs that is as robust as that of a sweep."""
import itertools
import signal

import h5py
import numpy as np

import common
import interrupted
import models
import reports

LOWS = (0.5, 0.85)
STATES = ("profile_state", "weight_state", "dsa_state")


def renamed(model, seed):
    """The same network with other names and signs of its units."""
    draw = np.random.default_rng(seed)
    order, sign = draw.permutation(len(model.weight_hh)), draw.choice([-1.0, 1.0],
                                                                      len(model.weight_hh))
    model.weight_hh = (sign[:, None] * model.weight_hh * sign)[order][:, order]
    model.weight_ih = (sign[:, None] * model.weight_ih)[order]
    model.weight_hy = (model.weight_hy * sign)[:, order]
    return model


def profile_distance(results, a, b, low):
    """The integral over the common refinement, from the variables of the study's file."""
    edges, levels = [], []
    for case in (a, b):
        count = int((results["partition_n_r"][case] >= 0).sum())
        edges.append(results["alpha_low"][case, :count])
        distance = results["partition_distance"][case, :count, 1:]
        levels.append(np.log10(np.maximum(distance, 1e-3)))
    points = np.unique(np.concatenate([*edges, [low, 1.0]]))
    points = points[points >= low]
    total = 0.0
    for start, end in zip(points[:-1], points[1:]):
        middle = (start + end) / 2
        one, other = (level[np.flatnonzero(edge < middle)[0]]
                      for edge, level in zip(edges, levels))
        total += (end - start) * ((one - other) ** 2).mean()
    return np.sqrt(total / (1 - low))


class Pairs(interrupted.TestCase):
    """Four networks of one group, the last of them the first under other names, and one of another
    width, which is in no pair."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed, (own, hidden) in enumerate(((0, 6), (1, 6), (2, 6), (0, 6), (3, 5))):
            model = models.network(own, hidden)
            if seed == 3:
                model = renamed(model, 9)
            common.write_model(cls.folder / f"m{seed}.h5", model, models.trials_for(model, own),
                               attributes={"seed": seed})
        study = common.write_study(cls.folder / "study.cfg", models=[{"file": "m*.h5"}],
                                   alphas=[0.9], partitions="all")
        cls.results = cls().run_study(study)
        cls.source = study.with_suffix(".h5")
        cls.path = cls.folder / "study.pairs.h5"
        told = cls().expect(common.COMPLETE, common.schursweep("compare", cls.source))
        cls.told = told.stderr
        cls.pairs = common.read_results(cls.path)

    def compare(self, path, code=common.COMPLETE, **keys):
        told = self.expect(code, common.schursweep("compare", "-q", "-o", path, self.source, **keys))
        return told.stderr

    def test_every_two_networks_of_a_group_are_a_case(self):
        self.assertEqual(list(zip(self.pairs["seed"], self.pairs["seed_2"])),
                         [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
        self.assertEqual(list(self.pairs["model_2"][:3]), ["m1.h5", "m2.h5", "m3.h5"])
        self.assertTrue(all((self.pairs[name] == 1).all() for name in STATES))
        self.assertIn("complete, next: schursweep report RESULTS", self.told)

    def test_profiles_are_those_of_an_independent_program(self):
        for pair, (a, b) in enumerate(zip(self.pairs["seed"], self.pairs["seed_2"])):
            for i, low in enumerate(LOWS):
                # Of the copy, partitions that rounding has moved count as the root of rounding here.
                self.assert_close(self.pairs["profile_distance"][pair, i],
                                  profile_distance(self.results, a, b, low),
                                  atol=1e-6 if (a, b) == (0, 3) else 1e-9)
        self.assertGreater(self.pairs["profile_distance"][0, 0], 0.01)

    def test_a_network_under_other_names_is_at_no_distance(self):
        for name in ("weight_distance", "dsa_distance", "dsa_eigenvalue_distance"):
            self.assertLess(self.pairs[name][2], 1e-9, name)
            self.assertTrue((np.delete(self.pairs[name], 2) > 1e-3).all(), name)
        self.assertLess(self.pairs["profile_distance"][2].max(), 1e-6)
        self.assertGreater(self.pairs["weight_distance_null"][2], 0.1)

    def test_any_number_of_ranks_gives_the_same_bits(self):
        path = self.folder / "ranks.h5"
        self.compare(path, ranks=2)
        self.assert_same_bits(common.read_results(path), self.pairs)

    def test_killed_at_a_write_it_is_finished_by_the_same_command(self):
        counted = self.compare(self.folder / "whole.h5",
                               environment=interrupted.kill_environment("whole.h5"))
        for moment in range(3, int(counted.split()[-1]), 23 if common.SOAK else 70):
            path = self.folder / f"killed{moment}.h5"
            environment = interrupted.kill_environment(path.name, moment)
            self.compare(path, -signal.SIGKILL, environment=environment)
            self.assert_done_jobs_are_right(path, self.pairs)
            self.compare(path)
            self.assert_same_bits(common.read_results(path), self.pairs, f"moment {moment}")

    def test_verify_computes_the_same_bits_and_finds_damage(self):
        told = self.expect(common.COMPLETE,
                           common.schursweep("verify", "--sample", "100%", self.path))
        self.assertIn("18 the same bits, 0 different", told.stdout)
        path = self.folder / "damaged.h5"
        path.write_bytes(self.path.read_bytes())
        with h5py.File(path, "r+") as file:
            file["weight_distance"][1] *= 1 + 1e-15
        self.expect(6, common.schursweep("verify", path))
        self.assertIn("1 finished jobs fail their checksum", self.compare(path))
        self.assert_same_bits(common.read_results(path), self.pairs)

    def test_show_and_status_know_pairs(self):
        told = self.expect(common.COMPLETE, common.schursweep("show", self.path, "-m", "m1"))
        self.assertEqual(len(told.stdout.splitlines()), 4)  # either may be it
        told = self.expect(common.COMPLETE,
                           common.schursweep("show", self.path, "-m", "m3.h5", "--csv"))
        self.assertEqual(len(told.stdout.splitlines()), 4)  # the last, which is the first of none
        self.expect(2, common.schursweep("show", self.path, "-m", "m9", "--csv"))
        told = self.expect(common.COMPLETE, common.schursweep("show", self.path, "--csv"))
        rows = [line.split(",") for line in told.stdout.splitlines()]
        self.assertEqual(len(rows), 7)
        column = rows[0].index("profile_distance 0.85")
        self.assertEqual(float(rows[1][column]), self.pairs["profile_distance"][0, 1])
        told = self.expect(common.COMPLETE, common.schursweep("status", self.path))
        self.assertIn("18 done, 0 failed, 0 pending of 18 in 6 cases", told.stdout)

    def test_the_report_tells_degeneracy(self):
        folder = self.folder / "report"
        self.expect(common.COMPLETE,
                    common.schursweep("report", "-q", "-o", folder, self.source, self.path))
        row, other = reports.read_csv(folder / "degeneracy.csv")
        row, other = (row, other) if row["n_networks"] == "4" else (other, row)
        self.assertEqual((row["n_pairs"], other["n_pairs"], other["profile"]), ("6", "0", ""))
        ratio = self.pairs["weight_distance"] / self.pairs["weight_distance_null"]
        removable = self.results["distance"][:4, 0, 1:] <= 0.1
        removable &= self.results["removed_mass"][:4, 0, 1:] > 1e-12
        either = [(a | b).sum() for a, b in itertools.combinations(removable, 2)]
        both = [(a & b).sum() for a, b in itertools.combinations(removable, 2)]
        for name, expected in (
                ("weight_ratio", ratio.mean()), ("profile", self.pairs["profile_distance"][:, 0].mean()),
                ("dsa_distance", self.pairs["dsa_distance"].mean()),
                ("fvu_sd", np.log10(self.results["fvu"][:4, 0, 0]).std(ddof=1)),
                ("stabilizer_distance", np.mean([1 - b / e if e else 0 for b, e in zip(both, either)]))):
            self.assert_close(float(row[name]), expected, rtol=1e-12, atol=1e-12, what=name)
            self.assertLessEqual(float(row[f"{name}_low"]), expected + 1e-12)
            self.assertGreaterEqual(float(row[f"{name}_high"]), expected - 1e-12)
        self.assertTrue((folder / "figures" / "degeneracy.gp").exists())
        self.assertIn("Degeneracy", (folder / "report.html").read_text())

    def test_pairs_of_a_study_that_has_grown_are_kept(self):
        few = common.write_study(self.folder / "first.cfg", models=[{"file": "m[01].h5"}],
                                 alphas=[0.9], partitions="all")
        self.run_study(few)
        path = self.folder / "grown.h5"
        self.expect(common.COMPLETE, common.schursweep(
            "compare", "-q", "-o", path, few.with_suffix(".h5")))
        self.assertIn("3 of its 3 jobs can be kept", self.compare(path, 5))
        told = self.expect(common.COMPLETE, common.schursweep(
            "compare", "--extend", "-o", path, self.source))
        self.assertIn("15 jobs in", told.stderr)
        self.assert_same_bits(common.read_results(path), self.pairs)

    def test_what_cannot_be_compared_is_refused(self):
        alone = common.write_study(self.folder / "alone.cfg", models=[{"file": "m4.h5"}],
                                   alphas=[0.9])
        few = common.write_study(self.folder / "few.cfg", models=[{"file": "m[01].h5"}],
                                 alphas=[0.9])
        self.run_study(alone)
        self.run_study(few)
        for code, part, *files in (
                (2, "no two networks differ by their seed alone", alone.with_suffix(".h5")),
                (2, "a file of pairs, expected one of a study", self.path),
                (5, "'pairs' differs", few.with_suffix(".h5"), "-o", self.path)):
            told = self.expect(code, common.schursweep("compare", "-q", *files))
            self.assertIn(part, told.stderr)
        self.expect(2, common.schursweep("report", self.path))

    def test_a_network_that_is_gone_is_named(self):
        path = self.folder / "gone.h5"
        moved = self.folder / "elsewhere.h5"
        (self.folder / "m2.h5").rename(moved)
        try:
            self.assertIn("weights of m2.h5 were not found", self.compare(path, 3))
        finally:
            moved.rename(self.folder / "m2.h5")
        self.assertFalse(path.exists())

    def test_changed_trials_of_a_finished_file(self):
        """`ood`: the same numbers as a study of the changed task has."""
        folder = self.folder / "changed"
        folder.mkdir()
        model = models.network(0, 6, n_in=3, n_out=3)
        common.write_model(folder / "m.h5", model)
        keys = {"models": [{"file": "m.h5", "evaluate_on": ["flip_flop", "sine3"]}], "seed": 5,
                "alphas": [0.9]}
        trials = models.trials_for(model, 0)
        common.write_trials_file(folder / "t.h5", trials)
        tasks = [{"name": "flip_flop", "trials": 20}, {"name": "sine3", "file": "t.h5"}]
        changed = [{"name": "flip_flop", "steps": 100}, {"name": "flip_flop", "pulse": 0.1}]
        study = folder / "study.cfg"
        common.write_study(study, tasks=tasks, **keys)
        before = self.run_study(study)
        common.write_study(study, tasks=tasks, ood=changed, **keys)
        grown = self.run_study(study)
        self.assert_same_bits({name: grown[name] for name in before}, before)
        self.assertEqual(list(grown["ood"]), ["flip_flop: steps = 100", "flip_flop: pulse = 0.1"])
        for place, change in enumerate(changed):
            other = common.write_study(folder / "other.cfg", study="other",
                                       tasks=[{**tasks[0], **change}, tasks[1]], **keys)
            self.assert_close(grown["ood_fvu"][0, place], self.run_study(other, "--fresh")["fvu"][0, 0, 0])
        self.assertTrue(np.isnan(grown["ood_fvu"][1]).all())  # trials of a file
        more = [changed[1], {"name": "flip_flop", "steps": 30}]
        common.write_study(study, tasks=tasks, ood=more, **keys)
        told = self.expect(5, common.schursweep("run", "-q", study))
        self.assertIn("'ood' lacks values", told.stderr)
        extended = self.run_study(study, "--extend")
        self.assert_close(extended["ood_fvu"][0, 0], grown["ood_fvu"][0, 1])
        self.assertFalse(np.isnan(extended["ood_fvu"][0, 1]))


if __name__ == "__main__":
    common.main()
