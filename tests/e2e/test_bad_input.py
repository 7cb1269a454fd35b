"""Bad input gives one clear line and the right exit code, and nothing is written."""
import os
import re
import shutil

import h5py
import numpy as np

import common
import models

USAGE, INPUT, TAKEN, MISMATCH, DAMAGED, IO = 2, 3, 4, 5, 6, 7
GOOD = 'study = "s";\nmodels = ( { file = "m.h5"; } );\n'

# name: (study text, what the line must say)
STUDIES = {
    "unknown key": (GOOD + "banana = 1;\n", r"bad\.cfg:3: unknown study key 'banana'"),
    "misspelt key": (GOOD + "alpahs = [0.5];\n", r"'alpahs', did you mean 'alphas'\?"),
    "wrong type": (GOOD + 'epsilon = "small";\n', r":3: epsilon is a string, expected a number"),
    "alpha 0": (GOOD + "alphas = [0.0, 0.5];\n", r"alpha is 0, expected above 0 and at most 1"),
    "alpha above 1": (GOOD + "alphas = [0.5, 1.5];\n", r"alpha is 1\.5, expected"),
    "alpha twice": (GOOD + "alphas = [0.5, 0.5];\n", r"alpha 0\.5 stands twice"),
    "no alphas": (GOOD + "alphas = [];\n", r"alphas is empty"),
    "no models": ('study = "s"; models = ();\n', r"models is empty"),
    "no study": ('models = ( { file = "m.h5"; } );\n', r"key 'study' is missing"),
    "empty seeds": ('study = "s"; models = ( { task = "sine"; construction = "cayley"; '
                    'hidden = 4; seeds = (); } );\n', r"seeds is empty"),
    "1e18 jobs": ('study = "s"; models = ( { task = "sine"; construction = "cayley"; hidden = 4; '
                  'seeds = "0..999999999999999999"; } );\n', r"expected at most 1000000"),
    "too many alphas": (GOOD + "alphas = { from = 0.1; to = 0.2; count = 2000000000; };\n",
                        r"count is 2e\+09|count is 2000000000"),
    "integer beyond 32 bits": (GOOD + "seed = 4294967297;\n", r":3: .*4294967297L"),
    "integer that would turn negative": (GOOD + "seed = 2147483648;\n", r":3: .*2147483648L"),
    "hexadecimal integer": (GOOD + "seed = 0xFFFFFFFF;\n", r":3: .*expected the suffix L"),
    "integer beyond 64 bits": (GOOD + "seed = 99999999999999999999L;\n", r":3: .*out of range"),
    "negative seed": (GOOD + "seed = -1;\n", r"seed is -1, expected"),
    "leading zeros": (GOOD + "seed = 010;\n", r"leading zeros"),
    "float overflow": (GOOD + "epsilon = 1e999;\n", r":3: number 1e999 is out of range"),
    "mixed list": (GOOD + "alphas = [0.5, 1];\n", r":3: mismatched element type.*1\.0.*\( \)"),
    "comment without end": (GOOD + "/* never\nends\n", r":3: comment begins here"),
    "string without end": ('study = "s\n', r"bad\.cfg:1: string begins here"),
    "escaped NUL": ('study = "a\\x00b"; models = ( { file = "m.h5"; } );\n', r"contains \\x00"),
    "NUL byte": (GOOD + "\0", r":3: file contains a NUL byte"),
    "byte order mark": ("\ufeff" + GOOD, r":1: file begins with a byte order mark"),
    "duplicate key": (GOOD + 'study = "t";\n', r":3: duplicate"),
    "syntax error": (GOOD + "alphas = = 1;\n", r":3: syntax error"),
    "deep nesting": (GOOD + "alphas = " + "(" * 100 + ")" * 100 + ";\n", r"nested more than 64"),
    "include of a directory": (GOOD + '@include "."\n', r"bad\.cfg:3: @include.*not a regular"),
    "include of itself": ('@include "bad.cfg"\n', r"bad\.cfg:1: @include nests more than 10"),
    "include that is missing": ('@include "none.cfg"\n', r"none\.cfg: No such file"),
    "missing model": ('study = "s"; models = ( { file = "none.h5"; } );\n',
                      r'"none\.h5" matches nothing'),
    "glob without match": ('study = "s"; models = ( { file = "none*.h5"; } );\n',
                           r"matches nothing"),
    "unknown task": ('study = "s"; models = ( { file = "m.h5"; evaluate_on = ["sin"]; } );\n',
                     r"unknown task 'sin', did you mean 'sine'\?"),
    "channels of a task": ('study = "s"; models = ( { file = "m.h5"; evaluate_on = ["copy"]; } );\n',
                           r"3 inputs and 2 outputs, task 'copy' has 8 and 8"),
    "unknown ablation": (GOOD + 'ablations = ["CR+C"];\n', r"unknown ablation set 'CR\+C'"),
    "unknown precision": (GOOD + 'precision = "half";\n', r"unknown precision 'half'"),
    "unknown task parameter": (GOOD + 'tasks = ( { name = "sine"; step = 3; } );\n',
                               r"unknown sine key 'step', did you mean 'steps'\?"),
    "zero steps": ('study = "s"; models = ( { task = "sine"; construction = "cayley"; hidden = 4; '
                   "recipe = { steps = 0; }; } );\n", r"steps is 0, expected 1 to"),
    "negative rate": ('study = "s"; models = ( { task = "sine"; construction = "cayley"; '
                      "hidden = 4; recipe = { rate = -1; }; } );\n", r"rate is -1, expected"),
    "hidden 0": ('study = "s"; models = ( { task = "sine"; construction = "cayley"; hidden = 0; } '
                 ");\n", r"hidden is 0, expected"),
    "odd width": ('study = "s"; models = ( { task = "sine"; construction = "dense_normal_matrix"; '
                  "hidden = 5; } );\n", r"needs an even width, hidden has 5"),
    "short horizon": ('study = "s"; models = ( { task = "copy"; construction = "cayley"; '
                      "hidden = 8; recipe = { horizon = 4; }; } );\n",
                      r"horizon is 4, expected at least 8"),
    "unknown recipe": ('study = "s"; models = ( { task = "sine"; construction = "cayley"; '
                       'hidden = 4; recipe = "tial"; } );\n', r"'tial', did you mean 'tail'\?"),
    "truncated model": ('study = "s"; models = ( { file = "cut.h5"; } );\n',
                        r"cut\.h5: damaged or truncated"),
    "text as model": ('study = "s"; models = ( { file = "text.h5"; } );\n',
                      r"text\.h5: not an HDF5 file"),
    "other HDF5 as model": ('study = "s"; models = ( { file = "other.h5"; } );\n',
                            r"other\.h5: dataset weight_hh is missing"),
    "shapes": ('study = "s"; models = ( { file = "shapes.h5"; } );\n',
               r"shapes\.h5: weight_ih has 7 elements along axis 0, expected 8"),
    "not square": ('study = "s"; models = ( { file = "flat.h5"; } );\n',
                   r"flat\.h5: weight_hh is 8 x 7, expected square"),
    "NaN": ('study = "s"; models = ( { file = "nan.h5"; } );\n',
            r"nan\.h5: weight_hh has a NaN or Inf at element 9"),
    "Inf": ('study = "s"; models = ( { file = "inf.h5"; } );\n',
            r"inf\.h5: weight_hy has a NaN or Inf at element 0"),
    "mask": ('study = "s"; models = ( { file = "mask.h5"; } );\n',
             r"mask\.h5: mask\[1, 2\] is 0\.5, expected 0 or 1"),
}
# Of which others of their kind are tried in the suite.
LIKE_OTHERS = ("alpha above 1", "alpha twice", "no models", "integer that would turn negative",
               "hexadecimal integer", "negative seed", "leading zeros", "string without end",
               "NUL byte", "include that is missing", "glob without match", "unknown ablation",
               "unknown precision", "zero steps", "negative rate", "hidden 0", "unknown recipe",
               "not square", "Inf", "unknown key")
COMMANDS = ("run", "plan")
UNDER_MPI = common.some(("NaN",), "misspelt key", "mixed list", "include of a directory",
                        "missing model", "channels of a task")


class BadInput(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = models.network(0, 8)
        cls.trials = models.trials_for(cls.model, 0, steps=6, count=5)
        cls.write("m.h5")
        shutil.copy(cls.folder / "m.h5", cls.folder / "cut.h5")
        os.truncate(cls.folder / "cut.h5", os.path.getsize(cls.folder / "cut.h5") - 100)
        (cls.folder / "text.h5").write_text("weights\n")
        with h5py.File(cls.folder / "other.h5", "w") as file:
            file["numbers"] = np.arange(3.0)
        cls.write("shapes.h5", weight_ih=cls.model.weight_ih[:7])
        cls.write("flat.h5", weight_hh=cls.model.weight_hh[:, :7])
        cls.write("nan.h5", weight_hh=cls.spoil(cls.model.weight_hh, 9, np.nan))
        cls.write("inf.h5", weight_hy=cls.spoil(cls.model.weight_hy, 0, np.inf))
        cls.write("mask.h5")
        with h5py.File(cls.folder / "mask.h5", "r+") as file:
            mask = np.ones((6, 5))
            mask[1, 2] = 0.5
            file["trials/mask"] = mask

    @staticmethod
    def spoil(values, index, value):
        spoiled = values.copy()
        spoiled.flat[index] = value
        return spoiled

    @classmethod
    def write(cls, name, **changed):
        common.write_model(cls.folder / name, cls.model, cls.trials)
        with h5py.File(cls.folder / name, "r+") as file:
            for key, values in changed.items():
                del file[key]
                file[key] = values

    def listing(self):
        return sorted((str(p), p.stat().st_mtime_ns) for p in self.folder.rglob("*")
                      if p.is_file())

    def refuse(self, code, says, *arguments, ranks=0):
        before = self.listing()
        result = self.expect(code, common.schursweep(*arguments, ranks=ranks))
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertRegex(lines[0], "^schursweep: ")
        self.assertRegex(lines[0], says)
        self.assertEqual(result.stdout, "")
        self.assertEqual(self.listing(), before, "something was written")

    def test_studies(self):
        study = self.folder / "bad.cfg"
        for turn, (name, (text, says)) in enumerate(STUDIES.items()):
            if not common.SOAK and name in LIKE_OTHERS:
                continue
            study.write_bytes(text.encode("utf-8"))
            with self.subTest(name):
                for command in COMMANDS if common.SOAK else (COMMANDS[turn % 2],):  # in turn
                    self.refuse(INPUT, says, command, study)
            if name in UNDER_MPI:
                with self.subTest(name, ranks=3):
                    self.refuse(INPUT, says, "run", study, ranks=3)
        study.unlink()

    def test_a_study_that_is_no_file(self):
        self.refuse(INPUT, "No such file", "run", self.folder / "none.cfg")
        self.refuse(INPUT, "not a regular file", "run", self.folder)
        os.mkfifo(self.folder / "pipe.cfg")
        self.refuse(INPUT, "not a regular file", "run", self.folder / "pipe.cfg")
        (self.folder / "pipe.cfg").unlink()

    def test_command_lines(self):
        study = self.folder / "m.h5"
        for says, arguments in (
                ("no command given", []),
                (r"unknown command 'rum', did you mean 'run'\?", ["rum"]),
                (r"unknown option '--fresj', did you mean '--fresh'\?", ["run", "--fresj", study]),
                ("unknown option '-z'", ["show", "-z", study]),
                ("study file is missing", ["run"]),
                ("unexpected argument", ["plan", study, study]),
                ("--output needs a value", ["run", study, "--output"]),
                ("--progress is 'loud', expected bar, lines, json or none",
                 ["run", study, "--progress", "loud"])):
            with self.subTest(says):
                self.refuse(USAGE, says, *arguments)
        self.refuse(USAGE, "did you mean '--fresh'", "run", "--fresj", study, ranks=3)
        if common.SOAK:  # the first may end the others
            told = self.expect(USAGE, common.schursweep("rum", ranks=3))
            self.assertIn("unknown command", told.stderr)

    def good_study(self):
        path = self.folder / "good.cfg"
        path.write_text(GOOD)
        return path

    def test_outputs_that_cannot_be(self):
        study = self.good_study()
        (self.folder / "text.txt").write_text("a thesis\n")
        (self.folder / "empty.h5").write_text("")
        os.mkfifo(self.folder / "pipe")
        for code, output in common.some(
                ((IO, "none/deeper/out.h5"), (IO, "text.txt/out.h5"), (TAKEN, "text.txt"),
                 (TAKEN, "empty.h5"), (TAKEN, "pipe"), (TAKEN, "."), (TAKEN, "m.h5")),
                (TAKEN, "other.h5"), (TAKEN, "good.cfg")):
            plain = common.SOAK or output in ("none/deeper/out.h5", "text.txt", "m.h5")
            for fresh in ([], ["--fresh"]) if plain else (["--fresh"],):
                with self.subTest(output, fresh=fresh):
                    path = self.folder / output
                    named = path.parent if code == IO else path  # a folder that cannot be made
                    self.refuse(code, re.escape(str(named)), "run", study, "-o", path, *fresh)
        self.refuse(TAKEN, "no results file", "run", study, "-o", self.folder / "m.h5", ranks=3)
        if common.SOAK:
            self.refuse(IO, "cannot create", "run", study, "-o",
                        self.folder / "none/deeper/out.h5", ranks=3)
        for name in ("text.txt", "empty.h5", "pipe", "good.cfg"):
            (self.folder / name).unlink()


class Resume(common.TestCase):
    """An output that is there already."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = models.network(0, 8)
        common.write_model(cls.folder / "m.h5", cls.model, models.trials_for(cls.model, 0))
        common.write_model(cls.folder / "t.h5", models.network(1, 6, 1, 1), None, {"task": "sine"})
        cls.keys = {"models": [{"file": "m.h5"}, {"file": "t.h5"}], "alphas": [0.5, 0.9],
                    "tasks": [{"name": "sine", "trials": 9}], "output": "out.h5"}
        cls.path = cls.folder / "out.h5"
        cls.study = common.write_study(cls.folder / "s.cfg", **cls.keys)
        cls().expect(0, common.schursweep("run", "-q", cls.study))
        cls.original = cls.path.read_bytes()

    def setUp(self):
        self.path.write_bytes(self.original)
        common.write_study(self.study, **self.keys)

    def one_line(self, code, says, **changes):
        common.write_study(self.study, **{**self.keys, **changes})
        before = self.path.read_bytes()
        result = self.expect(code, common.schursweep("run", "-q", self.study))
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertRegex(result.stderr, says)
        self.assertEqual(self.path.read_bytes(), before)

    def test_the_same_study_finds_nothing_to_do(self):
        result = self.expect(0, common.schursweep("run", self.study))
        self.assertIn("nothing to do", result.stderr)
        self.assertEqual(self.path.read_bytes(), self.original)

    def test_the_first_differing_key_is_named(self):
        for key, changes in common.some(
                (("alphas", {"alphas": [0.5, 0.8]}),
                 ("tasks.sine.trials", {"tasks": [{"name": "sine", "trials": 8}]})),
                ("seed", {"seed": 7}), ("precision", {"precision": "float32"}),
                ("ablations", {"ablations": ["CC"]})):
            with self.subTest(key):
                self.one_line(MISMATCH, f"'{re.escape(key)}' differs", **changes)

    def test_a_changed_model_is_named(self):
        content = (self.folder / "m.h5").read_bytes()
        with h5py.File(self.folder / "m.h5", "r+") as file:
            file["weight_hh"][0, 0] += 1e-9
        self.one_line(MISMATCH, "model 'm.h5' has changed")
        (self.folder / "m.h5").write_bytes(content)

    def test_a_missing_case_is_named(self):
        self.one_line(MISMATCH, "has 2 cases, the study 1 of them", models=[{"file": "m.h5"}])

    def test_fresh_moves_the_old_file_aside(self):
        common.write_study(self.study, **{**self.keys, "seed": 7})
        self.expect(0, common.schursweep("run", "-q", self.study, "--fresh"))
        self.assertEqual((self.folder / "out.h5.1").read_bytes(), self.original)
        (self.folder / "out.h5.1").unlink()

    def test_damaged_files(self):
        size = len(self.original)
        for code, length in common.some(((DAMAGED, size - 1), (TAKEN, 0)), (DAMAGED, size // 2),
                                        (TAKEN, 4)):
            with self.subTest(length=length):
                self.path.write_bytes(self.original[:length])
                self.one_line(code, "out.h5: ")

    def test_damaged_cells_are_found_and_run_again(self):
        with h5py.File(self.path, "r+") as file:
            file["fvu"][0, 1, 3] += 1e-3
            file["state"][1, 0, 0] = 17
        result = self.expect(0, common.schursweep("run", self.study))
        self.assertIn("2 finished jobs fail their checksum", result.stderr)
        with h5py.File(self.folder / "copy.h5", "w") as file:
            file["bytes"] = 0
        original = self.folder / "original.h5"
        original.write_bytes(self.original)
        found, expected = common.read_results(self.path), common.read_results(original)
        for name in set(found) - {"seconds"}:
            self.assertEqual(found[name].tobytes(), expected[name].tobytes(), name)

    def test_another_format_version(self):
        with h5py.File(self.path, "r+") as file:
            file.attrs.modify("format_version", np.int32(99))
        self.one_line(MISMATCH, "format_version is 99, expected 4")

    def test_a_file_in_use_is_refused_at_once(self):
        import fcntl
        import struct
        with open(self.folder / "out.h5.lock", "r+b") as lock:
            whole = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0)
            fcntl.fcntl(lock, 37, whole)  # F_OFD_SETLK
            self.one_line(TAKEN, "out.h5: in use")


if __name__ == "__main__":
    common.main()
