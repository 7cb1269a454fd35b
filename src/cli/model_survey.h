/* What a study must know of model files, be they given or trained. To open one takes half a
 * millisecond, and a study may have a hundred thousand: ranks share them, and the results file
 * keeps what was found, so that a file whose inode, size and times are those of then is not opened
 * again. The worker that sweeps a model compares its weights with the hash whatever the times say.
 */
#pragma once

#include "core/index_map.h"
#include "core/status.h"
#include "core/sweep.h"
#include "store/results.h"
#include "study/study.h"

#include <mpi.h>

/* Zeros: of a process that looks alone. */
struct model_survey {
    MPI_Comm comm; /* whose ranks look too; used where n_ranks is above 1 */
    int n_ranks;
    uint64_t has_read;      /* hash of the path of the results file whose records are here */
    unsigned char *records; /* [count, RESULTS_SURVEY_SIZE] */
    size_t count;
    size_t capacity; /* in bytes */
    struct index_map of_file;
};

/* For study_load: *survey lives on while they are used. What was there when the results file was
 * written is read with the first files. Local, but for the driver of ranks that serve. */
struct study_sources model_survey_sources(struct model_survey *survey);

/* The driver prepares, with sources of the survey; the others look into files for it meanwhile.
 * Collective; all ranks get the same status. */
MUST_CHECK enum status model_survey_share(struct model_survey *survey, MPI_Comm comm,
                                          enum status (*prepare)(void *context,
                                                                 struct error *error),
                                          void *context, struct error *error);

/* Into the results file: what is known of the models of its cases. Independent. */
MUST_CHECK enum status model_survey_keep(const struct model_survey *survey,
                                         const struct sweep *sweep, const struct results *results,
                                         struct error *error);

void model_survey_release(struct model_survey *survey);
