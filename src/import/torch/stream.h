/* The form of torch.save before PyTorch 1.6: pickles of a magic number, a version, the machine, the
 * object and the keys of its storages, then of each storage the number of elements and their bytes,
 * little-endian. */
#pragma once

#include "import/torch/storages.h"

/* How a pickle names a storage: ('storage', class, key, location, elements[, view]). */
struct torch_identity {
    const struct torch_dtype *dtype; /* NULL when it is not known */
    struct pickle_text key;
    uint64_t count;                  /* elements */
    uint64_t offset;                 /* of the view, in elements of the storage of that key */
    const struct pickle_value *view; /* NULL for all of it */
};

/* False for what names no storage. */
bool torch_read_identity(const struct pickle_value *value, struct torch_identity *identity);

/* Reads a stream, or, unless `is_nested`, one pickle and nothing behind it. On success *root is
 * what was saved and *stream is released by free(stream->stored). */
MUST_CHECK enum status torch_read_stream(struct torch_file *file, struct pickle_text source,
                                         bool is_nested, struct pickle_value **root,
                                         struct torch_stream *stream, struct error *error);

/* The storage of a stream that an identity names, or a problem. */
void torch_find_stored(const struct torch_stream *stream, const struct torch_identity *identity,
                       struct torch_storage *storage);
