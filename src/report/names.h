/* Names of models for people. */
#pragma once

#include "report/study_data.h"

struct short_names {
    char **of; /* [n_cases] */
    int n;
};

/* A model's name without its folder, ending and hash where that is still no other's, else as much
 * of it as tells it from others. On failure too released by short_names_release. Local. */
MUST_CHECK enum status short_names_create(struct short_names *names, const struct study_data *data,
                                          struct error *error);
void short_names_release(struct short_names *names);
