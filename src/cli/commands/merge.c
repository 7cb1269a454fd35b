/* schursweep merge RESULTS... */
#include "study/merge.h"
#include "cli/commands/command.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "cli/versions.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "store/atomic_file.h"
#include "store/lock.h"
#include "store/results_keep.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

struct merge_run {
    const char *output;
    bool quiet;
    char **files; /* [n_files] */
    int n_files;
};

static const struct option_table OPTIONS = {
    .file = "results file",
    .options = {{"--output", 'o', "FILE", "results file to write, which must not be there yet",
                 offsetof(struct merge_run, output)},
                {"--quiet", 'q', NULL, "print nothing", offsetof(struct merge_run, quiet)}},
    .more = "The file is what one run of all the cases would have made. Values of one job in two\n"
            "files must be the same.\n"};

static enum status parse_options(struct merge_run *run, int argc, char **argv, struct error *error)
{
    TRY(options_parse_files(argc, argv, &OPTIONS, run, run->files, &run->n_files, error));
    if (run->output == NULL) {
        return error_set(error, STATUS_USAGE, "merge: -o FILE is missing");
    }
    if (access(run->output, F_OK) == 0) {
        return error_set(error, STATUS_OUTPUT_TAKEN, "%s: is there already", run->output);
    }
    for (int i = 0; i < run->n_files; i++) {
        if (lock_is_held(run->files[i])) {
            return error_set(error, STATUS_OUTPUT_TAKEN, "%s: in use, a run writes it",
                             run->files[i]);
        }
    }
    return STATUS_OK;
}

/* parts[n_files]; released by sweep_release, also after a failure. */
static enum status read_parts(const struct merge_run *run, struct sweep *parts,
                              struct schema *measures, struct error *error)
{
    const struct schema known = diagnostics_schema(NULL);
    for (int i = 0; i < run->n_files; i++) {
        struct results *results = NULL;
        struct error ignored;
        TRY(results_open(&results, run->files[i], RESULTS_READ, &known, error));
        const enum status status = results_read_sweep(results, &parts[i], error);
        const int n_measures = results_schema(results)->n_measures;
        *measures = i == 0 ? *results_schema(results) : *measures;
        (void)!results_close(&results, &ignored);
        TRY(status);
        if (n_measures != measures->n_measures) { /* a program of another version made it */
            return error_set(error, STATUS_MISMATCH,
                             "%s: cannot be merged: has %d measures, expected %d", run->files[i],
                             n_measures, measures->n_measures);
        }
    }
    return STATUS_OK;
}

static enum status tell(const struct merge_run *run, const struct sweep *merged,
                        const struct schema *schema, struct error *error)
{
    struct results *results = NULL;
    struct results_scan scan = {0};
    struct error ignored;
    if (run->quiet) {
        return STATUS_OK;
    }
    TRY(results_open(&results, run->output, RESULTS_READ, schema, error));
    const enum status status = results_scan_create(&scan, results, false, error);
    (void)!results_close(&results, &ignored);
    TRY(status);
    screen_note("%s: %d cases, %lld jobs done, %lld failed, %lld pending", run->output,
                merged->n_cases, (long long)scan.n_done, (long long)scan.n_failed,
                (long long)scan.n_pending);
    if (scan.n_pending > 0) {
        screen_note("%s: 'schursweep run STUDY -o %s' computes what is pending", run->output,
                    run->output);
    }
    results_scan_release(&scan);
    return STATUS_OK;
}

static enum status write_merged(const struct merge_run *run, const struct sweep *merged,
                                const struct schema *measures, struct error *error)
{
    char versions[2048];
    const struct schema known = diagnostics_schema(NULL);
    const struct schema own = diagnostics_schema(merged);
    const struct schema schema = schema_with_measures(&own, measures);
    struct results_keep keep = {.sweep = merged,
                                .schema = &schema,
                                .known = &known,
                                .provenance = {versions, version_git_revision()}};
    enum status status = STATUS_OK;
    version_list(versions, sizeof versions);
    for (int i = 0; i < run->n_files && status == STATUS_OK; i++) {
        status = results_keep_add(&keep, run->files[i], error);
    }
    THEN(status, atomic_file_write(run->output, results_keep_write, &keep, error));
    results_keep_release(&keep);
    THEN(status, tell(run, merged, &schema, error));
    return status;
}

static enum status merge(const struct merge_run *run, struct error *error)
{
    struct sweep *parts = NULL;
    const struct sweep **list = NULL;
    struct schema measures;
    struct sweep merged;
    TRY(memory_array(&parts, (size_t)run->n_files, sizeof *parts, error));
    enum status status = memory_array(&list, (size_t)run->n_files, sizeof *list, error);
    THEN(status, read_parts(run, parts, &measures, error));
    for (int i = 0; i < run->n_files && status == STATUS_OK; i++) {
        list[i] = &parts[i];
    }
    THEN(status, study_merge(&merged, list, run->n_files, run->output, error));
    if (status == STATUS_OK) {
        status = write_merged(run, &merged, &measures, error);
        sweep_release(&merged);
    }
    for (int i = 0; i < run->n_files; i++) {
        sweep_release(&parts[i]);
    }
    free(list);
    free(parts);
    return status;
}

static enum status command_merge(const struct command_context *context, int argc, char **argv,
                                 struct error *error)
{
    struct merge_run run = {.output = NULL};
    TRY(memory_array(&run.files, (size_t)argc + 1, sizeof *run.files, error));
    enum status status = parse_options(&run, argc, argv, error);
    if (context->rank == 0) {
        THEN(status, merge(&run, error));
    }
    free(run.files);
    return status;
}

const struct command COMMAND_MERGE = {
    .name = "merge",
    .arguments = "RESULTS...",
    .summary = "put shards, or studies that differ in what they sweep, into one results file",
    .options = &OPTIONS,
    .uses_mpi = false,
    .run = command_merge,
};
