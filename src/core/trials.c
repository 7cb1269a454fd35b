#include "core/trials.h"

#include "core/hash.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t step_count(const struct trials *trials)
{
    return (size_t)trials->n_steps * (size_t)trials->n_trials;
}

enum status trials_create(struct trials *trials, int n_steps, int n_trials, int n_in, int n_out,
                          struct error *error)
{
    *trials =
        (struct trials){.n_steps = n_steps, .n_trials = n_trials, .n_in = n_in, .n_out = n_out};
    const size_t steps = step_count(trials);
    enum status status = memory_array2(&trials->inputs, steps, (size_t)n_in, sizeof(double), error);
    THEN(status, memory_array2(&trials->targets, steps, (size_t)n_out, sizeof(double), error));
    THEN(status, memory_array(&trials->mask, steps, 1, error));
    if (status != STATUS_OK) {
        trials_release(trials);
        return status;
    }
    memset(trials->mask, 1, steps);
    return STATUS_OK;
}

enum status trials_add_h0(struct trials *trials, int n_hidden, struct error *error)
{
    TRY(memory_array2(&trials->h0, (size_t)trials->n_trials, (size_t)n_hidden, sizeof(double),
                      error));
    trials->n_hidden = n_hidden;
    return STATUS_OK;
}

enum status trials_add_outputs(struct trials *trials, struct error *error)
{
    return memory_array2(&trials->outputs, step_count(trials), (size_t)trials->n_out,
                         sizeof(double), error);
}

void trials_release(struct trials *trials)
{
    free(trials->outputs);
    free(trials->h0);
    free(trials->inputs);
    free(trials->targets);
    free(trials->mask);
    *trials = (struct trials){0};
}

/* Copies columns first .. of [n_steps, n_trials, width] bytes. */
static void copy_columns(const struct trials *trials, const struct trials *part, int first,
                         size_t width, const void *from, void *to)
{
    const size_t row = (size_t)part->n_trials * width;
    for (size_t step = 0; step < (size_t)trials->n_steps; step++) {
        const size_t begin = (step * (size_t)trials->n_trials + (size_t)first) * width;
        memcpy((char *)to + step * row, (const char *)from + begin, row);
    }
}

enum status trials_part(const struct trials *trials, int first, int count, struct trials *part,
                        struct error *error)
{
    TRY(trials_create(part, trials->n_steps, count, trials->n_in, trials->n_out, error));
    const size_t in = (size_t)trials->n_in * sizeof(double);
    const size_t out = (size_t)trials->n_out * sizeof(double);
    copy_columns(trials, part, first, in, trials->inputs, part->inputs);
    copy_columns(trials, part, first, out, trials->targets, part->targets);
    copy_columns(trials, part, first, 1, trials->mask, part->mask);
    part->metric = trials->metric;
    enum status status =
        trials->h0 != NULL ? trials_add_h0(part, trials->n_hidden, error) : STATUS_OK;
    if (status == STATUS_OK && trials->h0 != NULL) {
        const size_t width = (size_t)trials->n_hidden;
        memcpy(part->h0, trials->h0 + (size_t)first * width,
               (size_t)count * width * sizeof *part->h0);
    }
    if (status == STATUS_OK && trials->outputs != NULL) {
        status = trials_add_outputs(part, error);
    }
    if (status != STATUS_OK) {
        trials_release(part);
    } else if (trials->outputs != NULL) {
        copy_columns(trials, part, first, out, trials->outputs, part->outputs);
    }
    return status;
}

static enum status check_finite(const struct trials *trials, const char *name, const double *values,
                                int n_channels, struct error *error)
{
    const size_t n_values = step_count(trials) * (size_t)n_channels;
    for (size_t i = 0; i < n_values; i++) {
        if (!isfinite(values[i])) {
            const size_t step = i / (size_t)n_channels;
            return error_set(error, STATUS_INPUT,
                             "%s[%zu, %zu, %zu] is %g, expected a finite number", name,
                             step / (size_t)trials->n_trials, step % (size_t)trials->n_trials,
                             i % (size_t)n_channels, values[i]);
        }
    }
    return STATUS_OK;
}

/* Signs are answers only where targets have one, and the largest output is one where one target is
 * larger than all others. */
static enum status check_answers(const struct trials *trials, const double *values,
                                 struct error *error)
{
    const size_t n_out = (size_t)trials->n_out;
    const size_t step = (size_t)(values - trials->targets) / n_out;
    size_t largest = 0;
    size_t n_largest = 0;
    for (size_t k = 0; k < n_out; k++) {
        if (trials->metric == METRIC_ACCURACY && values[k] == 0.0) {
            return error_set(
                error, STATUS_INPUT,
                "targets[%zu, %zu, %zu] is 0, expected a sign where accuracy counts: "
                "make targets of 0 and 1 signs with 2 y - 1, or take the metric argmax "
                "for classes",
                step / (size_t)trials->n_trials, step % (size_t)trials->n_trials, k);
        }
        largest = values[k] > values[largest] ? k : largest;
    }
    for (size_t k = 0; k < n_out; k++) {
        n_largest += values[k] == values[largest];
    }
    return trials->metric == METRIC_ACCURACY || n_largest == 1
               ? STATUS_OK
               : error_set(error, STATUS_INPUT,
                           "targets[%zu, %zu, %zu] is %g, as another target of that step is, "
                           "expected one largest where argmax counts (mask steps without a class)",
                           step / (size_t)trials->n_trials, step % (size_t)trials->n_trials,
                           largest, values[largest]);
}

static enum status check_metric(const struct trials *trials, struct error *error)
{
    if (trials->metric == METRIC_ARGMAX && trials->n_out < 2) {
        return error_set(error, STATUS_INPUT,
                         "%d output, expected at least 2 classes for the metric argmax (accuracy "
                         "is about signs)",
                         trials->n_out);
    }
    for (size_t i = 0; i < step_count(trials) && trials->metric != METRIC_FVU; i++) {
        if (trials->mask[i] != 0) {
            TRY(check_answers(trials, trials->targets + i * (size_t)trials->n_out, error));
        }
    }
    return STATUS_OK;
}

/* The rounding of a mean would leave constant targets some variation, so values are compared. */
static bool targets_differ(const struct trials *trials)
{
    const size_t n_out = (size_t)trials->n_out;
    const double *first = NULL; /* counted place */
    for (size_t i = 0; i < step_count(trials); i++) {
        if (trials->mask[i] == 0) {
            continue;
        }
        const double *const values = trials->targets + i * n_out;
        first = first == NULL ? values : first;
        for (size_t k = 0; k < n_out; k++) {
            if (values[k] != first[k]) {
                return true;
            }
        }
    }
    return false;
}

enum status trials_check(const struct trials *trials, struct error *error)
{
    size_t counted = 0;
    double variation = 0.0;
    TRY(check_finite(trials, "inputs", trials->inputs, trials->n_in, error));
    TRY(check_finite(trials, "targets", trials->targets, trials->n_out, error));
    if (trials->outputs != NULL) {
        TRY(check_finite(trials, "outputs", trials->outputs, trials->n_out, error));
    }
    for (size_t i = 0; i < (size_t)trials->n_trials * (size_t)trials->n_hidden; i++) {
        if (!isfinite(trials->h0[i])) {
            return error_set(error, STATUS_INPUT, "h0[%zu, %zu] is %g, expected a finite number",
                             i / (size_t)trials->n_hidden, i % (size_t)trials->n_hidden,
                             trials->h0[i]);
        }
    }
    for (size_t i = 0; i < step_count(trials); i++) {
        if (trials->mask[i] > 1) {
            return error_set(error, STATUS_INPUT, "mask[%zu, %zu] is %d, expected 0 or 1",
                             i / (size_t)trials->n_trials, i % (size_t)trials->n_trials,
                             trials->mask[i]);
        }
        counted += trials->mask[i];
    }
    if (counted == 0) {
        return error_set(error, STATUS_INPUT, "mask is 0 everywhere, expected a counted step");
    }
    TRY(check_metric(trials, error));
    if (!targets_differ(trials)) {
        return error_set(error, STATUS_INPUT,
                         "targets are constant over the counted steps, expected some variance "
                         "(FVU divides by it)");
    }
    TRY(trials_variation(trials, trials->targets, &variation, error));
    if (!isfinite(variation) || !(variation > 0.0)) {
        return error_set(error, STATUS_INPUT,
                         "targets vary by %g over the counted steps, expected a finite variance "
                         "above 0 (FVU divides by it)",
                         variation);
    }
    return STATUS_OK;
}

enum status trials_hash(const struct trials *trials, uint64_t *hash, struct error *error)
{
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    const size_t steps = step_count(trials);
    hasher_u64(hasher, (uint64_t)trials->n_steps);
    hasher_u64(hasher, (uint64_t)trials->n_trials);
    hasher_u64(hasher, (uint64_t)trials->n_in);
    hasher_u64(hasher, (uint64_t)trials->n_out);
    hasher_u64(hasher, (uint64_t)trials->metric);
    hasher_doubles(hasher, trials->inputs, steps * (size_t)trials->n_in);
    hasher_doubles(hasher, trials->targets, steps * (size_t)trials->n_out);
    hasher_bytes(hasher, trials->mask, steps);
    if (trials->h0 != NULL) {
        hasher_u64(hasher, (uint64_t)trials->n_hidden);
        hasher_doubles(hasher, trials->h0, (size_t)trials->n_trials * (size_t)trials->n_hidden);
    }
    *hash = hasher_digest64(hasher);
    hasher_destroy(&hasher);
    return STATUS_OK;
}

enum status trials_variation(const struct trials *trials, const double *values, double *variation,
                             struct error *error)
{
    const size_t n_out = (size_t)trials->n_out;
    double *mean = NULL;
    double counted = 0.0;
    TRY(memory_array(&mean, n_out, sizeof *mean, error));
    for (size_t i = 0; i < step_count(trials); i++) {
        counted += trials->mask[i] != 0 ? 1.0 : 0.0;
        for (size_t k = 0; trials->mask[i] != 0 && k < n_out; k++) {
            mean[k] += values[i * n_out + k];
        }
    }
    *variation = 0.0;
    for (size_t k = 0; k < n_out; k++) {
        mean[k] /= counted;
    }
    for (size_t i = 0; i < step_count(trials); i++) {
        for (size_t k = 0; trials->mask[i] != 0 && k < n_out; k++) {
            const double difference = values[i * n_out + k] - mean[k];
            *variation += difference * difference;
        }
    }
    free(mean);
    return STATUS_OK;
}

/* Standard deviation of all outputs about the means of the channels; 1 of constant ones. */
static enum status scale_of(const struct trials *trials, double *scale, struct error *error)
{
    struct trials all = *trials; /* every step counts */
    double variation = 0.0;
    const size_t n_steps = (size_t)trials->n_steps * (size_t)trials->n_trials;
    TRY(memory_array(&all.mask, n_steps, 1, error));
    for (size_t i = 0; i < n_steps; i++) {
        all.mask[i] = 1;
    }
    const enum status status = trials_variation(&all, trials->outputs, &variation, error);
    free(all.mask);
    *scale = sqrt(variation / (double)(n_steps * (size_t)trials->n_out));
    *scale = *scale > 0.0 ? *scale : 1.0;
    return status;
}

enum status trials_compare_outputs(const struct trials *trials, const double *outputs,
                                   double *distance, struct error *error)
{
    const size_t count = (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out;
    double scale = 1.0;
    double largest = 0.0;
    TRY(scale_of(trials, &scale, error));
    for (size_t i = 0; i < count; i++) {
        const double one = fabs(outputs[i] - trials->outputs[i]);
        largest = !isfinite(one) ? (double)INFINITY : fmax(largest, one);
    }
    *distance = largest / scale;
    return STATUS_OK;
}

static const char *const METRICS[METRIC_COUNT] = {
    [METRIC_FVU] = "fvu", [METRIC_ACCURACY] = "accuracy", [METRIC_ARGMAX] = "argmax"};

const char *metric_kind_name(enum metric_kind metric)
{
    return METRICS[metric];
}

bool metric_kind_from_name(const char *name, enum metric_kind *metric)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        if (strcmp(name, METRICS[i]) == 0) {
            *metric = (enum metric_kind)i;
            return true;
        }
    }
    return false;
}

int metric_kind_answers(enum metric_kind metric, int n_out)
{
    return metric == METRIC_ARGMAX ? 1 : n_out;
}
