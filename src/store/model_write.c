#include "store/model_write.h"

#include "store/atomic_file.h"
#include "store/h5.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_array(hid_t file, const char *name, int rank, hsize_t rows, hsize_t columns,
                        const double *values)
{
    const hsize_t dims[2] = {rows, columns};
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    const hid_t dataset =
        H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = dataset >= 0 && H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL,
                                               H5P_DEFAULT, values) >= 0;
    if (dataset >= 0) {
        (void)H5Dclose(dataset);
    }
    (void)H5Sclose(space);
    return good;
}

static bool write_arrays(hid_t file, const struct network *network,
                         const struct model_record *record)
{
    const hsize_t n_hidden = (hsize_t)network->n_hidden;
    const hsize_t n_in = (hsize_t)network->n_in;
    const hsize_t n_out = (hsize_t)network->n_out;
    return write_array(file, "weight_hh", 2, n_hidden, n_hidden, network->weight_hh) &&
           write_array(file, "weight_ih", 2, n_hidden, n_in, network->weight_ih) &&
           write_array(file, "weight_hy", 2, n_out, n_hidden, network->weight_hy) &&
           write_array(file, "bias_h", 1, n_hidden, 0, network->bias_h) &&
           write_array(file, "bias_y", 1, n_out, 0, network->bias_y) &&
           write_array(file, "h0", 1, n_hidden, 0, network->h0) &&
           write_array(file, "loss_history", 1, (hsize_t)record->n_losses, 0, record->loss_history);
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

static enum status write_file(const char *path, const struct network *network,
                              const struct model_record *record, struct error *error)
{
    const hid_t file = H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    if (file < 0) {
        return h5_error(error, STATUS_IO, path, "cannot create the file");
    }
    enum status status = STATUS_OK;
    if (!write_arrays(file, network, record) || !write_attributes(file, record) ||
        H5Fflush(file, H5F_SCOPE_GLOBAL) < 0) {
        status = h5_error(error, STATUS_IO, path, "cannot write the model");
    }
    if (H5Fclose(file) < 0 && status == STATUS_OK) {
        status = h5_error(error, STATUS_IO, path, "cannot close the file");
    }
    return status;
}

enum status model_file_write(const char *path, const struct network *network,
                             const struct model_record *record, struct error *error)
{
    char *temporary = NULL;
    TRY(atomic_file_begin(&temporary, path, error));
    enum status status = write_file(temporary, network, record, error);
    if (status == STATUS_OK) {
        status = atomic_file_finish(temporary, path, error);
    } else {
        (void)unlink(temporary);
    }
    free(temporary);
    return status == STATUS_OUTPUT_TAKEN ? STATUS_OK : status;
}

static enum status read_facts(hid_t file, const char *path, struct training_facts *facts,
                              char identity[17], struct error *error)
{
    int64_t converged = -1;
    int64_t steps = -1;
    TRY(h5_read_string_attribute(file, path, "identity", identity, 17, error));
    TRY(h5_read_integer_attribute(file, path, "converged", &converged, error));
    TRY(h5_read_integer_attribute(file, path, "train_steps", &steps, error));
    facts->converged = (int8_t)(converged == 0 || converged == 1 ? converged : -1);
    facts->steps = steps >= 0 && steps <= INT32_MAX ? (int32_t)steps : -1;
    (void)h5_read_real_attribute(file, "train_metric", &facts->metric);
    (void)h5_read_real_attribute(file, "train_loss", &facts->loss);
    (void)h5_read_real_attribute(file, "train_seconds", &facts->seconds);
    return STATUS_OK;
}

enum status model_file_read_facts(const char *path, struct training_facts *facts, char identity[17],
                                  struct error *error)
{
    hid_t file = H5I_INVALID_HID;
    *facts = training_facts_missing();
    TRY(h5_open_input(path, &file, STATUS_INPUT, error));
    const enum status status = read_facts(file, path, facts, identity, error);
    (void)H5Fclose(file);
    return status;
}
