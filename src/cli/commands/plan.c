/* schursweep plan STUDY */
#include "cli/batch_script.h"
#include "cli/commands/command.h"
#include "cli/estimate.h"
#include "cli/isa_choice.h"
#include "cli/options.h"
#include "cli/plan_groups.h"
#include "cli/shard_option.h"
#include "cli/standing.h"
#include "cli/text_table.h"
#include "cli/trained_models.h"
#include "core/json.h"
#include "driver/progress.h"
#include "kernel/blas.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 10, BYTES_SIZE = 32 };
static const double WORTH_A_WORD = 1.3; /* slowdown of equal measurements */

struct plan_options {
    const char *study;
    const char *shard;   /* NULL: the whole study */
    const char *program; /* as it was called */
    const char *ntasks;
    const char *account;
    const char *partition;
    bool json;
    bool sbatch;
    bool mpirun;
    bool all;
};

static const struct option_table OPTIONS = {
    .file = "study file",
    .options = {
        {"--all", '\0', NULL, "list every case instead of groups of them",
         offsetof(struct plan_options, all)},
        {"--json", '\0', NULL, "the same for programs", offsetof(struct plan_options, json)},
        {"--sbatch", '\0', NULL, "a job script for Slurm, ready to be submitted",
         offsetof(struct plan_options, sbatch)},
        {"--ntasks", '\0', "N", "tasks of the job script, the driver included",
         offsetof(struct plan_options, ntasks)},
        {"--account", '\0', "NAME", "who pays for the job, a line of the script",
         offsetof(struct plan_options, account)},
        {"--partition", '\0', "NAMES", "where it may run, a line of the script",
         offsetof(struct plan_options, partition)},
        {"--mpirun", '\0', NULL, "the script starts ranks by mpirun, where srun has no PMIx",
         offsetof(struct plan_options, mpirun)},
        {"--shard", '\0', "K/N", "of every N-th case from the K-th on",
         offsetof(struct plan_options, shard)}}};

static void format_bytes(int64_t bytes, char text[BYTES_SIZE])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1000.0 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1000.0;
        unit++;
    }
    (void)snprintf(text, BYTES_SIZE, "%.3g %s", value, units[unit]);
}

static void say_duration(const struct screen *screen, const char *what, double seconds)
{
    char duration[32];
    progress_duration(seconds, duration, sizeof duration);
    screen_say(screen, INDENT, "%-10s%s of one core, %.3g core-hours", what, duration,
               seconds / 3600.0);
}

static enum status print_cases(const struct screen *screen, const struct sweep *sweep,
                               const struct estimate *estimate, struct error *error)
{
    static const struct text_column columns[] = {
        {"model", true}, {"task", true}, {"units", false}, {"rollouts", false}, {"seconds", false}};
    struct text_table *table = NULL;
    TRY(text_table_create(&table, columns, sizeof columns / sizeof columns[0], error));
    for (int i = 0; i < sweep->n_cases; i++) {
        const struct model_spec *const model = &sweep->models[sweep->cases[i].model];
        char rollouts[32];
        (void)snprintf(rollouts, sizeof rollouts, "%s%d", estimate->cases[i].is_bound ? "<" : "",
                       estimate->cases[i].n_rollouts);
        text_table_add(table, STYLE_PLAIN, model->label);
        text_table_add(table, STYLE_PLAIN, sweep->cases[i].task_label);
        text_table_add_count(table, model->n_hidden);
        text_table_add(table, STYLE_PLAIN, rollouts);
        text_table_add_number(table, "%.2f", estimate->cases[i].seconds);
    }
    const enum status status = text_table_print(table, screen, 0, error);
    text_table_destroy(&table);
    return status;
}

static enum status print_plain(const struct sweep *sweep, const struct estimate *estimate,
                               const unsigned char *missing, bool all, struct error *error)
{
    const struct screen screen = screen_of(stdout);
    struct plan_group *groups = NULL;
    int n_groups = 0;
    char text[BYTES_SIZE];
    screen_say(&screen, INDENT, "study     %s", sweep->name);
    (void)snprintf(text, sizeof text, ", %d to train", estimate->n_missing);
    screen_say(&screen, INDENT, "cases     %d of %d models%s", sweep->n_cases, sweep->n_models,
               estimate->n_missing > 0 ? text : "");
    screen_say(&screen, INDENT,
               "jobs      %s%lld: %d cases x (%d alphas (%g to %g)%s x %d ablation sets + %d "
               "diagnostics)",
               sweep->n_partitions > 0 ? "at most " : "", (long long)sweep_job_count(sweep),
               sweep->n_cases, sweep->n_alphas, sweep->alphas[0],
               sweep->alphas[sweep->n_alphas - 1],
               sweep->n_partitions > 0 ? " and all partitions" : "", sweep->n_ablations,
               sweep->n_diagnostics);
    screen_say(&screen, INDENT, "rollouts  %s%lld distinct", estimate->has_bounds ? "at most " : "",
               (long long)estimate->n_rollouts);
    format_bytes(estimate->worker_memory, text);
    screen_say(&screen, INDENT, "memory    %s per worker beside 32 MB of libraries", text);
    if (estimate->n_missing > 0) {
        say_duration(&screen, "training", estimate->training_seconds);
    }
    if (estimate->n_stopping > 0) {
        screen_say(&screen, INDENT,
                   "          %d of the %d models may end at their target: %d priced by those of "
                   "their kind that are trained, %d as if they took all steps",
                   estimate->n_stopping, estimate->n_missing,
                   estimate->n_stopping - estimate->n_full, estimate->n_full);
    }
    say_duration(&screen, "sweep", estimate->seconds);
    team_advice_print(&estimate->team, sweep);
    format_bytes(estimate->file_bytes, text);
    screen_say(&screen, INDENT, "output    %s, %s", sweep->output, text);
    if (estimate->slowdown > WORTH_A_WORD) {
        screen_say(&screen, INDENT,
                   "times     the least of equal measurements, which took %.1f times as long on "
                   "average: this machine does other work",
                   estimate->slowdown);
    }
    (void)printf("\n");
    if (all) {
        return print_cases(&screen, sweep, estimate, error);
    }
    TRY(plan_groups_create(&groups, &n_groups, sweep, estimate, missing, error));
    const enum status status = plan_groups_print(groups, n_groups, sweep, error);
    free(groups);
    return status;
}

static void write_cases(struct json *json, const struct sweep *sweep,
                        const struct estimate *estimate)
{
    json_array(json, "cases");
    for (int i = 0; i < sweep->n_cases; i++) {
        const struct model_spec *const model = &sweep->models[sweep->cases[i].model];
        json_object(json, NULL);
        json_text(json, "model", model->label);
        json_text(json, "task", sweep->cases[i].task_label);
        json_integer(json, "hidden", model->n_hidden);
        json_integer(json, "jobs", sweep_jobs_of_case(sweep, i));
        json_integer(json, "rollouts", estimate->cases[i].n_rollouts);
        json_truth(json, "upper_bound", estimate->cases[i].is_bound);
        json_real(json, "seconds", estimate->cases[i].seconds);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_team(struct json *json, const struct team_advice *advice)
{
    if (advice->n_hidden == 0) {
        json_null(json, "team");
        return;
    }
    json_object(json, "team");
    json_integer(json, "hidden", advice->n_hidden);
    json_integer(json, "ranks", advice->n_ranks);
    json_integer(json, "cases", advice->n_shared);
    json_real(json, "seconds", advice->seconds);
    json_real(json, "bytes", advice->bytes);
    json_real(json, "alone_seconds", advice->alone_seconds);
    json_real(json, "alone_bytes", advice->alone_bytes);
    json_truth(json, "fits_alone", advice->fits_alone);
    json_truth(json, "pays", advice->pays);
    json_end_object(json);
}

static void write_grid(struct json *json, const struct sweep *sweep)
{
    json_array(json, "alphas");
    for (int i = 0; i < sweep->n_alphas; i++) {
        json_real(json, NULL, sweep->alphas[i]);
    }
    json_end_array(json);
    json_array(json, "ablations");
    for (int i = 0; i < sweep->n_ablations; i++) {
        json_text(json, NULL, ablation_name(sweep->ablations[i]));
    }
    json_end_array(json);
}

static void print_json(const struct sweep *sweep, const struct estimate *estimate)
{
    struct json json = {.stream = stdout};
    json_object(&json, NULL);
    json_text(&json, "study", sweep->name);
    json_text(&json, "output", sweep->output);
    json_integer(&json, "models", sweep->n_models);
    json_integer(&json, "to_train", estimate->n_missing);
    json_integer(&json, "jobs", sweep_job_count(sweep));
    json_integer(&json, "rollouts", estimate->n_rollouts);
    json_integer(&json, "worker_memory", (int64_t)estimate->worker_memory);
    json_integer(&json, "file_bytes", (int64_t)estimate->file_bytes);
    json_real(&json, "training_seconds", estimate->training_seconds);
    json_real(&json, "seconds", estimate->seconds);
    json_real(&json, "core_hours", (estimate->training_seconds + estimate->seconds) / 3600.0);
    json_real(&json, "slowdown", estimate->slowdown);
    write_team(&json, &estimate->team);
    write_grid(&json, sweep);
    write_cases(&json, sweep, estimate);
    json_end_object(&json);
}

static enum status plan_study(struct sweep *sweep, struct model_survey *survey,
                              const struct plan_options *options, struct error *error)
{
    struct estimate estimate = {.n_missing = 0};
    unsigned char *missing = NULL;
    char next[PATH_MAX];
    TRY(blas_begin(error));
    enum status status = trained_models_find_missing(sweep, survey, &missing, error);
    THEN(status, estimate_create(&estimate, sweep, missing, error));
    if (status == STATUS_OK && options->sbatch) {
        /* A program that was called by a path has that path in the script too: Slurm's nodes see
         * the same files, but not the same working directory. */
        struct batch_request request =
            batch_request(sweep, &estimate, missing,
                          options->ntasks != NULL ? (int)strtol(options->ntasks, NULL, 10) : 0);
        request.account = options->account;
        request.partition = options->partition;
        request.by_mpirun = options->mpirun;
        char *const program =
            strchr(options->program, '/') != NULL ? realpath(options->program, NULL) : NULL;
        status = batch_script_write(stdout, &request, sweep, options->study, program, error);
        free(program);
    } else if (status == STATUS_OK && options->json) {
        print_json(sweep, &estimate);
    } else if (status == STATUS_OK) {
        status = print_plain(sweep, &estimate, missing, options->all, error);
        if (status == STATUS_OK) {
            shell_word(options->study, next, sizeof next);
            const struct screen screen = screen_of(stdout);
            (void)printf("\n");
            screen_say(&screen, 2, "next: schursweep run %s", next);
        }
    }
    free(missing);
    estimate_release(&estimate);
    return status_is_job_failure(status) ? STATUS_INPUT : status;
}

/* What goes into a line of a script that a shell reads. */
static enum status check_script_options(const struct plan_options *options, struct error *error)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._,+@-";
    const char *const names[] = {options->account, options->partition};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i] != NULL && names[i][strspn(names[i], plain)] != '\0') {
            return error_set(error, STATUS_USAGE,
                             "plan: '%s' is no name of an account or partition", names[i]);
        }
    }
    char *end = NULL;
    const long n = options->ntasks != NULL ? strtol(options->ntasks, &end, 10) : 2;
    if (n < 2 || n > 1000000 || (end != NULL && *end != '\0')) {
        return error_set(error, STATUS_USAGE,
                         "plan: --ntasks is %s, expected 2 or more: a driver and workers",
                         options->ntasks);
    }
    const bool is_any =
        options->ntasks != NULL || names[0] != NULL || names[1] != NULL || options->mpirun;
    return !is_any || options->sbatch
               ? STATUS_OK
               : error_set(error, STATUS_USAGE,
                           "plan: --ntasks, --account, --partition and --mpirun are for --sbatch");
}

static enum status command_plan(const struct command_context *context, int argc, char **argv,
                                struct error *error)
{
    struct plan_options options = {.program = context->program};
    struct sweep sweep = {0};
    struct model_survey survey = {0};
    enum isa isa = ISA_PORTABLE;
    TRY(options_parse(argc, argv, &OPTIONS, &options, &options.study, error));
    TRY(check_script_options(&options, error));
    if (options.sbatch && (options.json || options.shard != NULL)) {
        return error_set(error, STATUS_USAGE, "plan: --sbatch is for a whole study, without %s",
                         options.json ? "--json" : "--shard; see slurm/array.sbatch");
    }
    TRY(isa_choice_here(&isa, error));
    enum status status =
        shard_option_load(&sweep, options.study, NULL, options.shard, stderr, &survey, error);
    if (status == STATUS_OK) {
        sweep.isa = isa;
        status = plan_study(&sweep, &survey, &options, error);
        sweep_release(&sweep);
    }
    model_survey_release(&survey);
    return status;
}

const struct command COMMAND_PLAN = {
    .name = "plan",
    .arguments = "STUDY",
    .summary = "what a study will run, and what it costs, without running it",
    .options = &OPTIONS,
    .uses_mpi = false,
    .run = command_plan,
};
