/* A file of torch.save, or a plain pickle, and the storages that its tensors lie in. There are
 * three forms: a zip archive with the pickle in <name>/data.pkl and each storage in
 * <name>/data/<key> (since PyTorch 1.6); a stream of pickles with the storages behind them; one
 * pickle, in which tensors have a stream of their own each. */
#pragma once

#include "import/archive.h"
#include "import/pickle/pickle.h"
#include "import/torch/dtypes.h"

/* Where the bytes of a storage are. */
struct torch_data {
    const unsigned char *bytes; /* borrowed from the file; NULL for a member of the archive */
    uint64_t member;            /* its number there */
    uint64_t size;              /* bytes */
};

struct torch_storage {
    struct torch_data data;
    const struct torch_dtype *dtype;
    const char *problem; /* why it cannot be had, or NULL */
};

/* One of a stream. */
struct torch_stored {
    struct pickle_text key;
    const struct torch_dtype *dtype;
    struct torch_data data;
};

struct torch_stream {
    struct torch_stored *stored; /* sorted by their keys */
    size_t count;
};

struct torch_file {
    const char *path; /* borrowed */
    bool is_archive;
    struct archive archive;
    char *prefix;         /* of the members of an archive: "name/" */
    bool big_endian;      /* the numbers in the archive */
    unsigned char *bytes; /* the pickle of an archive, else the whole file */
    size_t size;
    struct pickle pickle;
    struct pickle_value *root;
    struct torch_stream stream;
    struct torch_storage *nested; /* those in streams of their own, by the tag of their values */
    size_t n_nested;
    size_t nested_capacity;
    uint64_t nested_size; /* bytes of their streams */
};

/* True for an archive that holds a pickle of PyTorch. */
bool torch_is_archive(const struct archive *archive);

/* Reads the pickle of a file of any form. STATUS_INPUT for what is damaged, truncated, or an
 * archive of TorchScript. On failure too closed by torch_close. `path` must outlive it. Local. */
MUST_CHECK enum status torch_open(struct torch_file *file, const char *path, struct error *error);
void torch_close(struct torch_file *file);

/* The storage that a value stands for. STATUS_INPUT when a stream of its own is damaged. */
MUST_CHECK enum status torch_find_storage(struct torch_file *file, struct pickle_value *value,
                                          struct torch_storage *storage, struct error *error);

/* `size` bytes of a storage from `offset` on, which lie in it; false when they cannot be had. */
bool torch_read(const struct torch_file *file, const struct torch_data *data, uint64_t offset,
                void *bytes, size_t size);
