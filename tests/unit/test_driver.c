/* The driver over the loopback, with workers that only pretend to work. */
#include "support/check.h"
#include "support/crew.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

/* ---- a crew -------------------------------------------------------------------------------------
 */

/* What a crew does with its n-th report. */
enum trouble {
    NO_TROUBLE,
    REPORTS_FAILURE,
    REPORTS_ANOTHER_ITEM,
    REPORTS_TWICE,
    SENDS_GARBAGE,
    SENDS_HALF_A_REPORT,
    FALLS_SILENT
};

struct crew {
    struct comm *ends[MAX_ENDS];
    int n_workers;
    struct rng rng;
    struct packer packet;
    enum trouble trouble;
    int trouble_at; /* number of the report */
    int n_reports;
    int n_garbage; /* bytes of it */
    enum status training_failure;
    double item_seconds; /* what it says that items take */
    /* what was seen */
    struct item waiting[MAX_ENDS][DRIVER_MAX_DEPTH];
    int n_waiting[MAX_ENDS];
    int most_waiting;
    int n_items[MAX_ENDS];
    int swept[MAX_CASES];
    int trained[MAX_CASES];
    enum status failure_of_case[MAX_CASES];
    bool stopped[MAX_ENDS];
};

static void send_packet(struct crew *crew, int worker)
{
    CHECK_OK(
        comm_send(crew->ends[worker], COMM_DRIVER, crew->packet.bytes, crew->packet.size, &error));
}

static void send_report(struct crew *crew, int worker, const struct report *report)
{
    pack_clear(&crew->packet);
    message_pack_report(report, &crew->packet);
    send_packet(crew, worker);
}

static void send_garbage(struct crew *crew, int worker)
{
    pack_clear(&crew->packet);
    for (int i = 0; i < crew->n_garbage; i++) {
        const unsigned char byte = (unsigned char)rng_bits(&crew->rng);
        pack_bytes(&crew->packet, &byte, 1);
    }
    send_packet(crew, worker);
}

static void make_trouble(struct crew *crew, int worker, struct report *report)
{
    switch (crew->trouble) {
    case REPORTS_FAILURE:
        report->status = STATUS_IO;
        (void)snprintf(report->message, sizeof report->message, "out.h5: disk full");
        send_report(crew, worker, report);
        break;
    case REPORTS_ANOTHER_ITEM:
        report->item += 1000;
        send_report(crew, worker, report);
        break;
    case REPORTS_TWICE:
        send_report(crew, worker, report);
        send_report(crew, worker, report);
        break;
    case SENDS_GARBAGE:
        send_garbage(crew, worker);
        break;
    case SENDS_HALF_A_REPORT:
        pack_clear(&crew->packet);
        message_pack_report(report, &crew->packet);
        crew->packet.size /= 2;
        send_packet(crew, worker);
        break;
    case NO_TROUBLE:
    case FALLS_SILENT:
        break;
    }
}

static void send_news(struct crew *crew, int worker, int64_t item)
{
    const struct training_news news = {item, 1, 10, 0.5};
    pack_clear(&crew->packet);
    message_pack_training(&news, &crew->packet);
    send_packet(crew, worker);
}

static struct report work_on(struct crew *crew, int worker, const struct item *item)
{
    struct report report = {.item = item->id, .seconds = crew->item_seconds};
    if (item->kind == ITEM_TRAIN) {
        send_news(crew, worker, item->id);
        crew->trained[item->index]++;
        report.failure = crew->training_failure;
        (void)snprintf(report.message, sizeof report.message, "no luck");
        return report;
    }
    crew->swept[item->index]++;
    crew->failure_of_case[item->index] = item->failure;
    for (int job = 0; job < item->n_jobs; job++) {
        report.n_done += item_wants(item, job) && item->failure == STATUS_OK;
        report.n_failed += item_wants(item, job) && item->failure != STATUS_OK;
    }
    return report;
}

/* The oldest item of a worker. */
static void work_on_next(struct crew *crew, int worker)
{
    struct item item = crew->waiting[worker][0];
    crew->n_waiting[worker]--;
    memmove(crew->waiting[worker], crew->waiting[worker] + 1,
            (size_t)crew->n_waiting[worker] * sizeof item);
    struct report report = work_on(crew, worker, &item);
    item_release(&item);
    crew->n_items[worker]++;
    if (++crew->n_reports == crew->trouble_at && crew->trouble != NO_TROUBLE) {
        make_trouble(crew, worker, &report);
    } else {
        send_report(crew, worker, &report);
    }
}

static void drop_waiting(struct crew *crew, int worker)
{
    while (crew->n_waiting[worker] > 0) {
        item_release(&crew->waiting[worker][--crew->n_waiting[worker]]);
    }
}

/* Takes all packets of a worker; false when there was none. */
static bool open_box(struct crew *crew, int worker)
{
    int from = -1;
    bool got = false;
    bool any = false;
    CHECK_OK(comm_receive(crew->ends[worker], &from, &crew->packet, &got, &error));
    while (got) {
        any = true;
        assert_int_equal(from, COMM_DRIVER);
        assert_false(crew->stopped[worker]); /* nothing comes after a stop */
        if (message_kind_of(&crew->packet) == MESSAGE_STOP) {
            crew->stopped[worker] = true;
            drop_waiting(crew, worker);
            pack_clear(&crew->packet);
            message_pack_farewell(&crew->packet);
            send_packet(crew, worker);
        } else {
            const int place = crew->n_waiting[worker]++;
            assert_true(place < DRIVER_MAX_DEPTH); /* no more than that in flight */
            crew->most_waiting = place < crew->most_waiting ? crew->most_waiting : place + 1;
            CHECK_OK(message_unpack_item(&crew->packet, &crew->waiting[worker][place], &error));
        }
        CHECK_OK(comm_receive(crew->ends[worker], &from, &crew->packet, &got, &error));
    }
    return any;
}

/* What arrived, then one item; false when there was nothing to do. */
static bool step_worker(struct crew *crew, int worker)
{
    const bool any = open_box(crew, worker);
    const bool works = crew->n_waiting[worker] > 0;
    if (works) {
        work_on_next(crew, worker);
    }
    return any || works;
}

/* Somebody works: the workers are asked in an order that is different every time. */
static enum status idle(void *context, bool *worked, struct error *reason)
{
    struct crew *const crew = context;
    const int first = (int)rng_below(&crew->rng, (uint64_t)crew->n_workers);
    *worked = false;
    for (int i = 0; i < crew->n_workers && !*worked; i++) {
        *worked = step_worker(crew, 1 + (first + i) % crew->n_workers);
    }
    return *worked || crew->trouble != FALLS_SILENT
               ? STATUS_OK
               : error_set(reason, STATUS_IO, "the crew is silent");
}

static void crew_begin(struct crew *crew, int n_workers)
{
    *crew = (struct crew){.n_workers = n_workers,
                          .item_seconds = 1.0,
                          .rng = rng_stream((struct rng_key){{1, 1}}, 0, 0)};
    CHECK_OK(comm_loopback_create(crew->ends, n_workers + 1, idle, crew, &error));
}

/* Everybody reads what is left; each must have been stopped. */
static void crew_end(struct crew *crew)
{
    for (int worker = 1; worker <= crew->n_workers; worker++) {
        crew->trouble = NO_TROUBLE;
        while (step_worker(crew, worker)) {
        }
        assert_true(crew->stopped[worker]);
    }
    comm_loopback_destroy(crew->ends);
    pack_release(&crew->packet);
}

/* ---- a run --------------------------------------------------------------------------------------
 */

/* What the queue is made of. Model i belongs to case i. */
struct plan {
    int n_cases;
    unsigned char final[MAX_CASES * JOBS];
    unsigned char missing[MAX_CASES];
    FILE *stream; /* of the progress, NULL for none */
};

static enum status run(struct crew *crew, const struct plan *plan, struct queue_counts *counts)
{
    int models[MAX_CASES];
    double costs[MAX_CASES] = {0};
    struct queue *queue = NULL;
    struct progress progress;
    struct sweep sweep = sample_sweep(MAX_CASES, 1, 1);
    for (int i = 0; i < MAX_CASES; i++) {
        models[i] = i;
    }
    const struct queue_input input = {.n_cases = plan->n_cases,
                                      .jobs_per_case = JOBS,
                                      .final = plan->final,
                                      .model_of_case = models,
                                      .cost = costs,
                                      .n_models = plan->n_cases,
                                      .missing = plan->missing,
                                      .training_cost = costs,
                                      .n_workers = crew->n_workers};
    CHECK_OK(queue_create(&queue, &input, &error));
    *counts = queue_counts(queue);
    CHECK_OK(progress_begin(&progress, plan->stream,
                            plan->stream != NULL ? PROGRESS_LINES : PROGRESS_NONE, crew->n_workers,
                            &sweep, counts, driver_clock(), &error));
    bool abandoned = false;
    const struct driver_options options = {.end_time = INFINITY, .patience = INFINITY};
    const enum status status =
        driver_run(crew->ends[COMM_DRIVER], queue, &progress, &options, &abandoned, &error);
    *counts = queue_counts(queue);
    progress_release(&progress);
    queue_destroy(&queue);
    sweep_release(&sweep);
    return status;
}

static void check_all_swept(const struct crew *crew, int n_cases)
{
    for (int i = 0; i < MAX_CASES; i++) {
        assert_int_equal(crew->swept[i], i < n_cases);
    }
}

static void any_number_of_workers_does_everything_once(void **state)
{
    (void)state;
    for (int n_workers = 1; n_workers <= MAX_WORKERS; n_workers++) {
        for (int n_cases = 0; n_cases <= MAX_CASES; n_cases++) {
            struct crew crew;
            struct queue_counts counts;
            struct plan plan = {.n_cases = n_cases};
            crew_begin(&crew, n_workers);
            CHECK_OK(crew_run(&crew, &plan, &counts, &error));
            crew_end(&crew);
            check_all_swept(&crew, n_cases);
            assert_int_equal(counts.n_finished, n_cases);
            assert_int_equal(counts.n_done, n_cases * JOBS);
            assert_int_equal(counts.n_failed, 0);
            assert_int_equal(counts.n_busy, 0);
        }
    }
}

/* Items that one worker has at once when all take that long. */
static int most_waiting_of(double item_seconds)
{
    struct crew crew;
    struct queue_counts counts;
    const struct plan plan = {.n_cases = MAX_CASES};
    crew_begin(&crew, 1);
    crew.item_seconds = item_seconds;
    CHECK_OK(run(&crew, &plan, &counts));
    crew_end(&crew);
    check_all_swept(&crew, MAX_CASES);
    return crew.most_waiting;
}

static void short_items_wait_in_greater_numbers(void **state)
{
    (void)state;
    assert_int_equal(most_waiting_of(1.0), DRIVER_DEPTH);
    assert_true(most_waiting_of(1e-6) > DRIVER_DEPTH);
    assert_true(most_waiting_of(1e-6) <= MAX_CASES / 2); /* and the rest stays for others */
}

static void nobody_gets_a_second_item_before_all_have_one(void **state)
{
    (void)state;
    for (int n_cases = 1; n_cases <= MAX_WORKERS; n_cases++) {
        struct crew crew;
        struct queue_counts counts;
        struct plan plan = {.n_cases = n_cases};
        crew_begin(&crew, MAX_WORKERS);
        CHECK_OK(crew_run(&crew, &plan, &counts, &error));
        crew_end(&crew);
        for (int worker = 1; worker <= MAX_WORKERS; worker++) {
            assert_int_equal(crew.n_items[worker], worker <= n_cases);
        }
    }
}

static void only_pending_jobs_count(void **state)
{
    (void)state;
    struct crew crew;
    struct queue_counts counts;
    struct plan plan = {.n_cases = 4};
    memset(plan.final, 1, 2 * JOBS + 3);
    crew_begin(&crew, 2);
    CHECK_OK(crew_run(&crew, &plan, &counts, &error));
    crew_end(&crew);
    assert_int_equal(counts.n_items, 2);
    assert_int_equal(counts.n_done, 2 * JOBS - 3);
}

static void missing_models_are_trained_before_their_cases(void **state)
{
    (void)state;
    for (int n_workers = 1; n_workers <= 3; n_workers++) {
        struct crew crew;
        struct queue_counts counts;
        struct plan plan = {.n_cases = 6, .missing = {0, 1, 0, 1, 1, 0}};
        crew_begin(&crew, n_workers);
        CHECK_OK(crew_run(&crew, &plan, &counts, &error));
        crew_end(&crew);
        check_all_swept(&crew, 6);
        for (int i = 0; i < MAX_CASES; i++) {
            assert_int_equal(crew.trained[i], plan.missing[i]);
        }
        assert_int_equal(counts.n_trained, 3);
        assert_int_equal(counts.n_done, 6 * JOBS);
    }
}

static void the_cases_of_a_failed_training_fail(void **state)
{
    (void)state;
    struct crew crew;
    struct queue_counts counts;
    struct plan plan = {.n_cases = 3, .missing = {0, 1, 0}};
    crew_begin(&crew, 2);
    crew.training_failure = STATUS_JOB_TRAINING_DIVERGED;
    CHECK_OK(crew_run(&crew, &plan, &counts, &error));
    crew_end(&crew);
    check_all_swept(&crew, 3);
    assert_int_equal(crew.failure_of_case[0], STATUS_OK);
    assert_int_equal(crew.failure_of_case[1], STATUS_JOB_TRAINING_DIVERGED);
    assert_int_equal(counts.n_diverged, 1);
    assert_int_equal(counts.n_failed, JOBS);
    assert_int_equal(counts.n_done, 2 * JOBS);
}

/* ---- trouble ------------------------------------------------------------------------------------
 */

/* Whatever a worker does, all are told to stop and the run ends with that status. */
static void check_trouble(enum trouble trouble, int n_garbage, enum status expected,
                          const char *message)
{
    for (int at = 1; at <= 9; at += 4) {
        struct crew crew;
        struct queue_counts counts;
        struct plan plan = {.n_cases = MAX_CASES};
        crew_begin(&crew, 3);
        crew.trouble = trouble;
        crew.trouble_at = at;
        crew.n_garbage = n_garbage;
        CHECK_FAILS(crew_run(&crew, &plan, &counts, &error), expected, message);
        crew_end(&crew);
    }
}

static void a_worker_that_cannot_go_on_ends_the_run_with_its_words(void **state)
{
    (void)state;
    check_trouble(REPORTS_FAILURE, 0, STATUS_IO, "out.h5: disk full");
}

static void an_item_that_the_worker_does_not_have_is_an_internal_error(void **state)
{
    (void)state;
    check_trouble(REPORTS_ANOTHER_ITEM, 0, STATUS_INTERNAL, "which it does not have");
    check_trouble(REPORTS_TWICE, 0, STATUS_INTERNAL, "which it does not have");
}

static void malformed_bytes_are_an_internal_error(void **state)
{
    (void)state;
    static const int SIZES[] = {1, 3, 4, 20, 48, 1000};
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        check_trouble(SENDS_GARBAGE, SIZES[i], STATUS_INTERNAL, "malformed report message");
    }
    check_trouble(SENDS_HALF_A_REPORT, 0, STATUS_INTERNAL, "malformed report message");
}

static void a_failure_of_the_transport_ends_the_run(void **state)
{
    (void)state;
    check_trouble(FALLS_SILENT, 0, STATUS_IO, "the crew is silent");
}

/* ---- progress -----------------------------------------------------------------------------------
 */

static void the_end_is_shown_after_success_and_failure(void **state)
{
    (void)state;
    for (int failing = 0; failing < 2; failing++) {
        struct crew crew;
        struct queue_counts counts;
        char *text = NULL;
        size_t size = 0;
        struct plan plan = {.n_cases = 2, .stream = open_memstream(&text, &size)};
        crew_begin(&crew, 1);
        crew.trouble = failing ? REPORTS_FAILURE : NO_TROUBLE;
        crew.trouble_at = 2;
        const enum status status = crew_run(&crew, &plan, &counts, &error);
        assert_int_equal(status, failing ? STATUS_IO : STATUS_OK);
        (void)fclose(plan.stream);
        assert_ptr_equal(strstr(text, failing ? "5 jobs in" : "10 jobs in"), text);
        assert_non_null(strstr(text, failing ? "5 of 10 done\n" : "10 of 10 done\n"));
        free(text);
        crew_end(&crew);
    }
}

static void the_clock_runs_forward(void **state)
{
    (void)state;
    double last = driver_clock();
    for (int i = 0; i < 1000; i++) {
        const double now = driver_clock();
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_workers_does_everything_once),
        cmocka_unit_test(short_items_wait_in_greater_numbers),
        cmocka_unit_test(nobody_gets_a_second_item_before_all_have_one),
        cmocka_unit_test(only_pending_jobs_count),
        cmocka_unit_test(missing_models_are_trained_before_their_cases),
        cmocka_unit_test(the_cases_of_a_failed_training_fail),
        cmocka_unit_test(a_worker_that_cannot_go_on_ends_the_run_with_its_words),
        cmocka_unit_test(an_item_that_the_worker_does_not_have_is_an_internal_error),
        cmocka_unit_test(malformed_bytes_are_an_internal_error),
        cmocka_unit_test(a_failure_of_the_transport_ends_the_run),
        cmocka_unit_test(the_end_is_shown_after_success_and_failure),
        cmocka_unit_test(the_clock_runs_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
