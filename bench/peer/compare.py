#!/usr/bin/env python3
"""Ends with 1 unless a results file and the output of a peer say the same.

    python3 compare.py RESULTS PEER [TOLERANCE]
"""
import sys

import h5py
import numpy as np


def main():
    tolerance = float(sys.argv[3]) if len(sys.argv) > 3 else 1e-9
    worst = 0.0
    with h5py.File(sys.argv[1]) as ours, h5py.File(sys.argv[2]) as theirs:
        names = [label.decode().rstrip("\0").rpartition("/")[2] for label in ours["model"][...]]
        if sorted(names) != sorted(theirs):
            sys.exit("not the same models")
        if not (ours["state"][...] == 1).all():
            sys.exit("not every job is done")
        for case, name in enumerate(names):
            group = theirs[name]
            if not np.array_equal(ours["n_r"][case], group["n_r"][...]):
                sys.exit(f"{name}: n_R differs")
            fvu = group["fvu"][...]
            worst = max(worst, np.max(np.abs(ours["fvu"][case] - fvu) / fvu))
        print("%d models agree to %.1e, %d rollouts of the peer"
              % (len(names), worst, theirs.attrs["rollouts"]))
    if not worst <= tolerance:
        sys.exit("the results differ")


if __name__ == "__main__":
    main()
