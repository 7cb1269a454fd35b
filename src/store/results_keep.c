#include "store/results_keep.h"

#include "core/bits.h"
#include "core/memory.h"
#include "store/results_internal.h"
#include "store/results_resume.h"

#include <stdlib.h>
#include <string.h>

/* ---- the older files ---- */

static enum status compare(const struct results_keep *keep, struct kept_file *file,
                           struct error *error)
{
    const struct keep_side now = {keep->sweep, keep->schema};
    TRY(results_read_sweep(file->results, &file->sweep, error));
    const struct keep_side old = {&file->sweep, results_schema(file->results)};
    if (!isa_same_bits(file->sweep.isa, keep->files[0].sweep.isa)) {
        return error_set(error, STATUS_MISMATCH,
                         "%s: computed with isa '%s', which rounds otherwise than '%s' of %s",
                         file->results->path, isa_name(file->sweep.isa),
                         isa_name(keep->files[0].sweep.isa), keep->files[0].results->path);
    }
    TRY(keep_map_create(&file->map, &now, &old, error));
    TRY(memory_array(&file->changed, (size_t)keep->sweep->n_models, 1, error));
    TRY(results_match_weights(file->results, keep->sweep, &file->map, file->changed, error));
    return results_scan_create(&file->scan, file->results, keep->retry_failed, error);
}

enum status results_keep_add(struct results_keep *keep, const char *path, struct error *error)
{
    const size_t n = (size_t)keep->n_files + 1;
    struct kept_file *const files = realloc(keep->files, n * sizeof *files);
    if (files == NULL) {
        return error_set(error, STATUS_INTERNAL, "out of memory: %zu results files", n);
    }
    keep->files = files;
    struct kept_file *const file = &files[keep->n_files++];
    *file = (struct kept_file){.results = NULL};
    TRY(results_open(&file->results, path, RESULTS_READ, keep->known, error));
    return compare(keep, file, error);
}

void results_keep_release(struct results_keep *keep)
{
    struct error ignored;
    for (int i = 0; i < keep->n_files; i++) {
        struct kept_file *const file = &keep->files[i];
        (void)!results_close(&file->results, &ignored);
        results_scan_release(&file->scan);
        keep_map_release(&file->map);
        sweep_release(&file->sweep);
        free(file->changed);
    }
    free(keep->files);
    free(keep->has_failed);
    keep->has_failed = NULL;
    keep->files = NULL;
    keep->n_files = 0;
}

static bool is_final(const struct kept_file *file, int case_index, int64_t job)
{
    return file->scan.final[case_index * results_jobs_per_case(file->results) + job] != 0;
}

/* What is done goes before what is decided, and that before what failed. */
static int rank_of(int state)
{
    return state == JOB_DONE ? 3 : state == JOB_PREDICTED ? 2 : state == JOB_FAILED ? 1 : 0;
}

static enum status other_values(const struct results_keep *keep, const struct kept_file *file,
                                int case_index, const char *what, struct error *error)
{
    const struct case_spec *const spec = &keep->sweep->cases[case_index];
    return error_set(error, STATUS_MISMATCH,
                     "%s: model '%s' on task '%s' has other values%s%s than in a file before it",
                     file->results->path, keep->sweep->models[spec->model].label, spec->task_label,
                     what[0] != '\0' ? " of " : "", what);
}

/* ---- removals ---- */

/* The removals of one case of the study, and room for those of an older one. */
struct removals {
    struct job_result *jobs; /* [removals per case] */
    struct job_result *old;  /* [as many as any file has] */
    int distance;            /* place of the measure that verdicts go by */
};

static enum status create_removals(struct removals *removals, const struct results_keep *keep,
                                   struct error *error)
{
    const struct schema *const schema = keep->schema;
    int64_t most = 0;
    int i = 0;
    for (int f = 0; f < keep->n_files; f++) {
        const int64_t n = results_removals_per_case(keep->files[f].results);
        most = n > most ? n : most;
    }
    while (i < schema->n_measures && strcmp(schema->measures[i]->name, "distance") != 0) {
        i++;
    }
    removals->distance = i < schema->n_measures ? schema->places[i] : -1;
    TRY(memory_array(&removals->jobs, (size_t)sweep_removals_per_case(keep->sweep),
                     sizeof *removals->jobs, error));
    return memory_array(&removals->old, (size_t)most, sizeof *removals->old, error);
}

static void release_removals(struct removals *removals)
{
    free(removals->jobs);
    free(removals->old);
}

static bool same_values(const struct job_result *a, const struct job_result *b)
{
    int i = 0;
    while (i < MEASURES_MAX && same_bits(a->values[i], b->values[i])) {
        i++;
    }
    return i == MEASURES_MAX;
}

/* Takes a final job of a file unless the study has a better one; false when they contradict. */
static bool take_job(const struct results_keep *keep, const struct kept_file *file, int distance,
                     const struct job_result *old, struct job_result *job)
{
    if (old->state == JOB_PREDICTED && !file->map.keeps_predicted) {
        return true;
    }
    if (old->state == JOB_DONE && job->state == JOB_DONE) {
        return same_values(old, job);
    }
    if (rank_of(old->state) > rank_of(job->state)) {
        *job = *old;
        if (job->state == JOB_DONE && distance >= 0 &&
            !same_bits(file->sweep.epsilon, keep->sweep->epsilon)) {
            job->stabilizer = job_result_verdict(job->values[distance], keep->sweep->epsilon);
        }
    }
    return true;
}

static enum status take_removals(const struct results_keep *keep, const struct kept_file *file,
                                 int case_index, const struct removals *removals,
                                 struct error *error)
{
    const int old_case = file->map.case_of[case_index];
    const int n_sets = keep->sweep->n_ablations;
    const int n = sweep_removals_per_case(keep->sweep);
    TRY(results_read_jobs(file->results, old_case, removals->old, error));
    for (int job = 0; job < n; job++) {
        const int row = file->map.row_of[job / n_sets];
        const int set = file->map.set_of[job % n_sets];
        const int64_t old = (int64_t)row * file->sweep.n_ablations + set;
        if (row >= 0 && set >= 0 && is_final(file, old_case, old) &&
            !take_job(keep, file, removals->distance, &removals->old[old], &removals->jobs[job])) {
            return other_values(keep, file, case_index, "", error);
        }
    }
    return STATUS_OK;
}

/* Fills removals->jobs with what there is of them, and says how many. */
static enum status find_removals(struct results_keep *keep, int case_index,
                                 const struct removals *removals, int64_t *count,
                                 struct error *error)
{
    const int n = sweep_removals_per_case(keep->sweep);
    for (int job = 0; job < n; job++) {
        removals->jobs[job] = job_result_absent();
    }
    for (int f = 0; f < keep->n_files; f++) {
        if (keep->files[f].map.case_of[case_index] >= 0) {
            TRY(take_removals(keep, &keep->files[f], case_index, removals, error));
        }
    }
    *count = 0;
    for (int job = 0; job < n; job++) {
        *count += removals->jobs[job].state != JOB_PENDING;
        keep->has_failed[case_index] |= removals->jobs[job].state == JOB_FAILED;
    }
    return STATUS_OK;
}

/* ---- records ---- */

/* How the records of a table of a file become those of the study. */
struct fitting {
    struct record *old;
    struct record *now;
    int64_t *places; /* in the older arrays, of all values of all variables of the new ones; -1:
                        beyond all that a case of the older study has */
};

/* The records of a table that one case has. */
struct kept_record {
    const struct record *record; /* NULL: none */
    int state;
    enum status failure;
};

/* Adds an axis to the places of count[0] values: one behind those that it has. */
static enum status add_axis(const struct axis *axis, const struct sweep *now,
                            const struct sweep *old, int64_t *places, size_t *count,
                            struct error *error)
{
    const size_t length = (size_t)axis->length(now);
    const int64_t old_length = axis->length(old);
    int *place_of = NULL;
    TRY(memory_array(&place_of, length, sizeof *place_of, error));
    for (size_t k = 0; k < length; k++) {
        place_of[k] = keep_map_place(axis, now, (int)k, old);
    }
    for (size_t i = *count; i-- > 0;) { /* from behind: it spreads over what is there */
        const int64_t outer = places[i];
        for (size_t k = 0; k < length; k++) {
            places[i * length + k] =
                outer < 0 || place_of[k] < 0 ? -1 : outer * old_length + place_of[k];
        }
    }
    free(place_of);
    *count *= length;
    return STATUS_OK;
}

static enum status find_places(struct fitting *fitting, const struct sweep *now,
                               const struct sweep *old, struct error *error)
{
    size_t n = 0;
    for (int v = 0; v < record_length(fitting->now); v++) {
        n += record_count(fitting->now, v);
    }
    TRY(memory_array(&fitting->places, n, sizeof *fitting->places, error));
    int64_t *places = fitting->places;
    for (int v = 0; v < record_length(fitting->now); v++) {
        const struct variable *const variable = record_variable(fitting->now, v);
        size_t count = 1;
        if (record_count(fitting->now, v) == 0) {
            continue;
        }
        places[0] = 0;
        for (int k = 0; k < VARIABLE_AXES_MAX && variable->axes[k] != NULL; k++) {
            TRY(add_axis(variable->axes[k], now, old, places, &count, error));
        }
        places += count;
    }
    return STATUS_OK;
}

/* fittings[n_files * tables of the study] */
static enum status create_fittings(struct fitting *fittings, const struct results_keep *keep,
                                   struct error *error)
{
    const int n_tables = keep->schema->n_tables;
    for (int i = 0; i < keep->n_files * n_tables; i++) {
        const struct kept_file *const file = &keep->files[i / n_tables];
        const struct variable *const variables = keep->schema->tables[i % n_tables].variables;
        if (file->map.table_of[i % n_tables] >= 0) {
            TRY(record_create(&fittings[i].old, variables, &file->sweep, error));
            TRY(record_create(&fittings[i].now, variables, keep->sweep, error));
            TRY(find_places(&fittings[i], keep->sweep, &file->sweep, error));
        }
    }
    return STATUS_OK;
}

static void release_fittings(struct fitting *fittings, int count)
{
    for (int i = 0; i < count; i++) {
        record_destroy(&fittings[i].old);
        record_destroy(&fittings[i].now);
        free(fittings[i].places);
    }
    free(fittings);
}

/* Values of the older record at their places in the new one; others are missing for good. */
static void fit_record(const struct fitting *fitting)
{
    const int64_t *place = fitting->places;
    for (int v = 0; v < record_length(fitting->now); v++) {
        const size_t size = value_size(record_variable(fitting->now, v)->type);
        const char *const from = record_values(fitting->old, v);
        char *const to = record_values(fitting->now, v);
        for (size_t i = 0; i < record_count(fitting->now, v); i++, place++) {
            if (*place >= 0) {
                memcpy(to + i * size, from + (size_t)*place * size, size);
            }
        }
    }
}

/* Takes the final record of a file unless there is a better one. */
static enum status take_record(const struct results_keep *keep, const struct kept_file *file,
                               const struct fitting *fitting, int case_index, int table,
                               struct kept_record *kept, struct error *error)
{
    const struct layout *const layout = &file->results->layout;
    const int old_case = file->map.case_of[case_index];
    const int old_table = file->map.table_of[table];
    const struct variable *different = NULL;
    uint8_t state = JOB_PENDING;
    uint16_t failure = 0;
    TRY(results_read_dataset(file->results, layout_table_field(layout, old_table, TABLE_STATE),
                             old_case, 1, &state, error));
    TRY(results_read_dataset(file->results, layout_table_field(layout, old_table, TABLE_ERROR),
                             old_case, 1, &failure, error));
    if (rank_of(state) < rank_of(kept->state) || state == JOB_PENDING) {
        return STATUS_OK;
    }
    TRY(results_read_record(file->results, old_table, old_case, fitting->old, error));
    fit_record(fitting);
    if (kept->state == JOB_DONE) {
        return record_same(kept->record, fitting->now, &different)
                   ? STATUS_OK
                   : other_values(keep, file, case_index, different->name, error);
    }
    if (rank_of(state) > rank_of(kept->state)) {
        *kept = (struct kept_record){fitting->now, state, (enum status)failure};
    }
    return STATUS_OK;
}

static enum status find_record(const struct results_keep *keep, const struct fitting *fittings,
                               int case_index, int table, struct kept_record *kept,
                               struct error *error)
{
    *kept = (struct kept_record){.state = JOB_PENDING};
    for (int f = 0; f < keep->n_files; f++) {
        const struct kept_file *const file = &keep->files[f];
        const int old_case = file->map.case_of[case_index];
        const int old_table = file->map.table_of[table];
        if (old_case >= 0 && old_table >= 0 &&
            is_final(file, old_case, results_removals_per_case(file->results) + old_table)) {
            TRY(take_record(keep, file, &fittings[f * keep->schema->n_tables + table], case_index,
                            table, kept, error));
        }
    }
    return STATUS_OK;
}

/* ---- all ---- */

/* Of the case that is looked at. */
struct walker {
    struct removals removals;
    struct fitting *fittings;
    const struct results *to; /* NULL: jobs are only counted */
};

static enum status walk_case(struct results_keep *keep, int case_index, const struct walker *walker,
                             struct error *error)
{
    int64_t count = 0;
    TRY(find_removals(keep, case_index, &walker->removals, &count, error));
    keep->n_kept += count;
    if (walker->to != NULL && count > 0) {
        TRY(results_write_jobs(walker->to, case_index, 0, walker->removals.jobs,
                               sweep_removals_per_case(keep->sweep), error));
    }
    for (int t = 0; t < keep->schema->n_tables; t++) {
        struct kept_record kept;
        TRY(find_record(keep, walker->fittings, case_index, t, &kept, error));
        keep->n_kept += kept.record != NULL;
        keep->has_failed[case_index] |= kept.state == JOB_FAILED;
        if (walker->to != NULL && kept.record != NULL) {
            TRY(results_write_record(walker->to, t, case_index, kept.record, kept.failure, error));
        }
    }
    return STATUS_OK;
}

static enum status walk(struct results_keep *keep, const struct results *to, struct error *error)
{
    const int n_fittings = keep->n_files * keep->schema->n_tables;
    struct walker walker = {.to = to};
    keep->n_kept = 0;
    free(keep->has_failed);
    keep->has_failed = NULL;
    enum status status = memory_array(&keep->has_failed, (size_t)keep->sweep->n_cases, 1, error);
    THEN(status, create_removals(&walker.removals, keep, error));
    THEN(status,
         memory_array(&walker.fittings, (size_t)n_fittings, sizeof *walker.fittings, error));
    THEN(status, create_fittings(walker.fittings, keep, error));
    for (int i = 0; i < keep->sweep->n_cases && status == STATUS_OK; i++) {
        status = walk_case(keep, i, &walker, error);
    }
    release_removals(&walker.removals);
    release_fittings(walker.fittings, walker.fittings != NULL ? n_fittings : 0);
    return status;
}

enum status results_keep_count(struct results_keep *keep, struct error *error)
{
    return walk(keep, NULL, error);
}

enum status results_keep_copy(struct results_keep *keep, const struct results *to,
                              struct error *error)
{
    return walk(keep, to, error);
}
