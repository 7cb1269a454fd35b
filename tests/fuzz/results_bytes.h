/* A good results file for the fuzz target `results`, changes of its values, and what the changed
 * bytes say, read without the store. */
#pragma once

#include "fuzz/fuzz.h"
#include "store/results_internal.h"
#include "store/results_scan.h"

enum {
    CASES = 3,
    ALPHAS = 2,
    SETS = 4,
    PARTITIONS = 5, /* units of the widest model */
    MEASURES_COUNT = 6,
    BORDER = ALPHAS * SETS,
    REMOVALS = BORDER + PARTITIONS * SETS,
    TABLES = 4,
    SPLITS = 1, /* the table that tells which partitions there are */
    JOBS = REMOVALS + TABLES,
    SLOTS = CASES * JOBS,
    RUNS = 4, /* datasets of /run */
    FILE_SIZE_LIMIT = 1 << 20
};

/* Where a variable lies in the file. */
struct extent {
    size_t offset;
    size_t size;
};

/* Made once by good_create. */
extern struct good {
    struct sweep sweep;
    struct schema schema;
    struct layout layout; /* of a file that has all of it */
    unsigned char *bytes;
    size_t size;
    struct extent *extents; /* of layout.datasets, then of /run */
} good;

/* Where the file under test is. */
const char *good_path(void);

/* Does nothing when it is there. */
void good_create(void);

/* A variable by its number. */
const struct dataset *good_dataset(int i);

/* Changes values, states and checksums within bytes[good.size], sometimes so that they fit. */
void good_change(struct fuzz_input *input, unsigned char *bytes);

/* The scan is what these bytes say of every job. */
void good_check_scan(const struct results_scan *scan, const unsigned char *bytes, bool retry);

/* The labels are those that the study needs: widths are used before anything else is believed. */
bool good_has_labels(const unsigned char *bytes);
