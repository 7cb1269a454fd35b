#!/usr/bin/env python3
"""Runs a program as one rank and writes the most memory it had, in KiB, to FOLDER/<rank>.

    mpirun -n RANKS python3 peak_memory.py FOLDER PROGRAM [ARGUMENTS...]
"""
import os
import resource
import subprocess
import sys

status = subprocess.call(sys.argv[2:])
with open(os.path.join(sys.argv[1], os.environ["OMPI_COMM_WORLD_RANK"]), "w") as file:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=file)
sys.exit(status)
