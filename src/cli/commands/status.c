/* schursweep status RESULTS */
#include "cli/commands/command.h"
#include "cli/json_text.h"
#include "cli/options.h"
#include "driver/progress.h"
#include "report/study_data.h"
#include "store/lock.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

enum { SLOWEST_SHOWN = 3 };

struct standing {
    bool running;
    int64_t n_jobs;
    struct job_counts counts;
    int starts;
    struct epoch last; /* start_time 0 when there is none */
    double elapsed;    /* seconds of the last start so far; NaN when it was killed */
    double rate;       /* jobs per second of it; NaN when not known */
    double remaining;  /* seconds; NaN when not running */
};

/* Of one results file, just read. */
static struct standing find_standing(const struct study_data *data, bool running)
{
    const struct job_counts counts = study_count_jobs(data);
    const struct epoch *const epochs = data->inputs[0].epochs;
    struct standing standing = {.running = running,
                                .n_jobs = counts.n_done + counts.n_failed + counts.n_pending,
                                .counts = counts,
                                .elapsed = NAN,
                                .rate = NAN,
                                .remaining = NAN};
    for (int i = 0; i < RESULTS_EPOCHS && epochs[i].start_time != 0; i++) {
        standing.last = epochs[i];
        standing.starts++;
    }
    const struct epoch *const last = &standing.last;
    const int64_t end = running ? (int64_t)time(NULL) : last->end_time;
    if (last->start_time == 0 || end == 0) {
        return standing;
    }
    standing.elapsed = (double)(end - last->start_time);
    const int64_t here = counts.n_done + counts.n_failed - last->done_at_start;
    if (standing.elapsed > 0.0) {
        standing.rate = (double)here / standing.elapsed;
    }
    if (running && standing.rate > 0.0) {
        standing.remaining = (double)counts.n_pending / standing.rate;
    }
    return standing;
}

static double case_seconds(const struct study_data *data, int case_index)
{
    static const char *const names[] = {"seconds", "partition_seconds"};
    const struct case_place place = data->cases[case_index];
    double total = 0.0;
    for (int k = 0; k < 2; k++) {
        const struct study_column *const column =
            results_input_column(&data->inputs[place.input], names[k]);
        const size_t n = column != NULL ? column->lengths[0] * column->lengths[1] : 0;
        const double *const seconds = n > 0 ? study_column_at(column, place.row, 0, 0) : NULL;
        for (size_t i = 0; i < n; i++) {
            total += isnan(seconds[i]) ? 0.0 : seconds[i];
        }
    }
    return total;
}

/* The slowest cases, slowest first; slowest[i] = -1 beyond the last with any time. */
static void find_slowest(const struct study_data *data, int *slowest, double *seconds)
{
    for (int k = 0; k < SLOWEST_SHOWN; k++) {
        slowest[k] = -1;
        seconds[k] = 0.0;
    }
    for (int i = 0; i < data->n_cases; i++) {
        int best = i;
        double time = case_seconds(data, i);
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
    return standing->running                 ? "running"
           : standing->counts.n_pending == 0 ? "complete"
                                             : "stopped, run the same command again";
}

static void print_plain(const struct standing *standing, const struct study_data *data,
                        const char *file)
{
    int slowest[SLOWEST_SHOWN];
    double seconds[SLOWEST_SHOWN];
    char text[32];
    (void)printf("%s: %s\n", file, state_name(standing));
    (void)printf("jobs      %lld done, %lld failed, %lld pending of %lld in %d cases\n",
                 (long long)standing->counts.n_done, (long long)standing->counts.n_failed,
                 (long long)standing->counts.n_pending, (long long)standing->n_jobs, data->n_cases);
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
    find_slowest(data, slowest, seconds);
    for (int k = 0; k < SLOWEST_SHOWN && slowest[k] >= 0; k++) {
        progress_duration(seconds[k], text, sizeof text);
        (void)printf("%s%-9s %s on %s\n", k == 0 ? "slowest   " : "          ", text,
                     study_text(data, "model", slowest[k]), study_text(data, "task", slowest[k]));
    }
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static enum status print_json(const struct standing *standing, const struct study_data *data,
                              const char *file, struct error *error)
{
    int slowest[SLOWEST_SHOWN];
    double seconds[SLOWEST_SHOWN];
    json_t *const list = json_array();
    find_slowest(data, slowest, seconds);
    for (int k = 0; k < SLOWEST_SHOWN && slowest[k] >= 0; k++) {
        json_t *const entry = json_pack(
            "{s:o, s:o, s:f}", "model", json_text_or_null(study_text(data, "model", slowest[k])),
            "task", json_text_or_null(study_text(data, "task", slowest[k])), "seconds", seconds[k]);
        (void)json_array_append_new(list, entry);
    }
    json_t *const root = json_pack(
        "{s:o, s:s, s:b, s:I, s:I, s:I, s:I, s:i, s:i, s:o, s:o, s:o, s:o}", "file",
        json_text_or_null(file), "state", state_name(standing), "running", (int)standing->running,
        "jobs", (json_int_t)standing->n_jobs, "done", (json_int_t)standing->counts.n_done, "failed",
        (json_int_t)standing->counts.n_failed, "pending", (json_int_t)standing->counts.n_pending,
        "cases", data->n_cases, "starts", standing->starts, "elapsed",
        number_or_null(standing->elapsed), "rate", number_or_null(standing->rate), "remaining",
        number_or_null(standing->remaining), "slowest", list);
    if (root == NULL) {
        return error_set(error, STATUS_INTERNAL, "cannot make JSON of the status");
    }
    (void)json_dumpf(root, stdout, JSON_INDENT(2));
    (void)printf("\n");
    json_decref(root);
    return STATUS_OK;
}

static const struct option_table OPTIONS = {
    .file = "results file", .options = {{"--json", '\0', NULL, "the same for programs", 0}}};

static enum status command_status(const struct command_context *context, int argc, char **argv,
                                  struct error *error)
{
    const char *file = NULL;
    bool json = false;
    struct study_data data;
    enum status status = STATUS_OK;
    TRY(options_parse(argc, argv, &OPTIONS, &json, &file, error));
    const bool running = lock_is_held(file);
    TRY(study_data_read(&data, &file, 1, NULL, error));
    const struct standing standing = find_standing(&data, running);
    if (context->rank == 0 && json) {
        status = print_json(&standing, &data, file, error);
    } else if (context->rank == 0) {
        print_plain(&standing, &data, file);
    }
    study_data_release(&data);
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
