#include "report/dominance.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum status dominance_find(struct dominance *dominance, const struct case_partitions *of_cases,
                           const struct group *group, struct error *error)
{
    double *values = NULL; /* [DOMINANT_KNOWN_COUNT, n_cases] shares of the complete models */
    *dominance = (struct dominance){0};
    TRY(memory_array2(&values, DOMINANT_KNOWN_COUNT, (size_t)group->n_cases, sizeof *values,
                      error));
    for (int i = 0; i < group->n_cases; i++) {
        const struct case_partitions *const partitions = &of_cases[group->cases[i]];
        double shares[DOMINANT_COUNT];
        partitions_shares(partitions, WIDE_WINDOW, shares);
        if (shares[DOMINANT_UNKNOWN] > 0.0) {
            dominance->n_incomplete += partitions->n > 0;
            continue;
        }
        for (int k = 0; k < DOMINANT_KNOWN_COUNT; k++) {
            values[k * group->n_cases + dominance->n] = shares[k];
        }
        dominance->n++;
    }
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

struct agreement_count dominance_at(const struct case_partitions *of_cases,
                                    const struct group *group, double alpha)
{
    struct agreement_count count = {0};
    for (int i = 0; i < group->n_cases; i++) {
        const struct case_partitions *const partitions = &of_cases[group->cases[i]];
        count.n_near += partitions_break_distance(partitions, alpha) < NEAR_TIE;
        const int usual = partitions_main_dominant(partitions, USUAL_WINDOW);
        if (usual == DOMINANT_UNKNOWN) {
            continue;
        }
        const int here = partitions->list[partitions_at(partitions, alpha)].dominant;
        count.n += here != DOMINANT_UNKNOWN;
        count.n_same += here == usual;
    }
    return count;
}
