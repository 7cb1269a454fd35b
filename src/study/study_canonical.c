#include "core/json.h"
#include "kernel/tasks/task.h"
#include "study/study.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void write_real(FILE *stream, double value)
{
    char text[JSON_REAL_SIZE];
    real_text(value, text);
    (void)fputs(text, stream);
}

static void write_lines(FILE *stream, const struct sweep *sweep)
{
    (void)fprintf(stream, "study = %s\nseed = %" PRId64 "\nalphas =", sweep->name, sweep->seed);
    for (int i = 0; i < sweep->n_alphas; i++) {
        (void)fputc(' ', stream);
        write_real(stream, sweep->alphas[i]);
    }
    (void)fputs("\nablations =", stream);
    for (int i = 0; i < sweep->n_ablations; i++) {
        (void)fprintf(stream, " %s", ablation_name(sweep->ablations[i]));
    }
    (void)fputs("\nepsilon = ", stream);
    write_real(stream, sweep->epsilon);
    (void)fprintf(stream, "\nprecision = %s\npartitions = %s\n",
                  sweep->precision == PRECISION_FLOAT32 ? "float32" : "float64",
                  sweep->n_partitions > 0 ? "all" : "none");
    if (sweep->gauss_newton != GAUSS_NEWTON_BY_PRICE) {
        (void)fprintf(stream, "gauss_newton = %s\n", GAUSS_NEWTON_NAMES[sweep->gauss_newton]);
    }
    if (sweep->screen) {
        (void)fputs("screen = true\n", stream);
    }
    const struct team_spec *const team = &sweep->team;
    if (team->n_ranks > 0) { /* their Schur forms differ from those of one rank by rounding */
        (void)fprintf(stream, "team = from %d, grid %d x %d, block %d\n", team->from_hidden,
                      team->n_rows, team->n_cols, team->block);
    }
    for (int i = 0; i < sweep->n_tasks; i++) {
        const struct task_spec *const task = &sweep->tasks[i];
        const struct task_ops *const ops = task->path == NULL ? task_find(task->name) : NULL;
        if (ops == NULL) {
            (void)fprintf(stream, "tasks.%s = trials %016" PRIx64 "\n", task->name,
                          task->trials_hash);
        }
        for (int p = 0; ops != NULL && p < ops->n_params; p++) {
            if (task_param_counts(ops, p, task->params[p])) {
                (void)fprintf(stream, "tasks.%s.%s = ", task->name, ops->params[p].name);
                write_real(stream, task->params[p]);
                (void)fputc('\n', stream);
            }
        }
    }
}

enum status study_write_canonical(struct sweep *sweep, struct error *error)
{
    size_t size = 0;
    FILE *const stream = open_memstream(&sweep->canonical, &size);
    if (stream != NULL) {
        write_lines(stream, sweep);
    }
    return stream != NULL && fclose(stream) == 0
               ? STATUS_OK
               : error_set(error, STATUS_INTERNAL, "out of memory: canonical study");
}
