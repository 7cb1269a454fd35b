#include "store/model_write.h"

#include "store/atomic_file.h"
#include "store/h5.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_dataset(hid_t location, const char *name, int rank, const hsize_t *dims,
                          hid_t stored, hid_t type, const void *values)
{
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    const hid_t dataset =
        H5Dcreate2(location, name, stored, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const bool good =
        dataset >= 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    if (dataset >= 0) {
        (void)H5Dclose(dataset);
    }
    (void)H5Sclose(space);
    return good;
}

static bool write_array(hid_t file, const char *name, int rank, hsize_t rows, hsize_t columns,
                        const double *values)
{
    const hsize_t dims[2] = {rows, columns};
    return write_dataset(file, name, rank, dims, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values);
}

static bool write_weights(hid_t file, const struct network *network)
{
    const hsize_t n_hidden = (hsize_t)network->n_hidden;
    const hsize_t n_in = (hsize_t)network->n_in;
    const hsize_t n_out = (hsize_t)network->n_out;
    return write_array(file, "weight_hh", 2, n_hidden, n_hidden, network->weight_hh) &&
           write_array(file, "weight_ih", 2, n_hidden, n_in, network->weight_ih) &&
           write_array(file, "weight_hy", 2, n_out, n_hidden, network->weight_hy) &&
           write_array(file, "bias_h", 1, n_hidden, 0, network->bias_h) &&
           write_array(file, "bias_y", 1, n_out, 0, network->bias_y) &&
           write_array(file, "h0", 1, n_hidden, 0, network->h0);
}

static bool write_attributes(hid_t file, const struct model_record *record)
{
    const struct training_facts *const facts = &record->facts;
    return h5_write_text(file, "task", record->task) &&
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

static bool write_trained(hid_t file, const struct network *network, const void *content)
{
    const struct model_record *const record = content;
    return write_weights(file, network) &&
           write_array(file, "loss_history", 1, (hsize_t)record->n_losses, 0,
                       record->loss_history) &&
           write_attributes(file, record);
}

static bool write_trial_arrays(hid_t group, const struct trials *trials)
{
    const hsize_t steps = (hsize_t)trials->n_steps;
    const hsize_t count = (hsize_t)trials->n_trials;
    const hsize_t inputs[] = {steps, count, (hsize_t)trials->n_in};
    const hsize_t targets[] = {steps, count, (hsize_t)trials->n_out};
    return write_dataset(group, "inputs", 3, inputs, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                         trials->inputs) &&
           write_dataset(group, "targets", 3, targets, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                         trials->targets) &&
           write_dataset(group, "mask", 2, inputs, H5T_STD_U8LE, H5T_NATIVE_UCHAR, trials->mask) &&
           h5_write_text(group, "metric", metric_kind_name(trials->metric));
}

static bool write_trials(hid_t file, const struct trials *trials)
{
    const hid_t group = H5Gcreate2(file, "trials", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0) {
        return false;
    }
    const bool good = write_trial_arrays(group, trials);
    (void)H5Gclose(group);
    return good;
}

static bool write_imported(hid_t file, const struct network *network, const void *content)
{
    const struct import_record *const record = content;
    return write_weights(file, network) &&
           (record->task[0] == '\0' || h5_write_text(file, "task", record->task)) &&
           (record->construction[0] == '\0' ||
            h5_write_text(file, "construction", record->construction)) &&
           (record->seed < 0 || h5_write_number(file, "seed", H5T_STD_I64LE, &record->seed)) &&
           h5_write_text(file, "imported_from", record->source) &&
           h5_write_text(file, "imported_as", record->description) &&
           h5_write_text(file, "versions", record->versions) &&
           (record->trials == NULL || write_trials(file, record->trials));
}

/* Writes what goes into a new file beside its network; false with HDF5's error stack filled. */
typedef bool content_writer(hid_t file, const struct network *network, const void *content);

static enum status write_file(const char *path, const struct network *network,
                              content_writer *writer, const void *content, struct error *error)
{
    const hid_t file = H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    if (file < 0) {
        return h5_error(error, STATUS_IO, path, "cannot create the file");
    }
    enum status status = STATUS_OK;
    if (!writer(file, network, content) || H5Fflush(file, H5F_SCOPE_GLOBAL) < 0) {
        status = h5_error(error, STATUS_IO, path, "cannot write the model");
    }
    if (H5Fclose(file) < 0 && status == STATUS_OK) {
        status = h5_error(error, STATUS_IO, path, "cannot close the file");
    }
    return status;
}

static enum status write_whole(const char *path, const struct network *network,
                               content_writer *writer, const void *content, struct error *error)
{
    char *temporary = NULL;
    TRY(atomic_file_begin(&temporary, path, error));
    enum status status = write_file(temporary, network, writer, content, error);
    if (status == STATUS_OK) {
        status = atomic_file_finish(temporary, path, error);
    } else {
        (void)unlink(temporary);
    }
    free(temporary);
    return status;
}

enum status model_file_write(const char *path, const struct network *network,
                             const struct model_record *record, struct error *error)
{
    const enum status status = write_whole(path, network, write_trained, record, error);
    return status == STATUS_OUTPUT_TAKEN ? STATUS_OK : status;
}

enum status model_file_write_imported(const char *path, const struct network *network,
                                      const struct import_record *record, struct error *error)
{
    return write_whole(path, network, write_imported, record, error);
}

/* A model from elsewhere may use the same names for something else: that is no fact. */
static void read_facts(hid_t file, const char *path, struct training_facts *facts,
                       char identity[17])
{
    struct error ignored;
    int64_t converged = -1;
    int64_t steps = -1;
    (void)!h5_read_string_attribute(file, path, "identity", identity, 17, &ignored);
    (void)!h5_read_integer_attribute(file, path, "converged", &converged, &ignored);
    (void)!h5_read_integer_attribute(file, path, "train_steps", &steps, &ignored);
    facts->converged = (int8_t)(converged == 0 || converged == 1 ? converged : -1);
    facts->steps = steps >= 0 && steps <= INT32_MAX ? (int32_t)steps : -1;
    (void)h5_read_real_attribute(file, "train_metric", &facts->metric);
    (void)h5_read_real_attribute(file, "train_loss", &facts->loss);
    (void)h5_read_real_attribute(file, "train_seconds", &facts->seconds);
}

enum status model_file_read_facts(const char *path, struct training_facts *facts, char identity[17],
                                  struct error *error)
{
    hid_t file = H5I_INVALID_HID;
    *facts = training_facts_missing();
    TRY(h5_open_input(path, &file, STATUS_INPUT, error));
    read_facts(file, path, facts, identity);
    (void)H5Fclose(file);
    return STATUS_OK;
}
