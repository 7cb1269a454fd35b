#include "cli/batch_script.h"

#include "kernel/tasks/task.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum {
    MAX_TASKS = 64,
    MIN_MINUTES = 10,
    MINUTE_STEP = 5,
    STARTUP_MINUTES = 2,
    BASE_MEMORY = 256, /* MB: the program and its libraries */
    MEMORY_STEP = 256
};

static const double WANTED_SECONDS = 600.0;
static const double MARGIN = 1.5;
static const double MEGABYTE = 1e6;

/* ---- what to ask for ------------------------------------------------------------------------- */

static int round_up(double value, int step)
{
    return (int)fmin(ceil(value / step), 1e6) * step;
}

/* No number of workers is faster than the longest case and its training. */
static double longest_case(const struct sweep *sweep, const struct estimate *estimate)
{
    double longest = 0.0;
    for (int i = 0; i < sweep->n_cases; i++) {
        longest = fmax(longest, estimate->cases[i].seconds);
    }
    return longest +
           (estimate->n_missing > 0 ? estimate->training_seconds / estimate->n_missing : 0.0);
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

/* Bytes of the task that needs most: a worker, or the driver with the state of every job. */
static double largest_memory(const struct sweep *sweep, const struct estimate *estimate,
                             const unsigned char *missing)
{
    double bytes = fmax((double)estimate->worker_memory, (double)estimate->file_bytes);
    for (int i = 0; i < sweep->n_models; i++) {
        if (missing[i] != 0) {
            bytes = fmax(bytes, training_memory(sweep, &sweep->models[i]));
        }
    }
    return bytes;
}

struct batch_request batch_request(const struct sweep *sweep, const struct estimate *estimate,
                                   const unsigned char *missing, int n_tasks)
{
    const double work = estimate->seconds + estimate->training_seconds;
    const double most = fmax(1.0, fmin(sweep->n_cases, MAX_TASKS - 1));
    const double least = sweep_has_teams(sweep) ? sweep->team.n_ranks : 1.0;
    const double workers =
        n_tasks > 0 ? n_tasks - 1.0 : fmax(least, fmin(ceil(work / WANTED_SECONDS), most));
    const double seconds = work / workers + (workers > 1.0 ? longest_case(sweep, estimate) : 0.0);
    const double minutes = seconds * MARGIN / 60.0 + STARTUP_MINUTES;
    const double memory = MARGIN * largest_memory(sweep, estimate, missing) / MEGABYTE;
    return (struct batch_request){.n_tasks = 1 + (int)workers,
                                  .minutes = round_up(fmax(minutes, MIN_MINUTES), MINUTE_STEP),
                                  .memory = round_up(memory + BASE_MEMORY, MEMORY_STEP)};
}

/* ---- the script ------------------------------------------------------------------------------ */

/* ${variable:-'text'}, whatever is in the text. */
static void put_default(FILE *stream, const char *variable, const char *text)
{
    (void)fprintf(stream, "${%s:-'", variable);
    for (; *text != '\0'; text++) {
        (void)fputs(*text == '\'' ? "'\\''" : (const char[]){*text, '\0'}, stream);
    }
    (void)fputs("'}", stream);
}

/* Lines of the template that begin so get a value of this study. */
enum script_line {
    LINE_NAME,
    LINE_TASKS,
    LINE_MEMORY,
    LINE_TIME,
    LINE_STUDY,
    LINE_PROGRAM,
    LINE_LAUNCHER,
    SCRIPT_LINE_COUNT
};

static const char *const SCRIPT_LINES[SCRIPT_LINE_COUNT] = {
    [LINE_NAME] = "#SBATCH --job-name=",
    [LINE_TASKS] = "#SBATCH --ntasks=",
    [LINE_MEMORY] = "#SBATCH --mem-per-cpu=",
    [LINE_TIME] = "#SBATCH --time=",
    [LINE_STUDY] = "study=",
    [LINE_PROGRAM] = "program=",
    [LINE_LAUNCHER] = "launcher=(",
};

/* Slurm makes a file name of it. Lines that only some sites need stand behind it. */
static void put_name(FILE *stream, const struct batch_request *request, const char *name)
{
    for (; *name != '\0'; name++) {
        const bool is_plain = isalnum((unsigned char)*name) || strchr("._-", *name) != NULL;
        (void)fputc(is_plain ? *name : '-', stream);
    }
    if (request->account != NULL) {
        (void)fprintf(stream, "\n#SBATCH --account=%s", request->account);
    }
    if (request->partition != NULL) {
        (void)fprintf(stream, "\n#SBATCH --partition=%s", request->partition);
    }
}

static void put_launcher(FILE *stream, const struct batch_request *request, const char *usual)
{
    if (request->by_mpirun) {
        (void)fputs("mpirun -q) # takes the number of ranks from Slurm", stream);
    } else {
        (void)fprintf(stream, "%.*s", (int)strcspn(usual, "\n"), usual);
    }
}

enum status batch_script_write(FILE *stream, const struct batch_request *request,
                               const struct sweep *sweep, const char *study, const char *program,
                               struct error *error)
{
    const int minutes = request->minutes;
    int n_replaced = 0;
    for (const char *line = BATCH_TEMPLATE; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        int found = 0;
        while (found < SCRIPT_LINE_COUNT &&
               strncmp(line, SCRIPT_LINES[found], strlen(SCRIPT_LINES[found])) != 0) {
            found++;
        }
        n_replaced += found < SCRIPT_LINE_COUNT;
        (void)fputs(found < SCRIPT_LINE_COUNT ? SCRIPT_LINES[found] : "", stream);
        switch (found) {
        case LINE_NAME:
            put_name(stream, request, sweep->name);
            break;
        case LINE_TASKS:
            (void)fprintf(stream, "%d", request->n_tasks);
            break;
        case LINE_MEMORY:
            (void)fprintf(stream, "%dM", request->memory);
            break;
        case LINE_TIME:
            if (minutes >= 24 * 60) {
                (void)fprintf(stream, "%d-", minutes / (24 * 60));
            }
            (void)fprintf(stream, "%02d:%02d:00", minutes / 60 % 24, minutes % 60);
            break;
        case LINE_STUDY:
            put_default(stream, "1", study);
            break;
        case LINE_PROGRAM:
            put_default(stream, "SCHURSWEEP", program != NULL ? program : "schursweep");
            break;
        case LINE_LAUNCHER:
            put_launcher(stream, request, line + strlen(SCRIPT_LINES[found]));
            break;
        default:
            (void)fprintf(stream, "%.*s", (int)length, line);
        }
        (void)fputc('\n', stream);
        line += length + (line[length] == '\n');
    }
    return n_replaced == SCRIPT_LINE_COUNT
               ? STATUS_OK
               : error_set(error, STATUS_INTERNAL, "the job script has %d lines to fill, not %d",
                           n_replaced, SCRIPT_LINE_COUNT);
}
