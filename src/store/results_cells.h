/* How cells lie in a results file: one table for all who write, scan or compare them. */
#ifndef SCHURSWEEP_STORE_RESULTS_CELLS_H
#define SCHURSWEEP_STORE_RESULTS_CELLS_H

#include "core/cell.h"
#include "store/results_file.h"

/* The rows of a case: its alphas, then, in a study with the profile, its partitions. Each family
 * has variables of its own. */
enum cell_family { FAMILY_ALPHA, FAMILY_PARTITION, FAMILY_COUNT };

/* A variable of a cell, by family, and its place and bytes in struct cell, which are its bytes in
 * the file. */
struct cell_field {
    enum variable_id ids[FAMILY_COUNT];
    size_t offset;
    size_t size;
};

enum { CELL_REAL_COUNT = 6, CELL_FIELD_COUNT = 9, CELL_VALUE_SIZE = 8 };

/* Everything but checksum and state. The first CELL_REAL_COUNT are float64 and what a job is about:
 * computed again, they have the same bits. */
extern const struct cell_field CELL_FIELDS[CELL_FIELD_COUNT];
extern const struct cell_field CELL_STATE_FIELD;
extern const enum variable_id CELL_CHECKSUM_IDS[FAMILY_COUNT];

/* Rows of a family in every case, and how many stand before them. */
int64_t cell_rows(const struct results *results, enum cell_family family);
int64_t cell_first_row(const struct results *results, enum cell_family family);

/* What identifies the cell of a row, counted within its family, in checksums. */
struct cell_index cell_index_of(enum cell_family family, int64_t case_index, int64_t row,
                                int64_t ablation);

#endif
