#include "support/experiment_case.h"

#include "support/check.h"

#include <stdlib.h>

static struct error error;

const struct experiment_ops EXPERIMENT_IN_MEMORY = {.measure = alone_measure,
                                                    .measure_weights = alone_measure_weights,
                                                    .source = alone_source,
                                                    .add_up = alone_add_up,
                                                    .agree = alone_agree};

double job_value(const struct job_result *result, const char *measure)
{
    assert_true(measure_number(measure) >= 0);
    return result->values[measure_number(measure)];
}

struct experiment_settings experiment_case_settings(enum precision precision)
{
    static const double ALPHAS[EXPERIMENT_CASE_ALPHAS] = {0.5, 0.7, 0.9, 1.0};
    return (struct experiment_settings){.grid = {.alphas = ALPHAS,
                                                 .n_alphas = EXPERIMENT_CASE_ALPHAS,
                                                 .sets = ABLATION_ORDER,
                                                 .n_sets = ABLATION_SET_COUNT},
                                        .epsilon = 0.1,
                                        .precision = precision,
                                        .isa = isa_best()};
}

struct job_result experiment_case_measure(struct experiment_case *test,
                                          const struct removal *removal)
{
    struct job_result result;
    CHECK_OK(experiment_measure(&test->alone.base, removal, 1, &result, &error));
    return result;
}

struct job_result experiment_case_variant(struct experiment_case *test, int variant)
{
    return variant == 0 ? experiment_full_result(&test->alone.base)
                        : experiment_case_measure(test, &test->alone.plan.variants[variant]);
}

void experiment_case_run(struct experiment_case *test, struct trials trials)
{
    CHECK_OK(alone_set_trials(&test->alone, &trials, &error));
    CHECK_OK(alone_run_reference(&test->alone, &error));
    free(test->jobs);
    test->jobs = calloc((size_t)test->alone.plan.n_variants, sizeof *test->jobs);
    assert_non_null(test->jobs);
    for (int i = 0; i < test->alone.plan.n_variants; i++) {
        test->jobs[i] = experiment_case_variant(test, i);
    }
}

void experiment_case_create(struct experiment_case *test, struct network network,
                            struct trials trials, enum precision precision)
{
    const struct experiment_settings settings = experiment_case_settings(precision);
    *test = (struct experiment_case){.alone = alone_begin(&settings, &EXPERIMENT_IN_MEMORY)};
    CHECK_OK(alone_set_network(&test->alone, &network, &(struct network_form){.gates = 1}, &error));
    experiment_case_run(test, trials);
}

void experiment_case_release(struct experiment_case *test)
{
    alone_release(&test->alone);
    assert_null(test->alone.rollout);
    assert_null(test->alone.base.network);
    free(test->jobs);
}
