/* Arrays of NumPy: _reconstruct with a state, _frombuffer (protocol 5), scalar; those of JAX have
 * the parts of the first as arguments. */
#include "import/torch/arrays.h"

#include <stdio.h>
#include <string.h>

/* dtype('f8'), whose state has the byte order: "<f8" as a .npy file has it. */
static bool read_dtype(const struct pickle_value *value, struct npy_header *header)
{
    struct pickle_text name;
    struct pickle_text order = {(const unsigned char *)"|", 1};
    if (!pickle_is_global(pickle_callable(value), "numpy", "dtype") ||
        !pickle_get_text(pickle_argument(value, 0), &name)) {
        return false;
    }
    (void)pickle_get_text(pickle_item(value->object->state, 1), &order);
    (void)snprintf(header->dtype, sizeof header->dtype, "%.*s%.*s", (int)(order.size == 1),
                   (const char *)order.bytes, (int)(name.size < 16 ? name.size : 16),
                   (const char *)name.bytes);
    npy_read_dtype(header);
    return true;
}

static void set_strides(struct torch_array *array, bool fortran_order)
{
    uint64_t stride = 1;
    for (int i = 0; i < array->rank; i++) {
        const int axis = fortran_order ? i : array->rank - 1 - i;
        array->strides[axis] = stride;
        if (__builtin_mul_overflow(stride, array->dims[axis], &stride)) {
            stride = UINT64_MAX; /* then the shape has too many elements as well */
        }
    }
}

/* The parts of any of the calls. */
struct parts {
    const struct pickle_value *dtype;
    const struct pickle_value *shape; /* NULL for one number */
    struct pickle_value *bytes;
    const struct pickle_value *axes; /* the order that they are brought into, or NULL */
    bool fortran_order;
};

static bool find_parts(const struct pickle_value *value, struct parts *parts)
{
    const struct pickle_value *const callable = pickle_callable(value);
    const struct pickle_value *state = NULL; /* version, shape, ... */
    uint64_t flag = 0;
    const bool is_of_jax = pickle_is_global(callable, "jax", "_reconstruct_array") ||
                           pickle_is_global(callable, "jax", "reconstruct_device_array");
    if (is_of_jax || pickle_is_global(callable, "numpy", "_reconstruct")) {
        state = is_of_jax ? pickle_argument(value, 2) : value->object->state;
        (void)pickle_get_count(pickle_item(state, 3), &flag);
        *parts = (struct parts){.dtype = pickle_item(state, 2),
                                .shape = pickle_item(state, 1),
                                .bytes = pickle_item(state, 4),
                                .fortran_order = flag != 0};
        return true;
    }
    if (pickle_is_global(callable, "numpy", "_frombuffer")) {
        const struct pickle_value *const order = pickle_argument(value, 3);
        *parts =
            (struct parts){.dtype = pickle_argument(value, 1),
                           .shape = pickle_argument(value, 2),
                           .bytes = pickle_argument(value, 0),
                           .axes = pickle_is_text(order, "K") ? pickle_argument(value, 4) : NULL,
                           .fortran_order = pickle_is_text(order, "F")};
        return true;
    }
    if (pickle_is_global(callable, "numpy", "scalar")) {
        *parts =
            (struct parts){.dtype = pickle_argument(value, 0), .bytes = pickle_argument(value, 1)};
        return true;
    }
    return false;
}

/* Axis i of the array is axis order[i] of the data; false when that is no order of all axes. */
static bool move_axes(const struct pickle_value *axes, struct torch_array *array)
{
    const struct torch_array data = *array;
    uint64_t order[NPY_MAX_RANK];
    uint32_t seen = 0;
    int rank = 0;
    if (!torch_read_counts(axes, order, &rank) || rank != array->rank) {
        return false;
    }
    for (int i = 0; i < rank; i++) {
        if (order[i] >= (uint64_t)rank || (seen & 1U << order[i]) != 0) {
            return false;
        }
        seen |= 1U << order[i];
        array->dims[i] = data.dims[order[i]];
        array->strides[i] = data.strides[order[i]];
    }
    return true;
}

/* One string: its characters are the elements. */
static void take_text(const struct npy_header *header, struct torch_array *array)
{
    array->is_text = true;
    array->rank = 1;
    array->dims[0] = header->item_size / header->type.size;
    array->strides[0] = 1;
    array->type = header->type;
}

static void read_parts(const struct parts *parts, struct torch_array *array)
{
    struct pickle_text bytes;
    struct npy_header header = {.rank = 0};
    if (parts->shape != NULL && !torch_read_counts(parts->shape, array->dims, &array->rank)) {
        (void)torch_problem(array, "its shape is no list of counts");
        return;
    }
    set_strides(array, parts->fortran_order);
    if (parts->axes != NULL && parts->axes->kind != PICKLE_NONE && !move_axes(parts->axes, array)) {
        (void)torch_problem(array, "its axes are in no order");
    } else if (!read_dtype(parts->dtype, &header)) {
        (void)torch_problem(array, "its dtype cannot be read");
    } else if (header.content == NPY_OBJECTS) {
        (void)torch_problem(array, "it holds Python objects, expected numbers");
    } else if (!pickle_get_text(parts->bytes, &bytes)) {
        (void)torch_problem(array, "its data are no bytes");
    } else if (header.content == NPY_TEXT &&
               (array->rank == 0 || (array->rank == 1 && array->dims[0] == 1))) {
        take_text(&header, array);
        array->data = (struct torch_data){.bytes = bytes.bytes, .size = bytes.size};
    } else if (header.content != NPY_NUMBERS) {
        (void)torch_problem(array,
                            "its dtype is %s, expected floats of 2, 4 or 8 bytes or whole "
                            "numbers",
                            header.dtype);
    } else {
        array->type = header.type;
        array->data = (struct torch_data){.bytes = bytes.bytes, .size = bytes.size};
    }
}

struct pickle_value *torch_ndarray_objects(const struct pickle_value *value)
{
    struct parts parts;
    struct npy_header header = {.rank = 0};
    return find_parts(value, &parts) && parts.bytes != NULL && parts.bytes->kind == PICKLE_LIST &&
                   read_dtype(parts.dtype, &header) && header.content == NPY_OBJECTS
               ? parts.bytes
               : NULL;
}

void torch_read_ndarray(const struct pickle_value *value, struct torch_array *array, bool *found)
{
    struct parts parts;
    if (torch_ndarray_objects(value) == NULL && find_parts(value, &parts)) {
        *found = true;
        read_parts(&parts, array);
    }
}
