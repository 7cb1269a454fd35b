/* The largest part of all couplings that can go. The even trials choose, the odd ones judge: pairs
 * of blocks are put in an order by the prediction for the even trials (removal_order.h), and the
 * first of them are removed together, as many as keep the even trials within epsilon. How many that
 * is, is found by bisection: a crossing, which need not be the last one, so that what is given is a
 * lower bound of the largest set. Within epsilon is the distance, or, when it is asked for, the
 * change of the task's own metric: that of fvu, or the loss of accuracy.
 *
 * Shares are of the squared norm of all couplings. Pairs with a mode that ties with another one are
 * no part of any set. */
#include "core/axes.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/gauss_newton/removal_order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EPSILON, N_EPSILONS = 5, BY_METRIC = N_EPSILONS, N_PARAMS };
enum { N_STEPS = 64 };

static const double *epsilons_of(const struct sweep *sweep)
{
    const int place = sweep_find_diagnostic(sweep, "removable");
    return place < 0 ? NULL : sweep->diagnostics[place].params + EPSILON;
}

static int count_epsilons(const double *epsilons)
{
    int count = 0;
    while (count < N_EPSILONS && epsilons[count] > 0.0) {
        count++;
    }
    return count;
}

static int64_t n_epsilons(const struct sweep *sweep)
{
    const double *const epsilons = epsilons_of(sweep);
    return epsilons != NULL ? count_epsilons(epsilons) : 0;
}

static struct label epsilon_label(const struct sweep *sweep, int64_t i)
{
    return (struct label){.real = epsilons_of(sweep)[i]};
}

static int64_t n_steps(const struct sweep *sweep)
{
    (void)sweep;
    return N_STEPS;
}

static struct label step_label(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    return (struct label){.real = (double)(i + 1) / N_STEPS};
}

static const struct axis AXIS_EPSILON = {"removable_epsilon", "how far outputs may move", VALUE_F64,
                                         n_epsilons, epsilon_label};
static const struct axis AXIS_STEP = {"removal_step",
                                      "part of the pairs, in their order, that is "
                                      "removed",
                                      VALUE_F64, n_steps, step_label};

#define OF_EPSILON(name, long_name) VARIABLE_REAL(name, long_name, &AXIS_EPSILON)
#define OF_STEP(name, long_name) VARIABLE_REAL(name, long_name, &AXIS_STEP)

static const struct variable VARIABLES[] = {
    {"removable_pairs",
     "1",
     "pairs of blocks in the largest removable set that was found",
     VALUE_I32,
     FILL_MARKED,
     {&AXIS_EPSILON}},
    OF_EPSILON("removable_share", "its squared norm, relative to that of all couplings"),
    OF_EPSILON("removable_distance", "distance without it, on the even trials that chose it"),
    OF_EPSILON("removable_distance_heldout", "distance without it on the odd trials"),
    OF_EPSILON("removable_change", "change for the worse of the task's metric on the even trials"),
    OF_EPSILON("removable_change_heldout", "that change on the odd trials"),
    OF_STEP("removal_share", "squared norm of the first pairs, relative to that of all couplings"),
    OF_STEP("removal_gn_distance", "predicted distance without them, on the even trials"),
    OF_STEP("magnitude_share", "removal_share with the smallest pairs first"),
    OF_STEP("magnitude_gn_distance", "removal_gn_distance with the smallest pairs first"),
    OF_STEP(
        "random_gn_distance",
        "root mean square of removal_gn_distance over all orders; the share goes with the step"),
    {.name = NULL}};

/* What a removal does on one half of the trials. */
struct effect {
    double distance;
    double change; /* of the metric, for the worse */
};

struct search {
    struct experiment *experiment;
    const double *params;
    struct pairs pairs;
    struct removal_order order;
    unsigned char *bits;
    struct trial_score full[2]; /* of the full network; on the root */
};

/* Sums over the even and over the odd trials of what was measured last; on the root. */
static void split_scores(const struct experiment *experiment, struct trial_score halves[2])
{
    memset(halves, 0, 2 * sizeof *halves);
    for (int i = 0; i < experiment->baseline.n_trials; i++) {
        struct trial_score *const half = &halves[i % 2];
        half->squared_error += experiment->scores[i].squared_error;
        half->squared_change += experiment->scores[i].squared_change;
        half->n_right += experiment->scores[i].n_right;
    }
}

static struct effect compare(const struct search *search, const struct trial_score *score, int half)
{
    const struct baseline *const baseline = &search->experiment->baseline;
    const struct baseline_half *const part = &baseline->halves[half];
    const struct trial_score *const full = &search->full[half];
    return (struct effect){
        .distance =
            score->squared_change == 0.0 ? 0.0 : sqrt(score->squared_change / part->full_variation),
        .change = baseline->metric == METRIC_FVU
                      ? (score->squared_error - full->squared_error) / part->target_variation
                      : (double)(full->n_right - score->n_right) / (double)part->n_counted};
}

static enum status measure(const struct search *search, const struct removal *removal,
                           struct trial_score halves[2], bool *is_done, struct error *error)
{
    struct job_result result = job_result_absent();
    TRY(experiment_go_on(search->experiment, error));
    TRY(experiment_measure(search->experiment, removal, 1, &result, error));
    *is_done = search->experiment->is_root && result.state == JOB_DONE;
    if (*is_done) {
        split_scores(search->experiment, halves);
    }
    return STATUS_OK;
}

/* Without the first `count` pairs of the order, on both halves; on all ranks. */
static enum status try_first(const struct search *search, int count, struct effect effects[2],
                             struct error *error)
{
    struct trial_score halves[2];
    bool is_done = false;
    memset(search->bits, 0, pairs_bits(&search->pairs));
    for (int i = 0; i < count; i++) {
        pairs_mark(&search->pairs, search->order.pairs[i], search->bits);
    }
    const struct removal removal = {.pairs = search->bits, .strength = 1.0};
    TRY(measure(search, &removal, halves, &is_done, error));
    double values[4];
    for (int half = 0; half < 2; half++) {
        const struct effect effect =
            is_done ? compare(search, &halves[half], half) : (struct effect){INFINITY, INFINITY};
        values[2 * half] = effect.distance;
        values[2 * half + 1] = effect.change;
    }
    TRY(experiment_share(search->experiment, values, 4, error));
    effects[0] = (struct effect){values[0], values[1]};
    effects[1] = (struct effect){values[2], values[3]};
    return STATUS_OK;
}

static enum status fits(const struct search *search, int count, double epsilon, bool *does,
                        struct error *error)
{
    struct effect effects[2];
    TRY(try_first(search, count, effects, error));
    *does = (search->params[BY_METRIC] != 0.0 ? effects[0].change : effects[0].distance) <= epsilon;
    return STATUS_OK;
}

static enum status find_count(const struct search *search, double epsilon, int *count,
                              struct error *error)
{
    int low = 0;
    int high = search->order.count;
    bool does = false;
    TRY(fits(search, high, epsilon, &does, error));
    low = does ? high : low;
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        TRY(fits(search, middle, epsilon, &does, error));
        low = does ? middle : low;
        high = does ? high : middle;
    }
    *count = low;
    return STATUS_OK;
}

static enum status fill_epsilon(const struct search *search, int i, struct record *record,
                                struct error *error)
{
    struct effect effects[2];
    int count = 0;
    TRY(find_count(search, search->params[EPSILON + i], &count, error));
    TRY(try_first(search, count, effects, error));
    record_i32(record, "removable_pairs")[i] = count;
    record_f64(record, "removable_share")[i] = search->order.shares[count];
    record_f64(record, "removable_distance")[i] = effects[0].distance;
    record_f64(record, "removable_distance_heldout")[i] = effects[1].distance;
    record_f64(record, "removable_change")[i] = effects[0].change;
    record_f64(record, "removable_change_heldout")[i] = effects[1].change;
    return STATUS_OK;
}

/* How many pairs the first i + 1 of N_STEPS parts are. */
static int count_at(int n_pairs, int i)
{
    return (int)(((int64_t)n_pairs * (i + 1) + N_STEPS - 1) / N_STEPS);
}

static void fill_steps(const struct removal_order *order, const char *share, const char *distance,
                       struct record *record)
{
    for (int i = 0; i < N_STEPS; i++) {
        const int count = count_at(order->count, i);
        record_f64(record, share)[i] = order->shares[count];
        record_f64(record, distance)[i] = sqrt(order->squares[count]);
    }
}

static enum status fill_frontiers(const struct search *search, struct record *record,
                                  struct error *error)
{
    const double variation = search->experiment->baseline.halves[0].full_variation;
    struct removal_order small;
    fill_steps(&search->order, "removal_share", "removal_gn_distance", record);
    TRY(removal_order_by_mass(&small, &search->pairs, variation, error));
    fill_steps(&small, "magnitude_share", "magnitude_gn_distance", record);
    for (int i = 0; i < N_STEPS; i++) {
        record_f64(record, "random_gn_distance")[i] =
            sqrt(removal_order_random_square(&small, count_at(small.count, i)));
    }
    removal_order_release(&small);
    return STATUS_OK;
}

static enum status prepare(struct search *search, const struct gauss_newton *gn,
                           const struct schur *form, struct error *error)
{
    const double variation = search->experiment->baseline.halves[0].full_variation;
    TRY(pairs_create(&search->pairs, gn, form, error));
    TRY(memory_array(&search->bits, pairs_bits(&search->pairs), 1, error));
    return removal_order_create(&search->order, &search->pairs, variation, error);
}

static enum status fill(struct search *search, struct record *record, struct error *error)
{
    const struct removal nothing = removal_of_set(0, ABLATION_NONE);
    bool is_done = false;
    TRY(measure(search, &nothing, search->full, &is_done, error));
    for (int i = 0; i < count_epsilons(search->params + EPSILON); i++) {
        TRY(fill_epsilon(search, i, record, error));
    }
    return search->experiment->ops->agree(search->experiment, fill_frontiers(search, record, error),
                                          error);
}

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    struct search search = {.experiment = experiment, .params = params};
    const struct gauss_newton *gn = NULL;
    struct gauss_newton_source source;
    TRY(experiment->ops->source(experiment, &source, error));
    TRY(experiment_gauss_newton(experiment, &gn, error));
    enum status status =
        experiment->ops->agree(experiment, prepare(&search, gn, source.form, error), error);
    if (status == STATUS_OK && search.order.count > 0) {
        status = fill(&search, record, error);
    }
    removal_order_release(&search.order);
    pairs_release(&search.pairs);
    free(search.bits);
    return status;
}

/* A bisection of all pairs for every epsilon. */
static double rollouts(const struct sweep *sweep, const struct trials *trials, int width,
                       const double *params)
{
    (void)sweep;
    (void)trials;
    return 1.0 +
           count_epsilons(params + EPSILON) * (2.0 + ceil(log2(gauss_newton_pairs(width) + 1.0)));
}

const struct diagnostic_ops DIAGNOSTIC_REMOVABLE = {
    .name = "removable",
    .long_name = "largest set of pairs of blocks that can be removed",
    .stage = DIAGNOSTIC_OF_REFERENCE,
    .needs_gauss_newton = true,
    .params = {{"epsilon", false, 0.01, 1e-9, 1e9, N_EPSILONS, false},
               {"epsilon_2", false, 0.05, 0, 1e9, 0, false},
               {"epsilon_3", false, 0.1, 0, 1e9, 0, false},
               {"epsilon_4", false, 0, 0, 1e9, 0, false},
               {"epsilon_5", false, 0, 0, 1e9, 0, false},
               {"by_metric", true, 0, 0, 1, 0, false}},
    .n_params = N_PARAMS,
    .variables = VARIABLES,
    .rollouts = rollouts,
    .run = run,
};
