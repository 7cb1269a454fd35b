#include "import/torch/storages.h"

#include "core/memory.h"
#include "import/input_file.h"
#include "import/npy.h"
#include "import/torch/archived.h"

#include <stdlib.h>
#include <string.h>

/* Of a pickle, which is in memory as a whole while the file is open. */
static const uint64_t MAX_PICKLE = (uint64_t)1 << 32;

/* ---- files ---- */

enum status torch_take_bytes(struct torch_file *file, uint64_t size, struct error *error)
{
    if (size > MAX_PICKLE) {
        return error_set(error, STATUS_INPUT, "%s: a pickle of %llu bytes, expected at most %llu",
                         file->path, (unsigned long long)size, (unsigned long long)MAX_PICKLE);
    }
    file->size = (size_t)size;
    file->bytes = malloc(file->size + 1);
    return file->bytes != NULL
               ? STATUS_OK
               : error_set(error, STATUS_INTERNAL, "out of memory: %zu bytes", file->size);
}

static enum status read_whole(struct torch_file *file, const struct input_file *input,
                              struct error *error)
{
    TRY(torch_take_bytes(file, input->size, error));
    return input_file_read(input, 0, file->bytes, file->size)
               ? STATUS_OK
               : error_set(error, STATUS_INPUT, "%s: cannot read it", file->path);
}

/* The next bytes of a text, as a byte_reader of elements.h. */
static bool take_bytes(void *stream, void *bytes, size_t size)
{
    struct pickle_text *const rest = stream;
    if (size > rest->size) {
        return false;
    }
    memcpy(bytes, rest->bytes, size);
    rest->bytes += size;
    rest->size -= size;
    return true;
}

/* Bytes before the pickle of an array of objects that numpy.save has written; 0 in other files. */
static size_t npy_head_size(const struct torch_file *file)
{
    struct npy_header header;
    struct pickle_text rest = {file->bytes, file->size};
    return npy_read_header(&header, take_bytes, &rest) && header.content == NPY_OBJECTS
               ? header.header_size
               : 0;
}

enum status torch_open(struct torch_file *file, const char *path, struct error *error)
{
    struct input_file input;
    unsigned char head[2] = {0};
    *file = (struct torch_file){.path = path};
    TRY(input_file_open(&input, path, error));
    file->is_archive = input_file_read(&input, 0, head, 2) && memcmp(head, "PK", 2) == 0;
    const enum status status = file->is_archive ? STATUS_OK : read_whole(file, &input, error);
    input_file_close(&input);
    TRY(status);
    if (file->is_archive) {
        TRY(archive_open(&file->archive, path, ARCHIVE_MAX_MEMBERS, error));
        return torch_open_archive(file, error);
    }
    const size_t head_size = npy_head_size(file);
    return torch_read_stream(file,
                             (struct pickle_text){file->bytes + head_size, file->size - head_size},
                             false, &file->root, &file->stream, error);
}

void torch_close(struct torch_file *file)
{
    archive_close(&file->archive);
    pickle_release(&file->pickle);
    free(file->prefix);
    free(file->bytes);
    free(file->stream.stored);
    free(file->nested);
    *file = (struct torch_file){0};
}

/* ---- storages ---- */

static void find_identity(const struct torch_file *file, const struct torch_stream *stream,
                          const struct pickle_value *value, struct torch_storage *storage)
{
    struct torch_identity identity;
    if (!torch_read_identity(value, &identity) || identity.dtype == NULL) {
        storage->problem = "its storage is of a type that is not known here";
    } else if (stream == NULL) {
        torch_find_archived(file, &identity, storage);
    } else {
        torch_find_stored(stream, &identity, storage);
    }
}

/* torch.storage._load_from_bytes(stream): each is read once, and all of them together are no longer
 * than the file, so that a stream in itself or in many calls costs nothing. */
static enum status read_nested(struct torch_file *file, struct pickle_value *value,
                               struct pickle_text source, struct error *error)
{
    struct pickle_value *root = NULL;
    struct torch_stream stream;
    struct torch_storage storage = {0};
    if (source.size > file->size - file->nested_size) {
        return error_set(error, STATUS_INPUT, "%s: storages of more bytes than the file has",
                         file->path);
    }
    file->nested_size += source.size;
    TRY(torch_read_stream(file, source, true, &root, &stream, error));
    find_identity(file, &stream, root, &storage);
    free(stream.stored);
    TRY(memory_reserve(&file->nested, &file->nested_capacity, file->n_nested + 1,
                       sizeof *file->nested, error));
    file->nested[file->n_nested++] = storage;
    value->tag = file->n_nested & 0x7fffffffU; /* there are no more than values */
    return STATUS_OK;
}

enum status torch_find_storage(struct torch_file *file, struct pickle_value *value,
                               struct torch_storage *storage, struct error *error)
{
    struct pickle_text source;
    *storage = (struct torch_storage){0};
    if (pickle_is_global(pickle_callable(value), "torch", "_load_from_bytes") &&
        pickle_get_text(pickle_argument(value, 0), &source)) {
        if (value->tag == 0) {
            TRY(read_nested(file, value, source, error));
        }
        *storage = file->nested[value->tag - 1];
        return STATUS_OK;
    }
    find_identity(file, file->is_archive ? NULL : &file->stream, value, storage);
    return STATUS_OK;
}

bool torch_read(const struct torch_file *file, const struct torch_data *data, uint64_t offset,
                void *bytes, size_t size)
{
    if (offset > data->size || size > data->size - offset) {
        return false;
    }
    if (data->bytes == NULL) {
        return torch_read_member(&file->archive, data->member, offset, bytes, size);
    }
    if (size > 0) {
        memcpy(bytes, data->bytes + offset, size);
    }
    return true;
}
