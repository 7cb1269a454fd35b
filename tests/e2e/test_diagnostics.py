"""The diagnostics that predict: a finished file grows them, any number of ranks and a team compute
them, a screen goes by them, the report tells them."""
import csv

import numpy as np

import common
import dummies
import interrupted
import models

SEEDS = 5
PREDICTING = ["gn", "couplings", "factors", "tolerance", "graded", "removable"]
PREDICTED = 3
BAD_INPUT, MISMATCH = 3, 5


class DiagnosticsCase(interrupted.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed in range(SEEDS):
            model = models.network(seed, 6)
            common.write_model(cls.folder / f"m{seed}.h5", model,
                               models.trials_for(model, seed, steps=6, masked=True),
                               {"task": "t", "construction": "c", "seed": seed})

    @classmethod
    def write(cls, name, **keys):
        return common.write_study(cls.folder / f"{name}.cfg", **{
            "study": "s", "models": [{"file": "m?.h5"}], "alphas": [0.6, 0.9],
            "partitions": "all", **keys})


class InTheFile(DiagnosticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grown = cls.write("grown", diagnostics=PREDICTING)
        cls.fresh = cls().run_study(cls.grown)

    def test_a_finished_file_grows_them_and_computes_nothing_else(self):
        plain = self.write("plain")
        path = self.folder / "plain.h5"
        before = self.run_study(plain)
        told = self.expect(common.COMPLETE, dummies.run_of(self.grown, path))
        self.assertEqual(dummies.computed(told), SEEDS * len(PREDICTING))
        after = common.read_results(path)
        self.assert_same_bits({name: after[name] for name in before}, before)
        self.assert_same_bits(after, self.fresh)
        for name in PREDICTING:
            self.assertEqual(self.fresh[f"{name}_state"].tolist(), [common.DONE] * SEEDS, name)

    def test_any_number_of_ranks_gives_the_same_bits(self):
        study = self.write("ranks", diagnostics=PREDICTING)
        for ranks in common.some((2,), 3):
            self.assert_same_bits(self.run_study(study, "--fresh", ranks=ranks), self.fresh)

    def test_a_list_of_epsilons_is_an_axis(self):
        study = self.write("list", diagnostics=[{"name": "removable", "epsilon": [0.02, 0.2]}])
        found = self.run_study(study)
        self.assertEqual(found["removable_epsilon"].tolist(), [0.02, 0.2])
        self.assertEqual(found["removable_share"].shape, (SEEDS, 2))
        self.assertTrue((found["removable_distance"] <= [0.02, 0.2]).all())
        self.assertTrue((np.diff(found["removable_share"]) >= 0).all())
        other = self.write("list", diagnostics=[{"name": "removable", "epsilon": [0.02, 0.3]}])
        self.expect(MISMATCH, common.schursweep("run", other))
        for wrong in common.some(([0.2, 0.1],), [-1.0], [0.1] * 6):
            study = self.write("wrong", diagnostics=[{"name": "removable", "epsilon": wrong}])
            said = self.expect(BAD_INPUT, common.schursweep("run", study)).stderr
            self.assertIn("epsilon", said)
            self.assertEqual(len(said.splitlines()), 1, said)

    def test_a_price_is_planned(self):
        def rollouts(name, **keys):
            plan = common.schursweep("plan", "--json", self.write(name, **keys))
            return self.expect(common.COMPLETE, plan).stdout
        self.assertNotEqual(rollouts("cheap"), rollouts("dear", diagnostics=PREDICTING))

    def test_a_team_finds_what_one_rank_finds(self):
        for choice in ("exact", "probes"):
            keys = {"diagnostics": PREDICTING, "gauss_newton": choice,
                    "models": [{"file": "m[01].h5"}]}
            alone = self.run_study(self.write("alone", **keys), "--fresh")
            team = {"from_hidden": 6, "ranks": 2, "grid": [1, 2]}
            shared = self.run_study(self.write("shared", team=team, **keys), "--fresh", ranks=3)
            for name, expected in alone.items():
                is_compared = name.split("_")[-1] not in ("checksum", "seconds", "hash", "mass")
                if is_compared and expected.dtype.kind == "f":
                    self.assert_close(shared[name], expected, 1e-6, 1e-9, f"{choice} {name}")

    def test_tables_and_figures_tell_them(self):
        found = self.fresh
        folder = self.folder / "told"
        self.expect(common.COMPLETE, common.schursweep("report", self.grown.with_suffix(".h5"), "-o",
                                                       folder))
        figures = {path.name.rsplit("-", 1)[0] for path in (folder / "figures").glob("*.gp")}
        for name in ("prediction", "factors", "radii", "frontier", "graded", "coupling-map"):
            self.assertTrue(any(figure.startswith(name) for figure in figures), name)
        with open(folder / "reasons.csv", newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file)
                    if row["alpha"] == "0.9" and row["ablation"] == "CR"]
        exposure = found["exposure"][:, 1, found["ablation"].tolist().index("CR")]
        self.assertAlmostEqual(float(rows[0]["exposure"]), np.median(exposure), 12)
        self.assertEqual(int(rows[0]["n"]), SEEDS)
        with open(folder / "group_values.csv", newline="", encoding="utf-8") as file:
            ginis = [row for row in csv.DictReader(file) if row["variable"] == "pair_gini"]
        self.assertAlmostEqual(float(ginis[0]["median"]), np.median(found["pair_gini"]), 12)
        self.assertIn("Why: the subspace or the coupling",
                      (folder / "report.html").read_text(encoding="utf-8"))


class Screen(DiagnosticsCase):
    def test_what_the_prediction_decides_is_not_rolled_out(self):
        measured = self.run_study(self.write("measured", diagnostics=["gn"]))
        study = self.write("screened", diagnostics=["gn"], screen=True)
        found = self.run_study(study)
        states = found["partition_state"]
        is_predicted = states == PREDICTED
        is_measured = states == common.DONE
        self.assertGreater(is_predicted.sum(), 10)
        self.assertGreater(is_measured.sum(), 10)
        for name in ("partition_distance", "partition_fvu"):
            self.assertEqual(found[name][is_measured].tobytes(),
                             measured[name][is_measured].tobytes())
            self.assertTrue(np.isnan(found[name][is_predicted]).all())
        self.assertTrue((found["partition_stabilizer"][is_predicted] == 255).all())
        predicted = found["partition_gn_distance"][is_predicted]
        self.assertTrue(((predicted < 0.05) | (predicted > 0.2)).all())
        self.assertTrue((found["state"] == common.DONE).all())
        again = self.expect(common.COMPLETE, common.schursweep("run", study))
        self.assertIn("nothing to do", again.stderr + again.stdout)
        self.expect(common.COMPLETE, common.schursweep("verify", study.with_suffix(".h5")))

    def test_a_screen_needs_something_to_screen_and_to_go_by(self):
        for keys, lack in (({"partitions": "none", "diagnostics": ["gn"]}, "partitions"),
                           ({}, '"gn"')):
            study = self.write("lacks", screen=True, **keys)
            self.assertIn(lack, self.expect(BAD_INPUT,
                                            common.schursweep("run", study)).stderr)

if __name__ == "__main__":
    common.main()
