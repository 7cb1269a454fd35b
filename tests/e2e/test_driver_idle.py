"""While workers compute, the driver burns no core."""
import os
import sys
import time
from pathlib import Path

import common
import models

LIMIT = 0.02  # of a core


def rank_of(process):
    try:
        entries = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    ranks = [e for e in entries if e.startswith(b"OMPI_COMM_WORLD_RANK=")]
    return int(ranks[0].split(b"=")[1]) if ranks else None


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
                                   alphas={"from": 0.5, "to": 1.0, "count": 21},
                                   output="results.h5")
        job = common.Job(["run", "-q", study], ranks=3)
        while not (self.folder / "results.h5").exists():
            self.assertTrue(job.is_running())
            time.sleep(0.05)
        time.sleep(1.0)
        (driver,) = [p for p in job.processes() if rank_of(p) == 0]
        begin, used = time.monotonic(), cpu_seconds(driver)
        time.sleep(4.0)
        self.assertTrue(job.is_running(), "the study is too short for this test")
        share = (cpu_seconds(driver) - used) / (time.monotonic() - begin)
        print(f"driver: {100 * share:.2f} % of a core", file=sys.stderr)
        job.kill()
        self.assertLess(share, LIMIT)


if __name__ == "__main__":
    common.main()
