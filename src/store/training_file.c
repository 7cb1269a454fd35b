#include "store/training_file.h"

#include "core/hash.h"
#include "core/memory.h"
#include "store/atomic_file.h"
#include "store/h5.h"

#include <stdlib.h>
#include <string.h>

enum { ARRAYS = 4, ORIGIN_SIZE = 4096 };
static const char *const NAMES[ARRAYS] = {"values", "moment_1", "moment_2", "mean"};

struct checkpoint {
    const char *origin;
    const struct training_state *state;
    uint64_t checksum;
};

static void arrays_of(const struct training_state *state, double *arrays[ARRAYS])
{
    arrays[0] = state->values;
    arrays[1] = state->moment_1;
    arrays[2] = state->moment_2;
    arrays[3] = state->mean;
}

static enum status checksum_of(const struct training_state *state, uint64_t *checksum,
                               struct error *error)
{
    double *arrays[ARRAYS];
    struct hasher *hasher = NULL;
    arrays_of(state, arrays);
    TRY(hasher_create(&hasher, error));
    hasher_u64(hasher, (uint64_t)state->step);
    hasher_doubles(hasher, &state->seconds, 1);
    hasher_doubles(hasher, state->losses, (size_t)state->step);
    for (int i = 0; i < ARRAYS; i++) {
        hasher_doubles(hasher, arrays[i], state->n_values);
    }
    *checksum = hasher_digest64(hasher);
    hasher_destroy(&hasher);
    return STATUS_OK;
}

static bool write_array(hid_t file, const char *name, size_t count, const double *values)
{
    const hsize_t length = count;
    return h5_write_dataset(file, name, 1, &length, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values);
}

static enum status write_content(hid_t file, const char *path, const void *content,
                                 struct error *error)
{
    const struct checkpoint *const checkpoint = content;
    const struct training_state *const state = checkpoint->state;
    double *arrays[ARRAYS];
    arrays_of(state, arrays);
    bool good = h5_write_text(file, "origin", checkpoint->origin) &&
                h5_write_number(file, "checksum", H5T_STD_I64LE, &checkpoint->checksum) &&
                h5_write_number(file, "seconds", H5T_IEEE_F64LE, &state->seconds) &&
                write_array(file, "losses", (size_t)state->step, state->losses);
    for (int i = 0; i < ARRAYS && good; i++) {
        good = write_array(file, NAMES[i], state->n_values, arrays[i]);
    }
    return good ? STATUS_OK : h5_error(error, STATUS_IO, path, "cannot write the checkpoint");
}

static enum status write_file(const char *path, void *content, struct error *error)
{
    return h5_create_file(path, H5F_LIBVER_EARLIEST, write_content, content, error);
}

enum status training_file_write(const char *path, const char *origin,
                                const struct training_state *state, struct error *error)
{
    struct checkpoint checkpoint = {.origin = origin, .state = state};
    TRY(checksum_of(state, &checkpoint.checksum, error));
    return atomic_file_replace(path, write_file, &checkpoint, error);
}

/* values[*count] of an array of at most `limit` numbers, and of exactly that many if it is asked.
 */
static bool read_array(hid_t file, const char *path, const char *name, size_t limit, bool is_exact,
                       double *values, size_t *count)
{
    struct error ignored;
    hid_t dataset = H5I_INVALID_HID;
    hsize_t length = 0;
    if (h5_open_array(file, path, name, 1, limit, &dataset, &length, &ignored) != STATUS_OK) {
        return false;
    }
    const bool fits = !is_exact || length == limit;
    const bool good = fits && h5_read_doubles(dataset, values);
    (void)H5Dclose(dataset);
    *count = (size_t)length;
    return good;
}

static bool read_content(hid_t file, const char *path, const char *origin,
                         struct training_state *state)
{
    struct error ignored;
    char found[ORIGIN_SIZE];
    int64_t expected = 0;
    uint64_t checksum = 0;
    double *arrays[ARRAYS];
    size_t count = 0;
    arrays_of(state, arrays);
    if (h5_read_string_attribute(file, path, "origin", found, sizeof found, &ignored) !=
            STATUS_OK ||
        strcmp(found, origin) != 0 ||
        h5_read_integer_attribute(file, path, "checksum", &expected, &ignored) != STATUS_OK ||
        !h5_read_real_attribute(file, "seconds", &state->seconds) ||
        !read_array(file, path, "losses", (size_t)state->n_steps, false, state->losses, &count)) {
        return false;
    }
    state->step = (int)count;
    for (int i = 0; i < ARRAYS; i++) {
        if (!read_array(file, path, NAMES[i], state->n_values, true, arrays[i], &count)) {
            return false;
        }
    }
    return checksum_of(state, &checksum, &ignored) == STATUS_OK && checksum == (uint64_t)expected;
}

/* Room of the same shape, so that a file which turns out to be none leaves no trace. */
static bool read_apart(hid_t file, const char *path, const char *origin,
                       struct training_state *state)
{
    struct error ignored;
    double *room = NULL;
    const size_t n = state->n_values;
    if (memory_array(&room, ARRAYS * n + (size_t)state->n_steps, sizeof *room, &ignored) !=
        STATUS_OK) {
        return false;
    }
    struct training_state read = {.n_steps = state->n_steps,
                                  .n_values = n,
                                  .values = room,
                                  .moment_1 = room + n,
                                  .moment_2 = room + 2 * n,
                                  .mean = room + 3 * n,
                                  .losses = room + ARRAYS * n};
    const bool good = read_content(file, path, origin, &read);
    if (good) {
        double *to[ARRAYS]; /* in the order in which they lie in `room` */
        arrays_of(state, to);
        for (int i = 0; i < ARRAYS; i++) {
            memcpy(to[i], room + (size_t)i * n, n * sizeof *room);
        }
        memcpy(state->losses, read.losses, (size_t)read.step * sizeof *room);
        state->step = read.step;
        state->seconds = read.seconds;
    }
    free(room);
    return good;
}

bool training_file_read(const char *path, const char *origin, struct training_state *state)
{
    struct error ignored;
    hid_t file = H5I_INVALID_HID;
    if (h5_open_input(path, &file, STATUS_INPUT, &ignored) != STATUS_OK) {
        return false;
    }
    const bool good = read_apart(file, path, origin, state);
    (void)H5Fclose(file);
    return good;
}
