#include "report/results_input.h"

#include "core/axes.h"
#include "core/memory.h"
#include "core/text.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/measures/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void results_input_release(struct results_input *input)
{
    for (int i = 0; i < input->n_columns; i++) {
        free(input->columns[i].values);
        free(input->columns[i].texts);
    }
    free(input->columns);
    free(input->path);
    free(input->folder);
    free(input->hash);
    free(input->uuid);
    free(input->versions);
    free(input->revision);
    free(input->models_dir);
    free(input->study_dir);
    free(input->has_alpha);
    free(input->trainings);
    free(input->epochs);
    sweep_release(&input->sweep);
    *input = (struct results_input){0};
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

struct study_column *results_input_column(const struct results_input *input, const char *name)
{
    return bsearch(name, input->columns, (size_t)input->n_columns, sizeof *input->columns,
                   compare_names);
}

const void *study_column_at(const struct study_column *column, int row, size_t i, size_t k)
{
    const size_t place = ((size_t)row * column->lengths[0] + i) * column->lengths[1] + k;
    return (const char *)column->values + place * value_size(column->type);
}

static enum status read_texts(struct results_input *input, const struct results *results,
                              struct error *error)
{
    TRY(results_read_attribute(results, "study_hash", &input->hash, error));
    TRY(results_read_attribute(results, "file_uuid", &input->uuid, error));
    TRY(results_read_attribute(results, "versions", &input->versions, error));
    TRY(results_read_attribute(results, "git_revision", &input->revision, error));
    TRY(results_read_attribute(results, "models_dir", &input->models_dir, error));
    TRY(results_read_attribute(results, "study_dir", &input->study_dir, error));
    text_clean(input->hash);
    text_clean(input->uuid);
    text_clean(input->revision);
    for (char *line = input->versions; *line != '\0';) { /* it has several */
        const size_t length = strcspn(line, "\n");
        const char end = line[length];
        line[length] = '\0';
        text_clean(line);
        line[length] = end;
        line += length + (end != '\0');
    }
    return STATUS_OK;
}

static bool ends_with(const char *name, const char *ending)
{
    return text_stem_length(name, ending) < strlen(name) || strcmp(name, ending) == 0;
}

static enum status read_column(struct results_input *input, const struct results *results,
                               const struct stored_variable *variable, struct error *error)
{
    struct study_column *const column = &input->columns[input->n_columns++];
    *column =
        (struct study_column){.type = variable->type, .fill = variable->fill, .lengths = {1, 1}};
    (void)snprintf(column->name, sizeof column->name, "%s", variable->name);
    for (int k = 1; k < variable->n_axes; k++) {
        column->axes[k - 1] = variable->axes[k];
        column->lengths[k > 1] *= (size_t)results_length(results, variable->axes[k]->name);
    }
    return variable->type == VALUE_TEXT
               ? results_read_texts(results, column->name, &column->texts, &column->stride, error)
               : results_read_new(results, column->name, &column->values, error);
}

/* The states once more: a job whose state changed while values were read is pending here. */
static enum status confirm_states(struct results_input *input, const struct results *results,
                                  struct error *error)
{
    for (int i = 0; i < input->n_columns; i++) {
        const struct study_column *const column = &input->columns[i];
        uint8_t *after = NULL;
        if (column->type != VALUE_U8 || !ends_with(column->name, "state")) {
            continue;
        }
        uint8_t *const before = column->values;
        TRY(results_read_new(results, column->name, &after, error));
        for (size_t k = 0; k < results_count(results, column->name); k++) {
            before[k] = before[k] == after[k] ? before[k] : (uint8_t)JOB_PENDING;
        }
        free(after);
    }
    return STATUS_OK;
}

/* Everything of cases but their numbers and the checksums, which others look at. A run may write
 * meanwhile, the state of a job last: states are read first. */
static enum status read_columns(struct results_input *input, const struct results *results,
                                struct error *error)
{
    struct stored_variable variable;
    size_t n = 0;
    while (results_variable(results, (int)n, &variable)) {
        n++;
    }
    TRY(memory_array(&input->columns, n, sizeof *input->columns, error));
    for (int states = 1; states >= 0; states--) {
        for (int i = 0; results_variable(results, i, &variable); i++) {
            if (variable.axes[0] == &AXIS_CASE && !ends_with(variable.name, "checksum") &&
                strcmp(variable.name, AXIS_CASE.name) != 0 &&
                ends_with(variable.name, "state") == (states == 1)) {
                TRY(read_column(input, results, &variable, error));
            }
        }
    }
    TRY(confirm_states(input, results, error));
    qsort(input->columns, (size_t)input->n_columns, sizeof *input->columns, compare_names);
    return STATUS_OK;
}

/* The column whose name is two texts. */
static struct study_column *joined(const struct results_input *input, const char *a, const char *b)
{
    char name[2 * VARIABLE_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s%s", a, b);
    return results_input_column(input, name);
}

static struct study_column *find_state(const struct results_input *input, const char *prefix,
                                       const char *name)
{
    struct study_column *const column = joined(input, prefix, name);
    if (column != NULL) {
        column->is_state = true;
    }
    return column;
}

/* Finds the columns of jobs, and for all that is computed its state. */
static void find_states(struct results_input *input)
{
    static const char *const prefixes[2] = {"", "partition_"};
    for (int family = 0; family < 2; family++) {
        struct job_columns *const jobs = &input->jobs[family];
        jobs->state = find_state(input, prefixes[family], "state");
        jobs->error = joined(input, prefixes[family], "error");
        jobs->stabilizer = joined(input, prefixes[family], "stabilizer");
        for (int i = 0; MEASURES[i] != NULL; i++) {
            struct study_column *const column =
                joined(input, prefixes[family], MEASURES[i]->variable.name);
            jobs->measures[i] = column;
            if (column != NULL) {
                column->state = jobs->state;
            }
        }
    }
    for (int t = 0; t < input->schema.n_tables; t++) {
        const struct table *const table = &input->schema.tables[t];
        const struct study_column *const state = find_state(input, table->name, "_state");
        for (const struct variable *v = table->variables; v->name != NULL; v++) {
            struct study_column *const column = results_input_column(input, v->name);
            if (column != NULL && !variable_is_time(v)) {
                column->state = state;
            }
        }
    }
}

static enum status read_open(struct results_input *input, const struct results *results,
                             struct error *error)
{
    input->schema = *results_schema(results);
    TRY(read_texts(input, results, error));
    TRY(results_read_sweep(results, &input->sweep, error));
    TRY(memory_array(&input->epochs, RESULTS_EPOCHS, sizeof *input->epochs, error));
    TRY(results_read_epochs(results, input->epochs, error));
    TRY(memory_array(&input->trainings, (size_t)input->sweep.n_cases, sizeof *input->trainings,
                     error));
    TRY(results_read_training(results, input->trainings, error));
    TRY(read_columns(input, results, error));
    find_states(input);
    return STATUS_OK;
}

enum status results_input_read(struct results_input *input, const char *path, struct error *error)
{
    const struct schema schema = diagnostics_schema(NULL);
    struct results *results = NULL;
    struct error ignored;
    *input = (struct results_input){0};
    TRY(memory_string(&input->path, path, error));
    TRY(path_directory(&input->folder, path, error));
    TRY(results_open(&results, path, RESULTS_READ, &schema, error));
    const enum status status = read_open(input, results, error);
    (void)!results_close(&results, &ignored);
    text_clean(input->path); /* from here on it is only shown */
    return status;
}

const char *results_input_text(const struct results_input *input, const char *name, int row)
{
    const struct study_column *const column = results_input_column(input, name);
    return column->texts + (size_t)row * column->stride;
}

bool results_input_has_alpha(const struct results_input *input, int alpha)
{
    return input->has_alpha == NULL || input->has_alpha[alpha] != 0;
}
