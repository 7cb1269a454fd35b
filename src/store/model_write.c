#include "store/model_write.h"

#include "core/memory.h"
#include "store/atomic_file.h"
#include "store/h5.h"
#include "store/model_facts.h"

#include <stdlib.h>
#include <string.h>

static bool write_array(hid_t file, const char *name, int rank, hsize_t rows, hsize_t columns,
                        const double *values)
{
    const hsize_t dims[2] = {rows, columns};
    return h5_write_dataset(file, name, rank, dims, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values);
}

/* The rows of all gates, as files stack them. */
static bool write_recurrent(hid_t file, const struct network *network)
{
    const struct cell_parts *const parts = cell_parts(network->cell.kind);
    const hsize_t n = (hsize_t)network->n_hidden;
    const hsize_t all[2] = {(hsize_t)parts->n_gates * n, n};
    const hsize_t count[2] = {n, n};
    const hid_t there = H5Screate_simple(2, all, NULL);
    const hid_t here = H5Screate_simple(2, count, NULL);
    const hid_t dataset =
        H5Dcreate2(file, "weight_hh", H5T_IEEE_F64LE, there, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    bool good = dataset >= 0;
    for (int gate = 0; good && gate < parts->n_gates; gate++) {
        const hsize_t start[2] = {(hsize_t)gate * n, 0};
        good = H5Sselect_hyperslab(there, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
               H5Dwrite(dataset, H5T_NATIVE_DOUBLE, here, there, H5P_DEFAULT,
                        network_gate(network, gate)) >= 0;
    }
    if (dataset >= 0) {
        (void)H5Dclose(dataset);
    }
    (void)H5Sclose(here);
    (void)H5Sclose(there);
    return good;
}

/* bias_hh of a gated cell: what is kept apart, and 0 for what bias_ih has. */
static bool write_bias_hh(hid_t file, const struct network *network)
{
    const size_t n = (size_t)network->n_hidden;
    const size_t count = (size_t)cell_parts(network->cell.kind)->n_gates * n;
    struct error ignored;
    double *values = NULL;
    if (memory_array(&values, count, sizeof *values, &ignored) != STATUS_OK) {
        return false;
    }
    memcpy(values + (size_t)cell_gate_apart(network->cell.kind) * n, network->bias_hn,
           n * sizeof *values);
    const bool good = write_array(file, "bias_hh", 1, (hsize_t)count, 0, values);
    free(values);
    return good;
}

static bool write_weights(hid_t file, const struct network *network)
{
    const struct cell *const cell = &network->cell;
    const struct cell_parts *const parts = cell_parts(cell->kind);
    const hsize_t n_hidden = (hsize_t)network->n_hidden;
    const hsize_t n_in = (hsize_t)network->n_in;
    const hsize_t n_out = (hsize_t)network->n_out;
    const hsize_t rows = n_hidden * (hsize_t)parts->n_gates;
    return h5_write_text(file, "cell", parts->name) &&
           (!parts->has_activation ||
            (h5_write_text(file, "activation", activation_name(cell->activation)) &&
             h5_write_text(file, "leak_form", leak_form_name(cell->leak_form)) &&
             h5_write_number(file, "leak", H5T_IEEE_F64LE, &cell->leak))) &&
           write_recurrent(file, network) &&
           write_array(file, "weight_ih", 2, rows, n_in, network->weight_ih) &&
           write_array(file, "weight_hy", 2, n_out, n_hidden, network->weight_hy) &&
           write_array(file, parts->n_gates == 1 ? "bias_h" : "bias_ih", 1, rows, 0,
                       network->bias_h) &&
           (network->bias_hn == NULL || write_bias_hh(file, network)) &&
           write_array(file, "bias_y", 1, n_out, 0, network->bias_y) &&
           write_array(file, "h0", 1, n_hidden, 0, network->h0) &&
           (network->c0 == NULL || write_array(file, "c0", 1, n_hidden, 0, network->c0)) &&
           (network->dale_sign == NULL ||
            write_array(file, "dale_sign", 1, n_hidden, 0, network->dale_sign));
}

static bool write_trained(hid_t file, const struct model_record *record)
{
    const struct training_facts *const facts = &record->facts;
    return write_array(file, "loss_history", 1, (hsize_t)record->n_losses, 0,
                       record->loss_history) &&
           h5_write_text(file, "task", record->task) &&
           h5_write_text(file, "construction", record->construction) &&
           h5_write_number(file, "seed", H5T_STD_I64LE, &record->seed) &&
           h5_write_text(file, "identity", record->identity) &&
           h5_write_text(file, "recipe", record->recipe) &&
           h5_write_text(file, "versions", record->versions) &&
           h5_write_number(file, "converged", H5T_STD_I8LE, &facts->converged) &&
           h5_write_number(file, "train_metric", H5T_IEEE_F64LE, &facts->metric) &&
           h5_write_number(file, "train_loss", H5T_IEEE_F64LE, &facts->loss) &&
           h5_write_number(file, "train_steps", H5T_STD_I32LE, &facts->steps) &&
           h5_write_number(file, "train_seconds", H5T_IEEE_F64LE, &facts->seconds);
}

static bool write_trials(hid_t file, const struct trials *trials)
{
    const hsize_t steps = (hsize_t)trials->n_steps;
    const hsize_t count = (hsize_t)trials->n_trials;
    const hsize_t inputs[] = {steps, count, (hsize_t)trials->n_in};
    const hsize_t targets[] = {steps, count, (hsize_t)trials->n_out};
    const hid_t group = H5Gcreate2(file, "trials", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const bool good =
        group >= 0 &&
        h5_write_dataset(group, "inputs", 3, inputs, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                         trials->inputs) &&
        h5_write_dataset(group, "targets", 3, targets, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                         trials->targets) &&
        h5_write_dataset(group, "mask", 2, inputs, H5T_STD_U8LE, H5T_NATIVE_UCHAR, trials->mask) &&
        h5_write_text(group, "metric", metric_kind_name(trials->metric)) &&
        (trials->outputs == NULL || h5_write_dataset(group, "outputs", 3, targets, H5T_IEEE_F64LE,
                                                     H5T_NATIVE_DOUBLE, trials->outputs)) &&
        (trials->h0 == NULL ||
         write_array(group, "h0", 2, count, (hsize_t)trials->n_hidden, trials->h0));
    if (group >= 0) {
        (void)H5Gclose(group);
    }
    return good;
}

static bool write_imported(hid_t file, const struct import_record *record)
{
    return (record->task[0] == '\0' || h5_write_text(file, "task", record->task)) &&
           (record->construction[0] == '\0' ||
            h5_write_text(file, "construction", record->construction)) &&
           (record->seed < 0 || h5_write_number(file, "seed", H5T_STD_I64LE, &record->seed)) &&
           h5_write_text(file, "imported_from", record->source) &&
           h5_write_text(file, "imported_as", record->description) &&
           h5_write_text(file, "versions", record->versions) &&
           (record->trials == NULL || write_trials(file, record->trials));
}

/* A model that was trained or imported. */
struct content {
    const struct network *network;
    const char *checksum;
    const struct model_record *trained; /* NULL for an imported one */
    const struct import_record *imported;
};

static enum status write_content(hid_t file, const char *path, const void *content,
                                 struct error *error)
{
    const struct content *const model = content;
    const bool good = write_weights(file, model->network) &&
                      h5_write_text(file, "weights_checksum", model->checksum) &&
                      (model->trained != NULL ? write_trained(file, model->trained)
                                              : write_imported(file, model->imported));
    return good ? STATUS_OK : h5_error(error, STATUS_IO, path, "cannot write the model");
}

static enum status write_file(const char *path, void *content, struct error *error)
{
    return h5_create_file(path, H5F_LIBVER_EARLIEST, write_content, content, error);
}

static void copy_added(double *to, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i] + 0.0;
    }
}

/* As it will be read: two biases are added then, which turns a -0 into 0. */
static enum status hash_as_read(const struct network *network, uint64_t *hash, struct error *error)
{
    const size_t n = (size_t)network->n_hidden;
    const size_t rows = (size_t)cell_parts(network->cell.kind)->n_gates * n;
    struct network read = *network;
    double *biases = NULL;
    if (network->bias_hn == NULL) {
        return network_hash(network, hash, error);
    }
    TRY(memory_array(&biases, rows + n, sizeof *biases, error));
    read.bias_h = biases;
    read.bias_hn = biases + rows;
    copy_added(read.bias_h, network->bias_h, rows);
    copy_added(read.bias_hn, network->bias_hn, n);
    const enum status status = network_hash(&read, hash, error);
    free(biases);
    return status;
}

static enum status write_model(const char *path, struct content *content,
                               const struct kept_facts *facts, struct error *error)
{
    char checksum[CHECKSUM_SIZE];
    uint64_t weights_hash = 0;
    TRY(hash_as_read(content->network, &weights_hash, error));
    TRY(model_checksum(checksum, facts, weights_hash, error));
    content->checksum = checksum;
    return atomic_file_write(path, write_file, content, error);
}

enum status model_file_write(const char *path, const struct network *network,
                             const struct model_record *record, struct error *error)
{
    struct content content = {.network = network, .trained = record};
    struct kept_facts facts = {.training = record->facts};
    (void)snprintf(facts.identity, sizeof facts.identity, "%s", record->identity);
    const enum status status = write_model(path, &content, &facts, error);
    return status == STATUS_OUTPUT_TAKEN ? STATUS_OK : status;
}

enum status model_file_write_imported(const char *path, const struct network *network,
                                      const struct import_record *record, struct error *error)
{
    struct content content = {.network = network, .imported = record};
    const struct kept_facts facts = {.training = training_facts_missing()};
    return write_model(path, &content, &facts, error);
}
