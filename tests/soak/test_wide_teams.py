"""Shared cases of full width against one rank, on every grid and block, and killed while their Schur
form is made. Minutes."""
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import common
import interrupted
import models
import test_teams
import wide

KINDS = (wide.gaussian, wide.near_orthogonal, wide.nearly_defective)
ONE, TWO = KINDS, KINDS * 2
LINES = tuple((rows, cols, block) for rows, cols in ((1, 2), (2, 1)) for block in (32, 64))
SQUARES = ((2, 2, 32), (2, 2, 64))
SECONDS = 900


class Widths(test_teams.TeamCase):
    """Every grid and block has matrices of its own; all are swept by one rank too."""

    def setUp(self):
        self.seed = 0
        self.n_matrices = 0
        self.worst = 0.0

    def write(self, name, kinds, width):
        self.n_matrices += len(kinds)
        for make in kinds:
            self.seed += 1
            wide.write(self.folder / f"{name}-{make.__name__}{self.seed}.h5",
                       make(self.seed, width), steps=15, count=48)

    def check(self, kinds, width, grid):
        rows, cols, block = grid
        name = f"{width}-{rows}x{cols}-{block}"
        self.write(name, kinds, width)
        models_of = {"models": [{"file": f"{name}-*.h5"}]}
        begin = time.monotonic()
        expected = self.sweep(f"{name}-alone", 3, seconds=SECONDS, **models_of)
        middle = time.monotonic()
        found = self.sweep(name, rows * cols + 1, seconds=SECONDS,
                           team=wide.team(200, rows, cols, block), **models_of)
        end = time.monotonic()
        self.assert_agree(found, expected, found["model"].tolist(), of_norm=test_teams.FVU)
        off = np.nanmax(np.abs(found["fvu"] / expected["fvu"] - 1.0))
        self.worst = max(self.worst, off)
        print(f"{len(kinds)} of {width}, {rows} x {cols}, block {block}: FVU within {off:.1e}; "
              f"{end - middle:.0f} s, two ranks alone {middle - begin:.0f} s", file=sys.stderr)

    def test_fifty_matrices(self):
        grids = [(TWO, 512, grid) for grid in (*LINES, *SQUARES)]
        grids += [(ONE, 1024, grid) for grid in (*LINES, *SQUARES)]
        grids += [(KINDS[i:i + 1], 2048, grid) for i, grid in
                  enumerate(((1, 2, 64), (2, 1, 32), (2, 2, 64)))]
        for kinds, width, grid in grids:
            with self.subTest(width=width, grid=grid):
                self.check(kinds, width, grid)
        print(f"{self.n_matrices} matrices, FVU within {self.worst:.1e}", file=sys.stderr)
        self.assertGreaterEqual(self.n_matrices, 50)


class Mixed(test_teams.TeamCase):
    """Wide and narrow models in one job: two workers share what is wide, two sweep the rest."""

    def test_64_and_2048(self):
        for seed in range(24):
            model = models.network(seed, 64)
            common.write_model(self.folder / f"s{seed}.h5", model,
                               models.trials_for(model, seed, steps=200, count=256))
        wide.write(self.folder / "wide.h5", wide.gaussian(1, 2048), steps=15, count=48)
        expected = self.sweep("alone", 3, seconds=SECONDS)
        study = self.study("mixed", team=wide.team(1024, 1, 2))
        path = self.folder / "results" / "mixed.h5"
        job = common.Job(["run", "-q", study], ranks=5)
        self.addCleanup(job.kill)
        i = common.case_of(expected, "wide.h5")
        narrow = expected["state"].size - expected["state"][i].size
        self.wait_for(job, path, narrow)
        meanwhile = interrupted.read_final(path)[1]["state"][i]
        self.expect(common.COMPLETE, job.finish(SECONDS))
        self.assertTrue((meanwhile == common.PENDING).all(), "nobody swept the rest meanwhile")
        self.assert_agree(common.read_results(path), expected, ("wide.h5",))


class Kills(test_teams.TeamCase):
    """ScaLAPACK is where a team spends its time, and knows nothing of ranks that are gone."""

    def test_at_any_moment(self):
        draw = random.Random(3)
        wide.write(self.folder / "a.h5", wide.near_orthogonal(1, 600), steps=15, count=48)
        wide.write(self.folder / "s.h5", models.network(1, 64))
        keys = {"study": "kills", "team": wide.team(200, 2, 2)}
        expected = self.sweep("whole", 5, **keys)
        for number in range(8):
            name = f"killed{number}"
            study = self.study(name, **keys)
            job = common.Job(["run", "-q", study], ranks=5)
            self.addCleanup(job.kill)
            time.sleep(draw.uniform(0.5, 6.0))
            victims = job.ranks()
            if victims:
                os.kill(victims[draw.choice(sorted(victims))],
                        draw.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV)))
            job.finish()
            self.assert_same_bits(self.sweep(name, 5, **keys), expected, name)


if __name__ == "__main__":
    common.main()
