/* A format and a check are a file and a line each: here are one more of both, with their lines in
 * import/formats/formats.def and import/checks/checks.def of this folder. */
#include "import/checks/check.h"
#include "import/import.h"

#include "support/check.h"
#include "support/import_case.h"
#include "support/scratch.h"

static struct error error;

/* ---- what is added ------------------------------------------------------------------------------
 */

static bool detect(const unsigned char *head, size_t size)
{
    return size >= 5 && memcmp(head, "DUMMY", 5) == 0;
}

static enum status open_dummy(struct import_table *table, struct error *failure)
{
    static const uint64_t DIMS[] = {2, 2};
    TRY(import_table_add(table, "W_rec", 2, DIMS, NULL, NULL, failure));
    TRY(import_table_add(table, "W_in", 1, DIMS, NULL, NULL, failure));
    return import_table_add(table, "W_out", 1, DIMS, NULL, NULL, failure);
}

static enum status load(const struct import_table *table, const struct import_array *array,
                        double *values, struct error *failure)
{
    (void)table;
    (void)failure;
    for (size_t i = 0; i < array->count; i++) {
        values[i] = (double)i;
    }
    return STATUS_OK;
}

static void close_dummy(struct import_table *table)
{
    (void)table;
}

const struct import_format IMPORT_DUMMY = {"dummy", detect, open_dummy, load, close_dummy};

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *failure)
{
    findings->remark = "looked at by the dummy";
    return parts->part[IMPORT_READOUT].n_arrays == 1 && import_table_find(table, "dummy") == NULL
               ? STATUS_OK
               : error_set(failure, STATUS_INPUT, "%s: a dummy", table->path);
}

const struct import_check IMPORT_CHECK_DUMMY = {
    .name = "a dummy", .stage = STAGE_PARTS, .run = check};

/* ---- tests --------------------------------------------------------------------------------------
 */

static void a_format_is_a_file_and_a_line(void **state)
{
    (void)state;
    struct imported imported;
    const struct import_request request = {.path = scratch_path("weights")};
    file_write(request.path, "DUMMY", 5);
    CHECK_OK(import_read(&request, &imported, &error));
    assert_int_equal(imported.network.n_hidden, 2);
    CHECK_SAME(imported.network.weight_hh[3], 3.0);
    imported_release(&imported);
    file_write(request.path, "dummy", 5);
    CHECK_FAILS(
        import_read(&request, &imported, &error), STATUS_INPUT,
        "no format known here, expected dummy, Flax, PyTorch, safetensors, npz, MATLAB or HDF5");
}

static void a_check_is_a_file_and_a_line(void **state)
{
    (void)state;
    struct import_case test = {0};
    import_case_add_torch(&test);
    import_case_says(&test, "; taken as tanh without leak; looked at by the dummy");
    (void)import_case_add(&test, "dummy", 1, 0);
    import_case_refused(&test, STATUS_INPUT, "a dummy");
    (void)import_case_add(&test, "alpha", 0, 0);
    import_case_refused(&test, STATUS_INPUT, "alpha gives a leak"); /* the program's come first */
}

int test_import_lists(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_format_is_a_file_and_a_line),
        SCRATCH_TEST(a_check_is_a_file_and_a_line),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

int main(void)
{
    return test_import_lists();
}
