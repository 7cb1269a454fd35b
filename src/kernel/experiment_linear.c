/* What an experiment tells by linear algebra: its Gauss-Newton form, and tangents. */
#include "core/memory.h"
#include "kernel/experiment.h"
#include "kernel/gauss_newton/tangent.h"

#include <math.h>
#include <stdlib.h>

enum { TANGENT_TRIALS = 64, TANGENT_BYTES = 32 * 1024 * 1024 };

/* Exact unless that costs too much; the same on all ranks. */
static enum status choose(const struct experiment *experiment,
                          const struct gauss_newton_source *source, bool *is_exact,
                          struct error *error)
{
    double flops = gauss_newton_flops(source->trials, source->network->n_hidden);
    TRY(experiment->ops->add_up(experiment, &flops, 1, error));
    *is_exact = experiment->choice == GAUSS_NEWTON_EXACT ||
                (experiment->choice == GAUSS_NEWTON_BY_PRICE && flops <= GAUSS_NEWTON_FLOPS);
    return STATUS_OK;
}

static enum status make(struct experiment *experiment, struct gauss_newton *gn, struct error *error)
{
    struct gauss_newton_source source;
    bool is_exact = true;
    TRY(experiment->ops->source(experiment, &source, error));
    source.go_on = experiment->go_on; /* a rank that is told to stop tells the others in the end */
    source.context = experiment->go_on_context;
    TRY(choose(experiment, &source, &is_exact, error));
    enum status status = gauss_newton_create(gn, &source, is_exact, error);
    THEN(status, gauss_newton_add(gn, &source, error));
    TRY(experiment->ops->agree(experiment, status, error));
    TRY(experiment->ops->add_up(experiment, gn->sums, gn->n_sums, error));
    gauss_newton_finish(gn);
    return STATUS_OK;
}

enum status experiment_gauss_newton(struct experiment *experiment, const struct gauss_newton **gn,
                                    struct error *error)
{
    enum status status = STATUS_OK;
    if (experiment->gauss_newton == NULL) {
        status =
            memory_array(&experiment->gauss_newton, 1, sizeof *experiment->gauss_newton, error);
        status = experiment->ops->agree(experiment, status, error);
        THEN(status, make(experiment, experiment->gauss_newton, error));
        if (status != STATUS_OK) {
            experiment_forget(experiment);
        }
    }
    *gn = experiment->gauss_newton;
    return status;
}

/* Scratch for changes of the weights. */
struct change {
    double *t;    /* [n, n] column-major: what is taken out of T */
    double *work; /* [n, n] */
    double *w;    /* [n, n] row-major: Q t Q' */
};

static void weigh(const struct schur *form, const struct removal *removal,
                  const struct change *change)
{
    const size_t count = (size_t)form->n * (size_t)form->n;
    removal_apply(removal, form, change->t);
    for (size_t i = 0; i < count; i++) {
        change->t[i] = form->t[i] - change->t[i];
    }
    removal_weights(form, change->t, change->work, change->w);
}

static enum status add_piece(const struct gauss_newton_source *source,
                             const struct linearisation *linear, const struct change *change,
                             const struct removal *removals, int count, double *squares,
                             struct error *error)
{
    for (int i = 0; i < count; i++) {
        double square = 0.0;
        weigh(source->form, &removals[i], change);
        TRY(tangent_squares(linear, source->gates, change->w, &square, error));
        squares[i] += square / source->full_variation;
    }
    return STATUS_OK;
}

static enum status add_trials(const struct gauss_newton_source *source, const struct change *change,
                              const struct removal *removals, int count, double *squares,
                              struct error *error)
{
    const int n_trials = source->trials->n_trials;
    struct linearisation linear;
    TRY(linearisation_create(&linear, source->network, source->trials, source->isa, TANGENT_TRIALS,
                             TANGENT_BYTES, error));
    enum status status = STATUS_OK;
    for (int first = 0; first < n_trials && status == STATUS_OK;) {
        const int done = linearisation_move(&linear, first, 1, n_trials - first);
        status = source->go_on != NULL ? source->go_on(source->context, error) : STATUS_OK;
        THEN(status, add_piece(source, &linear, change, removals, count, squares, error));
        first += done;
    }
    linearisation_release(&linear);
    return status;
}

enum status experiment_tangents(struct experiment *experiment, const struct removal *removals,
                                int count, double *squares, struct error *error)
{
    struct gauss_newton_source source;
    struct change change = {0};
    TRY(experiment->ops->source(experiment, &source, error));
    source.go_on = experiment->go_on;
    source.context = experiment->go_on_context;
    const size_t n = (size_t)source.form->n;
    for (int i = 0; i < count; i++) {
        squares[i] = 0.0;
    }
    enum status status = memory_array2(&change.t, n, n, sizeof(double), error);
    THEN(status, memory_array2(&change.work, n, n, sizeof(double), error));
    THEN(status, memory_array2(&change.w, n, n, sizeof(double), error));
    THEN(status, add_trials(&source, &change, removals, count, squares, error));
    free(change.t);
    free(change.work);
    free(change.w);
    TRY(experiment->ops->agree(experiment, status, error));
    return experiment->ops->add_up(experiment, squares, (size_t)count, error);
}

/* Together, so that trials are linearised once. */
static enum status find_tangents(struct experiment *experiment, struct removal *removals,
                                 double *squares, struct error *error)
{
    const struct ablation_plan *const plan = experiment->plan;
    const int n_jobs = plan->n_alphas * plan->n_sets;
    int count = 0;
    for (int v = 1; v < plan->n_variants; v++) { /* the first removes nothing */
        if (ablation_plan_job(plan, v) < n_jobs) {
            removals[count++] = plan->variants[v];
        }
    }
    TRY(experiment_tangents(experiment, removals, count, squares, error));
    for (int v = plan->n_variants; v-- > 1;) { /* to their places, none of which is before */
        squares[v] = ablation_plan_job(plan, v) < n_jobs ? squares[--count] : NAN;
    }
    squares[0] = 0.0;
    return STATUS_OK;
}

static enum status make_tangents(struct experiment *experiment, struct error *error)
{
    const size_t n_variants = (size_t)experiment->plan->n_variants;
    struct removal *removals = NULL;
    enum status status = memory_array(&removals, n_variants, sizeof *removals, error);
    THEN(status, memory_array(&experiment->tangents, n_variants, sizeof(double), error));
    status = experiment->ops->agree(experiment, status, error);
    THEN(status, find_tangents(experiment, removals, experiment->tangents, error));
    free(removals);
    if (status != STATUS_OK) {
        free(experiment->tangents);
        experiment->tangents = NULL;
    }
    return status;
}

enum status experiment_predict(struct experiment *experiment, int variant, double *square,
                               struct error *error)
{
    const struct removal *const removal = &experiment->plan->variants[variant];
    const struct gauss_newton *gn = NULL;
    TRY(experiment_gauss_newton(experiment, &gn, error));
    if (gn->n_probes == 0) {
        *square = gauss_newton_set_square(gn, removal->n_blocks, removal->set, NULL);
        return STATUS_OK;
    }
    if (experiment->tangents == NULL) {
        TRY(make_tangents(experiment, error));
    }
    *square = experiment->tangents[variant];
    return STATUS_OK;
}
