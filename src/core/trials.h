/* Trials of a task: what the network gets, what it should give, which steps count. */
#pragma once

#include "core/status.h"

#include <stdint.h>

/* For messages that tell what was expected. */
#define METRIC_NAMES "fvu, accuracy or argmax"

enum metric_kind {
    METRIC_FVU,
    METRIC_ACCURACY, /* outputs that have the sign of their target */
    METRIC_ARGMAX,   /* steps at which the largest output is that of the largest target */
    METRIC_COUNT
};

struct trials {
    int n_steps;
    int n_trials;
    int n_in;
    int n_out;
    int n_hidden;    /* of the networks that they are for; 0: of any, without h0 */
    double *h0;      /* [n_trials, n_hidden] row-major: initial states; NULL: the network's own */
    double *inputs;  /* [n_steps, n_trials, n_in] row-major */
    double *targets; /* [n_steps, n_trials, n_out] row-major */
    double *outputs; /* [n_steps, n_trials, n_out] row-major: what the network has answered
                      * elsewhere, to be compared; NULL: nobody knows */
    unsigned char *mask; /* [n_steps, n_trials] row-major, 1 counted, 0 ignored */
    enum metric_kind metric;
};

/* Inputs and targets zero, every step counted, no h0; released by trials_release. */
MUST_CHECK enum status trials_create(struct trials *trials, int n_steps, int n_trials, int n_in,
                                     int n_out, struct error *error);

/* Adds initial states, zero, for networks of that width. On failure there are none. */
MUST_CHECK enum status trials_add_h0(struct trials *trials, int n_hidden, struct error *error);

/* Adds outputs, zero. On failure there are none. */
MUST_CHECK enum status trials_add_outputs(struct trials *trials, struct error *error);
void trials_release(struct trials *trials);

/* The trials first .. first + count - 1 of others, count > 0; released by trials_release. */
MUST_CHECK enum status trials_part(const struct trials *trials, int first, int count,
                                   struct trials *part, struct error *error);

/* Refuses what no metric is defined on: a NaN or Inf, a mask value other than 0 and 1, no counted
 * step, targets without variance, a counted target of 0 for accuracy. The message names the array
 * and the place. */
MUST_CHECK enum status trials_check(const struct trials *trials, struct error *error);

/* Hash of sizes, metric, mask, every value but outputs, and h0 if there is one. */
MUST_CHECK enum status trials_hash(const struct trials *trials, uint64_t *hash,
                                   struct error *error);

/* Sum over counted steps and channels of (v - mean v)^2, about the means of the channels over these
 * steps, of values[n_steps, n_trials, n_out] row-major. */
MUST_CHECK enum status trials_variation(const struct trials *trials, const double *values,
                                        double *variation, struct error *error);

/* The largest distance of outputs[n_steps, n_trials, n_out] (row-major) from trials->outputs, which
 * must be there, counted step or not, in standard deviations of those about the means of the
 * channels; infinite when it is no number. */
MUST_CHECK enum status trials_compare_outputs(const struct trials *trials, const double *outputs,
                                              double *distance, struct error *error);

/* "fvu", "accuracy" or "argmax". */
const char *metric_kind_name(enum metric_kind metric);

/* The one of that name; false when there is none. */
bool metric_kind_from_name(const char *name, enum metric_kind *metric);

/* How many right answers a counted step can have: one for each output, or one in all. */
int metric_kind_answers(enum metric_kind metric, int n_out);
