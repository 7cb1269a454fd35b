#include "store/keep_map.h"

#include "core/axes.h"
#include "core/bits.h"
#include "core/case_identity.h"
#include "core/index_map.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- labels ---- */

static bool same_label(enum value_type type, struct label a, struct label b)
{
    return type == VALUE_TEXT  ? strcmp(a.text, b.text) == 0
           : type == VALUE_F64 ? same_bits(a.real, b.real)
                               : a.integer == b.integer;
}

int keep_map_place(const struct axis *axis, const struct sweep *now, int i, const struct sweep *old)
{
    const int64_t n = axis->length(old);
    const struct label label = axis->label(now, i);
    int place = 0;
    if (axis->type == VALUE_I64 || /* or where it mostly is */
        (i < n && same_label(axis->type, label, axis->label(old, i)))) {
        return i < n ? i : -1;
    }
    while (place < n && !same_label(axis->type, label, axis->label(old, place))) {
        place++;
    }
    return place < n ? place : -1;
}

static bool same_axis(const struct axis *axis, const struct sweep *a, const struct sweep *b)
{
    const int64_t n = axis->length(a);
    int i = 0;
    while (i < n && keep_map_place(axis, a, i, b) == i) {
        i++;
    }
    return i == n && axis->length(b) == n;
}

/* All that cases say of themselves. */
static bool same_labels(const struct sweep *a, const struct sweep *b)
{
    for (int k = 0; CASE_LABELS[k].variable.name != NULL; k++) {
        const struct case_label *const label = &CASE_LABELS[k];
        for (int i = 0; i < a->n_cases && (a->of_pairs || !label->of_pairs); i++) {
            if (!same_label(label->variable.type, label->of(a, i), label->of(b, i))) {
                return false;
            }
        }
    }
    return true;
}

/* ---- cases ---- */

struct case_keys {
    struct case_identity *identities; /* [n_cases] */
    struct index_map of_identity;
};

static void release_keys(struct case_keys *keys)
{
    free(keys->identities);
    index_map_release(&keys->of_identity);
}

static enum status hash_name(const struct sweep *sweep, int i, struct hash128 *key,
                             struct error *error)
{
    const struct case_spec *const spec = &sweep->cases[i];
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hasher_string(hasher, sweep->models[spec->model].label);
    hasher_string(hasher, spec->task_label);
    hasher_string(hasher, spec->matrix);
    hasher_u64(hasher, (uint64_t)(int64_t)spec->form.gauge);
    if (sweep->of_pairs) {
        hasher_string(hasher, sweep->models[spec->partner].label);
    }
    *key = hasher_digest128(hasher);
    hasher_destroy(&hasher);
    return STATUS_OK;
}

static enum status find_keys(struct case_keys *keys, const struct keep_side *side,
                             struct error *error)
{
    const int n = side->sweep->n_cases;
    TRY(memory_array(&keys->identities, (size_t)n, sizeof *keys->identities, error));
    for (int i = n; i-- > 0;) { /* of equal ones the first is found */
        TRY(case_identity_find(side->sweep, i, side->schema, &keys->identities[i], error));
        TRY(index_map_put(&keys->of_identity,
                          hash_bytes128(&keys->identities[i], sizeof keys->identities[i]), i,
                          error));
    }
    return STATUS_OK;
}

/* Cases that are not there go by their names, for messages. */
static enum status find_namesakes(struct keep_map *map, const struct sweep *now,
                                  const struct sweep *old, struct error *error)
{
    struct index_map of_name = {0};
    struct hash128 name;
    enum status status = STATUS_OK;
    for (int i = old->n_cases; i-- > 0 && status == STATUS_OK;) {
        status = hash_name(old, i, &name, error);
        THEN(status, index_map_put(&of_name, name, i, error));
    }
    for (int i = 0; i < now->n_cases && status == STATUS_OK; i++) {
        if (map->case_of[i] < 0) {
            status = hash_name(now, i, &name, error);
            map->namesake_of[i] = status == STATUS_OK ? index_map_find(&of_name, name) : -1;
        }
    }
    index_map_release(&of_name);
    return status;
}

static bool has_place(const struct case_keys *keys, const struct case_identity *identity)
{
    return index_map_find(&keys->of_identity, hash_bytes128(identity, sizeof *identity)) >= 0;
}

/* Equal cases of one study go by their places. */
static void map_cases(struct keep_map *map, const struct keep_side *now,
                      const struct case_keys *new_keys, const struct keep_side *old,
                      const struct case_keys *old_keys)
{
    for (int i = 0; i < now->sweep->n_cases; i++) {
        const struct case_identity *const identity = &new_keys->identities[i];
        map->namesake_of[i] = -1;
        map->case_of[i] =
            i < old->sweep->n_cases &&
                    case_identity_differs(identity, &old_keys->identities[i]) == CASE_PARTS
                ? i
                : index_map_find(&old_keys->of_identity, hash_bytes128(identity, sizeof *identity));
        map->is_whole = map->is_whole && map->case_of[i] >= 0;
        map->is_in_place = map->is_in_place && map->case_of[i] == i;
    }
    for (int i = 0; i < old->sweep->n_cases; i++) {
        map->is_whole = map->is_whole && has_place(new_keys, &old_keys->identities[i]);
    }
    map->is_whole = map->is_whole && now->sweep->n_cases == old->sweep->n_cases;
    map->is_in_place = map->is_in_place && map->is_whole && same_labels(now->sweep, old->sweep);
}

/* ---- rows and sets ---- */

static void map_rows(struct keep_map *map, const struct sweep *now, const struct sweep *old)
{
    for (int i = 0; i < now->n_alphas; i++) {
        map->row_of[i] = keep_map_place(&AXIS_ALPHA, now, i, old);
    }
    for (int i = 0; i < now->n_partitions; i++) {
        const int place = keep_map_place(&AXIS_PARTITION, now, i, old);
        map->row_of[now->n_alphas + i] = place < 0 ? -1 : old->n_alphas + place;
    }
    for (int i = 0; i < now->n_ablations; i++) {
        map->set_of[i] = keep_map_place(&AXIS_ABLATION, now, i, old);
    }
}

/* ---- tables ---- */

static bool same_params(const struct table *table, const struct diagnostic_spec *a,
                        const struct diagnostic_spec *b)
{
    int i = 0;
    while (i < table->n_params && same_bits(a->params[i], b->params[i])) {
        i++;
    }
    return i == table->n_params;
}

/* Whether the old study has a value for every place: of what is counted a case has all that it can
 * have wherever it has any. */
static bool covers(const struct axis *axis, const struct sweep *now, const struct sweep *old)
{
    const int64_t n = axis->length(now);
    int i = 0;
    if (axis->type == VALUE_I64) {
        return n == 0 || axis->length(old) > 0;
    }
    while (i < n && keep_map_place(axis, now, i, old) >= 0) {
        i++;
    }
    return i == n;
}

static bool covers_all(const struct table *table, const struct sweep *now, const struct sweep *old)
{
    for (const struct variable *v = table->variables; v->name != NULL; v++) {
        for (int k = 0; k < VARIABLE_AXES_MAX && v->axes[k] != NULL; k++) {
            if (!covers(v->axes[k], now, old)) {
                return false;
            }
        }
    }
    return true;
}

/* Records are as long as the axes of their file. */
static bool same_axes(const struct table *table, const struct sweep *now, const struct sweep *old)
{
    for (const struct variable *v = table->variables; v->name != NULL; v++) {
        for (int k = 0; k < VARIABLE_AXES_MAX && v->axes[k] != NULL; k++) {
            if (!same_axis(v->axes[k], now, old)) {
                return false;
            }
        }
    }
    return true;
}

static void map_tables(struct keep_map *map, const struct keep_side *now,
                       const struct keep_side *old)
{
    for (int t = 0; t < now->schema->n_tables; t++) {
        const struct table *const table = &now->schema->tables[t];
        const int place = schema_find(old->schema, table->name);
        const bool is_same =
            place >= 0 &&
            same_params(table, &now->sweep->diagnostics[t], &old->sweep->diagnostics[place]) &&
            (!table->needs_gauss_newton || now->sweep->gauss_newton == old->sweep->gauss_newton) &&
            covers_all(table, now->sweep, old->sweep);
        map->table_of[t] = is_same ? place : -1;
        map->is_whole = map->is_whole && (is_same || place < 0);
        map->is_in_place =
            map->is_in_place && (place < 0 || same_axes(table, now->sweep, old->sweep));
    }
}

/* ---- all ---- */

/* A measure that a file lacks cannot be had without a rollout. */
static bool has_measures(const struct schema *now, const struct schema *old)
{
    bool is_same = now->n_measures == old->n_measures;
    for (int i = 0; is_same && i < now->n_measures; i++) {
        is_same = now->places[i] == old->places[i];
    }
    return is_same;
}

static enum status fill(struct keep_map *map, const struct keep_side *now,
                        const struct keep_side *old, struct case_keys keys[2], struct error *error)
{
    const struct sweep *const a = now->sweep;
    const struct sweep *const b = old->sweep;
    TRY(memory_array(&map->case_of, (size_t)a->n_cases, sizeof *map->case_of, error));
    TRY(memory_array(&map->namesake_of, (size_t)a->n_cases, sizeof *map->namesake_of, error));
    TRY(memory_array(&map->row_of, (size_t)sweep_rows_per_case(a), sizeof *map->row_of, error));
    TRY(find_keys(&keys[0], now, error));
    TRY(find_keys(&keys[1], old, error));
    const bool same_grid = same_axis(&AXIS_ALPHA, a, b) && same_axis(&AXIS_ABLATION, a, b);
    const bool same_measures = has_measures(now->schema, old->schema);
    map->keeps_predicted = same_grid && a->screen && b->screen &&
                           same_bits(a->epsilon, b->epsilon) && a->gauss_newton == b->gauss_newton;
    map->is_whole = same_grid && same_measures && same_axis(&AXIS_PARTITION, a, b);
    map->is_in_place = strcmp(a->canonical, b->canonical) == 0;
    map_rows(map, a, b);
    for (int i = 0; !same_measures && i < a->n_ablations; i++) {
        map->set_of[i] = -1;
    }
    map_cases(map, now, &keys[0], old, &keys[1]);
    if (!map->is_whole) {
        TRY(find_namesakes(map, now->sweep, old->sweep, error));
    }
    map_tables(map, now, old);
    map->is_in_place = map->is_in_place && map->is_whole;
    return STATUS_OK;
}

enum status keep_map_create(struct keep_map *map, const struct keep_side *now,
                            const struct keep_side *old, struct error *error)
{
    struct case_keys keys[2] = {{0}};
    *map = (struct keep_map){0};
    const enum status status = fill(map, now, old, keys, error);
    release_keys(&keys[0]);
    release_keys(&keys[1]);
    return status;
}

void keep_map_release(struct keep_map *map)
{
    free(map->case_of);
    free(map->namesake_of);
    free(map->row_of);
    *map = (struct keep_map){0};
}
