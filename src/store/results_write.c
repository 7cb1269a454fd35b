#include "core/memory.h"
#include "store/h5.h"
#include "store/results_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A contiguous block of a dataset. */
struct piece {
    hsize_t start[DATASET_AXES_MAX];
    hsize_t count[DATASET_AXES_MAX];
};

/* values of `type`, count[0] * .. * count[rank - 1] of them; `space` is the dataset's own, `name`
 * is for the message. */
static enum status write_piece(const struct results *results, hid_t dataset, hid_t space,
                               const char *name, const struct piece *piece, hid_t type,
                               const void *values, struct error *error)
{
    char what[VARIABLE_NAME_SIZE + 16];
    const int rank = H5Sget_simple_extent_ndims(space);
    const hid_t memory_space = H5Screate_simple(rank, piece->count, NULL);
    const bool good =
        memory_space >= 0 &&
        H5Sselect_hyperslab(space, H5S_SELECT_SET, piece->start, NULL, piece->count, NULL) >= 0 &&
        H5Dwrite(dataset, type, memory_space, space, H5P_DEFAULT, values) >= 0;
    (void)H5Sclose(memory_space);
    if (good) {
        return STATUS_OK;
    }
    (void)snprintf(what, sizeof what, "cannot write %s", name);
    return h5_error(error, STATUS_IO, results->path, what);
}

static enum status write_dataset(const struct results *results, const struct dataset *dataset,
                                 const struct piece *piece, const void *values, struct error *error)
{
    return write_piece(results, dataset->id, dataset->space, dataset->name, piece,
                       value_h5_type(dataset->type), values, error);
}

/* ---- jobs ---- */

/* Neighbouring jobs of one family and case that lie side by side in the file. */
struct run {
    enum job_family family;
    struct piece piece;
    const struct job_result *jobs; /* [count] */
    size_t count;
    void *buffer; /* [count] of any type */
};

/* Member `offset` of every job, `size` bytes each. */
static enum status write_member(const struct results *results, const struct run *run,
                                const struct dataset *dataset, size_t offset, struct error *error)
{
    const size_t size = value_size(dataset->type);
    for (size_t i = 0; i < run->count; i++) {
        memcpy((char *)run->buffer + i * size, (const char *)&run->jobs[i] + offset, size);
    }
    return write_dataset(results, dataset, &run->piece, run->buffer, error);
}

static enum status write_field(const struct results *results, const struct run *run,
                               enum job_field field, size_t offset, struct error *error)
{
    return write_member(results, run, layout_job_field(&results->layout, run->family, field),
                        offset, error);
}

static enum status write_checksums(const struct results *results, const struct run *run,
                                   struct error *error)
{
    const struct layout *const layout = &results->layout;
    const int64_t n_ablations = results_length(results, "ablation");
    const struct piece *const piece = &run->piece;
    const int64_t first = (int64_t)piece->start[1] * n_ablations + (int64_t)piece->start[2];
    uint64_t *const checksums = run->buffer;
    for (size_t i = 0; i < run->count; i++) {
        const int64_t job = first + (int64_t)i;
        const struct job_index index = layout_job_index(run->family, (int64_t)piece->start[0],
                                                        job / n_ablations, job % n_ablations);
        checksums[i] = run->jobs[i].state == JOB_PENDING
                           ? 0
                           : job_result_checksum(&run->jobs[i], layout->schema.places,
                                                 layout->schema.n_measures, index);
    }
    return write_dataset(results, layout_job_field(layout, run->family, JOB_CHECKSUM), piece,
                         checksums, error);
}

static enum status write_run(const struct results *results, const struct run *run,
                             struct error *error)
{
    const struct layout *const layout = &results->layout;
    for (int i = 0; i < layout->schema.n_measures; i++) {
        TRY(write_member(results, run, layout_measure(layout, run->family, i),
                         offsetof(struct job_result, values) +
                             (size_t)layout->schema.places[i] * sizeof(double),
                         error));
    }
    TRY(write_field(results, run, JOB_STABILIZER, offsetof(struct job_result, stabilizer), error));
    TRY(write_field(results, run, JOB_ERROR, offsetof(struct job_result, error), error));
    TRY(write_field(results, run, JOB_SECONDS, offsetof(struct job_result, seconds), error));
    TRY(write_checksums(results, run, error));
    return write_field(results, run, JOB_STATE, offsetof(struct job_result, state), error);
}

/* The largest contiguous block at the front of count jobs of a family: whole rows, or a part of
 * one row. */
static struct piece first_piece(int64_t n_ablations, int64_t case_index, int64_t first_job,
                                int64_t count)
{
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

/* jobs[count] of one family, counted from its first row. */
static enum status write_family(const struct results *results, enum job_family family,
                                int64_t case_index, int64_t first_job,
                                const struct job_result *jobs, int64_t count, void *buffer,
                                struct error *error)
{
    const int64_t n_ablations = results_length(results, "ablation");
    while (count > 0) {
        const struct piece piece = first_piece(n_ablations, case_index, first_job, count);
        const int64_t written = (int64_t)(piece.count[1] * piece.count[2]);
        const struct run run = {family, piece, jobs, (size_t)written, buffer};
        TRY(write_run(results, &run, error));
        first_job += written;
        jobs += written;
        count -= written;
    }
    return STATUS_OK;
}

enum status results_write_jobs(const struct results *results, int64_t case_index, int64_t first_job,
                               const struct job_result *jobs, int64_t count, struct error *error)
{
    const int64_t n_before =
        layout_rows(&results->layout, FAMILY_ALPHA) * results_length(results, "ablation");
    const int64_t left = first_job < n_before ? n_before - first_job : 0;
    const int64_t n_first = count < left ? count : left;
    void *buffer = NULL;
    if (count == 0) {
        return STATUS_OK;
    }
    TRY(memory_array(&buffer, (size_t)count, sizeof(uint64_t), error));
    enum status status =
        write_family(results, FAMILY_ALPHA, case_index, first_job, jobs, n_first, buffer, error);
    THEN(status, write_family(results, FAMILY_PARTITION, case_index, first_job + n_first - n_before,
                              jobs + n_first, count - n_first, buffer, error));
    free(buffer);
    return status;
}

/* ---- records ---- */

static enum status write_case(const struct results *results, const struct dataset *dataset,
                              int64_t case_index, const void *values, struct error *error)
{
    struct piece piece = {.start = {(hsize_t)case_index}, .count = {1, 1, 1}};
    for (int i = 1; i < dataset->n_axes; i++) {
        piece.count[i] = results->layout.lengths[dataset->axes[i]];
    }
    return write_dataset(results, dataset, &piece, values, error);
}

enum status results_record_checksum(const struct record *record, int64_t case_index,
                                    uint16_t failure, uint64_t *checksum, struct error *error)
{
    TRY(record_checksum(record, case_index, checksum, error));
    if (failure != 0) { /* what failed has no values, but says why */
        *checksum ^= (uint64_t)failure << 48 | failure;
    }
    return STATUS_OK;
}

enum status results_write_record(const struct results *results, int table, int64_t case_index,
                                 const struct record *record, enum status failure,
                                 struct error *error)
{
    const struct layout *const layout = &results->layout;
    const uint8_t state = failure == STATUS_OK ? JOB_DONE : JOB_FAILED;
    const uint16_t code = (uint16_t)failure;
    uint64_t checksum = 0;
    for (int i = 0; i < record_length(record); i++) {
        if (record_count(record, i) > 0) {
            TRY(write_case(results, layout_variable(layout, table, i), case_index,
                           record_values(record, i), error));
        }
    }
    TRY(results_record_checksum(record, case_index, code, &checksum, error));
    TRY(write_case(results, layout_table_field(layout, table, TABLE_ERROR), case_index, &code,
                   error));
    TRY(write_case(results, layout_table_field(layout, table, TABLE_CHECKSUM), case_index,
                   &checksum, error));
    return write_case(results, layout_table_field(layout, table, TABLE_STATE), case_index, &state,
                      error);
}

/* ---- message and history ---- */

enum status results_write_message(const struct results *results, int64_t case_index,
                                  const char *message, struct error *error)
{
    char text[RESULTS_MESSAGE_SIZE] = {0};
    size_t length = strnlen(message, sizeof text + 1);
    if (length > sizeof text) { /* without a part of a UTF-8 character at the end */
        length = sizeof text;
        while (length > 0 && ((unsigned char)message[length] & 0xc0u) == 0x80u) {
            length--;
        }
    }
    memcpy(text, message, length);
    const struct piece piece = {.start = {(hsize_t)case_index, 0}, .count = {1, sizeof text}};
    const hid_t type = h5_string_type(1);
    const struct dataset *const dataset = layout_find(&results->layout, "message");
    const enum status status =
        write_piece(results, dataset->id, dataset->space, dataset->name, &piece, type, text, error);
    (void)H5Tclose(type);
    return status;
}

enum status results_write_run(const struct results *results, enum run_dataset run, int64_t row,
                              int column, hid_t type, const void *value, struct error *error)
{
    const struct piece piece = {.start = {(hsize_t)row, (hsize_t)column}, .count = {1, 1}};
    const hid_t space = H5Dget_space(results->run[run]);
    const enum status status = write_piece(results, results->run[run], space, RUN_SHAPES[run].name,
                                           &piece, type, value, error);
    (void)H5Sclose(space);
    return status;
}

enum status results_write_epoch(const struct results *results, int index, const struct epoch *epoch,
                                struct error *error)
{
    const hid_t type = run_type(RUN_EPOCHS, RESULTS_FORMAT_VERSION);
    const enum status status = results_write_run(results, RUN_EPOCHS, index, 0, type, epoch, error);
    (void)H5Tclose(type);
    return status;
}

enum status results_write_training(const struct results *results, int64_t case_index,
                                   const struct training_mark *mark, struct error *error)
{
    if (results->run[RUN_TRAINING] <= 0) {
        return STATUS_OK;
    }
    const hid_t type = run_type(RUN_TRAINING, RESULTS_FORMAT_VERSION);
    const enum status status =
        results_write_run(results, RUN_TRAINING, case_index, 0, type, mark, error);
    (void)H5Tclose(type);
    return status;
}
