#include "store/format3.h"

#include "core/hash.h"
#include "core/memory.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

struct old_name {
    const char *now;
    const char *then; /* NULL: there was none */
};

static const struct old_name OLD_NAMES[] = {{"coupling", "sector"},
                                            {"mode", "unit"},
                                            {"n_r", "leading_dim"},
                                            {"coupling_mass", "sector_mass"},
                                            {"nonnormality", "departure"},
                                            {"orthogonality_loss", "orthogonality"},
                                            {"partition_n_r", "profile_leading_dim"},
                                            {"partition_fvu", "profile_fvu"},
                                            {"partition_delta_fvu", "profile_delta_fvu"},
                                            {"partition_accuracy", "profile_accuracy"},
                                            {"partition_distance", "profile_distance"},
                                            {"partition_removed_mass", "profile_removed_mass"},
                                            {"partition_sensitivity", "profile_sensitivity"},
                                            {"partition_seconds", "profile_seconds"},
                                            {"partition_stabilizer", "profile_stabilizer"},
                                            {"partition_error", "profile_error"},
                                            {"partition_checksum", "profile_checksum"},
                                            {"partition_state", "profile_state"},
                                            {"spectrum_state", "case_state"},
                                            {"splits_state", "case_state"},
                                            {"training_state", "case_state"},
                                            {"spectrum_checksum", "case_checksum"},
                                            {"splits_checksum", "case_checksum"},
                                            {"training_checksum", "case_checksum"},
                                            {"spectrum_error", NULL},
                                            {"splits_error", NULL},
                                            {"training_error", NULL},
                                            {"message_character", NULL},
                                            {"matrix", NULL},
                                            {"gauge", NULL},
                                            {"order", NULL},
                                            {"leak", NULL},
                                            {"leak_form", NULL},
                                            {"cell", NULL},
                                            {"activation", NULL}};

/* What a name was then, `other` when it is not in the list. */
static const char *look_up(const struct old_name *list, size_t n, const char *name,
                           const char *other)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].now, name) == 0) {
            return list[i].then;
        }
    }
    return other;
}

const char *format3_name(const struct dataset *dataset)
{
    return look_up(OLD_NAMES, sizeof OLD_NAMES / sizeof OLD_NAMES[0], dataset->name, dataset->name);
}

const char *format3_attribute(const char *name)
{
    return strcmp(name, "isa") == 0 ? "vector_path" : name;
}

const char *format3_label(const struct dataset *dataset)
{
    static const struct old_name labels[] = {{"matrix", "hh"},
                                             {"cell", "rnn"},
                                             {"activation", "tanh"},
                                             {"order", "step"},
                                             {"leak_form", "rate"}};
    return look_up(labels, sizeof labels / sizeof labels[0], dataset->name, "");
}

/* ---- checksum ---- */

/* Values in the order in which they were hashed; of integers, scalars as 64 bits. */
static const char *const HASHED[] = {
    "spectral_radius", "nonnormality",  "schur_residual", "orthogonality_loss", "modulus_gap",
    "train_metric",    "train_loss",    "eigenvalue_re",  "eigenvalue_im",      "n_r",
    "alpha_gap",       "coupling_mass", "alpha_low",      "alpha_high",         "partition_n_r",
    "schur_route",     "weights_hash",  "converged",      "train_steps"};

static const struct record *find(const struct schema *schema, struct record *const *records,
                                 const char *name, int *place)
{
    for (int t = 0; t < schema->n_tables; t++) {
        for (int i = 0; i < record_length(records[t]); i++) {
            if (strcmp(record_variable(records[t], i)->name, name) == 0) {
                *place = i;
                return records[t];
            }
        }
    }
    return NULL;
}

static void hash_variable(struct hasher *hasher, const struct record *record, int place,
                          int n_hidden)
{
    const struct variable *const variable = record_variable(record, place);
    const bool is_of_modes = variable->axes[0] == &AXIS_MODE;
    const size_t count = is_of_modes ? (size_t)n_hidden : record_count(record, place);
    if (variable->axes[0] == NULL && variable->type != VALUE_F64) {
        const void *const value = record_values(record, place);
        hasher_u64(hasher, variable->type == VALUE_U8    ? *(const uint8_t *)value
                           : variable->type == VALUE_I8  ? (uint64_t) * (const int8_t *)value
                           : variable->type == VALUE_I32 ? (uint64_t) * (const int32_t *)value
                                                         : *(const uint64_t *)value);
    } else if (count > 0) {
        hasher_bytes(hasher, record_values(record, place), count * value_size(variable->type));
    }
}

enum status format3_case_checksum(const struct schema *schema, struct record *const *records,
                                  int64_t case_index, int n_hidden, uint64_t *checksum,
                                  struct error *error)
{
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hasher_u64(hasher, (uint64_t)case_index);
    for (size_t i = 0; i < sizeof HASHED / sizeof HASHED[0]; i++) {
        int place = 0;
        const struct record *const record = find(schema, records, HASHED[i], &place);
        if (record != NULL) {
            hash_variable(hasher, record, place, n_hidden);
        }
    }
    *checksum = hasher_digest64(hasher);
    hasher_destroy(&hasher);
    return STATUS_OK;
}

/* ---- study ---- */

/* What stands after a key in a list of lines "<key><value>", or NULL. */
static const char *find_line(const char *lines, const char *key)
{
    const size_t length = strlen(key);
    for (const char *at = lines; *at != '\0'; at = results_next_line(at)) {
        if (strncmp(at, key, length) == 0) {
            return at + length;
        }
    }
    return NULL;
}

void format3_read_numerics(struct sweep *sweep)
{
    const char *const team = find_line(sweep->canonical, "team = from ");
    sweep->precision = find_line(sweep->canonical, "precision = single") != NULL
                           ? PRECISION_FLOAT32
                           : PRECISION_FLOAT64;
    if (team != NULL) { /* "N, grid R x C, block B" */
        int *const numbers[] = {&sweep->team.from_hidden, &sweep->team.n_rows, &sweep->team.n_cols,
                                &sweep->team.block};
        const char *at = team;
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            char *end = NULL;
            at += strcspn(at, "0123456789");
            *numbers[i] = (int)strtol(at, &end, 10);
            at = end;
        }
        const int64_t n_ranks = (int64_t)sweep->team.n_rows * sweep->team.n_cols;
        sweep->team.n_ranks = n_ranks > 0 && n_ranks <= INT_MAX ? (int)n_ranks : -1;
    }
}

static int find_task(const struct sweep *sweep, const char *name, size_t length)
{
    for (int i = 0; i < sweep->n_tasks; i++) {
        if (strlen(sweep->tasks[i].name) == length &&
            strncmp(sweep->tasks[i].name, name, length) == 0) {
            return i;
        }
    }
    return -1;
}

/* "NAME = trials HASH", or "NAME.PARAMETER = VALUE" in the order of the parameters. */
static enum status read_task_line(struct sweep *sweep, int *n_params, const char *line,
                                  const char *files, struct error *error)
{
    static const char trials[] = " = trials ";
    const size_t length = strcspn(line, ". \n");
    const char *const value = strstr(line, " = ");
    int task = find_task(sweep, line, length);
    if (value == NULL || length > NAME_MAX) {
        return STATUS_OK;
    }
    if (task < 0) {
        char name[NAME_MAX + 1];
        (void)snprintf(name, sizeof name, "%.*s", (int)length, line);
        task = sweep->n_tasks++;
        *n_params = 0;
        TRY(memory_string(&sweep->tasks[task].name, name, error));
    }
    if (line[length] == '.') {
        if (*n_params < PARAMS_MAX) {
            sweep->tasks[task].params[(*n_params)++] = strtod(value + 3, NULL);
        }
        return STATUS_OK;
    }
    char key[NAME_MAX + 8];
    char path[PATH_MAX] = "";
    (void)snprintf(key, sizeof key, "%s = ", sweep->tasks[task].name);
    const char *const file = find_line(files, key);
    if (file != NULL) {
        (void)snprintf(path, sizeof path, "%.*s", (int)strcspn(file, "\n"), file);
    }
    if (strncmp(value, trials, sizeof trials - 1) == 0) {
        sweep->tasks[task].trials_hash = strtoull(value + sizeof trials - 1, NULL, 16);
    }
    return memory_string(&sweep->tasks[task].path, path, error);
}

static enum status read_lines(struct sweep *sweep, const char *files, struct error *error)
{
    static const char prefix[] = "tasks.";
    int n_lines = 0;
    int n_params = 0;
    for (const char *at = sweep->canonical; *at != '\0'; at = results_next_line(at)) {
        n_lines++;
    }
    TRY(memory_array(&sweep->tasks, (size_t)n_lines, sizeof *sweep->tasks, error));
    for (const char *at = sweep->canonical; *at != '\0'; at = results_next_line(at)) {
        if (strncmp(at, prefix, sizeof prefix - 1) == 0) {
            TRY(read_task_line(sweep, &n_params, at + sizeof prefix - 1, files, error));
        }
    }
    return STATUS_OK;
}

enum status format3_read_tasks(const struct results *results, struct sweep *sweep,
                               struct error *error)
{
    const int n_cases = (int)results->layout.lengths[0];
    char *files = NULL;
    char *labels = NULL;
    size_t stride = 0;
    TRY(results_read_attribute(results, "task_files", &files, error));
    enum status status = read_lines(sweep, files, error);
    free(files);
    TRY(status);
    TRY(memory_array(&sweep->cases, (size_t)n_cases, sizeof *sweep->cases, error));
    TRY(memory_array(&sweep->models, (size_t)n_cases + 1, sizeof *sweep->models, error));
    TRY(results_read_texts(results, "task", &labels, &stride, error));
    for (int i = 0; i < n_cases; i++) {
        const char *const label = labels + (size_t)i * stride;
        const int task = find_task(sweep, label, strlen(label));
        sweep->cases[i] = (struct case_spec){.model = i, .task = task < 0 ? CASE_TASK_OWN : task};
    }
    sweep->n_cases = n_cases;
    sweep->n_models = n_cases;
    free(labels);
    return STATUS_OK;
}
