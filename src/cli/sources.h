/* How a study looks into model files and trials: through the store. */
#ifndef SCHURSWEEP_CLI_SOURCES_H
#define SCHURSWEEP_CLI_SOURCES_H

#include "study/study.h"

extern const struct study_sources STORE_SOURCES;

#endif
