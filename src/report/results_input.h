/* A results file in memory: the study that it tells, and everything that it holds of cases. */
#pragma once

#include "core/sweep.h"
#include "store/results.h"

/* One variable, all cases together. */
struct study_column {
    char name[VARIABLE_NAME_SIZE]; /* comes first: columns are compared as texts */
    enum value_type type;
    enum fill fill;
    const struct axis *axes[VARIABLE_AXES_MAX]; /* after `case`; NULL where there is none */
    size_t lengths[2]; /* of the first of these axes, and of the others together; 1 without */
    void *values;      /* [n_cases, axes] row-major */
    char *texts;       /* of VALUE_TEXT: [n_cases, stride] */
    size_t stride;
    /* What tells which values are done: a state for each job, or one for the record of a case.
     * NULL: not computed, or a time. */
    const struct study_column *state;
    bool is_state; /* of others */
};

/* Columns of jobs, for those who look at every job. */
struct job_columns {
    const struct study_column *measures[MEASURES_MAX]; /* as MEASURES; NULL: not in the file */
    const struct study_column *state;
    const struct study_column *error;
    const struct study_column *stabilizer;
};

struct results_input {
    char *path;         /* for people */
    char *folder;       /* that it is in, as it was named */
    struct sweep sweep; /* the study as the file tells it; pooled, with the alphas of all files */
    unsigned char *has_alpha; /* [n_alphas of it] whether the file's own study has it; NULL: all */
    struct schema schema;
    struct study_column *columns; /* [n_columns] ascending by name */
    int n_columns;
    struct job_columns jobs[2]; /* of alphas and of partitions; NULL inside without partitions */
    char *hash;
    char *uuid;
    char *versions;
    char *revision;
    char *models_dir; /* '' when not told */
    char *study_dir;
    struct epoch *epochs;            /* [RESULTS_EPOCHS] */
    struct training_mark *trainings; /* [n_cases] used are those of the first cases of models */
};

/* Statuses as results_open. On failure too released by results_input_release. Local. */
MUST_CHECK enum status results_input_read(struct results_input *input, const char *path,
                                          struct error *error);
void results_input_release(struct results_input *input);

/* The column of that name, or NULL. */
struct study_column *results_input_column(const struct results_input *input, const char *name);

/* The text of a row of a column of texts; borrowed. */
const char *results_input_text(const struct results_input *input, const char *name, int row);

/* Whether the file's own study has that alpha of the pooled ones. */
bool results_input_has_alpha(const struct results_input *input, int alpha);

/* The address of value (i, k) of a case's row of a numeric column, k running over all axes but the
 * first; (0, 0) without axes. */
const void *study_column_at(const struct study_column *column, int row, size_t i, size_t k);
