/* Files of PyTorch's torch.save, of all its forms, and Python pickles with tensors or NumPy's
 * arrays in them, also those of numpy.save. Archives come from the npz format, which looks into all
 * zip archives. */
#include "import/torch/walk.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* Protocols 0 and 1 have no signature: how pickles of dicts and of objects begin in them. */
static const char *const OLD_HEADS[] = {
    "(dp",    "(lp",    "}q",          "]q",          "ccollections\n",
    "ctorch", "cnumpy", "c__main__\n", "ccopy_reg\n", "L119547037146038801333356L\n"};

static bool detect(const unsigned char *head, size_t size)
{
    static const char NPY[] = "\x93NUMPY";
    static const char OBJECTS[] = "'|O'";
    if (size >= 2 && head[0] == 0x80 && head[1] <= 5) {
        return true;
    }
    if (size >= sizeof NPY - 1 && memcmp(head, NPY, sizeof NPY - 1) == 0) {
        return memmem(head, size, OBJECTS, sizeof OBJECTS - 1) != NULL;
    }
    for (size_t i = 0; i < sizeof OLD_HEADS / sizeof OLD_HEADS[0]; i++) {
        const size_t length = strlen(OLD_HEADS[i]);
        if (size >= length && memcmp(head, OLD_HEADS[i], length) == 0) {
            return true;
        }
    }
    return false;
}

static enum status open_torch(struct import_table *table, struct error *error)
{
    struct torch_file *file = NULL;
    TRY(memory_array(&file, 1, sizeof *file, error));
    table->state = file;
    TRY(torch_open(file, table->path, error));
    return torch_walk(file, table, error);
}

/* Elements in the order of the array from where they lie in memory. */
static void gather(const struct import_array *array, const unsigned char *bytes, double *values)
{
    const struct torch_place *const place = array->place;
    const size_t *const dims = array->dims;
    size_t next = 0;
    for (size_t i = 0; i < dims[0] && array->count > 0; i++) {
        for (size_t j = 0; j < dims[1]; j++) {
            const uint64_t row = i * place->strides[0] + j * place->strides[1];
            for (size_t k = 0; k < dims[2]; k++) {
                const uint64_t element = row + k * place->strides[2];
                values[next++] = element_value(place->type, bytes + element * place->type.size);
            }
        }
    }
}

static enum status load(const struct import_table *table, const struct import_array *array,
                        double *values, struct error *error)
{
    const struct torch_file *const file = table->state;
    const struct torch_place *const place = array->place;
    unsigned char *const bytes = malloc((size_t)place->span + 1);
    if (bytes == NULL) {
        return error_set(error, STATUS_INTERNAL, "%s: out of memory for %s", table->path,
                         array->name);
    }
    const bool good = torch_read(file, &place->data, place->offset, bytes, (size_t)place->span);
    if (good) {
        gather(array, bytes, values);
    }
    free(bytes);
    return good ? STATUS_OK
                : error_set(error, STATUS_INPUT, "%s: %s is damaged: bad data or checksum",
                            table->path, array->name);
}

static void close_torch(struct import_table *table)
{
    if (table->state != NULL) {
        torch_close(table->state);
        free(table->state);
    }
}

const struct import_format IMPORT_TORCH = {
    .name = "PyTorch",
    .detect = detect,
    .open = open_torch,
    .load = load,
    .close = close_torch,
};
