/* The files that cases come from, compared with what the study saw. For this folder alone. */
#pragma once

#include "cases/cases.h"
#include "kernel/spectral/ablation_plan.h"

/* What the sweep asks for of every model; borrows its arrays. */
struct ablation_grid case_grid(const struct sweep *sweep);

/* Whether two cases differ in their task alone: the Schur form of one is that of the other. */
bool case_shares_form(const struct case_spec *a, const struct case_spec *b);

/* Where changed trials of the case come from; borrows both. */
struct changed_trials case_changes(const struct sweep *sweep, const struct case_spec *spec);

/* What the model's file tells of its training. A file from elsewhere must have the weights that the
 * study saw, a trained one the identity that the study asked for, and both what their checksum
 * covers. Local. */
MUST_CHECK enum status case_check_model(const struct model_spec *model, uint64_t weights_hash,
                                        struct training_facts *training, struct error *error);

/* Whether the network is of the cell and width that the sweep says, by which records are as long as
 * they are: a results file from elsewhere may say anything. STATUS_JOB_MODEL. Local. */
MUST_CHECK enum status case_check_shape(const struct model_spec *model,
                                        const struct network *network, struct error *error);

/* Whether the network takes such inputs, has such outputs and starts in such states.
 * STATUS_JOB_MODEL. Local. */
MUST_CHECK enum status case_check_trials(const struct network *network, const struct trials *trials,
                                         struct error *error);
