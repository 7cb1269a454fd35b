/* The files and tasks that cases come from, compared with what the study saw. */
#ifndef SCHURSWEEP_WORKER_CASE_INPUT_H
#define SCHURSWEEP_WORKER_CASE_INPUT_H

#include "core/job_result.h"
#include "core/sweep.h"
#include "core/trials.h"
#include "kernel/spectral/ablation_plan.h"

/* What a status of reading or computing means for the jobs of a case. The study has checked every
 * file before the first job, so whatever is wrong now has changed; what is no failure of the job is
 * a lack of memory. */
enum status case_as_job_failure(enum status status);

/* What the sweep asks for of every model; borrows its arrays. */
struct ablation_grid case_grid(const struct sweep *sweep);

/* What the model's file tells of its training. A file from elsewhere must have the weights that the
 * study saw, a trained one the identity that the study asked for. Local. */
MUST_CHECK enum status case_check_model(const struct model_spec *model, uint64_t weights_hash,
                                        struct training_facts *training, struct error *error);

/* The trials of a case, from the model, a file or the task; released by trials_release. Local. */
MUST_CHECK enum status case_trials_load(const struct sweep *sweep, const struct case_spec *item,
                                        struct trials *trials, struct error *error);

#endif
