/* What is behind struct results. For the store alone. */
#pragma once

#include "store/results_layout.h"

#include <string.h>

/* The attribute of the root that files of pairs have, and no others: the files they come from. */
#define RESULTS_SOURCES "pairs_of"

/* The group of changed tasks, where there are any. */
#define RESULTS_OODS "oods"

struct results {
    char *path;
    hid_t file;
    int version; /* of its format */
    struct layout layout;
    hid_t run[RUN_COUNT];
};

/* One element of a dataset of /run, its column 0 where it has none. Independent. */
MUST_CHECK enum status results_write_run(const struct results *results, enum run_dataset run,
                                         int64_t row, int column, hid_t type, const void *value,
                                         struct error *error);

/* All of it. Local. */
MUST_CHECK enum status results_read_run(const struct results *results, enum run_dataset run,
                                        hid_t type, void *values, struct error *error);

/* What determines the numbers of a study, as attributes of the root and the group /tasks of a new
 * file; false on failure, with HDF5's error stack filled. results_read_sweep reads it back. */
bool results_write_study(hid_t file, const struct sweep *sweep);

/* Of results_write_study and results_read_sweep: tasks and which of them every case is evaluated
 * on, with models and cases that have nothing else yet; changed tasks. */
bool results_write_tasks(hid_t file, const struct sweep *sweep);
bool results_write_oods(hid_t file, const struct sweep *sweep);
MUST_CHECK enum status results_read_tasks(const struct results *results, struct sweep *sweep,
                                          struct error *error);
MUST_CHECK enum status results_read_oods(const struct results *results, struct sweep *sweep,
                                         struct error *error);

/* A dataset of the layout. Local. */
MUST_CHECK enum status results_read_dataset(const struct results *results,
                                            const struct dataset *dataset, int64_t first_case,
                                            int64_t n_cases, void *values, struct error *error);

/* A text attribute of an object, as a new string; STATUS_DAMAGED when it is missing or no string of
 * fixed length. Local. */
MUST_CHECK enum status results_read_text(const struct results *results, hid_t object,
                                         const char *name, char **text, struct error *error);

/* STATUS_MISMATCH: only files of the present format are written. */
enum status results_other_format(const char *path, long long version, struct error *error);

/* "path: name what". */
enum status results_damaged(const char *path, const char *name, const char *what,
                            struct error *error);

/* record_checksum; of a failed record, its error is xored into the lowest and the highest 16 bits.
 */
MUST_CHECK enum status results_record_checksum(const struct record *record, int64_t case_index,
                                               uint16_t failure, uint64_t *checksum,
                                               struct error *error);

/* Of a text of lines, such as the canonical study. */
static inline const char *results_next_line(const char *line)
{
    const size_t length = strcspn(line, "\n");
    return line + length + (line[length] == '\n');
}
