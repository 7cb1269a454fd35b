"""What is installed: the program, pages and completion that tell its options, the kernel library."""
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import h5py
import numpy as np

import common

BUILD = Path(common.program()).parent
needs_no_sanitizer = unittest.skipIf(common.SANITIZED, "the library needs the sanitizers' own then")


def run(*command, **keys):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True,
                          text=True, **keys).stdout


class Installed(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prefix = cls.folder / "prefix"
        manifest = BUILD / "install_manifest.txt"  # that of somebody's own installation stays
        before = manifest.read_bytes() if manifest.exists() else None
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        shutil.copy(manifest, cls.folder)
        if before is not None:
            manifest.write_bytes(before)
        cls.program = cls.prefix / "bin" / "schursweep"
        text = run(cls.program, "--help")
        cls.known = {}  # what `options` has found
        cls.commands = re.findall(r"^  ([a-z]+) ", text.split("Commands:")[1], re.M)

    def options(self, command):
        """name -> letter"""
        if command in self.known:
            return self.known[command]
        text = run(self.program, command, "--help").split("Options:")[1]
        self.known[command] = {name: letter for letter, name in
                               re.findall(r"^  (?:-(\w), )?(--[a-z-]+)", text, re.M)}
        return self.known[command]

    def test_a_page_for_each_command_with_its_options(self):
        pages = {path.name for path in (self.prefix / "share/man/man1").iterdir()}
        self.assertEqual(pages, {"schursweep.1"} | {f"schursweep-{c}.1" for c in self.commands})
        for command in self.commands:
            text = (self.prefix / f"share/man/man1/schursweep-{command}.1").read_text()
            told = re.findall(r"^\.TP\n\\fB(?:\\-(\w)\\fR, \\fB)?(\S*?)\\fR", text, re.M)
            self.assertEqual({name.replace("\\-", "-"): letter for letter, name in told},
                             self.options(command), command)

    @unittest.skipUnless(shutil.which("groff"), "needs groff")
    def test_pages_are_sound(self):
        for path in (self.prefix / "share/man/man1").iterdir():
            done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", path],
                                  capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), path.name)

    def complete(self, *words):
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '_schursweep; printf "%s\\n" "${COMPREPLY[@]}"')
        return set(run("bash", "-c", script, "bash",
                       self.prefix / "share/bash-completion/completions/schursweep",
                       "schursweep", *words).split())

    def test_bash_completes_commands_and_options(self):
        self.assertEqual(self.complete(""), set(self.commands) | {"--help", "--version"})
        self.assertEqual(self.complete("ru"), {"run"})
        for command in self.commands if common.SOAK else self.commands[::3]:
            self.assertEqual(self.complete(command, "--"), set(self.options(command)) | {"--help"})
            self.assertEqual(self.complete(command, "x"), set())  # files, by bash itself

    def test_zsh_and_fish_name_the_same(self):
        zsh = (self.prefix / "share/zsh/site-functions/_schursweep").read_text()
        fish = (self.prefix / "share/fish/vendor_completions.d/schursweep.fish").read_text()
        for command in self.commands:
            part = re.search(rf"^{command}\) _arguments(.*?);;$", zsh, re.M | re.S)[1]
            options = self.options(command)
            self.assertEqual(set(re.findall(r"'(--[a-z-]+)\[", part)), set(options))
            told = re.findall(rf"_from {command}' -l ([a-z-]+)", fish)
            self.assertEqual({f"--{name}" for name in told}, set(options))
        for shell, path in (("zsh", "share/zsh/site-functions/_schursweep"),
                            ("fish", "share/fish/vendor_completions.d/schursweep.fish")):
            if shutil.which(shell):
                run(shell, "-n", self.prefix / path)

    def test_uninstall_takes_all_of_it_away(self):
        copy = self.folder / "copy"
        shutil.copytree(self.prefix, copy)
        manifest = self.folder / "list.txt"
        text = (self.folder / "install_manifest.txt").read_text()
        manifest.write_text(text.replace(str(self.prefix), str(copy)))
        (copy / "share" / "mine").write_text("")
        run("cmake", f"-DMANIFEST={manifest}", "-P", common.ROOT / "cmake" / "Uninstall.cmake")
        self.assertEqual([path.name for path in copy.rglob("*") if path.is_file()], ["mine"])

    def test_files_that_belong_to_it(self):
        for path in ("share/doc/schursweep/LICENSE", "share/doc/schursweep/docs/study.md",
                     "share/schursweep/configs/quickstart.cfg",
                     "share/schursweep/slurm/sweep.sbatch"):
            self.assertTrue((self.prefix / path).is_file(), path)

    def check_example(self, program):
        """Sizes and masses of the sectors of a trained matrix, by an independent program."""
        with h5py.File(common.ORACLES / "sine_s0.h5") as file:
            w, expected = file["weight_hh"][()], file["expected"]
            text = f"{len(w)}\n" + " ".join(repr(float(x)) for x in w.flat)
            rows = np.array([line.split() for line in run(program, input=text).splitlines()], float)
            removed = expected["removed_mass"][()]
            sets = [common.text(name) for name in expected["ablation"][()]]
            np.testing.assert_array_equal(rows[:, 0], expected["alpha"][()])
            np.testing.assert_array_equal(rows[:, 1], expected["leading_dim"][()])
            np.testing.assert_allclose(rows[:, 2:5], expected["sector_mass"][()], rtol=1e-10)
            np.testing.assert_allclose(rows[:, 5], removed[:, sets.index("CC")], rtol=1e-10)

    @needs_no_sanitizer
    def test_pkg_config(self):
        folder = next(self.prefix.rglob("pkgconfig"))
        flags = run("pkg-config", "--cflags", "--libs", "schursweep-kernel",
                    env={**os.environ, "PKG_CONFIG_PATH": str(folder)}).split()
        program = self.folder / "by_pkg_config"
        run("cc", "-Wall", "-Wextra", "-Werror",
            self.prefix / "share/doc/schursweep/example.c", *flags, "-o", program)
        self.check_example(program)

    @needs_no_sanitizer
    def test_cmake_package(self):
        source = self.folder / "user"
        source.mkdir()
        shutil.copy(self.prefix / "share/doc/schursweep/example.c", source)
        (source / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.21)\nproject(user LANGUAGES C)\n"
            "find_package(schursweep-kernel 0.2 REQUIRED)\nadd_executable(example example.c)\n"
            "target_link_libraries(example PRIVATE schursweep::kernel)\n")
        run("cmake", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", source / "build")
        self.check_example(source / "build" / "example")


if __name__ == "__main__":
    common.main()
