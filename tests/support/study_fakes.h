/* What a study finds in files of models and trials that only seem to be there. */
#pragma once

#include "study/study.h"

/* Facts stand in the name, all with 3 inputs and 3 outputs: a model flip* is of task flip_flop,
 * *own* has trials of its own, bad* is refused, as are trials with "bad" in their path. */
extern const struct study_sources NAMED_FILES;

/* Every model is one of task sine with trials of its own, every file of trials fits it. */
extern const struct study_sources SINE_FILES;
