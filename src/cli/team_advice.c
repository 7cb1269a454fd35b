#include "cli/team_advice.h"

#include "cli/screen.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/rng.h"
#include "kernel/dynamics/packed_trials.h"
#include "kernel/spectral/schur.h"
#include "team/team_model.h"
#include "team/team_schur.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Of a cluster's network; what a team takes on a laptop is not worth a measurement. */
static const double LATENCY = 2e-6;
static const double BANDWIDTH = 5e9;

/* Ranks that share one matrix sweep no other models meanwhile. */
static const double WORTH_SPEEDUP = 2.0;

enum { PILOT_WIDTH = 256 };

/* Operations per second of one core in a Schur form. */
static enum status measure_flop_rate(double *flop_rate, struct error *error)
{
    const struct team_machine unit = {.flop_rate = 1.0};
    struct rng rng = rng_stream((struct rng_key){{1, 2}}, 0, 0);
    struct schur schur;
    double *w = NULL;
    TRY(memory_array2(&w, PILOT_WIDTH, PILOT_WIDTH, sizeof *w, error));
    for (size_t i = 0; i < (size_t)PILOT_WIDTH * PILOT_WIDTH; i++) {
        w[i] = rng_normal(&rng);
    }
    const double start = clock_seconds();
    const enum status status = schur_compute(&schur, w, PILOT_WIDTH, 1.0, error);
    const double seconds = clock_seconds() - start;
    free(w);
    TRY(status);
    schur_release(&schur);
    *flop_rate = team_model_seconds(PILOT_WIDTH, 1, &unit) / (seconds > 0.0 ? seconds : 1.0);
    return STATUS_OK;
}

static const struct team_spec TEAM_ALONE = {
    .n_ranks = 1, .n_rows = 1, .n_cols = 1, .block = BLOCK_CYCLIC_USUAL};

/* One rank computes the Schur form where the matrix is too narrow for the grid. */
static bool is_form_by_team(int n_hidden, const struct team_spec *team)
{
    return schur_route_planned(n_hidden, team->n_rows, team->n_cols) == SCHUR_ROUTE_SCALAPACK;
}

static double matrix_bytes(int n)
{
    return (double)sizeof(double) * n * n;
}

/* That OpenBLAS touches of its buffers. */
static double blas_bytes(int n)
{
    return fmin(4.0 * matrix_bytes(n), 16e6);
}

/* The rollouts come after the form, and find W, T, Q, T~, a product and W~ in memory. */
double alone_rank_bytes(int n_hidden, double rollout_bytes)
{
    return 6.0 * matrix_bytes(n_hidden) + rollout_bytes + blas_bytes(n_hidden);
}

/* The same, but the first five shared, and of W~ a panel on its way into what the rollouts pack,
 * and its parts. */
double team_rank_bytes(int n_hidden, const struct team_spec *team, double rollout_bytes)
{
    const double share = block_cyclic_bytes(n_hidden, team->block, team->n_rows, team->n_cols);
    const double panel = 2.0 * (double)sizeof(double) * n_hidden * team->block;
    const double rollouts = 5.0 * share + panel + rollout_bytes;
    /* A root that computes the form alone has its shares of W, T and Q besides. */
    const double form = is_form_by_team(n_hidden, team)
                            ? team_model_bytes(n_hidden, team->block, team->n_rows, team->n_cols)
                            : team_model_bytes(n_hidden, team->block, 1, 1) + 3.0 * share;
    return fmax(form, rollouts) + blas_bytes(n_hidden);
}

/* The fastest of the usual sizes, as far as the matrix is wide enough for them. */
static struct team_spec best_team(int n, const struct team_machine *machine)
{
    static const int sizes[] = {4, 16, 64, 256};
    struct team_spec best = TEAM_ALONE;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct team_spec team = TEAM_ALONE;
        schur_team_grid(n, sizes[i], &team.n_rows, &team.n_cols);
        team.n_ranks = team.n_rows * team.n_cols;
        if (team_model_seconds(n, team.n_ranks, machine) <
            team_model_seconds(n, best.n_ranks, machine)) {
            best = team;
        }
    }
    return best;
}

enum status team_advice_find(struct team_advice *advice, const struct sweep *sweep,
                             struct error *error)
{
    struct team_machine machine = {.latency = LATENCY, .bandwidth = BANDWIDTH};
    const int n = sweep_max_hidden(sweep);
    *advice = (struct team_advice){.n_hidden = n};
    for (int i = 0; i < sweep->n_cases; i++) {
        advice->n_shared += sweep_needs_team(sweep, i);
    }
    if (n < TEAM_ADVICE_FROM && advice->n_shared == 0) {
        advice->n_hidden = 0;
        return STATUS_OK;
    }
    TRY(measure_flop_rate(&machine.flop_rate, error));
    const struct team_spec team = sweep->team.n_ranks > 0 ? sweep->team : best_team(n, &machine);
    const double packed = (double)precision_size(sweep->precision) * n * n;
    const double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    advice->n_ranks = team.n_ranks;
    advice->seconds = team_model_seconds(n, is_form_by_team(n, &team) ? team.n_ranks : 1, &machine);
    advice->alone_seconds = team_model_seconds(n, 1, &machine);
    advice->alone_bytes = alone_rank_bytes(n, packed);
    advice->bytes = team.from_hidden > 0 || team.n_ranks > 1 ? team_rank_bytes(n, &team, packed)
                                                             : advice->alone_bytes;
    advice->fits_alone =
        advice->alone_bytes < memory / fmax((double)sysconf(_SC_NPROCESSORS_ONLN), 1.0);
    advice->pays = team.n_ranks > 1 && advice->alone_seconds > WORTH_SPEEDUP * advice->seconds;
    return STATUS_OK;
}

static void print_comparison(const struct team_advice *advice)
{
    const struct screen screen = screen_of(stdout);
    screen_say(
        &screen, 10,
        "          N = %d: a Schur form takes a team of %d about %.3g s, one rank %.3g s; a case "
        "takes a rank of the team up to %.3g MB, one rank alone %.3g MB",
        advice->n_hidden, advice->n_ranks, advice->seconds, advice->alone_seconds,
        advice->bytes / 1e6, advice->alone_bytes / 1e6);
}

void team_advice_print(const struct team_advice *advice, const struct sweep *sweep)
{
    const struct screen screen = screen_of(stdout);
    const bool is_wanted = !advice->fits_alone || advice->pays;
    if (advice->n_shared > 0) {
        screen_say(&screen, 10, "teams     %d case%s by %d ranks each, %d x %d, in blocks of %d%s",
                   advice->n_shared, advice->n_shared == 1 ? "" : "s", sweep->team.n_ranks,
                   sweep->team.n_rows, sweep->team.n_cols, sweep->team.block,
                   is_wanted ? ""
                             : ": a rank alone has room for it, and others could work meanwhile");
        print_comparison(advice);
        int count = 0; /* teams are no use for the Schur form of these, only for rollouts */
        for (int i = 0; i < sweep->n_cases; i++) {
            const int n = sweep->models[sweep->cases[i].model].n_hidden;
            count += sweep_needs_team(sweep, i) && sweep->team.n_ranks > 1 &&
                     !is_form_by_team(n, &sweep->team);
        }
        if (count > 0) {
            screen_say(
                &screen, 10,
                "          of %d the Schur form is computed by one rank: they have less than %d "
                "units for each row and column of the grid",
                count, TEAM_LEAST_ROWS);
        }
    } else if (advice->n_hidden > 0 && is_wanted && advice->n_ranks > 1) {
        screen_say(&screen, 10,
                   "teams     none; `team = { from_hidden = %d; ranks = %d; };` in the study would "
                   "share the widest model%s",
                   advice->n_hidden, advice->n_ranks,
                   advice->fits_alone ? "" : ", which does not fit the memory of one core here");
        print_comparison(advice);
    }
}
