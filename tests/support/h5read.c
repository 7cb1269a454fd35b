#include "support/h5read.h"

#include "store/h5.h"
#include "support/check.h"

static struct error error;

void h5read_check_text(hid_t object, const char *name, const char *expected)
{
    char text[512] = "";
    assert_true(H5Aexists(object, name) > 0);
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    const hid_t space = H5Aget_space(attribute);
    assert_int_equal(H5Tget_class(type), H5T_STRING);
    assert_int_equal(H5Tis_variable_str(type), 0);
    assert_int_equal(H5Tget_strpad(type), H5T_STR_NULLPAD);
    assert_int_equal(H5Tget_cset(type), H5T_CSET_UTF8);
    assert_int_equal(H5Sget_simple_extent_type(space), H5S_SCALAR);
    assert_in_range(H5Tget_size(type), 1, sizeof text - 1);
    assert_true(H5Aread(attribute, type, text) >= 0);
    assert_string_equal(text, expected);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Aclose(attribute);
}

int64_t h5read_integer(hid_t object, const char *name)
{
    int64_t value = 0;
    assert_true(H5Aexists(object, name) > 0);
    CHECK_OK(h5_read_integer_attribute(object, "out.h5", name, &value, &error));
    return value;
}

/* Attributes that dimension scales bring along. */
static bool belongs_to_scales(const char *name)
{
    return strcmp(name, "CLASS") == 0 || strcmp(name, "NAME") == 0 ||
           strcmp(name, "REFERENCE_LIST") == 0 || strcmp(name, "DIMENSION_LIST") == 0;
}

static herr_t count_own(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    (void)object;
    (void)info;
    *(int *)data += !belongs_to_scales(name);
    return 0;
}

int h5read_count_attributes(hid_t object)
{
    int count = 0;
    assert_true(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, count_own, &count) >= 0);
    return count;
}

double h5read_real(hid_t object, const char *name)
{
    double value = NAN;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    assert_true(H5Tequal(type, H5T_IEEE_F64LE) > 0);
    assert_true(H5Aread(attribute, H5T_NATIVE_DOUBLE, &value) >= 0);
    (void)H5Tclose(type);
    (void)H5Aclose(attribute);
    return value;
}
