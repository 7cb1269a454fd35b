/* Built-in tasks: distributions of trials. A task is one const struct in one file; task_list.c
 * names them all. */
#pragma once

#include "core/param.h"
#include "core/rng.h"
#include "core/status.h"
#include "core/sweep.h"
#include "core/trials.h"

/* The first parameter of every task: how many held-out trials. */
#define TASK_PARAM_TRIALS(count)                                                                   \
    {                                                                                              \
        "trials", true, count, 1, 1 << 20, 0, false                                                \
    }
enum { TASK_PARAM_TRIALS_INDEX = 0 };

/* How many copies of the task a network has at once, each with inputs and outputs of its own. */
#define TASK_PARAM_CHANNELS                                                                        \
    {                                                                                              \
        "channels", true, 1, 1, 256, 0, false                                                      \
    }
#define TASK_PARAM_CHANNELS_LATER                                                                  \
    {                                                                                              \
        "channels", true, 1, 1, 256, 0, true                                                       \
    }

struct task_shape {
    int n_steps;
    int n_in;
    int n_out;
};

/* One trial to fill; inputs and targets arrive zero, the mask arrives 1. */
struct task_trial {
    double *inputs;      /* [n_steps, n_in] row-major */
    double *targets;     /* [n_steps, n_out] row-major */
    unsigned char *mask; /* [n_steps] */
};

struct task_ops {
    const char *name;
    enum metric_kind metric;
    int n_params;
    struct param_spec params[PARAMS_MAX];
    int horizon_param;    /* how many steps are answered, which training may shorten; 0: none */
    int horizon_at_least; /* parameter that the horizon must not fall below; 0: none */
    double target;        /* metric from which on a trained model has converged */
    struct task_shape (*shape)(const double *params);
    /* Draws every random number of the trial from `rng`. */
    void (*generate)(const double *params, struct rng *rng, const struct task_trial *trial);
};

/* All tasks, NULL at the end. */
extern const struct task_ops *const TASKS[];

/* The task of that name, or NULL. What follows a dot tells variants of one task apart, which differ
 * by their parameters: "sine.3" is a sine. */
const struct task_ops *task_find(const char *name);

/* The same where it must be there: STATUS_INPUT when a file from elsewhere names one that is not.
 */
MUST_CHECK enum status task_require(const char *name, const struct task_ops **task,
                                    struct error *error);

/* Default values of the parameters, params[PARAMS_MAX]; unused ones are 0. */
void task_default_params(const struct task_ops *task, double *params);

/* Parameters as a results file has them, which may be older than the last of them. */
void task_complete_params(const struct task_ops *task, const double *stored, double *params);

/* Whether parameter i with this value is part of what identifies trials, models and studies. */
bool task_param_counts(const struct task_ops *task, int i, double value);

/* Key of the held-out trials: depends on the study's seed, the task's name and its parameters
 * except `trials`, so that trial i is the same however many there are. */
MUST_CHECK enum status task_held_out_key(const struct task_ops *task, const double *params,
                                         int64_t study_seed, struct rng_key *key,
                                         struct error *error);

/* Room for one trial of that shape; released by task_trial_release, which accepts a zeroed one.
 * STATUS_INTERNAL without memory. Local. */
MUST_CHECK enum status task_trial_create(struct task_trial *trial, struct task_shape shape,
                                         struct error *error);
void task_trial_release(struct task_trial *trial);

/* The trial of a stream; `shape` is that of the parameters. Local. */
void task_trial_generate(const struct task_ops *task, const double *params, struct task_shape shape,
                         struct rng_key key, uint64_t stream, const struct task_trial *trial);
/* Hash of all that determines the held-out trials of a task, built in or from a file, in a study of
 * that seed: equal identity, equal trials. */
MUST_CHECK enum status task_identity(const struct task_spec *task, int64_t study_seed,
                                     uint64_t *identity, struct error *error);

/* Makes trials 0 .. n_trials-1 of the streams (key, first_stream + i). Released by
 * trials_release. STATUS_INPUT for a parameter beyond its limits. Local. */
MUST_CHECK enum status task_generate(const struct task_ops *task, const double *params,
                                     struct rng_key key, uint64_t first_stream, int n_trials,
                                     struct trials *trials, struct error *error);
