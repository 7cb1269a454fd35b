#include "fuzz/h5_shape.h"

#include "support/scratch.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_RANK = 5, MAX_BYTES = 1 << 16 };

void h5_shape_keep_memory(void)
{
    FUZZ_DEMAND(H5set_free_list_limits(-1, -1, -1, -1, -1, -1) >= 0);
}

void h5_shape_remove(hid_t location, const char *name)
{
    if (H5Lexists(location, name, H5P_DEFAULT) > 0) {
        (void)H5Ldelete(location, name, H5P_DEFAULT);
    }
}

/* ---- types --------------------------------------------------------------------------------------
 */

static hid_t string_type(size_t size)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(type, size);
    return type;
}

static hid_t compound_type(void)
{
    const hid_t type = H5Tcreate(H5T_COMPOUND, 16);
    (void)H5Tinsert(type, "x", 0, H5T_IEEE_F64LE);
    (void)H5Tinsert(type, "y", 8, H5T_STD_I64LE);
    return type;
}

static hid_t enum_type(void)
{
    const hid_t type = H5Tenum_create(H5T_STD_I8LE);
    const signed char values[2] = {0, 1};
    (void)H5Tenum_insert(type, "FALSE", &values[0]);
    (void)H5Tenum_insert(type, "TRUE", &values[1]);
    return type;
}

/* A float whose bits stand where no machine has them. */
static hid_t odd_float_type(struct fuzz_input *input)
{
    const hid_t type = H5Tcopy(H5T_IEEE_F64LE);
    (void)H5Tset_fields(type, 63, 52, (size_t)(2 + fuzz_below(input, 10)), 0, 52);
    (void)H5Tset_ebias(type, fuzz_byte(input));
    return type;
}

static hid_t odd_integer_type(struct fuzz_input *input)
{
    const hid_t type = H5Tcopy(H5T_STD_I32BE);
    (void)H5Tset_precision(type, (size_t)(1 + fuzz_below(input, 32)));
    (void)H5Tset_offset(type, (size_t)fuzz_below(input, 8));
    return type;
}

/* Closed by H5Tclose. */
static hid_t draw_type(struct fuzz_input *input)
{
    static const hsize_t three[1] = {3};
    const int kind = fuzz_below(input, 20);
    switch (kind) {
    case 0:
        return H5Tcopy(H5T_IEEE_F32LE);
    case 1:
        return H5Tcopy(H5T_IEEE_F64BE);
    case 2:
        return H5Tcopy(H5T_STD_U8LE);
    case 3:
        return H5Tcopy(H5T_STD_I64LE);
    case 4:
        return H5Tcopy(H5T_STD_U64BE);
    case 5:
        return string_type(1 + (size_t)fuzz_byte(input));
    case 6:
        return string_type(H5T_VARIABLE);
    case 7:
        return compound_type();
    case 8:
        return enum_type();
    case 9:
        return H5Tvlen_create(H5T_IEEE_F64LE);
    case 10:
        return H5Tarray_create2(H5T_IEEE_F64LE, 1, three);
    case 11:
        return H5Tcopy(H5T_STD_REF_OBJ);
    case 12:
        return H5Tcreate(H5T_OPAQUE, 8);
    case 13:
        return H5Tcopy(H5T_STD_B8LE);
    case 14:
        return odd_float_type(input);
    case 15:
        return odd_integer_type(input);
    default:
        return H5Tcopy(H5T_IEEE_F64LE);
    }
}

static bool has_pointers(hid_t type)
{
    return H5Tdetect_class(type, H5T_VLEN) > 0 || H5Tis_variable_str(type) > 0 ||
           H5Tdetect_class(type, H5T_REFERENCE) > 0;
}

/* ---- shapes -------------------------------------------------------------------------------------
 */

static hsize_t draw_length(struct fuzz_input *input, hsize_t usual)
{
    switch (fuzz_below(input, 16)) {
    case 0:
        return 0;
    case 1:
        return 1;
    case 2:
        return usual + 1;
    case 3:
        return usual - 1;
    case 4:
        return (hsize_t)1 << fuzz_below(input, 63);
    case 5:
        return ((hsize_t)1 << 31) - 1;
    case 6:
        return (hsize_t)1 << 32;
    case 7:
        return fuzz_byte(input);
    default:
        return usual;
    }
}

/* Closed by H5Sclose. */
static hid_t draw_space(struct fuzz_input *input, int rank, const hsize_t *usual, hsize_t *dims)
{
    const uint8_t kind = fuzz_byte(input);
    int drawn_rank = rank;
    if (kind == 1) {
        return H5Screate(H5S_NULL);
    }
    if (kind == 2) {
        return H5Screate(H5S_SCALAR);
    }
    if (kind >= 3 && kind < 32) {
        drawn_rank = 1 + kind % MAX_RANK;
    }
    const hsize_t common = kind >= 128 && kind < 144 ? draw_length(input, 4) : 0;
    for (int i = 0; i < drawn_rank; i++) {
        const hsize_t length = i < rank ? usual[i] : 2;
        dims[i] = common != 0 ? common : kind < 128 ? draw_length(input, length) : length;
    }
    return H5Screate_simple(drawn_rank, dims, NULL);
}

/* ---- storage ------------------------------------------------------------------------------------
 */

static void set_chunks(struct fuzz_input *input, hid_t properties, hid_t space)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    for (int i = 0; i < rank; i++) {
        const hsize_t whole = dims[i] < 64 ? dims[i] : 64;
        dims[i] = fuzz_below(input, 2) == 0 || whole == 0 ? whole + (whole == 0) : (whole + 1) / 2;
    }
    if (rank > 0) {
        (void)H5Pset_chunk(properties, rank, dims);
    }
}

/* Without n-bit and scale-offset: HDF5 1.10 overruns its own buffers when it writes odd types with
 * them. */
static void set_filters(struct fuzz_input *input, hid_t properties)
{
    const uint8_t filters = fuzz_byte(input);
    if ((filters & 1) != 0) {
        (void)H5Pset_shuffle(properties);
    }
    if ((filters & 2) != 0) {
        (void)H5Pset_deflate(properties, 6);
    }
    if ((filters & 4) != 0) {
        (void)H5Pset_fletcher32(properties);
    }
}

static void set_virtual(hid_t properties, hid_t space)
{
    (void)H5Pset_layout(properties, H5D_VIRTUAL);
    (void)H5Pset_virtual(properties, space, "elsewhere.h5", "x", space);
}

/* Closed by H5Pclose. */
static hid_t draw_properties(struct fuzz_input *input, hid_t space)
{
    const double fill = 0.25;
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    switch (fuzz_below(input, 16)) {
    case 0:
        (void)H5Pset_layout(properties, H5D_COMPACT);
        break;
    case 1:
        set_chunks(input, properties, space);
        break;
    case 2:
        set_chunks(input, properties, space);
        set_filters(input, properties);
        break;
    case 3:
        (void)H5Pset_external(properties, scratch_path("outside.bin"), 0, H5F_UNLIMITED);
        break;
    case 4:
        set_virtual(properties, space);
        break;
    case 5:
        (void)H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &fill);
        break;
    default:
        break;
    }
    return properties;
}

/* ---- content ------------------------------------------------------------------------------------
 */

static void write_content(struct fuzz_input *input, hid_t dataset, hid_t space)
{
    double *values = NULL;
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const uint8_t mode = fuzz_byte(input);
    if (count < 1 || count > MAX_BYTES / 8 || mode == 1) {
        return; /* never written: the library makes it up when it is read */
    }
    values = calloc((size_t)count, sizeof *values);
    FUZZ_DEMAND(values != NULL);
    for (hssize_t i = 0; i < count; i++) {
        values[i] = mode < 64 ? fuzz_real(input) : (double)((i * 7 + mode) % 16 - 8) / 16.0;
    }
    (void)H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    free(values);
}

void h5_shape_dataset(struct fuzz_input *input, hid_t location, const char *name, int rank,
                      const hsize_t *usual)
{
    hsize_t dims[MAX_RANK] = {0};
    const hid_t type = draw_type(input);
    const hid_t space = draw_space(input, rank, usual, dims);
    const hid_t properties = draw_properties(input, space);
    h5_shape_remove(location, name);
    const hid_t dataset =
        H5Dcreate2(location, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (dataset >= 0) {
        write_content(input, dataset, space);
        (void)H5Dclose(dataset);
    }
    (void)H5Pclose(properties);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Eclear2(H5E_DEFAULT);
}

void h5_shape_link(struct fuzz_input *input, hid_t location, const char *name, const char *other)
{
    h5_shape_remove(location, name);
    hid_t object = H5I_INVALID_HID;
    switch (fuzz_below(input, 8)) {
    case 0:
        (void)H5Lcreate_soft(other, location, name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 1:
        (void)H5Lcreate_soft(name, location, name, H5P_DEFAULT, H5P_DEFAULT); /* to itself */
        break;
    case 2:
        (void)H5Lcreate_external(scratch_path("outside.h5"), "x", location, name, H5P_DEFAULT,
                                 H5P_DEFAULT);
        break;
    case 3:
        (void)H5Lcreate_hard(location, other, location, name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 4:
        (void)H5Lcreate_hard(location, ".", location, name, H5P_DEFAULT, H5P_DEFAULT); /* a loop */
        break;
    case 5:
        object = H5Gcreate2(location, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        (void)H5Gclose(object);
        break;
    case 6:
        object = draw_type(input);
        (void)H5Tcommit2(location, name, object, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        (void)H5Tclose(object);
        break;
    default:
        break;
    }
    (void)H5Eclear2(H5E_DEFAULT);
}

/* ---- attributes ---------------------------------------------------------------------------------
 */

static void write_attribute(struct fuzz_input *input, hid_t attribute, hid_t type, hid_t space)
{
    unsigned char bytes[4096] = {0};
    const char *text = "variable";
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (has_pointers(type)) {
        if (H5Tis_variable_str(type) > 0 && count == 1 && fuzz_below(input, 4) != 0) {
            (void)H5Awrite(attribute, type, &text);
        }
        return;
    }
    const size_t size = H5Tget_size(type) * (size_t)(count > 0 ? count : 0);
    if (size > 0 && size <= sizeof bytes) {
        fuzz_take(input, bytes, size < 64 ? size : 64);
        (void)H5Awrite(attribute, type, bytes);
    }
}

void h5_shape_attribute(struct fuzz_input *input, hid_t object, const char *name)
{
    static const hsize_t one[1] = {1};
    hsize_t dims[MAX_RANK] = {0};
    if (H5Aexists(object, name) > 0) {
        (void)H5Adelete(object, name);
    }
    if (fuzz_below(input, 8) == 7) {
        return;
    }
    const hid_t type = draw_type(input);
    const hid_t space =
        fuzz_below(input, 4) == 0 ? draw_space(input, 1, one, dims) : H5Screate(H5S_SCALAR);
    /* An attribute is stored whole. */
    const hid_t attribute = H5Sget_simple_extent_npoints(space) <= MAX_BYTES
                                ? H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT)
                                : H5I_INVALID_HID;
    if (attribute >= 0) {
        write_attribute(input, attribute, type, space);
        (void)H5Aclose(attribute);
    }
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Eclear2(H5E_DEFAULT);
}
