#include "store/results_resume.h"

#include "core/bits.h"
#include "core/case_identity.h"
#include "core/memory.h"
#include "core/text.h"
#include "store/model_file.h"
#include "store/results_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- weights of trained models ---- */

/* Any state but done and predicted, of what a case has: rows of `stride` states each; of partitions
 * those that have an n_R. */
static enum status mark_work(const struct results *results, const char *name, const int32_t *n_r,
                             unsigned char *has_work, struct error *error)
{
    uint8_t *state = NULL;
    const size_t stride = n_r != NULL ? (size_t)results_length(results, "ablation") : 1;
    TRY(results_read_new(results, name, &state, error));
    const size_t count = results_count(results, name);
    const size_t of_case = count / (size_t)results_length(results, "case");
    for (size_t i = 0; i < count; i++) {
        if (state[i] != JOB_DONE && state[i] != JOB_PREDICTED &&
            (n_r == NULL || n_r[i / stride] >= 0)) {
            has_work[i / of_case] = 1;
        }
    }
    free(state);
    return STATUS_OK;
}

/* has_work[cases of the file] */
static enum status mark_all_work(const struct results *results, unsigned char *has_work,
                                 struct error *error)
{
    const struct schema *const schema = results_schema(results);
    int32_t *n_r = NULL;
    TRY(mark_work(results, "state", NULL, has_work, error));
    for (int t = 0; t < schema->n_tables; t++) {
        char name[VARIABLE_NAME_SIZE + 8];
        (void)snprintf(name, sizeof name, "%s_state", schema->tables[t].name);
        TRY(mark_work(results, name, NULL, has_work, error));
    }
    if (!results_has(results, "partition_state")) {
        return STATUS_OK;
    }
    TRY(results_read_new(results, "partition_n_r", &n_r, error));
    const enum status status = mark_work(results, "partition_state", n_r, has_work, error);
    free(n_r);
    return status;
}

/* What tells whether trained models are still those that finished cases came from. */
struct weight_marks {
    uint8_t *spectrum_state; /* [cases of the file] done: the case has its hash */
    uint64_t *hash;          /* [cases of the file] */
    unsigned char *has_work; /* [n_models] some job of it is still to be computed */
};

/* Whatever is not the same has work. */
static enum status read_marks(struct weight_marks *marks, const struct results *results,
                              const struct sweep *sweep, const struct keep_map *map,
                              struct error *error)
{
    unsigned char *of_case = NULL;
    TRY(results_read_new(results, "spectrum_state", &marks->spectrum_state, error));
    TRY(results_read_new(results, "weights_hash", &marks->hash, error));
    TRY(memory_array(&marks->has_work, (size_t)sweep->n_models, 1, error));
    TRY(memory_array(&of_case, (size_t)results_length(results, "case"), 1, error));
    const enum status status = mark_all_work(results, of_case, error);
    for (int i = 0; i < sweep->n_cases && status == STATUS_OK; i++) {
        const int old = map->case_of[i];
        if (!map->is_whole || old < 0 || of_case[old] != 0) {
            marks->has_work[sweep->cases[i].model] = 1;
        }
    }
    free(of_case);
    return status;
}

static enum status find_hash(const struct model_spec *model, uint64_t *hash, struct error *error)
{
    struct network network;
    struct model_labels labels;
    *hash = model->weights_hash;
    if (*hash != 0) {
        return STATUS_OK;
    }
    TRY(model_file_survey(model->path, &network, &labels, hash, error));
    network_release(&network);
    return STATUS_OK;
}

/* The identity of a trained model says how it was made, not what is in its file. Models without
 * work are not looked at: the file goes on as it is. */
static enum status compare_weights(const struct sweep *sweep, const struct weight_marks *marks,
                                   struct keep_map *map, unsigned char *changed,
                                   struct error *error)
{
    int read = -1; /* the model that `hash` is of: cases of one model stand together */
    uint64_t hash = 0;
    for (int i = 0; i < sweep->n_cases; i++) {
        const int index = sweep->cases[i].model;
        const struct model_spec *const model = &sweep->models[index];
        const int old = map->case_of[i];
        if (!model->is_trained || old < 0 || marks->has_work[index] == 0 ||
            marks->spectrum_state[old] != JOB_DONE || access(model->path, F_OK) != 0) {
            continue;
        }
        if (read != index) {
            TRY(find_hash(model, &hash, error));
            read = index;
        }
        if (hash != marks->hash[old]) {
            map->case_of[i] = -1;
            map->is_whole = false;
            map->is_in_place = false;
            changed[index] = 1;
        }
    }
    return STATUS_OK;
}

enum status results_match_weights(const struct results *results, const struct sweep *sweep,
                                  struct keep_map *map, unsigned char *changed, struct error *error)
{
    struct weight_marks marks = {0};
    int i = 0;
    while (i < sweep->n_models && !sweep->models[i].is_trained) {
        i++;
    }
    if (i == sweep->n_models) {
        return STATUS_OK;
    }
    enum status status = read_marks(&marks, results, sweep, map, error);
    THEN(status, compare_weights(sweep, &marks, map, changed, error));
    free(marks.spectrum_state);
    free(marks.hash);
    free(marks.has_work);
    return status;
}

/* ---- why it is another study's ---- */

static size_t line_length(const char *text)
{
    return strcspn(text, "\n");
}

static int key_length(const char *line)
{
    const char *const separator = strstr(line, " = ");
    const size_t length = line_length(line);
    return separator != NULL && (size_t)(separator - line) < length ? (int)(separator - line)
                                                                    : (int)length;
}

/* Name and epsilon of a study are never the reason. */
static const char *skip_free(const char *line)
{
    while (text_begins(line, "study = ") || text_begins(line, "epsilon = ")) {
        line = results_next_line(line);
    }
    return line;
}

/* The first line in which two canonical studies differ. */
static enum status compare_canonical(const char *path, const char *stored, const char *wanted,
                                     struct error *error)
{
    stored = skip_free(stored);
    wanted = skip_free(wanted);
    while (*stored != '\0' && *wanted != '\0') {
        const size_t stored_length = line_length(stored);
        const size_t wanted_length = line_length(wanted);
        if (stored_length != wanted_length || memcmp(stored, wanted, wanted_length) != 0) {
            break;
        }
        stored = skip_free(results_next_line(stored));
        wanted = skip_free(results_next_line(wanted));
    }
    if (*stored == '\0' && *wanted == '\0') {
        return STATUS_OK;
    }
    const char *const differing = *wanted != '\0' ? wanted : stored;
    return error_set(error, STATUS_MISMATCH,
                     "%s: made by another study: '%.*s' differs, the file has '%.*s', the study "
                     "'%.*s'",
                     path, key_length(differing), differing, (int)line_length(stored), stored,
                     (int)line_length(wanted), wanted);
}

/* What is there of a diagnostic has its parameters. */
static enum status compare_params(const char *path, const struct keep_side *now,
                                  const struct keep_side *old, struct error *error)
{
    for (int t = 0; t < now->schema->n_tables; t++) {
        const struct table *const table = &now->schema->tables[t];
        const int place = schema_find(old->schema, table->name);
        for (int i = 0; place >= 0 && i < table->n_params; i++) {
            const double stored = old->sweep->diagnostics[place].params[i];
            const double wanted = now->sweep->diagnostics[t].params[i];
            if (!same_bits(stored, wanted)) {
                return error_set(error, STATUS_MISMATCH,
                                 "%s: diagnostic '%s' was computed with %s = %.15g, the study has "
                                 "%.15g",
                                 path, table->name, table->params[i].name, stored, wanted);
            }
        }
    }
    return STATUS_OK;
}

/* One whose values are of other places, such as of other changed trials. */
static enum status compare_tables(const char *path, const struct keep_map *map,
                                  const struct keep_side *now, const struct keep_side *old,
                                  struct error *error)
{
    for (int t = 0; t < now->schema->n_tables; t++) {
        const char *const name = now->schema->tables[t].name;
        if (map->table_of[t] < 0 && schema_find(old->schema, name) >= 0) {
            return error_set(error, STATUS_MISMATCH,
                             "%s: diagnostic '%s' lacks values that the study asks for", path,
                             name);
        }
    }
    return STATUS_OK;
}

static enum status name_changed(const char *path, const struct keep_side *now, int index,
                                const struct keep_side *old, int before, struct error *error)
{
    const struct case_spec *const spec = &now->sweep->cases[index];
    const struct model_spec *const model = &now->sweep->models[spec->model];
    struct case_identity a;
    struct case_identity b;
    TRY(case_identity_find(now->sweep, index, now->schema, &a, error));
    TRY(case_identity_find(old->sweep, before, old->schema, &b, error));
    const enum case_part part = case_identity_differs(&a, &b);
    return part == PART_MODEL
               ? error_set(
                     error, STATUS_MISMATCH,
                     "%s: model '%s' has changed since (identity %s, now %s)", path, model->label,
                     old->sweep->models[old->sweep->cases[before].model].identity, model->identity)
               : error_set(error, STATUS_MISMATCH, "%s: %s of model '%s' on task '%s' differs",
                           path, CASE_PART_NAMES[part], model->label, spec->task_label);
}

/* Those that have changed go before those that are not there. */
static enum status compare_cases(const char *path, const struct keep_map *map,
                                 const struct keep_side *now, const struct keep_side *old,
                                 const unsigned char *changed, struct error *error)
{
    int missing = -1;
    for (int i = 0; i < now->sweep->n_cases; i++) {
        const int model = now->sweep->cases[i].model;
        if (changed[model] != 0) {
            return error_set(error, STATUS_MISMATCH, "%s: model file %s has changed since", path,
                             now->sweep->models[model].path);
        }
        if (map->namesake_of[i] >= 0) {
            return name_changed(path, now, i, old, map->namesake_of[i], error);
        }
        missing = missing < 0 && map->case_of[i] < 0 ? i : missing;
    }
    if (missing >= 0) {
        const struct case_spec *const spec = &now->sweep->cases[missing];
        const struct model_spec *const model = &now->sweep->models[spec->model];
        char form[32] = "";
        if (spec->form.gauge != cell_gauge(&model->cell)) {
            (void)snprintf(form, sizeof form, " in gauge %d", spec->form.gauge);
        }
        return error_set(error, STATUS_MISMATCH, "%s: has no model '%s' on task '%s'%s", path,
                         model->label, spec->task_label, form);
    }
    return error_set(error, STATUS_MISMATCH, "%s: has %d cases, the study %d of them", path,
                     old->sweep->n_cases, now->sweep->n_cases);
}

static enum status explain(const char *path, const struct keep_map *map,
                           const struct keep_side *now, const struct keep_side *old,
                           const unsigned char *changed, struct error *error)
{
    TRY(compare_canonical(path, old->sweep->canonical, now->sweep->canonical, error));
    TRY(compare_params(path, now, old, error));
    TRY(compare_tables(path, map, now, old, error));
    return compare_cases(path, map, now, old, changed, error);
}

/* ---- all ---- */

static bool lacks_table(const struct results *results, const struct schema *schema)
{
    int t = 0;
    while (t < schema->n_tables &&
           schema_find(results_schema(results), schema->tables[t].name) >= 0) {
        t++;
    }
    return t < schema->n_tables;
}

enum status results_match(const struct results *results, const struct sweep *sweep,
                          const struct schema *schema, bool *is_same, struct error *error)
{
    struct sweep stored;
    struct keep_map map = {0};
    unsigned char *changed = NULL;
    if (results->version != RESULTS_FORMAT_VERSION) {
        return results_other_format(results->path, results->version, error);
    }
    TRY(results_read_sweep(results, &stored, error));
    const struct schema wanted = schema_with_measures(schema, results_schema(results));
    const struct keep_side now = {sweep, &wanted};
    const struct keep_side old = {&stored, results_schema(results)};
    enum status status = keep_map_create(&map, &now, &old, error);
    THEN(status, memory_array(&changed, (size_t)sweep->n_models, 1, error));
    if (map.is_whole) { /* else it does not match, whatever the weights are */
        THEN(status, results_match_weights(results, sweep, &map, changed, error));
    }
    if (status == STATUS_OK && !map.is_whole) {
        status = explain(results->path, &map, &now, &old, changed, error);
    }
    *is_same = status == STATUS_OK && map.is_in_place && !lacks_table(results, schema);
    free(changed);
    keep_map_release(&map);
    sweep_release(&stored);
    return status;
}
