#include "fuzz/results_bytes.h"

#include "fuzz/h5_shape.h"
#include "kernel/diagnostics/diagnostic.h"
#include "support/samples.h"
#include "support/scratch.h"

#include <stdlib.h>
#include <string.h>

struct good good;

/* Variables of a job. */
enum { STABILIZER = MEASURES_COUNT, ERROR_CODE, STATE, CHECKSUM, JOB_IDS };

/* Where a removal stands: slots count cases, rows and sets. */
struct place {
    int datasets[JOB_IDS]; /* in the layout */
    int64_t i;             /* within each of them */
    int64_t case_index;
    int64_t partition; /* from 0; -1 of an alpha */
    struct job_index index;
};

const char *good_path(void)
{
    return scratch_path("out.h5");
}

/* ---- the good file ------------------------------------------------------------------------------
 */

static struct extent find_extent(hid_t dataset)
{
    return (struct extent){(size_t)H5Dget_offset(dataset), (size_t)H5Dget_storage_size(dataset)};
}

/* Most jobs done, one failed, the last case pending. */
static void write_jobs(const struct results *results)
{
    struct error error = {""};
    for (int64_t i = 0; i < CASES - 1; i++) {
        struct job_result jobs[REMOVALS];
        for (int64_t job = 0; job < REMOVALS; job++) {
            const bool is_there = job < BORDER + sample_partitions((int)i) * SETS;
            jobs[job] = !is_there                          ? job_result_absent()
                        : job == 3 || job == BORDER + SETS ? job_result_failed(STATUS_JOB_MODEL)
                                                           : sample_job(i, job);
        }
        FUZZ_DEMAND(results_write_jobs(results, i, 0, jobs, REMOVALS, &error) == STATUS_OK);
    }
}

static void find_extents(const struct results *results)
{
    const int n = results->layout.n_datasets;
    FUZZ_DEMAND(n == good.layout.n_datasets);
    good.extents = calloc((size_t)n + RUNS, sizeof *good.extents);
    FUZZ_DEMAND(good.extents != NULL);
    for (int i = 0; i < n; i++) {
        good.extents[i] = find_extent(results->layout.datasets[i].id);
    }
    for (int i = 0; i < RUNS; i++) {
        good.extents[n + i] = find_extent(results->run[i]);
    }
}

void good_create(void)
{
    struct results *results = NULL;
    struct error error = {""};
    if (good.bytes != NULL) {
        return;
    }
    fuzz_scratch();
    h5_shape_keep_memory();
    good.sweep = sample_sweep(CASES, ALPHAS, SETS);
    sample_all_partitions(&good.sweep);
    good.schema = diagnostics_schema(&good.sweep);
    sample_add_probe(&good.sweep, &good.schema);
    FUZZ_DEMAND(good.sweep.n_partitions == PARTITIONS && good.schema.n_tables == TABLES);
    FUZZ_DEMAND(good.schema.n_measures == MEASURES_COUNT);
    FUZZ_DEMAND(layout_create(&good.layout, &good.schema, &error) == STATUS_OK);
    layout_set_lengths(&good.layout, &good.sweep);
    sample_results_of(good_path(), &good.sweep, &good.schema);
    FUZZ_DEMAND(results_open(&results, good_path(), RESULTS_WRITE, &good.schema, &error) ==
                STATUS_OK);
    sample_records(results, &good.sweep);
    write_jobs(results);
    find_extents(results);
    FUZZ_DEMAND(results_close(&results, &error) == STATUS_OK);
    good.bytes = file_read(good_path(), &good.size);
    FUZZ_DEMAND(good.size <= FILE_SIZE_LIMIT);
}

const struct dataset *good_dataset(int i)
{
    return &good.layout.datasets[i];
}

static int number_of(const struct dataset *dataset)
{
    return (int)(dataset - good.layout.datasets);
}

/* ---- changed bytes ------------------------------------------------------------------------------
 */

static void set_value(unsigned char *bytes, int dataset, int64_t i, const void *value)
{
    const size_t size = value_size(good_dataset(dataset)->type);
    memcpy(bytes + good.extents[dataset].offset + (size_t)i * size, value, size);
}

static void get_value(const unsigned char *bytes, int dataset, int64_t i, void *value)
{
    const size_t size = value_size(good_dataset(dataset)->type);
    memcpy(value, bytes + good.extents[dataset].offset + (size_t)i * size, size);
}

static void find_datasets(struct place *place, enum job_family family)
{
    static const enum job_field fields[] = {JOB_STABILIZER, JOB_ERROR, JOB_STATE, JOB_CHECKSUM};
    for (int k = 0; k < MEASURES_COUNT; k++) {
        place->datasets[k] = number_of(layout_measure(&good.layout, family, k));
    }
    for (int k = 0; k < JOB_IDS - STABILIZER; k++) {
        place->datasets[STABILIZER + k] =
            number_of(layout_job_field(&good.layout, family, fields[k]));
    }
}

/* Of a removal. */
static struct place place_of(int64_t slot)
{
    const int64_t case_index = slot / JOBS;
    const int64_t job = slot % JOBS;
    const bool is_partition = job >= BORDER;
    const int64_t partition = is_partition ? (job - BORDER) / SETS : -1;
    struct place place = {
        .i = is_partition ? case_index * (REMOVALS - BORDER) + job - BORDER
                          : case_index * BORDER + job,
        .case_index = case_index,
        .partition = partition,
        .index = {case_index, is_partition ? -1 - partition : job / SETS, job % SETS}};
    find_datasets(&place, is_partition ? FAMILY_PARTITION : FAMILY_ALPHA);
    return place;
}

/* A removal with any values and a checksum that holds. */
static void write_job(struct fuzz_input *input, unsigned char *bytes)
{
    const int case_index = fuzz_below(input, CASES);
    const struct place place = place_of(case_index * JOBS + fuzz_below(input, REMOVALS));
    struct job_result result = {.stabilizer = fuzz_byte(input),
                                .error = (uint16_t)fuzz_below(input, 4),
                                .state = fuzz_byte(input)};
    result.values[0] = fuzz_real(input);
    result.values[1] = fuzz_real(input);
    const uint64_t checksum =
        job_result_checksum(&result, good.schema.places, MEASURES_COUNT, place.index);
    for (int k = 0; k < MEASURES_COUNT; k++) {
        set_value(bytes, place.datasets[k], place.i, &result.values[k]);
    }
    set_value(bytes, place.datasets[STABILIZER], place.i, &result.stabilizer);
    set_value(bytes, place.datasets[ERROR_CODE], place.i, &result.error);
    set_value(bytes, place.datasets[STATE], place.i, &result.state);
    set_value(bytes, place.datasets[CHECKSUM], place.i, &checksum);
}

/* The record of a table and a case, as the bytes have it. Released by record_destroy. */
static struct record *get_record(const unsigned char *bytes, int table, int64_t case_index)
{
    struct record *record = NULL;
    struct error error = {""};
    FUZZ_DEMAND(record_create(&record, good.schema.tables[table].variables, &good.sweep, &error) ==
                STATUS_OK);
    for (int i = 0; i < record_length(record); i++) {
        const struct extent *const extent =
            &good.extents[number_of(layout_variable(&good.layout, table, i))];
        memcpy(record_values(record, i),
               bytes + extent->offset + (size_t)case_index * (extent->size / CASES),
               extent->size / CASES);
    }
    return record;
}

static int field_of(int table, enum table_field field)
{
    return number_of(layout_table_field(&good.layout, table, field));
}

/* A record with other values, any state and any error, and a checksum that holds. */
static void write_record(struct fuzz_input *input, unsigned char *bytes)
{
    const int table = fuzz_below(input, TABLES);
    const int64_t case_index = fuzz_below(input, CASES);
    const uint16_t code = (uint16_t)fuzz_below(input, 4);
    const uint8_t state = fuzz_byte(input);
    uint64_t checksum = 0;
    struct error error = {""};
    const int variable = fuzz_below(input, variables_count(good.schema.tables[table].variables));
    const struct extent *const extent =
        &good.extents[number_of(layout_variable(&good.layout, table, variable))];
    fuzz_take(input, bytes + extent->offset + (size_t)case_index * (extent->size / CASES),
              extent->size / CASES < 8 ? extent->size / CASES : 8);
    struct record *record = get_record(bytes, table, case_index);
    FUZZ_DEMAND(results_record_checksum(record, case_index, code, &checksum, &error) == STATUS_OK);
    record_destroy(&record);
    set_value(bytes, field_of(table, TABLE_ERROR), case_index, &code);
    set_value(bytes, field_of(table, TABLE_CHECKSUM), case_index, &checksum);
    set_value(bytes, field_of(table, TABLE_STATE), case_index, &state);
}

static void change_data(struct fuzz_input *input, unsigned char *bytes)
{
    const struct extent *const extent =
        &good.extents[fuzz_below(input, good.layout.n_datasets + RUNS)];
    const size_t place = (size_t)fuzz_byte(input) << 8 | fuzz_byte(input);
    unsigned char *const at = bytes + extent->offset + place % extent->size;
    const uint8_t change = fuzz_byte(input);
    *at = (unsigned char)(*at ^ (change != 0 ? change : 0xff));
}

/* Changes in the data only. */
void good_change(struct fuzz_input *input, unsigned char *bytes)
{
    const int changes = fuzz_below(input, 32);
    for (int i = 0; i < changes; i++) {
        switch (fuzz_below(input, 6)) {
        case 0:
            write_job(input, bytes);
            break;
        case 1:
            write_record(input, bytes);
            break;
        default:
            change_data(input, bytes);
            break;
        }
    }
}

/* ---- what must hold -----------------------------------------------------------------------------
 */

static bool is_final(const unsigned char *bytes, const struct place *place, bool *is_failed)
{
    struct job_result result = {.seconds = 0.0};
    uint64_t checksum = 0;
    for (int k = 0; k < MEASURES_COUNT; k++) {
        get_value(bytes, place->datasets[k], place->i, &result.values[k]);
    }
    get_value(bytes, place->datasets[STABILIZER], place->i, &result.stabilizer);
    get_value(bytes, place->datasets[ERROR_CODE], place->i, &result.error);
    get_value(bytes, place->datasets[STATE], place->i, &result.state);
    get_value(bytes, place->datasets[CHECKSUM], place->i, &checksum);
    *is_failed = result.state == JOB_FAILED;
    return job_result_checksum(&result, good.schema.places, MEASURES_COUNT, place->index) ==
               checksum &&
           (result.error != 0 ? result.state == JOB_FAILED
                              : result.state == JOB_DONE || result.state == JOB_PREDICTED);
}

static bool is_final_record(const unsigned char *bytes, int table, int64_t case_index,
                            bool *is_failed)
{
    uint8_t state = JOB_PENDING;
    uint16_t code = 0;
    uint64_t checksum = 0;
    uint64_t expected = 0;
    struct error error = {""};
    struct record *record = get_record(bytes, table, case_index);
    get_value(bytes, field_of(table, TABLE_STATE), case_index, &state);
    get_value(bytes, field_of(table, TABLE_ERROR), case_index, &code);
    get_value(bytes, field_of(table, TABLE_CHECKSUM), case_index, &checksum);
    FUZZ_DEMAND(results_record_checksum(record, case_index, code, &expected, &error) == STATUS_OK);
    record_destroy(&record);
    *is_failed = state == JOB_FAILED;
    return checksum == expected && state == (code != 0 ? JOB_FAILED : JOB_DONE);
}

/* How many partitions the case says to have: those in front of the first that is missing; -1
 * unknown. */
static int known_partitions(const unsigned char *bytes, int64_t case_index)
{
    const int n_r = number_of(layout_find(&good.layout, "partition_n_r"));
    bool is_failed = false;
    int n = 0;
    if (!is_final_record(bytes, SPLITS, case_index, &is_failed) || is_failed) {
        return -1;
    }
    for (; n < PARTITIONS; n++) {
        int32_t rows = 0;
        get_value(bytes, n_r, case_index * PARTITIONS + n, &rows);
        if (rows < 0) {
            break;
        }
    }
    return n;
}

/* What the scan must count. */
struct expected {
    int64_t n_done;
    int64_t n_failed;
    int64_t n_absent;
};

static void check_slot(const struct results_scan *scan, struct expected *expected, int64_t slot,
                       bool counts, bool is_failed, bool is_absent, bool retry)
{
    expected->n_failed += counts && is_failed;
    expected->n_done += counts && !is_failed;
    expected->n_absent += is_absent;
    FUZZ_DEMAND(scan->final[slot] == (is_absent || (counts && !(is_failed && retry))));
}

static void check_removal(const struct results_scan *scan, struct expected *expected,
                          const unsigned char *bytes, int64_t slot, int known, bool retry)
{
    const struct place place = place_of(slot);
    const int hidden = number_of(layout_find(&good.layout, "hidden"));
    int32_t n_hidden = 0;
    bool is_failed = false;
    uint8_t state = JOB_PENDING;
    get_value(bytes, place.datasets[STATE], place.i, &state);
    get_value(bytes, hidden, place.case_index, &n_hidden);
    const bool is_whole = is_final(bytes, &place, &is_failed);
    const bool is_nowhere = place.partition >= n_hidden || (known >= 0 && place.partition >= known);
    const bool counts = is_whole && !(is_nowhere && known >= 0);
    check_slot(scan, expected, slot, counts, is_failed, is_nowhere && state == JOB_PENDING, retry);
}

/* What the changed bytes say of every job, against the scan. */
void good_check_scan(const struct results_scan *scan, const unsigned char *bytes, bool retry)
{
    struct expected expected = {0};
    int known = -1; /* partitions of the case */
    FUZZ_DEMAND(scan->n_slots == SLOTS);
    for (int64_t slot = 0; slot < SLOTS; slot++) {
        const int table = (int)(slot % JOBS) - REMOVALS;
        bool is_failed = false;
        if (slot % JOBS == 0) {
            known = known_partitions(bytes, slot / JOBS);
        }
        if (table < 0) {
            check_removal(scan, &expected, bytes, slot, known, retry);
        } else {
            const bool counts = is_final_record(bytes, table, slot / JOBS, &is_failed);
            check_slot(scan, &expected, slot, counts, is_failed, false, retry);
        }
    }
    FUZZ_DEMAND(scan->n_done == expected.n_done && scan->n_failed == expected.n_failed);
    FUZZ_DEMAND(scan->n_absent == expected.n_absent);
    FUZZ_DEMAND(scan->n_jobs == SLOTS - expected.n_absent);
}

bool good_has_labels(const unsigned char *bytes)
{
    for (int i = 0; i < good.layout.n_datasets; i++) {
        const enum dataset_kind kind = good_dataset(i)->kind;
        const struct extent *const extent = &good.extents[i];
        if ((kind == DATASET_LABEL || kind == DATASET_SCALE) &&
            memcmp(bytes + extent->offset, good.bytes + extent->offset, extent->size) != 0) {
            return false;
        }
    }
    return true;
}
