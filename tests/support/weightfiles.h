/* Files of weights as Python's libraries write them, made byte by byte, to be read, cut and spoilt.
 */
#pragma once

#include "core/status.h"
#include "import/table.h"

#include <stddef.h>

/* Bytes that grow; starts as {0}, released by bytes_release. */
struct bytes {
    unsigned char *data;
    size_t size;
    size_t capacity;
};

void bytes_add(struct bytes *bytes, const void *data, size_t size);
void bytes_add_text(struct bytes *bytes, const char *text);
/* Little-endian. */
void bytes_add_number(struct bytes *bytes, uint64_t number, size_t size);
void bytes_set_number(struct bytes *bytes, size_t offset, uint64_t number, size_t size);
void bytes_write(const struct bytes *bytes, const char *path);
void bytes_release(struct bytes *bytes);

/* One array of doubles; names and values are borrowed. */
struct weight {
    const char *name;
    int rank;
    size_t dims[3];
    const double *values;
};

/* A .npy file: `dictionary` such as "{'descr': '<f8', ...}", version 1, 2 or 3. */
void npy_add(struct bytes *out, int version, const char *dictionary, const void *data, size_t size);
/* The same of float64 in C order. */
void npy_add_weight(struct bytes *out, const struct weight *weight);

/* A zip archive on its way; starts as {0}, ended by zip_maker_finish. */
struct zip_maker {
    struct bytes file;
    struct bytes directory;
    unsigned count;
    bool zip64; /* sizes and offsets of the next members stand in extra fields */
};

enum { ZIP_STORED = 0, ZIP_DEFLATED = 8 };

/* The method may be any number: other methods are stored under it. */
void zip_maker_add(struct zip_maker *zip, const char *name, const struct bytes *content,
                   int method);
/* Adds the directory and its end to zip->file, and releases the rest. */
void zip_maker_finish(struct zip_maker *zip);

/* A .npz file, and a safetensors file with metadata such as "{\"dt\": \"1\"}" or NULL. */
void npz_make(struct bytes *out, const struct weight *weights, size_t count, int method);
void safetensors_make(struct bytes *out, const struct weight *weights, size_t count,
                      const char *metadata);
/* One with a header and data of the caller's. */
void safetensors_add(struct bytes *out, const char *header, const void *data, size_t size);

/* Opens a file of weights and reads every array that can be read: the first failure, or STATUS_OK.
 */
enum status weights_read_all(const char *path, struct error *error);

/* These arrays are in the table and no others; loads them all. */
void check_weights(struct import_table *table, const struct weight *weights, size_t count);

/* Every `step`th prefix of a good file is refused with STATUS_INPUT and a message that names the
 * file. */
void check_truncations(const struct bytes *good, size_t step);

/* `count` copies with one to eight changed bytes each: read or refused with STATUS_INPUT. Returns
 * how many were refused. */
int check_mutations(const struct bytes *good, int count);
