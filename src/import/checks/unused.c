/* Arrays that were not taken although their size is that of a bias, a state, a scale or a mask: a
 * network without them is another one. */
#include "import/checks/check.h"

#include "core/text.h"
#include "import/dynamics_words.h"
#include "import/words.h"

#include <stdio.h>
#include <string.h>

/* Sizes of the network as its matrices claim them; 0 when they do not fit, which is refused later.
 */
struct sizes {
    size_t units;
    size_t rows; /* of all gates together */
    size_t inputs;
    size_t outputs;
};

static struct sizes sizes_of(const struct import_parts *parts)
{
    const struct import_part *const part = parts->part;
    const struct import_array *const recurrent = part[IMPORT_RECURRENT].arrays[0];
    const size_t units =
        recurrent->dims[0] < recurrent->dims[1] ? recurrent->dims[0] : recurrent->dims[1];
    const size_t rows = units > 0 ? recurrent->count / units : 0; /* of all gates */
    const size_t in = part[IMPORT_INPUT].arrays[0]->count;
    size_t out = 0;
    for (int i = 0; i < part[IMPORT_READOUT].n_arrays; i++) {
        out += part[IMPORT_READOUT].arrays[i]->count;
    }
    return rows > 0 && in % rows == 0 && out % units == 0
               ? (struct sizes){units, rows, in / rows, out / units}
               : (struct sizes){0, 0, 0, 0};
}

/* ---- masks ---- */

/* 0 and 1 and both, and not the unit matrix, which masks nothing that anyone would train. */
static bool is_mask(const struct import_array *array)
{
    size_t ones = 0;
    size_t diagonal = 0;
    for (size_t i = 0; i < array->count; i++) {
        if (array->values[i] != 0.0 && array->values[i] != 1.0) {
            return false;
        }
        ones += array->values[i] != 0.0;
        diagonal += array->values[i] != 0.0 && i / array->dims[1] == i % array->dims[1];
    }
    return ones > 0 && !(ones == diagonal && ones == array->dims[0]);
}

static bool has_shape_of(const struct import_array *array, const struct import_array *other)
{
    return array->rank == 2 && other->rank == 2 && array->dims[0] == other->dims[0] &&
           array->dims[1] == other->dims[1];
}

/* Weights that are not 0 where the mask is, turned or not. */
static size_t count_unmasked(const struct import_array *weights, const struct import_array *mask,
                             bool turned)
{
    const size_t rows = weights->dims[0];
    const size_t columns = weights->dims[1];
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            const double kept = turned ? mask->values[j * rows + i] : mask->values[i * columns + j];
            count += kept == 0.0 && weights->values[i * columns + j] != 0.0;
        }
    }
    return count;
}

static bool is_named_mask(const char *name)
{
    static const char *const YES[] = {
        "mask",      "masks",      "conn",     "connectivity", "connections", "sparsity", "sparse",
        "structure", "structural", "topology", "adjacency",    "support",     NULL};
    static const char *const NO[] = {"train",      "trainable", "grad",   "gradient", "plastic",
                                     "plasticity", "freeze",    "frozen", "fixed",    "update",
                                     "learn",      "learnable", "loss",   "drop",     "dropout",
                                     "attention",  NULL};
    const struct words words = words_of_path(name);
    return words_have(&words, YES) && !words_have(&words, NO);
}

/* The matrix that an array of its shape belongs to: that of the same prefix before others. */
static const struct import_part *masked_part(const struct import_parts *parts,
                                             const struct import_array *mask)
{
    const struct import_part *found = NULL;
    for (int i = 0; i < IMPORT_MATRIX_COUNT; i++) {
        const struct import_part *const part = &parts->part[i];
        if (!has_shape_of(mask, part->arrays[0])) {
            continue;
        }
        const char *const name = part->arrays[0]->name;
        const char *const point = strrchr(name, '.');
        const size_t length = point != NULL ? (size_t)(point - name) + 1 : 0;
        if (found == NULL || (length > 0 && strncmp(name, mask->name, length) == 0)) {
            found = part;
        }
    }
    return found;
}

static enum status refuse_mask(const struct import_table *table, const struct import_array *mask,
                               const struct import_array *weights, size_t count,
                               struct error *error)
{
    return error_set(error, STATUS_INPUT,
                     "%s: %s is 0 where %zu weights of %s are not: if it is a mask, multiply the "
                     "two before saving (--mask %s does so for W_hh, --ignore %s leaves it out)",
                     table->path, mask->name, count, weights->name, mask->name, mask->name);
}

/* The weights stand in the table as they are stored, and so does the mask. */
static void apply(struct import_array *weights, const struct import_array *mask)
{
    for (size_t i = 0; i < weights->count; i++) {
        weights->values[i] = mask->values[i] != 0.0 ? weights->values[i] : 0.0;
    }
}

/* A mask that the weights fit, or that is applied. *is_one says whether it was one at all. */
static enum status take_mask(const struct import_table *table, const struct import_parts *parts,
                             struct import_array *mask, struct import_findings *findings,
                             bool *is_one, struct error *error)
{
    const struct import_part *const part = masked_part(parts, mask);
    *is_one = false;
    if (part == NULL || mask->unreadable != NULL) {
        return STATUS_OK;
    }
    struct import_array *const weights = part->arrays[0];
    const bool is_recurrent = part == &parts->part[IMPORT_RECURRENT];
    TRY(import_table_load(table, mask, error));
    if (!is_mask(mask)) {
        return STATUS_OK;
    }
    TRY(import_table_load(table, weights, error));
    const size_t count = count_unmasked(weights, mask, false);
    const bool fits =
        count == 0 || (mask->dims[0] == mask->dims[1] && count_unmasked(weights, mask, true) == 0);
    if (!fits && !(is_recurrent && (mask == parts->mask || is_named_mask(mask->name)))) {
        return refuse_mask(table, mask, weights, count, error);
    }
    if (!fits) {
        apply(weights, mask);
    }
    if (is_recurrent) {
        findings->mask = mask;
        findings->n_masked = fits ? findings->n_masked : findings->n_masked + count;
    }
    mask->used = true;
    *is_one = true;
    return STATUS_OK;
}

/* ---- other arrays ---- */

/* What optimizers keep beside the weights, under the name of an array of the model. */
static bool is_of_optimizer(const struct import_table *table, const char *name)
{
    static const char *const SLOTS[] = {"adam",     "adamw",  "rmsprop",   "momentum",  "adagrad",
                                        "adadelta", "ftrl",   "optimizer", "optimiser", "optim",
                                        "exp_avg",  "moment", NULL};
    const struct words words = words_of_path(name);
    for (size_t i = 0; i < table->n_arrays; i++) {
        const size_t length = strlen(table->arrays[i].name);
        if (table->arrays[i].used && strncmp(name, table->arrays[i].name, length) == 0 &&
            strchr("./", name[length]) != NULL && words_have(&words, SLOTS)) {
            return true;
        }
    }
    return false;
}

/* One value is so common that only a name tells it from a setting. */
static bool is_parameter_name(const char *name)
{
    static const char *const WORDS[] = {"b",         "bo",    "by",       "br",     "bh",
                                        "bout",      "bias",  "biases",   "offset", "offsets",
                                        "intercept", "scale", "gain",     "gains",  "shift",
                                        "so",        "si",    "baseline", "prelu",  NULL};
    const struct words words = words_of_path(name);
    return words_have(&words, WORDS);
}

/* True when X is in the name X.bias, of a read-out that was passed over, or whose bias was. */
static bool is_bias_of_decided(const struct import_table *table, const struct import_parts *parts,
                               const char *name)
{
    char weight[IMPORT_NAME_LENGTH + 8];
    size_t length = 0;
    size_t prefix = 0;
    if (!import_key_matches(name, "bias", &length)) {
        return false;
    }
    (void)snprintf(weight, sizeof weight, "%.*sweight", (int)length, name);
    const struct import_array *const array = import_table_find(table, weight);
    if (array == NULL) {
        return false;
    }
    return array == parts->part[IMPORT_READOUT].arrays[0]
               ? parts->part[IMPORT_READOUT_BIAS].named
               : parts->part[IMPORT_READOUT].named && !array->used &&
                     import_key_rule(weight, IMPORT_READOUT, &prefix) != NULL;
}

/* The user has said which arrays are the part that this one's name means, or what it could say. */
static bool is_decided(const struct import_table *table, const struct import_parts *parts,
                       const struct import_findings *findings, const char *name)
{
    const enum dynamics_key key = dynamics_key(name);
    for (int role = IMPORT_INPUT; role < IMPORT_PART_COUNT; role++) {
        size_t length = 0;
        if (parts->part[role].named &&
            import_key_rule(name, (enum import_role)role, &length) != NULL) {
            return true;
        }
    }
    return (key != DYNAMICS_NOTHING && (key == DYNAMICS_NONLINEARITY ? findings->activation_is_told
                                                                     : findings->leak_is_told)) ||
           is_bias_of_decided(table, parts, name);
}

/* What this program writes beside a model of its own. */
static bool is_own(const char *name)
{
    return text_begins(name, "trials.") || text_begins(name, "meta.") ||
           strcmp(name, "loss_history") == 0;
}

static bool has_axis(const struct import_array *array, size_t length)
{
    bool found = false;
    for (int i = 0; i < array->rank; i++) {
        found = found || array->dims[i] == length;
    }
    return found;
}

/* Why an array may be a part of the network, or NULL. */
static const char *reason_of(const struct import_array *array, const struct import_parts *parts,
                             const struct sizes *sizes)
{
    if (array->count == 1 && !is_parameter_name(array->name)) {
        return NULL;
    }
    if (array->count == sizes->units || array->count == sizes->rows) {
        return "as many values as there are units";
    }
    if (array->count == sizes->inputs) {
        return "as many values as there are inputs";
    }
    if (array->count == sizes->outputs) {
        return "as many values as there are outputs";
    }
    if (array->rank == 2 && (has_axis(array, sizes->units) || has_axis(array, sizes->rows))) {
        return "an axis of the units";
    }
    return array->rank >= 2 && import_word_orientation(array->name) != ORIENTATION_UNKNOWN &&
                   ((has_axis(array, sizes->inputs) && !parts->part[IMPORT_INPUT].named) ||
                    (has_axis(array, sizes->outputs) && !parts->part[IMPORT_READOUT].named))
               ? "an axis of the inputs or outputs"
               : NULL;
}

static enum status check_array(const struct import_table *table, const struct import_parts *parts,
                               const struct sizes *sizes, struct import_array *array,
                               struct import_findings *findings, struct error *error)
{
    char shape[IMPORT_SHAPE_SIZE];
    bool is_one = false;
    TRY(take_mask(table, parts, array, findings, &is_one, error));
    const char *const reason = is_one ? NULL : reason_of(array, parts, sizes);
    if (reason == NULL) {
        return STATUS_OK;
    }
    return error_set(
        error, STATUS_INPUT,
        "%s: %s (%s) is not used and has %s: say what it is with --bias, "
        "--readout-bias, --initial-state, --dale-sign or --mask, multiply a scale into "
        "the weights before saving, or leave it out with --ignore %s",
        table->path, array->name, import_array_shape(array, shape), reason, array->name);
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    const struct sizes sizes = sizes_of(parts);
    for (size_t i = 0; i < table->n_arrays && sizes.units > 0; i++) {
        struct import_array *const array = &table->arrays[i];
        if (!array->used && !array->ignored && !is_own(array->name) &&
            !is_decided(table, parts, findings, array->name) &&
            !is_of_optimizer(table, array->name)) {
            TRY(check_array(table, parts, &sizes, array, findings, error));
        }
    }
    if (parts->mask != NULL && findings->mask != parts->mask) {
        return error_set(error, STATUS_INPUT,
                         "%s: --mask %s is no array of 0 and 1 of the shape of %s", table->path,
                         parts->mask->name, parts->part[IMPORT_RECURRENT].arrays[0]->name);
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_UNUSED = {
    .name = "arrays that may be parts of the network", .stage = STAGE_PARTS, .run = check};
