/* Jobs as statistics see them: a coupling that a network does not have is no effect of 0, and what
 * rounding leaves is none. */
#pragma once

#include "report/study_data.h"

/* Below this part of the norm of T nothing is removed: the couplings of a normal matrix are what
 * rounding leaves of them. */
#define ROUNDING_MASS 1e-12

/* Below this a change of FVU or a distance is 0: the same outputs but for rounding. Of an FVU above
 * 1 it is this part. */
#define ROUNDING_CHANGE_FLOAT64 1e-12
#define ROUNDING_CHANGE_FLOAT32 1e-6

/* Whether a done job has removed nothing because its couplings do not exist: sector R or C is too
 * small, or they are below rounding. Never for `none`. */
bool effect_is_empty(const struct study_data *data, int case_index, int row, int set);

/* 1: the removal moves the outputs by at most epsilon; 0: by more; -1: not done, empty, or `none`.
 */
int effect_verdict(const struct study_data *data, int case_index, int row, int set);

/* Value of a measure, by its place in MEASURES: NaN unless the job is done, and where it is empty;
 * a change below rounding is 0. */
double effect_value(const struct study_data *data, int case_index, int row, int set, int measure);

/* Couplings that a case has at an alpha; those of which that is not known too. */
ablation_set effect_couplings(const struct study_data *data, int case_index, int alpha);

/* Below which a change from or to that FVU is none. */
double effect_rounding(const struct study_data *data, int case_index, double fvu);
