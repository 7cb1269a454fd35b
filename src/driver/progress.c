#include "driver/progress.h"

#include "core/json.h"
#include "core/memory.h"
#include "core/terminal.h"
#include "core/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { BAR_WIDTH = 24 };

enum status progress_begin(struct progress *progress, FILE *stream, enum progress_style style,
                           int n_workers, const struct sweep *sweep,
                           const struct queue_counts *counts, double now, struct error *error)
{
    *progress = (struct progress){.stream = stream,
                                  .style = style,
                                  .n_workers = n_workers,
                                  .start = now,
                                  .final_before = counts->n_done + counts->n_failed,
                                  .last_shown = now,
                                  .sweep = sweep};
    return memory_array(&progress->trainings, PROGRESS_MAX_TRAININGS, sizeof *progress->trainings,
                        error);
}

void progress_release(struct progress *progress)
{
    free(progress->trainings);
    *progress = (struct progress){0};
}

static int find_training(const struct progress *progress, int64_t unit)
{
    for (int i = 0; i < progress->n_trainings; i++) {
        if (progress->trainings[i].last.unit == unit) {
            return i;
        }
    }
    return progress->n_trainings;
}

void progress_training(struct progress *progress, const struct training_progress *training,
                       int model)
{
    const int place = find_training(progress, training->unit);
    if (place < PROGRESS_MAX_TRAININGS && model >= 0) {
        progress->trainings[place] = (struct progress_training){*training, model};
        progress->n_trainings += place == progress->n_trainings;
    }
}

void progress_training_ended(struct progress *progress, int64_t unit)
{
    const int place = find_training(progress, unit);
    if (place < progress->n_trainings) {
        progress->trainings[place] = progress->trainings[--progress->n_trainings];
    }
}

void progress_duration(double seconds, char *text, size_t size)
{
    if (!isfinite(seconds) || seconds < 0.0) {
        (void)snprintf(text, size, "?");
    } else if (seconds < 59.95) {
        (void)snprintf(text, size, "%.1f s", seconds);
    } else if (seconds < 3599.5) {
        const long whole = lround(seconds);
        (void)snprintf(text, size, "%ld min %02ld s", whole / 60, whole % 60);
    } else {
        const long minutes = lround(seconds / 60.0);
        (void)snprintf(text, size, "%ld h %02ld min", minutes / 60, minutes % 60);
    }
}

/* A line that is put together, then shown as far as it fits. */
struct line {
    char text[1024];
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
    const size_t room = sizeof line->text - line->length;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line->text + line->length, room, format, arguments);
    va_end(arguments);
    line->length += length < 0 ? 0 : (size_t)length < room ? (size_t)length : room - 1;
}

/* A bar replaces the last one: were it wider than the window, it would leave a line each time. */
static void show(const struct progress *progress, struct line *line, bool stays)
{
    const int width = terminal_width(progress->stream);
    const bool is_bar = progress->style == PROGRESS_BAR;
    int columns = 0;
    text_clean(line->text);
    const size_t size = text_fit(line->text, is_bar ? width - 1 : width, &columns);
    (void)fprintf(progress->stream, "%s%.*s%s%s", is_bar ? "\r" : "", (int)size, line->text,
                  is_bar ? "\033[K" : "", stays || !is_bar ? "\n" : "");
    (void)fflush(progress->stream);
}

static void show_training(const struct progress *progress, struct json *json)
{
    const struct progress_training *const training = &progress->trainings[0];
    if (progress->n_trainings == 0) {
        json_null(json, "training");
        return;
    }
    json_object(json, "training");
    json_text(json, "model", progress->sweep->models[training->model].label);
    json_integer(json, "step", training->last.step);
    json_integer(json, "steps", training->last.steps);
    json_real(json, "loss", training->last.loss);
    json_end_object(json);
}

static void show_json(const struct progress *progress, const struct queue_counts *counts,
                      bool is_end, double now)
{
    const int64_t final = counts->n_done + counts->n_failed;
    const double elapsed = now - progress->start;
    const double rate = (double)(final - progress->final_before) / elapsed;
    struct json json = {.stream = progress->stream, .is_line = true};
    json_object(&json, NULL);
    json_truth(&json, "end", is_end);
    json_real(&json, "elapsed", elapsed);
    json_integer(&json, "jobs", counts->n_jobs);
    json_integer(&json, "done", counts->n_done);
    json_integer(&json, "failed", counts->n_failed);
    json_real(&json, "rate", rate);
    json_real(&json, "remaining", (double)(counts->n_jobs - final) / rate);
    json_integer(&json, "workers", progress->n_workers);
    json_integer(&json, "busy", counts->n_busy);
    json_object(&json, "models");
    json_integer(&json, "to_train", counts->n_models);
    json_integer(&json, "trained", counts->n_trained);
    json_integer(&json, "failed", counts->n_diverged);
    json_end_object(&json);
    show_training(progress, &json);
    json_end_object(&json);
    (void)fflush(progress->stream);
}

/* A bar that replaces the last one, or a line of its own. */
void progress_update(struct progress *progress, const struct queue_counts *counts, double now)
{
    static const double INTERVALS[] = {[PROGRESS_NONE] = HUGE_VAL,
                                       [PROGRESS_LINES] = 5.0,
                                       [PROGRESS_BAR] = 0.1,
                                       [PROGRESS_JSON] = 1.0};
    if (now - progress->last_shown < INTERVALS[progress->style]) {
        return;
    }
    if (progress->style == PROGRESS_JSON) {
        show_json(progress, counts, false, now);
        progress->last_shown = now;
        return;
    }
    const int64_t final = counts->n_done + counts->n_failed;
    const double share = counts->n_jobs > 0 ? (double) final / (double)counts->n_jobs : 1.0;
    const double elapsed = now - progress->start;
    const double rate = elapsed > 0.0 ? (double)(final - progress->final_before) / elapsed : 0.0;
    const bool is_bar = progress->style == PROGRESS_BAR;
    const bool is_training = counts->n_models > 0 && progress->n_trainings > 0;
    struct line line = {.length = 0};
    char remaining[32];
    char bar[BAR_WIDTH + 1];
    progress_duration((double)(counts->n_jobs - final) / rate, remaining, sizeof remaining);
    if (is_bar) {
        memset(bar, '-', BAR_WIDTH);
        memset(bar, '#', (size_t)(share * BAR_WIDTH));
        bar[BAR_WIDTH] = '\0';
        add(&line, "[%s]", bar);
    } else {
        add(&line, "%3.0f%% ", 100.0 * share);
    }
    add(&line, " %" PRId64 "/%" PRId64 " jobs", final, counts->n_jobs);
    if (!is_bar || !is_training) { /* else the trainings need the room */
        add(&line, ", %.1f jobs/s, %s left, %d/%d busy", rate, remaining, counts->n_busy,
            progress->n_workers);
    }
    if (counts->n_failed > 0) {
        add(&line, ", %" PRId64 " failed", counts->n_failed);
    }
    if (counts->n_models > 0) {
        add(&line, ", models %" PRId64 "/%" PRId64, counts->n_trained + counts->n_diverged,
            counts->n_models);
    }
    if (is_training) {
        const struct progress_training *const training = &progress->trainings[0];
        add(&line, ", step %d/%d loss %.3g of %s", training->last.step, training->last.steps,
            training->last.loss, progress->sweep->models[training->model].label);
    }
    show(progress, &line, false);
    progress->last_shown = now;
}

void progress_end(struct progress *progress, const struct queue_counts *counts, double now)
{
    struct line line = {.length = 0};
    char elapsed[32];
    if (progress->style == PROGRESS_NONE) {
        return;
    }
    if (progress->style == PROGRESS_JSON) {
        show_json(progress, counts, true, now);
        return;
    }
    const int64_t here = counts->n_done + counts->n_failed - progress->final_before;
    progress_duration(now - progress->start, elapsed, sizeof elapsed);
    add(&line, "%" PRId64 " jobs in %s, %" PRId64 " of %" PRId64 " done", here, elapsed,
        counts->n_done, counts->n_jobs);
    if (counts->n_failed > 0) {
        add(&line, ", %" PRId64 " failed", counts->n_failed);
    }
    if (counts->n_models > 0) {
        add(&line, ", %" PRId64 " models trained", counts->n_trained);
    }
    show(progress, &line, true);
}
