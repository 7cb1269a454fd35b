"""Kills a sweep with training at random moments, many times, and finishes it with the same command.

    tests/e2e/python.sh ../soak/kills.py build/schursweep [--kills 300] [--seed 1]

A chain begins without any file, is killed one to five times, and is then run to its end. The victim
is a worker, the driver, every process, or mpirun alone; the next run starts at once, with another
number of ranks. Before one kill in three everything or the driver alone is suspended, now and then for
longer than a worker may be silent, and in one run in three the time of day steps by up to a day, back or
on (with CLOCK_LIBRARY, tests/support/clock_step.c). After every kill the file opens and no finished job is wrong or lost; after every
chain all arrays are those of a run that nobody disturbed, byte for byte, but for the times, and nobody
was blamed.
"""
import argparse
import collections
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import common
import interrupted
import models

LONGEST_CHAIN = 5
RANKS = (0, 2, 3, 5)  # 0: without mpirun
PATIENCE = 120  # seconds for one run
STALL = 4  # seconds that a worker may be silent


def write_study(folder):
    for seed in range(3):
        model = models.network(seed, 16 + 9 * seed)
        trials = models.trials_for(model, seed, steps=60, count=200)
        common.write_model(folder / f"m{seed}.h5", model, trials)
    grid = {"task": "sine", "construction": ["dense_orthogonal", "cayley"], "hidden": 24,
            "seeds": "0..1", "recipe": {"steps": 250}}
    return common.write_study(folder / "study.cfg", models=[grid, {"file": "m?.h5"}],
                              alphas={"from": 0.4, "to": 1.0, "count": 25})


class Soak:
    def __init__(self, folder, seed):
        self.folder = folder
        self.draw = random.Random(seed)
        self.study = write_study(folder)
        self.tally = collections.Counter()
        begin = time.monotonic()
        self.path, self.study_text = folder / "whole.h5", self.study.read_text()
        self.finish(self.start("whole", 3))
        self.duration = time.monotonic() - begin
        self.expected = common.read_results(self.path)
        self.n_jobs = len(common.job_states(self.expected))

    # ---- one run

    def start(self, name, ranks):
        """A run with a results file and trained models of that name."""
        study = self.folder / f"{name}.cfg"
        study.write_text(f'{self.study_text}models_dir = "models-{name}";\n')
        self.path = self.folder / f"{name}.h5"
        return common.Job(["run", "-q", "--stall-timeout", f"{STALL}s", "-o", self.path, study],
                          ranks=ranks, environment=self.clock())

    def clock(self):
        """The environment of a run in which the time of day steps, of one in three."""
        if "CLOCK_LIBRARY" not in os.environ or self.draw.random() > 1 / 3:
            return {}
        self.tally["runs with a step of the clock"] += 1
        return interrupted.preload("CLOCK", CLOCK_STEP_AFTER=self.draw.randint(0, 2),
                                   CLOCK_STEP=self.draw.randint(-86400, 86400))

    def finish(self, job):
        """To the end; 4 is the answer while ranks of a dead run live on."""
        told = job.finish(PATIENCE)
        assert told.returncode in (common.COMPLETE, common.OUTPUT_TAKEN), (told.returncode,
                                                                          told.stderr)
        return told.returncode == common.COMPLETE

    def victims(self, job, ranks):
        """(name, process ids)"""
        what = self.draw.choice(("worker", "driver", "all", "mpirun")) if ranks else "alone"
        if what in ("alone", "mpirun"):
            return what, [job.process.pid]
        found = job.ranks()
        if what == "all" or not found:
            return "all", job.processes()
        return what, [found[rank] for rank in found if (rank == 0) == (what == "driver")][:1]

    def kill(self, job, ranks):
        """Kills after a random time; false when the run was faster."""
        time.sleep(self.draw.uniform(0, self.duration))
        if self.draw.random() < 1 / 3:
            self.suspend(job)
        what, processes = self.victims(job, ranks)
        if not job.is_running() or not processes:
            return False
        if what == "all":  # also those that are just starting
            job.kill()
        for process in processes:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if what != "mpirun":  # whose ranks live on while the next run starts
            self.wait_for_end(job)
        self.tally[what] += 1
        return True

    def suspend(self, job):
        """Everything, or the driver alone."""
        ranks = job.ranks()
        if not job.is_running() or not ranks and job.command[0] == "mpirun":
            return
        processes = list(ranks.values()) if ranks else [job.process.pid]
        if ranks and self.draw.random() < 1 / 3:
            processes = [ranks[0]] if 0 in ranks else processes
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for process in processes:
                try:
                    os.kill(process, number)
                except ProcessLookupError:
                    pass
            if number == signal.SIGSTOP:
                time.sleep(self.draw.uniform(0, 1.5 * STALL))
        self.tally["suspended"] += 1
        time.sleep(self.draw.uniform(0, 0.3))  # there was work after it

    def wait_for_end(self, job):
        """Open MPI 4.1.4 can lock itself up when a rank dies while it starts (mutex in the end of
        PMIx): then mpirun is left, alone."""
        begin = time.monotonic()
        while job.is_running() and time.monotonic() - begin < PATIENCE / 4:
            time.sleep(0.005)
        if job.is_running():
            assert job.processes() == [job.process.pid], "ranks live on"
            self.tally["mpirun hung without ranks"] += 1
            job.kill()
        job.finish(PATIENCE)

    # ---- what is left

    def check(self, before):
        """Jobs in a final state; they are right and were not fewer before."""
        if not self.path.exists():
            self.tally["before there was a file"] += 1
            assert before == 0, "the file is gone"
            return 0
        wrong, count = interrupted.wrong_values(self.path, self.expected)
        assert not wrong, f"finished jobs are wrong: {wrong}"
        assert count >= before, f"{count} finished jobs, {before} before"
        self.tally["in the middle" if count < self.n_jobs else "all jobs there"] += 1
        return count

    def chain(self, name, n_kills):
        done, jobs = 0, []
        for _ in range(n_kills):
            ranks = self.draw.choice(RANKS)
            job = self.start(name, ranks)
            jobs.append(job)
            if self.kill(job, ranks):
                done = self.check(done)
        self.tally["chains"] += 1
        while not self.finish(self.start(name, self.draw.choice(RANKS))):
            self.tally["refused because of living ranks"] += 1
        for job in jobs:
            self.tally["ranks that outlived their chain"] += len(job.processes())
            job.kill()
        different = common.differences(common.read_results(self.path), self.expected)
        assert not different, f"{name}: {different} differ from an undisturbed run"
        assert not interrupted.run_group(self.path, "faults").any(), f"{name}: somebody is blamed"

    def kills(self):
        return sum(self.tally[what] for what in ("worker", "driver", "all", "mpirun", "alone"))

    def clean(self, name):
        for path in self.folder.glob(f"*{name}*"):
            (shutil.rmtree if path.is_dir() else os.unlink)(path)


def main():
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        os.environ["SCHURSWEEP"] = os.path.abspath(sys.argv.pop(1))
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="schursweep-soak-") as folder:
        soak = Soak(Path(folder), options.seed)
        number = 0
        while soak.kills() < options.kills:
            left = options.kills - soak.kills()
            soak.chain(f"chain{number}", min(left, soak.draw.randint(1, LONGEST_CHAIN)))
            soak.clean(f"chain{number}")
            number += 1
            print(f"{soak.kills()} kills", end="\r", file=sys.stderr, flush=True)
        print(f"{soak.kills()} kills of a sweep of {soak.n_jobs} jobs and {soak.duration:.1f} s: "
              f"{dict(sorted(soak.tally.items()))}")


if __name__ == "__main__":
    main()
