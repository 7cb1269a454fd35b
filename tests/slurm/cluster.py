"""A Slurm cluster of three nodes on one machine, for one test file.

Everything it starts lives in the process namespace that run.sh makes, and everything it writes in
one folder: both are gone at the end, however the test ends."""
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

NODES = ("n1", "n2", "n3")
CPUS = 4  # of a node, by its own word
CHECK_SECONDS = 30.0

# cred_expire: how long a requeued job waits at least. The timeouts make a dead node known soon.
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/%n/slurmd.pid
SlurmdSpoolDir={folder}/%n/spool
SlurmdLogFile={folder}/%n/slurmd.log
TmpFS=/var/tmp
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
SlurmdTimeout=10
KillWait=5
AccountingStorageType=accounting_storage/none
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs={cpus} RealMemory=8000
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs={cpus} RealMemory=8000
NodeName=n3 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[3]} CPUs={cpus} RealMemory=8000
PartitionName=all Nodes=n[1-3] Default=YES MaxTime=60 State=UP
"""


def free_ports(count):
    """Ports that nobody had a moment ago."""
    sockets = [socket.create_server(("", 0)) for _ in range(count)]
    ports = [holder.getsockname()[1] for holder in sockets]
    for holder in sockets:
        holder.close()
    return ports


class Cluster:
    """Slurm's commands are methods; every one of them runs outside of the nodes."""

    def __init__(self, environment):
        self.folder = Path(tempfile.mkdtemp(prefix="sl-"))  # short: sockets lie in it
        self.folder.chmod(0o711)
        self.environment = dict(environment, SLURM_CONF=str(self.folder / "slurm.conf"))
        self.environment["TMPDIR"] = "/var/tmp"  # of each node
        self.daemons = []
        self.nodes = {}
        self.started = 0.0

    def start(self):
        self.configure()
        self.start_munge()
        self.daemon("slurmctld", ["slurmctld", "-D", "-c"])
        self.started = time.monotonic()
        for name in NODES:
            self.start_node(name)
        self.wait_until_idle()

    def wait_until_idle(self):
        self.wait(lambda: self.node_states() == {"idle"}, 60, "the nodes to come up")

    def configure(self):
        for name in ("munge", "state", *NODES):
            (self.folder / name).mkdir(mode=0o755)
        text = CONFIGURATION.format(
            host=socket.gethostname(), ports=free_ports(4), folder=self.folder, cpus=CPUS
        )
        (self.folder / "slurm.conf").write_text(text)

    def start_munge(self):
        """A daemon with a key of its own; the machine's own one is not asked."""
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o600)
        place = self.folder / "munge"
        options = [f"--key-file={key}", f"--socket={place}/socket", f"--pid-file={place}/pid",
                   f"--log-file={self.folder}/munge.log", f"--seed-file={self.folder}/munge.seed"]
        self.daemon("munged", ["munged", "--foreground", *options])
        self.wait((place / "socket").exists, 20, "munged's socket")

    def daemon(self, name, command):
        with open(self.folder / f"{name}.out", "wb") as output:
            self.daemons.append(
                subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=output)
            )
        return self.daemons[-1]

    def start_node(self, name):
        own = self.folder / name / "tmp"
        for place in (own, self.folder / name / "spool"):
            shutil.rmtree(place, ignore_errors=True)  # sockets of an earlier life
        own.mkdir()
        script = Path(__file__).with_name("node.sh")
        namespaces = ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child",
                      "--mount-proc"]
        self.nodes[name] = self.daemon(name, [*namespaces, script, name, own])

    def kill_node(self, name):
        """The node loses its power: unshare takes process 1 of the node with it."""
        self.nodes[name].kill()
        self.nodes[name].wait()

    def wait_for_limit_check(self, ahead):
        """Returns so many seconds before slurmctld looks at the time limits, as it does twice a
        minute; there it sends the signals of --signal."""
        time.sleep((CHECK_SECONDS - ahead - (time.monotonic() - self.started)) % CHECK_SECONDS)

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.kill()
            daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- Slurm's commands ------------------------------------------------------------------------

    def run(self, *command, check=True, seconds=60):
        result = subprocess.run([str(word) for word in command], env=self.environment, text=True,
                                capture_output=True, timeout=seconds, stdin=subprocess.DEVNULL)
        if check and result.returncode != 0:
            raise RuntimeError(f"{result.args} gave {result.returncode}: {result.stderr}")
        return result

    def node_states(self):
        return set(self.run("sinfo", "-h", "-N", "-o", "%t", check=False).stdout.split())

    def submit(self, *arguments):
        """Number of the job."""
        return int(self.run("sbatch", "--parsable", *arguments).stdout)

    def job(self, number):
        """What scontrol tells of a job, by its words: JobState, Restarts, ExitCode, BatchHost."""
        text = self.run("scontrol", "-o", "show", "job", number).stdout
        return dict(word.partition("=")[::2] for word in text.split() if "=" in word)

    def wait(self, condition, seconds, what, every=0.1):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not within {seconds} s\n{self.logs()}")
            time.sleep(every)

    def logs(self):
        """The last words of every daemon."""
        tails = []
        for path in sorted([*self.folder.glob("*.log"), *self.folder.glob("n?/slurmd.log"),
                            *self.folder.glob("*.out")]):
            tails.append(f"---- {path.name} {path.parent.name}\n{path.read_text()[-2000:]}")
        return "\n".join(tails)
