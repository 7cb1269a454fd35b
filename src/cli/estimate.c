#include "cli/estimate.h"

#include "cases/cases.h"
#include "cli/training_steps.h"
#include "core/clock.h"
#include "core/memory.h"
#include "kernel/constructions/construction.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/dynamics/packed_trials.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/recipes/recipe.h"
#include "kernel/tasks/task.h"
#include "kernel/training/train.h"
#include "store/results_create.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rollouts of wider models that are not looked at are timed at this width: their matrix is far
 * beyond any cache already, and the time goes with the square of the width. */
enum { PILOT_WIDTH = 4096 };

enum { PILOT_STEPS = 8, PILOT_REPEATS = 4, PILOT_BATCHES = 12 };

/* What the time of a step of time depends on: 0 where it does not matter. */
struct pilot_kind {
    int is_training;
    int n_hidden;
    int n_trials;
    int n_in;
    int n_out;
    int task; /* whose trials are made */
    int is_single;
    int cell;
    int activation;
    int leaks;
    int construction;
    int has_bias;
};

/* Time of one step of time of a kind of work, measured once per kind. */
struct pilot {
    struct pilot_kind kind;
    double step_seconds;
};

/* Equal measurements: other work on the machine makes them longer, never shorter. */
struct timing {
    double least;
    double total;
    int count;
};

static void add_time(struct timing *timing, double seconds)
{
    timing->least = timing->count == 0 || seconds < timing->least ? seconds : timing->least;
    timing->total += seconds;
    timing->count++;
}

/* What estimates are made with: the case opened last, its trials, and what has been timed. */
struct estimator {
    const struct sweep *sweep;
    struct experiment *experiment;
    int model;            /* that is open, or -1 */
    struct trials trials; /* zeroed when none are loaded */
    int trials_task;
    int trials_model; /* whose own trials they are, or -1 */
    struct pilot *pilots;
    size_t n_pilots;
    size_t capacity;
    double measured; /* seconds of all measurements */
    double least;    /* that they would have taken, had all been the least of their kind */
};

/* On the first steps of the trials, which are the slowest axis. */
static enum status time_rollout(const struct network *network, const struct estimator *data,
                                struct timing *timing, struct error *error)
{
    const struct trial_range all = {0, data->trials.n_trials};
    struct packed_trials packed = {0};
    struct rollout *rollout = NULL;
    struct trial_score *scores = NULL;
    struct trials head = data->trials;
    head.n_steps = head.n_steps < PILOT_STEPS ? head.n_steps : PILOT_STEPS;
    TRY(memory_array(&scores, (size_t)all.count, sizeof *scores, error));
    enum status status = packed_trials_create(&packed, &head, data->sweep->precision, error);
    THEN(status, rollout_create(&rollout, network, &packed, data->sweep->isa, error));
    for (int i = 0; status == STATUS_OK && i < PILOT_REPEATS; i++) {
        const double start = clock_seconds();
        rollout_score(rollout, all, scores);
        if (i > 0) { /* the first one only warms the caches */
            add_time(timing, (clock_seconds() - start) / head.n_steps);
        }
    }
    rollout_destroy(&rollout);
    packed_trials_release(&packed);
    free(scores);
    return status;
}

/* Steps of time of a batch at that step of a training, whose horizon may grow. */
static int steps_of_batch(const struct sweep *sweep, const struct training_spec *training, int step)
{
    const struct task_spec *const task = &sweep->tasks[training->task];
    return recipe_shape(&training->recipe, task_find(task->name), task->params, step).n_steps;
}

/* Batches in a row. */
struct batches {
    const struct sweep *sweep;
    const struct training_spec *training;
    double last; /* when the last one ended */
    struct timing timing;
};

static bool stop_pilot(void *context, int step, int steps, double loss)
{
    struct batches *const batches = context;
    const double now = clock_seconds();
    (void)steps;
    (void)loss;
    if (step > 0) {
        add_time(&batches->timing,
                 (now - batches->last) / steps_of_batch(batches->sweep, batches->training, step));
    }
    batches->last = now;
    return step < PILOT_BATCHES;
}

/* From a training's own first batches, the last of which have the full horizon. */
static enum status time_training(const struct sweep *sweep, const struct model_spec *model,
                                 struct timing *timing, struct error *error)
{
    const struct task_spec *const task = &sweep->tasks[model->training.task];
    struct training_spec spec = model->training;
    struct training_result result;
    struct batches batches = {.sweep = sweep, .training = &spec};
    const struct training_watcher watcher = {.go_on = stop_pilot, .context = &batches};
    spec.recipe.steps = PILOT_BATCHES + 1;
    spec.recipe.check = 0;
    const enum status status = train_model(&spec, model->n_hidden, task_find(task->name),
                                           task->params, &watcher, &result, error);
    *timing = batches.timing;
    if (status == STATUS_OK) {
        training_release(&result);
    }
    return status == STATUS_STOPPED || status_is_job_failure(status) ? STATUS_OK : status;
}

static struct pilot_kind kind_of_training(const struct model_spec *model)
{
    const struct training_spec *const training = &model->training;
    struct pilot_kind kind = {.is_training = true,
                              .n_hidden = model->n_hidden,
                              .n_trials = training->recipe.batch,
                              .task = training->task,
                              .is_single = training->recipe.single,
                              .cell = (int)training->cell.kind,
                              .activation = (int)training->cell.activation,
                              .leaks = training->cell.leak != 1.0,
                              .has_bias = training->recipe.bias};
    while (strcmp(CONSTRUCTIONS[kind.construction]->name, training->construction) != 0) {
        kind.construction++;
    }
    return kind;
}

static struct pilot_kind kind_of_rollout(const struct network *network, int n_trials)
{
    return (struct pilot_kind){.n_hidden = network->n_hidden,
                               .n_trials = n_trials,
                               .n_in = network->n_in,
                               .n_out = network->n_out,
                               .cell = (int)network->cell.kind,
                               .activation = (int)network->cell.activation,
                               .leaks = network->cell.leak != 1.0};
}

/* Of rollouts of a network on the loaded trials or, without one, of the training of a model. */
static enum status find_step_seconds(struct estimator *data, const struct network *network,
                                     const struct model_spec *model, double *step_seconds,
                                     struct error *error)
{
    struct pilot pilot = {.kind = network != NULL ? kind_of_rollout(network, data->trials.n_trials)
                                                  : kind_of_training(model)};
    for (size_t i = 0; i < data->n_pilots; i++) {
        if (memcmp(&data->pilots[i].kind, &pilot.kind, sizeof pilot.kind) == 0) {
            *step_seconds = data->pilots[i].step_seconds;
            return STATUS_OK;
        }
    }
    struct timing timing = {0.0, 0.0, 0};
    TRY(network != NULL ? time_rollout(network, data, &timing, error)
                        : time_training(data->sweep, model, &timing, error));
    pilot.step_seconds = timing.least;
    data->measured += timing.total;
    data->least += timing.least * timing.count;
    TRY(memory_reserve(&data->pilots, &data->capacity, data->n_pilots + 1, sizeof pilot, error));
    data->pilots[data->n_pilots++] = pilot;
    *step_seconds = pilot.step_seconds;
    return STATUS_OK;
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

/* The full model, everything removed, and the other sets once per threshold, or with all
 * partitions once per partition, among which are those of the thresholds. */
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

static enum status load_trials(struct estimator *data, int case_index, struct error *error)
{
    const struct case_spec *const spec = &data->sweep->cases[case_index];
    const int owner = spec->task == CASE_TASK_OWN ? spec->model : -1;
    if (data->trials.inputs != NULL && data->trials_task == spec->task &&
        data->trials_model == owner) {
        return STATUS_OK;
    }
    trials_release(&data->trials);
    TRY(case_as_job_failure(case_trials_load(data->sweep, spec, &data->trials, error)));
    data->trials_task = spec->task;
    data->trials_model = owner;
    return STATUS_OK;
}

/* Seconds of its rollouts, of those that its diagnostics are worth, and of the Schur form; bytes.
 */
static void price_case(const struct estimator *data, int case_index, int n_rollouts,
                       double step_seconds, struct case_estimate *out)
{
    const struct sweep *const sweep = data->sweep;
    const struct model_spec *const model = &sweep->models[sweep->cases[case_index].model];
    const int n_hidden = model->n_hidden;
    const int width = sweep_case_width(sweep, case_index);
    const double rollouts = n_rollouts + diagnostics_rollouts(sweep, &data->trials, width);
    const int n_more = gate_set_count(sweep->cases[case_index].form.gates) - 1;
    out->n_rollouts = n_rollouts;
    out->seconds = out->schur_seconds + step_seconds * data->trials.n_steps * rollouts;
    /* Memory of the rank that needs most: trials, matrices, and rollouts. */
    const struct trials *const trials = &data->trials;
    const bool is_shared = sweep_needs_team(sweep, case_index);
    const int64_t places = (int64_t)trials->n_steps * trials->n_trials;
    const int n_outputs = is_shared ? 2 : 1; /* those of the full model, and their parts */
    const int64_t channels = trials->n_in + (1 + n_outputs) * trials->n_out;
    const double of_rollouts =
        (double)rollout_memory(model->cell.kind, n_hidden, trials, sweep->precision);
    /* Matrices of other gates, which every rank has whole. */
    const int n_others = cell_parts(model->cell.kind)->n_gates - 1 - (is_shared ? 0 : n_more);
    out->memory =
        (places * channels + (int64_t)n_others * n_hidden * n_hidden) * (int64_t)sizeof(double) +
        places + (int64_t)packed_trials_memory(trials, sweep->precision) +
        (int64_t)diagnostics_memory(sweep, width) +
        (int64_t)(is_shared ? team_rank_bytes(n_hidden, &sweep->team, of_rollouts) +
                                  n_more * team_rank_bytes(n_hidden, &sweep->team, 0.0)
                            : alone_rank_bytes(width, of_rollouts));
}

/* Without looking at the model, which may not be there. The pilot's recurrent weights are zero,
 * which take as long as any others; beside its trials it needs no more memory than PILOT_WIDTH^2
 * packed weights. */
static enum status estimate_unseen(struct estimator *data, int case_index,
                                   const struct team_advice *advice, struct case_estimate *out,
                                   struct error *error)
{
    const struct sweep *const sweep = data->sweep;
    const struct model_spec *const model = &sweep->models[sweep->cases[case_index].model];
    const int width = model->n_hidden < PILOT_WIDTH ? model->n_hidden : PILOT_WIDTH;
    const double ratio = (double)model->n_hidden / width;
    struct network blank;
    double step_seconds = 0.0;
    TRY(load_trials(data, case_index, error));
    const struct network_shape shape = {model->cell, width, model->n_in, model->n_out};
    TRY(network_create_rest(&blank, &shape, cell_parts(model->cell.kind)->matrix, error));
    const enum status status = find_step_seconds(data, &blank, model, &step_seconds, error);
    network_release(&blank);
    TRY(status);
    out->is_bound = true;
    if (sweep_needs_team(sweep, case_index)) { /* of all its ranks together */
        const double scale = (double)model->n_hidden / advice->n_hidden;
        out->schur_seconds = advice->seconds * sweep->team.n_ranks * scale * scale * scale *
                             gate_set_count(sweep->cases[case_index].form.gates);
    }
    price_case(data, case_index, most_rollouts(sweep, sweep_case_width(sweep, case_index)),
               step_seconds * ratio * ratio, out);
    return STATUS_OK;
}

static enum status estimate_case(struct estimator *data, int case_index, struct case_estimate *out,
                                 struct error *error)
{
    struct experiment *const experiment = data->experiment;
    const int model = data->sweep->cases[case_index].model;
    double step_seconds = 0.0;
    const double start = clock_seconds();
    const enum status status = experiment->ops->open_model(experiment, case_index, error);
    if (status_is_job_failure(status)) {
        return STATUS_OK;
    }
    TRY(status);
    out->schur_seconds = data->model == model ? 0.0 : clock_seconds() - start;
    data->model = model;
    TRY(load_trials(data, case_index, error));
    TRY(find_step_seconds(data, experiment->network, &data->sweep->models[model], &step_seconds,
                          error));
    price_case(data, case_index, experiment->plan->n_variants, step_seconds, out);
    return STATUS_OK;
}

/* What a look at the metric takes, in steps of time of the training: trials that are rolled out
 * once, against a batch that goes forward, back and into the gradient. */
static double check_in_steps(const struct sweep *sweep, const struct training_spec *training)
{
    const struct task_spec *const task = &sweep->tasks[training->task];
    const struct task_ops *const ops = task_find(task->name);
    return ops->params[TASK_PARAM_TRIALS_INDEX].default_value *
           (double)ops->shape(task->params).n_steps / (3.0 * training->recipe.batch);
}

/* Steps of time that a missing model is expected to take, or at most if no other of its kind is
 * there. */
static double expected_steps(struct estimate *estimate, const struct training_steps *taken,
                             int model)
{
    const struct training_spec *const training = &taken->sweep->models[model].training;
    const struct recipe_values *const recipe = &training->recipe;
    double share = 1.0;
    double steps = check_in_steps(taken->sweep, training); /* the last one */
    if (recipe->check > 0) {
        const double known = training_steps_share(taken, model);
        share = isfinite(known) ? known : 1.0;
        steps *= 1.0 + share * recipe->steps / recipe->check;
        estimate->n_stopping++;
        estimate->n_full += !isfinite(known);
    }
    const int n = (int)fmin(ceil(share * recipe->steps), recipe->steps);
    for (int i = 0, end = 0; i < n; i = end) { /* stage by stage: all of its batches are alike */
        end = (int)fmin(recipe_stage_end(recipe, i), n);
        steps += (double)(end - i) * steps_of_batch(taken->sweep, training, i);
    }
    return steps;
}

static enum status price_trainings(struct estimate *estimate, struct estimator *data,
                                   const unsigned char *missing, struct error *error)
{
    const struct sweep *const sweep = data->sweep;
    struct training_steps taken;
    TRY(memory_array(&estimate->model_training_seconds, (size_t)sweep->n_models, sizeof(double),
                     error));
    TRY(training_steps_begin(&taken, sweep, missing, error));
    enum status status = STATUS_OK;
    for (int i = 0; i < sweep->n_models && status == STATUS_OK; i++) {
        double step_seconds = 0.0;
        if (missing[i] != 0) {
            status = find_step_seconds(data, NULL, &sweep->models[i], &step_seconds, error);
            estimate->n_missing++;
            estimate->model_training_seconds[i] =
                step_seconds * expected_steps(estimate, &taken, i);
            estimate->training_seconds += estimate->model_training_seconds[i];
        }
    }
    training_steps_release(&taken);
    return status;
}

static enum status fill(struct estimate *estimate, struct estimator *data,
                        const unsigned char *missing, struct error *error)
{
    const struct sweep *const sweep = data->sweep;
    const struct schema schema = diagnostics_schema(sweep);
    TRY(memory_array(&estimate->cases, (size_t)sweep->n_cases, sizeof *estimate->cases, error));
    TRY(results_size(sweep, &schema, &estimate->file_bytes, error));
    TRY(team_advice_find(&estimate->team, sweep, error));
    TRY(cases_alone(&data->experiment, sweep, error));
    for (int i = 0; i < sweep->n_cases; i++) {
        struct case_estimate *const item = &estimate->cases[i];
        const bool is_unseen = missing[sweep->cases[i].model] != 0 || sweep_needs_team(sweep, i);
        TRY(is_unseen ? estimate_unseen(data, i, &estimate->team, item, error)
                      : estimate_case(data, i, item, error));
        estimate->has_bounds = estimate->has_bounds || item->is_bound;
        estimate->n_rollouts += item->n_rollouts;
        estimate->seconds += item->seconds;
        if (item->memory > estimate->worker_memory) {
            estimate->worker_memory = item->memory;
        }
    }
    TRY(price_trainings(estimate, data, missing, error));
    estimate->slowdown = data->least > 0.0 ? data->measured / data->least : 1.0;
    return STATUS_OK;
}

enum status estimate_create(struct estimate *estimate, const struct sweep *sweep,
                            const unsigned char *missing, struct error *error)
{
    struct estimator data = {.sweep = sweep, .model = -1};
    *estimate = (struct estimate){0};
    const enum status status = fill(estimate, &data, missing, error);
    trials_release(&data.trials);
    experiment_destroy(data.experiment);
    free(data.pilots);
    return status;
}

void estimate_release(struct estimate *estimate)
{
    free(estimate->cases);
    free(estimate->model_training_seconds);
    *estimate = (struct estimate){0};
}
