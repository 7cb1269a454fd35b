/* schursweep status RESULTS */
#include "cli/commands/command.h"
#include "cli/json_text.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "cli/standing.h"
#include "driver/progress.h"
#include "report/names.h"
#include "report/study_data.h"
#include "store/lock.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

enum { SLOWEST_SHOWN = 3, INDENT = 10 };

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

/* Trainings are told by rows of the file. */
static int case_of_row(const struct study_data *data, int row)
{
    int i = 0;
    while (i + 1 < data->n_cases && data->cases[i].row != row) {
        i++;
    }
    return i;
}

static void print_training(const struct screen *screen, const struct standing *standing,
                           const struct study_data *data, const struct short_names *names)
{
    const struct training_mark *const marks = data->inputs[0].trainings;
    if (standing->n_models > 0) {
        screen_say(screen, INDENT, "models    %d of %d trained", standing->n_trained,
                   standing->n_models);
    }
    for (int k = 0; k < TRAININGS_SHOWN && standing->training[k] >= 0; k++) {
        const struct training_mark *const mark = &marks[standing->training[k]];
        screen_say(screen, INDENT, "%s step %d of %d, loss %.3g: %s",
                   k == 0 ? "training " : "         ", mark->step, mark->steps, mark->loss,
                   names->of[case_of_row(data, standing->training[k])]);
    }
    if (standing->n_training > TRAININGS_SHOWN) {
        screen_say(screen, INDENT, "          and %d more", standing->n_training - TRAININGS_SHOWN);
    }
}

static void print_times(const struct screen *screen, const struct standing *standing)
{
    char text[32];
    if (standing->last.start_time != 0) {
        screen_say(screen, INDENT, "start     number %d, %d ranks on %s%s%s", standing->starts,
                   standing->last.n_ranks, standing->last.host,
                   standing->last.job[0] != '\0' ? ", job " : "", standing->last.job);
        progress_duration(standing->wall_seconds, text, sizeof text);
        screen_say(screen, INDENT, "time      %s, %.3g core-hours%s", text, standing->core_hours,
                   standing->n_killed > 0 ? ", without starts that were killed" : "");
    }
    if (!isnan(standing->rate)) {
        progress_duration(standing->elapsed, text, sizeof text);
        screen_say(screen, INDENT, "rate      %.1f jobs/s over %s", standing->rate, text);
    }
    if (!isnan(standing->remaining)) {
        progress_duration(standing->remaining, text, sizeof text);
        screen_say(screen, INDENT, "left      %s%s", text,
                   standing->n_trained < standing->n_models ? " of training" : "");
    }
}

static void print_plain(const struct standing *standing, const struct study_data *data,
                        const struct short_names *names, const char *file)
{
    const struct screen screen = screen_of(stdout);
    int slowest[SLOWEST_SHOWN];
    double seconds[SLOWEST_SHOWN];
    char text[COMMAND_SIZE];
    screen_say_in(&screen, STYLE_BOLD, INDENT, "%s: %s", file, standing_state(standing));
    screen_say_in(&screen, standing->counts.n_failed > 0 ? STYLE_BAD : STYLE_PLAIN, INDENT,
                  "jobs      %lld done, %lld failed, %lld pending of %lld in %d cases",
                  (long long)standing->counts.n_done, (long long)standing->counts.n_failed,
                  (long long)standing->counts.n_pending, (long long)standing->n_jobs,
                  data->n_cases);
    print_training(&screen, standing, data, names);
    print_times(&screen, standing);
    find_slowest(data, slowest, seconds);
    for (int k = 0; k < SLOWEST_SHOWN && slowest[k] >= 0; k++) {
        progress_duration(seconds[k], text, sizeof text);
        screen_say(&screen, INDENT, "%s%-9s %s on %s", k == 0 ? "slowest   " : "          ", text,
                   names->of[slowest[k]], study_text(data, "task", slowest[k]));
    }
    standing_next(standing, file, text, sizeof text);
    screen_say(&screen, INDENT, "next      %s", text);
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *model_json(const struct study_data *data, int case_index)
{
    return json_text_or_null(study_text(data, "model", case_index));
}

static json_t *training_json(const struct standing *standing, const struct study_data *data)
{
    json_t *const list = json_array();
    for (int k = 0; k < TRAININGS_SHOWN && standing->training[k] >= 0; k++) {
        const int i = standing->training[k];
        const struct training_mark *const mark = &data->inputs[0].trainings[i];
        json_t *const entry =
            json_pack("{s:o, s:i, s:i, s:o}", "model", model_json(data, case_of_row(data, i)),
                      "step", mark->step, "steps", mark->steps, "loss", number_or_null(mark->loss));
        (void)json_array_append_new(list, entry);
    }
    return json_pack("{s:i, s:i, s:i, s:o}", "n", standing->n_models, "trained",
                     standing->n_trained, "in_training", standing->n_training, "furthest", list);
}

static enum status print_json(const struct standing *standing, const struct study_data *data,
                              const char *file, struct error *error)
{
    int slowest[SLOWEST_SHOWN];
    double seconds[SLOWEST_SHOWN];
    char next[COMMAND_SIZE];
    json_t *const list = json_array();
    find_slowest(data, slowest, seconds);
    standing_next(standing, file, next, sizeof next);
    for (int k = 0; k < SLOWEST_SHOWN && slowest[k] >= 0; k++) {
        json_t *const entry = json_pack(
            "{s:o, s:o, s:f}", "model", model_json(data, slowest[k]), "task",
            json_text_or_null(study_text(data, "task", slowest[k])), "seconds", seconds[k]);
        (void)json_array_append_new(list, entry);
    }
    json_t *const root = json_pack(
        "{s:o, s:s, s:b, s:I, s:I, s:I, s:I, s:i, s:o, s:i, s:o, s:f, s:f, s:o, s:o, s:o, s:o}",
        "file", json_text_or_null(file), "state", standing_state(standing), "running",
        (int)standing->running, "jobs", (json_int_t)standing->n_jobs, "done",
        (json_int_t)standing->counts.n_done, "failed", (json_int_t)standing->counts.n_failed,
        "pending", (json_int_t)standing->counts.n_pending, "cases", data->n_cases, "models",
        training_json(standing, data), "starts", standing->starts, "elapsed",
        number_or_null(standing->elapsed), "wall_seconds", standing->wall_seconds, "core_hours",
        standing->core_hours, "rate", number_or_null(standing->rate), "remaining",
        number_or_null(standing->remaining), "slowest", list, "next", json_text_or_null(next));
    if (root == NULL) {
        return error_set(error, STATUS_INTERNAL, "cannot make JSON of the status");
    }
    (void)json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(JSON_DIGITS));
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
    struct short_names names = {0};
    enum status status = STATUS_OK;
    TRY(options_parse(argc, argv, &OPTIONS, &json, &file, error));
    const bool running = lock_is_held(file);
    TRY(study_data_read(&data, &file, 1, NULL, error));
    const struct standing standing =
        standing_of(&data.inputs[0], study_count_jobs(&data), running, (int64_t)time(NULL));
    if (context->rank == 0 && json) {
        status = print_json(&standing, &data, file, error);
    } else if (context->rank == 0) {
        status = short_names_create(&names, &data, error);
        if (status == STATUS_OK) {
            print_plain(&standing, &data, &names, file);
        }
        short_names_release(&names);
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
