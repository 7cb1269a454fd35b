/* HDF5 objects of every kind, as the bytes choose: what stands in place of the dataset, link or
 * attribute that a reader expects. */
#pragma once

#include "fuzz/fuzz.h"

#include <hdf5.h>

/* Lets HDF5 keep the memory that it frees: opening files is most of what these targets do. */
void h5_shape_keep_memory(void);

/* Removes a link if it is there. */
void h5_shape_remove(hid_t location, const char *name);

/* A dataset of a drawn type, shape, storage and content; dims[rank] is the shape to start from. May
 * come to nothing, when HDF5 refuses the choice. */
void h5_shape_dataset(struct fuzz_input *input, hid_t location, const char *name, int rank,
                      const hsize_t *dims);

/* A link of a drawn kind: soft, external, to another object, to a group; or none. `other` is the
 * name of another object of the same location. */
void h5_shape_link(struct fuzz_input *input, hid_t location, const char *name, const char *other);

/* An attribute of a drawn type, shape and content in place of the old one, or none. */
void h5_shape_attribute(struct fuzz_input *input, hid_t object, const char *name);
