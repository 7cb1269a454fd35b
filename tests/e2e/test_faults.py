"""Faults that a sweep survives: ranks that crash or hang, disks that fail, a second run, orphans.

Every test ends with the file that an undisturbed run gives, bit for bit."""
import fcntl
import os
import random
import shutil
import signal
import struct
import subprocess
import time

import h5py
import numpy as np

import common
import interrupted
import models

MISMATCH, IO, STOPPED = 5, 7, 75
SCHUR_FAILED, NONFINITE, CERTIFICATE, CRASHED, TIMEOUT = 102, 103, 104, 109, 110
WIDTHS = (10, 11, 12, 13)
RANK_BYTE, F_OFD_SETLK = 1, 37  # of the lock beside the results file
VICTIM = 1  # the case of width 11
ROMIO = {"OMPI_MCA_io": "romio321"}
# Root may write everything; without these capabilities it is like anybody else.
LIKE_A_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


class FaultCase(interrupted.TestCase):
    """Every test has a results file of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for seed, width in enumerate(WIDTHS):
            model = models.network(seed, width)
            common.write_model(cls.folder / f"m{seed}.h5", model, models.trials_for(model, seed))
        cls.study = common.write_study(cls.folder / "small.cfg", models=[{"file": "m?.h5"}],
                                       alphas=[0.6, 0.8, 0.95])
        cls.expected = cls().run_study(cls.study)
        cls.jobs = len(common.job_states(cls.expected, 0))

    def setUp(self):
        self.path = self.folder / f"{self._testMethodName}.h5"

    def start(self, *options, ranks=0, **keys):
        job = common.Job(["run", "-q", "-o", self.path, *options, keys.pop("study", self.study)],
                         ranks=ranks, **keys)
        self.addCleanup(job.kill)
        return job

    def run_to_end(self, code, *options, **keys):
        return self.expect(code, self.start(*options, **keys).finish())

    def finish(self, *options, **keys):
        self.run_to_end(common.COMPLETE, *options, **keys)
        self.assert_same_bits(common.read_results(self.path), self.expected)

    def attempts(self):
        """Of the victim: how often in a row a run has ended while it was in flight."""
        if not self.path.exists():
            return 0
        return int(interrupted.run_group(self.path, "attempts")[VICTIM])

    def hold(self, *options, environment=None):
        """A run on three ranks that stays in the middle of its work, at the victim."""
        before = self.attempts()
        job = self.start(*options, ranks=3, environment={**lapack("hang"), **(environment or {})})
        while job.is_running() and self.attempts() == before:
            time.sleep(0.005)
        self.wait_for(job, self.path, 3 * self.jobs)
        time.sleep(0.2)  # what is told about the other cases is written a moment later
        return job

    def faults(self):
        """By case: crashes of its training, timeouts of it, crashes of the sweep, timeouts."""
        return interrupted.run_group(self.path, "faults")

    def assert_failed_alone(self, code):
        """The victim has failed for that reason, and everything else is as ever."""
        found = common.read_results(self.path)
        self.assertTrue((found["state"][VICTIM] == common.FAILED).all())
        self.assertTrue((found["error"][VICTIM] == code).all())
        for name in common.ALWAYS:
            self.assertEqual(found[f"{name}_error"][VICTIM], code, name)
        self.assert_others_are_right(self.path, self.expected, VICTIM)


def lapack(fault, **settings):
    return interrupted.preload("LAPACK_FAULT", LAPACK_FAULT=fault,
                               LAPACK_FAULT_WIDTH=WIDTHS[VICTIM], **settings)


class WorkUnits(FaultCase):
    """That crash, or hang."""
    LIMIT = ("--stall-timeout", "1s")

    def test_every_way_to_crash_is_counted(self):
        for name, number in common.some(
                (("fpe", signal.SIGFPE), ("abort", signal.SIGABRT), ("wild", signal.SIGSEGV)),
                ("segv", signal.SIGSEGV), ("bus", signal.SIGBUS), ("ill", signal.SIGILL)):
            with self.subTest(name):
                self.path.unlink(missing_ok=True)
                told = self.start(environment=lapack(name)).finish()
                if not common.SANITIZED:  # which answer with a code of their own
                    self.assertEqual(told.returncode, -number)
                self.assertEqual(self.faults()[VICTIM].tolist(), [0, 0, 1, 0])
                self.assertEqual(int(self.faults().sum()), 1)

    def test_a_work_unit_that_crashed_twice_is_skipped_until_it_is_forgiven(self):
        for _ in range(2):
            told = self.start(environment=lapack("wild"), ranks=2).finish()
            self.assertGreater(told.returncode, 0)
            self.assertNotIn(told.returncode, (STOPPED, common.JOBS_FAILED))
        told = self.run_to_end(common.JOBS_FAILED, environment=lapack("wild"), ranks=2)
        self.assertIn(f"{self.jobs} of {4 * self.jobs} jobs failed", told.stderr)
        self.assert_failed_alone(CRASHED)
        self.run_to_end(common.JOBS_FAILED)
        self.finish("--retry-failed")
        self.assertEqual(int(self.faults().sum()), 0)

    def test_a_killed_rank_counts_as_nobodys_fault(self):
        for _ in range(3):
            job = self.hold()
            os.kill(job.ranks()[1], signal.SIGKILL)
            self.assertGreaterEqual(job.finish().returncode, 128)
        self.assertEqual(int(self.faults().sum()), 0)
        self.assertEqual(self.attempts(), 3)
        self.finish()
        self.assertEqual(self.attempts(), 0)

    def test_a_training_that_crashes(self):
        grid = {"task": "copy", "construction": "cayley", "hidden": 11, "recipe": {"steps": 60, "batch": 4}}
        task = {"name": "copy", "symbols": 2, "bits": 2, "replay": 8}
        study = common.write_study(self.folder / "trained.cfg", tasks=[task],
                                   models=[grid, {"file": "m0.h5"}], alphas=[0.9],
                                   models_dir="trained")
        for _ in range(2):
            told = self.start(study=study,
                              environment=lapack("abort", LAPACK_FAULT_IN="training"))
            self.assertNotEqual(told.finish().returncode, 0)
        self.assertEqual(self.faults()[0].tolist(), [2, 0, 0, 0])
        for _ in range(2):
            self.run_to_end(common.JOBS_FAILED, study=study)
            found = common.read_results(self.path)
            self.assertTrue((found["error"][0] == CRASHED).all())
            self.assertTrue((found["state"][1] == common.DONE).all())
        self.run_to_end(common.COMPLETE, "--retry-failed", study=study)

    def check_hang(self, ranks, says):
        for _ in range(2):
            begin = time.monotonic()
            told = self.run_to_end(STOPPED, *self.LIMIT, ranks=ranks, environment=lapack("hang"))
            self.assertLess(time.monotonic() - begin, 6 * common.slowdown())
            self.assertEqual(len(told.stderr.splitlines()), 1, told.stderr)
            self.assertRegex(told.stderr, says)
        self.run_to_end(common.JOBS_FAILED, *self.LIMIT, ranks=ranks, environment=lapack("hang"))
        self.assert_failed_alone(TIMEOUT)
        self.finish("--retry-failed", *self.LIMIT)

    def test_a_lone_process_that_hangs(self):
        self.check_hang(0, "a work unit took longer than --stall-timeout, stopped: run the same command")

    def test_a_rank_that_hangs(self):
        self.check_hang(2, r"stopped early \(rank 1 sent no heartbeat for 1 s\)")

    def test_a_rank_that_is_held_from_outside(self):
        job = self.hold("--stall-timeout", "3s")
        for rank in (1, 2):
            os.kill(job.ranks()[rank], signal.SIGSTOP)
        self.expect(STOPPED, job.finish())
        self.assertEqual(self.faults()[VICTIM].tolist(), [0, 0, 0, 1])
        self.finish(*self.LIMIT, ranks=2)

    def test_a_pause_is_no_hang(self):
        """SIGTSTP and SIGCONT, to a lone process and to a rank."""
        for ranks in (0, 2):
            self.path.unlink(missing_ok=True)
            job = self.start(ranks=ranks)
            while job.is_running() and not self.path.exists():
                time.sleep(0.001)
            victims = [job.ranks().get(1)] if ranks else [job.process.pid]
            for process in filter(None, victims):
                os.kill(process, signal.SIGTSTP)
                time.sleep(0.3)
                os.kill(process, signal.SIGCONT)
            self.expect(common.COMPLETE, job.finish())
            self.assert_same_bits(common.read_results(self.path), self.expected)


class Lapack(FaultCase):
    """Answers of LAPACK that are no numbers one could use."""

    def test_the_case_has_the_code_and_no_other_is_touched(self):
        for fault, place, code in (("info", "dgees", SCHUR_FAILED), ("xerbla", "dgees", SCHUR_FAILED),
                                   ("nan", "dgees", NONFINITE), ("wrong", "dgees", CERTIFICATE),
                                   ("refuse", "dtrexc", CERTIFICATE)):
            with self.subTest(fault):
                self.path.unlink(missing_ok=True)
                environment = lapack(fault, LAPACK_FAULT_IN=place)
                self.run_to_end(common.JOBS_FAILED, environment=environment)
                self.assert_failed_alone(code)
        self.finish("--retry-failed")


class Disks(FaultCase):
    def write_fault(self, fault, at, pattern=None, **settings):
        return interrupted.preload("WRITE_FAULT", WRITE_FAULT=fault, WRITE_FAULT_AT=at,
                                   WRITE_FAULT_FILE=f"*/{pattern or self.path.name}", **settings)

    def refuse(self, names, *options, **keys):
        """7 at once, in one line that names the file."""
        begin = time.monotonic()
        told = self.run_to_end(IO, *options, **keys)
        self.assertLess(time.monotonic() - begin, 5 * common.slowdown())
        lines = [line for line in told.stderr.splitlines()
                 if not line.startswith("mca_fbtl_posix")]  # Open MPI has its say too
        self.assertEqual(len(lines), 1, told.stderr)
        self.assertIn(str(names), lines[0])

    def test_writes_that_fail_on_one_rank(self):
        for fault, io in common.some((("eio", {}), ("enospc", ROMIO), ("eintr", {})),
                                     ("enospc", {}), ("eio", ROMIO), ("eintr", ROMIO)):
            with self.subTest(fault, io=io):
                self.path.unlink(missing_ok=True)
                ranks = 3 if common.SOAK else 2
                fault = self.write_fault(fault, 20, WRITE_FAULT_RANK=ranks - 1)
                self.refuse(self.path.name, ranks=ranks, environment={**io, **fault})
                done = self.assert_done_jobs_are_right(self.path, self.expected)
                self.assertLess(done, 4 * self.jobs)
                self.finish()

    def test_one_short_write(self):
        """Half of a write is an error, or its rest is written, and never a wrong job."""
        for moment, io in common.some(((24, {}), (33, ROMIO)), (5, {}), (33, {}), (5, ROMIO),
                                      (24, ROMIO)):
            self.path.unlink(missing_ok=True)
            fault = self.write_fault("short", moment, WRITE_FAULT_ONCE=1)
            told = self.start(ranks=2, environment={**io, **fault}).finish()
            self.assertIn(told.returncode, (common.COMPLETE, IO))
            self.assert_done_jobs_are_right(self.path, self.expected)
            self.finish()

    def test_a_failure_does_not_wait_for_the_others(self):
        model = models.network(9, 96)
        common.write_model(self.folder / "slow0.h5", model,
                           models.trials_for(model, 0, steps=300, count=256))
        shutil.copy(self.folder / "slow0.h5", self.folder / "slow1.h5")
        study = common.write_study(self.folder / "slow.cfg", models=[{"file": "slow?.h5"}],
                                   alphas={"from": 0.5, "to": 1.0, "count": 41})
        fault = self.write_fault("eio", 1, WRITE_FAULT_RANK=1)
        self.refuse(self.path.name, ranks=3, study=study, environment=fault)
        self.run_to_end(STOPPED, "--time-limit", "0s", study=study)  # it opens

    def test_a_file_that_cannot_be_made(self):
        for moment, fault in common.some(((1, "enospc"), (30, "eio")), (1, "eio"), (30, "enospc")):
            environment = self.write_fault(fault, moment, f"{self.path.name}.tmp.*")
            self.refuse(self.path.name, ranks=2, environment=environment)
            self.assertEqual(list(self.folder.glob(f"{self.path.name}*")), [])
        self.finish()

    def test_a_limit_of_the_file_size(self):
        """SIGXFSZ does not end the program. Open MPI itself needs some megabytes."""
        study = common.write_study(self.folder / "wide.cfg", models=[{"file": "m?.h5"}],
                                   alphas={"from": 0.1, "to": 1.0, "count": 10000})
        limit = ["prlimit", f"--fsize={16 << 20}"]
        for ranks in common.some((2,), 0):
            self.refuse(self.path.name, study=study, ranks=ranks, prefix=limit)
            self.assertEqual(list(self.folder.glob(f"{self.path.name}*")), [])
        self.run_to_end(STOPPED, "--time-limit", "0s", study=study)
        self.refuse(self.path.name, study=study, ranks=2, prefix=limit)
        self.assertEqual(interrupted.final_jobs(self.path), 0)
        job = self.start(study=study)  # without a limit it goes on
        self.wait_for(job, self.path, 1)
        os.kill(job.process.pid, signal.SIGTERM)
        self.expect(STOPPED, job.finish())
        self.assertGreater(interrupted.final_jobs(self.path), 0)

    def test_no_permission(self):
        self.run_to_end(STOPPED, "--time-limit", "0s")
        before = self.path.read_bytes()
        self.path.chmod(0o444)
        for ranks in common.some((2,), 0):
            self.refuse(self.path.name, ranks=ranks, prefix=LIKE_A_USER)
        self.assertEqual(self.path.read_bytes(), before)
        self.path.chmod(0o644)
        closed = self.folder / "closed"
        closed.mkdir()
        closed.chmod(0o555)
        for ranks in common.some((0,), 2):
            told = common.schursweep("run", "-q", "-o", closed / "o.h5", self.study, ranks=ranks,
                                     prefix=LIKE_A_USER)
            self.expect(IO, told)
            self.assertRegex(told.stderr, "^schursweep: .*closed/o.h5.*: Permission denied\n$")
        self.finish()

    def test_flipped_bits_in_finished_jobs(self):
        """Removals and diagnostics: each alone is computed again."""
        self.finish()
        with h5py.File(self.path, "r+") as file:
            file["fvu"][0, 0, 1] = np.nextafter(file["fvu"][0, 0, 1], 9)
            file["stabilizer"][1, 2, 3] ^= np.uint8(1)
            file["checksum"][2, 1, 0] ^= np.uint64(1 << 40)
            file["state"][3, 0, 0] = 255
            file["eigenvalue_re"][1, 3] = np.nextafter(file["eigenvalue_re"][1, 3], 9)
            file["n_r"][2, 1] ^= 1
            file["training_checksum"][3] ^= np.uint64(1 << 40)
            file["splits_state"][0] = 255
        told = self.expect(common.COMPLETE, common.schursweep("run", "-o", self.path, self.study))
        self.assertIn("warning: 8 finished jobs fail their checksum", told.stderr)
        self.assertIn("8 jobs in", told.stderr)
        self.assert_same_bits(common.read_results(self.path), self.expected)

    def test_pages_that_a_power_failure_has_lost(self):
        """Any page of the file may be as it was when the file was made."""
        self.run_to_end(STOPPED, "--time-limit", "0s")
        old, draw = self.path.read_bytes(), random.Random(34)
        self.finish()
        new = self.path.read_bytes()
        self.assertEqual(len(old), len(new))
        pages = range(0, len(new), 4096)
        for trial in range(200 if common.SOAK else 4):
            share = draw.random()
            mixed = [(new if draw.random() < share else old)[page:page + 4096] for page in pages]
            self.path.write_bytes(b"".join(mixed))
            with self.subTest(trial=trial):
                self.finish()

    def mount(self):
        """A small file system for the results file."""
        self.disk = self.folder / f"{self._testMethodName}.disk"
        self.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", self.disk],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(mounted.stderr)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)
        self.path = self.disk / "o.h5"

    def resize(self, size):
        subprocess.run(["mount", "-o", f"remount,size={size}", self.disk], check=True)

    @common.unittest.skipUnless(os.geteuid() == 0, "only root may mount")
    def test_a_disk_that_is_full_at_creation(self):
        self.mount()
        shutil.copy(self.folder / "m0.h5", self.disk / "fill")
        for ranks in (0, 2):
            told = self.run_to_end(IO, ranks=ranks)
            self.assertRegex(told.stderr, "^schursweep: .*/o.h5.*\n$")
            self.assertEqual([path.name for path in self.disk.iterdir()], ["fill"])
        self.resize("8m")
        self.finish()

    @common.unittest.skipUnless(os.geteuid() == 0, "only root may mount")
    def test_a_disk_that_is_full_in_the_middle_of_a_run_that_trains(self):
        """The results file has its place from the beginning; the trained models need some."""
        self.mount()
        grid = {"task": "sine", "construction": "cayley", "hidden": 16, "seeds": "0..5",
                "recipe": {"steps": 20}}
        study = common.write_study(self.folder / "trains.cfg", alphas=[0.8],
                                   models=[{"file": "m?.h5"}, grid], models_dir=self.disk / "md")
        self.resize("8m")
        self.run_to_end(STOPPED, "--time-limit", "0s", study=study)
        with open(self.disk / "fill", "wb") as file:
            room = os.statvfs(self.disk)
            file.write(bytes((room.f_bavail - 10) * room.f_frsize))
        told = self.run_to_end(IO, study=study, ranks=2)
        self.assertRegex(told.stderr, "^schursweep: .*/md/sine-cayley-n16.*\n$")
        before = interrupted.final_jobs(self.path)
        (self.disk / "fill").unlink()
        self.run_to_end(common.COMPLETE, study=study)
        self.assertGreater(interrupted.final_jobs(self.path), before)


class Company(FaultCase):
    """Other runs, other ranks, other circumstances."""

    def test_a_second_run_is_refused_at_once(self):
        job = self.hold()
        before = self.path.read_bytes()
        begin = time.monotonic()
        told = self.run_to_end(common.OUTPUT_TAKEN)
        self.assertLess(time.monotonic() - begin, 1.0 * common.slowdown())
        self.assertRegex(told.stderr, rf"^schursweep: .*{self.path.name}: in use by process [0-9]+ on")
        self.assertEqual(self.path.read_bytes(), before)
        self.assertTrue(job.is_running())
        job.kill()
        self.finish()

    def test_another_name_or_a_lock_file_that_is_gone_lets_nobody_in(self):
        job = self.hold()
        other = self.folder / "other-name.h5"
        os.link(self.path, other)
        told = self.expect(common.OUTPUT_TAKEN,
                           common.schursweep("run", "-q", "--fresh", "-o", other, self.study))
        self.assertRegex(told.stderr, "other-name.h5: in use, under another name")
        os.unlink(f"{self.path}.lock")
        told = self.run_to_end(common.OUTPUT_TAKEN)
        self.assertRegex(told.stderr, "in use, under another name or by a run whose lock file")
        self.assertIn("running", common.schursweep("status", other).stdout)
        self.assertTrue(job.is_running())
        job.kill()
        self.finish()

    def lose(self, how):
        """The results file as another program may leave it."""
        kept = self.folder / "kept.h5"
        if how == "unlinked":
            self.path.unlink()
        elif how == "moved":
            self.path.rename(kept)
        elif how == "replaced":
            shutil.copy(self.path, kept)
            kept.rename(self.path)
        else:
            os.truncate(self.path, 2048)

    def test_a_file_that_is_lost_ends_the_run_soon(self):
        for how, says in common.some((("cut", "cut to [0-9]+ of"),
                                      ("replaced", "another file than was written")),
                                     ("unlinked", "no longer there"), ("moved", "no longer there")):
            with self.subTest(how):
                self.path.unlink(missing_ok=True)
                job = self.hold()  # the driver sees it, though a worker never answers
                begin = time.monotonic()
                self.lose(how)
                told = self.expect(IO, job.finish())
                self.assertLess(time.monotonic() - begin, 5.0 * common.slowdown())
                self.assertRegex(told.stderr, f"{self.path.name}: {says}")
        self.path.unlink(missing_ok=True)
        self.finish()

    def test_the_ranks_of_a_dead_run_are_waited_for(self):
        lock = open(f"{self.path}.lock", "w+")
        self.addCleanup(lock.close)
        shared = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, RANK_BYTE, 1, 0)
        fcntl.fcntl(lock, F_OFD_SETLK, shared)  # as ranks hold it
        job = common.Job(["run", "-o", self.path, self.study])
        self.addCleanup(job.kill)
        time.sleep(1.5 * common.SLOWDOWN)
        self.assertTrue(job.is_running(), "it did not wait")
        self.assertFalse(self.path.exists())
        lock.close()
        told = self.expect(common.COMPLETE, job.finish())
        self.assertIn("waiting up to 10 s for ranks of a dead run to end", told.stderr)
        self.assert_same_bits(common.read_results(self.path), self.expected)

    def test_a_half_done_file_goes_from_one_mpi_io_to_the_other(self):
        """And to more ranks than there are work units."""
        for first, second in common.some((({}, ROMIO),), (ROMIO, {})):
            self.path.unlink(missing_ok=True)
            self.hold(environment=first).kill()
            self.finish(ranks=6, environment=second)

    def test_ranks_with_other_blas_kernels_are_refused(self):
        script = ('export OPENBLAS_CORETYPE=Nehalem; [ "$OMPI_COMM_WORLD_RANK" != 2 ] || '
                  'export OPENBLAS_CORETYPE=Prescott; exec "$0" "$@"')
        grid = {"task": "sine", "construction": "cayley", "hidden": 4, "recipe": {"steps": 3}}
        models_of = common.write_study(self.folder / "t.cfg", models=[grid])
        for arguments in (["run", "-o", self.path, self.study], ["train", models_of]):
            told = self.expect(MISMATCH, common.schursweep(*arguments, ranks=3,
                                                           prefix=["bash", "-c", script]))
            self.assertRegex(told.stderr, "rank 2 on .* has the BLAS kernels 'Prescott', expected "
                                          "'Nehalem' as rank 0")
        self.assertFalse(self.path.exists())
        self.finish()  # with one kind

    def test_as_many_threads_as_somebody_likes(self):
        begin = time.monotonic()
        self.finish()
        usual = time.monotonic() - begin
        self.path.unlink()
        begin = time.monotonic()
        self.finish(environment={"OPENBLAS_NUM_THREADS": "64"})
        self.assertLess(time.monotonic() - begin, 10 * usual)

    def test_nothing_to_read_from_and_nothing_to_write_to(self):
        script = '"$0" run -o "$1" "$2" <&- >/dev/full 2>/dev/full'
        told = subprocess.run(["bash", "-c", script, common.program(), self.path, self.study],
                              env=common.mpi_environment(), timeout=60 * common.SLOWDOWN)
        self.assertEqual(told.returncode, common.COMPLETE)
        self.assert_same_bits(common.read_results(self.path), self.expected)


if __name__ == "__main__":
    common.main()
