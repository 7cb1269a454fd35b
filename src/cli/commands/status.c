/* schursweep status RESULTS */
#include "cli/commands/command.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "cli/standing.h"
#include "core/json.h"
#include "driver/progress.h"
#include "report/names.h"
#include "report/study_data.h"
#include "store/lock.h"

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

static void write_models(struct json *json, const struct standing *standing,
                         const struct study_data *data)
{
    json_object(json, "models");
    json_integer(json, "n", standing->n_models);
    json_integer(json, "trained", standing->n_trained);
    json_integer(json, "in_training", standing->n_training);
    json_array(json, "furthest");
    for (int k = 0; k < TRAININGS_SHOWN && standing->training[k] >= 0; k++) {
        const int i = standing->training[k];
        const struct training_mark *const mark = &data->inputs[0].trainings[i];
        json_object(json, NULL);
        json_text(json, "model", study_text(data, "model", case_of_row(data, i)));
        json_integer(json, "step", mark->step);
        json_integer(json, "steps", mark->steps);
        json_real(json, "loss", mark->loss);
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
}

static void write_slowest(struct json *json, const struct study_data *data)
{
    int slowest[SLOWEST_SHOWN];
    double seconds[SLOWEST_SHOWN];
    find_slowest(data, slowest, seconds);
    json_array(json, "slowest");
    for (int k = 0; k < SLOWEST_SHOWN && slowest[k] >= 0; k++) {
        json_object(json, NULL);
        json_text(json, "model", study_text(data, "model", slowest[k]));
        json_text(json, "task", study_text(data, "task", slowest[k]));
        json_real(json, "seconds", seconds[k]);
        json_end_object(json);
    }
    json_end_array(json);
}

static void print_json(const struct standing *standing, const struct study_data *data,
                       const char *file)
{
    char next[COMMAND_SIZE];
    struct json json = {.stream = stdout};
    standing_next(standing, file, next, sizeof next);
    json_object(&json, NULL);
    json_text(&json, "file", file);
    json_text(&json, "state", standing_state(standing));
    json_truth(&json, "running", standing->running);
    json_integer(&json, "jobs", standing->n_jobs);
    json_integer(&json, "done", standing->counts.n_done);
    json_integer(&json, "failed", standing->counts.n_failed);
    json_integer(&json, "pending", standing->counts.n_pending);
    json_integer(&json, "cases", data->n_cases);
    write_models(&json, standing, data);
    json_integer(&json, "starts", standing->starts);
    json_real(&json, "elapsed", standing->elapsed);
    json_real(&json, "wall_seconds", standing->wall_seconds);
    json_real(&json, "core_hours", standing->core_hours);
    json_real(&json, "rate", standing->rate);
    json_real(&json, "remaining", standing->remaining);
    write_slowest(&json, data);
    json_text(&json, "next", next);
    json_end_object(&json);
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
        print_json(&standing, &data, file);
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
