#include "store/results_scan.h"

#include "core/memory.h"
#include "store/format3.h"
#include "store/results_internal.h"

#include <stdlib.h>
#include <string.h>

/* What is read at once: memory does not grow with the file. */
enum { BYTES_AT_ONCE = 1 << 23 };

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
    scan->n_done += state != JOB_FAILED;
    scan->n_failed += state == JOB_FAILED;
    scan->final[slot] = state != JOB_FAILED || !scanner->retry_failed;
}

/* Something written anew and killed between checksum and state has the state of the old one: only
 * its error tells which it is. */
static bool state_fits(int state, uint16_t error)
{
    return ((state == JOB_DONE || state == JOB_PREDICTED) && error == 0) ||
           (state == JOB_FAILED && error != 0);
}

/* ---- datasets of neighbouring cases ---- */

/* The datasets of a table or of a family of jobs for some cases, as stored. */
struct rows {
    const struct dataset *datasets; /* [n] of the layout */
    int n;
    int state;          /* which of them is the state */
    int64_t n_at_once;  /* cases that there is room for */
    void **arrays;      /* [n] */
    size_t *case_bytes; /* [n] */
};

/* `rows` has its datasets. */
static enum status create_rows(struct rows *rows, const struct scanner *scanner,
                               struct error *error)
{
    size_t bytes = 1;
    TRY(memory_array(&rows->arrays, (size_t)rows->n, sizeof *rows->arrays, error));
    TRY(memory_array(&rows->case_bytes, (size_t)rows->n, sizeof *rows->case_bytes, error));
    for (int i = 0; i < rows->n; i++) {
        rows->case_bytes[i] = layout_count_of_case(scanner->layout, &rows->datasets[i]) *
                              value_size(rows->datasets[i].type);
        bytes += rows->case_bytes[i];
    }
    rows->n_at_once = bytes < BYTES_AT_ONCE ? BYTES_AT_ONCE / (int64_t)bytes : 1;
    rows->n_at_once = rows->n_at_once < scanner->n_cases ? rows->n_at_once : scanner->n_cases;
    for (int i = 0; i < rows->n; i++) {
        TRY(memory_array(&rows->arrays[i], (size_t)rows->n_at_once * rows->case_bytes[i], 1,
                         error));
    }
    return STATUS_OK;
}

static enum status read_rows(struct scanner *scanner, struct rows *rows, int dataset, int64_t first,
                             int64_t n, struct error *error)
{
    return rows->case_bytes[dataset] == 0
               ? STATUS_OK
               : results_read_dataset(scanner->results, &rows->datasets[dataset], first, n,
                                      rows->arrays[dataset], error);
}

/* A run that writes meanwhile gives a job its state last. So states are read before the values, and
 * once more after them: what changed in between is pending as far as this reader is concerned. */
static enum status read_piece(struct scanner *scanner, struct rows *rows, int64_t first, int64_t n,
                              struct error *error)
{
    const size_t bytes = (size_t)n * rows->case_bytes[rows->state];
    uint8_t *before = NULL;
    TRY(memory_array(&before, bytes, 1, error));
    enum status status = read_rows(scanner, rows, rows->state, first, n, error);
    if (status == STATUS_OK && bytes > 0) {
        memcpy(before, rows->arrays[rows->state], bytes);
    }
    for (int i = 0; i < rows->n && status == STATUS_OK; i++) {
        status = i == rows->state ? STATUS_OK : read_rows(scanner, rows, i, first, n, error);
    }
    THEN(status, read_rows(scanner, rows, rows->state, first, n, error));
    uint8_t *const after = rows->arrays[rows->state];
    for (size_t i = 0; status == STATUS_OK && i < bytes; i++) {
        after[i] = after[i] == before[i] ? after[i] : (uint8_t)JOB_PENDING;
    }
    free(before);
    return status;
}

/* Calls `judge` for pieces of all cases, rows i of which is case first + i. */
static enum status
for_all_cases(struct scanner *scanner, struct rows *rows,
              enum status (*judge)(struct scanner *scanner, const struct rows *rows, int64_t first,
                                   int64_t n_cases, const void *context, struct error *error),
              const void *context, struct error *error)
{
    enum status status = create_rows(rows, scanner, error);
    for (int64_t first = 0; status == STATUS_OK && first < scanner->n_cases;
         first += rows->n_at_once) {
        const int64_t left = scanner->n_cases - first;
        const int64_t n = left < rows->n_at_once ? left : rows->n_at_once;
        status = read_piece(scanner, rows, first, n, error);
        THEN(status, judge(scanner, rows, first, n, context, error));
    }
    for (int i = 0; rows->arrays != NULL && i < rows->n; i++) {
        free(rows->arrays[i]);
    }
    free(rows->arrays);
    free(rows->case_bytes);
    return status;
}

/* Value k of case i. */
static const void *value_at(const struct rows *rows, int dataset, int64_t i, size_t k)
{
    return (const char *)rows->arrays[dataset] + (size_t)i * rows->case_bytes[dataset] +
           k * value_size(rows->datasets[dataset].type);
}

/* ---- records ---- */

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

/* A table, and a record to put each of its cases into. */
struct table_scan {
    int table;
    struct record *record;
};

static enum status judge_records(struct scanner *scanner, const struct rows *rows, int64_t first,
                                 int64_t n_cases, const void *context, struct error *error)
{
    const struct table_scan *const scan = context;
    const int n = rows->n - TABLE_FIELD_COUNT;
    for (int64_t i = 0; i < n_cases; i++) {
        const int state = *(const uint8_t *)value_at(rows, n + TABLE_STATE, i, 0);
        const uint16_t code = *(const uint16_t *)value_at(rows, n + TABLE_ERROR, i, 0);
        const uint64_t expected = *(const uint64_t *)value_at(rows, n + TABLE_CHECKSUM, i, 0);
        uint64_t checksum = 0;
        for (int v = 0; v < n; v++) {
            if (rows->case_bytes[v] > 0) {
                memcpy(record_values(scan->record, v), value_at(rows, v, i, 0),
                       rows->case_bytes[v]);
            }
        }
        TRY(results_record_checksum(scan->record, first + i, code, &checksum, error));
        const bool is_sound =
            state != JOB_PREDICTED && state_fits(state, code) && checksum == expected;
        count(scanner, slot_of_table(scanner, first + i, scan->table), state, is_sound);
        if (is_sound && state == JOB_DONE) {
            note_partitions(scanner, scan->record, first + i);
        }
    }
    return STATUS_OK;
}

static enum status scan_table(struct scanner *scanner, int table, const struct sweep *sweep,
                              struct error *error)
{
    const struct layout *const layout = scanner->layout;
    const struct variable *const variables = layout->schema.tables[table].variables;
    struct rows rows = {.datasets = &layout->datasets[layout->tables[table]],
                        .n = variables_count(variables) + TABLE_FIELD_COUNT};
    rows.state = rows.n - TABLE_FIELD_COUNT + TABLE_STATE;
    struct table_scan scan = {.table = table};
    TRY(record_create(&scan.record, variables, sweep, error));
    const enum status status = for_all_cases(scanner, &rows, judge_records, &scan, error);
    record_destroy(&scan.record);
    return status;
}

/* ---- records of format 3: one checksum and one state for all tables of a case ---- */

static enum status judge_old_case(struct scanner *scanner, struct record *const *records,
                                  int64_t case_index, struct error *error)
{
    const struct schema *const schema = &scanner->layout->schema;
    const struct dataset *const state_set = layout_table_field(scanner->layout, 0, TABLE_STATE);
    const struct dataset *const sum_set = layout_table_field(scanner->layout, 0, TABLE_CHECKSUM);
    uint8_t state = 0;
    uint64_t expected = 0;
    uint64_t checksum = 0;
    TRY(results_read_dataset(scanner->results, state_set, case_index, 1, &state, error));
    TRY(results_read_dataset(scanner->results, sum_set, case_index, 1, &expected, error));
    for (int t = 0; t < schema->n_tables; t++) {
        TRY(results_read_record(scanner->results, t, case_index, records[t], error));
    }
    TRY(format3_case_checksum(schema, records, case_index, scanner->hidden[case_index], &checksum,
                              error));
    const bool is_sound = state == JOB_FAILED || (state == JOB_DONE && checksum == expected);
    for (int t = 0; t < schema->n_tables; t++) {
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

static const void *field_at(const struct rows *rows, enum job_field field, int64_t i, size_t k)
{
    return value_at(rows, rows->n - JOB_FIELD_COUNT + (int)field, i, k);
}

/* A partition that its model has not, as far as is known: no model has more of them than units. */
static bool is_absent(const struct scanner *scanner, enum job_family family, int64_t case_index,
                      int64_t row)
{
    const int known = scanner->n_partitions[case_index];
    return family == FAMILY_PARTITION &&
           (row >= scanner->hidden[case_index] || (known >= 0 && row >= known));
}

/* Job k of case i. */
static void judge_job(struct scanner *scanner, const struct rows *rows, int64_t i, size_t k,
                      struct job_index index, int64_t slot)
{
    const struct schema *const schema = &scanner->layout->schema;
    struct job_result result = {.stabilizer =
                                    *(const uint8_t *)field_at(rows, JOB_STABILIZER, i, k),
                                .error = *(const uint16_t *)field_at(rows, JOB_ERROR, i, k),
                                .state = *(const uint8_t *)field_at(rows, JOB_STATE, i, k)};
    for (int m = 0; m < schema->n_measures; m++) {
        result.values[schema->places[m]] = *(const double *)value_at(rows, m, i, k);
    }
    const bool is_sound = state_fits(result.state, result.error) &&
                          job_result_checksum(&result, schema->places, schema->n_measures, index) ==
                              *(const uint64_t *)field_at(rows, JOB_CHECKSUM, i, k);
    count(scanner, slot, result.state, is_sound);
}

static enum status judge_jobs(struct scanner *scanner, const struct rows *rows, int64_t first,
                              int64_t n_cases, const void *context, struct error *error)
{
    const enum job_family family = *(const enum job_family *)context;
    const int64_t n_sets = results_length(scanner->results, "ablation");
    const int64_t n_jobs = layout_rows(scanner->layout, family) * n_sets;
    const int64_t slots_per_case = results_jobs_per_case(scanner->results);
    const int64_t first_slot = layout_first_row(scanner->layout, family) * n_sets;
    (void)error;
    for (int64_t i = 0; i < n_cases; i++) {
        for (int64_t k = 0; k < n_jobs; k++) {
            const int64_t slot = (first + i) * slots_per_case + first_slot + k;
            const int64_t row = k / n_sets;
            const bool absent = is_absent(scanner, family, first + i, row);
            if (absent &&
                *(const uint8_t *)field_at(rows, JOB_STATE, i, (size_t)k) == JOB_PENDING) {
                scanner->scan->n_absent++;
                scanner->scan->final[slot] = 1;
            } else if (absent && scanner->n_partitions[first + i] >= 0) {
                scanner->scan->n_pending++; /* of an earlier failure of the case: to be cleared */
            } else {
                judge_job(scanner, rows, i, (size_t)k,
                          layout_job_index(family, first + i, row, k % n_sets), slot);
            }
        }
    }
    return STATUS_OK;
}

/* ---- all ---- */

/* Records first: they tell which jobs there are. */
static enum status scan_all(struct scanner *scanner, const struct sweep *sweep, struct error *error)
{
    const size_t n_cases = (size_t)scanner->n_cases;
    TRY(memory_array(&scanner->scan->final, (size_t)scanner->scan->n_slots, 1, error));
    TRY(results_read_new(scanner->results, "hidden", &scanner->hidden, error));
    TRY(memory_array(&scanner->n_partitions, n_cases, sizeof *scanner->n_partitions, error));
    for (size_t i = 0; i < n_cases; i++) {
        scanner->n_partitions[i] = -1;
    }
    if (scanner->results->version == RESULTS_FORMAT_OLDEST) {
        TRY(scan_old_cases(scanner, sweep, error));
    } else {
        for (int t = 0; t < scanner->layout->schema.n_tables; t++) {
            TRY(scan_table(scanner, t, sweep, error));
        }
    }
    for (enum job_family family = 0; family < FAMILY_COUNT; family++) {
        struct rows rows = {.datasets = layout_measure(scanner->layout, family, 0),
                            .n = scanner->layout->schema.n_measures + JOB_FIELD_COUNT};
        rows.state = rows.n - JOB_FIELD_COUNT + JOB_STATE;
        if (layout_rows(scanner->layout, family) > 0) {
            TRY(for_all_cases(scanner, &rows, judge_jobs, &family, error));
        }
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
