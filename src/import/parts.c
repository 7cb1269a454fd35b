#include "import/parts.h"

#include "core/memory.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_SHOWN = 8, LIST_SIZE = 600 };

static const struct {
    const char *option;
    const char *title;
    bool optional;
    int most; /* arrays that may be summed, or read-outs that are stacked */
} ROLES[IMPORT_PART_COUNT] = {
    [IMPORT_RECURRENT] = {"--recurrent", "recurrent matrix", false, 1},
    [IMPORT_INPUT] = {"--input", "input matrix", false, 1},
    [IMPORT_READOUT] = {"--readout", "read-out matrix", false, IMPORT_MAX_SUMMANDS},
    [IMPORT_BIAS] = {"--bias", "bias", true, IMPORT_MAX_SUMMANDS},
    [IMPORT_READOUT_BIAS] = {"--readout-bias", "bias of the read-out", true, IMPORT_MAX_SUMMANDS},
    [IMPORT_INITIAL_STATE] = {"--initial-state", "initial state", true, 1},
    [IMPORT_CELL_STATE] = {"--initial-cell", "initial cell state", true, 1},
    [IMPORT_DALE_SIGN] = {"--dale-sign", "signs of Dale's law", true, 1},
};

/* ---- names ---- */

/* A name of the user's own choice: the last word of it may tell. */
static enum orientation guess_orientation(const char *name, enum import_role role)
{
    size_t prefix_length = 0;
    const struct key_rule *const rule = import_key_rule(name, role, &prefix_length);
    return rule != NULL && rule->orientation != ORIENTATION_UNKNOWN ? rule->orientation
                                                                    : import_word_orientation(name);
}

static void list_arrays(const struct import_table *table, char list[LIST_SIZE])
{
    char shape[IMPORT_SHAPE_SIZE];
    size_t used = 0;
    (void)snprintf(list, LIST_SIZE, "no arrays");
    for (size_t i = 0; i < table->n_arrays && i < NAMES_SHOWN && used < LIST_SIZE; i++) {
        const struct import_array *const array = &table->arrays[i];
        const char *const about =
            array->unreadable != NULL ? array->unreadable : import_array_shape(array, shape);
        used += (size_t)snprintf(list + used, LIST_SIZE - used, "%s%.48s (%.*s)", i > 0 ? ", " : "",
                                 array->name, (int)strcspn(about, ","), about);
    }
    if (table->n_arrays > NAMES_SHOWN && used < LIST_SIZE) {
        (void)snprintf(list + used, LIST_SIZE - used, ", and %zu more",
                       table->n_arrays - NAMES_SHOWN);
    }
}

static enum status unknown_name(const struct import_table *table, const char *option,
                                const char *name, struct error *error)
{
    const char **names = NULL;
    TRY(memory_array(&names, table->n_arrays, sizeof *names, error));
    for (size_t i = 0; i < table->n_arrays; i++) {
        names[i] = table->arrays[i].name;
    }
    const char *const nearest = text_nearest(name, names, table->n_arrays);
    free(names);
    if (nearest != NULL) {
        return error_set(error, STATUS_USAGE, "%s: no array '%s' for %s, did you mean '%s'?",
                         table->path, name, option, nearest);
    }
    char list[LIST_SIZE];
    list_arrays(table, list);
    return error_set(error, STATUS_USAGE, "%s: no array '%s' for %s; the file has %s", table->path,
                     name, option, list);
}

/* Takes the next name off "a,b"; false at the end. */
static bool next_name(const char **list, char name[IMPORT_NAME_LENGTH + 1])
{
    if (*list == NULL) {
        return false;
    }
    const size_t length = strcspn(*list, ",");
    (void)snprintf(name, IMPORT_NAME_LENGTH + 1, "%.*s", (int)length, *list);
    *list = (*list)[length] == ',' ? *list + length + 1 : NULL;
    return true;
}

/* "a" means a and all below it, "a.b" and "a/b"; "a*" all that begins with a. */
static bool is_meant(const char *name, const char *pattern)
{
    const size_t length = strlen(pattern);
    if (length > 0 && pattern[length - 1] == '*') {
        return strncmp(name, pattern, length - 1) == 0;
    }
    return strncmp(name, pattern, length) == 0 &&
           (name[length] == '\0' || name[length] == '.' || name[length] == '/');
}

static bool ignore_name(struct import_table *table, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < table->n_arrays; i++) {
        const struct import_array *const array = &table->arrays[i];
        if (is_meant(array->name, name) ||
            (array->stored_name != NULL && is_meant(array->stored_name, name))) {
            table->arrays[i].ignored = true;
            found = true;
        }
    }
    for (size_t i = 0; i < table->n_notes; i++) {
        if (is_meant(table->notes[i].key, name)) {
            table->notes[i].ignored = true;
            found = true;
        }
    }
    return found;
}

void import_ignore_found(struct import_table *table, const char *list)
{
    char name[IMPORT_NAME_LENGTH + 1];
    if (list == NULL || ignore_name(table, list)) { /* a name may have a comma in it */
        return;
    }
    while (next_name(&list, name)) {
        (void)ignore_name(table, name);
    }
}

enum status import_ignore(struct import_table *table, const struct import_names *names,
                          struct error *error)
{
    char name[IMPORT_NAME_LENGTH + 1];
    const char *list = names->ignored;
    if (list == NULL || ignore_name(table, list)) {
        return STATUS_OK;
    }
    while (next_name(&list, name)) {
        if (!ignore_name(table, name) && !names->ignored_may_be_elsewhere) {
            return unknown_name(table, "--ignore", name, error);
        }
    }
    return STATUS_OK;
}

/* ---- candidates ---- */

struct candidates {
    struct import_array *arrays[IMPORT_MAX_SUMMANDS];
    const struct key_rule *rules[IMPORT_MAX_SUMMANDS];
    int count; /* may be larger than what is kept */
};

static void keep(struct candidates *found, struct import_array *array, const struct key_rule *rule)
{
    if (found->count < IMPORT_MAX_SUMMANDS) {
        found->arrays[found->count] = array;
        found->rules[found->count] = rule;
    }
    found->count++;
}

/* True when the first `length` letters of the name are the prefix of another recurrent matrix. */
static bool belongs_elsewhere(const struct import_table *table, const char *name, size_t length)
{
    for (size_t i = 0; i < table->n_arrays; i++) {
        size_t other = 0;
        const struct import_array *const array = &table->arrays[i];
        if (!array->used && import_key_rule(array->name, IMPORT_RECURRENT, &other) != NULL &&
            other == length && strncmp(array->name, name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Adds arrays that a rule of the role fits; with `beside`, only those under the prefix of that
 * name, without, none that stand beside another recurrent matrix. */
static void find_candidates(const struct import_table *table, enum import_role role,
                            const char *beside, size_t prefix_length, struct candidates *found)
{
    for (size_t i = 0; i < table->n_arrays; i++) {
        struct import_array *const array = &table->arrays[i];
        size_t length = 0;
        const struct key_rule *const rule =
            array->ignored || array->used ? NULL : import_key_rule(array->name, role, &length);
        if (rule == NULL || (role == IMPORT_DALE_SIGN && array->count == 1)) {
            continue; /* one value is a setting: whether the law was asked for, or a ratio */
        }
        if (beside != NULL
                ? length == prefix_length && strncmp(array->name, beside, length) == 0
                : role == IMPORT_RECURRENT ||
                      (!rule->sibling && !belongs_elsewhere(table, array->name, length))) {
            keep(found, array, rule);
        }
    }
}

/* Biases of one group under one prefix. */
static bool is_one_sum(const struct candidates *found)
{
    size_t first = 0;
    if (found->count > IMPORT_MAX_SUMMANDS || found->rules[0] == NULL ||
        found->rules[0]->group == 0) {
        return false;
    }
    (void)import_key_matches(found->arrays[0]->name, found->rules[0]->base, &first);
    for (int i = 1; i < found->count; i++) {
        size_t length = 0;
        if (found->rules[i]->group != found->rules[0]->group ||
            !import_key_matches(found->arrays[i]->name, found->rules[i]->base, &length) ||
            length != first ||
            strncmp(found->arrays[i]->name, found->arrays[0]->name, length) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- parts ---- */

/* The arrays of "a,b"; a name with a comma in it is found when it is the only one. */
static enum status take_named(const struct import_table *table, enum import_role role,
                              const char *names, struct import_part *part, struct error *error)
{
    char name[IMPORT_NAME_LENGTH + 1];
    const char *rest = names;
    part->named = true;
    part->arrays[0] = import_table_find(table, names);
    if (part->arrays[0] != NULL) {
        part->n_arrays = 1;
        rest = NULL;
    } else if (ROLES[role].optional && strcmp(names, "none") == 0) {
        return STATUS_OK;
    }
    while (next_name(&rest, name)) {
        if (part->n_arrays == ROLES[role].most) {
            return error_set(error, STATUS_USAGE, "%s takes at most %d names, found '%s'",
                             ROLES[role].option, ROLES[role].most, names);
        }
        part->arrays[part->n_arrays] = import_table_find(table, name);
        if (part->arrays[part->n_arrays] == NULL) {
            return unknown_name(table, ROLES[role].option, name, error);
        }
        part->n_arrays++;
    }
    for (int i = 0; i < part->n_arrays; i++) {
        if (part->arrays[i]->used) {
            return error_set(error, STATUS_USAGE, "%s: %s names '%s', which is in use already",
                             table->path, ROLES[role].option, part->arrays[i]->name);
        }
        part->arrays[i]->used = true;
    }
    part->orientation = guess_orientation(part->arrays[0]->name, role);
    return STATUS_OK;
}

static enum status none_found(const struct import_table *table, enum import_role role,
                              struct error *error)
{
    char list[LIST_SIZE];
    if (import_table_find(table, "inputs") != NULL &&
        (import_table_find(table, "targets") != NULL ||
         import_table_find(table, "outputs") != NULL)) {
        return error_set(error, STATUS_INPUT,
                         "%s: a file of trials, expected weights: give it with --trials",
                         table->path);
    }
    list_arrays(table, list);
    return error_set(error, STATUS_INPUT,
                     "%s: no %s under a usual name, name it with %s; the file has %s", table->path,
                     ROLES[role].title, ROLES[role].option, list);
}

/* Read-outs go under any name: a matrix from the hidden units that was not taken. */
static void find_by_shape(const struct import_table *table, size_t n_hidden,
                          struct candidates *found)
{
    for (size_t i = 0; i < table->n_arrays; i++) {
        struct import_array *const array = &table->arrays[i];
        const enum orientation orientation = import_word_orientation(array->name);
        const bool is_read = (orientation == ORIENTATION_TO_FROM && array->dims[1] == n_hidden) ||
                             (orientation == ORIENTATION_FROM_TO && array->dims[0] == n_hidden);
        if (is_read && !array->used && !array->ignored && array->rank == 2) {
            keep(found, array, NULL);
        }
    }
}

static enum status choose(const struct import_table *table, enum import_role role,
                          const struct import_names *names, struct import_parts *parts,
                          struct error *error)
{
    struct candidates found = {.count = 0};
    const struct import_part *const recurrent = &parts->part[IMPORT_RECURRENT];
    struct import_part *const part = &parts->part[role];
    if (names->keys[role] != NULL) {
        return take_named(table, role, names->keys[role], part, error);
    }
    /* Those beside the recurrent matrix, once it is known, or, when there are none, any. */
    if (recurrent->n_arrays > 0) {
        find_candidates(table, role, recurrent->arrays[0]->name, parts->prefix_length, &found);
    }
    if (found.count == 0) {
        find_candidates(table, role, NULL, 0, &found);
    }
    if (role == IMPORT_READOUT && found.count == 0) {
        const size_t *const dims = recurrent->arrays[0]->dims; /* longer where there are gates */
        find_by_shape(table, dims[0] < dims[1] ? dims[0] : dims[1], &found);
    }
    if (found.count == 0) {
        return ROLES[role].optional ? STATUS_OK : none_found(table, role, error);
    }
    if (found.count > 1 && !is_one_sum(&found)) {
        return error_set(error, STATUS_INPUT,
                         "%s: %d arrays may be the %s, among them %s and %s: choose with %s%s",
                         table->path, found.count, ROLES[role].title, found.arrays[0]->name,
                         found.arrays[1]->name, ROLES[role].option,
                         role == IMPORT_READOUT ? " (A,B stacks them)"
                         : ROLES[role].optional ? " (or none)"
                                                : "");
    }
    for (int i = 0; i < found.count; i++) {
        part->arrays[i] = found.arrays[i];
        found.arrays[i]->used = true;
    }
    part->n_arrays = found.count;
    part->orientation = guess_orientation(found.arrays[0]->name, role);
    return STATUS_OK;
}

enum status import_choose_recurrent(const struct import_table *table,
                                    const struct import_names *names, struct import_parts *parts,
                                    struct error *error)
{
    TRY(choose(table, IMPORT_RECURRENT, names, parts, error));
    const char *const name = parts->part[IMPORT_RECURRENT].arrays[0]->name;
    size_t length = 0;
    parts->mask = names->mask != NULL ? import_table_find(table, names->mask) : NULL;
    if (names->mask != NULL && parts->mask == NULL) {
        return unknown_name(table, "--mask", names->mask, error);
    }
    if (import_key_rule(name, IMPORT_RECURRENT, &length) == NULL) { /* up to its last word */
        length = strlen(name);
        while (length > 0 && strchr("./", name[length - 1]) == NULL) {
            length--;
        }
    }
    parts->prefix_length = length;
    return STATUS_OK;
}

/* The last word of a matrix' name, and that of its bias. */
static const struct {
    const char *weight;
    const char *bias;
} PAIRS[] = {{"weight", "bias"}, {"kernel", "bias"}, {"w", "b"}};

/* The name of the bias that belongs to a matrix of that name; false when it does not tell. */
static bool bias_name(const char *matrix, char name[IMPORT_NAME_LENGTH + 1])
{
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        size_t length = 0;
        if (import_key_matches(matrix, PAIRS[i].weight, &length)) {
            (void)snprintf(name, IMPORT_NAME_LENGTH + 1, "%.*s%s%s", (int)length, matrix,
                           PAIRS[i].bias, matrix + length + strlen(PAIRS[i].weight));
            return true;
        }
    }
    return false;
}

/* The bias of <name>.weight is <name>.bias: of several read-outs all have one, or none. */
static enum status find_readout_biases(struct import_table *table, struct import_parts *parts,
                                       struct error *error)
{
    char name[IMPORT_NAME_LENGTH + 1];
    const struct import_part *const readouts = &parts->part[IMPORT_READOUT];
    struct import_part *const biases = &parts->part[IMPORT_READOUT_BIAS];
    for (int i = 0; i < readouts->n_arrays; i++) {
        struct import_array *const bias =
            bias_name(readouts->arrays[i]->name, name) ? import_table_find(table, name) : NULL;
        if (bias != NULL && !bias->ignored) {
            bias->used = true;
            biases->arrays[biases->n_arrays++] = bias;
        }
    }
    return biases->n_arrays == 0 || biases->n_arrays == readouts->n_arrays
               ? STATUS_OK
               : error_set(error, STATUS_INPUT,
                           "%s: %d of %d read-outs have a bias, expected one for each or none",
                           table->path, biases->n_arrays, readouts->n_arrays);
}

/* Read-outs without such a name have a bias under a name of its own. */
enum status import_choose_others(struct import_table *table, const struct import_names *names,
                                 struct import_parts *parts, struct error *error)
{
    char bias[IMPORT_NAME_LENGTH + 1];
    TRY(choose(table, IMPORT_INPUT, names, parts, error));
    TRY(choose(table, IMPORT_BIAS, names, parts, error));
    TRY(choose(table, IMPORT_READOUT, names, parts, error));
    const bool is_named_apart = !bias_name(parts->part[IMPORT_READOUT].arrays[0]->name, bias);
    TRY(names->keys[IMPORT_READOUT_BIAS] != NULL || is_named_apart
            ? choose(table, IMPORT_READOUT_BIAS, names, parts, error)
            : find_readout_biases(table, parts, error));
    TRY(choose(table, IMPORT_INITIAL_STATE, names, parts, error));
    TRY(choose(table, IMPORT_CELL_STATE, names, parts, error));
    return choose(table, IMPORT_DALE_SIGN, names, parts, error);
}
