"""The same bits on any number of ranks and in two runs; test_kills.py has the runs that died."""
import h5py
import numpy as np

import common
import models



def read_attributes(path):
    """All attributes of a file but its own number, where the models lie, and references to its other
    parts."""
    references = {"DIMENSION_LIST", "REFERENCE_LIST", "file_uuid", "models_dir"}
    with h5py.File(path, "r") as file:
        return {
            (item.name, name): str(item.attrs[name])
            for item in [file, *file.values()]
            for name in set(item.attrs) - references
        }


class Ranks(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.study = models.write_mixed_study(cls.folder)
        cls.attributes = {}
        cls.expected = cls().sweep("first", 0, models_dir="models")

    def sweep(self, name, ranks, models_dir=None):
        path = self.folder / f"{name}.h5"
        study = self.study
        if models_dir is not None:
            study = self.folder / f"{name}.cfg"
            study.write_text(self.study.read_text() + f'models_dir = "{models_dir}";\n')
        self.expect(common.COMPLETE,
                    common.schursweep("run", "-q", "-o", path, study, ranks=ranks))
        self.attributes[name] = read_attributes(path)
        return common.read_results(path)

    def test_one_two_three_and_five_ranks(self):
        for ranks in common.some((1, 3), 2, 5):
            with self.subTest(ranks=ranks):
                found = self.sweep(f"ranks{ranks}", ranks, models_dir=f"models{ranks}")
                self.assert_same_bits(found, self.expected, f"{ranks} ranks")
                self.assertEqual(self.attributes[f"ranks{ranks}"], self.attributes["first"])

    def test_a_second_run_with_the_same_models(self):
        before = {p: p.stat().st_mtime_ns for p in (self.folder / "models").iterdir()}
        self.assertEqual(len(before), 4)
        self.assert_same_bits(self.sweep("again", 2), self.expected, "a second run")
        after = {p: p.stat().st_mtime_ns for p in (self.folder / "models").iterdir()}
        self.assertEqual(before, after)

    def test_the_order_of_the_entries_is_that_of_the_study(self):
        self.assertEqual([str(m) for m in self.expected["model"][:6]],
                         [f"m{seed}.h5" for seed in range(6)])
        self.assertEqual(list(self.expected["construction"][6:]),
                         ["dense_orthogonal"] * 2 + ["cayley"] * 2)
        self.assertTrue(np.array_equal(self.expected["seed"][6:], [0, 1, 0, 1]))


if __name__ == "__main__":
    common.main()
