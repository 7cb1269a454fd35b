/* The resolved study: what is swept, in a fixed order. Made once by the study folder on rank 0,
 * sent to all ranks, const from then on. */
#pragma once

#include "core/cell.h"
#include "core/coupling.h"
#include "core/isa.h"
#include "core/pack.h"
#include "core/param.h"
#include "core/status.h"
#include "core/training_spec.h"

#include <stdint.h>

enum { CASE_TASK_OWN = -1 /* the trials stored in the model file */ };

/* A partition of a network that is compared with others: it holds for alpha from alpha_low, which
 * it leaves out, to that of the partition before. */
struct partition_distances {
    double alpha_low;
    double distance[ABLATION_SET_COUNT]; /* by number of the set; NaN: not known */
};

enum precision { PRECISION_FLOAT64, PRECISION_FLOAT32, PRECISION_COUNT };

/* "float64", "float32" */
const char *precision_name(enum precision precision);

/* How far outputs are predicted to move: from every one of them, from random signs on them, or as
 * its price allows. */
enum gauss_newton_choice {
    GAUSS_NEWTON_BY_PRICE,
    GAUSS_NEWTON_EXACT,
    GAUSS_NEWTON_SIGNS,
    GAUSS_NEWTON_CHOICES
};

/* As studies and files say it, in that order. */
extern const char *const GAUSS_NEWTON_NAMES[GAUSS_NEWTON_CHOICES];

/* A task that cases refer to: built in, or a file of trials. */
struct task_spec {
    char *name;
    char *path;                /* file with /trials; NULL for a built-in task */
    uint64_t trials_hash;      /* of the trials in that file */
    double trial_steps;        /* steps of all its trials; 0 of a built-in task or if unknown */
    double params[PARAMS_MAX]; /* of a built-in task, in the order of its task_ops */
};

/* Changed trials of a built-in task, out of the distribution that networks were trained on. */
struct ood_spec {
    char *label;           /* "flip_flop: pulse = 0.1" */
    struct task_spec task; /* with all its parameters */
};

struct model_spec {
    char *path;  /* to open, from the working directory */
    char *label; /* relative to the study file */
    char *task;  /* '' if unknown */
    char *construction;
    char *identity; /* 16 hex digits; equal identity, equal numbers */
    struct cell cell;
    int n_hidden;
    int n_in;
    int n_out;
    int64_t seed;          /* -1 if unknown */
    uint64_t weights_hash; /* 0 if unknown: of a trained model whose file was not looked at */
    uint64_t trials_hash;  /* of the trials in the model file, 0 if it has none */
    double trial_steps;    /* steps of all of them; 0 if it has none or if unknown */
    bool is_trained;       /* made by this program at `path` */
    struct training_spec training;
    int n_partitions;                       /* of a sweep of pairs */
    struct partition_distances *partitions; /* [n_partitions] in order, alpha falling */
};

/* Which cases are shared by ranks, and how. */
struct team_spec {
    int n_ranks;     /* of a team: n_rows * n_cols; 0: no case is shared */
    int from_hidden; /* models of that width or more are */
    int n_rows;      /* of the process grid */
    int n_cols;
    int block;       /* rows and columns of a block of the shared matrix */
    bool keep_schur; /* the Schur form is kept in a file beside the results */
};

struct case_spec {
    int model;
    int partner;          /* of a sweep of pairs: the model that the first one is compared with */
    uint64_t inputs_hash; /* and of the weights and profiles of both */
    int task;             /* index of a task_spec, or CASE_TASK_OWN */
    char *task_label;     /* what the results file calls the task */
    struct network_form form;
    char *matrix; /* name of the form's gates */
};

/* A diagnostic that is computed of every case, or a comparison of every pair, by its name. */
struct diagnostic_spec {
    char *name;
    double params[PARAMS_MAX]; /* in the order of its diagnostic_ops; unused ones are 0 */
};

struct sweep {
    bool of_pairs; /* every case is a pair of networks, its only jobs are comparisons */
    char *sources; /* of pairs: paths of the results files that they come from, one a line */
    char *name;
    char *output;    /* path of the results file, from the working directory */
    char *canonical; /* every resolved key, one "key = value" per line: the study's identity */
    int64_t seed;
    double epsilon;
    enum precision precision;
    enum gauss_newton_choice gauss_newton;
    bool screen;  /* partitions are rolled out only where the prediction does not decide */
    enum isa isa; /* of the rollouts; agreed by all ranks, no part of the study */
    int n_alphas;
    double *alphas;   /* ascending, in (0, 1] */
    int n_partitions; /* 0, or with `partitions = "all"` the width of the widest case: room for
                         all its partitions */
    struct team_spec team;
    int n_ablations;
    ablation_set ablations[ABLATION_SET_COUNT]; /* `none` first, in ABLATION_ORDER */
    int n_diagnostics;
    struct diagnostic_spec *diagnostics;
    int n_tasks;
    struct task_spec *tasks;
    int n_oods;
    struct ood_spec *oods; /* no part of the study's identity, as diagnostics are not */
    int n_models;
    struct model_spec *models;
    int n_cases;
    struct case_spec *cases;
};

void sweep_release(struct sweep *sweep);

/* Jobs of one case are numbered: first its removals, row * n_ablations + ablation, where the rows
 * are the alphas, then the partitions; then its diagnostics. With partitions some removals may turn
 * out not to exist, since no model has more partitions than units. */
int sweep_rows_per_case(const struct sweep *sweep);
int sweep_removals_per_case(const struct sweep *sweep);
int sweep_jobs_per_case(const struct sweep *sweep);

/* Of one case and of all, without the partitions beyond a model's width. */
int sweep_jobs_of_case(const struct sweep *sweep, int case_index);
int64_t sweep_job_count(const struct sweep *sweep);

/* Place of the diagnostic of that name, or -1. */
int sweep_find_diagnostic(const struct sweep *sweep, const char *name);

/* Width of the Schur form of a case: that of all matrices that are taken apart together. */
int sweep_case_width(const struct sweep *sweep, int case_index);

/* The widest of these, and of the models. */
int sweep_max_modes(const struct sweep *sweep);

/* First case of a model, or -1. */
int sweep_first_case(const struct sweep *sweep, int model);

/* Whether a team of ranks shares a case, and whether any case is shared. */
bool sweep_needs_team(const struct sweep *sweep, int case_index);
bool sweep_has_teams(const struct sweep *sweep);

/* Widest model of the sweep. */
int sweep_max_hidden(const struct sweep *sweep);

/* To bytes and back, for the other ranks. */
void sweep_pack(const struct sweep *sweep, struct packer *packer);
MUST_CHECK enum status sweep_unpack(struct sweep *sweep, const void *bytes, size_t size,
                                    struct error *error);
