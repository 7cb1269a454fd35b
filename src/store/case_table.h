/* A results file in memory, as those look at it who only read. */
#ifndef SCHURSWEEP_STORE_CASE_TABLE_H
#define SCHURSWEEP_STORE_CASE_TABLE_H

#include "store/results_file.h"

struct case_table {
    int n_cases;
    int n_alphas;
    int n_ablations;
    int n_partitions;        /* 0 without the profile */
    void *values[VAR_COUNT]; /* arrays of the variables that were asked for and are there, else
                                NULL */
    char *texts[VAR_COUNT];
    size_t strides[VAR_COUNT];
};

/* Reads the variables ids[n_ids]. Released by case_table_release. Local. */
MUST_CHECK enum status case_table_read(struct case_table *table, const struct results *results,
                                       const enum variable_id *ids, size_t n_ids,
                                       struct error *error);
void case_table_release(struct case_table *table);

/* Partitions of a case as far as is known, else as many as its width; 0 without the profile. Needs
 * VAR_HIDDEN, VAR_CASE_STATE and VAR_PARTITION_N_R. */
int case_table_partitions(const struct case_table *table, int case_index);

/* Text i of a text variable. */
const char *case_table_text(const struct case_table *table, enum variable_id id, int i);

/* Value of a float64 variable over (case) or (case, alpha) or (case, alpha, ablation), by its place
 * in the array. */
double case_table_real(const struct case_table *table, enum variable_id id, size_t place);

/* Place of a job in arrays over (case, alpha, ablation). */
size_t case_table_job(const struct case_table *table, int case_index, int alpha, int ablation);

/* The same over (case, partition, ablation). */
size_t case_table_partition_job(const struct case_table *table, int case_index, int partition,
                                int ablation);

#endif
