/* What the results files of a study hold, pooled: the cases of all of them, each once. */
#ifndef SCHURSWEEP_REPORT_STUDY_DATA_H
#define SCHURSWEEP_REPORT_STUDY_DATA_H

#include "core/coupling.h"
#include "core/status.h"
#include "store/case_table.h"
#include "store/results_file.h"

/* One results file. */
struct source {
    char *path;
    struct case_table table;
    int n_modes;
    char *study;
    char *canonical;
    char *hash;
    char *uuid;
    char *versions;
    char *revision;
    char *isa;        /* name of the vector instructions that its jobs were computed with */
    char *models_dir; /* '' when not told */
    char *study_dir;
    char *task_files; /* lines "name = path" of tasks that are files of trials */
    double epsilon;
    int64_t seed;
    struct epoch *epochs; /* [RESULTS_EPOCHS] */
};

/* Where a case stands: one (model, task) pair. */
struct case_place {
    int source;
    int row;
};

/* How many jobs are in which state. */
struct job_counts {
    int64_t n_done;
    int64_t n_failed;
    int64_t n_pending;
};

struct study_data {
    struct source *sources; /* [n_sources] */
    int n_sources;
    struct case_place *cases; /* [n_cases] in the order of the files, duplicates left out */
    int n_cases;
    int n_duplicates; /* cases left out because another file has them too */
    int n_alphas;
    const double *alphas; /* [n_alphas] ascending */
    int n_sets;
    ablation_set sets[ABLATION_SET_COUNT]; /* [n_sets], `none` first */
    double epsilon;
    bool seeds_differ; /* the files' held-out trials are not the same */
};

/* Reads and pools the files. They must be of one kind: same alphas, ablations, epsilon, precision
 * and task parameters; else STATUS_MISMATCH names the first key that differs. A case that several
 * files have is counted once when its finished values are the same bits, those that one of them
 * lacks are no conflict; else STATUS_MISMATCH names it and the files. Released by
 * study_data_release. Local. */
MUST_CHECK enum status study_data_read(struct study_data *data, char *const *paths, int n_paths,
                                       struct error *error);
void study_data_release(struct study_data *data);

/* Labels of a case. */
const char *study_model(const struct study_data *data, int case_index);
const char *study_task(const struct study_data *data, int case_index);
const char *study_construction(const struct study_data *data, int case_index);
const char *study_identity(const struct study_data *data, int case_index);
const char *study_message(const struct study_data *data, int case_index);
int study_hidden(const struct study_data *data, int case_index);
int64_t study_seed(const struct study_data *data, int case_index);

/* 1 reached its target, 0 did not, -1 unknown. */
int study_converged(const struct study_data *data, int case_index);

/* enum schur_route. */
int study_schur_route(const struct study_data *data, int case_index);

/* A float64 variable over (case). */
double study_case_real(const struct study_data *data, enum variable_id id, int case_index);

/* A float64 variable over (case, alpha), and n_R (-1 missing). */
double study_split_real(const struct study_data *data, enum variable_id id, int case_index,
                        int alpha);
int study_n_r(const struct study_data *data, int case_index, int alpha);
double study_coupling_mass(const struct study_data *data, int case_index, int alpha,
                           enum coupling coupling);

/* A float64 variable of a job; NaN unless the job is done. */
double study_job_real(const struct study_data *data, enum variable_id id, int case_index, int alpha,
                      int set);
/* enum job_state; error code; 1 stabilizer, 0 not, -1 missing. */
int study_job_state(const struct study_data *data, int case_index, int alpha, int set);
int study_job_error(const struct study_data *data, int case_index, int alpha, int set);
int study_job_stabilizer(const struct study_data *data, int case_index, int alpha, int set);

/* Partitions of a case as far as is known, else as many as its width; 0 without the profile. */
int study_partitions(const struct study_data *data, int case_index);

/* VAR_ALPHA_LOW or VAR_ALPHA_HIGH of a partition, and its n_R (-1 missing). */
double study_partition_real(const struct study_data *data, enum variable_id id, int case_index,
                            int partition);
int study_partition_dim(const struct study_data *data, int case_index, int partition);

/* A float64 variable of a partition's job; NaN unless the job is done. Its enum job_state and
 * its error code. */
double study_partition_job_real(const struct study_data *data, enum variable_id id, int case_index,
                                int partition, int set);
int study_partition_job_state(const struct study_data *data, int case_index, int partition,
                              int set);
int study_partition_job_error(const struct study_data *data, int case_index, int partition,
                              int set);

/* Eigenvalue number `unit` of a case in Schur order; NaN beyond its width. */
double study_eigenvalue_re(const struct study_data *data, int case_index, int unit);
double study_eigenvalue_im(const struct study_data *data, int case_index, int unit);

/* States of all jobs, those of partitions too. */
struct job_counts study_count_jobs(const struct study_data *data);

/* Number of the alpha nearest to `alpha`. */
int study_nearest_alpha(const struct study_data *data, double alpha);

#endif
