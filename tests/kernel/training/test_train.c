#include "kernel/training/train.h"

#include "core/isa.h"
#include "kernel/constructions/construction.h"
#include "support/check.h"
#include "support/netgen.h"
#include "support/training_case.h"
#include "support/wrapped.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 30 };

static struct error error;

/* Of the trials on which a model is judged: none of them is in a batch. */
static const uint64_t VALIDATION_STREAM = (uint64_t)1 << 63;

static uint64_t hash_of(const struct training_result *result)
{
    uint64_t hash = 0;
    CHECK_OK(network_hash(&result->network, &hash, &error));
    return hash;
}

/* ---- the same spec, the same bits ---------------------------------------------------------------
 */

static void check_same_results(const struct training_result *a, const struct training_result *b)
{
    assert_true(hash_of(a) == hash_of(b));
    assert_int_equal(a->steps, b->steps);
    assert_memory_equal(a->loss_history, b->loss_history, (size_t)a->steps * sizeof(double));
    CHECK_SAME(a->loss, b->loss);
    CHECK_SAME(a->metric, b->metric);
    assert_int_equal(a->converged, b->converged);
}

static void the_same_spec_gives_the_same_bits(void **state)
{
    (void)state;
    for (int i = 0; CONSTRUCTIONS[i] != NULL; i++) {
        for (int k = 0; TASKS[k] != NULL; k++) {
            struct training_case training =
                training_case_begin(TASKS[k]->name, CONSTRUCTIONS[i]->name, STEPS);
            struct training_result first = training_case_run(&training);
            struct training_result again = training_case_run(&training);
            check_same_results(&first, &again);
            training_release(&first);
            training_release(&again);
        }
    }
}

WRAPPED(enum isa, isa_best, (void), ())

static enum isa avx2_is_best(void)
{
    return ISA_AVX2;
}

/* The same networks on every machine of a cluster. */
static void avx2_and_avx512_train_the_same_bits(void **state)
{
    (void)state;
    if (!isa_available(ISA_AVX512)) {
        skip();
    }
    for (int i = 0; CONSTRUCTIONS[i] != NULL; i++) {
        for (int kind = 0; kind < CELL_KIND_COUNT; kind++) {
            const char *const task = TASKS[i]->name;
            struct training_case training =
                training_case_begin(task, CONSTRUCTIONS[i]->name, STEPS);
            training.spec.cell.kind = (enum cell_kind)kind;
            training.spec.recipe.bias = kind != CELL_RNN;
            training.n_hidden = 22;
            struct training_result first = training_case_run(&training);
            wrapped_isa_best = avx2_is_best;
            struct training_result again = training_case_run(&training);
            wrapped_isa_best = __real_isa_best;
            check_same_results(&first, &again);
            training_release(&first);
            training_release(&again);
        }
    }
}

static void a_key_is_all_that_chance_depends_on(void **state)
{
    (void)state;
    struct training_case training = training_case_begin("sine", "dense_default", STEPS);
    struct training_result first = training_case_run(&training);
    training.spec.key[1]++; /* not what the identity says */
    struct training_result other;
    CHECK_OK(train_model(&training.spec, training.n_hidden, training.setting.task,
                         training.setting.params, NULL, &other, &error));
    assert_true(hash_of(&first) != hash_of(&other));
    assert_true(first.loss_history[0] != other.loss_history[0]);
    training_release(&first);
    training_release(&other);
}

static void held_out_trials_and_horizon_of_the_task_change_no_weight(void **state)
{
    (void)state;
    struct training_case training = training_case_begin("copy", "dense_default", STEPS);
    struct training_result first = training_case_run(&training);
    task_setting_change(&training.setting, "trials", 3);
    task_setting_change(&training.setting, "replay", 50);
    struct training_result other = training_case_run(&training);
    assert_true(hash_of(&first) == hash_of(&other));
    assert_memory_equal(first.loss_history, other.loss_history, STEPS * sizeof(double));
    training_release(&first);
    training_release(&other);
}

/* ---- what comes out -----------------------------------------------------------------------------
 */

static double mean_of(const double *values, int count)
{
    double sum = 0.0;
    for (int i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum / count;
}

/* Every one that eight units learn at once: not to wait for forty steps. */
static void every_construction_learns_every_task(void **state)
{
    (void)state;
    for (int i = 0; CONSTRUCTIONS[i] != NULL; i++) {
        for (int k = 0; TASKS[k] != NULL; k++) {
            if (TASKS[k] == task_find("delayed_discrimination")) {
                continue;
            }
            struct training_case training =
                training_case_begin(TASKS[k]->name, CONSTRUCTIONS[i]->name, 150);
            training.spec.recipe.rate = 2e-2;
            struct training_result result = training_case_run(&training);
            const double before = mean_of(result.loss_history, 10);
            const double after = mean_of(result.loss_history + 140, 10);
            if (!(after < 0.75 * before)) {
                fail_msg("%s on %s: loss from %g to %g", CONSTRUCTIONS[i]->name, TASKS[k]->name,
                         before, after);
            }
            training_release(&result);
        }
    }
}

static void the_history_has_every_step_and_the_loss_is_its_end(void **state)
{
    (void)state;
    static const int LENGTHS[][2] = {/* steps, of which the last ... are averaged */
                                     {1, 1}, {2, 1}, {99, 1}, {100, 1}, {199, 1}, {250, 2}};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        struct training_case training = training_case_begin("sine", "cayley", LENGTHS[i][0]);
        struct training_result result = training_case_run(&training);
        assert_int_equal(result.steps, LENGTHS[i][0]);
        for (int step = 0; step < result.steps; step++) {
            assert_true(isfinite(result.loss_history[step]) && result.loss_history[step] > 0.0);
        }
        const double *const end = result.loss_history + result.steps - LENGTHS[i][1];
        CHECK_NEAR(result.loss, mean_of(end, LENGTHS[i][1]), 1e-15);
        assert_true(result.seconds >= 0.0);
        training_release(&result);
        assert_null(result.loss_history);
        assert_null(result.network.weight_hh);
    }
}

static void a_model_has_no_biases_and_starts_at_rest(void **state)
{
    (void)state;
    struct training_case training = training_case_begin("copy", "dense_normal", STEPS);
    struct training_result result = training_case_run(&training);
    for (int i = 0; i < training.n_hidden; i++) {
        CHECK_SAME(result.network.bias_h[i], 0.0);
        CHECK_SAME(result.network.h0[i], 0.0);
    }
    CHECK_SAME(result.network.bias_y[0], 0.0);
    CHECK_SAME(result.network.bias_y[1], 0.0);
    training_release(&result);
}

static void float32_and_float64_differ_by_rounding(void **state)
{
    (void)state;
    struct training_case training = training_case_begin("sine", "dense_default", 5);
    struct training_result narrow = training_case_run(&training);
    const uint64_t key[2] = {training.spec.key[0], training.spec.key[1]};
    struct training_result wide;
    training.spec.recipe.single = false;
    memcpy(training.spec.key, key, sizeof key);
    CHECK_OK(train_model(&training.spec, training.n_hidden, training.setting.task,
                         training.setting.params, NULL, &wide, &error));
    for (int step = 0; step < 5; step++) {
        const double loss = wide.loss_history[step];
        CHECK_NEAR(narrow.loss_history[step], loss, 1e-4 * loss);
    }
    assert_true(hash_of(&narrow) != hash_of(&wide));
    training_release(&narrow);
    training_release(&wide);
}

/* ---- metric -------------------------------------------------------------------------------------
 */

static double accuracy_of(const struct trials *trials, const double *outputs)
{
    int n_right = 0;
    int n_counted = 0;
    for (int i = 0; i < trials->n_steps * trials->n_trials * trials->n_out; i++) {
        if (trials->mask[i / trials->n_out] != 0) {
            n_counted++;
            n_right += outputs[i] * trials->targets[i] > 0.0;
        }
    }
    return (double)n_right / n_counted;
}

/* On as many trials as the task has by default, with the task's own horizon. */
static double metric_of(const struct training_case *training, const struct network *network)
{
    const struct rng_key key = {{training->spec.key[0], training->spec.key[1]}};
    struct trials trials;
    const struct task_ops *const task = training->setting.task;
    CHECK_OK(task_generate(task, training->setting.params, key, VALIDATION_STREAM,
                           (int)task->params[0].default_value, &trials, &error));
    const size_t places = (size_t)(trials.n_steps * trials.n_trials);
    double *const outputs = calloc(places * (size_t)trials.n_out, sizeof *outputs);
    assert_non_null(outputs);
    netgen_rollout(network, network->weight_hh, &trials, outputs);
    const double metric =
        trials.metric == METRIC_ACCURACY
            ? accuracy_of(&trials, outputs)
            : (double)(netgen_squared_difference(&trials, outputs, trials.targets) /
                       netgen_variation(&trials, trials.targets));
    free(outputs);
    trials_release(&trials);
    return metric;
}

static void the_metric_is_that_of_the_network_on_fresh_trials(void **state)
{
    (void)state;
    for (int i = 0; TASKS[i] != NULL; i++) {
        struct training_case training = training_case_begin(TASKS[i]->name, "cayley", STEPS);
        struct training_result result = training_case_run(&training);
        const double expected = metric_of(&training, &result.network);
        CHECK_NEAR(result.metric, expected, 1e-11 * expected);
        training_release(&result);
    }
}

static bool converges(const char *task, double target)
{
    struct training_case training = training_case_begin(task, "dense_default", 3);
    training.spec.recipe.target = target;
    struct training_result result = training_case_run(&training);
    const bool converged = result.converged;
    training_release(&result);
    return converged;
}

static void an_accuracy_converges_from_above_and_an_fvu_from_below(void **state)
{
    (void)state;
    assert_true(converges("copy", 0.01));
    assert_false(converges("copy", 0.999));
    for (int i = 1; TASKS[i] != NULL; i++) {
        assert_true(converges(TASKS[i]->name, 100.0));
        assert_false(converges(TASKS[i]->name, 1e-4));
    }
}

static struct training_result run_under_key(const struct training_case *training)
{
    struct training_result result;
    CHECK_OK(train_model(&training->spec, training->n_hidden, training->setting.task,
                         training->setting.params, NULL, &result, &error));
    return result;
}

/* The same training with other numbers of steps. */
static struct training_case steady_training(void)
{
    struct training_case training = training_case_begin("sine", "dense_orthogonal", 0);
    training.spec.recipe.schedule = SCHEDULE_CONSTANT;
    (void)training_case_key(&training);
    return training;
}

static struct training_result after_steps(struct training_case *training, int steps)
{
    training->spec.recipe.steps = steps;
    return run_under_key(training);
}

/* The FVU of the same training after 1, 2, ... steps, and its weights then, are known from shorter
 * ones; a target between them says where it has to end. */
static void a_training_that_stops_is_the_one_that_was_shorter(void **state)
{
    (void)state;
    enum { COUNT = 12 };
    struct training_case training = steady_training();
    struct training_result shorter[COUNT];
    for (int i = 0; i < COUNT; i++) {
        shorter[i] = after_steps(&training, i + 1);
    }
    assert_true(shorter[COUNT - 1].metric < shorter[0].metric);
    training.spec.recipe.check = 1;
    training.spec.recipe.steps = COUNT + 5;
    for (int i = 0; i < COUNT; i++) {
        int first = 0; /* that is as good as the target */
        while (!(shorter[first].metric <= shorter[i].metric)) {
            first++;
        }
        training.spec.recipe.target = shorter[i].metric;
        struct training_result stopped = run_under_key(&training);
        assert_int_equal(stopped.steps, first + 1);
        shorter[first].converged = true; /* as of this target */
        check_same_results(&stopped, &shorter[first]);
        training_release(&stopped);
    }
    for (int i = 0; i < COUNT; i++) {
        training_release(&shorter[i]);
    }
}

/* Adds a share of all weights of a network without biases. */
static void add_network(struct network *sum, const struct network *network, double share)
{
    const size_t n = (size_t)network->n_hidden;
    for (size_t i = 0; i < n * n; i++) {
        sum->weight_hh[i] += share * network->weight_hh[i];
    }
    for (size_t i = 0; i < n * (size_t)network->n_in; i++) {
        sum->weight_ih[i] += share * network->weight_ih[i];
    }
    for (size_t i = 0; i < n * (size_t)network->n_out; i++) {
        sum->weight_hy[i] += share * network->weight_hy[i];
    }
}

/* Of seven steps from look to look the last four: 4 to 7, 11 to 14, ... */
static void what_stops_is_the_mean_of_late_steps(void **state)
{
    (void)state;
    enum { CHECK = 7, LATE = 4, LOOKS = 3 };
    struct training_case training = steady_training();
    struct training_result means[LOOKS];
    double metrics[LOOKS];
    for (int look = 0; look < LOOKS; look++) {
        for (int k = 0; k < LATE; k++) {
            struct training_result one = after_steps(&training, (look + 1) * CHECK - LATE + 1 + k);
            if (k == 0) {
                means[look] = one;
                add_network(&means[look].network, &one.network, 1.0 / LATE - 1.0);
                continue;
            }
            add_network(&means[look].network, &one.network, 1.0 / LATE);
            training_release(&one);
        }
        metrics[look] = metric_of(&training, &means[look].network);
    }
    assert_true(metrics[1] < metrics[0] && metrics[2] < metrics[1]);
    training.spec.recipe.check = CHECK;
    for (int look = 0; look < LOOKS; look++) {
        training.spec.recipe.target = metrics[look] * (1.0 + 1e-9);
        struct training_result found = after_steps(&training, 100);
        assert_int_equal(found.steps, (look + 1) * CHECK);
        assert_true(found.converged);
        CHECK_NEAR(found.metric, metrics[look], 1e-11 * metrics[look]);
        add_network(&found.network, &means[look].network, -1.0);
        for (int i = 0; i < found.network.n_hidden * found.network.n_hidden; i++) {
            CHECK_NEAR(found.network.weight_hh[i], 0.0, 1e-15);
        }
        training_release(&found);
        training_release(&means[look]);
    }
}

static void looking_at_the_metric_changes_nothing(void **state)
{
    (void)state;
    struct training_case training = training_case_begin("copy", "cayley", 23);
    training.spec.recipe.target = 1.1; /* of an accuracy */
    (void)training_case_key(&training);
    struct training_result expected = run_under_key(&training);
    training.spec.recipe.check = 5;
    struct training_result found = run_under_key(&training);
    assert_int_equal(found.steps, 23);
    assert_false(found.converged);
    check_same_results(&found, &expected);
    training_release(&expected);
    training_release(&found);
}

static void the_target_itself_is_enough(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct training_case training =
            training_case_begin(i == 0 ? "copy" : "sine", "dense_default", 3);
        (void)training_case_key(&training);
        struct training_result result = training_case_run(&training);
        training.spec.recipe.target = result.metric; /* under the old key */
        struct training_result again;
        CHECK_OK(train_model(&training.spec, training.n_hidden, training.setting.task,
                             training.setting.params, NULL, &again, &error));
        CHECK_SAME(again.metric, result.metric);
        assert_true(again.converged);
        training_release(&result);
        training_release(&again);
    }
}

/* ---- watching -----------------------------------------------------------------------------------
 */

struct watcher {
    int n_calls;
    int stop_after;
    double losses[STEPS];
};

static bool watch(void *context, int step, int steps, double loss)
{
    struct watcher *const watcher = context;
    assert_int_equal(step, watcher->n_calls);
    assert_int_equal(steps, STEPS);
    watcher->losses[watcher->n_calls++] = loss;
    return watcher->n_calls < watcher->stop_after;
}

static enum status watched(struct watcher *watcher, struct training_result *result)
{
    struct training_case training = training_case_begin("copy", "cayley", STEPS);
    const struct training_watcher told = {.go_on = watch, .context = watcher};
    (void)training_case_key(&training);
    return train_model(&training.spec, training.n_hidden, training.setting.task,
                       training.setting.params, &told, result, &error);
}

static void a_watcher_sees_every_step_and_changes_nothing(void **state)
{
    (void)state;
    struct watcher watcher = {.stop_after = STEPS + 1};
    struct training_case training = training_case_begin("copy", "cayley", STEPS);
    struct training_result result;
    CHECK_OK(watched(&watcher, &result));
    assert_int_equal(watcher.n_calls, STEPS);
    assert_memory_equal(watcher.losses, result.loss_history, sizeof watcher.losses);
    struct training_result unwatched = training_case_run(&training);
    check_same_results(&result, &unwatched);
    training_release(&result);
    training_release(&unwatched);
}

static void a_watcher_can_stop_at_any_step(void **state)
{
    (void)state;
    static const int LAST[] = {1, 2, STEPS - 1, STEPS};
    for (int i = 0; i < 4; i++) {
        char part[64];
        struct watcher watcher = {.stop_after = LAST[i]};
        struct training_result result;
        (void)snprintf(part, sizeof part, "stopped at step %d", LAST[i] - 1);
        CHECK_FAILS(watched(&watcher, &result), STATUS_STOPPED, part);
        assert_int_equal(watcher.n_calls, LAST[i]);
        assert_null(result.network.weight_hh);
        assert_null(result.loss_history);
    }
}

/* ---- on the way ---------------------------------------------------------------------------------
 */

/* What was kept of a training, in memory. */
struct keeper {
    struct training_state state;
    double room[5][1024];
    int stop_after; /* so many steps */
};

static bool go_on_until(void *context, int step, int steps, double loss)
{
    const struct keeper *const keeper = context;
    (void)steps;
    (void)loss;
    return step + 1 != keeper->stop_after;
}

static void copy_state(struct training_state *to, const struct training_state *from)
{
    const size_t size = from->n_values * sizeof(double);
    assert_in_range(from->n_values, 1, 1024);
    to->step = from->step;
    memcpy(to->values, from->values, size);
    memcpy(to->moment_1, from->moment_1, size);
    memcpy(to->moment_2, from->moment_2, size);
    memcpy(to->mean, from->mean, size);
    memcpy(to->losses, from->losses, (size_t)from->step * sizeof(double));
}

static void save_state(void *context, const struct training_state *state, bool is_stopping)
{
    struct keeper *const keeper = context;
    assert_int_equal(is_stopping, state->step == keeper->stop_after);
    if (is_stopping) {
        keeper->state.n_values = state->n_values;
        copy_state(&keeper->state, state);
    }
}

static bool load_state(void *context, struct training_state *state)
{
    struct keeper *const keeper = context;
    if (keeper->state.step == 0) {
        return false;
    }
    assert_int_equal(state->n_values, keeper->state.n_values);
    copy_state(state, &keeper->state);
    return true;
}

/* Stopped after every so many steps and gone on with by another trainer, until it ends by itself.
 */
static struct training_result train_in_parts(const struct training_case *training, int part,
                                             int *n_parts)
{
    static struct keeper keeper;
    keeper = (struct keeper){.stop_after = part};
    keeper.state.values = keeper.room[0];
    keeper.state.moment_1 = keeper.room[1];
    keeper.state.moment_2 = keeper.room[2];
    keeper.state.mean = keeper.room[3];
    keeper.state.losses = keeper.room[4];
    const struct training_watcher watcher = {
        .go_on = go_on_until, .load = load_state, .save = save_state, .context = &keeper};
    struct training_result result;
    enum status status = STATUS_STOPPED;
    for (*n_parts = 0; status == STATUS_STOPPED; (*n_parts)++) {
        status = train_model(&training->spec, training->n_hidden, training->setting.task,
                             training->setting.params, &watcher, &result, &error);
        keeper.stop_after += part;
    }
    CHECK_OK(status);
    return result;
}

static void a_training_in_parts_has_the_same_bits(void **state)
{
    (void)state;
    for (int i = 0; CONSTRUCTIONS[i] != NULL; i++) {
        struct training_case training = training_case_begin("copy", CONSTRUCTIONS[i]->name, 30);
        struct training_result whole = training_case_run(&training);
        for (int part = 1; part < 30; part += 7) {
            int n_parts = 0;
            struct training_result found = train_in_parts(&training, part, &n_parts);
            assert_int_equal(n_parts, 30 / part + 1);
            check_same_results(&found, &whole);
            training_release(&found);
        }
        training_release(&whole);
    }
}

static void parts_stop_at_the_target_where_the_whole_does(void **state)
{
    (void)state;
    struct training_case training = steady_training();
    struct training_result shorter = after_steps(&training, 20); /* the mean is of those before */
    training.spec.recipe.steps = 60;
    training.spec.recipe.check = 6;
    training.spec.recipe.target = shorter.metric;
    struct training_result whole = run_under_key(&training);
    assert_true(whole.converged && whole.steps <= 24);
    for (int part = 1; part < 6; part += 2) {
        int n_parts = 0;
        struct training_result found = train_in_parts(&training, part, &n_parts);
        assert_true(n_parts > 1);
        check_same_results(&found, &whole);
        training_release(&found);
    }
    training_release(&shorter);
    training_release(&whole);
}

static void an_unknown_construction_is_an_internal_error(void **state)
{
    (void)state;
    struct training_case training = training_case_begin("sine", "cayley", 3);
    struct training_result result;
    (void)snprintf(training.spec.construction, TRAINING_NAME_SIZE, "sparse");
    CHECK_FAILS(train_model(&training.spec, training.n_hidden, training.setting.task,
                            training.setting.params, NULL, &result, &error),
                STATUS_INTERNAL, "sparse");
    assert_null(result.loss_history);
}

int test_train(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_spec_gives_the_same_bits),
        cmocka_unit_test(avx2_and_avx512_train_the_same_bits),
        cmocka_unit_test(a_key_is_all_that_chance_depends_on),
        cmocka_unit_test(held_out_trials_and_horizon_of_the_task_change_no_weight),
        cmocka_unit_test(every_construction_learns_every_task),
        cmocka_unit_test(the_history_has_every_step_and_the_loss_is_its_end),
        cmocka_unit_test(a_model_has_no_biases_and_starts_at_rest),
        cmocka_unit_test(float32_and_float64_differ_by_rounding),
        cmocka_unit_test(the_metric_is_that_of_the_network_on_fresh_trials),
        cmocka_unit_test(an_accuracy_converges_from_above_and_an_fvu_from_below),
        cmocka_unit_test(a_training_that_stops_is_the_one_that_was_shorter),
        cmocka_unit_test(what_stops_is_the_mean_of_late_steps),
        cmocka_unit_test(looking_at_the_metric_changes_nothing),
        cmocka_unit_test(the_target_itself_is_enough),
        cmocka_unit_test(a_watcher_sees_every_step_and_changes_nothing),
        cmocka_unit_test(a_watcher_can_stop_at_any_step),
        cmocka_unit_test(a_training_in_parts_has_the_same_bits),
        cmocka_unit_test(parts_stop_at_the_target_where_the_whole_does),
        cmocka_unit_test(an_unknown_construction_is_an_internal_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
