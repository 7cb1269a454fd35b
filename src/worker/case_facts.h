/* What one case leaves beside its jobs. */
#ifndef SCHURSWEEP_WORKER_CASE_FACTS_H
#define SCHURSWEEP_WORKER_CASE_FACTS_H

#include "core/job_result.h"
#include "core/sweep.h"
#include "kernel/spectral/ablation_plan.h"
#include "store/results_file.h"

/* Where it comes from. */
struct case_source {
    const struct schur *schur; /* its blocks and numbers; T and Q may be elsewhere */
    const struct ablation_plan *plan;
    double nonnormality;
    enum schur_route route;
    uint64_t weights_hash;
    struct training_facts training;
};

/* Writes the values of a case, with rows for as many partitions as the sweep has. Local. */
MUST_CHECK enum status case_facts_write(const struct case_source *source, const struct sweep *sweep,
                                        const struct results *results, int64_t case_index,
                                        struct error *error);

#endif
