/* How a study looks into model files and trials: through the store. */
#pragma once

#include "study/study.h"

extern const struct study_sources STORE_SOURCES;
