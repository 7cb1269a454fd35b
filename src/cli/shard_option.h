/* --shard K/N: the study, or one of its independent parts. */
#pragma once

#include "cli/model_survey.h"
#include "core/status.h"
#include "core/sweep.h"

#include <stdio.h>

/* Loads the study from its files and keeps the cases of the shard, all without one (NULL). `output`
 * as for study_load; a shard's own name for its results file gives way to it. The sweep may have no
 * cases: there are more shards than cases. `survey` looks into model files; NULL: this process
 * alone, and nothing is remembered. Former spellings in the study file are told on `notes`, unless
 * it is NULL. Released by sweep_release. Local. */
MUST_CHECK enum status shard_option_load(struct sweep *sweep, const char *study, const char *output,
                                         const char *shard, FILE *notes,
                                         struct model_survey *survey, struct error *error);
