/* How far the trainings of a run are, kept in its results file for `status`. Rank 0. */
#pragma once

#include "comm/message.h"
#include "core/sweep.h"
#include "store/results.h"

struct training_marks {
    const struct sweep *sweep;     /* borrowed */
    const struct results *results; /* borrowed */
    const int *first_case;         /* [n_models] borrowed; -1 none */
    struct training_mark *marks;   /* [n_cases] used are those of the first cases of models */
    double *written_at;            /* [n_cases] seconds of clock_seconds() */
};

/* Independent: writes of each model that this program trains whether it is there; `missing` has
 * those that are not, first_case where a model is kept. `start` is the number of this start. On
 * failure too released by training_marks_release. */
MUST_CHECK enum status training_marks_begin(struct training_marks *marks, const struct sweep *sweep,
                                            const struct results *results, const int *first_case,
                                            const unsigned char *missing, int64_t start,
                                            struct error *error);
void training_marks_release(struct training_marks *marks);

/* Writes news of a model's training, once a second at most; NULL: it has ended well. Independent.
 */
MUST_CHECK enum status training_marks_tell(struct training_marks *marks, int model,
                                           const struct training_progress *news,
                                           struct error *error);
