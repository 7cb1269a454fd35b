#include "driver/progress.h"

#include "core/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BAR_WIDTH = 24 };
static const double BAR_INTERVAL = 0.1;
static const double LINE_INTERVAL = 5.0;

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

static void show_failed(const struct progress *progress, const struct queue_counts *counts)
{
    if (counts->n_failed > 0) {
        (void)fprintf(progress->stream, ", %" PRId64 " failed", counts->n_failed);
    }
}

/* A bar that replaces the last one, or a line of its own. */
void progress_update(struct progress *progress, const struct queue_counts *counts, double now)
{
    const double interval = progress->style == PROGRESS_BAR ? BAR_INTERVAL : LINE_INTERVAL;
    if (progress->style == PROGRESS_NONE || now - progress->last_shown < interval) {
        return;
    }
    const int64_t final = counts->n_done + counts->n_failed;
    const double share = counts->n_jobs > 0 ? (double) final / (double)counts->n_jobs : 1.0;
    const double elapsed = now - progress->start;
    const double rate = elapsed > 0.0 ? (double)(final - progress->final_before) / elapsed : 0.0;
    char remaining[32];
    char bar[BAR_WIDTH + 1];
    progress_duration((double)(counts->n_jobs - final) / rate, remaining, sizeof remaining);
    if (progress->style == PROGRESS_BAR) {
        memset(bar, '-', BAR_WIDTH);
        memset(bar, '#', (size_t)(share * BAR_WIDTH));
        bar[BAR_WIDTH] = '\0';
        (void)fprintf(progress->stream, "\r[%s]", bar);
    } else {
        (void)fprintf(progress->stream, "%3.0f%% ", 100.0 * share);
    }
    (void)fprintf(progress->stream,
                  " %" PRId64 "/%" PRId64 " jobs, %.1f jobs/s, %s left, %d/%d busy", final,
                  counts->n_jobs, rate, remaining, counts->n_busy, progress->n_workers);
    show_failed(progress, counts);
    if (counts->n_models > 0) {
        (void)fprintf(progress->stream, ", models %" PRId64 "/%" PRId64,
                      counts->n_trained + counts->n_diverged, counts->n_models);
    }
    if (counts->n_models > 0 && progress->n_trainings > 0) {
        const struct progress_training *const training = &progress->trainings[0];
        (void)fprintf(progress->stream, ", %s %d/%d loss %.3g",
                      progress->sweep->models[training->model].label, training->last.step,
                      training->last.steps, training->last.loss);
    }
    (void)fputs(progress->style == PROGRESS_BAR ? "\033[K" : "\n", progress->stream);
    (void)fflush(progress->stream);
    progress->last_shown = now;
}

void progress_end(struct progress *progress, const struct queue_counts *counts, double now)
{
    char elapsed[32];
    if (progress->style == PROGRESS_NONE) {
        return;
    }
    const int64_t here = counts->n_done + counts->n_failed - progress->final_before;
    progress_duration(now - progress->start, elapsed, sizeof elapsed);
    (void)fprintf(progress->stream, "%s%" PRId64 " jobs in %s, %" PRId64 " of %" PRId64 " done",
                  progress->style == PROGRESS_BAR ? "\r\033[K" : "", here, elapsed, counts->n_done,
                  counts->n_jobs);
    show_failed(progress, counts);
    if (counts->n_models > 0) {
        (void)fprintf(progress->stream, ", %" PRId64 " models trained", counts->n_trained);
    }
    (void)fprintf(progress->stream, "\n");
    (void)fflush(progress->stream);
}
