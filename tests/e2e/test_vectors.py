"""The vector instructions of a run: chosen, recorded, kept on a resume, and of no consequence but
rounding. The kernels of BLAS are the library's choice: recorded, and a change is told."""
import shutil
from pathlib import Path

import h5py
import numpy as np

import common
import models

WRONG_COMMAND_LINE, MISMATCH = 2, 5
ISAS = ("portable", "avx2", "avx512")
FUSED = ("avx2", "avx512")  # give the same bits


def recorded(path):
    with h5py.File(path, "r") as file:
        value = file.attrs["isa"]
        return value.decode() if isinstance(value, bytes) else str(value)


def record(path, name):
    with h5py.File(path, "r+") as file:
        del file.attrs["isa"]
        file.attrs["isa"] = np.bytes_(name)


def forget_a_job(path):
    """The first job is pending again."""
    with h5py.File(path, "r+") as file:
        file["state"][0, 0, 0] = common.PENDING


class Vectors(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.study = models.write_small_study(cls.folder)
        cls.results = {}
        for name in ISAS:
            run = cls.run_on(name, f"{name}.h5")
            if run.returncode != WRONG_COMMAND_LINE:
                cls.results[name] = cls.folder / f"{name}.h5"
        assert "portable" in cls.results

    @classmethod
    def run_on(cls, name, output, *options, ranks=0):
        environment = {} if name is None else {"SCHURSWEEP_ISA": name}
        return common.schursweep("run", "-q", *options, "-o", cls.folder / output, cls.study,
                                 ranks=ranks, environment=environment)

    def copy_portable(self, output):
        shutil.copy(self.results["portable"], self.folder / output)

    def test_the_isa_is_recorded(self):
        for name, path in self.results.items():
            self.assertEqual(recorded(path), name)

    def test_the_best_isa_is_the_default(self):
        self.expect(common.COMPLETE, self.run_on(None, "default.h5"))
        self.assertEqual(recorded(self.folder / "default.h5"), list(self.results)[-1])

    def test_isas_differ_by_rounding_alone(self):
        expected = common.read_results(self.results["portable"])
        for path in self.results.values():
            found = common.read_results(path)
            np.testing.assert_allclose(found["fvu"], expected["fvu"], rtol=1e-9)
            np.testing.assert_allclose(found["distance"], expected["distance"], rtol=1e-9, atol=1e-12)
            np.testing.assert_array_equal(found["accuracy"], expected["accuracy"])

    def test_isas_with_fused_operations_give_the_same_bits(self):
        if not set(FUSED) <= set(self.results):
            self.skipTest("this processor lacks one of them")
        found = [common.read_results(self.results[name]) for name in FUSED]
        for name in ("fvu", "delta_fvu", "accuracy", "distance", "checksum"):
            self.assertEqual(found[0][name].tobytes(), found[1][name].tobytes(), name)

    def test_an_unknown_isa_is_refused_on_any_number_of_ranks(self):
        for ranks in (0, 2):
            run = self.run_on("sse9", "none.h5", ranks=ranks)
            self.expect(WRONG_COMMAND_LINE, run)
            self.assertIn("SCHURSWEEP_ISA: isa 'sse9': unknown", run.stderr)
            self.assertFalse((self.folder / "none.h5").exists())

    def test_plan_refuses_an_unknown_isa_too(self):
        run = common.schursweep("plan", self.study, environment={"SCHURSWEEP_ISA": "sse9"})
        self.expect(WRONG_COMMAND_LINE, run)

    def test_a_resume_uses_the_isa_of_the_file(self):
        self.copy_portable("resumed.h5")
        before = common.read_results(self.folder / "resumed.h5")
        forget_a_job(self.folder / "resumed.h5")
        self.expect(common.COMPLETE, self.run_on(None, "resumed.h5", ranks=2))
        after = common.read_results(self.folder / "resumed.h5")
        self.assertEqual(before["checksum"].tobytes(), after["checksum"].tobytes())
        self.assertEqual(recorded(self.folder / "resumed.h5"), "portable")

    def test_a_resume_on_another_isa_than_asked_for_is_refused(self):
        if "avx2" not in self.results:
            self.skipTest("this processor has one isa only")
        self.copy_portable("asked.h5")
        forget_a_job(self.folder / "asked.h5")
        run = self.run_on("avx2", "asked.h5")
        self.expect(MISMATCH, run)
        self.assertIn("computed with isa 'portable'", run.stderr)

    def test_a_resume_on_an_isa_that_is_not_there_is_refused(self):
        self.copy_portable("other.h5")
        forget_a_job(self.folder / "other.h5")
        record(self.folder / "other.h5", "sve2048")
        run = self.run_on(None, "other.h5")
        self.expect(MISMATCH, run)
        self.assertIn("computed with isa 'sve2048'", run.stderr)

    def test_verify_computes_on_the_isa_of_the_file(self):
        for path in self.results.values():
            run = common.schursweep("verify", "--sample", "0.2", path)
            self.expect(common.COMPLETE, run)
            self.assertIn(" 0 different", run.stdout)

    def test_verify_skips_what_was_computed_on_an_isa_that_is_not_there(self):
        self.copy_portable("foreign.h5")
        record(self.folder / "foreign.h5", "sve2048")
        run = common.schursweep("verify", "--sample", "0.2", self.folder / "foreign.h5")
        self.expect(3, run)  # not all that was asked for was checked
        self.assertRegex(run.stdout, "skipped +[1-9][0-9]*: computed with isa 'unknown', which")

    def test_a_complete_file_of_any_isa_is_complete(self):
        self.copy_portable("complete.h5")
        record(self.folder / "complete.h5", "sve2048")
        self.expect(common.COMPLETE, self.run_on(None, "complete.h5"))


class Kernels(common.TestCase):
    """OpenBLAS takes those that the environment names, if it has several."""

    def run_on(self, core, *options, ranks=0):
        return self.expect(common.COMPLETE, common.schursweep(
            "run", "-q", *options, self.study, ranks=ranks, environment={"OPENBLAS_CORETYPE": core}))

    def cores(self):
        with h5py.File(self.path, "r") as file:
            return [common.text(epoch["blas_core"]) for epoch in file["run/epochs"]
                    if epoch["start_time"] != 0]

    def test_a_resume_with_others_warns_and_the_history_tells_both(self):
        model = models.network(1, 30)
        common.write_model(self.folder / "m.h5", model, models.trials_for(model, 1))
        self.study = common.write_study(self.folder / "s.cfg", models=[{"file": "m.h5"}],
                                        output="o.h5")
        self.path = self.folder / "o.h5"
        first = "Haswell" if "avx2" in Path("/proc/cpuinfo").read_text().split() else "Nehalem"
        self.assertEqual(self.run_on(first).stderr, "")
        if self.cores() != [first]:
            self.skipTest("a BLAS with one set of kernels, or that does not tell them")
        forget_a_job(self.path)
        self.assertEqual(self.run_on(first).stderr, "")
        for core, met, ranks in (("Prescott", first, 0), (first, "Prescott", 2)):
            forget_a_job(self.path)
            told = self.run_on(core, ranks=ranks).stderr
            self.assertEqual(len(told.splitlines()), 1, told)
            self.assertRegex(told, rf"o\.h5: warning: begun with BLAS kernels '{met}', goes on with "
                                   f"'{core}'")
        self.assertEqual(self.cores(), [first, first, "Prescott", first])
        self.assertEqual(self.run_on("Prescott").stderr, "")  # nothing to do


if __name__ == "__main__":
    common.main()
