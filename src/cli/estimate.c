#include "cli/estimate.h"

#include "core/memory.h"
#include "kernel/dynamics/rollout.h"
#include "store/results_schema.h"
#include "worker/case_data.h"
#include "worker/cell_buffer.h"

#include <stdlib.h>

enum { PILOT_STEPS = 8, PILOT_REPEATS = 2 };

/* Time of one step of a rollout of some size, measured once per size. */
struct pilot {
    int n_hidden;
    int n_trials;
    int n_in;
    int n_out;
    double step_seconds;
};

struct pilots {
    struct pilot *list;
    size_t count;
    size_t capacity;
};

static enum status time_steps(const struct case_data *data, double *step_seconds,
                              struct error *error)
{
    struct rollout *rollout = NULL;
    double *outputs = NULL;
    struct trials head = data->trials; /* its first steps: the step is the slowest axis */
    head.n_steps = head.n_steps < PILOT_STEPS ? head.n_steps : PILOT_STEPS;
    const size_t places = (size_t)head.n_steps * (size_t)head.n_trials;
    TRY(memory_matrix(&outputs, places, (size_t)head.n_out, sizeof *outputs, error));
    enum status status =
        rollout_create(&rollout, &data->network, &head, data->settings.precision, error);
    for (int i = 0; status == STATUS_OK && i < PILOT_REPEATS; i++) {
        const double start = worker_clock();
        status = rollout_run(rollout, data->network.weight_hh, outputs, error);
        *step_seconds = (worker_clock() - start) / head.n_steps; /* the last, with warm caches */
    }
    rollout_destroy(&rollout);
    free(outputs);
    return status_is_job_failure(status) ? STATUS_OK : status;
}

static enum status find_pilot(struct pilots *pilots, const struct case_data *data,
                              double *step_seconds, struct error *error)
{
    struct pilot pilot = {data->network.n_hidden, data->trials.n_trials, data->network.n_in,
                          data->network.n_out, 0.0};
    for (size_t i = 0; i < pilots->count; i++) {
        const struct pilot *const known = &pilots->list[i];
        if (known->n_hidden == pilot.n_hidden && known->n_trials == pilot.n_trials &&
            known->n_in == pilot.n_in && known->n_out == pilot.n_out) {
            *step_seconds = known->step_seconds;
            return STATUS_OK;
        }
    }
    TRY(time_steps(data, &pilot.step_seconds, error));
    TRY(memory_reserve(&pilots->list, &pilots->capacity, pilots->count + 1, sizeof pilot, error));
    pilots->list[pilots->count++] = pilot;
    *step_seconds = pilot.step_seconds;
    return STATUS_OK;
}

/* The arrays of network, Schur form, analysis, trials and rollout together. */
static int64_t case_memory(const struct case_data *data)
{
    const int64_t n = data->network.n_hidden;
    const int64_t places = (int64_t)data->trials.n_steps * data->trials.n_trials;
    const int64_t channels = data->trials.n_in + 3 * (int64_t)data->trials.n_out;
    return 8 * (8 * n * n + places * channels) + places +
           (int64_t)rollout_memory((int)n, data->trials.n_in, data->trials.n_out,
                                   data->settings.precision);
}

static enum status estimate_case(struct case_data *data, struct pilots *pilots, int case_index,
                                 struct case_estimate *out, struct error *error)
{
    double step_seconds = 0.0;
    const bool cached = data->model == data->sweep->cases[case_index].model;
    const double start = worker_clock();
    const enum status status = case_data_load_model(data, case_index, error);
    if (status_is_job_failure(status)) {
        return STATUS_OK;
    }
    TRY(status);
    out->schur_seconds = cached ? 0.0 : worker_clock() - start;
    TRY(case_data_load_trials(data, case_index, error));
    TRY(find_pilot(pilots, data, &step_seconds, error));
    out->n_rollouts = data->decomposition.plan.n_variants;
    out->seconds =
        out->schur_seconds + step_seconds * data->trials.n_steps * (double)out->n_rollouts;
    out->memory = case_memory(data);
    return STATUS_OK;
}

static int64_t file_bytes(const struct sweep *sweep)
{
    hsize_t lengths[AXIS_COUNT];
    int64_t bytes = 0;
    results_axis_lengths(sweep, lengths);
    for (int id = 0; id < VAR_COUNT; id++) {
        int64_t size = VARIABLES[id].type == VALUE_TEXT ? 64 : (int64_t)value_size(VARIABLES[id].type);
        for (int i = 0; i < VARIABLES[id].n_axes; i++) {
            size *= (int64_t)lengths[VARIABLES[id].axes[i]];
        }
        bytes += size;
    }
    return bytes;
}

static void add_up(struct estimate *estimate, const struct case_estimate *item)
{
    estimate->n_rollouts += item->n_rollouts;
    estimate->seconds += item->seconds;
    if (item->memory > estimate->worker_memory) {
        estimate->worker_memory = item->memory;
    }
}

enum status estimate_create(struct estimate *estimate, const struct sweep *sweep,
                            struct error *error)
{
    struct case_data data = case_data_begin(sweep);
    struct pilots pilots = {0};
    *estimate = (struct estimate){.file_bytes = file_bytes(sweep)};
    enum status status = memory_array(&estimate->cases, (size_t)sweep->n_cases,
                                      sizeof *estimate->cases, error);
    for (int i = 0; status == STATUS_OK && i < sweep->n_cases; i++) {
        status = estimate_case(&data, &pilots, i, &estimate->cases[i], error);
        add_up(estimate, &estimate->cases[i]);
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
