/* Attributes of HDF5 objects, looked at with plain HDF5. */
#pragma once

#include <hdf5.h>
#include <stdint.h>

/* The attribute is this text, stored as the program stores texts: UTF-8 of fixed length. */
void h5read_check_text(hid_t object, const char *name, const char *expected);

/* Its value; it must be an integer, or float64. */
int64_t h5read_integer(hid_t object, const char *name);
double h5read_real(hid_t object, const char *name);

/* How many attributes an object has, without those of dimension scales. */
int h5read_count_attributes(hid_t object);
