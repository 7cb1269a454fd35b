#include "store/model_file.h"

#include "core/memory.h"
#include "store/h5.h"
#include "store/model_names.h"
#include "store/model_write.h"
#include "store/weight_blocks.h"

#include <stdlib.h>
#include <string.h>

/* The number of elements must stay addressable: a compressed file can claim any size. */
static const hsize_t MAX_ELEMENTS = (hsize_t)1 << 32;

struct shape_rule {
    const char *name;
    int rank;
    hsize_t dims[H5_MAX_RANK]; /* expected; 0 for any */
    const char *meaning;
};

static enum status check_rule(const struct shape_rule *rule, const char *path, const hsize_t *dims,
                              struct error *error)
{
    for (int i = 0; i < rule->rank; i++) {
        if (rule->dims[i] != 0 && dims[i] != rule->dims[i]) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s has %llu elements along axis %d, expected %llu (%s)", path,
                             rule->name, (unsigned long long)dims[i], i,
                             (unsigned long long)rule->dims[i], rule->meaning);
        }
    }
    return STATUS_OK;
}

/* Reads a dataset whose shape is known into values. */
static enum status read_known(hid_t location, const char *path, const struct shape_rule *rule,
                              double *values, struct error *error)
{
    hid_t dataset = H5I_INVALID_HID;
    hsize_t dims[H5_MAX_RANK] = {0};
    TRY(h5_open_array(location, path, rule->name, rule->rank, TRIALS_MAX_AXIS, &dataset, dims,
                      error));
    enum status status = check_rule(rule, path, dims, error);
    if (status == STATUS_OK && !h5_read_doubles(dataset, values)) {
        status = h5_cannot_read(dataset, path, rule->name, error);
    }
    (void)H5Dclose(dataset);
    return status;
}

static enum status read_shape(hid_t location, const char *path, const char *name, int rank,
                              hsize_t limit, hsize_t *dims, struct error *error)
{
    hid_t dataset = H5I_INVALID_HID;
    TRY(h5_open_array(location, path, name, rank, limit, &dataset, dims, error));
    (void)H5Dclose(dataset);
    return STATUS_OK;
}

static enum status bad_cell(const char *path, const char *name, const char *found,
                            const char *expected, struct error *error)
{
    return error_set(error, STATUS_INPUT, "%s: %s is '%s', expected %s", path, name, found,
                     expected);
}

/* Of a file that says nothing it is CELL_DEFAULT. */
static enum status read_cell(hid_t file, const char *path, struct cell *cell, struct error *error)
{
    char name[MODEL_NAME_SIZE];
    char activation[MODEL_NAME_SIZE];
    char leak_form[MODEL_NAME_SIZE];
    *cell = CELL_DEFAULT;
    TRY(h5_read_string_attribute(file, path, "cell", name, sizeof name, error));
    TRY(h5_read_string_attribute(file, path, "activation", activation, sizeof activation, error));
    TRY(h5_read_string_attribute(file, path, "leak_form", leak_form, sizeof leak_form, error));
    if (name[0] != '\0' && !cell_kind_from_name(name, &cell->kind)) {
        return bad_cell(path, "cell", name, CELL_KIND_NAMES, error);
    }
    if (activation[0] != '\0' && !activation_from_name(activation, &cell->activation)) {
        return bad_cell(path, "activation", activation, ACTIVATION_NAMES, error);
    }
    if (leak_form[0] != '\0' && !leak_form_from_name(leak_form, &cell->leak_form)) {
        return bad_cell(path, "leak_form", leak_form, "rate or current", error);
    }
    if (H5Aexists(file, "leak") > 0 && (!h5_read_real_attribute(file, "leak", &cell->leak) ||
                                        !(cell->leak > 0.0 && cell->leak <= 1.0))) {
        return error_set(error, STATUS_INPUT,
                         "%s: leak is %g, expected one number above 0, at most 1", path,
                         cell->leak);
    }
    if (!cell_is_sound(cell)) {
        return error_set(error, STATUS_INPUT,
                         "%s: cell is %s with activation %s and leak %g, expected an rnn for these",
                         path, name, activation_name(cell->activation), cell->leak);
    }
    return STATUS_OK;
}

/* The shapes must fit each other before memory is asked for by their product. */
static enum status read_shapes(hid_t file, const char *path, struct network_shape *shape,
                               struct error *error)
{
    hsize_t hh[2];
    hsize_t ih[2];
    hsize_t hy[2];
    const hsize_t limit = MODEL_MAX_HIDDEN * (hsize_t)cell_parts(shape->cell.kind)->n_gates;
    TRY(read_shape(file, path, "weight_hh", 2, limit, hh, error));
    TRY(model_check_recurrent(path, shape->cell.kind, hh, error));
    TRY(read_shape(file, path, "weight_ih", 2, MODEL_MAX_ROWS, ih, error));
    TRY(read_shape(file, path, "weight_hy", 2, MODEL_MAX_CHANNELS, hy, error));
    TRY(h5_check_data(file, path, "weight_hh", error));
    TRY(h5_check_data(file, path, "weight_ih", error));
    TRY(h5_check_data(file, path, "weight_hy", error));
    const struct shape_rule ih_rule = {"weight_ih", 2, {hh[0], 0}, "hidden x inputs"};
    const struct shape_rule hy_rule = {"weight_hy", 2, {0, hh[1]}, "outputs x hidden"};
    TRY(check_rule(&ih_rule, path, ih, error));
    TRY(check_rule(&hy_rule, path, hy, error));
    shape->n_hidden = (int)hh[1];
    shape->n_in = (int)ih[1];
    shape->n_out = (int)hy[0];
    return STATUS_OK;
}

/* The matrices of all gates, but for the one that is taken apart when there is no place for it. */
static enum status read_recurrent(const char *path, struct network *network, struct error *error)
{
    const int n = network->n_hidden;
    for (int gate = 0; gate < cell_parts(network->cell.kind)->n_gates; gate++) {
        struct weight_blocks blocks;
        double *const values = network_gate(network, gate);
        if (values != NULL) {
            TRY(weight_blocks_open(&blocks, path, network->cell.kind, gate, error));
            const enum status status = weight_blocks_read(&blocks, 0, 0, n, n, values, error);
            weight_blocks_close(&blocks);
            TRY(status);
        }
    }
    return STATUS_OK;
}

/* Adds bias_hh to the bias of inputs, but for the gate that keeps it apart. */
static enum status add_bias_hh(hid_t file, const char *path, const struct shape_rule *rule,
                               struct network *network, struct error *error)
{
    const size_t n = (size_t)network->n_hidden;
    const size_t count = (size_t)rule->dims[0];
    const size_t apart = (size_t)cell_gate_apart(network->cell.kind) * n;
    double *values = NULL;
    TRY(memory_array(&values, count, sizeof *values, error));
    const enum status status = read_known(file, path, rule, values, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        const bool is_apart = network->bias_hn != NULL && i >= apart && i < apart + n;
        *(is_apart ? &network->bias_hn[i - apart] : &network->bias_h[i]) += values[i];
    }
    free(values);
    return status;
}

/* Two as PyTorch has them, or where only their sum counts, the sum. */
static enum status read_biases(hid_t file, const char *path, struct network *network,
                               struct error *error)
{
    const struct cell_parts *const parts = cell_parts(network->cell.kind);
    const hsize_t rows = (hsize_t)parts->n_gates * (hsize_t)network->n_hidden;
    const struct shape_rule sum = {"bias_h", 1, {rows}, "hidden"};
    const struct shape_rule ih = {"bias_ih", 1, {rows}, "hidden"};
    const struct shape_rule hh = {"bias_hh", 1, {rows}, "hidden"};
    if (h5_exists(file, sum.name)) {
        if (parts->has_bias_hn || h5_exists(file, ih.name) || h5_exists(file, hh.name)) {
            return error_set(error, STATUS_INPUT,
                             "%s: bias_h of a %s%s, expected bias_ih and bias_hh", path,
                             parts->name, parts->has_bias_hn ? "" : " beside bias_ih or bias_hh");
        }
        return read_known(file, path, &sum, network->bias_h, error);
    }
    if (h5_exists(file, ih.name)) {
        TRY(read_known(file, path, &ih, network->bias_h, error));
    }
    return h5_exists(file, hh.name) ? add_bias_hh(file, path, &hh, network, error) : STATUS_OK;
}

/* Signs of units: of an rnn, whose states are what its units send. */
static enum status read_dale_sign(hid_t file, const char *path, struct network *network,
                                  struct error *error)
{
    const struct cell_parts *const parts = cell_parts(network->cell.kind);
    const struct shape_rule rule = {"dale_sign", 1, {(hsize_t)network->n_hidden}, "hidden"};
    if (!h5_exists(file, rule.name)) {
        return STATUS_OK;
    }
    if (!parts->has_activation) {
        return error_set(error, STATUS_INPUT, "%s: dale_sign of a %s, expected an rnn for it", path,
                         parts->name);
    }
    TRY(network_add_dale_sign(network, error));
    TRY(read_known(file, path, &rule, network->dale_sign, error));
    for (int i = 0; i < network->n_hidden; i++) {
        if (network->dale_sign[i] != 1.0 && network->dale_sign[i] != -1.0) {
            return error_set(error, STATUS_INPUT, "%s: dale_sign[%d] is %g, expected 1 or -1", path,
                             i, network->dale_sign[i]);
        }
    }
    return STATUS_OK;
}

static enum status read_weights(hid_t file, const char *path, struct network *network,
                                struct error *error)
{
    const hsize_t n_hidden = (hsize_t)network->n_hidden;
    const hsize_t n_in = (hsize_t)network->n_in;
    const hsize_t n_out = (hsize_t)network->n_out;
    const hsize_t rows = n_hidden * (hsize_t)cell_parts(network->cell.kind)->n_gates;
    const struct shape_rule rules[] = {
        {"weight_ih", 2, {rows, n_in}, "hidden x inputs"},
        {"weight_hy", 2, {n_out, n_hidden}, "outputs x hidden"},
        {"bias_y", 1, {n_out}, "outputs"}, /* from here on, optional */
        {"h0", 1, {n_hidden}, "hidden"},
        {"c0", 1, {n_hidden}, "hidden"},
    };
    double *const values[] = {network->weight_ih, network->weight_hy, network->bias_y, network->h0,
                              network->c0};
    TRY(read_recurrent(path, network, error));
    for (int i = 0; i < 5; i++) {
        if (values[i] != NULL && (i < 2 || h5_exists(file, rules[i].name))) {
            TRY(read_known(file, path, &rules[i], values[i], error));
        }
    }
    TRY(read_dale_sign(file, path, network, error));
    return read_biases(file, path, network, error);
}

enum { WHOLE = -1, DEFAULT_MATRIX = -2 };

/* All arrays, or those beside the matrix of a gate. */
static enum status make(struct network *network, const struct network_shape *shape, int without,
                        struct error *error)
{
    const int matrix = without == DEFAULT_MATRIX ? cell_parts(shape->cell.kind)->matrix : without;
    return without == WHOLE ? network_create(network, shape, error)
                            : network_create_rest(network, shape, matrix, error);
}

static enum status read_model(const char *path, int without, struct network *network,
                              struct model_labels *labels, struct error *error)
{
    hid_t file = H5I_INVALID_HID;
    struct error ignored; /* a model from elsewhere may call something else its identity */
    int64_t index = 0;
    struct network_shape shape = {.n_hidden = 0};
    TRY(h5_open_input(path, &file, STATUS_INPUT, error));
    *labels = (struct model_labels){.seed = -1, .has_trials = h5_exists(file, "trials")};
    (void)!h5_read_string_attribute(file, path, "identity", labels->identity,
                                    sizeof labels->identity, &ignored);
    enum status status = model_names_check(file, path, error);
    THEN(status,
         h5_read_string_attribute(file, path, "task", labels->task, sizeof labels->task, error));
    THEN(status, h5_read_string_attribute(file, path, "construction", labels->construction,
                                          sizeof labels->construction, error));
    THEN(status, h5_read_integer_attribute(file, path, "seed", &labels->seed, error));
    THEN(status, read_cell(file, path, &shape.cell, error));
    THEN(status, read_shapes(file, path, &shape, error));
    THEN(status, make(network, &shape, without, error));
    if (status == STATUS_OK) {
        status = read_weights(file, path, network, error);
        const char *const name = status == STATUS_OK ? network_nonfinite(network, &index) : NULL;
        if (name != NULL) {
            status = weights_not_finite(path, name, index, error);
        }
        if (status != STATUS_OK) {
            network_release(network);
        }
    }
    (void)H5Fclose(file);
    return status;
}

/* A lack of memory knows no file; who reads its message wants to. */
static enum status of_file(const char *path, enum status status, struct error *error)
{
    return status == STATUS_INTERNAL ? error_prefix(error, status, "%s", path) : status;
}

enum status model_file_read(const char *path, struct network *network, struct model_labels *labels,
                            struct error *error)
{
    uint64_t hash = 0;
    TRY(of_file(path, read_model(path, WHOLE, network, labels, error), error));
    enum status status = network_hash(network, &hash, error);
    THEN(status, model_file_check_weights(path, hash, error));
    if (status != STATUS_OK) {
        network_release(network);
    }
    return status;
}

enum status model_file_read_rest(const char *path, int gate, struct network *network,
                                 struct model_labels *labels, struct error *error)
{
    return of_file(path, read_model(path, gate, network, labels, error), error);
}

int64_t model_file_hold(const char *path)
{
    struct error ignored;
    hid_t file = H5I_INVALID_HID;
    return h5_open_input(path, &file, STATUS_INPUT, &ignored) == STATUS_OK ? (int64_t)file : -1;
}

void model_file_let_go(int64_t held)
{
    if (held >= 0) {
        (void)H5Fclose((hid_t)held);
    }
}

static enum status hash_rows(struct weight_blocks *blocks, struct hasher *hasher,
                             struct error *error)
{
    enum { VALUES_AT_ONCE = 1 << 17 };
    const int n = blocks->n;
    const int at_once = n > VALUES_AT_ONCE ? 1 : VALUES_AT_ONCE / n;
    double *rows = NULL;
    enum status status = memory_array2(&rows, (size_t)at_once, (size_t)n, sizeof *rows, error);
    for (int first = 0; status == STATUS_OK && first < n; first += at_once) {
        const int count = n - first < at_once ? n - first : at_once;
        status = weight_blocks_read(blocks, first, 0, count, n, rows, error);
        if (status == STATUS_OK) {
            hasher_doubles(hasher, rows, (size_t)count * (size_t)n);
        }
    }
    free(rows);
    return status;
}

enum status model_file_survey(const char *path, struct network *network,
                              struct model_labels *labels, uint64_t *hash, struct error *error)
{
    struct weight_blocks blocks;
    struct hasher *hasher = NULL;
    TRY(of_file(path, read_model(path, DEFAULT_MATRIX, network, labels, error), error));
    enum status status =
        weight_blocks_open(&blocks, path, network->cell.kind, network->matrix, error);
    THEN(status, network_hash_begin(network, &hasher, error));
    if (status == STATUS_OK) {
        status = hash_rows(&blocks, hasher, error);
        *hash = network_hash_end(network, &hasher);
    }
    weight_blocks_close(&blocks);
    THEN(status, model_file_check_weights(path, *hash, error));
    if (status != STATUS_OK) {
        network_release(network);
    }
    return status;
}

/* Read as double, so that 0.5 or 256 is seen and not rounded to a valid value. */
static enum status read_mask(hid_t group, const char *path, struct trials *trials,
                             struct error *error)
{
    if (!h5_exists(group, "mask")) {
        return STATUS_OK;
    }
    const size_t count = (size_t)trials->n_steps * (size_t)trials->n_trials;
    const struct shape_rule rule = {
        "mask", 2, {(hsize_t)trials->n_steps, (hsize_t)trials->n_trials}, "steps x trials"};
    double *values = NULL;
    TRY(memory_array(&values, count, sizeof *values, error));
    enum status status = read_known(group, path, &rule, values, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (values[i] != 0.0 && values[i] != 1.0) {
            status =
                error_set(error, STATUS_INPUT, "%s: mask[%zu, %zu] is %g, expected 0 or 1", path,
                          i / (size_t)trials->n_trials, i % (size_t)trials->n_trials, values[i]);
        }
        trials->mask[i] = values[i] != 0.0;
    }
    free(values);
    return status;
}

/* Initial states, where the file has them. */
static enum status read_h0(hid_t group, const char *path, struct trials *trials,
                           struct error *error)
{
    hsize_t dims[2] = {0};
    if (!h5_exists(group, "h0")) {
        return STATUS_OK;
    }
    TRY(read_shape(group, path, "h0", 2, TRIALS_MAX_AXIS, dims, error));
    const struct shape_rule rule = {
        "h0", 2, {(hsize_t)trials->n_trials, dims[1]}, "trials x hidden"};
    TRY(check_rule(&rule, path, dims, error));
    TRY(h5_check_data(group, path, "h0", error));
    TRY(trials_add_h0(trials, (int)dims[1], error));
    return read_known(group, path, &rule, trials->h0, error);
}

/* What the network has answered elsewhere, where the file has it. */
static enum status read_outputs(hid_t group, const char *path, struct trials *trials,
                                struct error *error)
{
    const struct shape_rule rule = {
        "outputs",
        3,
        {(hsize_t)trials->n_steps, (hsize_t)trials->n_trials, (hsize_t)trials->n_out},
        "as targets"};
    if (!h5_exists(group, "outputs")) {
        return STATUS_OK;
    }
    hsize_t dims[3] = {0};
    TRY(read_shape(group, path, "outputs", 3, TRIALS_MAX_AXIS, dims, error));
    TRY(check_rule(&rule, path, dims, error));
    TRY(h5_check_data(group, path, "outputs", error));
    TRY(trials_add_outputs(trials, error));
    return read_known(group, path, &rule, trials->outputs, error);
}

static enum status read_arrays(hid_t group, const char *path, struct trials *trials,
                               struct error *error)
{
    const hsize_t steps = (hsize_t)trials->n_steps;
    const hsize_t count = (hsize_t)trials->n_trials;
    const struct shape_rule inputs = {
        "inputs", 3, {steps, count, (hsize_t)trials->n_in}, "steps x trials x inputs"};
    const struct shape_rule targets = {
        "targets", 3, {steps, count, (hsize_t)trials->n_out}, "as inputs, x outputs"};
    char metric[MODEL_NAME_SIZE];
    TRY(read_known(group, path, &inputs, trials->inputs, error));
    TRY(read_known(group, path, &targets, trials->targets, error));
    TRY(read_h0(group, path, trials, error));
    TRY(read_outputs(group, path, trials, error));
    TRY(read_mask(group, path, trials, error));
    TRY(h5_read_string_attribute(group, path, "metric", metric, sizeof metric, error));
    if (metric[0] != '\0' && !metric_kind_from_name(metric, &trials->metric)) {
        return error_set(error, STATUS_INPUT,
                         "%s: metric of /trials is '%s', expected " METRIC_NAMES, path, metric);
    }
    const enum status status = trials_check(trials, error);
    return status == STATUS_OK ? status : error_prefix(error, status, "%s: /trials", path);
}

static enum status read_trials(hid_t group, const char *path, struct trials *trials,
                               struct error *error)
{
    hsize_t in[3] = {0};
    hsize_t out[3] = {0};
    TRY(trials_names_check(group, path, error));
    TRY(read_shape(group, path, "inputs", 3, TRIALS_MAX_AXIS, in, error));
    TRY(read_shape(group, path, "targets", 3, TRIALS_MAX_AXIS, out, error));
    if (in[0] != out[0] || in[1] != out[1]) {
        return error_set(error, STATUS_INPUT,
                         "%s: /trials targets has %llu steps and %llu trials, expected %llu and "
                         "%llu as inputs has",
                         path, (unsigned long long)out[0], (unsigned long long)out[1],
                         (unsigned long long)in[0], (unsigned long long)in[1]);
    }
    if (in[0] > MAX_ELEMENTS / in[1] || in[0] * in[1] > MAX_ELEMENTS / in[2] ||
        in[0] * in[1] > MAX_ELEMENTS / out[2]) {
        return error_set(error, STATUS_INPUT, "%s: /trials has more than 2^32 values", path);
    }
    TRY(h5_check_data(group, path, "inputs", error));
    TRY(h5_check_data(group, path, "targets", error));
    TRY(trials_create(trials, (int)in[0], (int)in[1], (int)in[2], (int)out[2], error));
    const enum status status = read_arrays(group, path, trials, error);
    if (status != STATUS_OK) {
        trials_release(trials);
    }
    return status;
}

enum status trials_file_read(const char *path, struct trials *trials, struct error *error)
{
    hid_t file = H5I_INVALID_HID;
    TRY(h5_open_input(path, &file, STATUS_INPUT, error));
    enum status status = model_names_check(file, path, error);
    const hid_t group =
        h5_is_hard_link(file, "trials") ? H5Gopen2(file, "trials", H5P_DEFAULT) : H5I_INVALID_HID;
    if (group < 0) {
        (void)H5Eclear2(H5E_DEFAULT);
        THEN(status, error_set(error, STATUS_INPUT, "%s: no group /trials in it", path));
    } else {
        THEN(status, read_trials(group, path, trials, error));
        (void)H5Gclose(group);
    }
    (void)H5Fclose(file);
    return of_file(path, status, error);
}
