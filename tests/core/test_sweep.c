#include "core/sweep.h"

#include "core/memory.h"
#include "core/rng.h"
#include "core/schema.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

static char *copy(const char *text)
{
    char *out = NULL;
    CHECK_OK(memory_string(&out, text, &error));
    return out;
}

static void *zeros(size_t count, size_t size)
{
    void *out = NULL;
    CHECK_OK(memory_array(&out, count, size, &error));
    return out;
}

static struct model_spec new_model(const char *name, int n_hidden, int64_t seed)
{
    return (struct model_spec){.path = copy(name),
                               .label = copy("label"),
                               .task = copy("sine"),
                               .construction = copy(""),
                               .identity = copy("0123456789abcdef"),
                               .n_hidden = n_hidden,
                               .n_in = 1,
                               .n_out = 2,
                               .seed = seed,
                               .weights_hash = UINT64_MAX - (uint64_t)n_hidden,
                               .trials_hash = (uint64_t)n_hidden << 40};
}

/* Made of distinct values, so that two fields in the wrong order would show. */
static struct training_spec new_training(void)
{
    return (struct training_spec){.cell = {CELL_LSTM, ACTIVATION_SOFTPLUS, LEAK_CURRENT, 0.125},
                                  .construction = "dense_orthogonal",
                                  .task = 0,
                                  .seed = -5,
                                  .recipe = {.base = "ramp",
                                             .steps = 2500,
                                             .batch = 64,
                                             .rate = 5e-3,
                                             .schedule = SCHEDULE_COSINE,
                                             .clip = 1.5,
                                             .horizon = 32,
                                             .target = 0.995,
                                             .single = true,
                                             .input_scale = 0.25},
                                  .key = {UINT64_MAX, 7}};
}

static void add_lists(struct sweep *sweep)
{
    sweep->n_tasks = 2;
    sweep->tasks = zeros(2, sizeof *sweep->tasks);
    sweep->tasks[0].name = copy("sine");
    sweep->tasks[0].params[3] = 0.15;
    sweep->tasks[1].name = copy("mine");
    sweep->tasks[1].trials_hash = UINT64_MAX - 12;
    sweep->tasks[1].path = copy("trials/mine.h5");
    sweep->n_diagnostics = 2;
    sweep->diagnostics = zeros(2, sizeof *sweep->diagnostics);
    sweep->diagnostics[0].name = copy("spectrum");
    sweep->diagnostics[1].name = copy("tolerance");
    sweep->diagnostics[1].params[0] = 0.1;
    sweep->diagnostics[1].params[PARAMS_MAX - 1] = 1e-300;
    sweep->n_models = 3;
    sweep->models = zeros(3, sizeof *sweep->models);
    sweep->models[0] = new_model("a.h5", 64, 0);
    sweep->models[1] = new_model("b.h5", 129, -1);
    sweep->models[2] = new_model("c.h5", 17, INT64_MAX);
    sweep->models[2].is_trained = true;
    sweep->models[2].training = new_training();
    sweep->n_cases = 4;
    sweep->cases = zeros(4, sizeof *sweep->cases);
    for (int i = 0; i < 4; i++) {
        sweep->cases[i].model = i % 3;
        sweep->cases[i].task = i - 2 > CASE_TASK_OWN ? i - 2 : CASE_TASK_OWN;
        sweep->cases[i].task_label = copy(i < 2 ? "own" : "sine");
        sweep->cases[i].form.gates = 1;
        sweep->cases[i].matrix = copy("m");
        sweep->cases[i].form.gauge = i;
    }
}

static struct sweep new_sweep(void)
{
    struct sweep sweep = {.name = copy("threshold"),
                          .output = copy("out/threshold.h5"),
                          .canonical = copy("seed = 1\nepsilon = 0.1\n"),
                          .seed = INT64_MIN + 5,
                          .epsilon = 0.1,
                          .precision = PRECISION_FLOAT32,
                          .isa = ISA_AVX512,
                          .n_alphas = 3,
                          .n_partitions = 129, /* units of the widest model */
                          .team = {.n_ranks = 6,
                                   .from_hidden = 64,
                                   .n_rows = 2,
                                   .n_cols = 3,
                                   .block = 32,
                                   .keep_schur = true},
                          .n_ablations = 4,
                          .ablations = {0, 2, 4, 7}};
    sweep.alphas = zeros(3, sizeof *sweep.alphas);
    sweep.alphas[0] = 0.85;
    sweep.alphas[1] = 0.9;
    sweep.alphas[2] = 1.0;
    add_lists(&sweep);
    return sweep;
}

static struct packer pack(const struct sweep *sweep)
{
    struct packer packer = {0};
    sweep_pack(sweep, &packer);
    CHECK_OK(pack_finish(&packer, &error));
    return packer;
}

static void check_same_training(const struct training_spec *a, const struct training_spec *b)
{
    assert_int_equal(a->cell.activation, b->cell.activation);
    assert_int_equal(a->cell.leak_form, b->cell.leak_form);
    CHECK_SAME(a->cell.leak, b->cell.leak);
    assert_string_equal(a->construction, b->construction);
    assert_int_equal(a->task, b->task);
    assert_true(a->seed == b->seed);
    assert_string_equal(a->recipe.base, b->recipe.base);
    assert_int_equal(a->recipe.steps, b->recipe.steps);
    assert_int_equal(a->recipe.batch, b->recipe.batch);
    CHECK_SAME(a->recipe.rate, b->recipe.rate);
    assert_int_equal(a->recipe.schedule, b->recipe.schedule);
    CHECK_SAME(a->recipe.clip, b->recipe.clip);
    assert_int_equal(a->recipe.horizon, b->recipe.horizon);
    CHECK_SAME(a->recipe.target, b->recipe.target);
    assert_int_equal(a->recipe.single, b->recipe.single);
    CHECK_SAME(a->recipe.input_scale, b->recipe.input_scale);
    assert_memory_equal(a->key, b->key, sizeof a->key);
}

static void check_same_models(const struct sweep *a, const struct sweep *b)
{
    assert_int_equal(a->n_models, b->n_models);
    for (int i = 0; i < a->n_models; i++) {
        assert_string_equal(a->models[i].path, b->models[i].path);
        assert_string_equal(a->models[i].label, b->models[i].label);
        assert_string_equal(a->models[i].task, b->models[i].task);
        assert_string_equal(a->models[i].construction, b->models[i].construction);
        assert_string_equal(a->models[i].identity, b->models[i].identity);
        assert_int_equal(a->models[i].n_hidden, b->models[i].n_hidden);
        assert_int_equal(a->models[i].n_in, b->models[i].n_in);
        assert_int_equal(a->models[i].n_out, b->models[i].n_out);
        assert_true(a->models[i].seed == b->models[i].seed);
        assert_true(a->models[i].weights_hash == b->models[i].weights_hash);
        assert_true(a->models[i].trials_hash == b->models[i].trials_hash);
        assert_int_equal(a->models[i].is_trained, b->models[i].is_trained);
        check_same_training(&a->models[i].training, &b->models[i].training);
    }
}

static void check_same_tasks_and_cases(const struct sweep *a, const struct sweep *b)
{
    assert_int_equal(a->n_tasks, b->n_tasks);
    for (int i = 0; i < a->n_tasks; i++) {
        assert_string_equal(a->tasks[i].name, b->tasks[i].name);
        assert_int_equal(a->tasks[i].path == NULL, b->tasks[i].path == NULL);
        if (a->tasks[i].path != NULL) {
            assert_string_equal(a->tasks[i].path, b->tasks[i].path);
        }
        assert_true(a->tasks[i].trials_hash == b->tasks[i].trials_hash);
        assert_memory_equal(a->tasks[i].params, b->tasks[i].params, sizeof a->tasks[i].params);
    }
    assert_int_equal(a->n_cases, b->n_cases);
    for (int i = 0; i < a->n_cases; i++) {
        assert_int_equal(a->cases[i].model, b->cases[i].model);
        assert_int_equal(a->cases[i].task, b->cases[i].task);
        assert_string_equal(a->cases[i].task_label, b->cases[i].task_label);
        assert_int_equal(a->cases[i].form.gates, b->cases[i].form.gates);
        assert_string_equal(a->cases[i].matrix, b->cases[i].matrix);
        assert_int_equal(a->cases[i].form.gauge, b->cases[i].form.gauge);
    }
}

static void check_same_diagnostics(const struct sweep *a, const struct sweep *b)
{
    assert_int_equal(a->n_diagnostics, b->n_diagnostics);
    for (int i = 0; i < a->n_diagnostics; i++) {
        assert_string_equal(a->diagnostics[i].name, b->diagnostics[i].name);
        assert_memory_equal(a->diagnostics[i].params, b->diagnostics[i].params,
                            sizeof a->diagnostics[i].params);
    }
}

static void every_field_survives_the_way_to_another_rank(void **state)
{
    (void)state;
    struct sweep sent = new_sweep();
    struct packer packer = pack(&sent);
    struct sweep got;
    CHECK_OK(sweep_unpack(&got, packer.bytes, packer.size, &error));
    assert_string_equal(got.name, sent.name);
    assert_string_equal(got.output, sent.output);
    assert_string_equal(got.canonical, sent.canonical);
    assert_true(got.seed == sent.seed);
    CHECK_SAME(got.epsilon, sent.epsilon);
    assert_int_equal(got.precision, PRECISION_FLOAT32);
    assert_int_equal(got.isa, ISA_AVX512);
    assert_int_equal(got.n_alphas, 3);
    assert_memory_equal(got.alphas, sent.alphas, 3 * sizeof(double));
    assert_int_equal(got.n_partitions, 129);
    assert_int_equal(got.team.n_ranks, 6);
    assert_int_equal(got.team.from_hidden, 64);
    assert_int_equal(got.team.n_rows, 2);
    assert_int_equal(got.team.n_cols, 3);
    assert_int_equal(got.team.block, 32);
    assert_true(got.team.keep_schur);
    assert_int_equal(got.n_ablations, 4);
    assert_memory_equal(got.ablations, sent.ablations, 4 * sizeof *sent.ablations);
    check_same_diagnostics(&sent, &got);
    check_same_tasks_and_cases(&sent, &got);
    check_same_models(&sent, &got);
    pack_release(&packer);
    sweep_release(&sent);
    sweep_release(&got);
}

static void partitions_of_no_model_are_refused(void **state)
{
    (void)state;
    static const int BAD[] = {1, 64, 128, 130, INT32_MAX};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct sweep sent = new_sweep();
        struct sweep got;
        sent.n_partitions = BAD[i];
        struct packer packer = pack(&sent);
        char part[80];
        (void)snprintf(part, sizeof part,
                       "number of partitions %d of the sweep message is malformed", BAD[i]);
        CHECK_FAILS(sweep_unpack(&got, packer.bytes, packer.size, &error), STATUS_INTERNAL, part);
        pack_release(&packer);
        sweep_release(&sent);
    }
}

static void more_diagnostics_than_there_can_be_are_refused(void **state)
{
    (void)state;
    for (int n = SCHEMA_TABLES_MAX; n <= SCHEMA_TABLES_MAX + 1; n++) {
        struct sweep sent = {.name = copy("many"), .n_diagnostics = n};
        struct sweep got;
        sent.diagnostics = zeros((size_t)n, sizeof *sent.diagnostics);
        for (int i = 0; i < n; i++) {
            sent.diagnostics[i].name = copy("one");
        }
        struct packer packer = pack(&sent);
        const enum status status = sweep_unpack(&got, packer.bytes, packer.size, &error);
        if (n <= SCHEMA_TABLES_MAX) {
            assert_int_equal(status, STATUS_OK);
            sweep_release(&got);
        } else {
            assert_int_equal(status, STATUS_INTERNAL);
            assert_non_null(strstr(error.text, "number of diagnostics 25"));
        }
        pack_release(&packer);
        sweep_release(&sent);
    }
}

static void a_team_that_is_no_grid_is_refused(void **state)
{
    (void)state;
    static const int BAD[][4] = {{6, 3, 3, 32},
                                 {6, 0, 6, 32},
                                 {6, -2, -3, 32},
                                 {-6, 2, 3, 32},
                                 {7, 2, 3, 32},
                                 {5, 2, 3, 32},
                                 {6, 2, 3, 0},
                                 {6, 2, 3, -1},
                                 {1, 2, 3, 32},
                                 {6, 6, 0, 32},
                                 {INT32_MAX, 65536, 65536, 32}};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct sweep sent = new_sweep();
        struct sweep got;
        sent.team.n_ranks = BAD[i][0];
        sent.team.n_rows = BAD[i][1];
        sent.team.n_cols = BAD[i][2];
        sent.team.block = BAD[i][3];
        struct packer packer = pack(&sent);
        char part[80];
        (void)snprintf(part, sizeof part, "team %d of the sweep message is malformed", BAD[i][0]);
        CHECK_FAILS(sweep_unpack(&got, packer.bytes, packer.size, &error), STATUS_INTERNAL, part);
        pack_release(&packer);
        sweep_release(&sent);
    }
}

static void wide_models_need_a_team(void **state)
{
    (void)state;
    struct sweep sweep = new_sweep(); /* cases of models of 64, 129, 17 and 64 units */
    static const struct {
        int n_ranks;
        int from_hidden;
        bool needs[4];
    } EXPECTED[] = {{0, 1, {false, false, false, false}},
                    {1, 17, {true, true, true, true}},
                    {2, 64, {true, true, false, true}},
                    {2, 65, {false, true, false, false}},
                    {2, 130, {false, false, false, false}}};
    for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++) {
        bool has = false;
        sweep.team.n_ranks = EXPECTED[i].n_ranks;
        sweep.team.from_hidden = EXPECTED[i].from_hidden;
        for (int k = 0; k < 4; k++) {
            assert_int_equal(sweep_needs_team(&sweep, k), EXPECTED[i].needs[k]);
            has = has || EXPECTED[i].needs[k];
        }
        assert_int_equal(sweep_has_teams(&sweep), has);
    }
    sweep_release(&sweep);
}

static void jobs_are_rows_of_removals_then_diagnostics(void **state)
{
    (void)state;
    enum { DIAGNOSTICS = 2 };
    struct sweep sweep = new_sweep();
    assert_int_equal(sweep_rows_per_case(&sweep), 3 + 129);
    assert_int_equal(sweep_removals_per_case(&sweep), (3 + 129) * 4);
    assert_int_equal(sweep_jobs_per_case(&sweep), (3 + 129) * 4 + DIAGNOSTICS);
    /* Cases of models 0, 1, 2, 0: none has more partitions than units. */
    assert_int_equal(sweep_job_count(&sweep), (4 * 3 + 64 + 129 + 17 + 64) * 4 + 4 * DIAGNOSTICS);
    assert_int_equal(sweep_jobs_of_case(&sweep, 1), (3 + 129) * 4 + DIAGNOSTICS);
    assert_int_equal(sweep_jobs_of_case(&sweep, 2), (3 + 17) * 4 + DIAGNOSTICS);
    sweep.n_partitions = 0;
    assert_int_equal(sweep_rows_per_case(&sweep), 3);
    assert_int_equal(sweep_job_count(&sweep), 4 * (3 * 4 + DIAGNOSTICS));
    assert_int_equal(sweep_jobs_of_case(&sweep, 1), 3 * 4 + DIAGNOSTICS);
    sweep_release(&sweep);
}

static void double_precision_survives_too(void **state)
{
    (void)state;
    struct sweep sent = new_sweep();
    sent.precision = PRECISION_FLOAT64;
    struct packer packer = pack(&sent);
    struct sweep got;
    CHECK_OK(sweep_unpack(&got, packer.bytes, packer.size, &error));
    assert_int_equal(got.precision, PRECISION_FLOAT64);
    pack_release(&packer);
    sweep_release(&sent);
    sweep_release(&got);
}

static void check_references(const struct sweep *sweep)
{
    assert_in_range(sweep->n_ablations, 0, ABLATION_SET_COUNT);
    assert_in_range(sweep->n_diagnostics, 0, SCHEMA_TABLES_MAX);
    for (int i = 0; i < sweep->n_ablations; i++) {
        assert_in_range(sweep->ablations[i], 0, ABLATION_ALL);
    }
    for (int i = 0; i < sweep->n_models; i++) {
        const struct training_spec *const training = &sweep->models[i].training;
        assert_true(!sweep->models[i].is_trained ||
                    (training->task >= 0 && training->task < sweep->n_tasks));
        assert_in_range(training->recipe.schedule, 0, SCHEDULE_COUNT - 1);
        assert_true(strlen(training->construction) < TRAINING_NAME_SIZE);
        assert_true(strlen(training->recipe.base) < TRAINING_NAME_SIZE);
    }
    for (int i = 0; i < sweep->n_cases; i++) {
        assert_true(sweep->cases[i].model >= 0 && sweep->cases[i].model < sweep->n_models);
        assert_true(sweep->cases[i].task >= CASE_TASK_OWN);
        assert_true(sweep->cases[i].task < sweep->n_tasks);
    }
    assert_true(sweep->precision == PRECISION_FLOAT64 || sweep->precision == PRECISION_FLOAT32);
    assert_true((int)sweep->isa <= ISA_UNKNOWN);
    assert_true(sweep->team.n_ranks == 0 ||
                (sweep->team.n_ranks > 0 && sweep->team.block > 0 &&
                 (int64_t)sweep->team.n_rows * sweep->team.n_cols == sweep->team.n_ranks));
}

/* Unpacks a copy that ends where the message ends. Returns whether it was accepted. */
static bool unpack_and_release(const unsigned char *bytes, size_t size)
{
    unsigned char *const message = malloc(size > 0 ? size : 1);
    assert_non_null(message);
    memcpy(message, bytes, size);
    struct sweep sweep;
    const enum status status = sweep_unpack(&sweep, message, size, &error);
    if (status == STATUS_OK) {
        check_references(&sweep);
        sweep_release(&sweep);
    } else {
        assert_int_equal(status, STATUS_INTERNAL);
        assert_null(sweep.models); /* nothing is left to release */
        assert_null(sweep.name);
    }
    free(message);
    return status == STATUS_OK;
}

static void a_message_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    struct sweep sweep = new_sweep();
    struct packer packer = pack(&sweep);
    for (size_t size = 0; size < packer.size; size++) {
        assert_false(unpack_and_release(packer.bytes, size));
    }
    assert_true(unpack_and_release(packer.bytes, packer.size));
    pack_release(&packer);
    sweep_release(&sweep);
}

static void every_flipped_bit_is_refused_or_leaves_valid_references(void **state)
{
    (void)state;
    struct sweep sweep = new_sweep();
    struct packer packer = pack(&sweep);
    int refused = 0;
    for (size_t bit = 0; bit < 8 * packer.size; bit++) {
        packer.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        refused += !unpack_and_release(packer.bytes, packer.size);
        packer.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    assert_true(refused > 500); /* lengths, counts and indexes are many of the bits */
    pack_release(&packer);
    sweep_release(&sweep);
}

static void random_damage_is_refused_or_leaves_valid_references(void **state)
{
    (void)state;
    struct sweep sweep = new_sweep();
    struct packer packer = pack(&sweep);
    unsigned char *const damaged = malloc(packer.size);
    assert_non_null(damaged);
    for (uint64_t attempt = 0; attempt < 5000; attempt++) {
        struct rng rng = rng_stream((struct rng_key){{1, 2}}, attempt, 0);
        memcpy(damaged, packer.bytes, packer.size);
        for (uint64_t left = 1 + rng_below(&rng, 8); left > 0; left--) {
            damaged[rng_below(&rng, packer.size)] = (unsigned char)rng_below(&rng, 256);
        }
        (void)unpack_and_release(damaged, packer.size - rng_below(&rng, 3));
    }
    free(damaged);
    pack_release(&packer);
    sweep_release(&sweep);
}

static void a_case_of_a_model_or_task_that_is_not_there_is_refused(void **state)
{
    (void)state;
    static const int WRONG[][2] = {{3, 0}, {-1, 0}, {0, 2}, {0, -2}};
    for (int i = 0; i < 4; i++) {
        struct sweep sweep = new_sweep();
        sweep.cases[1].model = WRONG[i][0];
        sweep.cases[1].task = WRONG[i][1];
        struct packer packer = pack(&sweep);
        struct sweep got;
        CHECK_FAILS(sweep_unpack(&got, packer.bytes, packer.size, &error), STATUS_INTERNAL,
                    "case 1");
        pack_release(&packer);
        sweep_release(&sweep);
    }
}

static void a_model_trained_on_a_task_that_is_not_there_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct sweep sweep = new_sweep();
        sweep.models[2].training.task = i == 0 ? -1 : sweep.n_tasks;
        struct packer packer = pack(&sweep);
        struct sweep got;
        CHECK_FAILS(sweep_unpack(&got, packer.bytes, packer.size, &error), STATUS_INTERNAL,
                    "model 2");
        pack_release(&packer);
        sweep_release(&sweep);
    }
}

static void jobs_are_counted_without_overflow(void **state)
{
    (void)state;
    const struct sweep sweep = {.n_alphas = 4000, .n_ablations = 8, .n_cases = 1000000};
    assert_int_equal(sweep_jobs_per_case(&sweep), 32000);
    assert_true(sweep_job_count(&sweep) == 32000000000);
}

static void the_widest_model_is_found(void **state)
{
    (void)state;
    struct sweep sweep = new_sweep();
    assert_int_equal(sweep_max_hidden(&sweep), 129);
    sweep_release(&sweep);
    assert_int_equal(sweep_max_hidden(&sweep), 0);
}

static void releasing_twice_is_harmless(void **state)
{
    (void)state;
    struct sweep sweep = new_sweep();
    sweep_release(&sweep);
    assert_int_equal(sweep.n_models, 0);
    assert_null(sweep.models);
    sweep_release(&sweep);
}

int test_sweep(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_survives_the_way_to_another_rank),
        cmocka_unit_test(partitions_of_no_model_are_refused),
        cmocka_unit_test(more_diagnostics_than_there_can_be_are_refused),
        cmocka_unit_test(a_team_that_is_no_grid_is_refused),
        cmocka_unit_test(wide_models_need_a_team),
        cmocka_unit_test(jobs_are_rows_of_removals_then_diagnostics),
        cmocka_unit_test(double_precision_survives_too),
        cmocka_unit_test(a_message_cut_at_any_byte_is_refused),
        cmocka_unit_test(every_flipped_bit_is_refused_or_leaves_valid_references),
        cmocka_unit_test(random_damage_is_refused_or_leaves_valid_references),
        cmocka_unit_test(a_case_of_a_model_or_task_that_is_not_there_is_refused),
        cmocka_unit_test(a_model_trained_on_a_task_that_is_not_there_is_refused),
        cmocka_unit_test(jobs_are_counted_without_overflow),
        cmocka_unit_test(the_widest_model_is_found),
        cmocka_unit_test(releasing_twice_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
