/* schursweep status RESULTS */
#include "cli/commands/command.h"
#include "cli/json_text.h"
#include "cli/options.h"
#include "core/memory.h"
#include "driver/progress.h"
#include "store/case_table.h"
#include "store/lock.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SLOWEST_SHOWN = 3 };

struct standing {
    bool running;
    int64_t n_jobs;
    int64_t n_done;
    int64_t n_failed;
    int64_t n_pending;
    int starts;
    struct epoch last; /* start_time 0 when there is none */
    double elapsed;    /* seconds of the last start so far; NaN when it was killed */
    double rate;       /* jobs per second of it; NaN when not known */
    double remaining;  /* seconds; NaN when not running */
};

static const enum variable_id READ[] = {VAR_MODEL,           VAR_TASK,
                                        VAR_STATE,           VAR_SECONDS,
                                        VAR_PARTITION_STATE, VAR_PARTITION_SECONDS,
                                        VAR_HIDDEN,          VAR_CASE_STATE,
                                        VAR_PARTITION_N_R};

static void count_row(struct standing *standing, const uint8_t *state, int n_ablations)
{
    for (int i = 0; i < n_ablations; i++) {
        standing->n_done += state[i] == JOB_DONE;
        standing->n_failed += state[i] == JOB_FAILED;
    }
    standing->n_jobs += n_ablations;
}

static void count_jobs(struct standing *standing, const struct case_table *table)
{
    const uint8_t *const state = table->values[VAR_STATE];
    const uint8_t *const partition_state = table->values[VAR_PARTITION_STATE];
    for (int i = 0; i < table->n_cases; i++) {
        for (int alpha = 0; alpha < table->n_alphas; alpha++) {
            count_row(standing, state + case_table_job(table, i, alpha, 0), table->n_ablations);
        }
        const int n_partitions = case_table_partitions(table, i);
        for (int p = 0; p < n_partitions; p++) {
            count_row(standing, partition_state + case_table_partition_job(table, i, p, 0),
                      table->n_ablations);
        }
    }
    standing->n_pending = standing->n_jobs - standing->n_done - standing->n_failed;
}

static void judge_speed(struct standing *standing, const struct epoch *epochs)
{
    for (int i = 0; i < RESULTS_EPOCHS && epochs[i].start_time != 0; i++) {
        standing->last = epochs[i];
        standing->starts++;
    }
    standing->elapsed = NAN;
    standing->rate = NAN;
    standing->remaining = NAN;
    const struct epoch *const last = &standing->last;
    const int64_t end = standing->running ? (int64_t)time(NULL) : last->end_time;
    if (last->start_time == 0 || end == 0) {
        return;
    }
    standing->elapsed = (double)(end - last->start_time);
    const int64_t here = standing->n_done + standing->n_failed - last->done_at_start;
    if (standing->elapsed > 0.0) {
        standing->rate = (double)here / standing->elapsed;
    }
    if (standing->running && standing->rate > 0.0) {
        standing->remaining = (double)standing->n_pending / standing->rate;
    }
}

static double sum_seconds(const struct case_table *table, enum variable_id id, size_t first,
                          int n_rows)
{
    double total = 0.0;
    for (size_t i = 0; i < (size_t)n_rows * (size_t)table->n_ablations; i++) {
        const double seconds = case_table_real(table, id, first + i);
        total += isnan(seconds) ? 0.0 : seconds;
    }
    return total;
}

/* The slowest cases, slowest first; slowest[i] = -1 beyond the last with any time. */
static void find_slowest(const struct case_table *table, int *slowest, double *seconds)
{
    for (int k = 0; k < SLOWEST_SHOWN; k++) {
        slowest[k] = -1;
        seconds[k] = 0.0;
    }
    for (int i = 0; i < table->n_cases; i++) {
        int best = i;
        double time =
            sum_seconds(table, VAR_SECONDS, case_table_job(table, i, 0, 0), table->n_alphas) +
            sum_seconds(table, VAR_PARTITION_SECONDS, case_table_partition_job(table, i, 0, 0),
                        table->n_partitions);
        for (int k = 0; k < SLOWEST_SHOWN; k++) {
            if (time > seconds[k]) {
                const double old_time = seconds[k];
                const int old = slowest[k];
                seconds[k] = time;
                slowest[k] = best;
                time = old_time;
                best = old;
            }
        }
    }
}

static const char *state_name(const struct standing *standing)
{
    if (standing->running) {
        return "running";
    }
    return standing->n_pending == 0 ? "complete" : "stopped, run the same command again";
}

static void print_plain(const struct standing *standing, const struct case_table *table,
                        const char *file)
{
    int slowest[SLOWEST_SHOWN];
    double seconds[SLOWEST_SHOWN];
    char text[32];
    (void)printf("%s: %s\n", file, state_name(standing));
    (void)printf("jobs      %lld done, %lld failed, %lld pending of %lld in %d cases\n",
                 (long long)standing->n_done, (long long)standing->n_failed,
                 (long long)standing->n_pending, (long long)standing->n_jobs, table->n_cases);
    if (standing->last.start_time != 0) {
        (void)printf("start     number %d, %d ranks on %s%s%s\n", standing->starts,
                     standing->last.n_ranks, standing->last.host,
                     standing->last.job[0] != '\0' ? ", job " : "", standing->last.job);
    }
    if (!isnan(standing->rate)) {
        progress_duration(standing->elapsed, text, sizeof text);
        (void)printf("rate      %.1f jobs/s over %s\n", standing->rate, text);
    }
    if (!isnan(standing->remaining)) {
        progress_duration(standing->remaining, text, sizeof text);
        (void)printf("left      %s\n", text);
    }
    find_slowest(table, slowest, seconds);
    for (int k = 0; k < SLOWEST_SHOWN && slowest[k] >= 0; k++) {
        progress_duration(seconds[k], text, sizeof text);
        (void)printf("%s%-9s %s on %s\n", k == 0 ? "slowest   " : "          ", text,
                     case_table_text(table, VAR_MODEL, slowest[k]),
                     case_table_text(table, VAR_TASK, slowest[k]));
    }
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *slowest_json(const struct case_table *table)
{
    int slowest[SLOWEST_SHOWN];
    double seconds[SLOWEST_SHOWN];
    json_t *const list = json_array();
    find_slowest(table, slowest, seconds);
    for (int k = 0; k < SLOWEST_SHOWN && slowest[k] >= 0; k++) {
        json_t *const entry = json_pack(
            "{s:o, s:o, s:f}", "model",
            json_text_or_null(case_table_text(table, VAR_MODEL, slowest[k])), "task",
            json_text_or_null(case_table_text(table, VAR_TASK, slowest[k])), "seconds", seconds[k]);
        (void)json_array_append_new(list, entry);
    }
    return list;
}

static enum status print_json(const struct standing *standing, const struct case_table *table,
                              const char *file, struct error *error)
{
    json_t *const root = json_pack(
        "{s:o, s:s, s:b, s:I, s:I, s:I, s:I, s:i, s:i, s:o, s:o, s:o, s:o}", "file",
        json_text_or_null(file), "state", state_name(standing), "running", (int)standing->running,
        "jobs", (json_int_t)standing->n_jobs, "done", (json_int_t)standing->n_done, "failed",
        (json_int_t)standing->n_failed, "pending", (json_int_t)standing->n_pending, "cases",
        table->n_cases, "starts", standing->starts, "elapsed", number_or_null(standing->elapsed),
        "rate", number_or_null(standing->rate), "remaining", number_or_null(standing->remaining),
        "slowest", slowest_json(table));
    if (root == NULL) {
        return error_set(error, STATUS_INTERNAL, "cannot make JSON of the status");
    }
    (void)json_dumpf(root, stdout, JSON_INDENT(2));
    (void)printf("\n");
    json_decref(root);
    return STATUS_OK;
}

static enum status read_standing(const char *file, struct standing *standing,
                                 struct case_table *table, struct error *error)
{
    struct results results;
    struct epoch epochs[RESULTS_EPOCHS];
    *standing = (struct standing){.running = lock_is_held(file)};
    TRY(results_open(&results, file, RESULTS_READ, error));
    enum status status = results_read_epochs(&results, epochs, error);
    if (status == STATUS_OK) {
        status = case_table_read(table, &results, READ, sizeof READ / sizeof READ[0], error);
    }
    struct error ignored;
    (void)!results_close(&results, &ignored);
    TRY(status);
    count_jobs(standing, table);
    judge_speed(standing, epochs);
    return STATUS_OK;
}

static const struct option_table OPTIONS = {
    .file = "results file", .options = {{"--json", '\0', NULL, "the same for programs", 0}}};

static enum status command_status(const struct command_context *context, int argc, char **argv,
                                  struct error *error)
{
    const char *file = NULL;
    bool json = false;
    struct standing standing;
    struct case_table table;
    TRY(options_parse(argc, argv, &OPTIONS, &json, &file, error));
    TRY(read_standing(file, &standing, &table, error));
    enum status status = STATUS_OK;
    if (context->rank == 0 && json) {
        status = print_json(&standing, &table, file, error);
    } else if (context->rank == 0) {
        print_plain(&standing, &table, file);
    }
    case_table_release(&table);
    return status;
}

const struct command COMMAND_STATUS = {
    .name = "status",
    .arguments = "RESULTS",
    .summary = "how far a sweep is, also while it runs",
    .options = &OPTIONS,
    .uses_mpi = false,
    .run = command_status,
};
