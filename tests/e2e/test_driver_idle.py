"""While workers compute, the driver burns no core."""
import os
import sys
import time
from pathlib import Path

import common
import models

LIMIT = 0.02  # of a core


def cpu_seconds(process):
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class DriverIdle(common.TestCase):
    def test_rank_0_uses_under_two_percent_of_a_core(self):
        for seed in range(2):
            model = models.network(seed, 96)
            trials = models.trials_for(model, seed, steps=300, count=512)
            common.write_model(self.folder / f"m{seed}.h5", model, trials)
        study = common.write_study(self.folder / "long.cfg", models=[{"file": "m?.h5"}],
                                   alphas={"from": 0.5, "to": 1.0, "count": 201},
                                   output="results.h5")
        job = common.Job(["run", "-q", study], ranks=3)
        try:
            self.watch(job)
        finally:
            job.kill()

    def watch(self, job):
        while not (self.folder / "results.h5").exists():
            self.assertTrue(job.is_running())
            time.sleep(0.05)
        time.sleep(1.0)
        ranks = job.ranks()
        begin, used = time.monotonic(), {rank: cpu_seconds(ranks[rank]) for rank in ranks}
        time.sleep(4.0)
        self.assertTrue(job.is_running(), "the study is too short for this test")
        elapsed = time.monotonic() - begin
        shares = [(cpu_seconds(ranks[rank]) - used[rank]) / elapsed for rank in range(3)]
        print("ranks 0, 1, 2:", *[f"{100 * share:.2f} %" for share in shares], "of a core",
              file=sys.stderr)
        self.assertLess(shares[0], LIMIT)
        self.assertGreater(min(shares[1:]), 2 * LIMIT, "a worker was not working")


if __name__ == "__main__":
    common.main()
