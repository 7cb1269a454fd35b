#include "import/torch/stream.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { STREAM_VERSION = 1001, COUNT_SIZE = 8 };

/* ---- identities ---- */

bool torch_read_identity(const struct pickle_value *value, struct torch_identity *identity)
{
    *identity = (struct torch_identity){0};
    const struct pickle_value *const tuple =
        value != NULL && value->kind == PICKLE_PERSISTENT ? value->identity : NULL;
    if (!pickle_is_text(pickle_item(tuple, 0), "storage") ||
        !pickle_get_text(pickle_item(tuple, 2), &identity->key) ||
        !pickle_get_count(pickle_item(tuple, 4), &identity->count)) {
        return false;
    }
    identity->dtype = torch_storage_dtype(pickle_item(tuple, 1));
    const struct pickle_value *const view = pickle_item(tuple, 5);
    if (view != NULL && view->kind == PICKLE_TUPLE) {
        identity->view = view;
        return pickle_get_count(pickle_item(view, 1), &identity->offset) &&
               pickle_get_count(pickle_item(view, 2), &identity->count);
    }
    return true;
}

/* ---- storages by their keys ---- */

static int compare_keys(const void *a, const void *b)
{
    const struct torch_stored *const left = a;
    const struct torch_stored *const right = b;
    const size_t least = left->key.size < right->key.size ? left->key.size : right->key.size;
    const int order = least > 0 ? memcmp(left->key.bytes, right->key.bytes, least) : 0;
    return order != 0 ? order
                      : (left->key.size > right->key.size) - (left->key.size < right->key.size);
}

static struct torch_stored *find_key(const struct torch_stream *stream, struct pickle_text key)
{
    const struct torch_stored wanted = {.key = key};
    return stream->count > 0 ? bsearch(&wanted, stream->stored, stream->count,
                                       sizeof *stream->stored, compare_keys)
                             : NULL;
}

/* All keys that the object's pickle names, from number `first` of the file's identities on, each
 * once. */
static enum status collect_keys(const struct pickle *pickle, size_t first,
                                struct torch_stream *stream, struct error *error)
{
    size_t count = 0;
    TRY(memory_array(&stream->stored, pickle->n_identities - first, sizeof *stream->stored, error));
    for (size_t i = first; i < pickle->n_identities; i++) {
        struct torch_identity identity;
        if (torch_read_identity(pickle->identities[i], &identity)) {
            stream->stored[count++] =
                (struct torch_stored){.key = identity.key, .dtype = identity.dtype};
        }
    }
    qsort(stream->stored, count, sizeof *stream->stored, compare_keys);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_keys(&stream->stored[stream->count - 1], &stream->stored[i]) != 0) {
            stream->stored[stream->count++] = stream->stored[i];
        }
    }
    return STATUS_OK;
}

void torch_find_stored(const struct torch_stream *stream, const struct torch_identity *identity,
                       struct torch_storage *storage)
{
    const struct torch_stored *const stored = find_key(stream, identity->key);
    storage->dtype = identity->dtype;
    if (stored == NULL || stored->data.bytes == NULL) {
        storage->problem = "its storage is not in the file";
        return;
    }
    const size_t width = identity->dtype->size;
    const uint64_t count = stored->data.size / width;
    if (identity->offset > count || identity->count > count - identity->offset) {
        storage->problem = "its storage is shorter than the pickle says";
        return;
    }
    storage->data = (struct torch_data){.bytes = stored->data.bytes + identity->offset * width,
                                        .size = identity->count * width};
}

/* ---- the parts of a stream ---- */

/* What is left to be read. */
struct rest {
    struct torch_file *file;
    struct pickle_text source;
    struct error *error;
};

static enum status damaged(const struct rest *rest, const char *message)
{
    return error_set(rest->error, STATUS_INPUT, "%s: a file of torch.save whose %s",
                     rest->file->path, message);
}

static void skip(struct rest *rest, size_t size)
{
    rest->source.bytes += size;
    rest->source.size -= size;
}

static enum status next_pickle(struct rest *rest, struct pickle_value **value)
{
    size_t used = 0;
    TRY(pickle_read(&rest->file->pickle, rest->file->path, rest->source, &used, value,
                    rest->error));
    skip(rest, used);
    return STATUS_OK;
}

static bool is_magic(const struct pickle_value *value)
{
    static const unsigned char BYTES[] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                          0x20, 0x6a, 0xa8, 0x50, 0x19};
    static const char DIGITS[] = "119547037146038801333356";
    if (value->kind != PICKLE_LONG) {
        return false;
    }
    const struct pickle_text text = value->text;
    return (text.size == sizeof BYTES && memcmp(text.bytes, BYTES, sizeof BYTES) == 0) ||
           (text.size == sizeof DIGITS - 1 && memcmp(text.bytes, DIGITS, text.size) == 0);
}

/* The storage of one key: its number of elements, and these. */
static enum status read_stored(struct rest *rest, const struct torch_stream *stream,
                               const struct pickle_value *key)
{
    struct pickle_text text;
    uint64_t count = 0;
    uint64_t size = 0;
    struct torch_stored *const stored = pickle_get_text(key, &text) ? find_key(stream, text) : NULL;
    if (stored == NULL || stored->dtype == NULL) {
        return damaged(rest, "storages have no known type");
    }
    if (rest->source.size < COUNT_SIZE) {
        return damaged(rest, "storages are cut off");
    }
    for (int i = COUNT_SIZE; i-- > 0;) {
        count = count << 8 | rest->source.bytes[i];
    }
    skip(rest, COUNT_SIZE);
    if (__builtin_mul_overflow(count, stored->dtype->size, &size) || size > rest->source.size) {
        return damaged(rest, "storages are cut off");
    }
    stored->data = (struct torch_data){.bytes = rest->source.bytes, .size = size};
    skip(rest, (size_t)size);
    return STATUS_OK;
}

static enum status read_object(struct rest *rest, struct pickle_value **root,
                               struct torch_stream *stream)
{
    uint64_t version = 0;
    struct pickle_value *value = NULL;
    struct pickle_value *keys = NULL;
    const size_t first = rest->file->pickle.n_identities;
    TRY(next_pickle(rest, &value));
    if (!pickle_get_count(value, &version) || version != STREAM_VERSION) {
        return damaged(rest, "version is not known, expected 1001");
    }
    TRY(next_pickle(rest, &value)); /* of the machine: the numbers are little-endian on all */
    TRY(next_pickle(rest, root));
    TRY(collect_keys(&rest->file->pickle, first, stream, rest->error));
    TRY(next_pickle(rest, &keys));
    for (size_t i = 0; i < pickle_length(keys); i++) {
        TRY(read_stored(rest, stream, pickle_item(keys, i)));
    }
    return STATUS_OK;
}

enum status torch_read_stream(struct torch_file *file, struct pickle_text source, bool is_nested,
                              struct pickle_value **root, struct torch_stream *stream,
                              struct error *error)
{
    struct rest rest = {file, source, error};
    *stream = (struct torch_stream){0};
    TRY(next_pickle(&rest, root));
    if (!is_magic(*root)) {
        return is_nested ? damaged(&rest, "storages have no magic number")
               : rest.source.size > 0
                   ? error_set(error, STATUS_INPUT,
                               "%s: %zu bytes behind a Python pickle, expected none", file->path,
                               rest.source.size)
                   : STATUS_OK;
    }
    const enum status status = read_object(&rest, root, stream);
    if (status != STATUS_OK) {
        free(stream->stored);
        *stream = (struct torch_stream){0};
    }
    return status;
}
