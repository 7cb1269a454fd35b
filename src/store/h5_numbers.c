/* Numbers of any type as doubles; HDF5 itself does not turn an enumeration into numbers. */
#include "store/h5.h"

#include <string.h>

static bool is_boolean(hid_t type)
{
    static const char *const NAMES[] = {"FALSE", "TRUE"};
    bool good =
        H5Tget_class(type) == H5T_ENUM && H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2;
    for (unsigned i = 0; good && i < 2; i++) {
        char *const name = H5Tget_member_name(type, i);
        unsigned char value = 0;
        good = name != NULL && strcmp(name, NAMES[i]) == 0 &&
               H5Tget_member_value(type, i, &value) >= 0 && value == i;
        (void)H5free_memory(name);
    }
    return good;
}

bool h5_is_number(hid_t type)
{
    const H5T_class_t class = H5Tget_class(type);
    return class == H5T_FLOAT || class == H5T_INTEGER || is_boolean(type);
}

/* The bytes stand at the beginning of the doubles that they become, from the last one on. */
static void widen(double *values, size_t count)
{
    const unsigned char *const bytes = (const unsigned char *)values;
    for (size_t i = count; i-- > 0;) {
        values[i] = bytes[i] != 0 ? 1.0 : 0.0;
    }
}

bool h5_read_doubles(hid_t dataset, double *values)
{
    const hid_t type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const bool boolean = is_boolean(type);
    const bool good = H5Dread(dataset, boolean ? type : H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL,
                              H5P_DEFAULT, values) >= 0;
    if (good && boolean && count > 0) {
        widen(values, (size_t)count);
    }
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    return good;
}

bool h5_read_numbers(hid_t object, const char *name, hid_t type, hsize_t count, void *values)
{
    const hid_t attribute =
        H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute < 0) {
        return false;
    }
    const hid_t space = H5Aget_space(attribute);
    const hid_t found = H5Aget_type(attribute);
    const H5T_class_t class = H5Tget_class(found);
    const bool good = H5Sget_simple_extent_npoints(space) == (hssize_t)count &&
                      (class == H5T_INTEGER || class == H5T_FLOAT) &&
                      H5Aread(attribute, type, values) >= 0;
    (void)H5Tclose(found);
    (void)H5Sclose(space);
    (void)H5Aclose(attribute);
    return good;
}
