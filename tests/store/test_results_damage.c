/* A results file in which one object is not what the schema says,. */
#include "kernel/diagnostics/diagnostic.h"
#include "store/h5.h"
#include "store/results_faults.h"
#include "store/results_internal.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/samples.h"
#include "support/scratch.h"
#include "support/untouched.h"

#include <stdlib.h>

static struct error error;
static struct sweep sweep;
static struct schema schema;
static struct layout layout; /* of the good file */

/* What a replaced dataset is made of. */
struct recipe {
    hid_t type;
    hid_t properties;
    int rank;
    hsize_t dims[DATASET_AXES_MAX + 1];
};

/* One way to spoil a variable, and what the refusal says of it. */
struct damage {
    const char *message;
    bool (*applies)(const struct dataset *variable);
    void (*spoil)(const struct dataset *variable, struct recipe *recipe);
};

static bool is_bare(const struct dataset *variable)
{
    return variable->type == VALUE_TYPE_COUNT;
}

static bool always(const struct dataset *variable)
{
    return variable->name[0] != '\0';
}

/* Of a dimension without labels nothing is read. */
static bool has_values(const struct dataset *variable)
{
    return !is_bare(variable);
}

static bool is_label(const struct dataset *variable)
{
    return variable->type == VALUE_TEXT && variable->kind != DATASET_MESSAGE;
}

static bool is_message(const struct dataset *variable)
{
    return variable->kind == DATASET_MESSAGE;
}

static bool is_fixed(const struct dataset *variable)
{
    return !is_label(variable);
}

static bool is_wide(const struct dataset *variable)
{
    return has_values(variable) && value_size(variable->type) > 1;
}

static bool has_a_scale(const struct dataset *variable)
{
    return variable->kind != DATASET_SCALE;
}

static void swap_bytes(const struct dataset *variable, struct recipe *recipe)
{
    (void)variable;
    assert_true(H5Tset_order(recipe->type, H5T_ORDER_BE) >= 0);
}

static void make_single(const struct dataset *variable, struct recipe *recipe)
{
    (void)variable;
    (void)H5Tclose(recipe->type);
    recipe->type = H5Tcopy(H5T_IEEE_F32LE);
}

static void make_fixed_length(const struct dataset *variable, struct recipe *recipe)
{
    (void)variable;
    (void)H5Tclose(recipe->type);
    recipe->type = h5_string_type(9);
}

static void make_variable_length(const struct dataset *variable, struct recipe *recipe)
{
    (void)variable;
    assert_true(H5Tset_size(recipe->type, H5T_VARIABLE) >= 0);
}

static void allocate_at_once(const struct recipe *recipe)
{
    assert_true(H5Pset_alloc_time(recipe->properties, H5D_ALLOC_TIME_EARLY) >= 0);
}

static void make_longer(const struct dataset *variable, struct recipe *recipe)
{
    allocate_at_once(recipe);
    recipe->dims[variable->n_axes - 1]++;
}

static void make_shorter(const struct dataset *variable, struct recipe *recipe)
{
    (void)variable;
    allocate_at_once(recipe);
    recipe->dims[0]--;
}

static void add_axis(const struct dataset *variable, struct recipe *recipe)
{
    recipe->dims[variable->n_axes] = 1;
    recipe->rank++;
}

static void drop_axes(const struct dataset *variable, struct recipe *recipe)
{
    (void)variable;
    recipe->rank = 0;
}

static void make_chunked(const struct dataset *variable, struct recipe *recipe)
{
    assert_true(H5Pset_chunk(recipe->properties, variable->n_axes, recipe->dims) >= 0);
}

static void make_compact(const struct dataset *variable, struct recipe *recipe)
{
    (void)variable;
    assert_true(H5Pset_layout(recipe->properties, H5D_COMPACT) >= 0);
}

/* Contiguous, but allocated when it is first written: never. */
static void make_empty(const struct dataset *variable, struct recipe *recipe)
{
    (void)variable;
    assert_true(H5Pset_alloc_time(recipe->properties, H5D_ALLOC_TIME_LATE) >= 0);
}

static void make_external(const struct dataset *variable, struct recipe *recipe)
{
    (void)variable;
    assert_true(H5Pset_external(recipe->properties, scratch_path("outside"), 0, H5F_UNLIMITED) >=
                0);
}

static void make_virtual(const struct dataset *variable, struct recipe *recipe)
{
    const hid_t space = H5Screate_simple(variable->n_axes, recipe->dims, NULL);
    assert_true(H5Pset_virtual(recipe->properties, space, "other.h5", variable->name, space) >= 0);
    (void)H5Sclose(space);
}

static const struct damage DAMAGES[] = {
    {"has an unexpected type or rank", is_wide, swap_bytes},
    {"has an unexpected type or rank", has_values, make_single},
    {"has an unexpected type or rank", is_label, make_fixed_length},
    {"has an unexpected type or rank", is_message, make_fixed_length},
    {"has an unexpected type or rank", is_message, make_variable_length},
    {"has an unexpected type or rank", always, add_axis},
    {"has an unexpected type or rank", always, drop_axes},
    {"has an unexpected shape", has_a_scale, make_longer},
    {"has an unexpected shape", is_bare, make_longer}, /* the message is as wide as ever */
    {"has an unexpected shape", is_bare, make_shorter},
    {"has an unexpected shape", has_a_scale, make_shorter},
    {"is not stored contiguously in the file", always, make_chunked},
    {"is not stored contiguously in the file", always, make_compact},
    {"is not stored contiguously in the file", always, make_empty},
    {"is not stored contiguously in the file", is_fixed, make_external},
    {"is not stored contiguously in the file", always, make_virtual},
};

static int create_sample(void **state)
{
    if (scratch_create(state) != 0) {
        return -1;
    }
    sweep = sample_sweep(2, 2, 2);
    sample_all_partitions(&sweep);
    schema = diagnostics_schema(&sweep);
    CHECK_OK(layout_create(&layout, &schema, &error));
    layout_set_lengths(&layout, &sweep);
    sample_results(scratch_path("good.h5"), &sweep);
    sample_results(scratch_path("other.h5"), &sweep);
    return 0;
}

static int remove_sample(void **state)
{
    layout_release(&layout);
    sweep_release(&sweep);
    return scratch_remove(state);
}

static hid_t new_type(const struct dataset *variable)
{
    if (variable->type == VALUE_TEXT) {
        return h5_string_type(is_message(variable) ? 1 : H5T_VARIABLE);
    }
    return H5Tcopy(is_bare(variable) ? H5T_STD_U8LE : value_h5_type(variable->type));
}

static void begin_recipe(const struct dataset *variable, struct recipe *recipe)
{
    *recipe = (struct recipe){.type = new_type(variable),
                              .properties = H5Pcreate(H5P_DATASET_CREATE),
                              .rank = variable->n_axes};
    for (int i = 0; i < variable->n_axes; i++) {
        recipe->dims[i] = layout.lengths[variable->axes[i]];
    }
}

/* A copy of the good file with the variable made anew by the damage. */
static void replace(const struct dataset *variable, const struct damage *damage)
{
    struct recipe recipe;
    file_copy(scratch_path("good.h5"), scratch_path("bad.h5"));
    const hid_t file = h5write_open(scratch_path("bad.h5"));
    begin_recipe(variable, &recipe);
    damage->spoil(variable, &recipe);
    assert_true(H5Ldelete(file, variable->name, H5P_DEFAULT) >= 0);
    const hid_t space =
        recipe.rank > 0 ? H5Screate_simple(recipe.rank, recipe.dims, NULL) : H5Screate(H5S_SCALAR);
    const hid_t dataset = H5Dcreate2(file, variable->name, recipe.type, space, H5P_DEFAULT,
                                     recipe.properties, H5P_DEFAULT);
    assert_true(dataset >= 0);
    (void)H5Dclose(dataset);
    (void)H5Sclose(space);
    (void)H5Tclose(recipe.type);
    (void)H5Pclose(recipe.properties);
    assert_true(H5Fclose(file) >= 0);
}

static void check_damaged(const char *name, const char *message)
{
    struct results *results = NULL;
    const int before = h5write_open_handles();
    CHECK_FAILS(results_open(&results, scratch_path("bad.h5"), RESULTS_READ, &schema, &error),
                STATUS_DAMAGED, name);
    assert_non_null(strstr(error.text, message));
    assert_non_null(strstr(error.text, "bad.h5: "));
    assert_null(strchr(error.text, '\n'));
    assert_int_equal(h5write_open_handles(), before);
    assert_null(results);
}

static void a_variable_of_another_kind_is_damage(void **state)
{
    (void)state;
    file_write_text(scratch_path("outside"), "a secret");
    const int outside = untouched_begin(scratch_path("outside"));
    const int other = untouched_begin(scratch_path("other.h5"));
    for (int k = 0; k < layout.n_datasets; k++) {
        const struct dataset *const variable = &layout.datasets[k];
        for (size_t i = 0; i < sizeof DAMAGES / sizeof DAMAGES[0]; i++) {
            if (DAMAGES[i].applies(variable)) {
                replace(variable, &DAMAGES[i]);
                check_damaged(variable->name, DAMAGES[i].message);
            }
        }
    }
    untouched_end(outside);
    untouched_end(other);
}

static void a_scale_of_another_length_is_damage(void **state)
{
    (void)state;
    static const struct damage LONGER = {"", always, make_longer};
    for (int axis = 0; axis < layout.n_axes; axis++) {
        replace(&layout.datasets[axis], &LONGER);
        check_damaged("", "has an unexpected shape"); /* of the first variable on that axis */
    }
}

static void unlink_object(hid_t file, const char *name)
{
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
}

static void make_soft(hid_t file, const char *name)
{
    assert_true(H5Lmove(file, name, file, "moved", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_soft("/moved", file, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void make_foreign(hid_t file, const char *name)
{
    unlink_object(file, name);
    assert_true(H5Lcreate_external("other.h5", name, file, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void make_group(hid_t file, const char *name)
{
    unlink_object(file, name);
    (void)H5Gclose(H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void make_loop(hid_t file, const char *name)
{
    unlink_object(file, name);
    assert_true(H5Lcreate_soft(name, file, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void spoil_link(const char *name, void (*spoil)(hid_t file, const char *name))
{
    file_copy(scratch_path("good.h5"), scratch_path("bad.h5"));
    const hid_t file = h5write_open(scratch_path("bad.h5"));
    spoil(file, name);
    assert_true(H5Fclose(file) >= 0);
}

static void a_missing_or_linked_variable_is_damage(void **state)
{
    (void)state;
    static void (*const SPOILS[])(hid_t, const char *) = {unlink_object, make_soft, make_foreign,
                                                          make_loop};
    const int other = untouched_begin(scratch_path("other.h5"));
    for (int k = 0; k < layout.n_datasets; k++) {
        const char *const name = layout.datasets[k].name;
        for (size_t i = 0; i < sizeof SPOILS / sizeof SPOILS[0]; i++) {
            spoil_link(name, SPOILS[i]);
            check_damaged(name, "is missing");
        }
        spoil_link(name, make_group);
        check_damaged(name, "cannot be opened");
    }
    untouched_end(other);
}

static void unlink_table(hid_t file, int table, int but)
{
    const int n = variables_count(schema.tables[table].variables) + TABLE_FIELD_COUNT;
    for (int i = 0; i < n; i++) {
        if (i != but) {
            unlink_object(file, layout.datasets[layout.tables[table] + i].name);
        }
    }
}

/* A table that is not there belongs to another study; what is left of one is damage. */
static void a_table_is_there_whole_or_not_at_all(void **state)
{
    (void)state;
    for (int t = 0; t < schema.n_tables; t++) {
        const int n = variables_count(schema.tables[t].variables) + TABLE_FIELD_COUNT;
        for (int but = -1; but < n; but++) {
            file_copy(scratch_path("good.h5"), scratch_path("bad.h5"));
            const hid_t file = h5write_open(scratch_path("bad.h5"));
            unlink_table(file, t, but);
            assert_true(H5Fclose(file) >= 0);
            if (but >= 0) {
                check_damaged("", "is missing");
                continue;
            }
            struct results *results = NULL;
            CHECK_OK(results_open(&results, scratch_path("bad.h5"), RESULTS_READ, &schema, &error));
            assert_int_equal(results_schema(results)->n_tables, schema.n_tables - 1);
            assert_int_equal(schema_find(results_schema(results), schema.tables[t].name), -1);
            CHECK_OK(results_close(&results, &error));
        }
    }
}

static void a_missing_or_linked_history_is_damage(void **state)
{
    (void)state;
    static void (*const SPOILS[])(hid_t, const char *) = {unlink_object, make_soft, make_foreign};
    static const char *const NAMES[] = {"run/epochs", "run/attempts", "run/faults", "run"};
    for (size_t i = 0; i < sizeof SPOILS / sizeof SPOILS[0]; i++) {
        for (size_t k = 0; k < sizeof NAMES / sizeof NAMES[0]; k++) {
            spoil_link(NAMES[k], SPOILS[i]);
            check_damaged("run/", "is missing");
        }
    }
}

static void shrink_history(hid_t file, const char *name)
{
    const double values[2] = {0};
    unlink_object(file, name);
    h5write_doubles(file, name, (hsize_t[]){1, 0}, values);
}

static void a_history_of_another_shape_is_damage(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"run/epochs", "run/attempts", "run/faults"};
    for (size_t k = 0; k < 3; k++) {
        spoil_link(NAMES[k], shrink_history);
        check_damaged(NAMES[k], "has an unexpected shape");
    }
}

static void change_history_type(hid_t file, const char *name)
{
    const double values[RESULTS_EPOCHS] = {0};
    const hsize_t count = strcmp(name, "run/epochs") == 0 ? RESULTS_EPOCHS : 2;
    const hsize_t columns = strcmp(name, "run/faults") == 0 ? FAULT_COUNT : 0;
    unlink_object(file, name);
    h5write_doubles(file, name, (hsize_t[]){count, columns, 0}, values);
}

static void a_history_of_another_type_is_damage(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"run/epochs", "run/attempts", "run/faults"};
    for (size_t k = 0; k < 3; k++) {
        spoil_link(NAMES[k], change_history_type);
        check_damaged(NAMES[k], "has an unexpected type");
    }
}

int test_results_damage(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_variable_of_another_kind_is_damage),
        cmocka_unit_test(a_scale_of_another_length_is_damage),
        cmocka_unit_test(a_missing_or_linked_variable_is_damage),
        cmocka_unit_test(a_table_is_there_whole_or_not_at_all),
        cmocka_unit_test(a_missing_or_linked_history_is_damage),
        cmocka_unit_test(a_history_of_another_shape_is_damage),
        cmocka_unit_test(a_history_of_another_type_is_damage),
    };
    return cmocka_run_group_tests(tests, create_sample, remove_sample);
}
