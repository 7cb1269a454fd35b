#include "cli/standing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rank 0 drives and computes only when it is alone. */
static int worker_count(const struct epoch *epoch)
{
    return epoch->n_ranks > 1 ? epoch->n_ranks - 1 : 1;
}

static void add_starts(struct standing *standing, const struct epoch *epochs, int64_t now)
{
    for (int i = 0; i < RESULTS_EPOCHS && epochs[i].start_time != 0; i++) {
        const bool is_last = i + 1 == RESULTS_EPOCHS || epochs[i + 1].start_time == 0;
        const int64_t end = is_last && standing->running ? now : epochs[i].end_time;
        /* A clock that was set back tells nothing of the time in between. */
        const double seconds = end == 0 ? NAN : fmax((double)(end - epochs[i].start_time), 0.0);
        standing->starts++;
        standing->last = epochs[i];
        standing->elapsed = seconds;
        if (isnan(seconds)) {
            standing->n_killed++;
            continue;
        }
        standing->wall_seconds += seconds;
        standing->core_hours += seconds * worker_count(&epochs[i]) / 3600.0;
    }
}

static double share_of(const struct training_mark *mark)
{
    return (double)mark->step / mark->steps;
}

/* Keeps the furthest ones. */
static void add_training(struct standing *standing, const struct training_mark *marks, int i)
{
    for (int k = 0; k < TRAININGS_SHOWN; k++) {
        const int other = standing->training[k];
        if (other < 0 || share_of(&marks[i]) > share_of(&marks[other])) {
            standing->training[k] = i;
            i = other;
        }
        if (i < 0) {
            break;
        }
    }
    standing->n_training++;
}

/* Returns the seconds that trainings still take, as long as steps take as long as in this start; 0
 * when all are trained. */
static double add_models(struct standing *standing, const struct training_mark *marks, int n_cases)
{
    double n_left = 0.0;
    double n_done = 0.0; /* of this start */
    for (int i = 0; i < n_cases; i++) {
        const struct training_mark *const mark = &marks[i];
        if (mark->steps <= 0 || mark->step < 0 || mark->step > mark->steps) {
            continue;
        }
        const bool is_trained = mark->step == mark->steps;
        standing->n_models++;
        standing->n_trained += is_trained;
        n_left += mark->steps - mark->step;
        n_done += mark->start == standing->starts ? mark->step : 0;
        if (standing->running && !is_trained && mark->step > 0) {
            add_training(standing, marks, i);
        }
    }
    return n_left > 0.0 ? n_left * standing->elapsed / n_done : 0.0;
}

struct standing standing_of(const struct results_input *input, struct job_counts counts,
                            bool running, int64_t now)
{
    struct standing standing = {.running = running,
                                .of_pairs = input->sweep.of_pairs,
                                .n_jobs = counts.n_done + counts.n_failed + counts.n_pending,
                                .counts = counts,
                                .elapsed = NAN,
                                .rate = NAN,
                                .remaining = NAN,
                                .training = {-1, -1, -1}};
    add_starts(&standing, input->epochs, now);
    const double training = add_models(&standing, input->trainings, input->sweep.n_cases);
    const int64_t here = counts.n_done + counts.n_failed - standing.last.done_at_start;
    if (standing.elapsed > 0.0 && (here > 0 || standing.n_trained == standing.n_models)) {
        standing.rate = (double)here / standing.elapsed;
    }
    if (running && standing.n_trained < standing.n_models) {
        standing.remaining = training; /* the sweep behind it takes little */
    } else if (running && standing.rate > 0.0) {
        standing.remaining = (double)counts.n_pending / standing.rate;
    }
    return standing;
}

const char *standing_state(const struct standing *standing)
{
    return standing->running                 ? "running"
           : standing->counts.n_pending == 0 ? "complete"
                                             : "stopped, run the same command again";
}

/* In single quotes where a shell would take it for anything else. */
void shell_word(const char *word, char *text, size_t size)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:=@_";
    const bool is_plain = word[strspn(word, plain)] == '\0';
    const char *const folder = word[0] == '-' ? "./" : ""; /* no option */
    size_t length = (size_t)snprintf(text, size, "%s%s", is_plain ? "" : "'", folder);
    for (; *word != '\0' && length < size; word++) {
        length += *word == '\'' ? (size_t)snprintf(text + length, size - length, "'\\''")
                                : (size_t)snprintf(text + length, size - length, "%c", *word);
    }
    if (!is_plain && length < size) {
        (void)snprintf(text + length, size - length, "'");
    }
}

void standing_next(const struct standing *standing, const char *file, char *text, size_t size)
{
    char word[2048];
    shell_word(file, word, sizeof word);
    if (standing->running) {
        (void)snprintf(text, size, "schursweep show %s", word);
    } else if (standing->counts.n_pending > 0) {
        (void)snprintf(text, size, "schursweep %s",
                       standing->of_pairs ? "compare RESULTS" : "run STUDY");
    } else {
        (void)snprintf(text, size, "schursweep report %s%s", standing->of_pairs ? "RESULTS " : "",
                       word);
    }
}
