/* The study as its results file tells it. */
#include "store/results_internal.h"

#include "kernel/diagnostics/diagnostic.h"
#include "store/h5.h"
#include "store/results_scan.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/results_sample.h"
#include "support/scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CASES = 4 };

static struct error error;
static struct sweep sweep;
static struct schema schema;
static struct results *results;

static const char *path(void)
{
    return scratch_path("out.h5");
}

/* Values that a detour by way of a float64 or an int64 would change. */
static int create_sample(void **state)
{
    (void)state;
    sweep = sample_sweep(CASES, 3, 5);
    sample_all_partitions(&sweep);
    sweep.seed = INT64_MAX - 2;
    sweep.epsilon = 0.1;
    sweep.precision = PRECISION_FLOAT32;
    sweep.isa = ISA_AVX2;
    sweep.team = (struct team_spec){6, 4, 2, 3, 32, false};
    sweep.tasks = realloc(sweep.tasks, 2 * sizeof *sweep.tasks);
    assert_non_null(sweep.tasks);
    file_write_text(scratch_path("trials.h5"), "");
    sweep.tasks[1] = (struct task_spec){.name = strdup("mine"),
                                        .path = strdup(scratch_path("trials.h5")),
                                        .trials_hash = UINT64_MAX - 1};
    sweep.n_tasks = 2;
    sweep.cases[1].task = 1;
    sweep.cases[2].task = CASE_TASK_OWN;
    set_text(&sweep.cases[1].task_label, "mine");
    set_text(&sweep.cases[2].task_label, "own");
    sweep.models[2].trials_hash = UINT64_MAX - 5;
    sweep.models[3].seed = INT64_MAX;
    set_text(&sweep.models[1].label, "lab/r\xc3\xa9seau.h5");
    schema = diagnostics_schema(&sweep);
    sample_add_probe(&sweep, &schema);
    sample_results_of(path(), &sweep, &schema);
    return 0;
}

static int remove_sample(void **state)
{
    CHECK_OK(results_close(&results, &error));
    sweep_release(&sweep);
    return scratch_clear(state);
}

static void open_sample(void)
{
    CHECK_OK(results_open(&results, path(), RESULTS_READ, &schema, &error));
}

static void check_models(const struct sweep *found)
{
    for (int i = 0; i < CASES; i++) { /* every case has a model of its own */
        const struct model_spec *const model = &found->models[found->cases[i].model];
        const struct model_spec *const expected = &sweep.models[i];
        assert_string_equal(model->label, expected->label);
        assert_string_equal(model->construction, expected->construction);
        assert_string_equal(model->identity, expected->identity);
        assert_int_equal(model->n_hidden, expected->n_hidden);
        assert_true(model->seed == expected->seed);
        assert_true(model->trials_hash == expected->trials_hash);
        assert_string_equal(found->cases[i].task_label, sweep.cases[i].task_label);
        assert_int_equal(found->cases[i].task, sweep.cases[i].task);
    }
}

static void check_tasks(const struct sweep *found)
{
    assert_int_equal(found->n_tasks, 2);
    assert_string_equal(found->tasks[0].name, "sine");
    assert_null(found->tasks[0].path);
    assert_memory_equal(found->tasks[0].params, sweep.tasks[0].params,
                        sizeof sweep.tasks[0].params);
    assert_string_equal(found->tasks[1].name, "mine");
    char *const whole = realpath(scratch_path("trials.h5"), NULL);
    assert_string_equal(found->tasks[1].path, whole);
    free(whole);
    assert_true(found->tasks[1].trials_hash == UINT64_MAX - 1);
}

static void a_study_comes_back_as_it_went(void **state)
{
    (void)state;
    struct sweep found;
    open_sample();
    CHECK_OK(results_read_sweep(results, &found, &error));
    assert_string_equal(found.name, sweep.name);
    assert_string_equal(found.canonical, sweep.canonical);
    assert_string_equal(found.output, path());
    assert_true(found.seed == sweep.seed);
    CHECK_SAME(found.epsilon, 0.1);
    assert_int_equal(found.precision, PRECISION_FLOAT32);
    assert_int_equal(found.isa, ISA_AVX2);
    assert_int_equal(found.n_alphas, 3);
    assert_memory_equal(found.alphas, sweep.alphas, 3 * sizeof *sweep.alphas);
    assert_int_equal(found.n_partitions, sweep.n_partitions);
    assert_int_equal(found.n_ablations, 5);
    assert_memory_equal(found.ablations, sweep.ablations, 5 * sizeof *sweep.ablations);
    assert_int_equal(found.n_cases, CASES);
    assert_int_equal(found.team.n_ranks, 6);
    assert_int_equal(found.team.from_hidden, 4);
    assert_int_equal(found.team.n_rows, 2);
    assert_int_equal(found.team.n_cols, 3);
    assert_int_equal(found.team.block, 32);
    assert_int_equal(found.n_diagnostics, sweep.n_diagnostics);
    for (int i = 0; i < sweep.n_diagnostics; i++) {
        assert_string_equal(found.diagnostics[i].name, sweep.diagnostics[i].name);
        assert_memory_equal(found.diagnostics[i].params, sweep.diagnostics[i].params,
                            sizeof sweep.diagnostics[i].params);
    }
    check_models(&found);
    check_tasks(&found);
    sweep_release(&found);
}

/* ---- damage ---- */

/* After `spoil` the study cannot be read, nor the file scanned: one line says so. */
static void check_refused(void (*spoil)(hid_t file), const char *part)
{
    struct sweep found;
    struct results_scan scan;
    file_copy(path(), scratch_path("good.h5"));
    const hid_t file = h5write_open(path());
    spoil(file);
    assert_true(H5Fclose(file) >= 0);
    open_sample();
    const int before = h5write_open_handles();
    CHECK_FAILS(results_read_sweep(results, &found, &error), STATUS_DAMAGED, part);
    assert_non_null(strstr(error.text, "out.h5: "));
    assert_null(strchr(error.text, '\n'));
    assert_null(found.models); /* nothing is left to release */
    CHECK_FAILS(results_scan_create(&scan, results, false, &error), STATUS_DAMAGED, part);
    assert_int_equal(h5write_open_handles(), before);
    CHECK_OK(results_close(&results, &error));
    file_copy(scratch_path("good.h5"), path());
}

static void drop_tasks(hid_t file)
{
    h5write_remove(file, "tasks");
}

static void link_tasks(hid_t file)
{
    h5write_remove(file, "tasks");
    assert_true(H5Lcreate_soft("/run", file, "tasks", H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void put_dataset_for_tasks(hid_t file)
{
    h5write_remove(file, "tasks");
    h5write_doubles(file, "tasks", (hsize_t[]){CASES, 0}, NULL);
}

static void set_count(hid_t file, int64_t count)
{
    const hid_t group = H5Gopen2(file, "tasks", H5P_DEFAULT);
    h5write_integer(group, "count", count);
    (void)H5Gclose(group);
}

static void claim_many_tasks(hid_t file)
{
    set_count(file, INT64_MAX);
}

static void claim_few_tasks(hid_t file)
{
    set_count(file, 1); /* a case is on the second */
}

static void claim_no_number_of_tasks(hid_t file)
{
    set_count(file, -1);
}

static void drop_a_task(hid_t file)
{
    h5write_remove(file, "tasks/1");
}

static void shorten_cases(hid_t file)
{
    h5write_array(file, "tasks/task_of_case", 1, (hsize_t[]){CASES - 1}, H5T_STD_I32LE, NULL);
}

/* Of which no byte is in the file. */
static void claim_cases(hid_t file)
{
    const hsize_t dims[1] = {INT32_MAX};
    const hid_t space = H5Screate_simple(1, dims, NULL);
    h5write_remove(file, "tasks/own_trials_hash");
    (void)H5Dclose(H5Dcreate2(file, "tasks/own_trials_hash", H5T_STD_U64LE, space, H5P_DEFAULT,
                              H5P_DEFAULT, H5P_DEFAULT));
    (void)H5Sclose(space);
}

static void point_outside(hid_t file)
{
    h5write_element(file, "tasks/task_of_case", 3, 2.0);
}

static void point_before(hid_t file)
{
    h5write_element(file, "tasks/task_of_case", 3, -2.0);
}

static void on_task(hid_t file, void (*change)(hid_t task))
{
    const hid_t task = H5Gopen2(file, "tasks/0", H5P_DEFAULT);
    change(task);
    (void)H5Gclose(task);
}

static void drop_name_of(hid_t task)
{
    assert_true(H5Adelete(task, "name") >= 0);
}

static void make_name_long(hid_t task)
{
    h5write_string(task, "name", "sine", true);
}

static void make_params_text(hid_t task)
{
    h5write_text(task, "params", "1 2 3");
}

static void make_one_param(hid_t task)
{
    h5write_integer(task, "params", 3);
}

static void drop_hash_of(hid_t task)
{
    assert_true(H5Adelete(task, "trials_hash") >= 0);
}

static void drop_name(hid_t file)
{
    on_task(file, drop_name_of);
}

static void lengthen_name(hid_t file)
{
    on_task(file, make_name_long);
}

static void write_params(hid_t file)
{
    on_task(file, make_params_text);
}

static void shorten_params(hid_t file)
{
    on_task(file, make_one_param);
}

static void drop_hash(hid_t file)
{
    on_task(file, drop_hash_of);
}

static void damaged_tasks_are_refused(void **state)
{
    (void)state;
    check_refused(drop_tasks, "tasks is missing");
    check_refused(link_tasks, "tasks is missing");
    check_refused(put_dataset_for_tasks, "tasks cannot be read");
    check_refused(claim_many_tasks, "tasks cannot be read");
    check_refused(claim_no_number_of_tasks, "tasks cannot be read");
    check_refused(claim_few_tasks, "tasks cannot be read");
    check_refused(drop_a_task, "tasks cannot be read");
    check_refused(shorten_cases, "tasks cannot be read");
    check_refused(claim_cases, "own_trials_hash");
    check_refused(point_outside, "tasks cannot be read");
    check_refused(point_before, "tasks cannot be read");
    check_refused(drop_name, "name is missing");
    check_refused(lengthen_name, "name is not a string");
    check_refused(write_params, "tasks cannot be read");
    check_refused(shorten_params, "tasks cannot be read");
    check_refused(drop_hash, "tasks cannot be read");
}

static void drop_seed(hid_t file)
{
    assert_true(H5Adelete(file, "seed") >= 0);
}

static void write_seed(hid_t file)
{
    h5write_text(file, "seed", "7");
}

static void write_isa(hid_t file)
{
    h5write_text(file, "isa", "abacus");
}

static void drop_precision(hid_t file)
{
    assert_true(H5Adelete(file, "precision") >= 0);
}

static void drop_team(hid_t file)
{
    assert_true(H5Adelete(file, "team") >= 0);
}

static void set_team(hid_t file, const int32_t *team)
{
    const hid_t attribute = H5Aopen(file, "team", H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_INT32, team) >= 0);
    (void)H5Aclose(attribute);
}

static void tear_team(hid_t file)
{
    set_team(file, (int32_t[]){6, 4, 2, 2, 32});
}

static void overflow_team(hid_t file)
{
    set_team(file, (int32_t[]){0x10000, 4, 0x10000, 0x10001, 32});
}

static void drop_parameter(hid_t file)
{
    const hid_t dataset = H5Dopen2(file, "probe_state", H5P_DEFAULT);
    assert_true(H5Adelete(dataset, "repeats") >= 0);
    (void)H5Dclose(dataset);
}

static void put_parameter(hid_t file, double value)
{
    const hid_t dataset = H5Dopen2(file, "probe_state", H5P_DEFAULT);
    const hid_t attribute = H5Aopen(dataset, "repeats", H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value) >= 0);
    (void)H5Aclose(attribute);
    (void)H5Dclose(dataset);
}

static void overflow_parameter(hid_t file)
{
    put_parameter(file, 1e300);
}

static void break_parameter(hid_t file)
{
    put_parameter(file, NAN);
}

static void halve_parameter(hid_t file)
{
    put_parameter(file, 1.5);
}

static void damaged_attributes_are_refused(void **state)
{
    (void)state;
    check_refused(drop_seed, "seed is missing or no integer");
    check_refused(write_seed, "seed is missing or no integer");
    check_refused(drop_precision, "precision is missing");
    check_refused(drop_team, "team is missing");
    check_refused(tear_team, "team is no grid of ranks");
    check_refused(overflow_team, "team is no grid of ranks");
    check_refused(drop_parameter, "repeats is missing or no number");
    check_refused(overflow_parameter, "repeats is no value that it may have");
    check_refused(break_parameter, "repeats is no value that it may have");
    check_refused(halve_parameter, "repeats is no value that it may have");
}

static void put_widths(hid_t file, const int32_t *hidden)
{
    const hid_t dataset = H5Dopen2(file, "hidden", H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, hidden) >= 0);
    (void)H5Dclose(dataset);
}

static void put_no_width(hid_t file)
{
    put_widths(file, (int32_t[]){3, 0, 5, 6});
}

static void put_great_width(hid_t file)
{
    put_widths(file, (int32_t[]){3, 4, 7, 6});
}

static void put_sets(hid_t file, const char *const *names)
{
    const hid_t dataset = H5Dopen2(file, "ablation", H5P_DEFAULT);
    const hid_t type = h5_string_type(H5T_VARIABLE);
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, names) >= 0);
    (void)H5Tclose(type);
    (void)H5Dclose(dataset);
}

static void put_unknown_set(hid_t file)
{
    put_sets(file, (const char *[]){"none", "RR", "XX", "CC", "RR+CR"});
}

static void put_full_last(hid_t file)
{
    put_sets(file, (const char *[]){"RR", "CR", "CC", "RR+CR", "none"});
}

/* Values of another build's instructions can be read; only recomputing asks for them. */
static void an_isa_unknown_to_this_build_is_read(void **state)
{
    (void)state;
    struct sweep found;
    const hid_t file = h5write_open(path());
    write_isa(file);
    assert_true(H5Fclose(file) >= 0);
    open_sample();
    CHECK_OK(results_read_sweep(results, &found, &error));
    assert_int_equal(found.isa, ISA_UNKNOWN);
    sweep_release(&found);
    CHECK_OK(results_close(&results, &error));
}

static void impossible_labels_are_refused(void **state)
{
    (void)state;
    check_refused(put_no_width, "hidden is 0 in case 1");
    check_refused(put_great_width, "hidden is 7 in case 2, expected 1 to 6");
    check_refused(put_unknown_set, "ablation set 2 is 'XX'");
    check_refused(put_full_last, "ablation set 0 is 'RR', expected none");
}

/* A file that takes any text for a name would pass it on to tables and pages. */
static void put_control_characters(hid_t task)
{
    h5write_text(task, "name", "si\nne\033");
}

static void names_of_tasks_are_one_line(void **state)
{
    (void)state;
    struct sweep found;
    const hid_t file = h5write_open(path());
    on_task(file, put_control_characters);
    (void)H5Fclose(file);
    open_sample();
    CHECK_OK(results_read_sweep(results, &found, &error));
    assert_string_equal(found.tasks[0].name, "si?ne?");
    sweep_release(&found);
}

#define STUDY_TEST(function) cmocka_unit_test_setup_teardown(function, create_sample, remove_sample)

int test_results_study(void)
{
    const struct CMUnitTest tests[] = {
        STUDY_TEST(a_study_comes_back_as_it_went),
        STUDY_TEST(damaged_tasks_are_refused),
        STUDY_TEST(damaged_attributes_are_refused),
        STUDY_TEST(impossible_labels_are_refused),
        STUDY_TEST(names_of_tasks_are_one_line),
        STUDY_TEST(an_isa_unknown_to_this_build_is_read),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
