#include "report/dominance.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

/* values[DOMINANT_KNOWN_COUNT, n_cases] receives the shares of the complete models. */
static void collect(struct dominance *dominance, const struct curve *curves,
                    const struct group *group, double *values)
{
    for (int i = 0; i < group->n_cases; i++) {
        const struct curve *const curve = &curves[group->cases[i]];
        double shares[DOMINANT_COUNT];
        curve_shares(curve, WIDE_WINDOW, shares);
        if (shares[DOMINANT_UNKNOWN] > 0.0) {
            dominance->n_incomplete += curve->n > 0;
            continue;
        }
        for (int k = 0; k < DOMINANT_KNOWN_COUNT; k++) {
            values[k * group->n_cases + dominance->n] = shares[k];
        }
        dominance->n++;
    }
}

enum status dominance_find(struct dominance *dominance, const struct curve *curves,
                           const struct group *group, struct error *error)
{
    double *values = NULL;
    *dominance = (struct dominance){0};
    TRY(memory_array2(&values, DOMINANT_KNOWN_COUNT, (size_t)group->n_cases, sizeof *values,
                      error));
    collect(dominance, curves, group, values);
    const int n = dominance->n;
    for (int k = 0; k < DOMINANT_KNOWN_COUNT; k++) {
        double *const own = values + (size_t)k * (size_t)group->n_cases;
        struct share_summary *const summary = &dominance->shares[k];
        summary->sample = statistics_summarise(own, n); /* sorts them */
        summary->least = n > 0 ? own[0] : NAN;
        summary->most = n > 0 ? own[n - 1] : NAN;
    }
    free(values);
    return STATUS_OK;
}

struct agreement_count dominance_at(const struct curve *curves, const struct group *group,
                                    double alpha)
{
    struct agreement_count count = {0};
    for (int i = 0; i < group->n_cases; i++) {
        const struct curve *const curve = &curves[group->cases[i]];
        count.n_near += curve_break_distance(curve, alpha) < NEAR_TIE;
        const int usual = curve_main_dominant(curve, USUAL_WINDOW);
        if (usual == DOMINANT_UNKNOWN) {
            continue;
        }
        const int here = curve->points[curve_point_at(curve, alpha)].dominant;
        count.n += here != DOMINANT_UNKNOWN;
        count.n_same += here == usual;
    }
    return count;
}
