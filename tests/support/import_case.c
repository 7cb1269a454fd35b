#include "support/import_case.h"

#include "support/check.h"
#include "support/scratch.h"

double import_case_value(const char *name, size_t index)
{
    size_t seed = 7;
    for (; *name != '\0'; name++) {
        seed = 31 * seed + (unsigned char)*name;
    }
    return ((double)((seed + 29 * index) % 64) - 31.5) / 64.0;
}

double *import_case_add(struct import_case *test, const char *name, size_t rows, size_t columns)
{
    const size_t count = (rows > 0 ? rows : 1) * (columns > 0 ? columns : 1);
    double *const values = test->values + test->n_values;
    assert_true(test->count < IMPORT_CASE_ARRAYS);
    assert_true(test->n_values + count <= IMPORT_CASE_VALUES);
    test->weights[test->count++] =
        (struct weight){name, (rows > 0) + (columns > 0), {rows, columns}, values};
    test->n_values += count;
    for (size_t i = 0; i < count; i++) {
        values[i] = import_case_value(name, i);
    }
    return values;
}

void import_case_add_torch(struct import_case *test)
{
    (void)import_case_add(test, "rnn.weight_ih_l0", 5, 3);
    (void)import_case_add(test, "rnn.weight_hh_l0", 5, 5);
    (void)import_case_add(test, "rnn.bias_ih_l0", 5, 0);
    (void)import_case_add(test, "rnn.bias_hh_l0", 5, 0);
    (void)import_case_add(test, "fc.weight", 2, 5);
    (void)import_case_add(test, "fc.bias", 2, 0);
}

void import_case_add_numpy(struct import_case *test)
{
    (void)import_case_add(test, "W_rec", 5, 5);
    (void)import_case_add(test, "W_in", 5, 3);
    (void)import_case_add(test, "W_out", 2, 5);
}

enum status import_case_run(struct import_case *test, struct imported *imported,
                            struct error *error)
{
    struct bytes file = {0};
    test->request.path = scratch_path("model.safetensors");
    safetensors_make(&file, test->weights, test->count, test->metadata);
    bytes_write(&file, test->request.path);
    bytes_release(&file);
    return import_read(&test->request, imported, error);
}

void import_case_refused(struct import_case *test, enum status status, const char *part)
{
    struct error error = {""};
    struct imported imported;
    const enum status found = import_case_run(test, &imported, &error);
    if (found != status || strstr(error.text, part) == NULL) {
        fail_msg("status %d, message '%s'; expected %d, '%s'", found, error.text, status, part);
    }
    assert_null(strchr(error.text, '\n'));
    assert_null(imported.network.weight_hh);
    assert_true(strstr(error.text, test->request.path) == error.text || error.text[0] == '-');
}

void import_case_assume_tanh(struct import_case *test, bool is_told)
{
    test->request.cell = CELL_DEFAULT;
    test->request.tells_activation = is_told;
    test->request.tells_leak = is_told;
}

void import_case_says(struct import_case *test, const char *part)
{
    struct error error = {""};
    struct imported imported;
    CHECK_OK(import_case_run(test, &imported, &error));
    if (strstr(imported.description, part) == NULL) {
        fail_msg("'%s' lacks '%s'", imported.description, part);
    }
    assert_null(strchr(imported.description, '\n'));
    imported_release(&imported);
}
