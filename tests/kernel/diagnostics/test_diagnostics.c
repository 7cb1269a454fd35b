/* The list of diagnostics, and what those of every study put into their records. */
#include "kernel/diagnostics/diagnostic.h"

#include "core/axes.h"
#include "kernel/comparisons/comparison.h"
#include "kernel/experiment_alone.h"
#include "support/check.h"
#include "support/experiment_case.h"
#include "support/netgen.h"

#include <stdlib.h>

static double ALPHAS[] = {0.5, 0.7, 0.9, 1.0};
enum { ALPHA_COUNT = 4, HIDDEN = 17, WIDEST = 20 /* of the study: more than this model has */ };

static struct error error;

/* ---- the lists ---------------------------------------------------------------------------------
 */

static void diagnostics_are_found_by_their_names(void **state)
{
    (void)state;
    int count = 0;
    for (; DIAGNOSTICS[count] != NULL; count++) {
        const struct diagnostic_ops *const ops = DIAGNOSTICS[count];
        assert_ptr_equal(diagnostic_find(ops->name), ops); /* so no name stands there twice */
        assert_true(ops->long_name[0] != '\0');
        assert_in_range(ops->n_params, 0, PARAMS_MAX);
        assert_in_range(variables_count(ops->variables), 1, 64);
        for (int i = 0; i < ops->n_params; i++) {
            const struct param_spec *const spec = &ops->params[i];
            assert_true(spec->low <= spec->default_value && spec->default_value <= spec->high);
        }
    }
    assert_in_range(count, 3, SCHEMA_TABLES_MAX);
    assert_null(diagnostic_find("no_such"));
}

/* Names that a results file has beside the variables of diagnostics. */
static int list_other_names(const char *names[])
{
    static const struct axis *const AXES[] = {&AXIS_CASE,     &AXIS_ALPHA, &AXIS_ABLATION,
                                              &AXIS_COUPLING, &AXIS_MODE,  &AXIS_PARTITION};
    int count = 0;
    for (int i = 0; MEASURES[i] != NULL; i++) {
        names[count++] = MEASURES[i]->variable.name;
    }
    for (int i = 0; CASE_LABELS[i].variable.name != NULL; i++) {
        names[count++] = CASE_LABELS[i].variable.name;
    }
    for (size_t i = 0; i < sizeof AXES / sizeof *AXES; i++) {
        names[count++] = AXES[i]->name;
    }
    return count;
}

static void no_name_stands_twice_in_a_results_file(void **state)
{
    (void)state;
    const char *names[512];
    int count = list_other_names(names);
    for (int d = 0; DIAGNOSTICS[d] != NULL; d++) {
        for (const struct variable *v = DIAGNOSTICS[d]->variables; v->name != NULL; v++) {
            assert_true(count < 512 && strlen(v->name) < VARIABLE_NAME_SIZE);
            names[count++] = v->name;
        }
    }
    for (int c = 0; COMPARISONS[c] != NULL; c++) {
        for (const struct variable *v = COMPARISONS[c]->variables; v->name != NULL; v++) {
            assert_true(count < 512 && strlen(v->name) < VARIABLE_NAME_SIZE);
            names[count++] = v->name;
        }
    }
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(names[i], names[j]);
        }
    }
}

static void a_study_begins_with_what_every_study_has(void **state)
{
    (void)state;
    struct sweep sweep = {.n_diagnostics = 0};
    CHECK_OK(diagnostics_add_always(&sweep, &error));
    int expected = 0;
    for (int i = 0; DIAGNOSTICS[i] != NULL; i++) {
        if (DIAGNOSTICS[i]->is_always) {
            assert_string_equal(sweep.diagnostics[expected].name, DIAGNOSTICS[i]->name);
            expected++;
        }
    }
    assert_int_equal(sweep.n_diagnostics, expected);
    assert_true(expected >= 3);
    sweep_release(&sweep);
}

static void a_schema_has_the_tables_of_its_sweep_in_their_order(void **state)
{
    (void)state;
    char training[] = "training";
    char spectrum[] = "spectrum";
    struct diagnostic_spec specs[] = {{.name = training}, {.name = spectrum}};
    const struct sweep sweep = {.n_diagnostics = 2, .diagnostics = specs};
    const struct schema schema = diagnostics_schema(&sweep);
    assert_int_equal(schema.n_tables, 2);
    assert_int_equal(schema_find(&schema, "training"), 0);
    assert_int_equal(schema_find(&schema, "spectrum"), 1);
    assert_int_equal(schema_find(&schema, "splits"), -1);
    assert_ptr_equal(schema.tables[1].variables, diagnostic_find("spectrum")->variables);
    for (int i = 0; i < schema.n_measures; i++) {
        assert_ptr_equal(schema.measures[i], &MEASURES[i]->variable);
    }
    assert_null(MEASURES[schema.n_measures]);
}

static void the_schema_of_no_sweep_has_all_tables(void **state)
{
    (void)state;
    const struct schema schema = diagnostics_schema(NULL);
    int n = 0;
    for (; DIAGNOSTICS[n] != NULL; n++) {
        assert_string_equal(schema.tables[n].name, DIAGNOSTICS[n]->name);
        assert_false(schema.tables[n].of_pairs);
    }
    for (int i = 0; COMPARISONS[i] != NULL; i++) {
        assert_string_equal(schema.tables[n].name, COMPARISONS[i]->name);
        assert_true(schema.tables[n++].of_pairs);
    }
    assert_int_equal(schema.n_tables, n);
}

static void a_sweep_of_pairs_has_comparisons_alone(void **state)
{
    (void)state;
    struct sweep sweep = {.of_pairs = true};
    CHECK_OK(comparisons_add(&sweep, &error));
    const struct schema schema = diagnostics_schema(&sweep);
    assert_true(schema.of_pairs);
    assert_int_equal(schema.n_measures, 0);
    for (int i = 0; i < schema.n_tables; i++) {
        assert_string_equal(schema.tables[i].name, COMPARISONS[i]->name);
    }
    assert_null(COMPARISONS[schema.n_tables]);
    sweep_release(&sweep);
}

/* ---- records -----------------------------------------------------------------------------------
 */

/* A network of a study in which another is wider. */
struct fixture {
    struct alone alone; /* points to itself: must not move */
    struct model_spec model;
    struct sweep sweep;
    struct record *record;
};

static void fill(struct fixture *f, const char *name, int n_partitions)
{
    const struct experiment_settings settings = {.grid = {.alphas = ALPHAS,
                                                          .n_alphas = ALPHA_COUNT,
                                                          .n_partitions = n_partitions,
                                                          .sets = ABLATION_ORDER,
                                                          .n_sets = ABLATION_SET_COUNT}};
    struct network network = netgen_network(3, HIDDEN, 3, 2);
    *f = (struct fixture){.alone = alone_begin(&settings, &EXPERIMENT_IN_MEMORY),
                          .model = {.n_hidden = WIDEST}};
    f->sweep = (struct sweep){.n_alphas = ALPHA_COUNT,
                              .alphas = ALPHAS,
                              .n_partitions = n_partitions,
                              .n_models = 1,
                              .models = &f->model};
    CHECK_OK(alone_set_network(&f->alone, &network, &(struct network_form){.gates = 1}, &error));
    f->alone.base.weights_hash = 0x1234567890abcdefu;
    f->alone.base.route = SCHUR_ROUTE_FALLBACK;
    f->alone.base.training = (struct training_facts){
        .converged = 1, .metric = 0.25, .loss = 0.5, .steps = 7, .seconds = 3};
    const struct diagnostic_ops *const ops_of = diagnostic_find(name);
    const double params[PARAMS_MAX] = {0};
    CHECK_OK(record_create(&f->record, ops_of->variables, &f->sweep, &error));
    CHECK_OK(ops_of->run(&f->alone.base, params, f->record, &error));
}

static void release(struct fixture *f)
{
    record_destroy(&f->record);
    alone_release(&f->alone);
}

/* As many values from `first` on as one that was never written. */
static void check_missing(const struct record *record, int variable, size_t first)
{
    const struct variable *const declared = record_variable(record, variable);
    const size_t size = value_size(declared->type);
    const size_t count = record_count(record, variable) - first;
    if (count == 0) { // it may have no memory at all
        return;
    }
    char *const missing = calloc(count, size);
    assert_non_null(missing);
    variable_fill(declared, missing, count);
    assert_memory_equal((const char *)record_values(record, variable) + first * size, missing,
                        count * size);
    free(missing);
}

/* No value of the record looks as if nobody had written it but those beyond the model's own modes
 * and partitions. */
static void check_filled(const struct fixture *f)
{
    for (int i = 0; i < record_length(f->record); i++) {
        const struct variable *const declared = record_variable(f->record, i);
        const size_t size = value_size(declared->type);
        const size_t own = declared->axes[0] == &AXIS_MODE ? (size_t)HIDDEN
                           : declared->axes[0] == &AXIS_PARTITION
                               ? (size_t)f->alone.plan.n_partitions
                               : record_count(f->record, i);
        char missing[8];
        variable_fill(declared, missing, 1);
        for (size_t k = 0; k < own; k++) {
            const char *const value = (const char *)record_values(f->record, i) + k * size;
            if (memcmp(value, missing, size) == 0 && declared->fill != FILL_ZERO) {
                fail_msg("%s[%zu] was not filled", declared->name, k);
            }
        }
        check_missing(f->record, i, own);
    }
}

static void the_spectrum_is_that_of_the_form(void **state)
{
    (void)state;
    struct fixture f;
    fill(&f, "spectrum", 0);
    const struct schur *const form = &f.alone.schur;
    check_filled(&f);
    CHECK_SAME(*record_f64(f.record, "spectral_radius"), form->spectral_radius);
    CHECK_SAME(*record_f64(f.record, "nonnormality"), schur_nonnormality(form));
    CHECK_SAME(*record_f64(f.record, "schur_residual"), form->certificate.residual);
    CHECK_SAME(*record_f64(f.record, "orthogonality_loss"), form->certificate.orthogonality_loss);
    CHECK_SAME(*record_f64(f.record, "modulus_gap"), schur_modulus_gap(form));
    assert_int_equal(*record_u8(f.record, "schur_route"), SCHUR_ROUTE_FALLBACK);
    assert_true(*record_u64(f.record, "weights_hash") == 0x1234567890abcdefu);
    assert_memory_equal(record_f64(f.record, "eigenvalue_re"), form->eigenvalue_re,
                        HIDDEN * sizeof(double));
    assert_memory_equal(record_f64(f.record, "eigenvalue_im"), form->eigenvalue_im,
                        HIDDEN * sizeof(double));
    release(&f);
}

static void splits_are_those_of_the_plan(void **state)
{
    (void)state;
    struct fixture f;
    fill(&f, "splits", WIDEST);
    const struct ablation_plan *const plan = &f.alone.plan;
    assert_in_range(plan->n_partitions, 2, HIDDEN);
    check_filled(&f);
    for (int a = 0; a < ALPHA_COUNT; a++) {
        assert_int_equal(record_i32(f.record, "n_r")[a], plan->splits[a].n_r);
        CHECK_SAME(record_f64(f.record, "alpha_gap")[a], plan->splits[a].alpha_gap);
        for (int c = 0; c < COUPLING_COUNT; c++) {
            CHECK_SAME(record_f64(f.record, "coupling_mass")[a * COUPLING_COUNT + c],
                       plan->splits[a].mass[c]);
        }
    }
    for (int p = 0; p < plan->n_partitions; p++) {
        assert_int_equal(record_i32(f.record, "partition_n_r")[p], plan->partitions[p].n_r);
        CHECK_SAME(record_f64(f.record, "alpha_low")[p], plan->partitions[p].alpha_low);
        CHECK_SAME(record_f64(f.record, "alpha_high")[p], plan->partitions[p].alpha_high);
    }
    release(&f);
}

static void without_partitions_splits_have_no_room_for_them(void **state)
{
    (void)state;
    struct fixture f;
    fill(&f, "splits", 0);
    check_filled(&f);
    assert_null(record_i32(f.record, "partition_n_r"));
    assert_int_equal(record_i32(f.record, "n_r")[3], f.alone.plan.splits[3].n_r);
    release(&f);
}

static void training_is_what_the_file_told(void **state)
{
    (void)state;
    struct fixture f;
    fill(&f, "training", 0);
    check_filled(&f);
    assert_int_equal(*record_i8(f.record, "converged"), 1);
    CHECK_SAME(*record_f64(f.record, "train_metric"), 0.25);
    CHECK_SAME(*record_f64(f.record, "train_loss"), 0.5);
    assert_int_equal(*record_i32(f.record, "train_steps"), 7);
    CHECK_SAME(*record_f64(f.record, "train_seconds"), 3.0);
    release(&f);
}

static void what_is_not_known_of_a_training_is_missing(void **state)
{
    (void)state;
    struct fixture f;
    const double params[PARAMS_MAX] = {0};
    fill(&f, "training", 0);
    f.alone.base.training = training_facts_missing();
    CHECK_OK(diagnostic_find("training")->run(&f.alone.base, params, f.record, &error));
    for (int i = 0; i < record_length(f.record); i++) {
        check_missing(f.record, i, 0);
    }
    release(&f);
}

int test_diagnostics(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diagnostics_are_found_by_their_names),
        cmocka_unit_test(no_name_stands_twice_in_a_results_file),
        cmocka_unit_test(a_study_begins_with_what_every_study_has),
        cmocka_unit_test(a_schema_has_the_tables_of_its_sweep_in_their_order),
        cmocka_unit_test(the_schema_of_no_sweep_has_all_tables),
        cmocka_unit_test(a_sweep_of_pairs_has_comparisons_alone),
        cmocka_unit_test(the_spectrum_is_that_of_the_form),
        cmocka_unit_test(splits_are_those_of_the_plan),
        cmocka_unit_test(without_partitions_splits_have_no_room_for_them),
        cmocka_unit_test(training_is_what_the_file_told),
        cmocka_unit_test(what_is_not_known_of_a_training_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
