/* The parts of a study file; private to this folder. */
#pragma once

#include "core/index_map.h"
#include "core/param.h"
#include "study/config.h"
#include "study/study.h"
#include "study/study_keys.h"

/* A study being read. */
struct study_reader {
    const struct config *config;
    const struct study_sources *sources;
    struct sweep *sweep;
    size_t task_capacity;
    size_t model_capacity;
    size_t case_capacity;
    struct index_map model_of_path;  /* a model by whatever path leads to it */
    struct index_map cases;          /* by model and task, and by model and label */
    struct trials_facts *task_facts; /* [n_tasks] of the sweep; shapes of built-in tasks too */
    size_t facts_capacity;
    char *models_dir;    /* from the working directory */
    bool has_grid;       /* the study trains models */
    bool has_partitions; /* all partitions of every case */
    struct error *error;
};

/* `alphas`: a list, or { from; to; count; }. Ascending, duplicates refused. */
MUST_CHECK enum status study_read_alphas(struct study_reader *reader,
                                         const config_setting_t *setting);

/* `ablations`: "all" or a list of names. `none` is always there. */
MUST_CHECK enum status study_read_ablations(struct study_reader *reader,
                                            const config_setting_t *setting);

/* `diagnostics` of the root, which may be NULL, after those of every study. */
MUST_CHECK enum status study_read_diagnostics(struct study_reader *reader,
                                              const config_setting_t *setting);

/* `ood` of the root, which may be NULL, after tasks, models and diagnostics. */
MUST_CHECK enum status study_read_ood(struct study_reader *reader, const config_setting_t *setting);

/* `team` and `keep_schur` of the root. */
MUST_CHECK enum status study_read_team(struct study_reader *reader, const config_setting_t *root);

/* "0..4", 3, [0, 2], "0..4,7": seeds in the order given, duplicates refused. *seeds is
 * released by free, also after a failure. */
MUST_CHECK enum status study_read_seeds(const struct study_reader *reader,
                                        const config_setting_t *setting, int64_t **seeds,
                                        int *count);

/* A group of a list whose keys are `name` and parameters: values[n_params], the defaults of those
 * that it does not set. */
MUST_CHECK enum status study_read_params(struct study_reader *reader, const config_setting_t *entry,
                                         const char *name, const struct param_spec *params,
                                         int n_params, double *values);

/* One entry of `tasks`: a built-in task with changed parameters, or one from a file. */
MUST_CHECK enum status study_read_task(struct study_reader *reader, const config_setting_t *entry);

/* Index of the task of that name, adding a built-in task with its defaults on first use; -1 when
 * there is none of that name. */
MUST_CHECK enum status study_find_task(struct study_reader *reader, const char *name, int *index);

/* STATUS_INPUT: `word` names no task; says which is nearest, of the built-in tasks, of those from
 * files, and of `own` where trials of the model file may be meant. */
enum status study_unknown_task(const struct study_reader *reader, const config_setting_t *setting,
                               const char *word, bool may_be_own);

/* One entry of `models` with `file`. */
MUST_CHECK enum status study_read_files(struct study_reader *reader, const config_setting_t *entry);

/* One entry of `models` without `file`: a grid of models to train. */
MUST_CHECK enum status study_read_grid(struct study_reader *reader, const config_setting_t *entry);

/* Strings of a model to add. */
struct model_names {
    const char *path;
    const char *label;
    const char *task;
    const char *construction;
    const char *identity;
};

/* Adds a copy of a model, whose own strings are NULL, with copies of these strings, or finds the
 * one whose path leads to the same file. */
MUST_CHECK enum status study_add_model(struct study_reader *reader, const struct model_spec *model,
                                       const struct model_names *names, int *index);

/* Adds the cases (model, task, matrix) that the sweep has not yet, for each matrix that the entry
 * of `models` asks for: one, or one for each gauge (kernel/gauge.h) where the matrices are not the
 * candidate's alone. STATUS_INPUT for a matrix that the model's cell has not. */
MUST_CHECK enum status study_add_cases(struct study_reader *reader, const config_setting_t *entry,
                                       int model, int task, const char *label);

/* After all cases: own trials that are called like a task of the study are called "own", so that
 * one name means one set of trials. */
MUST_CHECK enum status study_name_own_trials(struct study_reader *reader);

/* Refuses more than STUDY_MAX_JOBS jobs; alphas and ablation sets are known. */
MUST_CHECK enum status study_check_job_count(const struct study_reader *reader,
                                             const config_setting_t *setting, double n_cases);
