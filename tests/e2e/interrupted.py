"""What the tests of interrupted sweeps share: a results file is judged in the middle of a sweep."""
import os
import sys
import time
from concurrent import futures

import h5py

import common

CELL_VALUES = ("fvu", "distance", "removed_mass", "sensitivity", "stabilizer", "checksum")


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


def final_cells(path):
    """Number of cells in a final state; 0 while there is no file."""
    if not path.exists():
        return 0
    return sum(int(final.sum()) for final in read_states(path).values())


def run_group(path, name):
    """Values of a variable of the group /run."""
    with h5py.File(path, "r") as file:
        return file["run"][name][()]


def read_states(path):
    """Which cells are in a final state: of alphas under the prefix "" of their variables, of
    partitions, if the study has them, under "partition_"."""
    with h5py.File(path, "r") as file:
        return {prefix: file[f"{prefix}state"][()] != common.PENDING
                for prefix in ("", "partition_") if f"{prefix}state" in file}


def read_final(path):
    """(read_states, all variables). The states are read first: ranks that live on may write
    meanwhile, and they write a cell's state last."""
    return read_states(path), common.read_results(path)


def wrong_values(path, expected):
    """(names of the variables that are wrong in finished cells, number of finished cells)"""
    states, found = read_final(path)
    wrong = [prefix + name for prefix, final in states.items() for name in CELL_VALUES
             if found[prefix + name][final].tobytes() != expected[prefix + name][final].tobytes()]
    return wrong, sum(int(final.sum()) for final in states.values())


class TestCase(common.TestCase):
    def assert_done_cells_are_right(self, path, expected):
        """Number of cells in a final state."""
        wrong, count = wrong_values(path, expected)
        self.assertEqual(wrong, [], f"finished cells of {path.name} are wrong")
        return count

    def at_every_moment(self, count, check):
        """check(moment) for 1 .. count, two at a time: for a third of them, or under sanitizers a
        fifth, and for all of them in the soak."""
        self.assertGreater(count, 10)
        step = 3 if common.SLOWDOWN == 1 else 5
        moments = range(1, count + 1, 1 if "SCHURSWEEP_ALL_MOMENTS" in os.environ else step)
        with futures.ThreadPoolExecutor(2) as pool:
            for _ in pool.map(check, moments):
                pass
        print(f"killed at {len(moments)} of {count} changes of the file", file=sys.stderr)

    def wait_for(self, job, path, wanted):
        """Until so many cells are in a final state, or the job has ended."""
        while job.is_running() and final_cells(path) < wanted:
            time.sleep(0.005)
