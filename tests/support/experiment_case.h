/* A network on trials in memory as an experiment, and the jobs of all its removals. */
#pragma once

#include "kernel/experiment_alone.h"

enum {
    EXPERIMENT_CASE_ALPHAS = 4, /* 0.5, 0.7, 0.9, 1 */
    EXPERIMENT_CASE_JOBS = EXPERIMENT_CASE_ALPHAS * ABLATION_SET_COUNT
};

struct experiment_case {
    struct alone alone;      /* points to itself: must not move */
    struct job_result *jobs; /* [n_variants] */
};

/* The ops of an experiment that opens no files. */
extern const struct experiment_ops EXPERIMENT_IN_MEMORY;

/* All ablation sets, epsilon 0.1. */
struct experiment_settings experiment_case_settings(enum precision precision);

/* Takes network and trials over, and runs all variants. */
void experiment_case_create(struct experiment_case *test, struct network network,
                            struct trials trials, enum precision precision);
void experiment_case_release(struct experiment_case *test);

/* Runs all variants on other trials. */
void experiment_case_run(struct experiment_case *test, struct trials trials);

struct job_result experiment_case_variant(struct experiment_case *test, int variant);
struct job_result experiment_case_measure(struct experiment_case *test,
                                          const struct removal *removal);

/* A measure by its name. */
double job_value(const struct job_result *result, const char *measure);
