/* NumPy's .npz: a zip archive of .npy files. Whether a zip archive is one is only to be seen in its
 * directory: those of PyTorch and of Keras are handed on. */
#include "import/archive.h"
#include "import/keras/archive.h"
#include "import/npy.h"
#include "import/table.h"
#include "import/torch/walk.h"

#include "core/memory.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_SIZE = 160, NOTE_LENGTH = 256 };

struct array_place {
    uint64_t member; /* its number in the archive */
    struct element_type type;
    size_t header_size;
    bool fortran_order;
};

static bool detect(const unsigned char *head, size_t size)
{
    return size >= 4 && memcmp(head, "PK\3\4", 4) == 0;
}

static enum status add_array(struct import_table *table, const char *name, uint64_t index,
                             uint64_t size, const struct npy_header *header, struct error *error)
{
    struct array_place *place = NULL;
    char reason[REASON_SIZE] = ""; /* why its values cannot be had */
    const uint64_t data_size = size - header->header_size;
    uint64_t wanted = 0;
    if (header->content == NPY_OBJECTS) {
        (void)snprintf(reason, REASON_SIZE, "it holds Python objects (pickle), expected numbers");
    } else if (header->content != NPY_NUMBERS) {
        (void)snprintf(reason, REASON_SIZE,
                       "its dtype is %s, expected floats of 2, 4 or 8 bytes or whole numbers",
                       header->dtype);
    } else if (__builtin_mul_overflow(header->count, header->item_size, &wanted) ||
               wanted != data_size) {
        (void)snprintf(
            reason, REASON_SIZE, "it has %llu bytes of data, expected %llu elements of %zu bytes",
            (unsigned long long)data_size, (unsigned long long)header->count, header->item_size);
    }
    TRY(memory_array(&place, 1, sizeof *place, error));
    *place = (struct array_place){index, header->type, header->header_size, header->fortran_order};
    return import_table_add(table, name, header->rank, header->dims,
                            reason[0] != '\0' ? reason : NULL, place, error);
}

/* An array of one string becomes a note; what is no ASCII in it becomes '?'. */
static enum status add_text(struct import_table *table, const char *name,
                            const struct npy_header *header, zip_file_t *file, struct error *error)
{
    char text[NOTE_LENGTH + 1] = "";
    const size_t width = header->type.size;
    for (size_t i = 0; i < header->item_size / width && i < NOTE_LENGTH; i++) {
        unsigned char bytes[4];
        if (!archive_read(file, bytes, width)) {
            return error_set(error, STATUS_INPUT, "%s: %s is truncated", table->path, name);
        }
        const double character = element_value(header->type, bytes);
        text[i] = (char)(character < 128.0 ? (int)character : '?');
    }
    return import_table_note(table, name, text, error);
}

static enum status add_member(struct import_table *table, uint64_t index,
                              const struct archive_member *member, struct error *error)
{
    /* With room for one byte more, a name that is too long stays too long. */
    char name[IMPORT_NAME_LENGTH + 2];
    const struct archive *const archive = table->state;
    (void)snprintf(name, sizeof name, "%.*s", (int)(strlen(member->name) - strlen(".npy")),
                   member->name);
    if (member->problem != NULL) {
        return import_table_add(table, name, 0, NULL, member->problem, NULL, error);
    }
    zip_file_t *const file = zip_fopen_index(archive->zip, index, 0);
    if (file == NULL) {
        return error_set(error, STATUS_INPUT, "%s: %s lies outside the archive", table->path, name);
    }
    struct npy_header header;
    const bool good =
        npy_read_header(&header, archive_read, file) && header.header_size <= member->size;
    const enum status status =
        !good ? error_set(error, STATUS_INPUT, "%s: %s has no good .npy header", table->path, name)
        : header.content == NPY_TEXT && header.count == 1
            ? add_text(table, name, &header, file, error)
            : add_array(table, name, index, member->size, &header, error);
    (void)zip_fclose(file);
    return status;
}

static void close_npz(struct import_table *table)
{
    if (table->state != NULL) {
        archive_close(table->state);
        free(table->state);
    }
    table->state = NULL;
}

static enum status hand_on(struct import_table *table, struct error *error)
{
    close_npz(table);
    table->format = &IMPORT_TORCH;
    return table->format->open(table, error);
}

static enum status open_npz(struct import_table *table, struct error *error)
{
    struct archive *archive = NULL;
    TRY(memory_array(&archive, 1, sizeof *archive, error));
    table->state = archive;
    TRY(archive_open(archive, table->path, ARCHIVE_MAX_MEMBERS, error));
    if (torch_is_archive(archive)) {
        return hand_on(table, error);
    }
    if (keras_is_archive(archive)) {
        close_npz(table);
        return keras_open_archive(table, error);
    }
    for (uint64_t i = 0; i < archive->n_members; i++) {
        const struct archive_member member = archive_member(archive, i);
        if (text_ends(member.name, ".npy")) {
            TRY(add_member(table, i, &member, error));
        }
    }
    return table->n_arrays > 0 ? STATUS_OK
                               : error_set(error, STATUS_INPUT,
                                           "%s: a zip archive without .npy arrays, expected a file "
                                           "of numpy.savez, torch.save or Keras",
                                           table->path);
}

static enum status load(const struct import_table *table, const struct import_array *array,
                        double *values, struct error *error)
{
    const struct archive *const archive = table->state;
    const struct array_place *const place = array->place;
    zip_file_t *const file = zip_fopen_index(archive->zip, place->member, 0);
    struct npy_header header;
    const bool good = file != NULL && npy_read_header(&header, archive_read, file) &&
                      header.header_size == place->header_size &&
                      elements_read(archive_read, file, place->type, array->count, values) &&
                      archive_is_whole(file);
    if (file != NULL) {
        (void)zip_fclose(file);
    }
    if (!good) {
        return error_set(error, STATUS_INPUT, "%s: %s is damaged: bad data or checksum",
                         table->path, array->name);
    }
    return place->fortran_order ? elements_reverse_axes(values, array->dims, error) : STATUS_OK;
}

const struct import_format IMPORT_NPZ = {
    .name = "npz",
    .detect = detect,
    .open = open_npz,
    .load = load,
    .close = close_npz,
};
