/* What is behind struct results. For the store alone. */
#pragma once

#include "store/results_layout.h"

struct results {
    char *path;
    hid_t file;
    int version; /* of its format */
    struct layout layout;
    hid_t epochs;
    hid_t attempts;
    hid_t faults;
};

/* A contiguous block of a dataset. */
struct piece {
    hsize_t start[DATASET_AXES_MAX];
    hsize_t count[DATASET_AXES_MAX];
};

/* values of `type`, count[0] * .. * count[rank - 1] of them; `name` is for the message.
 * Independent. */
MUST_CHECK enum status results_write_piece(const struct results *results, hid_t dataset,
                                           const char *name, int rank, const struct piece *piece,
                                           hid_t type, const void *values, struct error *error);

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
