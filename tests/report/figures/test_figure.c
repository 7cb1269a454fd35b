/* Pieces of gnuplot scripts and their data. */
#include "report/figures/figure.h"

#include "support/check.h"
#include "support/written.h"

static struct written script;

static void nothing_in_a_label_ends_or_changes_it(void **state)
{
    (void)state;
    written_begin(&script);
    figure_write_tic_label(script.stream, "it's 100% \"a\" \\ `b` $c @d\n{e}_f^g µ");
    written_check(&script, "'it''s 100%% \"a\" \\ `b` $c @d {e}_f^g µ'");
    written_begin(&script);
    figure_write_tic_label(script.stream, "");
    written_check(&script, "''");
}

static void numbers_that_are_none_are_nan(void **state)
{
    (void)state;
    written_begin(&script);
    figure_write_number(script.stream, 0.25);
    figure_write_number(script.stream, NAN);
    figure_write_number(script.stream, -INFINITY);
    written_check(&script, " 0.25 NaN NaN");
}

static void dots_stand_apart_about_their_bar(void **state)
{
    (void)state;
    CHECK_NEAR(figure_jitter(0, 1), 0.0, 0.0);
    for (int n = 2; n < 9; n++) {
        CHECK_NEAR(figure_jitter(0, n), -1.0, 1e-15);
        CHECK_NEAR(figure_jitter(n - 1, n), 1.0, 1e-15);
        for (int i = 1; i < n; i++) {
            assert_true(figure_jitter(i - 1, n) < figure_jitter(i, n));
        }
    }
}

static void every_set_has_a_style_of_its_own(void **state)
{
    (void)state;
    bool used[ABLATION_SET_COUNT + 1] = {false};
    for (int i = 0; i < ABLATION_SET_COUNT; i++) {
        const int style = figure_style(ABLATION_ORDER[i]);
        assert_in_range(style, 1, ABLATION_SET_COUNT);
        assert_false(used[style]);
        used[style] = true;
    }
}

/* Of a diagnostic, or of the jobs of alphas or partitions. */
static bool is_variable(const char *name)
{
    static const char prefix[] = "partition_";
    const size_t skipped = strncmp(name, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
    for (int d = 0; DIAGNOSTICS[d] != NULL; d++) {
        for (const struct variable *v = DIAGNOSTICS[d]->variables; v->name != NULL; v++) {
            if (strcmp(v->name, name) == 0) {
                return true;
            }
        }
    }
    return measure_number(name + skipped) >= 0;
}

static void figures_have_names_of_their_own(void **state)
{
    (void)state;
    for (const struct figure_entry *entry = FIGURES; entry->name != NULL; entry++) {
        char title[FIGURE_TEXT_SIZE];
        figure_title(entry, title);
        assert_true(strlen(title) > 5);
        assert_true(entry->ops->width > 100 && entry->ops->height > 100);
        assert_true(strspn(entry->name, "abcdefghijklmnopqrstuvwxyz-") == strlen(entry->name));
        for (const struct figure_entry *other = FIGURES; other < entry; other++) {
            assert_string_not_equal(entry->name, other->name);
        }
    }
}

/* What a figure needs is a variable of the results file, and it needs something. */
static void needs_are_variables(void **state)
{
    (void)state;
    for (const struct figure_entry *entry = FIGURES; entry->name != NULL; entry++) {
        assert_true(entry->measure != NULL || entry->ops->needs[0] != NULL);
        for (int i = 0; i < FIGURE_NEEDS_MAX && entry->ops->needs[i] != NULL; i++) {
            assert_true(is_variable(entry->ops->needs[i]));
        }
    }
}

int test_figure(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_in_a_label_ends_or_changes_it),
        cmocka_unit_test(numbers_that_are_none_are_nan),
        cmocka_unit_test(dots_stand_apart_about_their_bar),
        cmocka_unit_test(every_set_has_a_style_of_its_own),
        cmocka_unit_test(figures_have_names_of_their_own),
        cmocka_unit_test(needs_are_variables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
