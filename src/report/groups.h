/* Cases that differ by their seed alone: one task, construction, width, cell and matrix. Matrices
 * that are taken apart in several choices of signs are in no group (report/ensembles.h). */
#pragma once

#include "report/study_data.h"

struct group {
    const char *task;         /* borrowed from the study data */
    int task_index;           /* of it in the list of tasks */
    const char *construction; /* '' if unknown */
    int hidden;
    const char *cell; /* "gru", or the activation of an rnn */
    const char *leak_form;
    double leak; /* NaN where the file does not tell */
    const char *matrix;
    int gauge;
    const char *order;
    int *cases; /* [n_cases] in canonical order, each network once */
    int n_cases;
    int capacity; /* of the list */
    int n_copies; /* cases that are not among them: networks with the weights of one that is */
};

/* All groups of a task, pooled. */
struct task_pool {
    const char *task;
    int *groups; /* [n_groups] */
    int n_groups;
};

struct grouping {
    struct group *groups; /* [n_groups] in the order of their first cases */
    int n_groups;
    struct task_pool *tasks; /* [n_tasks] */
    int n_tasks;
    int *group_of; /* [data's n_cases] -1: in no group */
    int *copy_of; /* [data's n_cases] case of the same group with equal weights that is taken in its
                   * place; -1: none */
};

/* Borrows the data. With converged_only cases that missed their target are left out. On failure
 * too released by grouping_release. Local. */
MUST_CHECK enum status grouping_create(struct grouping *grouping, const struct study_data *data,
                                       bool converged_only, struct error *error);
void grouping_release(struct grouping *grouping);

/* What tells a case's cell from others: "gru", "relu"; borrowed from the study data. */
const char *group_cell(const struct study_data *data, int case_index);

/* "dense_orthogonal n72", "cayley gru n32"; without a construction when it is unknown, without a
 * cell when it is one of tanh. */
void group_label(const struct group *group, char *text, size_t size);
