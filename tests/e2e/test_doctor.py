"""Each fault that doctor knows gives its line, and nothing else does."""
import json
import os
import subprocess
import unittest

import common
import models

FAULTS = 7
PRIVILEGED = os.geteuid() == 0 and subprocess.run(
    ["unshare", "-m", "true"], capture_output=True).returncode == 0


class Doctor(common.TestCase):
    def examine(self, code=common.COMPLETE, **keys):
        """name of a check -> what it says"""
        told = common.schursweep("doctor", "--json", cwd=self.folder, **keys)
        self.assertEqual(told.returncode, code, told.stderr)
        checks = {check["name"]: check for check in json.loads(told.stdout)["checks"]}
        self.assertEqual(list(self.folder.glob(".schursweep-doctor*")), [])
        return checks

    def check(self, name, verdict, words, **keys):
        found = self.examine(FAULTS if verdict == "FAULT" else common.COMPLETE, **keys)[name]
        self.assertEqual(found["verdict"], verdict, found)
        self.assertRegex(found["text"], words)
        return found

    def program(self, name, text):
        """PATH with a program of that name before all others."""
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return {"PATH": f"{path.parent}:{os.environ['PATH']}"}

    def test_a_sound_launch(self):
        for ranks in (0, 2):
            checks = self.examine(ranks=ranks)
            for name in ("ranks", "locks", "writing", "blas", "threads", "clock"):
                self.assertEqual(checks[name]["verdict"], "ok", checks[name])
        self.assertIn("2 on 1 node", checks["ranks"]["text"])

    def test_words_name_the_folder_of_the_study(self):
        network = models.network(7, 4)
        common.write_model(self.folder / "m.h5", network, models.trials_for(network, 7, 5, 2))
        (self.folder / "sub").mkdir()
        study = common.write_study(self.folder / "s.cfg", models=({"file": "m.h5"},),
                                   output="sub/out.h5")
        told = self.expect(common.COMPLETE, common.schursweep("doctor", study))
        self.assertRegex(told.stdout, r"(?m)^ok +locks +work in .*sub$")

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_a_folder_that_may_not_be_written(self):
        self.folder.chmod(0o755)
        other = ["setpriv", "--reuid=65534", "--clear-groups"]
        self.check("locks", "FAULT", "Permission denied", prefix=other)
        self.check("writing", "FAULT", "cannot open", prefix=other)

    @unittest.skipUnless(PRIVILEGED, "needs mount namespaces")
    def test_a_full_folder(self):
        mount = ["unshare", "-m", "bash", "-c",
                 'mount -t tmpfs -o size=1m none . && cd "$PWD" && exec "$@"', "bash"]
        self.check("space", "note", "only [01] MiB", prefix=mount)

    def test_blas(self):
        for fault in common.some(("wrong", "info"), "nan"):
            self.check("blas", "FAULT", "known Schur form wrongly",
                       environment={"LD_PRELOAD": os.environ["LAPACK_FAULT_LIBRARY"],
                                    "LAPACK_FAULT": fault, "LAPACK_FAULT_WIDTH": "48"})
        mixed = ["bash", "-c", 'export OPENBLAS_CORETYPE=$((OMPI_COMM_WORLD_RANK))'
                 ' && [ "$OPENBLAS_CORETYPE" = 0 ] && export OPENBLAS_CORETYPE=Prescott'
                 ' || export OPENBLAS_CORETYPE=Haswell; exec "$@"', "bash"]
        self.assertEqual(self.check("blas", "note", "round differently", ranks=2, prefix=mixed)
                         ["rank"], 1)

    def test_threads(self):
        for name in common.some(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "GOTO_NUM_THREADS"):
            self.check("threads", "note", f"{name} is 3", environment={name: "3"})

    def test_ranks_on_one_core(self):
        self.check("cores", "note", "2 working ranks share 1 core", ranks=3,
                   prefix=["taskset", "-c", "0"])

    def test_limits(self):
        self.check("limits", "note", "open files: 100",
                   prefix=["bash", "-c", 'ulimit -n 100 && exec "$@"', "bash"])
        self.check("limits", "note", "processor time",
                   prefix=["bash", "-c", 'ulimit -t 1000 && exec "$@"', "bash"])

    def test_missing_programs(self):
        empty = self.folder / "empty"
        empty.mkdir(exist_ok=True)
        found = self.examine(environment={"PATH": str(empty)}, prefix=[])
        self.assertEqual(found["gnuplot"]["verdict"], "note")
        self.assertIn("not here", found["slurm"]["text"])
        self.assertEqual(found["mpirun"]["verdict"], "note")
        (empty / "mpirun").symlink_to("/bin/true")
        found = self.examine(environment={"PATH": str(empty)}, prefix=[])
        self.assertRegex(found["mpirun"]["text"], "needs ssh .*: export OMPI_MCA_plm_rsh_agent=$")
        found = self.examine(environment={"PATH": str(empty), "OMPI_MCA_plm_rsh_agent": ""}, prefix=[])
        self.assertEqual(found["mpirun"]["verdict"], "ok")

    def test_slurm(self):
        with_pmix = "#!/bin/sh\necho 'MPI plugin types are... none pmi2 pmix'\n"
        self.check("slurm", "ok", "--mpi=pmix", environment=self.program("srun", with_pmix))
        without = with_pmix.replace("pmix", "")
        self.check("slurm", "note", "no PMIx", environment=self.program("srun", without))

    def test_ranks_that_do_not_meet(self):
        self.check("ranks", "FAULT", "4 processes were started and 1",
                   environment={"PMI_SIZE": "4"})


if __name__ == "__main__":
    common.main()
