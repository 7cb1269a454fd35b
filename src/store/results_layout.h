/* The datasets of a results file: one list, made from a schema, that creation, writing, reading and
 * scanning loop over. For the store alone. */
#pragma once

#include "core/axes.h"
#include "core/schema.h"
#include "store/results.h"

#include <hdf5.h>

enum { LAYOUT_AXES_MAX = 32, DATASET_AXES_MAX = VARIABLE_AXES_MAX + 1 };

enum dataset_kind {
    DATASET_SCALE,   /* labels of an axis */
    DATASET_LABEL,   /* of a case */
    DATASET_MESSAGE, /* characters */
    DATASET_JOB,
    DATASET_RECORD
};

struct dataset {
    char name[VARIABLE_NAME_SIZE];
    const char *units;
    const char *long_name;
    const char *declared_by; /* "job", "measure", or the name of a diagnostic; '' of labels */
    enum value_type type;
    enum fill fill;
    enum dataset_kind kind;
    int n_axes;
    int axes[DATASET_AXES_MAX]; /* places in layout.axes */
    hid_t id;                   /* 0: not open, or not in the file */
    hid_t space;                /* of an open one: what a write selects in */
};

/* The rows of a case: its alphas, then its partitions. Each family has variables of its own, those
 * of the second with a prefix. */
enum job_family { FAMILY_ALPHA, FAMILY_PARTITION, FAMILY_COUNT };

/* Variables of a job after its measures. */
enum job_field { JOB_SECONDS, JOB_STABILIZER, JOB_ERROR, JOB_CHECKSUM, JOB_STATE, JOB_FIELD_COUNT };

/* Variables of a table after those of its diagnostic. */
enum table_field { TABLE_ERROR, TABLE_CHECKSUM, TABLE_STATE, TABLE_FIELD_COUNT };

struct layout {
    struct schema schema;
    const struct axis *axes[LAYOUT_AXES_MAX]; /* AXIS_CASE first */
    hsize_t lengths[LAYOUT_AXES_MAX];
    int n_axes;
    struct dataset *datasets; /* [n_datasets] scales first, in the order of the axes */
    int n_datasets;
    int jobs[FAMILY_COUNT];        /* first dataset of a family: its measures, then job_fields */
    int tables[SCHEMA_TABLES_MAX]; /* first dataset of a table: its variables, then table_fields */
};

/* All datasets of a schema, none open, lengths 0. Released by layout_release, which closes what is
 * open. STATUS_INTERNAL when two have the same name, or there are too many axes. */
MUST_CHECK enum status layout_create(struct layout *layout, const struct schema *schema,
                                     struct error *error);
void layout_release(struct layout *layout);

/* Lengths for a sweep. */
void layout_set_lengths(struct layout *layout, const struct sweep *sweep);

/* Whether a file with these lengths has the dataset: none of its axes has length 0. */
bool layout_has(const struct layout *layout, const struct dataset *dataset);

/* The dataset of that name, or NULL. */
struct dataset *layout_find(const struct layout *layout, const char *name);

/* Place of an axis, or -1. */
int layout_axis(const struct layout *layout, const char *name);

/* Elements of one case, and of all; of a scale of the axis. */
size_t layout_count_of_case(const struct layout *layout, const struct dataset *dataset);
size_t layout_count(const struct layout *layout, const struct dataset *dataset);

struct dataset *layout_measure(const struct layout *layout, enum job_family family, int measure);
struct dataset *layout_job_field(const struct layout *layout, enum job_family family,
                                 enum job_field field);
struct dataset *layout_variable(const struct layout *layout, int table, int variable);
struct dataset *layout_table_field(const struct layout *layout, int table, enum table_field field);

/* Rows of a family in every case, and how many stand before them. */
int64_t layout_rows(const struct layout *layout, enum job_family family);
int64_t layout_first_row(const struct layout *layout, enum job_family family);

/* What identifies the job of a row, counted within its family, in checksums. */
struct job_index layout_job_index(enum job_family family, int64_t case_index, int64_t row,
                                  int64_t ablation);

/* HDF5 type of numbers in memory and in the file; of VALUE_TEXT H5I_INVALID_HID. Not to be closed.
 */
hid_t value_h5_type(enum value_type type);

/* The datasets of /run. */
enum run_dataset { RUN_EPOCHS, RUN_ATTEMPTS, RUN_FAULTS, RUN_TRAINING, RUN_SURVEYS, RUN_COUNT };

struct run_shape {
    const char *name; /* from the root */
    hsize_t rows;     /* 0: one for each case */
    hsize_t columns;  /* 1: it has one axis */
    bool is_optional; /* older files lack it */
};

extern const struct run_shape RUN_SHAPES[RUN_COUNT];

/* Type of one of them in files of a format version: the compound of struct epoch or of struct
 * training_mark, or bytes. Closed by H5Tclose. */
hid_t run_type(enum run_dataset run, int version);
