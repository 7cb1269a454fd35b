#include "report/reasons.h"

#include "core/memory.h"
#include "report/effect.h"
#include "report/statistics.h"

#include <math.h>
#include <stdlib.h>

static const double SMALL = 0.25; /* of exposure and visibility */
static const double LESS = 0.5;   /* of coordination */
static const double MORE = 2.0;

const char *reason_text(enum reason reason)
{
    static const char *const TEXTS[REASON_COUNT] = {[REASON_UNKNOWN] = "",
                                                    [REASON_UNDECIDED] = "undecided",
                                                    [REASON_IDLE] = "idle",
                                                    [REASON_UNSEEN] = "unseen",
                                                    [REASON_TOLERATED] = "tolerated",
                                                    [REASON_FRAGILE] = "fragile",
                                                    [REASON_SUBSPACE] = "as its subspace says"};
    return TEXTS[reason];
}

const char *reason_explanation(enum reason reason)
{
    const bool is_subspace =
        reason == REASON_IDLE || reason == REASON_UNSEEN || reason == REASON_SUBSPACE;
    const bool is_coupling = reason == REASON_TOLERATED || reason == REASON_FRAGILE;
    return is_subspace ? "subspace" : is_coupling ? "coupling" : "";
}

static bool crosses(const struct factor *factor, double limit)
{
    return factor->low < limit && factor->high >= limit;
}

enum reason reason_of(const struct reasons *reasons)
{
    const struct factor *const coordination = &reasons->coordination;
    if (reasons->n < REASON_LEAST) {
        return reasons->n > 0 ? REASON_UNDECIDED : REASON_UNKNOWN;
    }
    if (reasons->exposure.high < SMALL) {
        return REASON_IDLE;
    }
    if (reasons->visibility.high < SMALL) {
        return REASON_UNSEEN;
    }
    if (crosses(&reasons->exposure, SMALL) || crosses(&reasons->visibility, SMALL)) {
        return REASON_UNDECIDED;
    }
    return coordination->high < LESS                                  ? REASON_TOLERATED
           : coordination->low > MORE                                 ? REASON_FRAGILE
           : crosses(coordination, LESS) || coordination->high > MORE ? REASON_UNDECIDED
                                                                      : REASON_SUBSPACE;
}

static struct factor summarise(const struct study_data *data, const struct group *group, int alpha,
                               int set, const char *name, double *values, int *n)
{
    struct factor factor;
    *n = 0;
    for (int i = 0; i < group->n_cases; i++) {
        const int c = group->cases[i];
        const double value =
            study_real(data, name, c, (size_t)alpha * (size_t)data->n_sets + (size_t)set);
        if (!isnan(value) && !effect_is_empty(data, c, alpha, set)) {
            values[(*n)++] = value;
        }
    }
    statistics_sort(values, *n);
    factor.median = statistics_quantile(values, *n, 0.5);
    statistics_median_interval(values, *n, &factor.low, &factor.high);
    return factor;
}

enum status reasons_find(struct reasons *reasons, const struct study_data *data,
                         const struct group *group, int alpha, int set, struct error *error)
{
    double *values = NULL;
    TRY(memory_array(&values, (size_t)group->n_cases, sizeof *values, error));
    reasons->exposure = summarise(data, group, alpha, set, "exposure", values, &reasons->n);
    reasons->visibility = summarise(data, group, alpha, set, "visibility", values, &reasons->n);
    reasons->coordination = summarise(data, group, alpha, set, "coordination", values, &reasons->n);
    reasons->reason = reason_of(reasons);
    free(values);
    return STATUS_OK;
}
