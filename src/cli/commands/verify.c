/* schursweep verify RESULTS */
#include "cli/commands/command.h"
#include "cli/options.h"
#include "cli/recompute.h"
#include "core/memory.h"
#include "core/rng.h"
#include "kernel/blas.h"
#include "store/results_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct verify_run {
    const char *file;
    const char *sample;
    const char *seed_text;
    const char *models;
    double share;
    uint64_t seed;
};

/* "1%" or "0.01". */
static enum status parse_share(const char *text, double *share, struct error *error)
{
    char *end = NULL;
    *share = strtod(text, &end);
    if (end != text && strcmp(end, "%") == 0) {
        *share /= 100.0;
        end++;
    }
    return end != text && *end == '\0' && *share >= 0 && *share <= 1
               ? STATUS_OK
               : error_set(error, STATUS_USAGE,
                           "verify: --sample is '%s', expected a share such as 1%% or 0.01", text);
}

static enum status parse_seed(const char *text, uint64_t *seed, struct error *error)
{
    char *end = NULL;
    *seed = strtoull(text, &end, 10);
    return end != text && *end == '\0' && text[0] != '-'
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "verify: --seed is '%s', expected a whole number",
                           text);
}

static enum status parse_options(struct verify_run *run, int argc, char **argv, struct error *error)
{
    const struct option_spec specs[] = {{"--sample", '\0', NULL, &run->sample},
                                        {"--seed", '\0', NULL, &run->seed_text},
                                        {"--models", '\0', NULL, &run->models}};
    run->share = 0.01;
    run->seed = (uint64_t)time(NULL);
    TRY(options_parse(argc, argv, specs, sizeof specs / sizeof specs[0], "results file", &run->file,
                      error));
    if (run->sample != NULL) {
        TRY(parse_share(run->sample, &run->share, error));
    }
    return run->seed_text == NULL ? STATUS_OK : parse_seed(run->seed_text, &run->seed, error);
}

/* ---- checksums ---- */

static enum status check_sums(const char *path, struct results_scan *scan, struct error *error)
{
    struct results results;
    struct error ignored;
    TRY(results_open(&results, path, RESULTS_READ, error));
    const enum status status = results_scan_create(scan, &results, false, error);
    (void)!results_close(&results, &ignored);
    return status;
}

/* ---- sample ---- */

/* Alphas, then partitions, as in the slots of a scan. */
static int rows_per_case(const struct study_data *data)
{
    return data->n_alphas + data->inputs[0].table.n_partitions;
}

static bool is_done(const struct study_data *data, const struct job_place *job)
{
    const int partition = job->row - data->n_alphas;
    if (partition < 0) {
        return study_job_state(data, job->case_index, job->row, job->set) == JOB_DONE;
    }
    return partition < study_partitions(data, job->case_index) &&
           study_job_state(data, job->case_index, study_row_of_partition(data, partition),
                           job->set) == JOB_DONE;
}

/* Every done job with the probability of the sample, at least one; ordered by case. */
static size_t draw_jobs(const struct verify_run *run, const struct study_data *data,
                        const struct results_scan *scan, struct job_place *jobs)
{
    const struct rng_key key = {{run->seed, 0}};
    struct rng rng = rng_stream(key, 0, 0);
    const uint64_t chosen = scan->n_done > 0 ? rng_below(&rng, (uint64_t)scan->n_done) : 0;
    const int n_rows = rows_per_case(data);
    uint64_t index = 0;
    size_t n = 0;
    for (int64_t slot = 0; slot < scan->n_slots; slot++) {
        const struct job_place job = {(int)(slot / data->n_sets / n_rows),
                                      (int)(slot / data->n_sets % n_rows),
                                      (int)(slot % data->n_sets)};
        if (scan->final[slot] != 1 || !is_done(data, &job)) {
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

static enum status recompute_sample(const struct verify_run *run, const struct study_data *data,
                                    const struct results_scan *scan,
                                    struct recompute_outcome *outcome, struct error *error)
{
    struct job_place *jobs = NULL;
    TRY(memory_array(&jobs, (size_t)scan->n_slots, sizeof *jobs, error));
    const size_t n = draw_jobs(run, data, scan, jobs);
    const enum status status = recompute_jobs(data, jobs, n, run->models, outcome, error);
    free(jobs);
    return status;
}

/* ---- verdict ---- */

static void print_outcome(const struct verify_run *run, const struct results_scan *scan,
                          const struct recompute_outcome *outcome)
{
    (void)printf("checksums   %lld jobs done, %lld failed, %lld pending, %lld damaged\n",
                 (long long)scan->n_done, (long long)scan->n_failed,
                 (long long)(scan->n_pending - scan->n_damaged), (long long)scan->n_damaged);
    (void)printf("recomputed  %lld the same bits, %lld different (sample %g%%, --seed %llu)\n",
                 (long long)outcome->n_equal, (long long)outcome->n_different, 100.0 * run->share,
                 (unsigned long long)run->seed);
    if (outcome->n_near > 0) {
        (void)printf("            %lld of teams the same up to rounding, computed on one rank\n",
                     (long long)outcome->n_near);
    }
    if (outcome->n_skipped > 0) {
        (void)printf("skipped     %lld: %s\n", (long long)outcome->n_skipped, outcome->why_skipped);
    }
}

enum { ROW_NAME_SIZE = 64 };

/* "alpha 0.9", or "partition 3" counted as on its axis. */
static void name_row(const struct study_data *data, const struct job_place *job, char *name)
{
    if (job->row < data->n_alphas) {
        (void)snprintf(name, ROW_NAME_SIZE, "alpha %g", data->alphas[job->row]);
    } else {
        (void)snprintf(name, ROW_NAME_SIZE, "partition %d", job->row - data->n_alphas + 1);
    }
}

static enum status judge(const struct verify_run *run, const struct study_data *data,
                         const struct results_scan *scan, const struct recompute_outcome *outcome,
                         struct error *error)
{
    if (scan->n_damaged > 0) {
        return error_set(error, STATUS_DAMAGED,
                         "%s: %lld finished jobs fail their checksum; `run` computes them again",
                         run->file, (long long)scan->n_damaged);
    }
    if (outcome->n_different > 0) {
        const struct job_place *const job = &outcome->first_different;
        char row[ROW_NAME_SIZE];
        name_row(data, job, row);
        return error_set(
            error, STATUS_DAMAGED,
            "%s: %lld recomputed jobs differ, the first is model '%s', %s, "
            "ablation %s; the largest relative difference of fvu is %.1e%s",
            run->file, (long long)outcome->n_different, study_text(data, "model", job->case_index),
            row, ablation_name(data->sets[job->set]), outcome->largest_difference,
            outcome->largest_difference < 1e-9 ? ": rounding, as on another type of processor"
                                               : "");
    }
    return STATUS_OK;
}

static enum status verify(const struct verify_run *run, struct error *error)
{
    struct study_data data;
    struct results_scan scan;
    struct recompute_outcome outcome = {0};
    char *const path = strdup(run->file);
    if (path == NULL) {
        return error_set(error, STATUS_INTERNAL, "out of memory");
    }
    enum status status = study_data_read(&data, &path, 1, error);
    free(path);
    TRY(status);
    status = check_sums(run->file, &scan, error);
    if (status == STATUS_OK) {
        status = recompute_sample(run, &data, &scan, &outcome, error);
        if (status == STATUS_OK) {
            print_outcome(run, &scan, &outcome);
            status = judge(run, &data, &scan, &outcome, error);
        }
        results_scan_release(&scan);
    }
    study_data_release(&data);
    return status;
}

static enum status command_verify(const struct command_context *context, int argc, char **argv,
                                  struct error *error)
{
    struct verify_run run = {.file = NULL};
    if (context->rank != 0) {
        return STATUS_OK;
    }
    TRY(parse_options(&run, argc, argv, error));
    blas_use_one_thread();
    return verify(&run, error);
}

const struct command COMMAND_VERIFY = {
    .name = "verify",
    .arguments = "RESULTS",
    .summary = "check every checksum, compute a random sample of jobs again and compare the bits",
    .options =
        "  --sample SHARE       part of the done jobs to compute again, 1% by default\n"
        "  --seed N             of the random choice; the clock by default\n"
        "  --models DIR         where the weights are, if no longer where the study had them\n",
    .uses_mpi = false,
    .run = command_verify,
};
