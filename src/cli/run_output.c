#include "cli/run_output.h"

#include "cli/isa_choice.h"
#include "cli/run_extend.h"
#include "cli/screen.h"
#include "cli/versions.h"
#include "core/clock.h"
#include "core/schur_dir.h"
#include "core/text.h"
#include "kernel/blas.h"
#include "kernel/diagnostics/diagnostic.h"
#include "store/atomic_file.h"
#include "store/results_create.h"
#include "store/results_resume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void tell_waiting(const char *output)
{
    screen_note("%s: waiting up to 10 s for ranks of a dead run to end", output);
}

static bool path_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

enum { LONGEST_PATH = SCHUR_DIR_PATH + 16 };

/* path.<number>, or false when that exists already. */
static bool name_aside(char aside[LONGEST_PATH], const char *path, int number)
{
    return snprintf(aside, LONGEST_PATH, "%s.%d", path, number) < LONGEST_PATH &&
           !path_exists(aside);
}

static enum status move(const char *path, const char *aside, bool quiet, struct error *error)
{
    if (!path_exists(path)) {
        return STATUS_OK;
    }
    if (renameat2(AT_FDCWD, path, AT_FDCWD, aside, RENAME_NOREPLACE) != 0) {
        return error_set(error, STATUS_IO, "%s: cannot move aside: %s", path, strerror(errno));
    }
    if (!quiet) {
        screen_note("%s: moved to %s", path, aside);
    }
    return STATUS_OK;
}

/* "<model>-<identity>.h5", or with what form it is behind the identity. */
static bool is_form(const char *name)
{
    enum { DIGITS = 16 };
    bool found = false;
    for (const char *dash = strchr(name, '-'); dash != NULL && !found;
         dash = strchr(dash + 1, '-')) {
        const char after = strspn(dash + 1, "0123456789abcdef") == DIGITS ? dash[1 + DIGITS] : '\0';
        found = after == '-' || after == '.';
    }
    return found && name[text_stem_length(name, ".h5")] != '\0';
}

/* Whether it holds Schur forms that were kept: any other folder of that name is somebody's own. */
static bool holds_forms(const char *folder)
{
    bool found = false;
    DIR *const entries = opendir(folder);
    for (struct dirent *entry = entries != NULL ? readdir(entries) : NULL; entry != NULL && !found;
         entry = readdir(entries)) {
        found = is_form(entry->d_name);
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    return found;
}

/* results.h5 -> results.h5.1, .2, ..., and kept Schur forms -> results.schur.1, ...: the first
 * number that is free for both. The results go first: forms without results go aside with the next
 * run. */
static enum status move_aside(const char *path, const char *folder, bool quiet, struct error *error)
{
    char aside[LONGEST_PATH];
    char folder_aside[LONGEST_PATH];
    for (int i = 1; i < 10000; i++) {
        if (name_aside(aside, path, i) && name_aside(folder_aside, folder, i)) {
            TRY(move(path, aside, quiet, error));
            return holds_forms(folder) ? move(folder, folder_aside, quiet, error) : STATUS_OK;
        }
    }
    return error_set(error, STATUS_IO, "%s: cannot move aside: no free name", path);
}

static enum status create(const struct sweep *sweep, struct error *error)
{
    char versions[2048];
    version_list(versions, sizeof versions);
    const struct provenance provenance = {versions, version_git_revision()};
    const struct schema schema = diagnostics_schema(sweep);
    return results_create(sweep->output, sweep, &schema, &provenance, error);
}

static enum status close_after(struct results **results, enum status status, struct error *error)
{
    struct error close_error;
    const enum status closed = results_close(results, &close_error);
    if (status == STATUS_OK && closed != STATUS_OK) {
        *error = close_error;
        return closed;
    }
    return status;
}

static enum status open_existing(struct results **results, const struct sweep *sweep,
                                 struct error *error)
{
    const struct schema schema = diagnostics_schema(sweep);
    return results_open(results, sweep->output, RESULTS_READ, &schema, error);
}

static enum status match(const struct sweep *sweep, const struct results *results, bool *is_same,
                         struct error *error)
{
    const struct schema schema = diagnostics_schema(sweep);
    return results_match(results, sweep, &schema, is_same, error);
}

static enum status resume(struct run_output *output, const struct results *results,
                          const struct sweep *sweep, const struct run_output_options *options,
                          struct error *error)
{
    TRY(results_scan_create(&output->scan, results, options->retry_failed, error));
    run_extend_tell_damage(sweep->output, &output->scan);
    output->isa = sweep->isa;
    return results_scan_is_final(&output->scan) ? STATUS_OK
                                                : isa_choice_resume(results, &output->isa, error);
}

/* Names, epsilon and the order of cases are never a reason to compute anything again, and a study
 * may name diagnostics that its file has not yet. *is_same: the file was the study's already. */
static enum status make_same(const struct sweep *sweep, bool *is_same, struct error *error)
{
    struct results *results = NULL;
    TRY(open_existing(&results, sweep, error));
    enum status status = match(sweep, results, is_same, error);
    if (!*is_same) {
        THEN(status, run_extend_same(sweep, results, error));
    }
    return close_after(&results, status, error);
}

/* Of a file that has just been written. */
static enum status expect_same(const struct sweep *sweep, const struct results *results,
                               struct error *error)
{
    bool is_same = false;
    TRY(match(sweep, results, &is_same, error));
    return is_same
               ? STATUS_OK
               : error_set(error, STATUS_INTERNAL, "%s: has not become the study's", sweep->output);
}

static enum status prepare_file(struct run_output *output, const struct sweep *sweep,
                                const struct run_output_options *options, struct error *error)
{
    const char *const path = sweep->output;
    struct results *results = NULL;
    bool is_same = false;
    char folder[SCHUR_DIR_PATH];
    TRY(schur_dir_folder(path, folder, error));
    TRY(atomic_file_clear(path, error));
    TRY(atomic_file_clear_folder(folder, error));
    if (options->extend && (options->n_older > 0 || path_exists(path))) {
        TRY(run_extend(sweep, options, sweep->isa, error));
    } else if (options->fresh || !path_exists(path)) {
        TRY(move_aside(path, folder, options->quiet, error));
        TRY(create(sweep, error));
    } else {
        TRY(make_same(sweep, &is_same, error));
    }
    TRY(open_existing(&results, sweep, error));
    enum status status = is_same ? STATUS_OK : expect_same(sweep, results, error);
    THEN(status, resume(output, results, sweep, options, error));
    return close_after(&results, status, error);
}

/* Before anything is written, not even a lock: an existing file must be a results file, and unless
 * it is moved aside one of this study. */
static enum status check_existing(const struct sweep *sweep,
                                  const struct run_output_options *options, struct error *error)
{
    struct results *results = NULL;
    bool is_same = false;
    if (!path_exists(sweep->output)) {
        return STATUS_OK;
    }
    const enum status opened = open_existing(&results, sweep, error);
    if (opened != STATUS_OK) {
        return options->fresh && opened != STATUS_OUTPUT_TAKEN ? STATUS_OK : opened;
    }
    struct error ignored;
    const enum status status =
        options->fresh || options->extend ? STATUS_OK : match(sweep, results, &is_same, error);
    (void)!results_close(&results, &ignored);
    return status == STATUS_MISMATCH ? run_extend_refuse(sweep, status, error) : status;
}

/* The folder that it will be in; a path that is none of a file is refused by those who open it. */
static enum status make_folder(const char *output, struct error *error)
{
    char *folder = NULL;
    if (text_ends(output, "/")) {
        return STATUS_OK;
    }
    TRY(path_directory(&folder, output, error));
    const enum status status = path_make_folder(folder, error);
    free(folder);
    return status;
}

enum status run_output_prepare(struct run_output *output, struct lock *lock,
                               const struct sweep *sweep, const struct run_output_options *options,
                               struct error *error)
{
    TRY(check_existing(sweep, options, error));
    TRY(make_folder(sweep->output, error));
    TRY(lock_take_driver(lock, sweep->output, options->quiet ? NULL : tell_waiting, error));
    enum status status = prepare_file(output, sweep, options, error);
    THEN(status, lock_take_output(lock, sweep->output, error));
    if (status != STATUS_OK && !path_exists(sweep->output)) {
        lock_discard(lock, sweep->output);
    }
    return status;
}

/* All checksums again, from the file that has the name: what other programs did to it meanwhile is
 * known to nobody else. */
static enum status count_missing(const struct sweep *sweep, int64_t *missing, struct error *error)
{
    struct results *results = NULL;
    struct results_scan scan = {0};
    TRY(open_existing(&results, sweep, error));
    const enum status status =
        close_after(&results, results_scan_create(&scan, results, false, error), error);
    *missing = scan.n_pending;
    results_scan_release(&scan);
    return status;
}

enum status run_output_check(const struct lock *lock, const struct sweep *sweep,
                             struct error *error)
{
    int64_t missing = 0;
    TRY(lock_check(lock, sweep->output, error));
    const enum status status = count_missing(sweep, &missing, error);
    if (status != STATUS_OK) {
        return error_prefix(error, STATUS_IO, "after the run");
    }
    return missing == 0 ? STATUS_OK
                        : error_set(error, STATUS_IO,
                                    "%s: %lld jobs are no longer in it: changed by another program "
                                    "while it was written; the same command computes them again",
                                    sweep->output, (long long)missing);
}

enum status run_output_start(struct run_output *output, const struct results *results, int n_ranks,
                             struct error *error)
{
    struct epoch epochs[RESULTS_EPOCHS];
    struct epoch *const now = &output->epoch;
    const char *const job = getenv("SLURM_JOB_ID");
    TRY(results_read_epochs(results, epochs, error));
    output->begin = clock_seconds();
    *now = (struct epoch){.start_time = (int64_t)time(NULL),
                          .done_at_start = output->scan.n_done + output->scan.n_failed,
                          .n_ranks = n_ranks};
    (void)snprintf(now->isa, sizeof now->isa, "%s", isa_name(output->isa));
    (void)snprintf(now->blas_core, sizeof now->blas_core, "%s", blas_core());
    (void)gethostname(now->host, sizeof now->host - 1);
    (void)snprintf(now->job, sizeof now->job, "%s", job != NULL ? job : "");
    int n = 0;
    const char *other = NULL; /* kernels of BLAS, which round differently */
    for (; n < RESULTS_EPOCHS && epochs[n].start_time != 0; n++) {
        const char *const core = epochs[n].blas_core;
        other =
            other == NULL && core[0] != '\0' && strcmp(core, now->blas_core) != 0 ? core : other;
    }
    if (other != NULL) {
        screen_note("%s: warning: begun with BLAS kernels '%s', goes on with '%s': values may "
                    "differ in their last bits; OPENBLAS_CORETYPE=%s goes on with the first",
                    results_path(results), other, now->blas_core, other);
    }
    /* The last record is overwritten when the history is full: the newest start is always there. */
    output->epoch_index = n < RESULTS_EPOCHS ? n : RESULTS_EPOCHS - 1;
    return results_write_epoch(results, output->epoch_index, now, error);
}

enum status run_output_finish(struct run_output *output, const struct results *results,
                              struct error *error)
{
    output->epoch.end_time =
        output->epoch.start_time + (int64_t)ceil(clock_seconds() - output->begin);
    return results_write_epoch(results, output->epoch_index, &output->epoch, error);
}
