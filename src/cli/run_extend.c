#include "cli/run_extend.h"

#include "cli/isa_choice.h"
#include "cli/screen.h"
#include "cli/versions.h"
#include "core/schur_dir.h"
#include "core/text.h"
#include "kernel/diagnostics/diagnostic.h"
#include "store/atomic_file.h"
#include "store/results_keep.h"
#include "store/results_resume.h"

#include <stdio.h>
#include <sys/stat.h>

/* All that is borrowed by a struct results_keep. */
struct extension {
    struct sweep sweep; /* borrows all but its isa */
    struct schema schema;
    struct schema known;
    char versions[2048];
    struct results_keep keep;
};

static void begin(struct extension *extension, const struct sweep *sweep)
{
    *extension = (struct extension){
        .sweep = *sweep, .schema = diagnostics_schema(sweep), .known = diagnostics_schema(NULL)};
    version_list(extension->versions, sizeof extension->versions);
    extension->keep =
        (struct results_keep){.sweep = &extension->sweep,
                              .schema = &extension->schema,
                              .known = &extension->known,
                              .provenance = {extension->versions, version_git_revision()}};
}

enum status run_extend_refuse(const struct sweep *sweep, enum status status, struct error *error)
{
    struct extension extension;
    struct error ignored;
    begin(&extension, sweep);
    struct results_keep *const keep = &extension.keep;
    const bool has_some = results_keep_add(keep, sweep->output, &ignored) == STATUS_OK &&
                          results_keep_count(keep, &ignored) == STATUS_OK && keep->n_kept > 0;
    const long long n_kept = keep->n_kept;
    const long long n_jobs = has_some ? keep->files[0].scan.n_jobs : 0;
    results_keep_release(keep);
    const struct error why = *error;
    return has_some ? error_set(error, status,
                                "%s; %lld of its %lld jobs can be kept (--extend keeps them, "
                                "--fresh starts anew)",
                                why.text, n_kept, n_jobs)
                    : error_set(error, status, "%s (--fresh starts anew)", why.text);
}

void run_extend_tell_damage(const char *path, const struct results_scan *scan)
{
    if (scan->n_damaged > 0) {
        screen_note("%s: warning: %lld finished jobs fail their checksum, run again", path,
                    (long long)scan->n_damaged);
    }
}

enum status run_extend_same(const struct sweep *sweep, const struct results *results,
                            struct error *error)
{
    struct extension extension;
    begin(&extension, sweep);
    struct results_keep *const keep = &extension.keep;
    extension.schema = schema_with_measures(&extension.schema, results_schema(results));
    enum status status = results_keep_add(keep, sweep->output, error);
    if (status == STATUS_OK) {
        run_extend_tell_damage(sweep->output, &keep->files[0].scan);
        extension.sweep.isa = keep->files[0].sweep.isa;
        status = results_keep_replace(keep, sweep->output, error);
    }
    results_keep_release(keep);
    return status == STATUS_MISMATCH ? run_extend_refuse(sweep, status, error) : status;
}

/* ---- with older files ---- */

/* The output first, if it is there. */
static enum status add_files(struct extension *extension, const struct run_output_options *options,
                             bool has_output, bool has_all, bool *is_done, struct error *error)
{
    struct results_keep *const keep = &extension->keep;
    const char *const output = extension->sweep.output;
    int64_t n_before = 0;
    if (has_output) {
        TRY(results_keep_add(keep, output, error));
    }
    if (has_all) {
        TRY(results_keep_count(keep, error));
        n_before = keep->n_kept;
    }
    for (int i = 0; i < options->n_older; i++) {
        if (!path_same_file(options->older[i], output)) {
            TRY(results_keep_add(keep, options->older[i], error));
        }
    }
    if (has_all) {
        TRY(results_keep_count(keep, error));
    }
    *is_done = has_all && keep->n_kept == n_before;
    return STATUS_OK;
}

/* What has the name of a model in an older file and is another one. */
static void tell_changed(const struct results_keep *keep)
{
    enum { SHOWN = 10 };
    int last = -1; /* cases of a model stand together */
    int count = 0;
    for (int i = 0; i < keep->sweep->n_cases; i++) {
        const int model = keep->sweep->cases[i].model;
        bool has_changed = false;
        bool is_kept = false;
        for (int f = 0; f < keep->n_files; f++) {
            const struct kept_file *const file = &keep->files[f];
            is_kept = is_kept || file->map.case_of[i] >= 0;
            has_changed = has_changed || file->map.namesake_of[i] >= 0 || file->changed[model] != 0;
        }
        if (has_changed && !is_kept && model != last) {
            last = model;
            if (count++ < SHOWN) {
                screen_note("%s on task %s has changed: computed anew",
                            keep->sweep->models[model].label, keep->sweep->cases[i].task_label);
            }
        }
    }
    if (count > SHOWN) {
        screen_note("%d more have changed: computed anew", count - SHOWN);
    }
}

/* path.1, .2, ...: the first name that is free, or that a killed run has given it already. */
static enum status name_aside(const char *path, char aside[SCHUR_DIR_PATH], struct error *error)
{
    struct stat info;
    for (int i = 1; i < 10000; i++) {
        const int length = snprintf(aside, SCHUR_DIR_PATH, "%s.%d", path, i);
        if (length < SCHUR_DIR_PATH && (lstat(aside, &info) != 0 || path_same_file(aside, path))) {
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_IO, "%s: cannot move aside: no free name", path);
}

static enum status write_output(struct extension *extension, bool has_output, bool quiet,
                                struct error *error)
{
    struct results_keep *const keep = &extension->keep;
    const char *const path = extension->sweep.output;
    char aside[SCHUR_DIR_PATH];
    if (has_output) {
        TRY(name_aside(path, aside, error));
        TRY(atomic_file_exchange(path, aside, results_keep_write, keep, error));
    } else {
        TRY(atomic_file_write(path, results_keep_write, keep, error));
    }
    if (has_output && !quiet) {
        screen_note("%s: moved to %s", path, aside);
    }
    for (int f = 0; f < keep->n_files; f++) {
        run_extend_tell_damage(results_path(keep->files[f].results), &keep->files[f].scan);
    }
    if (!quiet) {
        tell_changed(keep);
        screen_note("%s: %lld jobs kept", path, (long long)keep->n_kept);
    }
    return STATUS_OK;
}

/* Whether the output is there, and whether it is the study's already. */
static enum status look_at_output(const struct extension *extension, bool *has_output,
                                  bool *has_all, struct error *error)
{
    struct results *results = NULL;
    struct stat info;
    struct error ignored;
    *has_output = lstat(extension->sweep.output, &info) == 0;
    *has_all = false;
    if (!*has_output) {
        return STATUS_OK;
    }
    TRY(results_open(&results, extension->sweep.output, RESULTS_READ, &extension->schema, error));
    const enum status status =
        results_match(results, &extension->sweep, &extension->schema, has_all, error);
    (void)!results_close(&results, &ignored);
    return status == STATUS_MISMATCH ? STATUS_OK : status;
}

enum status run_extend(const struct sweep *sweep, const struct run_output_options *options,
                       enum isa isa, struct error *error)
{
    struct extension extension;
    bool has_output = false;
    bool has_all = false;
    bool is_done = false;
    begin(&extension, sweep);
    extension.keep.retry_failed = options->retry_failed;
    TRY(look_at_output(&extension, &has_output, &has_all, error));
    if (has_all && options->n_older == 0) {
        return STATUS_OK;
    }
    enum status status = add_files(&extension, options, has_output, has_all, &is_done, error);
    if (status == STATUS_OK && !is_done) {
        if (extension.keep.n_files > 0) {
            status = isa_choice_resume(extension.keep.files[0].results, &isa, error);
        }
        extension.sweep.isa = isa;
        THEN(status, write_output(&extension, has_output, options->quiet, error));
    }
    results_keep_release(&extension.keep);
    return status;
}
