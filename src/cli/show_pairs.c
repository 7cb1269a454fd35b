#include "cli/show_pairs.h"

#include "cli/text_table.h"
#include "core/json.h"
#include "core/memory.h"
#include "report/statistics.h"
#include "report/tables/table_write.h"

#include <math.h>
#include <stdlib.h>

enum { MANY_PAIRS = 60, VALUE_NAME_SIZE = VARIABLE_NAME_SIZE + 32, VALUES_MAX = 64 };
enum { N_TEXTS = 4, N_LABELS = 6 };

/* The texts first, then numbers. */
static const char *const LABELS[N_LABELS] = {"task",    "construction", "model",
                                             "model_2", "seed",         "seed_2"};

/* What is told of every pair: a place of a variable. */
struct pair_value {
    const char *variable;
    size_t place;
    char name[VALUE_NAME_SIZE]; /* "profile_distance 0.85" */
};

/* values[VALUES_MAX]; returns how many. */
static int list_values(const struct study_data *data, struct pair_value *values)
{
    const struct results_input *const input = &data->inputs[0];
    int n = 0;
    for (int t = 0; t < input->schema.n_tables; t++) {
        for (const struct variable *v = input->schema.tables[t].variables; v->name != NULL; v++) {
            const size_t count = variable_count(v, &input->sweep);
            for (size_t i = 0; i < count && n < VALUES_MAX; i++) {
                struct pair_value *const value = &values[n++];
                *value = (struct pair_value){.variable = v->name, .place = i};
                if (v->axes[0] == NULL) {
                    (void)snprintf(value->name, sizeof value->name, "%s", v->name);
                } else {
                    (void)snprintf(value->name, sizeof value->name, "%s %g", v->name,
                                   v->axes[0]->label(&input->sweep, (int64_t)i).real);
                }
            }
        }
    }
    return n;
}

static double mean_of_group(const struct report *report, const struct group *group,
                            const struct pair_value *value)
{
    int n = 0;
    for (int i = 0; i < group->n_cases; i++) {
        const double one =
            study_real(&report->data, value->variable, group->cases[i], value->place);
        report->scratch[n] = one;
        n += !isnan(one);
    }
    return statistics_mean(report->scratch, n);
}

static void add_groups(struct text_table *table, const struct report *report,
                       const struct pair_value *values, int n_values)
{
    for (int g = 0; g < report->grouping.n_groups; g++) {
        const struct group *const group = &report->grouping.groups[g];
        char label[256];
        group_label(group, label, sizeof label);
        text_table_add(table, STYLE_PLAIN, group->task);
        text_table_add(table, STYLE_PLAIN, label);
        text_table_add_count(table, group->n_cases);
        for (int i = 0; i < n_values; i++) {
            text_table_add_number(table, "%.4g", mean_of_group(report, group, &values[i]));
        }
    }
}

static bool is_wanted(const unsigned char *wanted, int c)
{
    return wanted == NULL || wanted[c] != 0;
}

static void add_pairs(struct text_table *table, const struct study_data *data,
                      const unsigned char *wanted, const struct pair_value *values, int n_values)
{
    for (int c = 0; c < data->n_cases; c++) {
        if (!is_wanted(wanted, c)) {
            continue;
        }
        text_table_add(table, STYLE_PLAIN, study_text(data, "model", c));
        text_table_add(table, STYLE_PLAIN, study_text(data, "model_2", c));
        for (int i = 0; i < n_values; i++) {
            text_table_add_number(table, "%.4g",
                                  study_real(data, values[i].variable, c, values[i].place));
        }
    }
}

enum status show_pairs(const struct report *report, const unsigned char *wanted, bool is_long,
                       const struct screen *screen, struct error *error)
{
    enum { FIXED_MAX = 3 };
    struct pair_value values[VALUES_MAX];
    struct text_column columns[FIXED_MAX + VALUES_MAX];
    struct text_table *table = NULL;
    const int n_values = list_values(&report->data, values);
    const bool by_group = wanted == NULL && !is_long && report->data.n_cases > MANY_PAIRS;
    int n = 0;
    columns[n++] = (struct text_column){by_group ? "task" : "model", true};
    columns[n++] = (struct text_column){by_group ? "network" : "model_2", true};
    if (by_group) {
        columns[n++] = (struct text_column){"pairs", false};
    }
    for (int i = 0; i < n_values; i++) {
        columns[n++] = (struct text_column){values[i].name, false};
    }
    TRY(text_table_create(&table, columns, n, error));
    if (by_group) {
        add_groups(table, report, values, n_values);
    } else {
        add_pairs(table, &report->data, wanted, values, n_values);
    }
    const enum status status = text_table_print(table, screen, 0, error);
    text_table_destroy(&table);
    if (by_group) {
        screen_say(screen, 0, "Means over the pairs of a group; all of them: --long, --csv.");
    }
    return status;
}

static void write_csv(const struct study_data *data, const unsigned char *wanted,
                      const struct pair_value *values, int n_values, FILE *stream)
{
    for (int k = 0; k < N_LABELS + n_values; k++) {
        table_write_csv_text(k < N_LABELS ? LABELS[k] : values[k - N_LABELS].name, stream);
        (void)fputc(k + 1 < N_LABELS + n_values ? ',' : '\n', stream);
    }
    for (int c = 0; c < data->n_cases; c++) {
        if (!is_wanted(wanted, c)) {
            continue;
        }
        for (int k = 0; k < N_LABELS; k++) {
            if (k < N_TEXTS) {
                table_write_csv_text(study_text(data, LABELS[k], c), stream);
            } else {
                (void)fprintf(stream, "%lld", (long long)study_integer(data, LABELS[k], c, 0));
            }
            (void)fputc(',', stream);
        }
        for (int i = 0; i < n_values; i++) {
            const double value = study_real(data, values[i].variable, c, values[i].place);
            char text[JSON_REAL_SIZE] = "";
            if (!isnan(value)) {
                real_text(value, text);
            }
            (void)fprintf(stream, "%s%c", text, i + 1 < n_values ? ',' : '\n');
        }
    }
}

static void write_pair(const struct study_data *data, int c, const struct pair_value *values,
                       int n_values, struct json *json)
{
    json_object(json, NULL);
    for (int k = 0; k < N_LABELS; k++) {
        if (k < N_TEXTS) {
            json_text(json, LABELS[k], study_text(data, LABELS[k], c));
        } else {
            json_integer(json, LABELS[k], study_integer(data, LABELS[k], c, 0));
        }
    }
    for (int i = 0; i < n_values; i++) {
        json_real(json, values[i].name, study_real(data, values[i].variable, c, values[i].place));
    }
    json_end_object(json);
}

void show_pairs_rows(const struct report *report, const unsigned char *wanted, bool json,
                     FILE *stream)
{
    const struct study_data *const data = &report->data;
    struct pair_value values[VALUES_MAX];
    struct json rows = {.stream = stream};
    const int n_values = list_values(data, values);
    if (!json) {
        write_csv(data, wanted, values, n_values, stream);
        return;
    }
    json_array(&rows, NULL);
    for (int c = 0; c < data->n_cases; c++) {
        if (is_wanted(wanted, c)) {
            write_pair(data, c, values, n_values, &rows);
        }
    }
    json_end_array(&rows);
}
