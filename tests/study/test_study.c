/* From a study file to a sweep, with files that only seem to be there. */
#include "study/study.h"

#include "kernel/constructions/construction.h"
#include "kernel/recipes/recipe.h"
#include "kernel/tasks/task.h"
#include "study/study_keys.h"
#include "support/check.h"
#include "support/scratch.h"
#include "support/study_fakes.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

static void touch(const char *name)
{
    file_write_text(scratch_path(name), "");
}

static enum status load(struct sweep *sweep, const char *text)
{
    file_write_text(scratch_path("s.cfg"), text);
    return study_load(sweep, scratch_path("s.cfg"), NULL, &NAMED_FILES, NULL, &error);
}

static void defaults_are_those_of_the_paper(void **state)
{
    struct sweep sweep;
    (void)state;
    touch("own.h5");
    CHECK_OK(load(&sweep, "study = \"n\"; models = ( { file = \"own.h5\"; } );"));
    assert_string_equal(sweep.name, "n");
    assert_int_equal(sweep.n_alphas, 3);
    CHECK_SAME(sweep.alphas[0], 0.85);
    CHECK_SAME(sweep.alphas[2], 0.95);
    assert_int_equal(sweep.n_ablations, ABLATION_SET_COUNT);
    CHECK_SAME(sweep.epsilon, 0.1);
    assert_int_equal(sweep.precision, PRECISION_FLOAT64);
    assert_non_null(strstr(sweep.output, "/s.h5"));
    assert_int_equal(sweep.n_cases, 1);
    assert_int_equal(sweep.cases[0].task, CASE_TASK_OWN);
    assert_string_equal(sweep.cases[0].task_label, "own");
    sweep_release(&sweep);
}

static void matches_are_in_byte_order_and_counted_once(void **state)
{
    struct sweep sweep;
    (void)state;
    touch("own-b.h5");
    touch("own-A.h5");
    touch("own-a.h5");
    CHECK_OK(load(&sweep, "study = \"n\"; models = ( { file = \"own-a.h5\"; }, "
                          "{ file = \"own*.h5\"; }, { file = \"own-b.h5\"; } );"));
    assert_int_equal(sweep.n_models, 3);
    assert_int_equal(sweep.n_cases, 3);
    assert_string_equal(sweep.models[0].label, "own-a.h5");
    assert_string_equal(sweep.models[1].label, "own-A.h5");
    assert_string_equal(sweep.models[2].label, "own-b.h5");
    sweep_release(&sweep);
}

static void own_means_trials_in_the_file_else_the_task_of_the_attribute(void **state)
{
    struct sweep sweep;
    (void)state;
    touch("flip-own.h5");
    touch("flip.h5");
    CHECK_OK(load(&sweep, "study = \"n\"; models = ( { file = \"flip*.h5\"; } );"));
    assert_int_equal(sweep.cases[0].task, CASE_TASK_OWN);
    assert_string_equal(sweep.cases[0].task_label, "own"); /* one name, one set of trials */
    assert_int_equal(sweep.cases[1].task, 0);
    assert_string_equal(sweep.tasks[0].name, "flip_flop");
    sweep_release(&sweep);
    CHECK_OK(load(&sweep, "study = \"n\"; models = ( { file = \"flip-own.h5\"; } );"));
    assert_int_equal(sweep.cases[0].task, CASE_TASK_OWN);
    assert_string_equal(sweep.cases[0].task_label, "flip_flop");
    sweep_release(&sweep);
    touch("none.h5");
    CHECK_FAILS(load(&sweep, "study = \"n\";\nmodels = ( { file = \"none.h5\"; } );"), STATUS_INPUT,
                "s.cfg:2: ");
    assert_non_null(strstr(error.text, "has no /trials and its task is ''"));
}

static void a_model_on_two_tasks_has_two_cases_with_their_own_names(void **state)
{
    struct sweep sweep;
    (void)state;
    touch("flip-own.h5");
    touch("t.h5");
    CHECK_OK(load(&sweep, "study = \"n\"; models = ( { file = \"flip-own.h5\"; evaluate_on = "
                          "[\"flip_flop\", \"own\", \"mine\", \"mine\"]; } ); tasks = "
                          "( { name = \"mine\"; file = \"t.h5\"; } );"));
    assert_int_equal(sweep.n_cases, 3);
    assert_string_equal(sweep.cases[0].task_label, "flip_flop");
    assert_string_equal(sweep.cases[1].task_label, "own"); /* the name is taken */
    assert_string_equal(sweep.cases[2].task_label, "mine");
    assert_true(sweep.tasks[sweep.cases[2].task].trials_hash == 99);
    sweep_release(&sweep);
}

static void a_range_is_rounded_to_what_a_user_types(void **state)
{
    struct sweep sweep;
    (void)state;
    touch("own.h5");
    CHECK_OK(load(&sweep, "study = \"n\"; models = ( { file = \"own.h5\"; } ); alphas = "
                          "{ from = 0.5; to = 1.0; count = 51; };"));
    assert_int_equal(sweep.n_alphas, 51);
    for (int i = 0; i <= 50; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%.2f", 0.5 + 0.01 * i);
        CHECK_SAME(sweep.alphas[i], strtod(text, NULL));
    }
    sweep_release(&sweep);
}

static void alphas_are_sorted_and_sets_stand_in_their_order(void **state)
{
    struct sweep sweep;
    (void)state;
    touch("own.h5");
    CHECK_OK(load(&sweep, "study = \"n\"; models = ( { file = \"own.h5\"; } ); alphas = "
                          "(1, 0.25, 0.5); ablations = [\"CR+CC\", \"RR\"];"));
    CHECK_SAME(sweep.alphas[0], 0.25);
    CHECK_SAME(sweep.alphas[2], 1.0);
    assert_int_equal(sweep.n_ablations, 3);
    assert_string_equal(ablation_name(sweep.ablations[0]), "none");
    assert_string_equal(ablation_name(sweep.ablations[1]), "RR");
    assert_string_equal(ablation_name(sweep.ablations[2]), "CR+CC");
    sweep_release(&sweep);
}

static void the_canonical_text_names_what_numbers_depend_on(void **state)
{
    struct sweep sweep;
    (void)state;
    touch("flip.h5");
    CHECK_OK(load(&sweep, "study = \"n\"; seed = 5; models = ( { file = \"flip.h5\"; } ); "
                          "alphas = 0.9; ablations = \"CC\"; tasks = ( { name = \"flip_flop\"; "
                          "trials = 8; } ); output = \"x.h5\";"));
    assert_string_equal(sweep.canonical,
                        "study = n\nseed = 5\nalphas = 0.9\nablations = none CC\nepsilon = 0.1\n"
                        "precision = float64\npartitions = none\ntasks.flip_flop.trials = 8\n"
                        "tasks.flip_flop.steps = 64\ntasks.flip_flop.pulse = 0.5\n"
                        "tasks.flip_flop.bits = 3\n");
    assert_non_null(strstr(sweep.output, "/x.h5"));
    sweep_release(&sweep);
}

static void the_output_of_the_study_is_no_match(void **state)
{
    struct sweep sweep;
    (void)state;
    touch("own.h5");
    touch("own-out.h5");
    CHECK_OK(load(&sweep, "study = \"n\"; models = ( { file = \"own*.h5\"; } ); "
                          "output = \"own-out.h5\";"));
    assert_int_equal(sweep.n_models, 1);
    sweep_release(&sweep);
}

static void bad_studies_are_refused(void **state)
{
    struct sweep sweep;
    (void)state;
    touch("own.h5");
    touch("bad.h5");
#define MODEL "study = \"n\"; models = ( { file = \"own.h5\"; } );\n"
    CHECK_FAILS(load(&sweep, MODEL "alphas = [0.9, 0.9];"), STATUS_INPUT, "s.cfg:2: alpha 0.9");
    CHECK_FAILS(load(&sweep, MODEL "alphas = { from = 1.0; to = 0.5; count = 3; };"), STATUS_INPUT,
                "expected from < to");
    CHECK_FAILS(load(&sweep, MODEL "alphas = { from = 0.5; to = 0.9; count = 1; };"), STATUS_INPUT,
                "count is 1, expected 2 to");
    CHECK_FAILS(load(&sweep, MODEL "tasks = ( { name = \"own\"; file = \"own.h5\"; } );"),
                STATUS_INPUT, "name other than 'own'");
    CHECK_FAILS(load(&sweep, MODEL "tasks = ( { name = \"sine\"; file = \"own.h5\"; } );"),
                STATUS_INPUT, "'sine' is built in");
    CHECK_FAILS(load(&sweep, MODEL "tasks = ( { name = \"sine\"; }, { name = \"sine\"; } );"),
                STATUS_INPUT, "listed twice");
    CHECK_FAILS(load(&sweep, MODEL "tasks = ( { name = \"m\"; file = \"bad.h5\"; } );"),
                STATUS_INPUT, "bad trials");
    CHECK_FAILS(
        load(&sweep, MODEL "tasks = ( { name = \"m\\x0aseed = 1\"; file = \"own.h5\"; } );"),
        STATUS_INPUT, "task name 'm?seed = 1' is not one line");
    CHECK_FAILS(load(&sweep, MODEL "tasks = ( { name = \"m\\xff\"; file = \"own.h5\"; } );"),
                STATUS_INPUT, "not one line of UTF-8 text");
    CHECK_FAILS(load(&sweep, MODEL "tasks = ( 3 );"), STATUS_INPUT, "entry 1 of tasks");
    CHECK_FAILS(load(&sweep, MODEL "output = \"\";"), STATUS_INPUT, "output is empty");
    CHECK_FAILS(
        load(&sweep, "study = \"n\"; models = ( { file = \"own.h5\"; evaluate_on = []; } );"),
        STATUS_INPUT, "evaluate_on is empty");
    CHECK_FAILS(
        load(&sweep, "study = \"n\"; models = ( { file = \"own.h5\"; evaluate_on = \"sine\"; } );"),
        STATUS_INPUT, "3 inputs and 3 outputs, task 'sine' has 1 and 1");
    CHECK_FAILS(load(&sweep, "study = \"\"; models = ( { file = \"own.h5\"; } );"), STATUS_INPUT,
                "study is empty");
#undef MODEL
}

/* ---- the manual ---- */

static char *manual;

static void read_manual(void)
{
    size_t size = 0;
    FILE *const file = fopen(TEST_DATA_DIR "/../../docs/study.md", "rb");
    assert_non_null(file);
    assert_true(getdelim(&manual, &size, '\0', file) > 0);
    assert_int_equal(fclose(file), 0);
}

static void check_in_manual(const char *text)
{
    if (strstr(manual, text) == NULL) {
        fail_msg("docs/study.md lacks\n%s", text);
    }
}

/* Lines of the tables of keys. */
static int count_rows(void)
{
    static const char head[] = "| key | values | default | meaning |\n|---|---|---|---|\n";
    int count = 0;
    for (const char *at = strstr(manual, head); at != NULL; at = strstr(at, head)) {
        for (at += strlen(head); *at == '|'; at = strchr(at, '\n') + 1) {
            count++;
        }
    }
    return count;
}

static void the_manual_has_every_key_and_no_other(void **state)
{
    int count = 0;
    (void)state;
    read_manual();
    for (int group = 0; group < GROUP_COUNT; group++) {
        for (size_t i = 0; i < STUDY_GROUPS[group].n_keys; i++) {
            const struct key_spec *const key = &STUDY_GROUPS[group].keys[i];
            char values[256];
            char row[512];
            if (key->meaning == NULL) {
                continue;
            }
            (void)snprintf(values, sizeof values, "%s %.15g to %.15g",
                           (key->kinds & KEY_INTEGER) != 0 ? "integer" : "number", key->low,
                           key->high);
            (void)snprintf(row, sizeof row, "| `%s` | %s | %s | %s |\n", key->name,
                           key->values != NULL ? key->values : values,
                           key->default_value != NULL ? key->default_value : "required",
                           key->meaning);
            check_in_manual(row);
            count++;
        }
    }
    assert_int_equal(count_rows(), count);
    free(manual);
}

static void the_manual_has_every_task_recipe_and_construction(void **state)
{
    char text[256];
    (void)state;
    read_manual();
    for (int i = 0; TASKS[i] != NULL; i++) {
        int length = snprintf(text, sizeof text, "| `%s` | %s |", TASKS[i]->name,
                              TASKS[i]->metric == METRIC_FVU ? "fvu" : "accuracy");
        for (int j = 0; j < TASKS[i]->n_params; j++) {
            length += snprintf(text + length, sizeof text - (size_t)length, "%s `%s` %.15g",
                               j > 0 ? "," : "", TASKS[i]->params[j].name,
                               TASKS[i]->params[j].default_value);
        }
        (void)snprintf(text + length, sizeof text - (size_t)length, " |\n");
        check_in_manual(text);
    }
    for (int i = 0; RECIPES[i] != NULL; i++) {
        (void)snprintf(text, sizeof text, "\n| `%s` | ", RECIPES[i]->name);
        check_in_manual(text);
    }
    for (int i = 0; CONSTRUCTIONS[i] != NULL; i++) {
        (void)snprintf(text, sizeof text, "\n| `%s` | ", CONSTRUCTIONS[i]->name);
        check_in_manual(text);
    }
    free(manual);
}

int test_study(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(defaults_are_those_of_the_paper),
        SCRATCH_TEST(matches_are_in_byte_order_and_counted_once),
        SCRATCH_TEST(own_means_trials_in_the_file_else_the_task_of_the_attribute),
        SCRATCH_TEST(a_model_on_two_tasks_has_two_cases_with_their_own_names),
        SCRATCH_TEST(a_range_is_rounded_to_what_a_user_types),
        SCRATCH_TEST(alphas_are_sorted_and_sets_stand_in_their_order),
        SCRATCH_TEST(the_canonical_text_names_what_numbers_depend_on),
        SCRATCH_TEST(the_output_of_the_study_is_no_match),
        SCRATCH_TEST(bad_studies_are_refused),
        SCRATCH_TEST(the_manual_has_every_key_and_no_other),
        SCRATCH_TEST(the_manual_has_every_task_recipe_and_construction),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
