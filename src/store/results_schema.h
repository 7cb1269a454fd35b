/* The layout of a results file: one table that creation, writing, reading and tests share. */
#ifndef SCHURSWEEP_STORE_RESULTS_SCHEMA_H
#define SCHURSWEEP_STORE_RESULTS_SCHEMA_H

#include "core/sweep.h"

#include <hdf5.h>

/* Raised when an older program could not read a newer file or the other way round. */
#define RESULTS_FORMAT_VERSION 4

enum {
    RESULTS_MAX_AXES = 3,
    RESULTS_EPOCHS = 64,
    RESULTS_MESSAGE_SIZE = 200,
    RESULTS_HOST_SIZE = 64,
    RESULTS_JOB_SIZE = 32
};

enum axis {
    AXIS_CASE,
    AXIS_ALPHA,
    AXIS_ABLATION,
    AXIS_COUPLING,
    AXIS_MODE,
    AXIS_PARTITION, /* of length 0 in a study without the profile: its variables are not there */
    AXIS_COUNT
};

enum value_type {
    VALUE_F64,
    VALUE_I64,
    VALUE_I32,
    VALUE_U64,
    VALUE_U16,
    VALUE_U8,
    VALUE_I8,
    VALUE_TEXT
};

/* How a value that was never written looks. FILL_MARKED is -1 or 255 with a _FillValue attribute.
 */
enum fill { FILL_NAN, FILL_ZERO, FILL_MARKED };

struct variable {
    const char *name;
    enum value_type type;
    enum fill fill;
    int n_axes;
    enum axis axes[RESULTS_MAX_AXES];
    bool is_scale; /* the dimension scale of axes[0] */
    const char *units;
    const char *long_name;
};

enum variable_id {
    VAR_CASE,
    VAR_ALPHA,
    VAR_ABLATION,
    VAR_COUPLING,
    VAR_MODE,
    VAR_PARTITION,
    VAR_MODEL,
    VAR_TASK,
    VAR_CONSTRUCTION,
    VAR_HIDDEN,
    VAR_SEED,
    VAR_MODEL_IDENTITY,
    VAR_FVU,
    VAR_DELTA_FVU,
    VAR_ACCURACY,
    VAR_DISTANCE,
    VAR_REMOVED_MASS,
    VAR_SENSITIVITY,
    VAR_SECONDS,
    VAR_STABILIZER,
    VAR_ERROR,
    VAR_CHECKSUM,
    VAR_STATE,
    VAR_N_R,
    VAR_ALPHA_GAP,
    VAR_COUPLING_MASS,
    VAR_SPECTRAL_RADIUS,
    VAR_NONNORMALITY,
    VAR_SCHUR_RESIDUAL,
    VAR_ORTHOGONALITY_LOSS,
    VAR_MODULUS_GAP,
    VAR_SCHUR_ROUTE,
    VAR_WEIGHTS_HASH,
    VAR_CONVERGED,
    VAR_TRAIN_METRIC,
    VAR_TRAIN_LOSS,
    VAR_TRAIN_STEPS,
    VAR_TRAIN_SECONDS,
    VAR_CASE_CHECKSUM,
    VAR_CASE_STATE,
    VAR_MESSAGE,
    VAR_EIGENVALUE_RE,
    VAR_EIGENVALUE_IM,
    VAR_ALPHA_LOW,
    VAR_ALPHA_HIGH,
    VAR_PARTITION_N_R,
    VAR_PARTITION_FVU,
    VAR_PARTITION_DELTA_FVU,
    VAR_PARTITION_ACCURACY,
    VAR_PARTITION_DISTANCE,
    VAR_PARTITION_REMOVED_MASS,
    VAR_PARTITION_SENSITIVITY,
    VAR_PARTITION_SECONDS,
    VAR_PARTITION_STABILIZER,
    VAR_PARTITION_ERROR,
    VAR_PARTITION_CHECKSUM,
    VAR_PARTITION_STATE,
    VAR_COUNT
};

extern const struct variable VARIABLES[VAR_COUNT];

/* Whether a file whose axes are so long has the variable. */
bool variable_is_there(enum variable_id id, const hsize_t lengths[AXIS_COUNT]);

/* Lengths of all axes for a sweep. */
void results_axis_lengths(const struct sweep *sweep, hsize_t lengths[AXIS_COUNT]);

/* In-memory HDF5 type of numbers; for VALUE_TEXT H5I_INVALID_HID. Not to be closed. */
hid_t value_memory_type(enum value_type type);

/* Bytes of one number; 0 for VALUE_TEXT. */
size_t value_size(enum value_type type);

/* One start of the program on this file, in /run/epochs. start_time 0 marks an unused record. */
struct epoch {
    int64_t start_time;    /* seconds since 1970 */
    int64_t end_time;      /* 0 while running, or when killed */
    int64_t done_at_start; /* jobs in a final state when it started */
    int32_t n_ranks;
    char host[RESULTS_HOST_SIZE];
    char job[RESULTS_JOB_SIZE]; /* batch job id, '' outside one */
};

/* Compound type of struct epoch. Closed by H5Tclose. */
hid_t epoch_type(void);

#endif
