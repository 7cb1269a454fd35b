/* What the results files of a study hold, pooled: the cases of all of them, each once. Values are
 * read by the names under which they are stored. */
#pragma once

#include "kernel/diagnostics/diagnostic.h"
#include "report/results_input.h"

/* Where a case stands: one (model, task, matrix). */
struct case_place {
    int input;
    int row;
    bool has_namesake; /* another network of its name and task, in another file, stands before */
};

/* How many jobs are in which state. */
struct job_counts {
    int64_t n_done;
    int64_t n_predicted; /* of these, decided without a rollout */
    int64_t n_failed;
    int64_t n_pending;
};

struct study_data {
    struct results_input *inputs; /* [n_inputs] */
    int n_inputs;
    struct results_input *pairs; /* [n_pairs] files of pairs of networks beside them */
    int n_pairs;
    struct case_place *cases; /* [n_cases] in canonical order, duplicates left out */
    int n_cases;
    int n_duplicates; /* cases left out because another file has them too */
    int n_divided;    /* of these, where one file has alphas that the other one has not */
    int n_alphas;
    const double *alphas; /* [n_alphas] ascending, those of all files */
    int n_sets;
    ablation_set sets[ABLATION_SET_COUNT]; /* [n_sets], `none` first */
    double epsilon;    /* largest distance of a stabilizer: of the files, or as wanted */
    bool seeds_differ; /* the files' held-out trials are not the same */
};

/* Reads and pools the files; those of pairs are pooled when they are alone, and kept as they are
 * beside a study. `epsilon` takes the place of theirs; NULL: theirs, which then must be
 * the same. They must be of one kind: same ablations, precision, team, and parameters of
 * the tasks and diagnostics that they share; else STATUS_MISMATCH names the first thing that
 * differs. A case that several files have is counted once when its finished measures and records
 * are the same bits, but for times; those that one of them lacks are no conflict; else
 * STATUS_MISMATCH names it and the files. Cases are in an order of their own, by task,
 * construction, width, cell, matrix, seed and name, so that nothing depends on how they are spread
 * over the files. Released by study_data_release. Local. */
MUST_CHECK enum status study_data_read(struct study_data *data, const char *const *paths,
                                       int n_paths, const double *epsilon, struct error *error);
void study_data_release(struct study_data *data);

/* Whether its cases are pairs of networks. */
bool study_is_of_pairs(const struct study_data *data);

/* Whether any file has the variable. */
bool study_has(const struct study_data *data, const char *name);

/* Text of a case; '' when its file has no such variable. */
const char *study_text(const struct study_data *data, const char *name, int case_index);

/* Value i of a case's row of a variable ([axes] row-major), of any numeric type. NaN, or -1, when
 * its file has no such variable or no such place, and where the variable's missing value stands. */
double study_real(const struct study_data *data, const char *name, int case_index, size_t i);
int64_t study_integer(const struct study_data *data, const char *name, int case_index, size_t i);

/* Length of an axis of a variable, from 0, in the file of a case; 0 when it has none. */
int study_axis_length(const struct study_data *data, const char *name, int case_index, int axis);

/* Label of place i on that axis. */
struct label study_axis_label(const struct study_data *data, const char *name, int case_index,
                              int axis, int i);

/* Of a case's weights; 0 when it is not known. */
uint64_t study_weights_hash(const struct study_data *data, int case_index);

/* Partitions of a case as far as is known, else as many as its width; 0 in a study without. */
int study_partitions(const struct study_data *data, int case_index);

/* Jobs of a case stand in rows: its alphas, then its partitions. A measure by its place in
 * MEASURES; NaN unless the job is done. */
double study_measure(const struct study_data *data, int case_index, int row, int set, int measure);
/* enum job_state, or STUDY_NO_JOB at an alpha that the study of the case has not; error code. */
enum { STUDY_NO_JOB = -1 };
int study_job_state(const struct study_data *data, int case_index, int row, int set);
int study_job_error(const struct study_data *data, int case_index, int row, int set);

/* Whether the study of a case has the alpha. */
bool study_has_alpha(const struct study_data *data, int case_index, int alpha);

/* enum job_state of the record of a table of the case's file. */
int study_record_state(const struct study_data *data, int case_index, int table);

/* n_R of a row, -1 missing. */
int study_n_r(const struct study_data *data, int case_index, int row);

/* Values of diagnostics one after another: single numbers of all diagnostics, and the arrays of
 * those that a study asks for unless they are maps of more values than STUDY_VALUES_MOST, as long
 * as in the file that has most of them; the same places in every case. Hashes are no numbers. */
enum { STUDY_VALUES_MOST = 1024 };
struct diagnostic_value {
    const struct diagnostic_ops *diagnostic;
    const struct variable *variable;
    size_t places[VARIABLE_AXES_MAX];       /* on the variable's axes; 0 where there is none */
    struct label labels[VARIABLE_AXES_MAX]; /* of these places */
};

/* Number `number` of them, found by walking over the variables; false beyond the last. */
bool study_value(const struct study_data *data, int number, struct diagnostic_value *value);
int study_value_count(const struct study_data *data);

/* That value of a case; NaN where it is missing, and where the file of the case ends before. */
double study_value_real(const struct study_data *data, int case_index,
                        const struct diagnostic_value *value);

/* States of all jobs: removals, those of partitions too, and diagnostics. */
struct job_counts study_count_jobs(const struct study_data *data);

/* Number of the alpha nearest to `alpha`, of those that all files have if there are any. */
int study_nearest_alpha(const struct study_data *data, double alpha);

/* The study and the case that a pooled case is in its file. */
const struct results_input *study_input(const struct study_data *data, int case_index);
