"""Matrices of gates: alone, together, and in all signs of the units."""
import h5py
import numpy as np

import common
import wide
from test_gated_cells import ALPHAS, CELLS, NAMES, GatedCase, load, moved


class Sets(GatedCase):
    def test_every_set_of_gates_gives_what_the_oracles_say(self):
        for name in common.some(NAMES[3:], *NAMES[:3]):
            with self.subTest(name), h5py.File(CELLS / f"{name}.h5") as expected:
                gates = [value.decode() for value in expected["expected/gate"]]
                sets = [*gates, f"{gates[0]}+{gates[-1]}", "+".join(gates)]
                self.write(name, load(name), f"{name}_sets")
                found = self.sweep_sets(name, f"{name}_sets", sets)
                stored = {found["matrix"][case]: case for case in range(len(found["matrix"]))
                          if found["gauge"][case] == 0}
                self.assertEqual(sorted(stored), sorted(sets))
                for gate_set, case in stored.items():
                    self.check(found, case, expected, gate_set)

    def test_the_signs_of_units_are_an_ensemble_of_sigmoid_gates(self):
        """What its matrices give in other signs, an independent program found; all signs give the
        same full network."""
        name = "gru_flip_flop_s0"
        with h5py.File(CELLS / f"{name}.h5") as expected:
            signs = expected["expected_gauge/unit_scale"][()]
            self.write(name, moved(load(name), 2, signs, np.arange(32)), "in_other_signs")
            found = self.sweep_sets(name, "in_other_signs", "all")
            sets = {(found["matrix"][case], found["gauge"][case]): case
                    for case in range(len(found["matrix"]))}
            self.assertEqual(sorted(sets), sorted(
                [("n", 0)] + [(gates, gauge) for gates in ("r", "z", "r+z+n")
                              for gauge in range(16)]))
            for gates in ("r", "z", "n", "r+z+n"):
                self.check(found, sets[gates, 0], expected, gates, "expected_gauge")
        full = found["fvu"][:, :, 0]
        self.assertEqual(len(set(full.ravel())), 1)
        removed = [found["fvu"][sets["z", gauge], 1, 7] for gauge in range(16)]
        self.assertGreater(len(set(removed)), 8)

    def test_the_rank_of_a_gate_is_the_same_in_all_signs(self):
        """And a matrix that is zero does what an independent program found."""
        for name, gates in common.some((("lstm_sine_s0", ("f", "g")),),
                                       ("gru_flip_flop_s0", ("r", "z", "n"))):
            with self.subTest(name), h5py.File(CELLS / f"{name}.h5") as expected:
                arrays = load(name)
                self.write(name, arrays, f"{name}_rank")
                found = self.sweep_sets(name, f"{name}_rank", gates, diagnostics=["rank"])
                names = [value.decode() for value in expected["expected/gate"]]
                for gate in gates:
                    cases = np.flatnonzero(found["matrix"] == gate)
                    zero = expected["expected/zero_gate_metric"][names.index(gate)]
                    self.assert_close(found["zero_fvu"][cases], np.full(len(cases), zero),
                                      rtol=1e-10)
                    at = names.index(gate) * 32
                    singular = np.linalg.svd(arrays["weight_hh"][at:at + 32], compute_uv=False)
                    for case in cases:
                        self.assert_close(found["singular_value"][case], singular, rtol=1e-12)
                        for value in ("rank_fvu", "rank_distance", "rank_removed_mass"):
                            self.assert_close(found[value][case], found[value][cases[0]], rtol=1e-9,
                                              atol=1e-12)
                    kept = [(singular >= share * singular[0]).sum() for share in found["share"]]
                    self.assertEqual(list(found["rank_kept"][cases[0]]), kept)
                    removed = [np.sqrt((singular[k:] ** 2).sum() / (singular ** 2).sum())
                               for k in kept]
                    self.assert_close(found["rank_removed_mass"][cases[0]], np.array(removed),
                                      rtol=1e-12)

    def test_the_rank_is_the_same_on_a_team(self):
        """To the bit: one rank of it takes the matrices apart."""
        name = "lstm_sine_s0"
        self.write(name, load(name), "shared")
        alone, team = [self.run_study(common.write_study(
            self.folder / f"rank{ranks}.cfg", alphas=[0.9], ablations=["none"],
            models=[{"file": "shared.h5", "matrix": ["g", "f+g"]}], diagnostics=["rank"], **keys),
            ranks=ranks) for ranks, keys in ((0, {}), (3, {"team": wide.team(20, 1, 2, 32)}))]
        self.assertTrue(np.isfinite(team["rank_fvu"]).all())
        for value in ("zero_fvu", "zero_distance", "singular_value", "rank_kept", "rank_fvu",
                      "rank_distance", "rank_removed_mass", "rank_checksum"):
            np.testing.assert_array_equal(team[value], alone[value], value)

    def test_a_joint_form_has_the_modes_and_partitions_of_all(self):
        name = "lstm_flip_flop_s0"
        self.write(name, load(name), "plain")
        cases = self.run_study(common.write_study(
            self.folder / "joint.cfg", alphas=ALPHAS, partitions="all", ablations=["none", "CC"],
            models=[{"file": "plain.h5", "matrix": "f+g"}]))
        self.assertEqual(cases["eigenvalue_re"].shape, (16, 64))
        self.assertEqual(set(cases["matrix"]), {"f+g"})
        self.assertTrue((cases["state"] == 1).all())


if __name__ == "__main__":
    common.main()
