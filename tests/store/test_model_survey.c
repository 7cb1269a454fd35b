/* A model file without its recurrent weights: looked through, or not looked at. */
#include "store/model_file.h"

#include "support/check.h"
#include "support/model_case.h"
#include "support/models.h"
#include "support/scratch.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static struct error error;

typedef enum status (*reader)(const char *path, struct network *network,
                              struct model_labels *labels, struct error *error);

static enum status survey(const char *path, struct network *network, struct model_labels *labels,
                          struct error *out)
{
    uint64_t hash = 0;
    return model_file_survey(path, network, labels, &hash, out);
}

static enum status read_rest(const char *path, struct network *network, struct model_labels *labels,
                             struct error *out)
{
    return model_file_read_rest(path, 0, network, labels, out);
}

static const reader READERS[] = {survey, read_rest};

static void check_same(const double *found, const double *expected, int count)
{
    assert_memory_equal(found, expected, (size_t)count * sizeof *found);
}

/* Everything but weight_hh, as model_file_read gives it. */
static void check_rest(const struct network *rest, const struct network *whole)
{
    assert_null(rest->weight_hh);
    assert_int_equal(rest->n_hidden, whole->n_hidden);
    assert_int_equal(rest->n_in, whole->n_in);
    assert_int_equal(rest->n_out, whole->n_out);
    check_same(rest->weight_ih, whole->weight_ih, whole->n_hidden * whole->n_in);
    check_same(rest->weight_hy, whole->weight_hy, whole->n_out * whole->n_hidden);
    check_same(rest->bias_h, whole->bias_h, whole->n_hidden);
    check_same(rest->bias_y, whole->bias_y, whole->n_out);
    check_same(rest->h0, whole->h0, whole->n_hidden);
}

static void the_rest_and_the_hash_are_those_of_the_whole_model(void **state)
{
    (void)state;
    struct network whole;
    struct network rest;
    struct model_labels labels;
    uint64_t expected = 0;
    uint64_t hash = 0;
    (void)H5Fclose(model_case_begin());
    CHECK_OK(model_file_read(model_case_path(), &whole, &labels, &error));
    CHECK_OK(network_hash(&whole, &expected, &error));
    CHECK_OK(model_file_survey(model_case_path(), &rest, &labels, &hash, &error));
    assert_true(hash == expected);
    assert_string_equal(labels.task, "flip_flop");
    assert_true(labels.has_trials);
    check_rest(&rest, &whole);
    network_release(&rest);
    CHECK_OK(model_file_read_rest(model_case_path(), 0, &rest, &labels, &error));
    assert_true(labels.seed == 12);
    check_rest(&rest, &whole);
    network_release(&rest);
    network_release(&whole);
    assert_int_equal(h5write_open_handles(), 0);
}

/* Wider than what is read at once, and no multiple of it. */
static void all_rows_of_a_wide_model_are_hashed(void **state)
{
    (void)state;
    enum { N = 500 };
    struct network whole;
    struct network rest;
    struct model_labels labels;
    uint64_t expected = 0;
    uint64_t hash = 0;
    put_model(model_case_path(), &(struct model_recipe){.n_hidden = N, .without_trials = true});
    CHECK_OK(model_file_read(model_case_path(), &whole, &labels, &error));
    CHECK_OK(network_hash(&whole, &expected, &error));
    CHECK_OK(model_file_survey(model_case_path(), &rest, &labels, &hash, &error));
    assert_true(hash == expected);
    network_release(&rest);
    network_release(&whole);
    const hid_t file = h5write_open(model_case_path());
    h5write_element(file, "weight_hh", N * N - 1, NAN);
    (void)H5Fclose(file);
    CHECK_FAILS(model_file_survey(model_case_path(), &rest, &labels, &hash, &error), STATUS_INPUT,
                "weight_hh has a NaN or Inf at element 249999");
}

static void another_storage_has_the_same_hash(void **state)
{
    (void)state;
    const hsize_t dims[2] = {H5WRITE_HIDDEN, H5WRITE_HIDDEN};
    struct network rest;
    struct model_labels labels;
    uint64_t hashes[2] = {0, 1};
    for (int i = 0; i < 2; i++) {
        const hid_t file = model_case_begin();
        if (i == 1) {
            h5write_array(file, "weight_hh", 2, dims, H5T_IEEE_F32BE, NULL);
        }
        (void)H5Fclose(file);
        CHECK_OK(model_file_survey(model_case_path(), &rest, &labels, &hashes[i], &error));
        network_release(&rest);
    }
    assert_true(hashes[0] == hashes[1]);
}

/* One line, nothing to release, no open handle. */
static void check_refused(reader read, hid_t file, const char *part)
{
    struct network network = {.n_hidden = 0};
    struct model_labels labels;
    (void)H5Fclose(file);
    CHECK_FAILS(read(model_case_path(), &network, &labels, &error), STATUS_INPUT, part);
    assert_non_null(strstr(error.text, "model.h5: "));
    assert_null(strchr(error.text, '\n'));
    assert_null(network.weight_ih);
    assert_int_equal(h5write_open_handles(), 0);
}

static void a_bad_recurrent_matrix_is_refused(void **state)
{
    (void)state;
    static const double BAD[] = {NAN, INFINITY};
    const hsize_t oblong[3] = {H5WRITE_HIDDEN, H5WRITE_HIDDEN + 1, 0};
    for (int i = 0; i < 2; i++) {
        const hid_t file = model_case_begin();
        h5write_element(file, "weight_hh", 7, BAD[i]);
        check_refused(survey, file, "weight_hh has a NaN or Inf at element 7");
    }
    for (int i = 0; i < 2; i++) {
        hid_t file = model_case_begin();
        h5write_doubles(file, "weight_hh", oblong, NULL);
        check_refused(READERS[i], file, "weight_hh");
        file = model_case_begin();
        h5write_remove(file, "weight_hh");
        check_refused(READERS[i], file, "dataset weight_hh is missing");
    }
}

static void a_bad_value_of_the_rest_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        for (int k = 1; k < MODEL_ARRAY_COUNT; k++) {
            const hid_t file = model_case_begin();
            h5write_element(file, MODEL_ARRAYS[k].name, 1, NAN);
            check_refused(READERS[i], file, MODEL_ARRAYS[k].name);
        }
    }
}

static void what_is_no_model_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct network network = {.n_hidden = 0};
        struct model_labels labels;
        CHECK_FAILS(READERS[i]("/nowhere/at/all.h5", &network, &labels, &error), STATUS_INPUT,
                    "/nowhere/at/all.h5: No such file");
        file_write(model_case_path(), "alphas = [0.9];\n", 16);
        CHECK_FAILS(READERS[i](model_case_path(), &network, &labels, &error), STATUS_INPUT,
                    "not an HDF5 file");
        h5write_model(model_case_path());
        for (off_t size = 4000; size > 8; size /= 2) {
            assert_int_equal(truncate(model_case_path(), size), 0);
            CHECK_FAILS(READERS[i](model_case_path(), &network, &labels, &error), STATUS_INPUT,
                        "model.h5: ");
        }
        assert_int_equal(h5write_open_handles(), 0);
    }
}

int test_model_survey(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(the_rest_and_the_hash_are_those_of_the_whole_model),
        SCRATCH_TEST(all_rows_of_a_wide_model_are_hashed),
        SCRATCH_TEST(another_storage_has_the_same_hash),
        SCRATCH_TEST(a_bad_recurrent_matrix_is_refused),
        SCRATCH_TEST(a_bad_value_of_the_rest_is_refused),
        SCRATCH_TEST(what_is_no_model_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
