#include "store/results_layout.h"

#include "core/memory.h"
#include "store/h5.h"
#include "store/results_faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

static const struct variable JOB_FIELDS[JOB_FIELD_COUNT] = {
    [JOB_SECONDS] = {"seconds",
                     "s",
                     "time of the rollout, 0 in jobs that share it",
                     VALUE_F64,
                     FILL_NAN,
                     {NULL}},
    [JOB_STABILIZER] =
        {"stabilizer", "1", "1 when distance is at most epsilon", VALUE_U8, FILL_MARKED, {NULL}},
    [JOB_ERROR] =
        {"error", "1", "error code of a failed job, 0 for none", VALUE_U16, FILL_ZERO, {NULL}},
    [JOB_CHECKSUM] = {"checksum",
                      "1",
                      "XXH3 over the index and values of the job",
                      VALUE_U64,
                      FILL_ZERO,
                      {NULL}},
    [JOB_STATE] = {"state",
                   "1",
                   "0 pending or no such job, 1 done, 2 failed, 3 predicted",
                   VALUE_U8,
                   FILL_ZERO,
                   {NULL}}};

static const struct variable TABLE_FIELDS[TABLE_FIELD_COUNT] = {
    [TABLE_ERROR] = {"error",
                     "1",
                     "error code of a failed diagnostic, 0 for none",
                     VALUE_U16,
                     FILL_ZERO,
                     {NULL}},
    [TABLE_CHECKSUM] = {"checksum",
                        "1",
                        "XXH3 over the case and values of the diagnostic",
                        VALUE_U64,
                        FILL_ZERO,
                        {NULL}},
    [TABLE_STATE] = {"state", "1", "0 pending, 1 done, 2 failed", VALUE_U8, FILL_ZERO, {NULL}}};

static int64_t count_characters(const struct sweep *sweep)
{
    (void)sweep;
    return RESULTS_MESSAGE_SIZE;
}

/* A dimension without labels. */
static const struct axis AXIS_CHARACTER = {"message_character", "", VALUE_TYPE_COUNT,
                                           count_characters, NULL};

static const char *const PREFIXES[FAMILY_COUNT] = {"", "partition_"};
static const struct axis *const ROW_AXES[FAMILY_COUNT] = {&AXIS_ALPHA, &AXIS_PARTITION};

static int place_of_axis(const struct layout *layout, const struct axis *axis)
{
    int i = 0;
    while (i < layout->n_axes && layout->axes[i] != axis) {
        i++;
    }
    return i;
}

static enum status add_axis(struct layout *layout, const struct axis *axis, struct error *error)
{
    if (place_of_axis(layout, axis) < layout->n_axes) {
        return STATUS_OK;
    }
    if (layout->n_axes == LAYOUT_AXES_MAX) {
        return error_set(error, STATUS_INTERNAL, "more than %d axes", LAYOUT_AXES_MAX);
    }
    layout->axes[layout->n_axes++] = axis;
    return STATUS_OK;
}

static enum status add_axes(struct layout *layout, struct error *error)
{
    static const struct axis *const common[] = {&AXIS_CASE, &AXIS_ALPHA, &AXIS_ABLATION,
                                                &AXIS_PARTITION, &AXIS_CHARACTER};
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        TRY(add_axis(layout, common[i], error));
    }
    for (int t = 0; t < layout->schema.n_tables; t++) {
        const struct variable *const list = layout->schema.tables[t].variables;
        for (int i = 0; list[i].name != NULL; i++) {
            for (int k = 0; k < VARIABLE_AXES_MAX && list[i].axes[k] != NULL; k++) {
                TRY(add_axis(layout, list[i].axes[k], error));
            }
        }
    }
    return STATUS_OK;
}

/* Adds a variable of a case with further axes in front of its own. */
static struct dataset *add(struct layout *layout, enum dataset_kind kind, const char *prefix,
                           const struct variable *variable, const struct axis *const *axes,
                           int n_axes)
{
    struct dataset *const added = &layout->datasets[layout->n_datasets++];
    *added = (struct dataset){.units = variable->units,
                              .long_name = variable->long_name,
                              .declared_by = "",
                              .type = variable->type,
                              .fill = variable->fill,
                              .kind = kind};
    (void)snprintf(added->name, sizeof added->name, "%s%s", prefix, variable->name);
    for (int i = 0; i < n_axes; i++) {
        added->axes[added->n_axes++] = place_of_axis(layout, axes[i]);
    }
    for (int i = 0; i < VARIABLE_AXES_MAX && variable->axes[i] != NULL; i++) {
        added->axes[added->n_axes++] = place_of_axis(layout, variable->axes[i]);
    }
    return added;
}

static void add_scales(struct layout *layout)
{
    for (int i = 0; i < layout->n_axes; i++) {
        const struct axis *const axis = layout->axes[i];
        const struct variable labels = {axis->name,
                                        "1",
                                        axis->long_name,
                                        axis->type,
                                        axis->type == VALUE_F64 ? FILL_NAN : FILL_ZERO,
                                        {NULL}};
        (void)add(layout, DATASET_SCALE, "", &labels, &axis, 1);
    }
}

static void add_of_case(struct layout *layout)
{
    static const struct axis *const case_axis[] = {&AXIS_CASE, &AXIS_CHARACTER};
    static const struct variable message = {"message",  "1",       "why the case failed",
                                            VALUE_TEXT, FILL_ZERO, {NULL}};
    for (int i = 0; CASE_LABELS[i].variable.name != NULL; i++) {
        if (layout->schema.of_pairs || !CASE_LABELS[i].of_pairs) {
            (void)add(layout, DATASET_LABEL, "", &CASE_LABELS[i].variable, case_axis, 1);
        }
    }
    (void)add(layout, DATASET_MESSAGE, "", &message, case_axis, 2);
}

static void add_jobs(struct layout *layout, enum job_family family)
{
    const struct axis *const axes[] = {&AXIS_CASE, ROW_AXES[family], &AXIS_ABLATION};
    layout->jobs[family] = layout->n_datasets;
    for (int i = 0; i < layout->schema.n_measures; i++) {
        add(layout, DATASET_JOB, PREFIXES[family], layout->schema.measures[i], axes, 3)
            ->declared_by = "measure";
    }
    for (int i = 0; i < JOB_FIELD_COUNT; i++) {
        add(layout, DATASET_JOB, PREFIXES[family], &JOB_FIELDS[i], axes, 3)->declared_by = "job";
    }
}

static void add_table(struct layout *layout, int table)
{
    static const struct axis *const case_axis[] = {&AXIS_CASE};
    const struct table *const added = &layout->schema.tables[table];
    char prefix[VARIABLE_NAME_SIZE];
    layout->tables[table] = layout->n_datasets;
    for (int i = 0; added->variables[i].name != NULL; i++) {
        add(layout, DATASET_RECORD, "", &added->variables[i], case_axis, 1)->declared_by =
            added->name;
    }
    (void)snprintf(prefix, sizeof prefix, "%s_", added->name);
    for (int i = 0; i < TABLE_FIELD_COUNT; i++) {
        add(layout, DATASET_RECORD, prefix, &TABLE_FIELDS[i], case_axis, 1)->declared_by =
            added->name;
    }
}

static size_t count_datasets(const struct layout *layout)
{
    size_t count = (size_t)layout->n_axes + 1;
    for (int i = 0; CASE_LABELS[i].variable.name != NULL; i++) {
        count++;
    }
    count += (size_t)FAMILY_COUNT * (size_t)(layout->schema.n_measures + JOB_FIELD_COUNT);
    for (int t = 0; t < layout->schema.n_tables; t++) {
        count += (size_t)variables_count(layout->schema.tables[t].variables) + TABLE_FIELD_COUNT;
    }
    return count;
}

enum status layout_create(struct layout *layout, const struct schema *schema, struct error *error)
{
    *layout = (struct layout){.schema = *schema};
    TRY(add_axes(layout, error));
    TRY(memory_array(&layout->datasets, count_datasets(layout), sizeof *layout->datasets, error));
    add_scales(layout);
    add_of_case(layout);
    for (enum job_family family = 0; family < FAMILY_COUNT; family++) {
        add_jobs(layout, family);
    }
    for (int t = 0; t < schema->n_tables; t++) {
        add_table(layout, t);
    }
    for (int i = 0; i < layout->n_datasets; i++) {
        const char *const name = layout->datasets[i].name;
        if (layout_find(layout, name) != &layout->datasets[i]) {
            const enum status status =
                error_set(error, STATUS_INTERNAL, "two variables are called '%s'", name);
            layout_release(layout);
            return status;
        }
    }
    return STATUS_OK;
}

void layout_release(struct layout *layout)
{
    for (int i = 0; i < layout->n_datasets; i++) {
        if (layout->datasets[i].id > 0) {
            (void)H5Dclose(layout->datasets[i].id);
        }
        if (layout->datasets[i].space > 0) {
            (void)H5Sclose(layout->datasets[i].space);
        }
    }
    free(layout->datasets);
    layout->datasets = NULL;
    layout->n_datasets = 0;
}

void layout_set_lengths(struct layout *layout, const struct sweep *sweep)
{
    for (int i = 0; i < layout->n_axes; i++) {
        layout->lengths[i] = (hsize_t)layout->axes[i]->length(sweep);
    }
}

/* ---- looking up ---- */

bool layout_has(const struct layout *layout, const struct dataset *dataset)
{
    for (int i = 0; i < dataset->n_axes; i++) {
        if (layout->lengths[dataset->axes[i]] == 0) {
            return false;
        }
    }
    return true;
}

struct dataset *layout_find(const struct layout *layout, const char *name)
{
    for (int i = 0; i < layout->n_datasets; i++) {
        if (strcmp(layout->datasets[i].name, name) == 0) {
            return &layout->datasets[i];
        }
    }
    return NULL;
}

int layout_axis(const struct layout *layout, const char *name)
{
    for (int i = 0; i < layout->n_axes; i++) {
        if (strcmp(layout->axes[i]->name, name) == 0) {
            return i;
        }
    }
    return -1;
}

size_t layout_count(const struct layout *layout, const struct dataset *dataset)
{
    size_t count = 1;
    for (int i = 0; i < dataset->n_axes; i++) {
        count *= (size_t)layout->lengths[dataset->axes[i]];
    }
    return count;
}

size_t layout_count_of_case(const struct layout *layout, const struct dataset *dataset)
{
    return layout->lengths[0] == 0 ? 0 : layout_count(layout, dataset) / (size_t)layout->lengths[0];
}

struct dataset *layout_measure(const struct layout *layout, enum job_family family, int measure)
{
    return &layout->datasets[layout->jobs[family] + measure];
}

struct dataset *layout_job_field(const struct layout *layout, enum job_family family,
                                 enum job_field field)
{
    return &layout->datasets[layout->jobs[family] + layout->schema.n_measures + (int)field];
}

struct dataset *layout_variable(const struct layout *layout, int table, int variable)
{
    return &layout->datasets[layout->tables[table] + variable];
}

struct dataset *layout_table_field(const struct layout *layout, int table, enum table_field field)
{
    const int n = variables_count(layout->schema.tables[table].variables);
    return &layout->datasets[layout->tables[table] + n + (int)field];
}

int64_t layout_rows(const struct layout *layout, enum job_family family)
{
    return (int64_t)layout->lengths[place_of_axis(layout, ROW_AXES[family])];
}

int64_t layout_first_row(const struct layout *layout, enum job_family family)
{
    return family == FAMILY_ALPHA ? 0 : layout_rows(layout, FAMILY_ALPHA);
}

struct job_index layout_job_index(enum job_family family, int64_t case_index, int64_t row,
                                  int64_t ablation)
{
    const int64_t alpha = family == FAMILY_ALPHA ? row : job_index_of_partition(row);
    return (struct job_index){case_index, alpha, ablation};
}

/* ---- types ---- */

hid_t value_h5_type(enum value_type type)
{
    const hid_t types[] = {[VALUE_F64] = H5T_IEEE_F64LE,        [VALUE_I64] = H5T_STD_I64LE,
                           [VALUE_I32] = H5T_STD_I32LE,         [VALUE_U64] = H5T_STD_U64LE,
                           [VALUE_U16] = H5T_STD_U16LE,         [VALUE_U8] = H5T_STD_U8LE,
                           [VALUE_I8] = H5T_STD_I8LE,           [VALUE_TEXT] = H5I_INVALID_HID,
                           [VALUE_TYPE_COUNT] = H5I_INVALID_HID};
    return types[type];
}

static void insert_text(hid_t type, const char *name, size_t offset, size_t size)
{
    const hid_t text = h5_string_type(size);
    (void)H5Tinsert(type, name, offset, text);
    (void)H5Tclose(text);
}

const struct run_shape RUN_SHAPES[RUN_COUNT] = {
    [RUN_EPOCHS] = {"run/epochs", RESULTS_EPOCHS, 1, false},
    [RUN_ATTEMPTS] = {"run/attempts", 0, 1, false},
    [RUN_FAULTS] = {"run/faults", 0, FAULT_COUNT, false},
    [RUN_TRAINING] = {"run/training", 0, 1, .is_optional = true},
    [RUN_SURVEYS] = {"run/surveys", 0, RESULTS_SURVEY_SIZE, .is_optional = true},
};

static hid_t training_type(void)
{
    const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(struct training_mark));
    (void)H5Tinsert(type, "step", HOFFSET(struct training_mark, step), H5T_STD_I32LE);
    (void)H5Tinsert(type, "steps", HOFFSET(struct training_mark, steps), H5T_STD_I32LE);
    (void)H5Tinsert(type, "start", HOFFSET(struct training_mark, start), H5T_STD_I64LE);
    (void)H5Tinsert(type, "loss", HOFFSET(struct training_mark, loss), H5T_IEEE_F64LE);
    return type;
}

hid_t run_type(enum run_dataset run, int version)
{
    enum { FORMAT3_SIZE = 128 }; /* the members up to `job`, as a struct of their own */
    const bool is_old = version == RESULTS_FORMAT_OLDEST;
    if (run != RUN_EPOCHS) {
        return run == RUN_TRAINING ? training_type() : H5Tcopy(H5T_STD_U8LE);
    }
    const hid_t type = H5Tcreate(H5T_COMPOUND, is_old ? FORMAT3_SIZE : sizeof(struct epoch));
    (void)H5Tinsert(type, "start_time", HOFFSET(struct epoch, start_time), H5T_STD_I64LE);
    (void)H5Tinsert(type, "end_time", HOFFSET(struct epoch, end_time), H5T_STD_I64LE);
    (void)H5Tinsert(type, "done_at_start", HOFFSET(struct epoch, done_at_start), H5T_STD_I64LE);
    (void)H5Tinsert(type, "n_ranks", HOFFSET(struct epoch, n_ranks), H5T_STD_I32LE);
    insert_text(type, "host", HOFFSET(struct epoch, host), RESULTS_HOST_SIZE);
    insert_text(type, "job", HOFFSET(struct epoch, job), RESULTS_JOB_SIZE);
    if (!is_old) {
        insert_text(type, "isa", HOFFSET(struct epoch, isa), RESULTS_ISA_SIZE);
        insert_text(type, "blas_core", HOFFSET(struct epoch, blas_core), RESULTS_CORE_SIZE);
    }
    return type;
}
