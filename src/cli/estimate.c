#include "cli/estimate.h"

#include "core/clock.h"
#include "core/memory.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/training/train.h"
#include "store/results_schema.h"
#include "worker/case_data.h"
#include "worker/result_buffer.h"

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

static enum status time_rollout(const struct network *network, const struct case_data *data,
                                double *step_seconds, struct error *error)
{
    struct packed_trials packed;
    struct trials head = data->trials; /* its first steps: the step is the slowest axis */
    head.n_steps = head.n_steps < PILOT_STEPS ? head.n_steps : PILOT_STEPS;
    TRY(packed_trials_create(&packed, &head, data->settings.precision, error));
    const enum status status =
        time_packed(network, &packed, data->settings.isa, step_seconds, error);
    packed_trials_release(&packed);
    return status;
}

static enum status rollout_seconds(struct pilots *pilots, const struct network *network,
                                   const struct case_data *data, double *step_seconds,
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

/* The full model, everything removed, and the other sets once per threshold, or in a profile once
 * per partition, among which are those of the thresholds. */
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
                                       const struct case_data *data, double *step_seconds,
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

/* Without looking at the model, which may not be there. */
static enum status estimate_unseen(struct case_data *data, struct pilots *pilots, int case_index,
                                   const struct team_advice *advice, struct case_estimate *out,
                                   struct error *error)
{
    const struct sweep *const sweep = data->sweep;
    const struct model_spec *const model = &sweep->models[sweep->cases[case_index].model];
    double step_seconds = 0.0;
    TRY(case_data_load_trials(data, case_index, error));
    TRY(unseen_step_seconds(pilots, model, data, &step_seconds, error));
    out->n_rollouts = most_rollouts(sweep, model->n_hidden);
    out->is_bound = true;
    out->seconds = step_seconds * data->trials.n_steps * (double)out->n_rollouts;
    out->memory = case_memory(sweep, case_index, &data->trials);
    if (sweep_needs_team(sweep, case_index)) {
        out->schur_seconds = shared_schur_seconds(sweep, model, advice);
        out->seconds += out->schur_seconds;
    }
    return STATUS_OK;
}

static enum status estimate_case(struct case_data *data, struct pilots *pilots, int case_index,
                                 struct case_estimate *out, struct error *error)
{
    double step_seconds = 0.0;
    const bool cached = data->model == data->sweep->cases[case_index].model;
    const double start = clock_seconds();
    const enum status status = case_data_load_model(data, case_index, error);
    if (status_is_job_failure(status)) {
        return STATUS_OK;
    }
    TRY(status);
    out->schur_seconds = cached ? 0.0 : clock_seconds() - start;
    TRY(case_data_load_trials(data, case_index, error));
    TRY(rollout_seconds(pilots, &data->network, data, &step_seconds, error));
    out->n_rollouts = data->decomposition.plan.n_variants;
    out->seconds =
        out->schur_seconds + step_seconds * data->trials.n_steps * (double)out->n_rollouts;
    out->memory = case_memory(data->sweep, case_index, &data->trials);
    return STATUS_OK;
}

static int64_t file_bytes(const struct sweep *sweep)
{
    hsize_t lengths[AXIS_COUNT];
    int64_t bytes = 0;
    results_axis_lengths(sweep, lengths);
    for (int id = 0; id < VAR_COUNT; id++) {
        int64_t size =
            VARIABLES[id].type == VALUE_TEXT ? 64 : (int64_t)value_size(VARIABLES[id].type);
        for (int i = 0; i < VARIABLES[id].n_axes; i++) {
            size *= (int64_t)lengths[VARIABLES[id].axes[i]];
        }
        bytes += size;
    }
    return bytes;
}

static enum status estimate_cases(struct estimate *estimate, const struct sweep *sweep,
                                  const unsigned char *missing, struct case_data *data,
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
    struct case_data data = case_data_begin(sweep);
    struct pilots pilots = {0};
    *estimate = (struct estimate){.file_bytes = file_bytes(sweep)};
    enum status status =
        memory_array(&estimate->cases, (size_t)sweep->n_cases, sizeof *estimate->cases, error);
    if (status == STATUS_OK) {
        status = team_advice_find(&estimate->team, sweep, error);
    }
    if (status == STATUS_OK) {
        status = estimate_cases(estimate, sweep, missing, &data, &pilots, error);
    }
    case_data_release(&data);
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
