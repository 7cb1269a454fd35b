/* What one case leaves beside its jobs, as the results file wants it. */
#ifndef SCHURSWEEP_WORKER_CASE_FACTS_H
#define SCHURSWEEP_WORKER_CASE_FACTS_H

#include "core/cell.h"
#include "worker/case_data.h"

struct case_facts {
    struct case_values values; /* points into the arrays below and into the case data */
    int32_t *dims;             /* [n_alphas + n_partitions] leading dimensions */
    double *gaps;              /* [n_alphas] */
    double *masses;            /* [n_alphas, COUPLING_COUNT] */
    double *bounds;            /* [2, n_partitions] low, then high */
};

/* Of the loaded model, with rows for as many partitions as the sweep has. Valid while the model is
 * loaded; released by case_facts_release. Local. */
MUST_CHECK enum status case_facts_create(struct case_facts *facts, const struct case_data *data,
                                         struct error *error);
void case_facts_release(struct case_facts *facts);

#endif
