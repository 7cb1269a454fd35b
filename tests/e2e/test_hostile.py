"""Hostile names, paths, files and terminals: one clear line or a good run, no other file touched."""
import csv
import hashlib
import io
import json
import os
import random
import re
import shutil
import subprocess
import time
import unicodedata
import zipfile

import h5py
import numpy as np

import common
import interrupted
import models

USAGE, INPUT, TAKEN, MISMATCH, DAMAGED, IO = 2, 3, 4, 5, 6, 7
GRID = {"task": "sine", "construction": "cayley", "hidden": 4, "recipe": {"steps": 3}}
RANKS = 3 if common.SOAK else 0  # where another refusal of the kind is seen on three ranks always


class HostileCase(common.TestCase):
    """Every test has a folder of its own with a model m.h5."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.folder / "template.h5"
        model = models.network(0, 6)
        common.write_model(cls.template, model, models.trials_for(model, 0, steps=6, count=5))
        cls.finished = {}

    def setUp(self):
        self.place = self.folder / self._testMethodName
        self.place.mkdir()
        self.model = self.place / "m.h5"
        shutil.copy(self.template, self.model)

    def study(self, name="s.cfg", **keys):
        path = self.place / name
        path.parent.mkdir(exist_ok=True)
        return common.write_study(path, **{"models": [{"file": "m.h5"}], "output": "o.h5", **keys})

    def text_study(self, text):
        path = self.place / "s.cfg"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def content(self):
        return {str(path.relative_to(self.place)): self.digest(path)
                for path in self.place.rglob("*")}

    @staticmethod
    def digest(path):
        plain = path.is_file() and not path.is_symlink()
        return hashlib.sha256(path.read_bytes()).hexdigest() if plain else path.lstat().st_mode

    def run_ok(self, *arguments, **keys):
        return self.expect(0, common.schursweep(*arguments, **keys))

    def finish(self, name="s.cfg", **keys):
        """The study, whose results o.h5 are there: computed once for all tests of a class."""
        study = self.study(name, **keys)
        text = study.read_text()
        if text not in self.finished:
            self.run_ok("run", "-q", study)
            self.finished[text] = (self.place / "o.h5").read_bytes()
        (self.place / "o.h5").write_bytes(self.finished[text])
        return study

    def refuse(self, code, says, *arguments, **keys):
        """One line on stderr, nothing on stdout, and every file stays as it was."""
        before = self.content()
        result = self.expect(code, common.schursweep(*arguments, **keys))
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertRegex(result.stderr, says)
        self.assertEqual(result.stdout, "")
        self.assertEqual(self.content(), before, "something was written")


class StudiesAndPaths(HostileCase):
    """Paths of what is read and of what is written."""

    GOOD = 'study = "s";\nmodels = ( { file = "m.h5"; } );\n'

    def plan_of(self, *lines):
        return json.loads(self.run_ok("plan", "--json", self.text_study("\n".join(lines))).stdout)

    def test_a_huge_study(self):
        path = self.text_study(self.GOOD)
        os.truncate(path, 17 << 20)
        self.refuse(INPUT, "17825792 bytes, expected at most 16777216", "run", path, ranks=RANKS)

    def test_a_results_file_as_model(self):
        self.finish()
        shutil.copy(self.place / "o.h5", self.place / "r.h5")
        study = self.study(models=[{"file": "r.h5"}], output="p.h5")
        self.refuse(INPUT, r"r\.h5: dataset weight_hh is missing", "run", study, ranks=3)

    def test_too_many_jobs(self):
        study = self.study(models=[{**GRID, "seeds": "0..1999"}],
                           alphas={"from": 0.0001, "to": 1.0, "count": 100000})
        self.refuse(INPUT, r"1\.60001e\+09 jobs \(2000 cases x", "run", study)

    def test_a_grid_that_fits_no_machine_is_refused_at_once(self):
        study = self.study(models=[{**GRID, "seeds": "0..9999999"}])
        self.refuse(INPUT, "expected at most", "plan", study, seconds=3)

    def test_studies_of_great_size(self):
        size = 1000000 if common.SOAK else 200000
        for says, text in common.some((
                ("more than 100 keys in one group", "".join(f"k{i}=1;\n" for i in range(size))),
                ("nested more than 64 deep", self.GOOD + "alphas = " + "[" * size),
                (f"alphas has {size} values", self.GOOD + "alphas = [" + "0.5," * (size - 1) + "0.5];"),
                ("integer is|integer 1{70}", self.GOOD + "seed = " + "1" * 70 + ";"),
                ("number is too long", self.GOOD + "seed = " + "1" * size + ";")),
                ("more than 1000000|expected at most 1000000",
                 'study = "s"; models = ( { task = "sine"; construction = "cayley"; hidden = 4; '
                 'seeds = [' + ",".join(str(i) for i in range(1000001)) + "]; } );")):
            with self.subTest(says):
                self.refuse(INPUT, says, "plan", self.text_study(text), seconds=20)

    def test_studies_without_content(self):
        for text in ("", "\n\n", "// nothing", "/* nothing */", '@include "s2.cfg"'):
            (self.place / "s2.cfg").write_text("# nothing")
            with self.subTest(text):
                self.refuse(INPUT, "key 'study' is missing", "plan", self.text_study(text))

    def test_an_include_loop_of_two(self):
        (self.place / "b.cfg").write_text('@include "s.cfg"\n')
        study = self.text_study('\n@include "b.cfg"\n')
        self.refuse(INPUT, "nests more than 10 files deep", "run", study, ranks=3)

    def test_line_ends_of_other_systems(self):
        study = self.text_study(self.GOOD.replace("\n", "\r\n"))
        self.run_ok("plan", study)

    def test_a_comment_may_end_the_file(self):
        for comment in ("// end", "# end"):
            self.assertEqual(self.plan_of(self.GOOD, comment)["jobs"], 24 + len(common.ALWAYS))

    def test_nothing_hides_behind_a_nul_byte(self):
        study = self.text_study(self.GOOD.encode() + b"/* \0 */ banana = 1;\n")
        self.refuse(INPUT, ":3: file contains a NUL byte", "plan", study)

    def test_nothing_hides_behind_an_include(self):
        (self.place / "part.cfg").write_text('study = "s";\n')
        study = self.text_study('@include "part.cfg" seed = 4294967297;\n'
                                'models = ( { file = "m.h5"; } );\n')
        self.refuse(INPUT, "4294967297L", "plan", study)

    def test_an_include_with_a_backslash_leads_nowhere_else(self):
        (self.place / "d\\x").mkdir()  # what libconfig opens
        (self.place / "d\\\\x").write_text("seed = 1;\n")  # what is written
        study = self.text_study('@include "d\\\\x"\n' + self.GOOD)
        self.refuse(INPUT, r"s\.cfg:1: ", "run", study, ranks=RANKS)

    def test_an_include_may_be_absolute(self):
        (self.place / "part.cfg").write_text("alphas = 0.5;\n")
        plan = self.plan_of(f'@include "{self.place}/part.cfg"', self.GOOD)
        self.assertEqual(plan["alphas"], [0.5])

    def test_a_misspelt_file_is_named(self):
        study = self.text_study('study = "s"; models = ( { flie = "m.h5"; } );\n')
        self.refuse(INPUT, "unknown model key 'flie', did you mean 'file'", "plan", study)

    def test_names_with_spaces_newlines_and_accents(self):
        for name in common.some(("new\nline", "-q", "%s%n"), "two words", "naïve"):
            with self.subTest(name):
                shutil.rmtree(self.place / name, ignore_errors=True)
                (self.place / name).mkdir()
                shutil.copy(self.model, self.place / name / f"{name}.h5")
                study = self.study(f"{name}/{name}.cfg", study="s",
                                   models=[{"file": f"{name}.h5"}], output=f"{name} out.h5")
                self.run_ok("run", study)
                ranks = 2 if common.SOAK or name == "new\nline" else 0
                self.assertIn("nothing to do", self.run_ok("run", study, ranks=ranks).stderr)
                self.run_ok("show", study.parent / f"{name} out.h5")
                self.run_ok("status", "--json", study.parent / f"{name} out.h5")

    def test_one_study_from_everywhere(self):
        study = self.study("sub/s.cfg", models=[{"file": "../m.h5"}])
        self.run_ok("run", "-q", study)
        (self.place / "sub" / "link.cfg").symlink_to("s.cfg")
        for folder, name in common.some(
                (("/", study), (self.place / "sub", "./link.cfg"), (self.place, "./sub/../sub/s.cfg")),
                (self.place, "sub/s.cfg"), (self.place / "sub", "s.cfg")):
            with self.subTest(name, folder=folder):
                self.assertIn("nothing to do", self.run_ok("run", name, cwd=folder).stderr)

    def test_a_folder_is_no_pattern(self):
        (self.place / "ab").mkdir()
        common.write_model(self.place / "ab" / "other.h5", models.network(1, 7), None)
        study = self.study("a[b]/s.cfg", models=[{"file": "*.h5"}])
        shutil.copy(self.model, study.parent)
        plan = json.loads(self.run_ok("plan", "--json", study).stdout)
        self.assertEqual([case["model"] for case in plan["cases"]], ["m.h5"])

    def test_a_model_by_two_names_is_one_model(self):
        study = self.study(models=[{"file": name} for name in ("m.h5", "./m.h5", str(self.model))])
        self.assertEqual(json.loads(self.run_ok("plan", "--json", study).stdout)["models"], 1)

    def test_names_that_are_too_long(self):
        long_name, long_path = "m" * 300 + ".h5", "d/" * 2500 + "m.h5"
        places = (
            (INPUT, "matches nothing|File name too long", "run",
             lambda name: self.study(study="s", models=[{"file": name}])),
            (INPUT, "File name too long", "run",
             lambda name: self.study(study="s", tasks=[{"name": "mine", "file": name}])),
            (INPUT, "File name too long", "plan", lambda name: self.place / name),
            (INPUT, "File name too long|in quotes", "plan",
             lambda name: self.text_study(f'@include "{name}"\n')),
            (IO, "File name too long|cannot create", "run",
             lambda name: self.study(study="s", models=[GRID], models_dir=name)))
        for number, (code, says, command, study) in enumerate(places):
            names = [long_name, long_path]
            for name in names if common.SOAK else [names[number % 2]]:
                self.refuse(code, says, command, study(name))

    def test_a_control_character_does_not_reach_the_terminal(self):
        shutil.copy(self.model, self.place / "m\033[31m.h5")
        study = self.study(study="red\033[31m", models=[{"file": "m*.h5"}])
        self.run_ok("run", study)
        for arguments in (["plan", study], ["show", self.place / "o.h5"],
                          ["status", self.place / "o.h5"]):
            result = self.run_ok(*arguments)
            self.assertNotIn("\033", result.stdout + result.stderr)

    def test_awkward_names_break_no_table(self):
        """Quotes, markup, a line, formulas, commands of a terminal, 200 characters, wide ones."""
        names = ['q"uo\'te', "<b>&amp;", "new\nline", "=1+1", "@sum", "a\u009b31mred\u202egnp",
                 "\u65e5\u672c\u8a9e" * 12, "n" * 200]
        (self.place / "lab").mkdir()
        for i, name in enumerate(names):
            folder = self.place if name[0] in "=@" else self.place / "lab"
            common.write_model(folder / f"{name}.h5", models.network(i, 5),
                               models.trials_for(models.network(i, 5), i, steps=4, count=4))
        study = self.study(study="s", models=[{"file": part} for part in ("lab/*.h5", "=*.h5", "@*.h5")])
        results, bad = self.place / "o.h5", re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]")
        self.run_ok("run", "-q", study)
        for arguments in (["show", results], ["show", "--long", results], ["plan", study],
                          ["plan", "--all", study], ["status", results],
                          ["report", results, "-o", self.place / "page"]):
            with self.subTest(arguments[0]):
                done = self.run_ok(*arguments, prefix=["env", "COLUMNS=60"])
                for line in (done.stdout + done.stderr).splitlines():
                    self.assertNotRegex(line, bad)
                    wide = sum(unicodedata.east_asian_width(char) == "W" for char in line)
                    self.assertLessEqual(len(line) + wide, 60, line)
        for text in (self.run_ok("show", "--csv", results).stdout,
                     (self.place / "page" / "jobs.csv").read_text("utf-8")):
            rows = list(csv.DictReader(io.StringIO(text)))
            self.assertEqual(len(rows), len(names) * 3 * 8)
            self.assertEqual({len(row) for row in rows}, {len(rows[0])})
            found = {row["model"] for row in rows}
            self.assertEqual(len(found), len(names))
            self.assertFalse([name for name in found if name[0] in "=+-@"])
            self.assertIn("'=1+1.h5", found)
        found = {row["model"] for row in json.loads(self.run_ok("show", "--json", results).stdout)}
        self.assertIn("lab/q\"uo'te.h5", found)

    def test_a_path_that_is_no_utf8_has_a_status(self):
        self.run_ok("run", "-q", self.study(), "-o", b"\xff.h5".decode(errors="surrogateescape"),
                    cwd=self.place)
        self.run_ok("status", "--json", os.fsdecode(b"\xff.h5"), cwd=self.place)

    def test_paths_that_no_file_can_have(self):
        study = self.study()
        for code, output in common.some(
                ((IO, "y" * 250), (IO, "z/" * 2500 + "o.h5"), (IO, "none/"), (TAKEN, "/dev/null")),
                (IO, "x" * 300), (TAKEN, "/")):
            with self.subTest(output[:20]):
                self.refuse(code, "schursweep: ", "run", study, "-o", output, cwd=self.place)

    def test_the_folder_of_the_output_is_made(self):
        self.run_ok("run", "-q", self.study(output="made/o.h5"), ranks=2)
        self.assertTrue((self.place / "made" / "o.h5").exists())
        self.refuse(IO, "made/a/b: cannot create the folder", "run", self.study(), "-o",
                    self.place / "made" / "a" / "b" / "o.h5")
        self.assertEqual([path.name for path in (self.place / "made").glob("a*")], [])

    def test_an_empty_name_is_a_wrong_command_line(self):
        for options in (["-o", ""], ["--output="]):
            self.refuse(USAGE, "output", "run", self.study(), *options, cwd=self.place)

    def test_links_to_nothing_and_to_themselves(self):
        study = self.study()
        (self.place / "nothing").symlink_to("gone/o.h5")
        (self.place / "loop").symlink_to("loop")
        for output in ("nothing", "loop"):
            for fresh in ([], ["--fresh"]):
                self.refuse(TAKEN, output, "run", study, "-o", self.place / output, *fresh)

    def test_an_output_that_is_an_input(self):
        common.write_trials_file(self.place / "t.h5",
                                 models.trials_for(models.network(0, 6), 1, steps=6, count=5))
        study = self.study(study="s", tasks=[{"name": "mine", "file": "t.h5"}],
                           models=[{"file": "m.h5", "evaluate_on": ["own", "mine"]}])
        (self.place / "link.h5").symlink_to("t.h5")
        options = [], ["--fresh"]
        for number, name in enumerate(("m.h5", "./m.h5", "t.h5", "link.h5", "s.cfg")):
            for fresh in options if common.SOAK else [options[number % 2]]:
                with self.subTest(name, fresh=fresh):
                    self.refuse(TAKEN, "no results file|not an HDF5", "run", study, "-o",
                                self.place / name, *fresh)

    def test_a_lock_that_cannot_be(self):
        (self.place / "o.h5.lock").mkdir()
        self.refuse(IO, r"o\.h5\.lock: cannot create", "run", self.study(), ranks=3)

    def test_fresh_moves_the_file_and_not_the_link(self):
        self.finish()
        old = (self.place / "o.h5").read_bytes()
        (self.place / "link.h5").symlink_to("o.h5")
        self.run_ok("run", "-q", self.study(seed=7), "-o", self.place / "link.h5", "--fresh")
        self.assertTrue((self.place / "link.h5").is_symlink())
        self.assertEqual((self.place / "o.h5.1").read_bytes(), old)
        with h5py.File(self.place / "link.h5") as file:
            self.assertEqual(file.attrs["seed"], 7)

    def test_a_model_called_like_the_lock_is_not_destroyed(self):
        shutil.copy(self.model, self.place / "o.h5.lock")
        study = self.study(models=[{"file": "o.h5.lock"}])
        self.refuse(TAKEN, r"o\.h5\.lock: another file", "run", "-q", study, ranks=RANKS)

    def test_a_lock_that_is_a_link_destroys_nothing(self):
        (self.place / "o.h5.lock").symlink_to("m.h5")
        self.refuse(TAKEN, r"o\.h5\.lock: a symbolic link", "run", "-q", self.study(), ranks=RANKS)

    def test_one_file_by_two_names_has_one_lock(self):
        study, path = self.study(), self.place / "o.h5"
        (self.place / "link.h5").symlink_to("o.h5")
        hang = interrupted.preload("LAPACK_FAULT", LAPACK_FAULT="hang", LAPACK_FAULT_WIDTH=6)
        job = common.Job(["run", "-q", study], ranks=2, environment=hang)
        self.addCleanup(job.kill)
        while job.is_running() and not path.exists():
            time.sleep(0.005)
        second = common.schursweep("run", "-q", study, "-o", self.place / "link.h5")
        self.assertTrue(job.is_running())
        self.expect(TAKEN, second)

    def test_a_damaged_byte_anywhere(self):
        """Never a crash, a hang or a second line; what can be read is read."""
        self.finish()
        whole = (self.place / "o.h5").read_bytes()
        chosen = random.Random(1)
        for i in range(60 if common.SOAK else 20):
            place = chosen.randrange(8, 3000 if i % 2 else len(whole))
            damaged = bytearray(whole)
            damaged[place] ^= 1 << chosen.randrange(8)
            (self.place / "d.h5").write_bytes(damaged)
            result = common.schursweep(("show", "status")[i // 2 % 2], self.place / "d.h5")
            with self.subTest(place=place):
                self.assertIn(result.returncode, (0, TAKEN, MISMATCH, DAMAGED), result.stderr)
                self.assertEqual(len(result.stderr.splitlines()), result.returncode != 0)

    def test_a_damaged_start_is_damage_and_no_foreign_file(self):
        self.finish()
        whole = bytearray((self.place / "o.h5").read_bytes())
        whole[100] ^= 0xFF  # metadata of the root group
        (self.place / "o.h5").write_bytes(whole)
        self.refuse(DAMAGED, "o.h5: ", "run", self.place / "s.cfg")

    def test_what_others_have_beside_the_results_stays(self):
        folder = self.place / "o.schur"
        folder.mkdir()
        names = ["o.h5.tmp.backup.2024", "o.h5.tmp.before.3", "o.h5-2024-11.lock", "o.h5.1-2.lock",
                 "o.schur/job-2024-11.lock", "o.schur/thesis.tmp.v.2", "o.schur/notes-cafe.h5"]
        for i, name in enumerate(names):
            (self.place / name).write_text("mine" if i != 1 else "")
        shutil.copy(self.model, self.place / names[1])
        before = self.content()
        for options in ((), ("--fresh",)):
            self.run_ok("run", "-q", *options, self.study())
            after = self.content()
            self.assertEqual({name: after.get(name) for name in before}, before)


class Hdf5(HostileCase):
    """Objects of a file that lead out of it: to a pipe, so that whoever follows them waits."""

    def setUp(self):
        super().setUp()
        self.pipe = self.place / "pipe.h5"
        os.mkfifo(self.pipe)

    def put_external_link(self, file, name, _):
        file[name] = h5py.ExternalLink(str(self.pipe), "/" + name)

    def put_soft_loop(self, file, name, _):
        file["other"] = h5py.SoftLink("/" + name)
        file[name] = h5py.SoftLink("/other")

    def put_external_storage(self, file, name, old):
        file.create_dataset(name, old.shape, old.dtype, external=[(str(self.pipe), 0, old.nbytes)])

    def put_virtual(self, file, name, old):
        layout = h5py.VirtualLayout(old.shape, old.dtype)
        layout[...] = h5py.VirtualSource(str(self.pipe), name, old.shape)
        file.create_virtual_dataset(name, layout)

    def put_groups(self, file, name, _):
        group = file.create_group(name)
        for _ in range(1000):
            group = group.create_group("g")

    def put_claim(self, file, name, old):
        file.create_dataset(name, (30000,) * old.ndim, old.dtype, chunks=(1,) * old.ndim)

    def spoilt(self, path, name, every=True):
        """For each way to replace the dataset, or for two of them, a subtest of its name, and such a
        copy of the file."""
        ways = [self.put_external_link, self.put_claim, self.put_soft_loop,
                self.put_external_storage, self.put_virtual, self.put_groups]
        for spoil in ways if every else ways[:2]:
            bad = path.with_name("bad.h5")
            shutil.copy(path, bad)
            with h5py.File(bad, "r+") as file:
                old = file[name][()]
                del file[name]
                spoil(file, name, old)
            yield self.subTest(spoil.__name__, name=name), bad

    def test_models(self):
        study = self.study(study="s", models=[{"file": "bad.h5"}])
        for name in common.some(("weight_hh",), "weight_ih", "trials/inputs"):
            for what, _ in self.spoilt(self.model, name):
                with what:
                    self.refuse(INPUT, r"bad\.h5: ", "run", study, seconds=20)

    def test_trials(self):
        common.write_trials_file(self.place / "t.h5",
                                 models.trials_for(models.network(0, 6), 1, steps=6, count=5))
        study = self.study(study="s", tasks=[{"name": "mine", "file": "bad.h5"}],
                           models=[{"file": "m.h5", "evaluate_on": ["mine"]}])
        for what, _ in self.spoilt(self.place / "t.h5", "trials/targets", common.SOAK):
            with what:
                self.refuse(INPUT, r"bad\.h5: ", "run", study, seconds=20)

    def test_results(self):
        """Each way with each command, and with each dataset."""
        self.finish()
        results = (self.place / "o.h5").rename(self.place / "results.h5")
        study, bad = self.study(output="bad.h5"), self.place / "bad.h5"
        commands = [["show", bad], ["status", bad], ["run", study]]
        for turn, name in enumerate(("fvu", "alpha", "run/faults")):
            for number, (what, _) in enumerate(self.spoilt(results, name)):
                first = (turn + number) % len(commands)
                with what:
                    for command in common.some(commands[first:first + 1],
                                               *commands[:first], *commands[first + 1:]):
                        self.refuse(DAMAGED, r"bad\.h5: ", *command, seconds=20)

    def test_what_a_results_file_names_is_read_only_from_a_regular_file(self):
        common.write_trials_file(self.place / "t.h5",
                                 models.trials_for(models.network(0, 6), 1, steps=6, count=5))
        self.run_ok("run", "-q", self.study(
            tasks=[{"name": "mine", "file": "t.h5"}],
            models=[{"file": "m.h5", "evaluate_on": ["mine", "own"]}]))
        makers = {"pipe": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero"),
                  "folder": os.mkdir}
        for name in ("m.h5", "t.h5"):
            whole = (self.place / name).rename(self.place / "kept.h5")
            for what, make in makers.items():
                with self.subTest(what, name=name):
                    make(self.place / name)
                    told = self.expect(INPUT, common.schursweep(
                        "verify", "--sample", "1", self.place / "o.h5", seconds=20))
                    self.assertIn("not a regular file", told.stderr)
                    if common.SOAK or what == "pipe":  # on which it would wait
                        self.run_ok("report", "-q", self.place / "o.h5", "-o", self.place / "rep",
                                    seconds=20)
                    (os.rmdir if what == "folder" else os.unlink)(self.place / name)
            whole.rename(self.place / name)

    def test_texts_of_a_results_file_do_not_reach_the_terminal(self):
        self.finish()
        with h5py.File(self.place / "o.h5", "r+") as file:
            for name in ("model", "task", "construction", "message"):
                width = file[name].dtype.itemsize
                file[name][...] = (b"\033[1m\xff" * 100)[:width]
            epochs = file["run/epochs"][()]
            for name in ("host", "job"):
                epochs[name] = b"\033\xff" * 100
            file["run/epochs"][...] = epochs
            file["seconds"][...] = 1.0
        for arguments in (["show"], ["status"], ["status", "--json"]):
            result = self.run_ok(*arguments, self.place / "o.h5")
            self.assertNotIn("\033", result.stdout)
            self.assertIn("?[1", result.stdout)
        self.assertEqual(json.loads(result.stdout)["slowest"][0]["task"][:3], "?[1")
        with h5py.File(self.place / "o.h5", "r+") as file:
            file["ablation"][1] = b"\033\xff"
        for arguments in (["status"], ["show"]):  # which tells what no set is called
            result = common.schursweep(*arguments, self.place / "o.h5")
            self.assertNotIn("\033", result.stdout + result.stderr)
        self.assertEqual(result.returncode, DAMAGED)


def npy(shape, order=False):
    """The head of a .npy file of bytes."""
    head = f"{{'descr': '|u1', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    head += b" " * (63 - (10 + len(head)) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little") + head


class Imports(HostileCase):
    """Files of weights that ask for more time or memory than they are worth."""

    def setUp(self):
        super().setUp()
        model = models.network(0, 5)
        self.arrays = {"weight_hh": model.weight_hh, "weight_ih": model.weight_ih,
                       "weight_hy": model.weight_hy}
        self.weights = self.place / "w.npz"
        np.savez(self.weights, **self.arrays)

    def refuse_soon(self, says, path, *options):
        self.refuse(INPUT, says, "import", path, "-o", self.place / "n.h5", "--assume-tanh",
                    *options, seconds=20)

    def put(self, name, head, path=None):
        with zipfile.ZipFile(path or self.weights, "a") as archive:
            archive.writestr(name + ".npy", head)

    def test_arrays_of_nothing(self):
        trials = self.place / "t.npz"
        for name in ("inputs", "targets"):
            self.put(name, npy((0, 1 << 24, 1 << 24), True), trials)
        self.refuse_soon("inputs is 0 x 16777216 x 16777216, exp", self.weights, "--trials", trials)

    def test_settings_and_biases_of_many_values(self):
        bytes_of = npy((400, 400)) + bytes(160000)
        self.put("bias_h", bytes_of)
        self.refuse_soon("bias_h is 400 x 400, expected 5 values", self.weights)
        np.savez(self.weights, **self.arrays)
        self.put("alpha", bytes_of)
        self.refuse_soon("alpha has 160000 values, expected at most one for each", self.weights)

    def test_many_links_and_attributes(self):
        pair = np.zeros((), [("a", "f8"), ("b", "f8")])
        for version in common.some(("latest",), "earliest"):
            path = self.place / f"{version}.h5"
            with h5py.File(path, "w", libver=version) as file:
                for i in range(4000):
                    file.attrs.create(f"a{i}", pair)
                for i in range(16000):
                    file[f"x{i}"] = h5py.SoftLink("/nowhere")
            self.refuse_soon("the file has no arrays", path)
        with h5py.File(path, "r+") as file:
            file.create_group("g").attrs.create("a", pair)
            for i in range(500):
                file["g"].attrs.create(f"a{i}", pair)
            for i in range(16000):
                del file[f"x{i}"]
                if i < 100:
                    file[f"x{i}"] = file["g"]
        self.refuse_soon("more than 32768 attributes, expected those of a model", path)

    def test_a_link_that_leads_through_others(self):
        path = self.place / "l.h5"
        with h5py.File(path, "w") as file:
            file["qq_zz"] = 1.0
        path.write_bytes(path.read_bytes().replace(b"qq_zz", b"qq/zz"))
        self.refuse_soon("a link with a '/' in its name: qq/zz", path)


class ForeignResults(HostileCase):
    """Results files that say what no study of this program can: arrays are as long as they say."""

    def setUp(self):
        super().setUp()
        common.write_model(self.model, models.network(0, 6, n_in=3, n_out=3), None,
                           {"task": "flip_flop"})
        self.finish(diagnostics=["couplings", "hankel"])
        self.path = self.place / "bad.h5"

    def change(self, change):
        shutil.copy(self.place / "o.h5", self.path)
        with h5py.File(self.path, "r+") as file:
            change(file)

    def verify(self, code, says):
        told = self.expect(code, common.schursweep("verify", "--sample", "1", self.path))
        self.assertRegex(told.stdout, "skipped +[0-9]+: .*" + says)
        self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)
        self.run_ok("report", "-q", self.path, "-o", self.place / "page")

    def test_parameters_of_tasks(self):
        for name, params, says in common.some((
                ("flip_flop", (16, 64, 0.5, float("nan")), "bits is -?nan"),
                ("flip_flop", (16, 3e9, 0.5, 3), "steps is 3000000000"),
                ("flip_flop", (-1, 64, 0.5, 3), "trials is -1"),
                ("flip_flop", (16, 64, 0.5, 100), "trials have 100 inputs and 100 outputs, exp")),
                ("copy", (16, 0, 3, 10), "task copy: symbols is 0, expected a whole number from 1"),
                ("copy", (16, 1000, 3, -500), "replay is -500"),
                ("delayed_discrimination", (16, 1, 1 << 22, 1), "pulse is 4194304")):
            def change(file):
                task = file["tasks/0"].attrs
                task["name"] = np.bytes_(name)
                task["params"] = np.array(params + (8 - len(params)) * (0,), "f8")
            with self.subTest(says):
                self.change(change)
                self.verify(INPUT, says)

    def test_a_wider_model_than_the_file_has_room_for(self):
        wide = models.network(9, 64, n_in=3, n_out=3)
        common.write_model(self.place / "w.h5", wide, None, {"task": "flip_flop"})
        self.run_ok("run", "-q", self.study("wide.cfg", models=[{"file": "w.h5"}], output="w.res"))
        with h5py.File(self.place / "w.res") as file:
            weights_hash = file["weights_hash"][0]
        shutil.copy(self.place / "w.h5", self.model)
        self.change(lambda file: file["weights_hash"].write_direct(np.array([weights_hash])))
        self.verify(DAMAGED, "m.h5: a rnn of 64 units, expected a rnn of 6")

    def test_a_map_of_groups_of_nothing(self):
        for group in common.some((0,), -7):
            self.change(lambda file: file["pair_group"].write_direct(np.array([group], "i4")))
            self.run_ok("report", "-q", self.path, "-o", self.place / "page")


class Outputs(HostileCase):
    """Models that the program has made; reports in a folder where others may write, several at once."""

    def prepare_report(self):
        self.finish()
        self.results = self.place / "o.h5"
        self.out = self.place / "rep"

    def test_planted_links_are_replaced_and_not_followed(self):
        self.prepare_report()
        self.run_ok("report", "-q", self.results, "-o", self.out)
        victim = self.place / "victim"
        victim.write_text("precious")
        names = [path for path in self.out.rglob("*") if path.is_file()]
        self.assertGreater(len(names), 10)
        for path in [*names, self.out / "figures" / "gnuplot.log"]:
            path.unlink(missing_ok=True)
            path.symlink_to(victim)
        self.run_ok("report", "-q", self.results, "-o", self.out)
        self.assertEqual(victim.read_text(), "precious")
        self.assertFalse(any(path.is_symlink() for path in self.out.rglob("*")))
        mask = os.umask(0)
        os.umask(mask)
        for path in names:
            self.assertEqual(path.stat().st_mode & 0o777, 0o666 & ~mask, path.name)
        (self.out / "figures").rename(self.place / "elsewhere")
        old = self.place / "elsewhere" / "mass-of-another-report.svg"
        old.write_text("precious")
        (self.out / "figures").symlink_to(self.place / "elsewhere")
        told = self.expect(7, common.schursweep("report", "-q", self.results, "-o", self.out))
        self.assertIn("figures: a symbolic link, expected a folder", told.stderr)
        self.assertEqual(old.read_text(), "precious")

    def test_no_gnuplot_is_taken_from_the_folders_of_a_report(self):
        self.prepare_report()
        mark = self.place / "was-run"
        for place in (self.place, self.out, self.out / "figures"):
            place.mkdir(exist_ok=True)
            (place / "gnuplot").write_text(f"#!/bin/sh\ntouch {mark}\n")
            (place / "gnuplot").chmod(0o755)
        self.run_ok("report", "-q", self.results, "-o", self.out, cwd=self.out,
                    environment={"PATH": f".::{os.environ['PATH']}"})
        self.assertFalse(mark.exists())

    def test_reports_at_once_are_whole(self):
        self.prepare_report()
        self.run_ok("report", "-q", self.results, "-o", self.place / "alone")
        jobs = [common.Job(["report", "-q", self.results, "-o", self.out])
                for _ in range(4 if common.SOAK else 2)]
        for job in jobs:
            self.expect(0, job.finish())
        for place in (self.place / "alone", self.out):
            self.assertEqual({str(path.relative_to(place)) for path in place.rglob("*")},
                             {str(path.relative_to(self.out)) for path in self.out.rglob("*")})
        pages = [(place / "report.html").read_text().count("<svg")
                 for place in (self.place / "alone", self.out)]
        self.assertEqual(pages[0], pages[1])
        self.assertGreater(pages[0], 0)

    def trained(self):
        """The study, after its first run, and the file of its model."""
        study = self.study(models=[GRID], models_dir="md")
        self.run_ok("run", "-q", study)
        (path,) = (self.place / "md").iterdir()
        return study, path

    def test_files_that_are_not_the_model(self):
        study, path = self.trained()
        whole = path.read_bytes()
        for what, bad, *commands in (
                ("text", b"weights\n", "plan"), ("empty", b"", "train"),
                ("short", whole[:-1], "plan"), ("other", self.model.read_bytes(), "run", "train")):
            path.write_bytes(bad)
            for command in common.some(commands, *{"run", "train", "plan"}.difference(commands)):
                with self.subTest(what, command=command):
                    self.refuse(INPUT, path.name, command, study)
        for make in (os.mkfifo, os.mkdir):
            path.unlink()
            make(path)
            self.refuse(INPUT, "not a regular file", "run", study)
            (os.rmdir if make is os.mkdir else os.unlink)(path)
            path.touch()

    def test_a_resume_does_not_mix_two_networks(self):
        study, path = self.trained()
        with h5py.File(path, "r+") as file:
            file["weight_hh"][0, 0] += 0.3
        with h5py.File(self.place / "o.h5", "r+") as file:
            file["state"][0, 1:] = common.PENDING
        self.refuse(INPUT, "weights_checksum is", "run", "-q", study)
        with h5py.File(path, "r+") as file:  # somebody means it
            del file.attrs["weights_checksum"]
        self.refuse(MISMATCH, "has changed", "run", "-q", study)

    def test_what_a_killed_training_has_left_is_removed(self):
        study, path = self.trained()
        dead = subprocess.Popen(["true"])
        dead.wait()
        left = [path.with_name(f"{path.name}{kind}.tmp.schursweep.{os.uname().nodename}.{dead.pid}")
                for kind in ("", ".training")]
        others = [path.with_name(f"{path.name}.tmp.schursweep.elsewhere.{dead.pid}"),
                  path.with_name(f"{path.name}.tmp.schursweep.{os.uname().nodename}.{os.getpid()}")]
        for name in left + others:
            shutil.copy(self.model, name)
            os.utime(name, (0, 0))
        for command in ("run", "train"):
            path.unlink()
            (self.place / "o.h5").unlink(missing_ok=True)
            self.run_ok(command, "-q", study)
            self.assertEqual(sorted(path.parent.iterdir()), sorted([path, *others]))
            for name in left:
                shutil.copy(self.model, name)
                os.utime(name, (0, 0))

    def test_models_dir_that_is_a_file(self):
        study = self.study(models=[GRID], models_dir="m.h5")
        for command in ("run", "train"):
            self.refuse(IO, r"m\.h5", command, study)

    def test_models_dir_that_cannot_be_made(self):
        self.refuse(IO, "none/md: cannot create", "run",
                    self.study(models=[GRID], models_dir="none/md"))

    def test_two_runs_that_train_the_same_model(self):
        study = self.study(models=[GRID], models_dir="md")
        for outputs in (("a.h5", "b.h5"), ("c.h5", "c.h5")):
            shutil.rmtree(self.place / "md", ignore_errors=True)
            jobs = [common.Job(["run", "-q", study, "-o", self.place / name]) for name in outputs]
            codes = sorted(job.finish().returncode for job in jobs)
            self.assertIn(codes, [[0, 0], [0, TAKEN]][: 1 + (outputs[0] == outputs[1])])
            self.assertEqual(len(list((self.place / "md").iterdir())), 1)


class Terminals(HostileCase):
    def shell(self, script, *arguments):
        return subprocess.run(["bash", "-c", script, common.program(), *map(str, arguments)],
                              capture_output=True, text=True, env=common.mpi_environment(),
                              cwd=self.place, timeout=60 * common.SLOWDOWN)

    def test_a_run_without_any_open_file(self):
        study = self.finish()
        expected = common.read_results(self.place / "o.h5")
        for closed in common.some((">&-", "<&- >&- 2>&-"), "2>&-"):
            with self.subTest(closed):
                (self.place / "o.h5").unlink(missing_ok=True)
                self.assertEqual(self.shell(f'"$0" run "$1" {closed}', study).returncode, 0)
                found = common.read_results(self.place / "o.h5")
                for name in set(found) - {"seconds"}:
                    self.assertEqual(found[name].tobytes(), expected[name].tobytes(), name)

    def test_lost_output_is_an_error(self):
        self.finish()
        for line in ("plan s.cfg", "plan --json s.cfg", "status o.h5", "status --json o.h5",
                     "import m.h5 -o n.h5 --assume-tanh", "--help", "run --help", "--version"):
            with self.subTest(line):
                result = self.shell(f'"$0" {line} > /dev/full')
                self.assertEqual(result.returncode, IO)
                self.assertIn("cannot write", result.stderr)

    def test_show_on_a_full_device(self):
        self.finish()
        self.assertEqual(self.shell('"$0" show o.h5 > /dev/full').returncode, IO)

    def test_an_alpha_that_is_no_number(self):
        self.finish()
        self.refuse(USAGE, "0.85xyz", "show", self.place / "o.h5", "--alpha", "0.85xyz")


if __name__ == "__main__":
    common.main()
