#include "store/results_scan.h"

#include "core/memory.h"
#include "store/results_cases.h"
#include "store/results_cells.h"

#include <stdlib.h>
#include <string.h>

/* Cells of neighbouring cases of one family, as stored. */
struct cell_arrays {
    void *values[CELL_FIELD_COUNT];
    uint64_t *checksum;
    uint8_t *state;
};

/* Cells that are read at once: memory does not grow with the file. */
enum { CELLS_AT_ONCE = 1 << 16 };

/* How a scan judges. */
struct scan_rules {
    const struct results *results;
    unsigned char *is_damaged; /* [n_cases] its values are damaged: it is run again as a whole */
    int32_t *hidden;           /* [n_cases] */
    uint8_t *case_state;       /* [n_cases] */
    int32_t *partition_dim;    /* [n_cases, n_partitions]; NULL without the profile */
    bool retry_failed;
};

static enum status allocate_cells(struct cell_arrays *arrays, size_t n_cells, struct error *error)
{
    for (int i = 0; i < CELL_FIELD_COUNT; i++) {
        TRY(memory_array(&arrays->values[i], n_cells, CELL_VALUE_SIZE, error));
    }
    TRY(memory_array(&arrays->checksum, n_cells, sizeof *arrays->checksum, error));
    return memory_array(&arrays->state, n_cells, sizeof *arrays->state, error);
}

static enum status read_cells(struct cell_arrays *arrays, const struct results *results,
                              enum cell_family family, int64_t first_case, int64_t n_cases,
                              struct error *error)
{
    for (int i = 0; i < CELL_FIELD_COUNT; i++) {
        TRY(results_read_cases(results, CELL_FIELDS[i].ids[family], first_case, n_cases,
                               arrays->values[i], error));
    }
    TRY(results_read_cases(results, CELL_CHECKSUM_IDS[family], first_case, n_cases,
                           arrays->checksum, error));
    return results_read_cases(results, CELL_STATE_FIELD.ids[family], first_case, n_cases,
                              arrays->state, error);
}

static void release_cells(struct cell_arrays *arrays)
{
    for (int i = 0; i < CELL_FIELD_COUNT; i++) {
        free(arrays->values[i]);
    }
    free(arrays->checksum);
    free(arrays->state);
}

/* `i` counts within the arrays. */
static struct cell cell_at(const struct cell_arrays *arrays, size_t i)
{
    struct cell cell = {.state = arrays->state[i]};
    for (int k = 0; k < CELL_FIELD_COUNT; k++) {
        const struct cell_field *const field = &CELL_FIELDS[k];
        memcpy((char *)&cell + field->offset, (const char *)arrays->values[k] + i * field->size,
               field->size);
    }
    return cell;
}

/* A partition that its model has not, as far as is known: no model has more of them than units. */
static bool is_absent(const struct scan_rules *rules, enum cell_family family, int64_t case_index,
                      int64_t row)
{
    if (family == FAMILY_ALPHA) {
        return false;
    }
    const int64_t n_partitions = cell_rows(rules->results, FAMILY_PARTITION);
    return row >= rules->hidden[case_index] ||
           (rules->is_damaged[case_index] == 0 &&
            rules->partition_dim[case_index * n_partitions + row] < 0);
}

/* The job of a cell among all of the file. */
static int64_t slot_of(const struct results *results, struct cell_index index, int64_t row)
{
    const int64_t n_rows = cell_rows(results, FAMILY_ALPHA) + cell_rows(results, FAMILY_PARTITION);
    const int64_t n_ablations = (int64_t)results->lengths[AXIS_ABLATION];
    return (index.case_index * n_rows + row) * n_ablations + index.ablation;
}

static void judge_cell(struct results_scan *scan, const struct scan_rules *rules,
                       const struct cell *cell, uint64_t checksum, struct cell_index index,
                       int64_t slot)
{
    /* A cell written anew and killed between checksum and state has the state of the old one: only
     * its error tells which it is. */
    const bool is_damaged = rules->is_damaged[index.case_index] != 0;
    const bool done = cell->state == CELL_DONE && cell->error == 0 && !is_damaged;
    const bool failed = cell->state == CELL_FAILED && cell->error != 0;
    if ((done || failed) && cell_checksum(cell, index) == checksum) {
        scan->n_done += done;
        scan->n_failed += failed;
        scan->final[slot] = done || !rules->retry_failed;
    } else {
        scan->n_pending++;
        scan->n_damaged += cell->state != CELL_PENDING;
    }
}

static void judge_cells(struct results_scan *scan, const struct cell_arrays *arrays,
                        const struct scan_rules *rules, enum cell_family family, int64_t first_case,
                        int64_t n_cases)
{
    const int64_t n_ablations = (int64_t)rules->results->lengths[AXIS_ABLATION];
    const int64_t n_rows = cell_rows(rules->results, family);
    for (int64_t i = 0; i < n_cases * n_rows * n_ablations; i++) {
        const int64_t row = i / n_ablations % n_rows;
        const struct cell_index index =
            cell_index_of(family, first_case + i / n_ablations / n_rows, row, i % n_ablations);
        const int64_t slot =
            slot_of(rules->results, index, cell_first_row(rules->results, family) + row);
        const struct cell cell = cell_at(arrays, (size_t)i);
        const bool absent = is_absent(rules, family, index.case_index, row);
        if (absent && cell.state == CELL_PENDING) {
            scan->n_absent++;
            scan->final[slot] = 1;
        } else if (absent && rules->case_state[index.case_index] == CELL_DONE) {
            scan->n_pending++; /* left by an earlier failure of the case: to be cleared */
        } else {
            judge_cell(scan, rules, &cell, arrays->checksum[i], index, slot);
        }
    }
}

static enum status judge_family(struct results_scan *scan, const struct scan_rules *rules,
                                enum cell_family family, struct error *error)
{
    const int64_t n_all = (int64_t)rules->results->lengths[AXIS_CASE];
    const int64_t n_jobs =
        cell_rows(rules->results, family) * (int64_t)rules->results->lengths[AXIS_ABLATION];
    if (n_jobs == 0) {
        return STATUS_OK;
    }
    const int64_t at_once = n_jobs < CELLS_AT_ONCE ? CELLS_AT_ONCE / n_jobs : 1;
    struct cell_arrays arrays = {0};
    enum status status =
        allocate_cells(&arrays, (size_t)(n_jobs * (at_once < n_all ? at_once : n_all)), error);
    for (int64_t first = 0; status == STATUS_OK && first < n_all; first += at_once) {
        const int64_t n_cases = n_all - first < at_once ? n_all - first : at_once;
        status = read_cells(&arrays, rules->results, family, first, n_cases, error);
        if (status == STATUS_OK) {
            judge_cells(scan, &arrays, rules, family, first, n_cases);
        }
    }
    release_cells(&arrays);
    return status;
}

static enum status read_facts(struct scan_rules *rules, struct error *error)
{
    const struct results *const results = rules->results;
    const size_t n_cases = (size_t)results->lengths[AXIS_CASE];
    TRY(memory_array(&rules->hidden, n_cases, sizeof *rules->hidden, error));
    TRY(results_read(results, VAR_HIDDEN, rules->hidden, error));
    TRY(memory_array(&rules->case_state, n_cases, 1, error));
    TRY(results_read(results, VAR_CASE_STATE, rules->case_state, error));
    if (results_has(results, VAR_PROFILE_LEADING_DIM)) {
        TRY(memory_array(&rules->partition_dim, results_count(results, VAR_PROFILE_LEADING_DIM),
                         sizeof *rules->partition_dim, error));
        TRY(results_read(results, VAR_PROFILE_LEADING_DIM, rules->partition_dim, error));
    }
    return results_find_damaged_cases(results, &rules->is_damaged, error);
}

static void release_rules(struct scan_rules *rules)
{
    free(rules->is_damaged);
    free(rules->hidden);
    free(rules->case_state);
    free(rules->partition_dim);
}

static enum status judge_all(struct results_scan *scan, const struct scan_rules *rules,
                             struct error *error)
{
    for (enum cell_family family = 0; family < FAMILY_COUNT; family++) {
        TRY(judge_family(scan, rules, family, error));
    }
    scan->n_cells = scan->n_slots - scan->n_absent;
    return STATUS_OK;
}

enum status results_scan_create(struct results_scan *scan, const struct results *results,
                                bool retry_failed, struct error *error)
{
    struct scan_rules rules = {.results = results, .retry_failed = retry_failed};
    const size_t n_slots =
        results_count(results, VAR_STATE) + results_count(results, VAR_PROFILE_STATE);
    *scan = (struct results_scan){.n_slots = (int64_t)n_slots};
    enum status status = memory_array(&scan->final, n_slots, 1, error);
    if (status == STATUS_OK) {
        status = read_facts(&rules, error);
    }
    if (status == STATUS_OK) {
        status = judge_all(scan, &rules, error);
    }
    if (status != STATUS_OK) {
        results_scan_release(scan);
    }
    release_rules(&rules);
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
