"""What the tests of interrupted sweeps share: a results file is judged in the middle of a sweep."""
import itertools
import os
import sys
import time
from concurrent import futures

import h5py
import numpy as np

import common

JOB_VALUES = ("fvu", "distance", "removed_mass", "sensitivity", "stabilizer", "checksum")


def preload(name, **settings):
    """The environment of a run with a library of tests/support, built by CMake, in it."""
    environment = {"LD_PRELOAD": os.environ[f"{name}_LIBRARY"]}
    sanitizer = os.environ.get("ASAN_OPTIONS", "")
    environment["ASAN_OPTIONS"] = f"{sanitizer}:verify_asan_link_order=0"
    environment.update((key, str(value)) for key, value in settings.items())
    return environment


def kill_environment(pattern, moment=None):
    """That of a run that is killed before the n-th change of a file, or counts its changes:
    tests/support/kill_at_write.c"""
    moments = {} if moment is None else {"KILL_AT_WRITE": moment}
    return preload("KILL", KILL_FILE=f"*/{pattern}", **moments)


def final_jobs(path):
    """Number of jobs in a final state; 0 while there is no file."""
    if not path.exists():
        return 0
    return sum(int(final.sum()) for final in read_states(path).values())


def run_group(path, name):
    """Values of a variable of the group /run."""
    with h5py.File(path, "r") as file:
        return file["run"][name][()]


def read_states(path):
    """Which jobs are in a final state, by the prefix of their variables: "" of removals at alphas,
    "partition_" of those at partitions, if the study has them, "<name>_" of a diagnostic."""
    with h5py.File(path, "r") as file:
        return {name.removesuffix("state"): file[name][()] != common.PENDING
                for name in file if name.endswith("state")}


def names_of_values(path):
    """The variables of these jobs by the same prefixes, as the file says; without times."""
    names = {}
    with h5py.File(path, "r") as file:
        for name, item in file.items():
            by = common.text(item.attrs.get("declared_by", ""))
            if by in ("job", "measure"):
                by = "partition" if name.startswith("partition_") else ""
            elif not by:
                continue  # a label
            if name not in common.TIMES:
                names.setdefault(f"{by}_" if by else "", []).append(name)
    return names


def read_final(path):
    """(read_states, all variables). The states are read first: ranks that live on may write
    meanwhile, and they write a job's state last."""
    return read_states(path), common.read_results(path)


def wrong_values(path, expected):
    """(names of the variables that are wrong in finished jobs, number of finished jobs)"""
    names = names_of_values(path)
    states, found = read_final(path)
    wrong = [name for prefix, final in states.items() for name in names[prefix]
             if found[name][final].tobytes() != expected[name][final].tobytes()]
    return wrong, sum(int(final.sum()) for final in states.values())


class TestCase(common.TestCase):
    def assert_done_jobs_are_right(self, path, expected):
        """Number of jobs in a final state."""
        wrong, count = wrong_values(path, expected)
        self.assertEqual(wrong, [], f"finished jobs of {path.name} are wrong")
        return count

    def assert_others_are_right(self, path, expected, case):
        """All values of all cases but one."""
        found = common.read_results(path)
        for name in itertools.chain(*names_of_values(path).values()):
            rest = [np.delete(values[name], case, 0) for values in (found, expected)]
            self.assertEqual(rest[0].tobytes(), rest[1].tobytes(), name)

    def at_every_moment(self, count, check, step=15):
        """check(moment) for 1 .. count, two at a time: for one in `step` of them, and for all of
        them in the soak."""
        self.assertGreater(count, step)
        moments = range(1, count + 1, 1 if common.SOAK else step)
        with futures.ThreadPoolExecutor(2) as pool:
            for _ in pool.map(check, moments):
                pass
        print(f"killed at {len(moments)} of {count} changes of the file", file=sys.stderr)

    def wait_for(self, job, path, wanted):
        """Until so many jobs are in a final state, or the job has ended."""
        while job.is_running() and final_jobs(path) < wanted:
            time.sleep(0.01)
