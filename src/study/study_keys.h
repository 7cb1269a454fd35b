/* Every key of a study file: what config_check accepts and what docs/study.md must say. */
#pragma once

#include "study/config.h"

enum {
    STUDY_MAX_ALPHAS = 100000,
    STUDY_MAX_CASES = 1000000,
    STUDY_MAX_JOBS = 1000000000,
    STUDY_MAX_HIDDEN = 32768,
    STUDY_MAX_STEPS = 100000000,
    STUDY_MAX_TEAM_RANKS = 1 << 16
};

enum study_group {
    GROUP_STUDY,     /* the file itself */
    GROUP_RANGE,     /* alphas = { } */
    GROUP_FILES,     /* of models, with `file` */
    GROUP_GRID,      /* of models, without */
    GROUP_RECIPE,    /* recipe = { } */
    GROUP_FILE_TASK, /* of tasks, with `file` */
    GROUP_TEAM,      /* team = { } */
    GROUP_COUNT
};

extern const struct key_group STUDY_GROUPS[GROUP_COUNT];
