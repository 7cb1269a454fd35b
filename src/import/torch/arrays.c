#include "import/torch/arrays.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_WRAPPERS = 8, MAX_METADATA = 64 };

static const char SPARSE[] = "it is sparse, expected a dense tensor: save it to_dense()";

/* Elements that may share memory, as an expanded tensor's do; without sharing, the file bounds the
 * number of elements. */
static const uint64_t MAX_SHARED = (uint64_t)1 << 24;

enum status torch_problem(struct torch_array *array, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(array->problem, sizeof array->problem, format, arguments);
    va_end(arguments);
    return STATUS_OK;
}

bool torch_read_counts(const struct pickle_value *tuple, uint64_t *list, int *rank)
{
    const size_t length = pickle_length(tuple);
    if (tuple == NULL || (tuple->kind != PICKLE_TUPLE && tuple->kind != PICKLE_LIST) ||
        length > NPY_MAX_RANK) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!pickle_get_count(pickle_item(tuple, i), &list[i])) {
            return false;
        }
    }
    *rank = (int)length;
    return true;
}

/* ---- calls ---- */

/* A call, without what is around it. */
struct call {
    const struct pickle_value *callable;
    struct pickle_value *arguments;
};

static struct pickle_value *argument(const struct call *call, size_t index)
{
    return pickle_item(call->arguments, index);
}

static const struct {
    const char *module;
    const char *name;
} WRAPPERS[] = {
    {"torch", "_rebuild_parameter"},
    {"torch", "_rebuild_parameter_with_state"},
    {"torch", "_rebuild_device_tensor_from_cpu_tensor"},
    {"torch", "_rebuild_device_tensor_from_numpy"},
    {"torch", "_rebuild_var"},
    {"torch", "Parameter"},
    {"torch", "Variable"},
    {"torch", "Buffer"},
};

static bool is_wrapper(const struct pickle_value *callable)
{
    for (size_t i = 0; i < sizeof WRAPPERS / sizeof WRAPPERS[0]; i++) {
        if (pickle_is_global(callable, WRAPPERS[i].module, WRAPPERS[i].name)) {
            return true;
        }
    }
    return false;
}

/* Takes parameters, whose tensor is the first argument, and derived classes, whose call is an
 * argument, off the value; *value stays the object whose state counts. */
static struct call unwrap(struct pickle_value **value)
{
    for (int i = 0; i < MAX_WRAPPERS; i++) {
        const struct pickle_value *const callable = pickle_callable(*value);
        struct pickle_value *const inner = pickle_argument(*value, 0);
        if (callable == NULL) {
            return (struct call){NULL, NULL};
        }
        if (pickle_is_global(callable, "torch", "_rebuild_from_type_v2") ||
            pickle_is_global(callable, "torch", "_rebuild_from_type")) {
            return (struct call){inner, pickle_argument(*value, 2)};
        }
        if (inner == NULL || !is_wrapper(callable)) {
            return (struct call){callable, (*value)->object->arguments};
        }
        *value = inner;
    }
    return (struct call){NULL, NULL};
}

/* ---- tensors ---- */

/* A view that negates what is stored, as the imaginary part of a conjugate does, says so in a dict
 * behind all else. */
static bool is_negated(const struct pickle_value *metadata)
{
    uint64_t flag = 0;
    return pickle_get_count(pickle_entry(metadata, "neg"), &flag) && flag != 0;
}

/* Without a dtype it is that of the storage. */
static enum status rebuild(struct torch_file *file, const struct call *call,
                           const struct torch_dtype *dtype, struct torch_array *array,
                           struct error *error)
{
    struct torch_storage storage;
    int n_strides = 0;
    if (!torch_read_counts(argument(call, 2), array->dims, &array->rank) ||
        !torch_read_counts(argument(call, 3), array->strides, &n_strides) ||
        n_strides != array->rank || !pickle_get_count(argument(call, 1), &array->offset)) {
        array->rank = 0;
        return torch_problem(array, "its shape or its strides are no lists of counts");
    }
    const struct pickle_value *const metadata = argument(call, dtype != NULL ? 7 : 6);
    const struct pickle_list *const pairs = pickle_pairs(metadata);
    if (pairs != NULL && pairs->count > 2 * MAX_METADATA) { /* all tensors may share one */
        return torch_problem(array, "its metadata are too long");
    }
    if (is_negated(metadata)) {
        return torch_problem(array, "it is a negated view, expected its values: save it "
                                    "resolve_neg()ed");
    }
    TRY(torch_find_storage(file, argument(call, 0), &storage, error));
    if (storage.problem != NULL) {
        return torch_problem(array, "%s", storage.problem);
    }
    dtype = dtype != NULL ? dtype : storage.dtype;
    if (!dtype->is_known) {
        return torch_problem(array, "its dtype is %s, expected floats or whole numbers",
                             dtype->name);
    }
    array->type = dtype->type;
    array->data = storage.data;
    array->type.big_endian = file->big_endian && storage.data.bytes == NULL; /* not of streams */
    return STATUS_OK;
}

static enum status rebuild_typed(struct torch_file *file, const struct call *call,
                                 struct torch_array *array, struct error *error)
{
    return rebuild(file, call, NULL, array, error);
}

static enum status rebuild_untyped(struct torch_file *file, const struct call *call,
                                   struct torch_array *array, struct error *error)
{
    const struct pickle_value *const given = argument(call, 6);
    const struct torch_dtype *const dtype = torch_dtype_of(given);
    struct pickle_text name = pickle_text_of("not known here");
    if (dtype != NULL) {
        return rebuild(file, call, dtype, array, error);
    }
    if (given != NULL && given->kind == PICKLE_GLOBAL) { /* float8_e4m3fn, say */
        (void)pickle_get_text(given->global.name, &name);
    }
    return torch_problem(array, "its dtype is %.*s, expected floats or whole numbers",
                         (int)(name.size < 64 ? name.size : 64), (const char *)name.bytes);
}

/* What is no dense tensor says why; without a reason, by its name. */
static const struct rebuilder {
    const char *name;
    enum status (*read)(struct torch_file *file, const struct call *call, struct torch_array *array,
                        struct error *error);
    const char *reason;
} REBUILDERS[] = {
    {"_rebuild_tensor_v2", rebuild_typed, NULL},
    {"_rebuild_tensor", rebuild_typed, NULL},
    {"_rebuild_tensor_v3", rebuild_untyped, NULL},
    {"_rebuild_qtensor", NULL, "it is quantised, expected floats: save it dequantize()d"},
    {"_rebuild_sparse_tensor", NULL, SPARSE},
    {"_rebuild_sparse_csr_tensor", NULL, SPARSE},
    {"_rebuild_nested_tensor", NULL, NULL},
    {"_rebuild_meta_tensor_no_storage", NULL, NULL},
    {"_rebuild_wrapper_subclass", NULL, NULL},
};

static enum status run(const struct rebuilder *rebuilder, struct torch_file *file,
                       const struct call *call, struct torch_array *array, struct error *error)
{
    return rebuilder->read != NULL ? rebuilder->read(file, call, array, error)
           : rebuilder->reason != NULL
               ? torch_problem(array, "%s", rebuilder->reason)
               : torch_problem(array, "it is made by %s, expected a dense tensor", rebuilder->name);
}

static const struct rebuilder *find_rebuilder(const struct pickle_value *callable)
{
    for (size_t i = 0; i < sizeof REBUILDERS / sizeof REBUILDERS[0]; i++) {
        if (pickle_is_global(callable, "torch", REBUILDERS[i].name)) {
            return &REBUILDERS[i];
        }
    }
    return NULL;
}

/* ---- what holds of both kinds ---- */

/* Number of elements, and how far they reach; false when these are no numbers of 64 bits. */
static bool measure(struct torch_array *array, uint64_t *count)
{
    uint64_t last = 0;
    bool fits = true;
    *count = 1;
    for (int i = 0; i < array->rank; i++) {
        uint64_t reach = 0;
        fits = fits && !__builtin_mul_overflow(*count, array->dims[i], count);
        if (array->dims[i] > 0) {
            fits = fits && !__builtin_mul_overflow(array->dims[i] - 1, array->strides[i], &reach) &&
                   !__builtin_add_overflow(last, reach, &last);
        }
    }
    return fits && !__builtin_add_overflow(last, 1, &array->span);
}

static enum status check_view(struct torch_array *array)
{
    uint64_t count = 0;
    const uint64_t stored = array->data.size / array->type.size;
    if (!measure(array, &count)) {
        return torch_problem(array, "its shape has more elements than can be counted");
    }
    if (count == 0) {
        array->span = 0;
        array->offset = 0;
        return STATUS_OK;
    }
    if (array->offset > stored || array->span > stored - array->offset) {
        return torch_problem(array, "it leaves its storage of %llu elements",
                             (unsigned long long)stored);
    }
    return count > stored && count > MAX_SHARED
               ? torch_problem(array, "it has %llu elements in a storage of %llu",
                               (unsigned long long)count, (unsigned long long)stored)
               : STATUS_OK;
}

/* Most objects are none; a tree may have millions. */
static bool may_be_array(const struct pickle_value *value)
{
    struct pickle_text module;
    const struct pickle_value *const callable = pickle_callable(value);
    return callable != NULL && callable->kind == PICKLE_GLOBAL &&
           pickle_get_text(callable->global.module, &module) && module.size >= 5 &&
           (memcmp(module.bytes, "torch", 5) == 0 || memcmp(module.bytes, "numpy", 5) == 0 ||
            memcmp(module.bytes, "jax", 3) == 0);
}

enum status torch_read_array(struct torch_file *file, struct pickle_value *value,
                             struct torch_array *array, bool *found, struct error *error)
{
    *found = false;
    if (!may_be_array(value)) {
        return STATUS_OK;
    }
    *array = (struct torch_array){.rank = 0};
    const struct call call = unwrap(&value);
    const struct rebuilder *const rebuilder = find_rebuilder(call.callable);
    if (rebuilder != NULL) {
        *found = true;
        TRY(run(rebuilder, file, &call, array, error));
    } else {
        torch_read_ndarray(value, array, found);
    }
    return *found && array->problem[0] == '\0' ? check_view(array) : STATUS_OK;
}
