"""Surroundings in which a program may be started. In each the result is complete, or one line says what
is wrong: never a crash, a hang or a silent 0.

Each is a name, what is in the environment beside PATH, what a shell does before, and what a refusal says
(None: it works); `mark` chooses those that every launcher tries every time, `alone` those that a process
alone tries besides. The soak tries all."""
import time
from typing import NamedTuple, Optional

PAST = str(int(time.time()) - 86400)


class Surroundings(NamedTuple):
    name: str
    environment: dict = {}
    before: str = "true"  # in a shell, in the folder of the study
    refusal: Optional[str] = None
    folder: str = ""  # of the study, below that of the test
    mark: bool = False
    alone: bool = False
    root: bool = False  # needs mounts


def path_of(length):
    """A folder whose own path is so long, of names that file systems take."""
    return "/".join(["d" * 200] * (length // 201)) + "/" + "e" * (length % 201 or 1)


ALL = [
    Surroundings("nothing", mark=True),
    # paths
    *(Surroundings(f"path of {length}", folder=path_of(length), mark=length == 1000)
      for length in (100, 200, 245, 300, 1000, 2000, 3600)),
    Surroundings("blanks and quotes", folder="with space 'and' \"quotes\" %s $HOME `id`"),
    Surroundings("other letters", folder="\u00fcml\u00e4ut \u65e5\u672c", alone=True),
    Surroundings("pattern", folder="*?[a]{b}~"),
    Surroundings("line end", folder="two\nlines", alone=True),
    Surroundings("dash", folder="-o", alone=True),
    # limits
    Surroundings("address space", before="ulimit -v 900000", mark=True),
    Surroundings("too little address space", before="ulimit -v 180000", refusal="ulimit -v",
                 alone=True),
    Surroundings("stack", before="ulimit -s 512", alone=True),
    Surroundings("endless stack", before="ulimit -s unlimited"),
    Surroundings("few files that may be more", before="ulimit -Sn 20", mark=True),
    Surroundings("too few files", before="ulimit -n 20", refusal="open files is 20", alone=True),
    Surroundings("many files", before="ulimit -Sn $(ulimit -Hn)"),
    Surroundings("file size", before="ulimit -f 8", refusal="size of files", alone=True),
    Surroundings("locked memory", before="ulimit -l 0"),
    Surroundings("core files", before="ulimit -c 0"),
    # programs and folders that are missing
    Surroundings("folder that may not be written", before="mount --bind . . && mount -o remount,bind,ro .",
                 refusal="Read-only file system", root=True, mark=True),
    Surroundings("no home", {"HOME": "/nonexistent"}, alone=True),
    Surroundings("home is a file", {"HOME": "/etc/passwd"}),
    Surroundings("no temporary folder", {"TMPDIR": "/nonexistent"}, mark=True),
    Surroundings("temporary folder is a file", {"TMPDIR": "/etc/passwd"}, alone=True),
    Surroundings("empty temporary folder", {"TMPDIR": ""}),
    Surroundings("temporary folder that is relative", {"TMPDIR": "."}),
    # words and signs
    Surroundings("Turkish", {"LC_ALL": "tr_TR.UTF-8"}),
    Surroundings("German numbers", {"LC_ALL": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"},
                 alone=True),
    Surroundings("no such locale", {"LC_ALL": "xx_YY.KOI-99", "LANGUAGE": "xx"}),
    Surroundings("plain locale", {"LC_ALL": "C"}),
    Surroundings("odd terminal", {"TERM": "none", "COLUMNS": "0", "LINES": "-1"}, alone=True),
    Surroundings("odd zone", {"TZ": "Nowhere/At_All"}),
    # streams and signals
    Surroundings("no input", before="exec <&-"),
    Surroundings("input is a folder", before="exec </", alone=True),
    Surroundings("signals are ignored", before="trap '' HUP INT PIPE CHLD", alone=True),
    Surroundings("narrow mask", before="umask 077"),
    # what is left of others
    Surroundings("end of a job that is past", {"SLURM_JOB_END_TIME": PAST}, alone=True),
    Surroundings("rank of a job that is past", {"SLURM_PROCID": "3", "SLURM_JOB_ID": "1"}),
    Surroundings("job script's node", {"SLURM_NNODES": "1", "SLURM_JOB_NODELIST": "nowhere",
                                       "SLURM_NODELIST": "nowhere", "SLURM_JOB_ID": "1"}),
    Surroundings("many threads", {"OMP_NUM_THREADS": "64", "OMP_PROC_BIND": "true"}, alone=True),
    Surroundings("no threads", {"OPENBLAS_NUM_THREADS": "0", "OMP_NUM_THREADS": "none"}, alone=True),
    Surroundings("shell's own", {"PWD": "/nonexistent", "OLDPWD": "", "_": "", "SHLVL": "x"}, alone=True),
    Surroundings("dirty memory", {"MALLOC_PERTURB_": "165"}),
    Surroundings("HDF5 locks", {"HDF5_USE_FILE_LOCKING": "TRUE"}),
    Surroundings("portable instructions", {"SCHURSWEEP_ISA": "portable"}),
    Surroundings("unknown instructions", {"SCHURSWEEP_ISA": "mmx"}, refusal="SCHURSWEEP_ISA",
                 alone=True),
    # shared memory
    Surroundings("little shared memory", before="mount -t tmpfs -o size=64k none /dev/shm", root=True,
                 mark=True),
    Surroundings("shared memory that may not be written", before="mount -t tmpfs -o ro none /dev/shm",
                 root=True),
    Surroundings("no shared memory", before="mount -t tmpfs -o mode=000 none /dev/shm", root=True),
]


def command(surroundings, words, launcher=()):
    """The words, begun in the surroundings: what a shell does is done for each process, mounts for all."""
    variables = [f"{name}={value}" for name, value in surroundings.environment.items()]
    start = surroundings.before + ' && exec "$@"'
    shell = ["sh", "-c", start, "sh"]
    program = ["env", *variables, *words]
    if surroundings.root:
        return ["unshare", "-m", *shell, *launcher, *program]
    return [*launcher, *shell, *program]
