/* How long a team takes for a Schur form, predicted: when is it worth to share a matrix? */
#pragma once

/* What decides it of a machine. */
struct team_machine {
    double flop_rate; /* floating-point operations per second of one rank in dgees, 1e10 or so */
    double latency;   /* seconds of a short message */
    double bandwidth; /* bytes per second that a rank can send */
};

/* Seconds for a Schur form of width n with its order and certificate by `ranks` ranks: one rank's
 * LAPACK for 1, the usual grid of a team otherwise.
 *
 * One rank: 25 n^3 operations of dgees (Golub and Van Loan, Matrix Computations, 4th ed., section
 * 7.5.6) and 6 n^3 of the certificate. A team has the same to do, to which pdhseqr adds about as
 * much again, and waits for messages: 0.04 to 0.22 n^2 of them per rank were counted, with 0.012 to
 * 0.12 n^3 numbers on few ranks and fewer per rank on more (docs/performance.md, "Teams"); the
 * model takes those of a matrix that is hard for a QR iteration. Pure. */
double team_model_seconds(int n, int ranks, const struct team_machine *machine);

/* Most bytes of memory that the form takes on a rank of a grid, W too; 1 x 1: by LAPACK. Pure. */
double team_model_bytes(int n, int block, int n_rows, int n_cols);
