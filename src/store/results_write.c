#include "store/results_file.h"

#include "core/memory.h"
#include "store/h5.h"
#include "store/results_jobs.h"
#include "store/results_piece.h"

#include <stdlib.h>
#include <string.h>

static enum status bad_write(const struct results *results, const char *name, struct error *error)
{
    char what[64];
    (void)snprintf(what, sizeof what, "cannot write %s", name);
    return h5_error(error, STATUS_IO, results->path, what);
}

enum status results_write_piece(const struct results *results, hid_t dataset, const char *name,
                                int rank, const struct piece *piece, hid_t type, const void *values,
                                struct error *error)
{
    const hid_t file_space = H5Dget_space(dataset);
    const hid_t memory_space = H5Screate_simple(rank, piece->count, NULL);
    const bool good = file_space >= 0 && memory_space >= 0 &&
                      H5Sselect_hyperslab(file_space, H5S_SELECT_SET, piece->start, NULL,
                                          piece->count, NULL) >= 0 &&
                      H5Dwrite(dataset, type, memory_space, file_space, H5P_DEFAULT, values) >= 0;
    (void)H5Sclose(memory_space);
    (void)H5Sclose(file_space);
    return good ? STATUS_OK : bad_write(results, name, error);
}

static size_t piece_size(const struct piece *piece)
{
    return (size_t)(piece->count[0] * piece->count[1] * piece->count[2]);
}

static enum status write_field(const struct results *results, const struct piece *piece,
                               const struct job_result *jobs, const struct job_field *field,
                               enum job_family family, void *buffer, struct error *error)
{
    const enum variable_id id = field->ids[family];
    for (size_t i = 0; i < piece_size(piece); i++) {
        memcpy((char *)buffer + i * field->size, (const char *)&jobs[i] + field->offset,
               field->size);
    }
    return results_write_piece(results, results->datasets[id], VARIABLES[id].name, RESULTS_MAX_AXES,
                               piece, value_memory_type(VARIABLES[id].type), buffer, error);
}

static enum status write_checksums(const struct results *results, enum job_family family,
                                   const struct piece *piece, const struct job_result *jobs,
                                   uint64_t *buffer, struct error *error)
{
    const int64_t n_ablations = (int64_t)results->lengths[AXIS_ABLATION];
    const int64_t first = (int64_t)piece->start[1] * n_ablations + (int64_t)piece->start[2];
    const enum variable_id id = JOB_CHECKSUM_IDS[family];
    for (size_t i = 0; i < piece_size(piece); i++) {
        const int64_t job = first + (int64_t)i;
        const struct job_index index =
            job_index_of(family, (int64_t)piece->start[0], job / n_ablations, job % n_ablations);
        buffer[i] = jobs[i].state == JOB_PENDING ? 0 : job_result_checksum(&jobs[i], index);
    }
    return results_write_piece(results, results->datasets[id], VARIABLES[id].name, RESULTS_MAX_AXES,
                               piece, H5T_STD_U64LE, buffer, error);
}

static enum status write_run(const struct results *results, enum job_family family,
                             const struct piece *piece, const struct job_result *jobs, void *buffer,
                             struct error *error)
{
    for (size_t i = 0; i < JOB_FIELD_COUNT; i++) {
        TRY(write_field(results, piece, jobs, &JOB_FIELDS[i], family, buffer, error));
    }
    TRY(write_checksums(results, family, piece, jobs, buffer, error));
    return write_field(results, piece, jobs, &JOB_STATE_FIELD, family, buffer, error);
}

/* The largest contiguous block at the front of count jobs of a family: whole rows, or a part of
 * one row. */
static struct piece first_piece(const struct results *results, int64_t case_index,
                                int64_t first_job, int64_t count)
{
    const int64_t n_ablations = (int64_t)results->lengths[AXIS_ABLATION];
    const int64_t column = first_job % n_ablations;
    const int64_t left_in_row = n_ablations - column;
    int64_t rows = 1;
    int64_t columns = count < left_in_row ? count : left_in_row;
    if (column == 0 && count >= n_ablations) {
        rows = count / n_ablations;
        columns = n_ablations;
    }
    return (struct piece){
        .start = {(hsize_t)case_index, (hsize_t)(first_job / n_ablations), (hsize_t)column},
        .count = {1, (hsize_t)rows, (hsize_t)columns}};
}

/* Writes jobs[count] of jobs of one family, counted from its first row. */
static enum status write_family(const struct results *results, enum job_family family,
                                int64_t case_index, int64_t first_job,
                                const struct job_result *jobs, int64_t count, void *buffer,
                                struct error *error)
{
    while (count > 0) {
        const struct piece piece = first_piece(results, case_index, first_job, count);
        const int64_t written = (int64_t)piece_size(&piece);
        TRY(write_run(results, family, &piece, jobs, buffer, error));
        first_job += written;
        jobs += written;
        count -= written;
    }
    return STATUS_OK;
}

enum status results_write_jobs(const struct results *results, int64_t case_index, int64_t first_job,
                               const struct job_result *jobs, int64_t count, struct error *error)
{
    const int64_t n_ablations = (int64_t)results->lengths[AXIS_ABLATION];
    const int64_t n_before = job_first_row(results, FAMILY_PARTITION) * n_ablations;
    const bool has_partitions = job_rows(results, FAMILY_PARTITION) > 0;
    const int64_t left = !has_partitions ? count : first_job < n_before ? n_before - first_job : 0;
    const int64_t n_first = count < left ? count : left;
    void *buffer = NULL;
    TRY(memory_array(&buffer, (size_t)count, JOB_VALUE_SIZE, error));
    enum status status =
        write_family(results, FAMILY_ALPHA, case_index, first_job, jobs, n_first, buffer, error);
    if (status == STATUS_OK) {
        status = write_family(results, FAMILY_PARTITION, case_index, first_job + n_first - n_before,
                              jobs + n_first, count - n_first, buffer, error);
    }
    free(buffer);
    return status;
}

/* Writes values[count_1, count_2] at row `case_index` of a variable. */
static enum status write_row(const struct results *results, int64_t case_index, enum variable_id id,
                             hsize_t count_1, hsize_t count_2, const void *values,
                             struct error *error)
{
    const struct piece piece = {.start = {(hsize_t)case_index, 0, 0},
                                .count = {1, count_1, count_2}};
    return results_write_piece(results, results->datasets[id], VARIABLES[id].name,
                               VARIABLES[id].n_axes, &piece, value_memory_type(VARIABLES[id].type),
                               values, error);
}

static enum status write_case_state(const struct results *results, int64_t case_index,
                                    uint8_t state, struct error *error)
{
    return write_row(results, case_index, VAR_CASE_STATE, 1, 1, &state, error);
}

/* A variable with one value per case. */
struct case_field {
    enum variable_id id;
    const void *value;
};

static enum status write_scalars(const struct results *results, int64_t case_index,
                                 const struct case_values *values, struct error *error)
{
    const struct training_facts *const training = &values->training;
    const struct case_field fields[] = {{VAR_SPECTRAL_RADIUS, &values->spectral_radius},
                                        {VAR_NONNORMALITY, &values->nonnormality},
                                        {VAR_SCHUR_RESIDUAL, &values->schur_residual},
                                        {VAR_ORTHOGONALITY_LOSS, &values->orthogonality_loss},
                                        {VAR_MODULUS_GAP, &values->modulus_gap},
                                        {VAR_SCHUR_ROUTE, &values->schur_route},
                                        {VAR_WEIGHTS_HASH, &values->weights_hash},
                                        {VAR_CONVERGED, &training->converged},
                                        {VAR_TRAIN_METRIC, &training->metric},
                                        {VAR_TRAIN_LOSS, &training->loss},
                                        {VAR_TRAIN_STEPS, &training->steps},
                                        {VAR_TRAIN_SECONDS, &training->seconds}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        TRY(write_row(results, case_index, fields[i].id, 1, 1, fields[i].value, error));
    }
    return STATUS_OK;
}

/* Bytes of a text that fit, without a part of a UTF-8 character at their end. */
static size_t fitting_length(const char *text, size_t size)
{
    size_t length = strnlen(text, size + 1);
    if (length <= size) {
        return length;
    }
    length = size;
    while (length > 0 && ((unsigned char)text[length] & 0xc0u) == 0x80u) {
        length--;
    }
    return length;
}

static enum status write_message(const struct results *results, int64_t case_index,
                                 const char *message, struct error *error)
{
    char text[RESULTS_MESSAGE_SIZE] = {0};
    memcpy(text, message, fitting_length(message, sizeof text));
    const struct piece piece = {.start = {(hsize_t)case_index}, .count = {1, 1, 1}};
    const hid_t type = h5_string_type(sizeof text);
    const enum status status = results_write_piece(results, results->datasets[VAR_MESSAGE],
                                                   "message", 1, &piece, type, text, error);
    (void)H5Tclose(type);
    return status;
}

static enum status write_partitions(const struct results *results, int64_t case_index,
                                    const struct case_values *values, struct error *error)
{
    const hsize_t count = (hsize_t)values->n_partitions;
    if (count == 0) {
        return STATUS_OK;
    }
    TRY(write_row(results, case_index, VAR_ALPHA_LOW, count, 1, values->alpha_low, error));
    TRY(write_row(results, case_index, VAR_ALPHA_HIGH, count, 1, values->alpha_high, error));
    return write_row(results, case_index, VAR_PARTITION_N_R, count, 1, values->partition_dim,
                     error);
}

enum status results_write_case(const struct results *results, int64_t case_index,
                               const struct case_values *values, struct error *error)
{
    const hsize_t n_hidden = (hsize_t)values->n_hidden;
    const hsize_t n_alphas = (hsize_t)values->n_alphas;
    TRY(write_scalars(results, case_index, values, error));
    TRY(write_row(results, case_index, VAR_EIGENVALUE_RE, n_hidden, 1, values->eigenvalue_re,
                  error));
    TRY(write_row(results, case_index, VAR_EIGENVALUE_IM, n_hidden, 1, values->eigenvalue_im,
                  error));
    TRY(write_row(results, case_index, VAR_N_R, n_alphas, 1, values->n_r, error));
    TRY(write_row(results, case_index, VAR_ALPHA_GAP, n_alphas, 1, values->alpha_gap, error));
    TRY(write_row(results, case_index, VAR_COUPLING_MASS, n_alphas, COUPLING_COUNT,
                  values->coupling_mass, error));
    TRY(write_partitions(results, case_index, values, error));
    uint64_t checksum = 0;
    TRY(write_message(results, case_index, "", error)); /* of an earlier failure */
    TRY(case_checksum(values, case_index, &checksum, error));
    TRY(write_row(results, case_index, VAR_CASE_CHECKSUM, 1, 1, &checksum, error));
    return write_case_state(results, case_index, JOB_DONE, error);
}

enum status results_write_failed_case(const struct results *results, int64_t case_index,
                                      const char *message, struct error *error)
{
    TRY(write_message(results, case_index, message, error));
    return write_case_state(results, case_index, JOB_FAILED, error);
}

enum status results_write_epoch(const struct results *results, int index, const struct epoch *epoch,
                                struct error *error)
{
    const struct piece piece = {.start = {(hsize_t)index}, .count = {1, 1, 1}};
    const hid_t type = epoch_type();
    const enum status status =
        results_write_piece(results, results->epochs, "run/epochs", 1, &piece, type, epoch, error);
    (void)H5Tclose(type);
    return status;
}
