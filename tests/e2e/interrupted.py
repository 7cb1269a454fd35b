"""What the tests of interrupted sweeps share: a results file is judged in the middle of a sweep."""
import os
import time

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


def final_cells(path):
    """Number of cells in a final state; 0 while there is no file."""
    if not path.exists():
        return 0
    with h5py.File(path, "r") as file:
        return int((file["state"][()] != common.PENDING).sum())


def run_group(path, name):
    """Values of a variable of the group /run."""
    with h5py.File(path, "r") as file:
        return file["run"][name][()]


def read_final(path):
    """(which cells are in a final state, all variables). The state is read first: ranks that live on
    may write meanwhile, and they write a cell's state last."""
    with h5py.File(path, "r") as file:
        final = file["state"][()] != common.PENDING
    return final, common.read_results(path)


def wrong_values(path, expected):
    """(names of the variables that are wrong in finished cells, number of finished cells)"""
    final, found = read_final(path)
    wrong = [name for name in CELL_VALUES
             if found[name][final].tobytes() != expected[name][final].tobytes()]
    return wrong, int(final.sum())


class TestCase(common.TestCase):
    def assert_done_cells_are_right(self, path, expected):
        """Number of cells in a final state."""
        wrong, count = wrong_values(path, expected)
        self.assertEqual(wrong, [], f"finished cells of {path.name} are wrong")
        return count

    def wait_for(self, job, path, wanted):
        """Until so many cells are in a final state, or the job has ended."""
        while job.is_running() and final_cells(path) < wanted:
            time.sleep(0.005)
