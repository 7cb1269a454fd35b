#include "cli/estimate.h"

#include "cases/cases.h"
#include "core/clock.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/dynamics/packed_trials.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/tasks/task.h"
#include "kernel/training/train.h"
#include "store/results_create.h"

#include <stdlib.h>
#include <string.h>

/* Rollouts of wider models that are not looked at are timed at this width: their matrix is far
 * beyond any cache already, and the time goes with the square of the width. */
enum { PILOT_WIDTH = 4096 };

enum { PILOT_STEPS = 8, PILOT_REPEATS = 2, PILOT_BATCHES = 6 };

/* Time of one step of a kind of work, measured once per kind. */
struct pilot {
    int sizes[5]; /* width, trials, inputs, outputs, steps: 0 where it does not matter */
    bool is_training;
    double step_seconds;
};

/* What estimates are made with: the case opened last, and its trials. */
struct estimator {
    const struct sweep *sweep;
    struct experiment *experiment;
    int model; /* that is open, or -1 */
    struct trials trials;
    bool has_trials;
    int trials_task;
    int trials_model; /* whose own trials they are, or -1 */
};

struct pilots {
    struct pilot *list;
    size_t count;
    size_t capacity;
};

static struct pilot *find_pilot(const struct pilots *pilots, const struct pilot *wanted)
{
    for (size_t i = 0; i < pilots->count; i++) {
        if (pilots->list[i].is_training == wanted->is_training &&
            memcmp(pilots->list[i].sizes, wanted->sizes, sizeof wanted->sizes) == 0) {
            return &pilots->list[i];
        }
    }
    return NULL;
}

static enum status add_pilot(struct pilots *pilots, const struct pilot *pilot, struct error *error)
{
    TRY(memory_reserve(&pilots->list, &pilots->capacity, pilots->count + 1, sizeof *pilot, error));
    pilots->list[pilots->count++] = *pilot;
    return STATUS_OK;
}

static enum status time_packed(const struct network *network, const struct packed_trials *packed,
                               enum isa path, double *step_seconds, struct error *error)
{
    const struct trial_range all = {0, packed->trials->n_trials};
    struct rollout *rollout = NULL;
    struct trial_score *scores = NULL;
    TRY(memory_array(&scores, (size_t)all.count, sizeof *scores, error));
    const enum status status = rollout_create(&rollout, network, packed, path, error);
    for (int i = 0; status == STATUS_OK && i < PILOT_REPEATS; i++) {
        const double start = clock_seconds();
        rollout_score(rollout, all, scores);
        /* The last one counts, with warm caches. */
        *step_seconds = (clock_seconds() - start) / packed->trials->n_steps;
    }
    rollout_destroy(&rollout);
    free(scores);
    return status;
}

static enum status time_rollout(const struct network *network, const struct estimator *data,
                                double *step_seconds, struct error *error)
{
    struct packed_trials packed;
    struct trials head = data->trials; /* its first steps: the step is the slowest axis */
    head.n_steps = head.n_steps < PILOT_STEPS ? head.n_steps : PILOT_STEPS;
    TRY(packed_trials_create(&packed, &head, data->sweep->precision, error));
    const enum status status = time_packed(network, &packed, data->sweep->isa, step_seconds, error);
    packed_trials_release(&packed);
    return status;
}

static enum status rollout_seconds(struct pilots *pilots, const struct network *network,
                                   const struct estimator *data, double *step_seconds,
                                   struct error *error)
{
    const struct trials *const trials = &data->trials;
    struct pilot pilot = {
        .sizes = {network->n_hidden, trials->n_trials, network->n_in, network->n_out, 0}};
    const struct pilot *const known = find_pilot(pilots, &pilot);
    if (known == NULL) {
        TRY(time_rollout(network, data, &pilot.step_seconds, error));
        TRY(add_pilot(pilots, &pilot, error));
    }
    *step_seconds = known == NULL ? pilot.step_seconds : known->step_seconds;
    return STATUS_OK;
}

static bool stop_pilot(void *context, int step, int steps, double loss)
{
    double *const times = context;
    (void)steps;
    (void)loss;
    if (step == 0) {
        times[0] = clock_seconds();
    }
    times[1] = clock_seconds();
    return step < PILOT_BATCHES;
}

/* Seconds of a whole training, from its own first batches at the full horizon. */
static enum status time_training(const struct sweep *sweep, const struct model_spec *model,
                                 double *step_seconds, struct error *error)
{
    const struct task_spec *const task = &sweep->tasks[model->training.task];
    struct training_spec spec = model->training;
    struct training_result result;
    double times[2] = {0.0, 0.0};
    spec.recipe.steps = PILOT_BATCHES + 1; /* the last stage of a curriculum comes last */
    const enum status status = train_model(&spec, model->n_hidden, task_find(task->name),
                                           task->params, stop_pilot, times, &result, error);
    *step_seconds = (times[1] - times[0]) / PILOT_BATCHES;
    if (status == STATUS_OK) {
        training_release(&result);
    }
    return status == STATUS_STOPPED || status_is_job_failure(status) ? STATUS_OK : status;
}

static enum status estimate_training(struct estimate *estimate, struct pilots *pilots,
                                     const struct sweep *sweep, const struct model_spec *model,
                                     struct error *error)
{
    struct pilot pilot = {.sizes = {model->n_hidden, model->training.recipe.batch,
                                    model->training.task, model->training.recipe.horizon,
                                    model->training.recipe.single},
                          .is_training = true};
    const struct pilot *const known = find_pilot(pilots, &pilot);
    if (known == NULL) {
        TRY(time_training(sweep, model, &pilot.step_seconds, error));
        TRY(add_pilot(pilots, &pilot, error));
    }
    const double step_seconds = known == NULL ? pilot.step_seconds : known->step_seconds;
    estimate->n_missing++;
    estimate->training_seconds += step_seconds * model->training.recipe.steps;
    return STATUS_OK;
}

/* Of the rank that needs most for a case: trials, matrices, and rollouts. */
static int64_t case_memory(const struct sweep *sweep, int case_index, const struct trials *trials)
{
    const bool is_shared = sweep_needs_team(sweep, case_index);
    const int n = sweep->models[sweep->cases[case_index].model].n_hidden;
    const int64_t places = (int64_t)trials->n_steps * trials->n_trials;
    const int n_outputs = is_shared ? 2 : 1; /* those of the full model, and their parts */
    const int64_t channels = trials->n_in + (1 + n_outputs) * trials->n_out;
    const double rollouts = (double)rollout_memory(n, trials, sweep->precision);
    return places * channels * (int64_t)sizeof(double) + places +
           (int64_t)packed_trials_memory(trials, sweep->precision) +
           (int64_t)(is_shared ? team_rank_bytes(n, &sweep->team, rollouts)
                               : alone_rank_bytes(n, rollouts));
}

/* Matrices that the sets give at a split after k of n_blocks blocks, of size 1 and coupled all
 * over, beside the full one and that with everything removed, which sets *has_all. Sectors of one
 * block have no coupling inside. */
static int distinct_at(const struct sweep *sweep, int k, int n_blocks, bool *has_all)
{
    const unsigned empty = (k < 2 ? 1u << COUPLING_RR : 0u) |
                           (k == n_blocks ? 1u << COUPLING_CR : 0u) |
                           (k > n_blocks - 2 ? 1u << COUPLING_CC : 0u);
    bool seen[ABLATION_SET_COUNT] = {[ABLATION_NONE] = true};
    int count = 0;
    for (int i = 0; i < sweep->n_ablations; i++) {
        const ablation_set removed = sweep->ablations[i] & ~empty;
        const bool is_all = removed != ABLATION_NONE && removed == (ABLATION_ALL & ~empty);
        count += !is_all && !seen[removed];
        seen[removed] = true;
        *has_all = *has_all || is_all;
    }
    return count;
}

/* The full model, everything removed, and the other sets once per threshold, or with all partitions
 * once per partition, among which are those of the thresholds. */
static int most_rollouts(const struct sweep *sweep, int n_hidden)
{
    bool has_all = false;
    int count = 1;
    for (int k = 1; k <= n_hidden && sweep->n_partitions > 0; k++) {
        count += distinct_at(sweep, k, n_hidden, &has_all);
    }
    if (sweep->n_partitions == 0) {
        count += sweep->n_alphas * distinct_at(sweep, 2, 4, &has_all);
    }
    return count + has_all;
}

/* Of a shared case, whose Schur form is not computed here: of all its ranks together. */
static double shared_schur_seconds(const struct sweep *sweep, const struct model_spec *model,
                                   const struct team_advice *advice)
{
    const double width = (double)model->n_hidden / advice->n_hidden;
    return advice->seconds * sweep->team.n_ranks * width * width * width;
}

/* Of a model that is not looked at. The pilot's recurrent weights are zero, which take as long as
 * any others; beside its trials it needs no more memory than PILOT_WIDTH^2 packed weights. */
static enum status unseen_step_seconds(struct pilots *pilots, const struct model_spec *model,
                                       const struct estimator *data, double *step_seconds,
                                       struct error *error)
{
    const int width = model->n_hidden < PILOT_WIDTH ? model->n_hidden : PILOT_WIDTH;
    const double ratio = (double)model->n_hidden / width;
    struct network blank;
    TRY(network_create_rest(&blank, width, model->n_in, model->n_out, error));
    const enum status status = rollout_seconds(pilots, &blank, data, step_seconds, error);
    network_release(&blank);
    *step_seconds *= ratio * ratio;
    return status;
}

static enum status load_trials(struct estimator *data, int case_index, struct error *error)
{
    const struct case_spec *const spec = &data->sweep->cases[case_index];
    const int owner = spec->task == CASE_TASK_OWN ? spec->model : -1;
    if (data->has_trials && data->trials_task == spec->task && data->trials_model == owner) {
        return STATUS_OK;
    }
    if (data->has_trials) {
        trials_release(&data->trials);
        data->has_trials = false;
    }
    TRY(case_as_job_failure(case_trials_load(data->sweep, spec, &data->trials, error)));
    data->has_trials = true;
    data->trials_task = spec->task;
    data->trials_model = owner;
    return STATUS_OK;
}

/* Rollouts that the diagnostics of a case are worth. */
static double diagnostic_rollouts(const struct sweep *sweep, int n_hidden)
{
    double count = 0.0;
    for (int d = 0; d < sweep->n_diagnostics; d++) {
        const struct diagnostic_ops *const ops = diagnostic_find(sweep->diagnostics[d].name);
        count +=
            ops->rollouts != NULL ? ops->rollouts(n_hidden, sweep->diagnostics[d].params) : 0.0;
    }
    return count;
}

static void price_case(const struct estimator *data, int case_index, int n_rollouts,
                       double step_seconds, struct case_estimate *out)
{
    const struct model_spec *const model =
        &data->sweep->models[data->sweep->cases[case_index].model];
    const double rollouts = n_rollouts + diagnostic_rollouts(data->sweep, model->n_hidden);
    out->n_rollouts = n_rollouts;
    out->seconds = out->schur_seconds + step_seconds * data->trials.n_steps * rollouts;
    out->memory = case_memory(data->sweep, case_index, &data->trials);
}

/* Without looking at the model, which may not be there. */
static enum status estimate_unseen(struct estimator *data, struct pilots *pilots, int case_index,
                                   const struct team_advice *advice, struct case_estimate *out,
                                   struct error *error)
{
    const struct sweep *const sweep = data->sweep;
    const struct model_spec *const model = &sweep->models[sweep->cases[case_index].model];
    double step_seconds = 0.0;
    TRY(load_trials(data, case_index, error));
    TRY(unseen_step_seconds(pilots, model, data, &step_seconds, error));
    out->is_bound = true;
    if (sweep_needs_team(sweep, case_index)) {
        out->schur_seconds = shared_schur_seconds(sweep, model, advice);
    }
    price_case(data, case_index, most_rollouts(sweep, model->n_hidden), step_seconds, out);
    return STATUS_OK;
}

static enum status estimate_case(struct estimator *data, struct pilots *pilots, int case_index,
                                 struct case_estimate *out, struct error *error)
{
    double step_seconds = 0.0;
    const int model = data->sweep->cases[case_index].model;
    const double start = clock_seconds();
    const enum status status =
        data->experiment->ops->open_model(data->experiment, case_index, error);
    if (status_is_job_failure(status)) {
        return STATUS_OK;
    }
    TRY(status);
    out->schur_seconds = data->model == model ? 0.0 : clock_seconds() - start;
    data->model = model;
    TRY(load_trials(data, case_index, error));
    TRY(rollout_seconds(pilots, data->experiment->network, data, &step_seconds, error));
    price_case(data, case_index, data->experiment->plan->n_variants, step_seconds, out);
    return STATUS_OK;
}

static enum status estimate_cases(struct estimate *estimate, const struct sweep *sweep,
                                  const unsigned char *missing, struct estimator *data,
                                  struct pilots *pilots, struct error *error)
{
    for (int i = 0; i < sweep->n_cases; i++) {
        struct case_estimate *const item = &estimate->cases[i];
        const bool is_unseen = missing[sweep->cases[i].model] != 0 || sweep_needs_team(sweep, i);
        TRY(is_unseen ? estimate_unseen(data, pilots, i, &estimate->team, item, error)
                      : estimate_case(data, pilots, i, item, error));
        estimate->has_bounds = estimate->has_bounds || item->is_bound;
        estimate->n_rollouts += item->n_rollouts;
        estimate->seconds += item->seconds;
        if (item->memory > estimate->worker_memory) {
            estimate->worker_memory = item->memory;
        }
    }
    for (int i = 0; i < sweep->n_models; i++) {
        if (missing[i] != 0) {
            TRY(estimate_training(estimate, pilots, sweep, &sweep->models[i], error));
        }
    }
    return STATUS_OK;
}

enum status estimate_create(struct estimate *estimate, const struct sweep *sweep,
                            const unsigned char *missing, struct error *error)
{
    const struct schema schema = diagnostics_schema(sweep);
    struct estimator data = {.sweep = sweep, .model = -1};
    struct pilots pilots = {0};
    *estimate = (struct estimate){0};
    enum status status =
        memory_array(&estimate->cases, (size_t)sweep->n_cases, sizeof *estimate->cases, error);
    if (status == STATUS_OK) {
        status = results_size(sweep, &schema, &estimate->file_bytes, error);
    }
    if (status == STATUS_OK) {
        status = team_advice_find(&estimate->team, sweep, error);
    }
    if (status == STATUS_OK) {
        status = cases_alone(&data.experiment, sweep, error);
    }
    if (status == STATUS_OK) {
        status = estimate_cases(estimate, sweep, missing, &data, &pilots, error);
    }
    if (data.has_trials) {
        trials_release(&data.trials);
    }
    experiment_destroy(data.experiment);
    free(pilots.list);
    if (status != STATUS_OK) {
        estimate_release(estimate);
    }
    return status;
}

void estimate_release(struct estimate *estimate)
{
    free(estimate->cases);
    *estimate = (struct estimate){0};
}
