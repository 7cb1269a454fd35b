/* schursweep verify RESULTS */
#include "cli/commands/command.h"
#include "cli/options.h"
#include "cli/recompute.h"
#include "cli/screen.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/rng.h"
#include "kernel/blas.h"
#include "kernel/diagnostics/diagnostic.h"
#include "report/stored_case.h"
#include "store/lock.h"
#include "store/results_scan.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct verify_run {
    const char *file;
    const char *sample;
    const char *seed_text;
    const char *models;
    bool json;
    double share;
    uint64_t seed;
};

static const struct option_table OPTIONS = {
    .file = "results file",
    .options = {
        {"--sample", '\0', "SHARE", "part of the done jobs to compute again, 1% by default",
         offsetof(struct verify_run, sample)},
        {"--seed", '\0', "N", "of the random choice; the clock by default",
         offsetof(struct verify_run, seed_text)},
        {"--models", '\0', "DIR",
         "where weights and trials are, if no longer where the study had them nor beside "
         "the results file",
         offsetof(struct verify_run, models)},
        {"--json", '\0', NULL, "the same for programs", offsetof(struct verify_run, json)}}};

static enum status parse_options(struct verify_run *run, int argc, char **argv, struct error *error)
{
    char *end = NULL;
    run->share = 0.01;
    run->seed = (uint64_t)time(NULL);
    TRY(options_parse(argc, argv, &OPTIONS, run, &run->file, error));
    if (run->sample != NULL) { /* "1%" or "0.01" */
        run->share = strtod(run->sample, &end);
        if (end != run->sample && *end == '%') {
            run->share /= 100.0;
            end++;
        }
        if (end == run->sample || *end != '\0' || !(run->share >= 0 && run->share <= 1)) {
            return error_set(error, STATUS_USAGE,
                             "verify: --sample is '%s', expected a share such as 1%% or 0.01",
                             run->sample);
        }
    }
    TRY(options_check_folder("verify", "--models", run->models, error));
    if (run->seed_text != NULL) {
        run->seed = strtoull(run->seed_text, &end, 10);
        if (end == run->seed_text || *end != '\0' || run->seed_text[0] == '-') {
            return error_set(error, STATUS_USAGE, "verify: --seed is '%s', expected a whole number",
                             run->seed_text);
        }
    }
    return STATUS_OK;
}

/* Every done job with the probability of the sample, at least one; ordered by case. */
static size_t draw_jobs(const struct verify_run *run, const struct study_data *data,
                        const struct results_scan *scan, struct stored_job *jobs)
{
    const struct rng_key key = {{run->seed, 0}};
    struct rng rng = rng_stream(key, 0, 0);
    const uint64_t chosen = scan->n_done > 0 ? rng_below(&rng, (uint64_t)scan->n_done) : 0;
    const int n_jobs = sweep_jobs_per_case(&data->inputs[0].sweep);
    const int n_removals = sweep_removals_per_case(&data->inputs[0].sweep);
    uint64_t index = 0;
    size_t n = 0;
    for (int64_t slot = 0; slot < scan->n_slots; slot++) {
        const struct stored_job job = {(int)(slot / n_jobs), (int)(slot % n_jobs)};
        const int state = job.job < n_removals
                              ? study_job_state(data, job.case_index, job.job / data->n_sets,
                                                job.job % data->n_sets)
                              : study_record_state(data, job.case_index, job.job - n_removals);
        if (scan->final[slot] != 1 || state != JOB_DONE) {
            continue;
        }
        const bool is_drawn = rng_uniform(&rng) < run->share;
        if (is_drawn || (index == chosen && run->share > 0)) {
            jobs[n++] = job;
        }
        index++;
    }
    return n;
}

/* ---- verdict ---- */

enum { INDENT = 12 };

static void print_outcome(const struct verify_run *run, const struct results_scan *scan,
                          const struct recompute_outcome *outcome)
{
    const struct screen screen = screen_of(stdout);
    screen_say(&screen, INDENT,
               "checksums   %lld jobs done, %lld failed, %lld pending, %lld damaged",
               (long long)scan->n_done, (long long)scan->n_failed,
               (long long)(scan->n_pending - scan->n_damaged), (long long)scan->n_damaged);
    screen_say(&screen, INDENT,
               "recomputed  %lld the same bits, %lld different (sample %g%%, --seed %llu)",
               (long long)outcome->n_equal, (long long)outcome->n_different, 100.0 * run->share,
               (unsigned long long)run->seed);
    if (outcome->n_near > 0) {
        screen_say(&screen, INDENT,
                   "            %lld of teams the same up to rounding, computed on one rank",
                   (long long)outcome->n_near);
    }
    if (outcome->n_skipped > 0) {
        screen_say(&screen, INDENT, "skipped     %lld: %s", (long long)outcome->n_skipped,
                   outcome->why_skipped);
    }
}

enum { JOB_NAME_SIZE = 128 };

/* "alpha 0.9, ablation CC", "partition 3, ..." counted as on its axis, or "diagnostic spectrum". */
static void name_job(const struct study_data *data, const struct stored_job *job, char *name)
{
    const struct results_input *const input = study_input(data, job->case_index);
    const int diagnostic = job->job - sweep_removals_per_case(&input->sweep);
    if (diagnostic >= 0) {
        (void)snprintf(name, JOB_NAME_SIZE, "%s %.64s",
                       input->sweep.of_pairs ? "comparison" : "diagnostic",
                       input->schema.tables[diagnostic].name);
        return;
    }
    const int row = job->job / data->n_sets;
    const char *const set = ablation_name(data->sets[job->job % data->n_sets]);
    if (row < data->n_alphas) {
        (void)snprintf(name, JOB_NAME_SIZE, "alpha %g, ablation %s", data->alphas[row], set);
    } else {
        (void)snprintf(name, JOB_NAME_SIZE, "partition %d, ablation %s", row - data->n_alphas + 1,
                       set);
    }
}

/* All that was looked at, and what is to be said of it. */
static void print_json(const struct verify_run *run, const struct results_scan *scan,
                       const struct recompute_outcome *outcome, enum status status,
                       const struct error *error)
{
    struct json json = {.stream = stdout};
    json_object(&json, NULL);
    json_text(&json, "file", run->file);
    json_integer(&json, "exit_code", (int64_t)status);
    json_text(&json, "message", status == STATUS_OK ? NULL : error->text);
    json_object(&json, "checksums");
    json_integer(&json, "done", scan->n_done);
    json_integer(&json, "failed", scan->n_failed);
    json_integer(&json, "pending", scan->n_pending - scan->n_damaged);
    json_integer(&json, "damaged", scan->n_damaged);
    json_end_object(&json);
    json_object(&json, "recomputed");
    json_real(&json, "sample", run->share);
    json_integer(&json, "seed", (int64_t)run->seed);
    json_integer(&json, "same_bits", outcome->n_equal);
    json_integer(&json, "same_to_rounding", outcome->n_near);
    json_integer(&json, "different", outcome->n_different);
    json_integer(&json, "skipped", outcome->n_skipped);
    json_text(&json, "why_skipped", outcome->n_skipped > 0 ? outcome->why_skipped : NULL);
    json_end_object(&json);
    json_end_object(&json);
}

static enum status judge(const struct verify_run *run, const struct study_data *data,
                         const struct results_scan *scan, const struct recompute_outcome *outcome,
                         struct error *error)
{
    if (scan->n_damaged > 0) {
        return error_set(error, STATUS_DAMAGED,
                         "%s: %lld finished jobs fail their checksum; `%s` computes them again",
                         run->file, (long long)scan->n_damaged,
                         study_is_of_pairs(data) ? "compare" : "run");
    }
    if (outcome->n_different > 0) {
        const struct stored_job *const job = &outcome->first_different;
        char name[JOB_NAME_SIZE];
        name_job(data, job, name);
        return error_set(
            error, STATUS_DAMAGED,
            "%s: %lld recomputed jobs differ, the first is model '%s', %s; the largest relative "
            "difference of fvu is %.1e%s",
            run->file, (long long)outcome->n_different, study_text(data, "model", job->case_index),
            name, outcome->largest_difference,
            outcome->largest_difference < 1e-9 ? ": rounding, as on another type of processor"
                                               : "");
    }
    const long long n_drawn = outcome->n_skipped + outcome->n_equal + outcome->n_near;
    if (outcome->n_skipped > 0) { /* what was asked for has not been checked */
        return error_set(error, STATUS_INPUT, "%s: %lld of %lld jobs were not computed again: %s",
                         run->file, (long long)outcome->n_skipped, n_drawn, outcome->why_skipped);
    }
    if (scan->n_done + scan->n_failed == 0) {
        return error_set(error, STATUS_STOPPED, "%s: no job is done yet, nothing was checked",
                         run->file);
    }
    return STATUS_OK;
}

/* The stored values and what their checksums say, of one and the same file: a run may put another
 * one in its place in between. */
static enum status read_both(const struct verify_run *run, struct study_data *data,
                             struct results_scan *scan, bool *is_same, struct error *error)
{
    const struct schema schema = diagnostics_schema(NULL);
    struct results *results = NULL;
    struct error ignored;
    char *uuid = NULL;
    TRY(study_data_read(data, &run->file, 1, NULL, error));
    enum status status = results_open(&results, run->file, RESULTS_READ, &schema, error);
    if (status == STATUS_OK) { /* all checksums */
        const struct sweep *const sweep = &data->inputs[0].sweep;
        status = results_scan_create(scan, results, false, error);
        THEN(status, results_read_attribute(results, "file_uuid", &uuid, error));
        *is_same = status == STATUS_OK && strcmp(uuid, data->inputs[0].uuid) == 0 &&
                   scan->n_slots == (int64_t)sweep->n_cases * sweep_jobs_per_case(sweep);
        free(uuid);
        (void)!results_close(&results, &ignored);
    }
    if (status != STATUS_OK) {
        results_scan_release(scan);
        study_data_release(data);
    }
    return status;
}

/* What a run writes again looks damaged for a moment. */
static enum status read_sound(const struct verify_run *run, struct study_data *data,
                              struct results_scan *scan, struct error *error)
{
    enum { ATTEMPTS = 6 };
    static const struct timespec pause = {.tv_nsec = 100L * 1000 * 1000};
    for (int i = 0;; i++) {
        const bool was_live = lock_is_held(run->file);
        bool is_same = false;
        TRY(read_both(run, data, scan, &is_same, error));
        if (is_same && (scan->n_damaged == 0 || i == ATTEMPTS || (i > 0 && !was_live))) {
            return STATUS_OK;
        }
        results_scan_release(scan);
        study_data_release(data);
        if (i == ATTEMPTS) {
            return error_set(error, STATUS_OUTPUT_TAKEN,
                             "%s: in use: another file takes its place again and again", run->file);
        }
        (void)nanosleep(&pause, NULL);
    }
}

static enum status command_verify(const struct command_context *context, int argc, char **argv,
                                  struct error *error)
{
    struct verify_run run = {.file = NULL};
    struct study_data data;
    struct results_scan scan = {0};
    struct recompute_outcome outcome = {0};
    struct stored_job *jobs = NULL;
    (void)context;
    TRY(parse_options(&run, argc, argv, error));
    TRY(blas_begin(error));
    TRY(read_sound(&run, &data, &scan, error));
    enum status status = memory_array(&jobs, (size_t)scan.n_slots, sizeof *jobs, error);
    if (status == STATUS_OK) {
        const size_t n = draw_jobs(&run, &data, &scan, jobs);
        status = study_is_of_pairs(&data)
                     ? recompute_pairs(&data, jobs, n, run.models, &outcome, error)
                     : recompute_jobs(&data, jobs, n, run.models, &outcome, error);
    }
    if (status == STATUS_OK) {
        if (!run.json) {
            print_outcome(&run, &scan, &outcome);
        }
        status = judge(&run, &data, &scan, &outcome, error);
        if (!study_is_of_pairs(&data)) {
            THEN(status, stored_case_check_models(&data, run.models, error));
        }
        if (run.json) {
            print_json(&run, &scan, &outcome, status, error);
        }
    }
    free(jobs);
    results_scan_release(&scan);
    study_data_release(&data);
    return status;
}

const struct command COMMAND_VERIFY = {
    .name = "verify",
    .arguments = "RESULTS",
    .summary = "check every checksum, compute a random sample of jobs again and compare the bits",
    .options = &OPTIONS,
    .uses_mpi = false,
    .run = command_verify,
};
