/* HDF5 with one error idiom, and with the checks that a file from elsewhere needs. */
#pragma once

#include "core/status.h"

#include <hdf5.h>
#include <stdint.h>

enum { H5_MAX_RANK = 3 };

/* "path: what: reason", the reason from the innermost entry of HDF5's error stack. */
enum status h5_error(struct error *error, enum status status, const char *path, const char *what);

/* Open an existing regular file read-only with the serial driver. A file that is not there, not
 * regular or not HDF5 gives `bad_status`. Closed by H5Fclose. */
MUST_CHECK enum status h5_open_input(const char *path, hid_t *file, enum status bad_status,
                                     struct error *error);

/* Puts the content into a new file, which is open as long as it runs. */
typedef enum status h5_writer(hid_t file, const char *path, const void *content,
                              struct error *error);

/* Creates a file with the serial driver, in no older format than `format`, and writes, flushes and
 * closes it. STATUS_IO when there is a file of that name, else the writer's status. Local. */
MUST_CHECK enum status h5_create_file(const char *path, H5F_libver_t format, h5_writer *writer,
                                      const void *content, struct error *error);

/* True when the file has the HDF5 signature where it may stand: at the beginning, or behind a user
 * block of 512 bytes or that times a power of 2. */
bool h5_has_signature(const char *path);

/* A dataset of a file from elsewhere: opened only when it is a plain numeric array of rank `rank`
 * stored in this file (no soft or external link, no external storage, no virtual dataset), with
 * 1..limit elements along each axis. The shape goes to dims[rank]. Closed by H5Dclose. */
MUST_CHECK enum status h5_open_array(hid_t location, const char *path, const char *name, int rank,
                                     hsize_t limit, hid_t *dataset, hsize_t *dims,
                                     struct error *error);

/* True for floats, whole numbers, and the booleans of NumPy: an enumeration of FALSE and TRUE. */
bool h5_is_number(hid_t type);

/* All values of a dataset of numbers into values of its size. False when they cannot be had, with
 * HDF5's error stack filled. */
bool h5_read_doubles(hid_t dataset, double *values);

/* STATUS_INPUT after a read of an array of an input that failed: HDF5's reason, or the filter that
 * it is packed by and that is not here. */
enum status h5_cannot_read(hid_t dataset, const char *path, const char *name, struct error *error);

/* True when `location` has a link of that name. */
bool h5_exists(hid_t location, const char *name);

/* True when that link is a hard link: an object stored in the same file. */
bool h5_is_hard_link(hid_t location, const char *name);

/* True when the data of a dataset lie in the same file: not virtual, no external storage. */
bool h5_is_plain_storage(hid_t dataset);

/* False when a dataset of `wanted` bytes cannot be what is stored of it in this file, whatever the
 * filter: its shape is a claim for which no memory must be asked. */
bool h5_storage_fits(hid_t dataset, uint64_t wanted);

/* STATUS_INPUT when a large array that h5_open_array accepts has no data to fill its shape: to be
 * called before memory is asked for by that shape. */
MUST_CHECK enum status h5_check_data(hid_t location, const char *path, const char *name,
                                     struct error *error);

/* String attribute of any string type, cut to size - 1 bytes; '' when it is missing. STATUS_INPUT
 * when it exists and is no string. */
MUST_CHECK enum status h5_read_string_attribute(hid_t object, const char *path, const char *name,
                                                char *text, size_t size, struct error *error);

/* Integer attribute; *value is left alone when it is missing. STATUS_INPUT when it is no integer.
 */
MUST_CHECK enum status h5_read_integer_attribute(hid_t object, const char *path, const char *name,
                                                 int64_t *value, struct error *error);

/* New attributes: text as fixed-length UTF-8, a number of the given type, values[count] of it.
 * False on failure, with HDF5's error stack filled. */
bool h5_write_text(hid_t object, const char *name, const char *text);
bool h5_write_number(hid_t object, const char *name, hid_t type, const void *value);
bool h5_write_numbers(hid_t object, const char *name, hid_t type, hsize_t count,
                      const void *values);

/* A new contiguous dataset: `stored` is the type in the file, `type` that of the values. False on
 * failure. */
bool h5_write_dataset(hid_t location, const char *name, int rank, const hsize_t *dims, hid_t stored,
                      hid_t type, const void *values);

/* An attribute of `count` numbers, as that type; false when it is missing or another one. */
bool h5_read_numbers(hid_t object, const char *name, hid_t type, hsize_t count, void *values);

/* Float attribute; false when it is missing or no number. */
bool h5_read_real_attribute(hid_t object, const char *name, double *value);

/* Fixed-length NUL-padded UTF-8 string type of that many bytes (at least 1). Closed by H5Tclose. */
hid_t h5_string_type(size_t size);
