#include "cli/training_marks.h"

#include "core/bits.h"
#include "core/clock.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

static const double INTERVAL = 1.0;

static enum status write_mark(struct training_marks *marks, int first_case,
                              const struct training_mark *mark, struct error *error)
{
    const struct training_mark *const old = &marks->marks[first_case];
    if (old->step == mark->step && old->steps == mark->steps && old->start == mark->start &&
        same_bits(old->loss, mark->loss)) {
        return STATUS_OK;
    }
    marks->marks[first_case] = *mark;
    return results_write_training(marks->results, first_case, mark, error);
}

enum status training_marks_begin(struct training_marks *marks, const struct sweep *sweep,
                                 const struct results *results, const int *first_case,
                                 const unsigned char *missing, int64_t start, struct error *error)
{
    const size_t n_cases = (size_t)sweep->n_cases;
    *marks = (struct training_marks){.sweep = sweep, .results = results, .first_case = first_case};
    TRY(memory_array(&marks->marks, n_cases, sizeof *marks->marks, error));
    TRY(memory_array(&marks->written_at, n_cases, sizeof *marks->written_at, error));
    TRY(results_read_training(results, marks->marks, error));
    for (int i = 0; i < sweep->n_cases; i++) {
        const int model = sweep->cases[i].model;
        const int32_t steps = sweep->models[model].training.recipe.steps;
        const struct training_mark *const old = &marks->marks[i];
        if (!sweep->models[model].is_trained || first_case[model] != i ||
            (missing[model] == 0 && old->steps > 0 && old->step == old->steps)) {
            continue; /* of whom it is known already stays what is known */
        }
        const struct training_mark mark = {.step = missing[model] != 0 ? 0 : steps,
                                           .steps = steps,
                                           .start = missing[model] != 0 ? start : 0,
                                           .loss = NAN};
        TRY(write_mark(marks, i, &mark, error));
    }
    return STATUS_OK;
}

void training_marks_release(struct training_marks *marks)
{
    free(marks->marks);
    free(marks->written_at);
    *marks = (struct training_marks){0};
}

enum status training_marks_tell(struct training_marks *marks, int model,
                                const struct training_progress *news, struct error *error)
{
    const double now = clock_seconds();
    const int place = marks->marks != NULL ? marks->first_case[model] : -1;
    if (place < 0 || (news != NULL && now - marks->written_at[place] < INTERVAL)) {
        return STATUS_OK;
    }
    struct training_mark mark = marks->marks[place];
    mark.step = news != NULL ? news->step : mark.steps;
    mark.loss = news != NULL ? news->loss : mark.loss;
    marks->written_at[place] = now;
    return write_mark(marks, place, &mark, error);
}
