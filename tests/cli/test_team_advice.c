#include "cli/team_advice.h"

#include "support/check.h"
#include "team/team_model.h"
#include "team/team_schur.h"

static struct error error;

static struct sweep sweep_of(struct model_spec *model, struct case_spec *item, int n_hidden)
{
    *model = (struct model_spec){.n_hidden = n_hidden};
    *item = (struct case_spec){.model = 0, .form.gates = 1};
    return (struct sweep){.models = model, .n_models = 1, .cases = item, .n_cases = 1};
}

static void narrow_models_are_no_matter(void **state)
{
    (void)state;
    struct model_spec model;
    struct case_spec item;
    struct team_advice advice;
    const struct sweep sweep = sweep_of(&model, &item, TEAM_ADVICE_FROM - 1);
    CHECK_OK(team_advice_find(&advice, &sweep, &error));
    assert_int_equal(advice.n_hidden, 0);
}

/* What is advised must be what the program would do: a grid that the matrix is wide enough for. */
static void an_advised_team_can_share_the_matrix(void **state)
{
    (void)state;
    static const int WIDTHS[] = {1024, 1500, 3000, 20000};
    for (size_t i = 0; i < sizeof WIDTHS / sizeof *WIDTHS; i++) {
        struct model_spec model;
        struct case_spec item;
        struct team_advice advice;
        const struct sweep sweep = sweep_of(&model, &item, WIDTHS[i]);
        CHECK_OK(team_advice_find(&advice, &sweep, &error));
        int n_rows = 0;
        int n_cols = 0;
        schur_team_grid(WIDTHS[i], advice.n_ranks, &n_rows, &n_cols);
        assert_int_equal(advice.n_ranks, n_rows * n_cols);
        assert_int_equal(advice.n_hidden, WIDTHS[i]);
        assert_int_equal(advice.n_shared, 0);
        assert_true(advice.seconds <= advice.alone_seconds);
        assert_int_equal(advice.pays, advice.alone_seconds > 2.0 * advice.seconds);
        assert_true(advice.n_ranks == 1 || advice.bytes < advice.alone_bytes);
    }
}

/* The form of a model that is too narrow for its team is one rank's work. */
static void a_team_that_is_too_large_takes_as_long_as_one_rank(void **state)
{
    (void)state;
    struct model_spec model;
    struct case_spec item;
    struct team_advice advice;
    struct sweep sweep = sweep_of(&model, &item, 1000);
    sweep.team = (struct team_spec){
        .from_hidden = 1000, .n_ranks = 16, .n_rows = 4, .n_cols = 4, .block = 64};
    CHECK_OK(team_advice_find(&advice, &sweep, &error));
    assert_int_equal(advice.n_shared, 1);
    assert_int_equal(advice.n_ranks, 16);
    CHECK_SAME(advice.seconds, advice.alone_seconds);
    assert_false(advice.pays);
}

static void a_rank_has_its_share_and_what_rollouts_pack(void **state)
{
    (void)state;
    const double whole = 8.0 * 8192.0 * 8192.0;
    const double blas = 16e6;
    const double panel = 2.0 * 64.0 * 8.0 * 8192.0;
    const struct team_spec team = {
        .from_hidden = 1, .n_ranks = 16, .n_rows = 4, .n_cols = 4, .block = 64};
    const struct team_spec line = {
        .from_hidden = 1, .n_ranks = 4, .n_rows = 1, .n_cols = 4, .block = 64};
    CHECK_NEAR(alone_rank_bytes(8192, whole), 7.0 * whole + blas, 1.0);
    CHECK_NEAR(team_rank_bytes(8192, &team, whole), (5.0 / 16.0 + 1.0) * whole + panel + blas, 1.0);
    /* The root computes the form alone, and has its shares of three matrices. */
    CHECK_NEAR(team_rank_bytes(8192, &line, whole), (5.0 + 3.0 / 4.0) * whole + blas, 1.0);
    /* Large blocks fall to few ranks: to the first one two rows and columns of three. */
    const struct team_spec coarse = {
        .from_hidden = 1, .n_ranks = 4, .n_rows = 2, .n_cols = 2, .block = 1024};
    CHECK_NEAR(team_rank_bytes(3072, &coarse, 1e9),
               5.0 * 8.0 * 2048.0 * 2048.0 + 2.0 * 1024.0 * 8.0 * 3072.0 + 1e9 + blas, 1.0);
    /* Without room for rollouts it is the form that needs most. */
    CHECK_NEAR(team_rank_bytes(8192, &team, 0.0), team_model_bytes(8192, 64, 4, 4) + blas, 1.0);
}

int test_team_advice(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrow_models_are_no_matter),
        cmocka_unit_test(an_advised_team_can_share_the_matrix),
        cmocka_unit_test(a_team_that_is_too_large_takes_as_long_as_one_rank),
        cmocka_unit_test(a_rank_has_its_share_and_what_rollouts_pack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
