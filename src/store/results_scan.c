#include "store/results_scan.h"

#include "core/memory.h"
#include "store/format3.h"
#include "store/results_internal.h"

#include <stdlib.h>
#include <string.h>

/* What is read at once: memory does not grow with the file. */
enum { JOBS_AT_ONCE = 1 << 16, RECORD_BYTES_AT_ONCE = 1 << 22 };

struct scanner {
    const struct results *results;
    const struct layout *layout;
    struct results_scan *scan;
    bool retry_failed;
    int64_t n_cases;
    int32_t *hidden; /* [n_cases] */
    /* Partitions that a case is known to have, from a sound record; -1 unknown. */
    int *n_partitions; /* [n_cases] */
};

static void count(struct scanner *scanner, int64_t slot, int state, bool is_sound)
{
    struct results_scan *const scan = scanner->scan;
    if (!is_sound) {
        scan->n_pending++;
        scan->n_damaged += state != JOB_PENDING;
        return;
    }
    scan->n_done += state == JOB_DONE;
    scan->n_failed += state == JOB_FAILED;
    scan->final[slot] = state == JOB_DONE || !scanner->retry_failed;
}

/* Something written anew and killed between checksum and state has the state of the old one: only
 * its error tells which it is. */
static bool state_fits(int state, uint16_t error)
{
    return (state == JOB_DONE && error == 0) || (state == JOB_FAILED && error != 0);
}

/* ---- records ---- */

/* The same table of neighbouring cases, as stored: arrays of all its variables and fields. */
struct table_rows {
    const struct dataset *datasets; /* [n] of the layout, its table_fields last */
    int n;
    void **arrays;      /* [n] */
    size_t *case_bytes; /* [n] */
};

static void release_rows(struct table_rows *rows)
{
    for (int i = 0; rows->arrays != NULL && i < rows->n; i++) {
        free(rows->arrays[i]);
    }
    free(rows->arrays);
    free(rows->case_bytes);
}

static enum status create_rows(struct table_rows *rows, const struct layout *layout, int table,
                               int64_t most_cases, int64_t *n_at_once, struct error *error)
{
    size_t bytes = 0;
    *rows = (struct table_rows){.datasets = &layout->datasets[layout->tables[table]],
                                .n = variables_count(layout->schema.tables[table].variables) +
                                     TABLE_FIELD_COUNT};
    TRY(memory_array(&rows->arrays, (size_t)rows->n, sizeof *rows->arrays, error));
    TRY(memory_array(&rows->case_bytes, (size_t)rows->n, sizeof *rows->case_bytes, error));
    for (int i = 0; i < rows->n; i++) {
        rows->case_bytes[i] =
            layout_count_of_case(layout, &rows->datasets[i]) * value_size(rows->datasets[i].type);
        bytes += rows->case_bytes[i];
    }
    *n_at_once = bytes < RECORD_BYTES_AT_ONCE ? RECORD_BYTES_AT_ONCE / (int64_t)bytes : 1;
    *n_at_once = *n_at_once < most_cases ? *n_at_once : most_cases;
    for (int i = 0; i < rows->n; i++) {
        TRY(memory_array(&rows->arrays[i], (size_t)*n_at_once * rows->case_bytes[i], 1, error));
    }
    return STATUS_OK;
}

static enum status read_rows(struct table_rows *rows, const struct results *results, int64_t first,
                             int64_t n_cases, struct error *error)
{
    for (int i = 0; i < rows->n; i++) {
        if (rows->case_bytes[i] > 0) {
            TRY(results_read_dataset(results, &rows->datasets[i], first, n_cases, rows->arrays[i],
                                     error));
        }
    }
    return STATUS_OK;
}

static const void *row_of(const struct table_rows *rows, int variable, int64_t i)
{
    return (const char *)rows->arrays[variable] + (size_t)i * rows->case_bytes[variable];
}

static void fill_record(struct record *record, const struct table_rows *rows, int64_t i)
{
    for (int v = 0; v < record_length(record); v++) {
        if (rows->case_bytes[v] > 0) {
            memcpy(record_values(record, v), row_of(rows, v, i), rows->case_bytes[v]);
        }
    }
}

static int64_t slot_of_table(const struct scanner *scanner, int64_t case_index, int table)
{
    return case_index * results_jobs_per_case(scanner->results) +
           results_removals_per_case(scanner->results) + table;
}

/* The number of partitions stands in a record like any other value; the rows of jobs go by it. */
static void note_partitions(struct scanner *scanner, const struct record *record,
                            int64_t case_index)
{
    for (int v = 0; v < record_length(record); v++) {
        if (strcmp(record_variable(record, v)->name, "partition_n_r") == 0) {
            const int32_t *const n_r = record_values(record, v);
            const int most = (int)record_count(record, v);
            int n = 0;
            while (n < most && n_r[n] >= 0) {
                n++;
            }
            scanner->n_partitions[case_index] = n;
        }
    }
}

static enum status judge_record(struct scanner *scanner, int table, struct record *record,
                                const struct table_rows *rows, int64_t i, int64_t case_index,
                                struct error *error)
{
    const int n = rows->n - TABLE_FIELD_COUNT;
    const int state = *(const uint8_t *)row_of(rows, n + TABLE_STATE, i);
    const uint16_t code = *(const uint16_t *)row_of(rows, n + TABLE_ERROR, i);
    const uint64_t expected = *(const uint64_t *)row_of(rows, n + TABLE_CHECKSUM, i);
    uint64_t checksum = 0;
    fill_record(record, rows, i);
    TRY(results_record_checksum(record, case_index, code, &checksum, error));
    const bool is_sound = state_fits(state, code) && checksum == expected;
    count(scanner, slot_of_table(scanner, case_index, table), state, is_sound);
    if (is_sound && state == JOB_DONE) {
        note_partitions(scanner, record, case_index);
    }
    return STATUS_OK;
}

static enum status scan_rows(struct scanner *scanner, int table, struct record *record,
                             struct table_rows *rows, int64_t n_at_once, struct error *error)
{
    for (int64_t first = 0; first < scanner->n_cases; first += n_at_once) {
        const int64_t left = scanner->n_cases - first;
        const int64_t n = left < n_at_once ? left : n_at_once;
        TRY(read_rows(rows, scanner->results, first, n, error));
        for (int64_t i = 0; i < n; i++) {
            TRY(judge_record(scanner, table, record, rows, i, first + i, error));
        }
    }
    return STATUS_OK;
}

static enum status scan_table(struct scanner *scanner, int table, const struct sweep *sweep,
                              struct error *error)
{
    struct table_rows rows;
    struct record *record = NULL;
    int64_t n_at_once = 0;
    enum status status =
        create_rows(&rows, scanner->layout, table, scanner->n_cases, &n_at_once, error);
    if (status == STATUS_OK) {
        status =
            record_create(&record, scanner->layout->schema.tables[table].variables, sweep, error);
    }
    if (status == STATUS_OK) {
        status = scan_rows(scanner, table, record, &rows, n_at_once, error);
    }
    record_destroy(&record);
    release_rows(&rows);
    return status;
}

/* ---- records of format 3: one checksum and one state for all tables of a case ---- */

static enum status read_old_case(const struct scanner *scanner, struct record *const *records,
                                 int64_t case_index, uint64_t *checksum, struct error *error)
{
    const struct schema *const schema = &scanner->layout->schema;
    for (int t = 0; t < schema->n_tables; t++) {
        TRY(results_read_record(scanner->results, t, case_index, records[t], error));
    }
    return format3_case_checksum(schema, records, case_index, scanner->hidden[case_index], checksum,
                                 error);
}

static enum status judge_old_case(struct scanner *scanner, struct record *const *records,
                                  int64_t case_index, struct error *error)
{
    const struct dataset *const state_set = layout_table_field(scanner->layout, 0, TABLE_STATE);
    const struct dataset *const sum_set = layout_table_field(scanner->layout, 0, TABLE_CHECKSUM);
    uint8_t state = 0;
    uint64_t expected = 0;
    uint64_t checksum = 0;
    TRY(results_read_dataset(scanner->results, state_set, case_index, 1, &state, error));
    TRY(results_read_dataset(scanner->results, sum_set, case_index, 1, &expected, error));
    TRY(read_old_case(scanner, records, case_index, &checksum, error));
    const bool is_sound = state == JOB_FAILED || (state == JOB_DONE && checksum == expected);
    for (int t = 0; t < scanner->layout->schema.n_tables; t++) {
        count(scanner, slot_of_table(scanner, case_index, t), state, is_sound);
        if (is_sound && state == JOB_DONE) {
            note_partitions(scanner, records[t], case_index);
        }
    }
    return STATUS_OK;
}

static enum status scan_old_cases(struct scanner *scanner, const struct sweep *sweep,
                                  struct error *error)
{
    const struct schema *const schema = &scanner->layout->schema;
    struct record *records[SCHEMA_TABLES_MAX] = {NULL};
    enum status status = STATUS_OK;
    for (int t = 0; t < schema->n_tables && status == STATUS_OK; t++) {
        status = record_create(&records[t], schema->tables[t].variables, sweep, error);
    }
    for (int64_t i = 0; i < scanner->n_cases && status == STATUS_OK && schema->n_tables > 0; i++) {
        status = judge_old_case(scanner, records, i, error);
    }
    for (int t = 0; t < schema->n_tables; t++) {
        record_destroy(&records[t]);
    }
    return status;
}

/* ---- jobs ---- */

/* Jobs of neighbouring cases of one family, as stored. */
struct job_rows {
    double *values[SCHEMA_MEASURES_MAX];
    uint8_t *stabilizer;
    uint16_t *error;
    uint64_t *checksum;
    uint8_t *state;
};

static enum status create_jobs(struct job_rows *rows, int n_measures, size_t n_jobs,
                               struct error *error)
{
    for (int i = 0; i < n_measures; i++) {
        TRY(memory_array(&rows->values[i], n_jobs, sizeof(double), error));
    }
    TRY(memory_array(&rows->stabilizer, n_jobs, sizeof *rows->stabilizer, error));
    TRY(memory_array(&rows->error, n_jobs, sizeof *rows->error, error));
    TRY(memory_array(&rows->checksum, n_jobs, sizeof *rows->checksum, error));
    return memory_array(&rows->state, n_jobs, sizeof *rows->state, error);
}

static void release_jobs(struct job_rows *rows)
{
    for (int i = 0; i < SCHEMA_MEASURES_MAX; i++) {
        free(rows->values[i]);
    }
    free(rows->stabilizer);
    free(rows->error);
    free(rows->checksum);
    free(rows->state);
}

static enum status read_jobs(const struct scanner *scanner, enum job_family family,
                             struct job_rows *rows, int64_t first, int64_t n_cases,
                             struct error *error)
{
    const struct layout *const layout = scanner->layout;
    const struct {
        enum job_field field;
        void *values;
    } fields[] = {{JOB_STABILIZER, rows->stabilizer},
                  {JOB_ERROR, rows->error},
                  {JOB_CHECKSUM, rows->checksum},
                  {JOB_STATE, rows->state}};
    for (int i = 0; i < layout->schema.n_measures; i++) {
        TRY(results_read_dataset(scanner->results, layout_measure(layout, family, i), first,
                                 n_cases, rows->values[i], error));
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        TRY(results_read_dataset(scanner->results,
                                 layout_job_field(layout, family, fields[i].field), first, n_cases,
                                 fields[i].values, error));
    }
    return STATUS_OK;
}

static struct job_result job_at(const struct job_rows *rows, const struct schema *schema, size_t i)
{
    struct job_result result = {
        .stabilizer = rows->stabilizer[i], .error = rows->error[i], .state = rows->state[i]};
    for (int k = 0; k < schema->n_measures; k++) {
        result.values[schema->places[k]] = rows->values[k][i];
    }
    return result;
}

/* A partition that its model has not, as far as is known: no model has more of them than units. */
static bool is_absent(const struct scanner *scanner, enum job_family family, int64_t case_index,
                      int64_t row)
{
    const int known = scanner->n_partitions[case_index];
    return family == FAMILY_PARTITION &&
           (row >= scanner->hidden[case_index] || (known >= 0 && row >= known));
}

static void judge_job(struct scanner *scanner, const struct job_rows *rows, size_t i,
                      struct job_index index, int64_t slot)
{
    const struct schema *const schema = &scanner->layout->schema;
    const struct job_result result = job_at(rows, schema, i);
    const bool is_sound = state_fits(result.state, result.error) &&
                          job_result_checksum(&result, schema->places, schema->n_measures, index) ==
                              rows->checksum[i];
    count(scanner, slot, result.state, is_sound);
}

static void judge_jobs(struct scanner *scanner, enum job_family family, const struct job_rows *rows,
                       int64_t first_case, int64_t n_cases)
{
    const int64_t n_sets = results_length(scanner->results, "ablation");
    const int64_t n_rows = layout_rows(scanner->layout, family);
    const int64_t first_row = layout_first_row(scanner->layout, family);
    for (int64_t i = 0; i < n_cases * n_rows * n_sets; i++) {
        const int64_t row = i / n_sets % n_rows;
        const int64_t case_index = first_case + i / n_sets / n_rows;
        const int64_t slot = case_index * results_jobs_per_case(scanner->results) +
                             (first_row + row) * n_sets + i % n_sets;
        if (!is_absent(scanner, family, case_index, row)) {
            judge_job(scanner, rows, (size_t)i,
                      layout_job_index(family, case_index, row, i % n_sets), slot);
        } else if (rows->state[i] == JOB_PENDING) {
            scanner->scan->n_absent++;
            scanner->scan->final[slot] = 1;
        } else if (scanner->n_partitions[case_index] >= 0) {
            scanner->scan->n_pending++; /* left by an earlier failure of the case: to be cleared */
        } else {
            judge_job(scanner, rows, (size_t)i,
                      layout_job_index(family, case_index, row, i % n_sets), slot);
        }
    }
}

static enum status scan_family(struct scanner *scanner, enum job_family family, struct error *error)
{
    const int64_t n_jobs =
        layout_rows(scanner->layout, family) * results_length(scanner->results, "ablation");
    if (n_jobs == 0) {
        return STATUS_OK;
    }
    const int64_t fitting = n_jobs < JOBS_AT_ONCE ? JOBS_AT_ONCE / n_jobs : 1;
    const int64_t at_once = fitting < scanner->n_cases ? fitting : scanner->n_cases;
    struct job_rows rows = {.state = NULL};
    enum status status =
        create_jobs(&rows, scanner->layout->schema.n_measures, (size_t)(n_jobs * at_once), error);
    for (int64_t first = 0; status == STATUS_OK && first < scanner->n_cases; first += at_once) {
        const int64_t left = scanner->n_cases - first;
        const int64_t n = left < at_once ? left : at_once;
        status = read_jobs(scanner, family, &rows, first, n, error);
        if (status == STATUS_OK) {
            judge_jobs(scanner, family, &rows, first, n);
        }
    }
    release_jobs(&rows);
    return status;
}

/* ---- all ---- */

static enum status prepare(struct scanner *scanner, struct error *error)
{
    const size_t n_cases = (size_t)scanner->n_cases;
    TRY(memory_array(&scanner->scan->final, (size_t)scanner->scan->n_slots, 1, error));
    TRY(results_read_new(scanner->results, "hidden", &scanner->hidden, error));
    TRY(memory_array(&scanner->n_partitions, n_cases, sizeof *scanner->n_partitions, error));
    for (size_t i = 0; i < n_cases; i++) {
        scanner->n_partitions[i] = -1;
    }
    return STATUS_OK;
}

/* Records first: they tell which jobs there are. */
static enum status scan_all(struct scanner *scanner, const struct sweep *sweep, struct error *error)
{
    TRY(prepare(scanner, error));
    if (scanner->results->version == RESULTS_FORMAT_OLDEST) {
        TRY(scan_old_cases(scanner, sweep, error));
    } else {
        for (int t = 0; t < scanner->layout->schema.n_tables; t++) {
            TRY(scan_table(scanner, t, sweep, error));
        }
    }
    for (enum job_family family = 0; family < FAMILY_COUNT; family++) {
        TRY(scan_family(scanner, family, error));
    }
    scanner->scan->n_jobs = scanner->scan->n_slots - scanner->scan->n_absent;
    return STATUS_OK;
}

enum status results_scan_create(struct results_scan *scan, const struct results *results,
                                bool retry_failed, struct error *error)
{
    struct scanner scanner = {.results = results,
                              .layout = &results->layout,
                              .scan = scan,
                              .retry_failed = retry_failed,
                              .n_cases = results_length(results, "case")};
    struct sweep sweep;
    *scan = (struct results_scan){.n_slots = scanner.n_cases * results_jobs_per_case(results)};
    TRY(results_read_sweep(results, &sweep, error));
    const enum status status = scan_all(&scanner, &sweep, error);
    sweep_release(&sweep);
    free(scanner.hidden);
    free(scanner.n_partitions);
    if (status != STATUS_OK) {
        results_scan_release(scan);
    }
    return status;
}

void results_scan_release(struct results_scan *scan)
{
    free(scan->final);
    *scan = (struct results_scan){0};
}

bool results_scan_is_final(const struct results_scan *scan)
{
    return memchr(scan->final, 0, (size_t)scan->n_slots) == NULL;
}
