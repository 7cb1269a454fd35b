#include "team/team_model.h"

#include "team/block_cyclic.h"

#include <math.h>

/* Operations of one rank, in units of n^3. */
static const double FACTOR_FLOPS = 25.0;
static const double CERTIFICATE_FLOPS = 6.0;

/* What pdhseqr and its small products cost a team: share of the time that is one rank's work. */
static const double TEAM_EFFICIENCY = 0.5;

/* Per rank, of a matrix that makes pdhseqr work hard: messages in units of n^2, numbers sent in
 * units of n^3 on two ranks. */
static const double MESSAGES = 0.2;
static const double NUMBERS = 0.07;

double team_model_seconds(int n, int ranks, const struct team_machine *machine)
{
    const double width = n;
    const double work =
        (FACTOR_FLOPS + CERTIFICATE_FLOPS) * width * width * width / machine->flop_rate;
    if (ranks <= 1) {
        return work;
    }
    const double bytes = NUMBERS * width * width * width * sizeof(double) * sqrt(2.0 / ranks);
    return work / (TEAM_EFFICIENCY * ranks) + MESSAGES * width * width * machine->latency +
           bytes / machine->bandwidth;
}

double team_model_bytes(int n, int block, int n_rows, int n_cols)
{
    enum { MATRICES = 5 }; /* W, T, Q and two of the certificate, whole or shared */
    /* What pdhseqr wants for windows of 385 rows, whatever the width, with the margin it is given.
     */
    const double workspace = n_rows * n_cols > 1 ? 32e6 : 0.0;
    return MATRICES * block_cyclic_bytes(n, block, n_rows, n_cols) + workspace;
}
