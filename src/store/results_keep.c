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
static enum status find_removals(const struct results_keep *keep, int case_index,
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
    }
    return STATUS_OK;
}

/* ---- records ---- */

/* A record of one case of the study. */
struct kept_record {
    struct record *record;
    int state;
    enum status failure;
};

/* The place in an older array of value i of a variable, or -1: beyond all that the case has. */
static int64_t old_place(const struct variable *variable, const struct sweep *now,
                         const struct sweep *old, size_t i)
{
    int64_t place = 0;
    int64_t stride = 1;
    for (int k = VARIABLE_AXES_MAX; k-- > 0;) {
        const struct axis *const axis = variable->axes[k];
        if (axis != NULL) {
            const size_t length = (size_t)axis->length(now);
            const int at = keep_map_place(axis, now, (int)(i % length), old);
            if (at < 0) {
                return -1;
            }
            place += at * stride;
            stride *= axis->length(old);
            i /= length;
        }
    }
    return place;
}

/* Values of an older record at their places in a new one. */
static void fit_record(const struct record *from, const struct sweep *old, struct record *to,
                       const struct sweep *now)
{
    for (int v = 0; v < record_length(to); v++) {
        const struct variable *const variable = record_variable(to, v);
        const size_t size = value_size(variable->type);
        const char *const values = record_values(from, v);
        for (size_t i = 0; i < record_count(to, v); i++) {
            const int64_t place = old_place(variable, now, old, i);
            if (place >= 0) {
                memcpy((char *)record_values(to, v) + i * size, values + (size_t)place * size,
                       size);
            }
        }
    }
}

static enum status read_fitting(const struct results_keep *keep, const struct kept_file *file,
                                int case_index, int table, struct record *record,
                                struct error *error)
{
    const int old_table = file->map.table_of[table];
    const struct variable *const variables = keep->schema->tables[table].variables;
    struct record *old = NULL;
    TRY(record_create(&old, variables, &file->sweep, error));
    const enum status status =
        results_read_record(file->results, old_table, file->map.case_of[case_index], old, error);
    if (status == STATUS_OK) {
        fit_record(old, &file->sweep, record, keep->sweep);
    }
    record_destroy(&old);
    return status;
}

/* Takes the final record of a file unless there is a better one. */
static enum status take_record(const struct results_keep *keep, const struct kept_file *file,
                               int case_index, int table, struct kept_record *kept,
                               struct error *error)
{
    const struct layout *const layout = &file->results->layout;
    const int old_case = file->map.case_of[case_index];
    const int old_table = file->map.table_of[table];
    const struct variable *different = NULL;
    struct record *record = NULL;
    uint8_t state = JOB_PENDING;
    uint16_t failure = 0;
    TRY(results_read_dataset(file->results, layout_table_field(layout, old_table, TABLE_STATE),
                             old_case, 1, &state, error));
    TRY(results_read_dataset(file->results, layout_table_field(layout, old_table, TABLE_ERROR),
                             old_case, 1, &failure, error));
    if (rank_of(state) < rank_of(kept->state) || state == JOB_PENDING) {
        return STATUS_OK;
    }
    TRY(record_create(&record, keep->schema->tables[table].variables, keep->sweep, error));
    enum status status = read_fitting(keep, file, case_index, table, record, error);
    if (status == STATUS_OK && kept->state == JOB_DONE &&
        !record_same(kept->record, record, &different)) {
        status = other_values(keep, file, case_index, different->name, error);
    }
    if (status == STATUS_OK && rank_of(state) > rank_of(kept->state)) {
        record_destroy(&kept->record);
        *kept = (struct kept_record){record, state, (enum status)failure};
        return STATUS_OK;
    }
    record_destroy(&record);
    return status;
}

/* kept->record is released by record_destroy, NULL when no file has it. */
static enum status find_record(const struct results_keep *keep, int case_index, int table,
                               struct kept_record *kept, struct error *error)
{
    *kept = (struct kept_record){.state = JOB_PENDING};
    for (int f = 0; f < keep->n_files; f++) {
        const struct kept_file *const file = &keep->files[f];
        const int old_case = file->map.case_of[case_index];
        const int old_table = file->map.table_of[table];
        if (old_case >= 0 && old_table >= 0 &&
            is_final(file, old_case, results_removals_per_case(file->results) + old_table)) {
            TRY(take_record(keep, file, case_index, table, kept, error));
        }
    }
    return STATUS_OK;
}

/* ---- all ---- */

/* `to` is NULL when they are only counted. */
static enum status walk_case(struct results_keep *keep, int case_index,
                             const struct removals *removals, const struct results *to,
                             struct error *error)
{
    int64_t count = 0;
    TRY(find_removals(keep, case_index, removals, &count, error));
    keep->n_kept += count;
    if (to != NULL && count > 0) {
        TRY(results_write_jobs(to, case_index, 0, removals->jobs,
                               sweep_removals_per_case(keep->sweep), error));
    }
    for (int t = 0; t < keep->schema->n_tables; t++) {
        struct kept_record kept;
        enum status status = find_record(keep, case_index, t, &kept, error);
        keep->n_kept += kept.record != NULL;
        if (to != NULL && kept.record != NULL) {
            THEN(status, results_write_record(to, t, case_index, kept.record, kept.failure, error));
        }
        record_destroy(&kept.record);
        TRY(status);
    }
    return STATUS_OK;
}

static enum status walk(struct results_keep *keep, const struct results *to, struct error *error)
{
    struct removals removals = {NULL, NULL, 0};
    keep->n_kept = 0;
    enum status status = create_removals(&removals, keep, error);
    for (int i = 0; i < keep->sweep->n_cases && status == STATUS_OK; i++) {
        status = walk_case(keep, i, &removals, to, error);
    }
    release_removals(&removals);
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
