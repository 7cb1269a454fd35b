/* Over a results file: what the driver remembers of work units in flight, and what the next run
 * makes of it. */
#include "cli/inflight_journal.h"

#include "store/results_faults.h"
#include "support/check.h"
#include "support/results_sample.h"
#include "support/scratch.h"

#include <stdlib.h>

enum { CASES = 5 };

static struct error error;
static struct sweep sweep;
static struct results *results;
static struct inflight_journal journal;

/* Cases 0 and 1 are of model 0, case 3 of model 2, case 4 of model 3; nobody wants model 4. */
static int set_up(void **state)
{
    (void)state;
    static const int MODELS[CASES] = {0, 0, 1, 2, 3};
    sweep = sample_sweep(CASES, 2, 2);
    for (int i = 0; i < CASES; i++) {
        sweep.cases[i].model = MODELS[i];
    }
    results = open_new_results(&sweep);
    CHECK_OK(inflight_journal_begin(&journal, &sweep, results, false, &error));
    return 0;
}

static int tear_down(void **state)
{
    inflight_journal_release(&journal);
    inflight_journal_release(&journal); /* again: nothing happens */
    return close_new_results(&results, &sweep, state);
}

/* The run is killed, and another begins. */
static void begin_again(bool forgive)
{
    inflight_journal_release(&journal);
    CHECK_OK(inflight_journal_begin(&journal, &sweep, results, forgive, &error));
}

static void hand(enum work_kind kind, int index)
{
    CHECK_OK(journal.calls.note(journal.calls.context, UNIT_HANDED, kind, index, &error));
}

static void end(enum work_kind kind, int index)
{
    CHECK_OK(journal.calls.note(journal.calls.context, UNIT_ENDED, kind, index, &error));
}

static void give_back(int index)
{
    CHECK_OK(journal.calls.note(journal.calls.context, UNIT_RETURNED, WORK_SWEEP, index, &error));
}

static void cut_off(int index)
{
    CHECK_OK(journal.calls.note(journal.calls.context, UNIT_CUT_OFF, WORK_SWEEP, index, &error));
}

static void stall(enum work_kind kind, int index)
{
    CHECK_OK(journal.calls.note(journal.calls.context, UNIT_STALLED, kind, index, &error));
}

static void check_attempts(int a, int b, int c, int d, int e)
{
    const int expected[CASES] = {a, b, c, d, e};
    uint8_t attempts[CASES];
    CHECK_OK(results_read_attempts(results, attempts, &error));
    for (int i = 0; i < CASES; i++) {
        assert_int_equal(attempts[i], expected[i]);
    }
}

static uint8_t fault(int case_index, enum results_fault which)
{
    uint8_t faults[CASES * FAULT_COUNT];
    CHECK_OK(results_read_faults(results, faults, &error));
    return faults[case_index * FAULT_COUNT + (int)which];
}

static void a_new_file_remembers_nothing(void **state)
{
    (void)state;
    check_attempts(0, 0, 0, 0, 0);
    for (int i = 0; i < CASES; i++) {
        assert_int_equal(journal.case_failure[i], STATUS_OK);
        assert_int_equal(journal.training_failure[i], STATUS_OK);
        assert_int_equal(journal.attempts[i], 0);
    }
}

static void a_work_unit_is_remembered_while_it_is_in_flight(void **state)
{
    (void)state;
    hand(WORK_SWEEP, 3);
    hand(WORK_SWEEP, 1);
    check_attempts(0, 1, 0, 1, 0);
    end(WORK_SWEEP, 3);
    check_attempts(0, 1, 0, 0, 0);
}

static void a_training_stands_at_the_first_case_of_its_model(void **state)
{
    (void)state;
    hand(WORK_TRAIN, 0);
    hand(WORK_TRAIN, 2);
    check_attempts(1, 0, 0, 1, 0);
    end(WORK_TRAIN, 2);
    end(WORK_TRAIN, 0);
    check_attempts(0, 0, 0, 0, 0);
}

static void kills_in_a_row_add_up_until_the_work_unit_ends(void **state)
{
    (void)state;
    for (int kill = 1; kill <= 3; kill++) {
        hand(WORK_SWEEP, 2);
        check_attempts(0, 0, kill, 0, 0);
        begin_again(false);
        assert_int_equal(journal.attempts[2], kill);
        assert_int_equal(journal.case_failure[2], STATUS_OK); /* nobody's fault */
    }
    hand(WORK_SWEEP, 2);
    end(WORK_SWEEP, 2);
    check_attempts(0, 0, 0, 0, 0);
}

static void an_end_that_was_wished_for_leaves_no_trace(void **state)
{
    (void)state;
    hand(WORK_SWEEP, 2);
    begin_again(false); /* killed once */
    hand(WORK_SWEEP, 2);
    hand(WORK_SWEEP, 0);
    hand(WORK_SWEEP, 1);
    end(WORK_SWEEP, 1);
    check_attempts(1, 0, 2, 0, 0);
    give_back(2);
    give_back(0);
    check_attempts(0, 0, 1, 0, 0);
}

/* Ten short limits in a row: it comes last, and is not given up. */
static void what_is_cut_off_before_its_first_result_comes_last_for_ever(void **state)
{
    (void)state;
    for (int run = 0; run < 10; run++) {
        hand(WORK_SWEEP, 3);
        cut_off(3);
        check_attempts(0, 0, 0, 1, 0);
        begin_again(false);
        assert_int_equal(journal.attempts[3], 1);
        assert_int_equal(journal.case_failure[3], STATUS_OK);
    }
    hand(WORK_SWEEP, 3);
    give_back(3); /* not begun: still last */
    check_attempts(0, 0, 0, 1, 0);
    hand(WORK_SWEEP, 3);
    end(WORK_SWEEP, 3);
    check_attempts(0, 0, 0, 0, 0);
}

static void parts_of_a_case_are_remembered_until_the_last_has_ended(void **state)
{
    (void)state;
    hand(WORK_SWEEP, 2);
    hand(WORK_SWEEP, 2);
    hand(WORK_SWEEP, 2);
    end(WORK_SWEEP, 2);
    check_attempts(0, 0, 1, 0, 0);
    give_back(2);
    check_attempts(0, 0, 1, 0, 0);
    end(WORK_SWEEP, 2);
    check_attempts(0, 0, 0, 0, 0);
}

static void what_was_in_flight_in_many_ends_is_taken_for_their_reason(void **state)
{
    (void)state;
    for (int kill = 1; kill <= 6; kill++) {
        assert_int_equal(journal.case_failure[2], STATUS_OK);
        hand(WORK_SWEEP, 2);
        begin_again(false);
    }
    assert_int_equal(journal.case_failure[2], STATUS_JOB_CRASHED);
    begin_again(true); /* forgiven */
    assert_int_equal(journal.case_failure[2], STATUS_OK);
    check_attempts(0, 0, 0, 0, 0);
}

static void attempts_do_not_overflow(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        hand(WORK_SWEEP, 4);
        begin_again(false);
    }
    assert_in_range(journal.attempts[4], 200, 255);
}

/* ---- faults -------------------------------------------------------------------------------------
 */

static void two_stalls_of_a_sweep_end_its_trials(void **state)
{
    (void)state;
    stall(WORK_SWEEP, 1);
    begin_again(false);
    assert_int_equal(journal.case_failure[1], STATUS_OK);
    stall(WORK_SWEEP, 1);
    begin_again(false);
    assert_int_equal(fault(1, FAULT_SWEEP_TIMEOUT), 2);
    assert_int_equal(journal.case_failure[1], STATUS_JOB_TIMEOUT);
    assert_int_equal(journal.case_failure[0], STATUS_OK); /* the same model on another task */
    assert_int_equal(journal.training_failure[0], STATUS_OK);
}

static void two_stalls_of_a_training_end_its_trials(void **state)
{
    (void)state;
    stall(WORK_TRAIN, 2);
    stall(WORK_TRAIN, 2);
    begin_again(false);
    assert_int_equal(fault(3, FAULT_TRAINING_TIMEOUT), 2);
    assert_int_equal(journal.training_failure[2], STATUS_JOB_TIMEOUT);
    assert_int_equal(journal.case_failure[3], STATUS_OK);
    assert_int_equal(journal.training_failure[4], STATUS_OK); /* a model without a case */
}

static void check_judgement(int crashes, int timeouts, enum status expected)
{
    CHECK_OK(results_write_fault(results, 2, FAULT_SWEEP_CRASH, (uint8_t)crashes, &error));
    CHECK_OK(results_write_fault(results, 2, FAULT_SWEEP_TIMEOUT, (uint8_t)timeouts, &error));
    begin_again(false);
    assert_int_equal(journal.case_failure[2], expected);
}

static void crashes_and_stalls_count_together(void **state)
{
    (void)state;
    check_judgement(0, 1, STATUS_OK);
    check_judgement(1, 0, STATUS_OK);
    check_judgement(2, 0, STATUS_JOB_CRASHED);
    check_judgement(1, 1, STATUS_JOB_CRASHED);
    check_judgement(0, 2, STATUS_JOB_TIMEOUT);
    check_judgement(1, 2, STATUS_JOB_TIMEOUT);
    check_judgement(255, 3, STATUS_JOB_CRASHED);
}

static void what_is_forgiven_is_gone_from_the_file(void **state)
{
    (void)state;
    for (int which = 0; which < FAULT_COUNT; which++) {
        CHECK_OK(results_write_fault(results, which, (enum results_fault)which, 9, &error));
    }
    begin_again(true);
    for (int i = 0; i < CASES; i++) {
        assert_int_equal(journal.case_failure[i], STATUS_OK);
        assert_int_equal(journal.training_failure[i], STATUS_OK);
        for (int which = 0; which < FAULT_COUNT; which++) {
            assert_int_equal(fault(i, (enum results_fault)which), 0);
        }
    }
}

#define FLIGHT_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* ---- trainings ---- */

static struct training_mark mark_of(int case_index)
{
    struct training_mark marks[CASES];
    CHECK_OK(results_read_training(results, marks, &error));
    return marks[case_index];
}

static void begin_training(const unsigned char *missing, int64_t start)
{
    for (int i = 0; i < sweep.n_models; i++) {
        sweep.models[i].is_trained = i != 1;
        sweep.models[i].training.recipe.steps = 100 * (i + 1);
    }
    training_marks_release(&journal.training);
    CHECK_OK(training_marks_begin(&journal.training, &sweep, results, journal.first_case, missing,
                                  start, &error));
}

static void tell(int model, int step, double loss)
{
    const struct training_progress news = {.step = step, .steps = 0, .loss = loss};
    CHECK_OK(journal.calls.training(journal.calls.context, model, &news, &error));
}

static void trained(int model)
{
    CHECK_OK(journal.calls.training(journal.calls.context, model, NULL, &error));
}

static void check_mark(int case_index, int step, int steps, int64_t start)
{
    const struct training_mark mark = mark_of(case_index);
    assert_int_equal(mark.step, step);
    assert_int_equal(mark.steps, steps);
    assert_int_equal(mark.start, start);
}

static void a_training_is_known_at_the_first_case_of_its_model(void **state)
{
    (void)state;
    static const unsigned char missing[CASES] = {1, 0, 0, 1, 1};
    begin_training(missing, 2);
    check_mark(0, 0, 100, 2);
    check_mark(1, 0, 0, 0); /* of the same model */
    check_mark(2, 0, 0, 0); /* not trained here */
    check_mark(3, 300, 300, 0);
    tell(0, 40, 0.5);
    check_mark(0, 40, 100, 2);
    assert_true(mark_of(0).loss == 0.5);
    tell(0, 41, 0.25); /* too soon to be written again */
    check_mark(0, 40, 100, 2);
    trained(0);
    check_mark(0, 100, 100, 2);
}

static void a_training_that_was_cut_off_begins_again(void **state)
{
    (void)state;
    static const unsigned char all[CASES] = {1, 1, 1, 1, 1};
    static const unsigned char rest[CASES] = {0, 0, 1, 1, 1};
    begin_training(all, 1);
    trained(0);
    tell(2, 120, 0.5);
    begin_training(rest, 2);
    check_mark(0, 100, 100, 1); /* whoever has trained it stays known */
    check_mark(3, 0, 300, 2);
    assert_true(isnan(mark_of(3).loss));
}

int test_inflight_journal(void)
{
    const struct CMUnitTest tests[] = {
        FLIGHT_TEST(a_new_file_remembers_nothing),
        FLIGHT_TEST(a_work_unit_is_remembered_while_it_is_in_flight),
        FLIGHT_TEST(a_training_stands_at_the_first_case_of_its_model),
        FLIGHT_TEST(kills_in_a_row_add_up_until_the_work_unit_ends),
        FLIGHT_TEST(an_end_that_was_wished_for_leaves_no_trace),
        FLIGHT_TEST(what_is_cut_off_before_its_first_result_comes_last_for_ever),
        FLIGHT_TEST(parts_of_a_case_are_remembered_until_the_last_has_ended),
        FLIGHT_TEST(what_was_in_flight_in_many_ends_is_taken_for_their_reason),
        FLIGHT_TEST(attempts_do_not_overflow),
        FLIGHT_TEST(two_stalls_of_a_sweep_end_its_trials),
        FLIGHT_TEST(two_stalls_of_a_training_end_its_trials),
        FLIGHT_TEST(crashes_and_stalls_count_together),
        FLIGHT_TEST(what_is_forgiven_is_gone_from_the_file),
        FLIGHT_TEST(a_training_is_known_at_the_first_case_of_its_model),
        FLIGHT_TEST(a_training_that_was_cut_off_begins_again),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
