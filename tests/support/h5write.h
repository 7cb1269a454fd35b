/* Small HDF5 files for tests of what reads them. A failed call ends the program. */
#pragma once

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

/* Sizes of the model and trials that h5write_model makes. */
enum { H5WRITE_HIDDEN = 4, H5WRITE_IN = 2, H5WRITE_OUT = 3, H5WRITE_STEPS = 5, H5WRITE_TRIALS = 6 };

/* Value `index` of the dataset `name` in the files of h5write_model: exact in float32. */
double h5write_value(const char *name, int index);

/* A good model with biases, h0, labels and /trials with a mask (place 7 is 0). */
void h5write_model(const char *path);

/* A new file, and one opened for changing; both closed by H5Fclose. */
hid_t h5write_create(const char *path);
hid_t h5write_open(const char *path);

/* Removes a link if it is there. */
void h5write_remove(hid_t location, const char *name);

/* Takes the place of a dataset: stored as `type`, contiguous float64 being the usual one. NULL
 * values mean those of h5write_value. */
void h5write_array(hid_t location, const char *name, int rank, const hsize_t *dims, hid_t type,
                   const double *values);
/* The same with properties of storage. */
void h5write_stored(hid_t location, const char *name, int rank, const hsize_t *dims, hid_t type,
                    hid_t properties, const double *values);
/* h5write_array of float64; dims end with a 0. */
void h5write_doubles(hid_t location, const char *name, const hsize_t *dims, const double *values);
/* Changes one element of a float64 dataset, which may be "trials/inputs". */
void h5write_element(hid_t location, const char *name, int index, double value);

/* Overwrites the first chunk of a dataset in a closed file with bytes 0xff. */
void h5write_spoil_chunk(const char *path, const char *name);

/* Take the place of an attribute; a text is stored as the program itself does it. */
void h5write_text(hid_t object, const char *name, const char *text);
void h5write_string(hid_t object, const char *name, const char *text, bool variable_length);
void h5write_integer(hid_t object, const char *name, int64_t value);

/* Handles that are still open in the whole library. */
int h5write_open_handles(void);
