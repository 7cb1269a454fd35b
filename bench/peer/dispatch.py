#!/usr/bin/env python3
"""No-op jobs per second of what Python offers, one job a message; one line per round.

    python3 dispatch.py pool WORKERS ROUNDS JOBS
    mpirun -n WORKERS+1 python3 -m mpi4py.futures dispatch.py futures WORKERS ROUNDS JOBS
"""
import sys
import time


def job(number):
    return number


def measure(map_all, rounds, jobs):
    for _ in map_all(range(100)):  # everybody has started
        pass
    for _ in range(rounds):
        begin = time.perf_counter()
        count = sum(1 for _ in map_all(range(jobs)))
        assert count == jobs
        print("%.0f" % (jobs / (time.perf_counter() - begin)), flush=True)


def main():
    kind, workers, rounds, jobs = sys.argv[1], *map(int, sys.argv[2:5])
    if kind == "pool":
        import multiprocessing

        with multiprocessing.Pool(workers) as pool:
            measure(lambda numbers: pool.imap_unordered(job, numbers), rounds, jobs)
    else:
        from mpi4py.futures import MPIPoolExecutor

        with MPIPoolExecutor(workers) as executor:
            measure(lambda numbers: executor.map(job, numbers, unordered=True), rounds, jobs)


if __name__ == "__main__":
    main()
