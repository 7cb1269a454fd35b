"""What the end-to-end tests share: the program under test, its input files, its runs, its results.

The program is named by the environment variable SCHURSWEEP or by the first argument of a test:

    tests/e2e/python.sh test_oracles.py build/schursweep [arguments of unittest]
"""
import contextlib
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy comes; tests may run side by side

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
ORACLES = ROOT / "tests" / "data"
# Sanitizers make the program slow: every time limit is a multiple.
SLOWDOWN = float(os.environ.get("SCHURSWEEP_SLOWDOWN", "1"))
SANITIZED = SLOWDOWN > 1
SOAK = "SCHURSWEEP_SOAK" in os.environ


def some(part, *rest):
    """What there is to try: the suite tries a part of it, the soak (tests/soak/) the rest too."""
    return [*part, *rest] if SOAK else list(part)


# A test of which a smaller one of the same kind is in the suite.
in_the_soak = unittest.skipUnless(SOAK, "in the soak")


def slowdown():
    """By how much more than on an idle machine things take now: sanitizers, and other work."""
    return SLOWDOWN * max(1.0, os.getloadavg()[0] / os.cpu_count())

COMPLETE, OUTPUT_TAKEN, JOBS_FAILED = 0, 4, 8
PENDING, DONE, FAILED = 0, 1, 2


def main():
    """Runs the test cases of the calling file."""
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-") and Path(sys.argv[1]).is_file():
        os.environ["SCHURSWEEP"] = sys.argv.pop(1)
    unittest.main(module="__main__", verbosity=2)


def program():
    path = os.environ.get("SCHURSWEEP", str(ROOT / "build" / "schursweep"))
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path} is no program: set SCHURSWEEP")
    return os.path.abspath(path)


# ---- input files ---------------------------------------------------------------------------------


def write_trials(group, trials, dtype="<f8", **storage):
    """Writes reference.Trials into the group /trials. `storage`: chunks, compression, ..."""
    group = group.create_group("trials")
    group.create_dataset("inputs", data=trials.inputs.astype(dtype), **storage)
    group.create_dataset("targets", data=trials.targets.astype(dtype), **storage)
    if trials.mask is not None:
        group.create_dataset("mask", data=np.asarray(trials.mask).astype("u1"), **storage)
    if trials.metric is not None:
        group.attrs["metric"] = trials.metric


def write_model(path, model, trials=None, attributes=None, dtype="<f8", **storage):
    """Writes a reference.Model, and its own trials if there are any."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, values in vars(model).items():
            if values is not None:
                file.create_dataset(name, data=values.astype(dtype), **storage)
        for name, value in (attributes or {}).items():
            file.attrs[name] = value
        if trials is not None:
            write_trials(file, trials, dtype, **storage)


def write_trials_file(path, trials):
    with h5py.File(path, "w") as file:
        write_trials(file, trials)


def libconfig(value):
    """A Python value in the syntax of a study file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + " ".join(f"{key} = {libconfig(item)};" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "( " + ", ".join(libconfig(item) for item in value) + " )"
    if isinstance(value, (str, Path)):
        return json.dumps(str(value), ensure_ascii=False)
    return repr(value)


def write_study(path, **keys):
    """A study file named after its path unless `study` says otherwise."""
    keys.setdefault("study", path.stem)
    path.write_text("".join(f"{key} = {libconfig(value)};\n" for key, value in keys.items()))
    return path


# ---- processes -----------------------------------------------------------------------------------


@functools.lru_cache(maxsize=None)
def with_mpi_settings(variables):
    script = '. "$1" && env -0'
    output = subprocess.run(
        ["bash", "-c", script, "bash", str(ROOT / "scripts" / "mpi-env.sh")],
        env=dict(variables),
        check=True,
        capture_output=True,
    ).stdout
    entries = (entry.partition("=") for entry in output.decode().split("\0") if entry)
    return {name: value for name, _, value in entries}


def mpi_environment():
    """The caller's environment, without a surrounding mpirun's, with scripts/mpi-env.sh."""
    launcher = ("OMPI_COMM", "OMPI_APP", "OMPI_UNIVERSE", "PMIX_", "PMI_", "SLURM_")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(launcher)}
    for name in ("COLUMNS", "CLICOLOR_FORCE"):  # what is read here is neither wrapped nor coloured
        clean.pop(name, None)
    return dict(with_mpi_settings(frozenset(clean.items())))


def session_processes(session):
    """Ids of the living processes of a session: Open MPI gives every rank a group of its own."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def rank_of(process):
    """Rank of a process under mpirun; None of others and of those that have just ended."""
    try:
        entries = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    ranks = [entry for entry in entries if entry.startswith(b"OMPI_COMM_WORLD_RANK=")]
    return int(ranks[0].split(b"=")[1]) if ranks else None


class Job:
    """A schursweep command that this test started, alone (ranks=0) or under mpirun. `prefix` is a
    command that starts the program in other circumstances.

    It is the leader of a session of its own, with a TMPDIR of its own that also takes the shared
    memory of Open MPI, so that a kill leaves nothing behind."""

    def __init__(self, arguments, ranks=0, environment=None, cwd=None, prefix=()):
        self.temporary = tempfile.mkdtemp(prefix="ss-")  # short: sockets lie in it
        self.environment = mpi_environment()
        self.environment["TMPDIR"] = self.temporary
        self.environment["OMPI_MCA_btl_vader_backing_directory"] = self.temporary
        self.environment["OMPI_MCA_mpi_yield_when_idle"] = "1"  # tests run side by side
        # mpirun's own start: no search for devices, no shared memory for what ranks tell of themselves
        self.environment["HWLOC_COMPONENTS"] = "-x86,-pci,-linux:pci,-opencl,-gl"
        self.environment["HWLOC_PLUGINS_PATH"] = "/dev/null"
        self.environment["PMIX_MCA_gds"] = "hash"
        self.environment.update(environment or {})
        launcher = ["mpirun", "-q", "--oversubscribe", "-n", str(ranks)] if ranks else []
        self.command = launcher + [*prefix, program()] + [str(argument) for argument in arguments]
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=cwd,
            text=True,
            start_new_session=True,
        )

    def processes(self):
        return session_processes(self.process.pid)

    def ranks(self):
        """rank -> process id"""
        ranks = {rank_of(process): process for process in self.processes()}
        return {rank: process for rank, process in ranks.items() if rank is not None}

    def catches(self, number):
        """Whether the process, alone, has a handler for a signal by now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16) >> (number - 1) & 1 == 1

    def is_running(self):
        return self.process.poll() is None

    @contextlib.contextmanager
    def suspended(self):
        """Every rank stands still inside the block: what is looked at there cannot end meanwhile."""
        ranks = list(self.ranks().values())
        for process in ranks:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in ranks:
                os.kill(process, signal.SIGCONT)

    def kill(self):
        """SIGKILL to the launcher and all ranks, then waits until they are gone."""
        while self.processes():
            for process in self.processes():
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)
        return self.finish()

    def finish(self, seconds=60):
        """The completed process; a job that hangs is killed and reported."""
        try:
            stdout, stderr = self.process.communicate(timeout=seconds * SLOWDOWN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            if not self.is_running():
                shutil.rmtree(self.temporary, ignore_errors=True)
        return subprocess.CompletedProcess(self.command, self.process.returncode, stdout, stderr)


def schursweep(*arguments, ranks=0, seconds=60, environment=None, cwd=None, prefix=()):
    """Runs a command to its end."""
    return Job(arguments, ranks, environment, cwd, prefix).finish(seconds)


# ---- results -------------------------------------------------------------------------------------


def decode(values):
    """Texts as str, of whatever kind; rows of characters are texts too."""
    if values.dtype.kind == "O":
        return np.char.decode(values.astype("S"), "utf-8")
    if values.dtype == "S1" and values.ndim > 1:
        values = np.ascontiguousarray(values).view(f"S{values.shape[-1]}")[..., 0]
    return np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values


def text(value):
    """An attribute, which h5py gives as bytes or str."""
    return value.decode() if isinstance(value, bytes) else str(value)


def read_results(path):
    """Every variable of a results file by its name; texts as str."""
    with h5py.File(path, "r") as file:
        datasets = {name: item for name, item in file.items() if isinstance(item, h5py.Dataset)}
        return {name: decode(item[()]) for name, item in datasets.items()}


# The only values that may differ between two runs.
TIMES = {"seconds", "partition_seconds", "train_seconds"}
# Jobs of every case beside its removals.
ALWAYS = ("spectrum", "splits", "training")


def job_states(results, case=slice(None)):
    """States of all jobs of a case, or of all: of removals, but for partitions that a model does not
    have, and of diagnostics."""
    states = [results[name][case] for name in results
              if name.endswith("state") and name != "partition_state"]
    if "partition_state" in results:
        states.append(results["partition_state"][case][results["partition_n_r"][case] >= 0])
    return np.concatenate([np.ravel(each) for each in states])


def write_message(file, case, text):
    """Why a case has failed, as the program writes it: one character in each place."""
    size = file["message"].shape[1]
    file["message"][case] = np.array([text.encode()], f"S{size}").view(file["message"].dtype)


def differences(found, expected):
    """Names of the variables that are not the same, bit for bit."""
    names = (set(found) | set(expected)) - TIMES
    return sorted(name for name in names if name not in found or name not in expected
                  or found[name].tobytes() != expected[name].tobytes())


def case_of(results, model, task=None):
    """Number of the one case of that model, on that task if it has several."""
    wanted = results["model"] == model
    if task is not None:
        wanted &= results["task"] == task
    (index,) = np.flatnonzero(wanted)
    return int(index)


# ---- test cases ----------------------------------------------------------------------------------


class TestCase(unittest.TestCase):
    """A test with a folder of its own that is gone at the end."""

    longMessage = True

    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory(prefix="schursweep-test-")
        cls.addClassCleanup(holder.cleanup)
        cls.folder = Path(holder.name)

    def expect(self, code, result):
        """Fails with everything the program said when it ended with another code."""
        self.assertEqual(
            result.returncode,
            code,
            f"{' '.join(result.args)}\n{result.stdout}\n{result.stderr}",
        )
        return result

    def run_study(self, study, *options, ranks=0, code=COMPLETE, **keys):
        """Runs a study and reads its results, which lie beside it unless -o says otherwise."""
        self.expect(code, schursweep("run", "-q", study, *options, ranks=ranks, **keys))
        return read_results(study.with_suffix(".h5"))

    def assert_same_bits(self, found, expected, what=""):
        self.assertEqual(differences(found, expected), [], what)

    def assert_close(self, found, expected, rtol=0.0, atol=0.0, what=""):
        """NaN equals NaN, and nothing else."""
        np.testing.assert_allclose(
            found, expected, rtol=rtol, atol=atol, equal_nan=True, err_msg=what
        )


class Deviations:
    """The largest deviation of each quantity, to be printed at the end of a test file."""

    def __init__(self):
        self.largest = {}

    def note(self, name, found, expected, relative):
        found, expected = np.asarray(found, float), np.asarray(expected, float)
        difference = np.abs(found - expected)[~np.isnan(expected)]
        if relative:
            scale = np.abs(expected)[~np.isnan(expected)]
            difference = difference[scale > 0] / scale[scale > 0]
        largest = float(difference.max()) if difference.size else 0.0
        self.largest[name] = max(self.largest.get(name, 0.0), largest)

    def report(self):
        for name, value in self.largest.items():
            print(f"largest deviation of {name}: {value:.2g}", file=sys.stderr)
