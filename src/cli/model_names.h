/* Names of models for people: as short as tells them apart. Local. */
#pragma once

#include "report/study_data.h"

struct model_names {
    const char **labels; /* [n] borrowed strings; equal ones are one model */
    char **names; /* [n] without folders and without the hash of a trained model, unless that is
                   * the name of another one too */
    int n;
};

/* On failure too released by model_names_release. */
MUST_CHECK enum status model_names_create(struct model_names *names, const char *const *labels,
                                          int n, struct error *error);
/* Of the cases of a study. */
MUST_CHECK enum status model_names_of_cases(struct model_names *names,
                                            const struct study_data *data, struct error *error);
void model_names_release(struct model_names *names);

/* wanted[n]: 1 where `word` is the model's label or its name, or else the end of them, with or
 * without ".h5". STATUS_USAGE when that is no model, with the nearest one, or several. */
MUST_CHECK enum status model_names_find(const struct model_names *names, const char *command,
                                        const char *word, unsigned char *wanted,
                                        struct error *error);
