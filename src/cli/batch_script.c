#include "cli/batch_script.h"

#include "kernel/tasks/task.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_TASKS = 64,
    MIN_MINUTES = 10,
    MINUTE_STEP = 5,
    STARTUP_MINUTES = 2,
    BASE_MEMORY = 256, /* MB: the program and its libraries */
    MEMORY_STEP = 256
};

static const double WANTED_SECONDS = 1800.0;
static const double MARGIN = 1.5;
static const double MEGABYTE = 1e6;

/* ---- what to ask for ------------------------------------------------------------------------- */

static int round_up(double value, int step)
{
    return (int)fmin(ceil(value / step), 1e6) * step;
}

/* Bytes of a training, about: states and their gradients of all steps, and matrices. */
static double training_memory(const struct sweep *sweep, const struct model_spec *model)
{
    const struct task_spec *const task = &sweep->tasks[model->training.task];
    const struct task_ops *const ops = task_find(task->name);
    const double steps = ops != NULL ? ops->shape(task->params).n_steps : 0.0;
    const double channels = 2.0 * model->n_hidden + 3.0 * (model->n_in + model->n_out);
    return 8.0 * (steps * model->training.recipe.batch * channels +
                  10.0 * model->n_hidden * model->n_hidden);
}

struct batch_request batch_request(const struct sweep *sweep, const struct estimate *estimate,
                                   const unsigned char *missing)
{
    const double work = estimate->seconds + estimate->training_seconds;
    const double most = fmax(1.0, fmin(sweep->n_cases, MAX_TASKS - 1));
    const double least = sweep_has_teams(sweep) ? sweep->team.n_ranks : 1.0;
    const double workers = fmax(least, fmin(ceil(work / WANTED_SECONDS), most));
    /* No number of workers is faster than the longest case and its training. */
    double longest = 0.0;
    for (int i = 0; i < sweep->n_cases; i++) {
        longest = fmax(longest, estimate->cases[i].seconds);
    }
    longest += estimate->n_missing > 0 ? estimate->training_seconds / estimate->n_missing : 0.0;
    /* Of the task that needs most: a worker, or the driver with the state of every job. */
    double bytes = fmax((double)estimate->worker_memory, (double)estimate->file_bytes);
    for (int i = 0; i < sweep->n_models; i++) {
        bytes = fmax(bytes, missing[i] != 0 ? training_memory(sweep, &sweep->models[i]) : 0.0);
    }
    const double seconds = work / workers + (workers > 1.0 ? longest : 0.0);
    const double minutes = seconds * MARGIN / 60.0 + STARTUP_MINUTES;
    const double memory = MARGIN * bytes / MEGABYTE;
    return (struct batch_request){.n_tasks = 1 + (int)workers,
                                  .minutes = round_up(fmax(minutes, MIN_MINUTES), MINUTE_STEP),
                                  .memory = round_up(memory + BASE_MEMORY, MEMORY_STEP)};
}

/* ---- the script ------------------------------------------------------------------------------ */

/* Text as one word of a shell, whatever is in it. */
static void put_quoted(FILE *stream, const char *text)
{
    (void)fputc('\'', stream);
    for (; *text != '\0'; text++) {
        (void)fputs(*text == '\'' ? "'\\''" : (const char[]){*text, '\0'}, stream);
    }
    (void)fputc('\'', stream);
}

/* What follows the '=' of a line of the template. */
struct script_values {
    const struct batch_request *request;
    const char *name;
    const char *study;
    const char *program;
};

/* Slurm makes a file name of it. */
static void put_name(FILE *stream, const struct script_values *values)
{
    for (const char *name = values->name; *name != '\0'; name++) {
        const bool is_plain = isalnum((unsigned char)*name) || strchr("._-", *name) != NULL;
        (void)fputc(is_plain ? *name : '-', stream);
    }
}

static void put_tasks(FILE *stream, const struct script_values *values)
{
    (void)fprintf(stream, "%d", values->request->n_tasks);
}

static void put_memory(FILE *stream, const struct script_values *values)
{
    (void)fprintf(stream, "%dM", values->request->memory);
}

static void put_time(FILE *stream, const struct script_values *values)
{
    const int minutes = values->request->minutes;
    if (minutes >= 24 * 60) {
        (void)fprintf(stream, "%d-", minutes / (24 * 60));
    }
    (void)fprintf(stream, "%02d:%02d:00", minutes / 60 % 24, minutes % 60);
}

static void put_study(FILE *stream, const struct script_values *values)
{
    (void)fputs("${1:-", stream);
    put_quoted(stream, values->study);
    (void)fputc('}', stream);
}

static void put_program(FILE *stream, const struct script_values *values)
{
    (void)fputs("${SCHURSWEEP:-", stream);
    put_quoted(stream, values->program != NULL ? values->program : "schursweep");
    (void)fputc('}', stream);
}

/* A line of the template that begins with `key` gets a value of this study. */
static const struct script_line {
    const char *key;
    void (*put_value)(FILE *stream, const struct script_values *values);
} SCRIPT_LINES[] = {
    {"#SBATCH --job-name=", put_name},
    {"#SBATCH --ntasks=", put_tasks},
    {"#SBATCH --mem-per-cpu=", put_memory},
    {"#SBATCH --time=", put_time},
    {"study=", put_study},
    {"program=", put_program},
};

enum { SCRIPT_LINE_COUNT = sizeof SCRIPT_LINES / sizeof SCRIPT_LINES[0] };

enum status batch_script_write(FILE *stream, const struct batch_request *request,
                               const struct sweep *sweep, const char *study, const char *program,
                               struct error *error)
{
    const struct script_values values = {request, sweep->name, study, program};
    int n_replaced = 0;
    for (const char *line = BATCH_TEMPLATE; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        const struct script_line *found = NULL;
        for (size_t i = 0; i < SCRIPT_LINE_COUNT; i++) {
            if (strncmp(line, SCRIPT_LINES[i].key, strlen(SCRIPT_LINES[i].key)) == 0) {
                found = &SCRIPT_LINES[i];
            }
        }
        if (found == NULL) {
            (void)fprintf(stream, "%.*s\n", (int)length, line);
        } else {
            (void)fputs(found->key, stream);
            found->put_value(stream, &values);
            (void)fputc('\n', stream);
            n_replaced++;
        }
        line += length + (line[length] == '\n');
    }
    return n_replaced == SCRIPT_LINE_COUNT
               ? STATUS_OK
               : error_set(error, STATUS_INTERNAL, "the job script has %d lines to fill, not %d",
                           n_replaced, SCRIPT_LINE_COUNT);
}
