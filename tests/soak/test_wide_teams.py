"""Shared cases of full width against one rank, on every grid and block, and killed while their Schur
form is made. Minutes."""
import os
import random
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import common
import models
import test_teams
import wide

GRIDS = ((1, 2), (2, 1), (2, 2))
BLOCKS = (32, 64)
SECONDS = 900


class Widths(test_teams.TeamCase):
    def write(self, widths):
        for path in self.folder.glob("*.h5"):
            path.unlink()
        for seed, (make, width) in enumerate(widths):
            wide.write(self.folder / f"w{width}-{seed}.h5", make(seed, width), steps=15, count=48)
        for seed in range(3):
            wide.write(self.folder / f"s{seed}.h5", models.network(seed, 64), seed)
        return [path.name for path in self.folder.glob("w*.h5")]

    def compare(self, name, widths, grids, blocks):
        shared = self.write(widths)
        expected = self.sweep(f"{name}-alone", 3, seconds=SECONDS)
        for rows, cols in grids:
            for block in blocks:
                with self.subTest(rows=rows, cols=cols, block=block):
                    begin = time.monotonic()
                    found = self.sweep(f"{name}-{rows}x{cols}-{block}", rows * cols + 1,
                                       seconds=SECONDS, team=wide.team(200, rows, cols, block))
                    self.assert_agree(found, expected, shared)
                    print(f"{name}, {rows} x {cols}, block {block}: "
                          f"{time.monotonic() - begin:.0f} s", file=sys.stderr)

    def test_512(self):
        self.compare("512", [(wide.near_orthogonal, 512), (wide.gaussian, 512),
                             (wide.gaussian, 600)], GRIDS, BLOCKS)

    def test_1024(self):
        self.compare("1024", [(wide.near_orthogonal, 1024)], GRIDS, (64,))

    def test_2048(self):
        self.compare("2048", [(wide.gaussian, 2048)], ((2, 2),), (64,))


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
