#include "store/results_scan.h"

#include "core/memory.h"
#include "store/results_cases.h"
#include "store/results_jobs.h"

#include <stdlib.h>
#include <string.h>

/* Cells of neighbouring cases of one family, as stored. */
struct job_arrays {
    void *values[JOB_FIELD_COUNT];
    uint64_t *checksum;
    uint8_t *state;
};

/* Cells that are read at once: memory does not grow with the file. */
enum { JOBS_AT_ONCE = 1 << 16 };

/* How a scan judges. */
struct scan_rules {
    const struct results *results;
    unsigned char *is_damaged; /* [n_cases] its values are damaged: it is run again as a whole */
    int32_t *hidden;           /* [n_cases] */
    uint8_t *case_state;       /* [n_cases] */
    int32_t *partition_dim;    /* [n_cases, n_partitions]; NULL without the profile */
    bool retry_failed;
};

static enum status allocate_jobs(struct job_arrays *arrays, size_t n_jobs, struct error *error)
{
    for (int i = 0; i < JOB_FIELD_COUNT; i++) {
        TRY(memory_array(&arrays->values[i], n_jobs, JOB_VALUE_SIZE, error));
    }
    TRY(memory_array(&arrays->checksum, n_jobs, sizeof *arrays->checksum, error));
    return memory_array(&arrays->state, n_jobs, sizeof *arrays->state, error);
}

static enum status read_jobs(struct job_arrays *arrays, const struct results *results,
                             enum job_family family, int64_t first_case, int64_t n_cases,
                             struct error *error)
{
    for (int i = 0; i < JOB_FIELD_COUNT; i++) {
        TRY(results_read_cases(results, JOB_FIELDS[i].ids[family], first_case, n_cases,
                               arrays->values[i], error));
    }
    TRY(results_read_cases(results, JOB_CHECKSUM_IDS[family], first_case, n_cases, arrays->checksum,
                           error));
    return results_read_cases(results, JOB_STATE_FIELD.ids[family], first_case, n_cases,
                              arrays->state, error);
}

static void release_jobs(struct job_arrays *arrays)
{
    for (int i = 0; i < JOB_FIELD_COUNT; i++) {
        free(arrays->values[i]);
    }
    free(arrays->checksum);
    free(arrays->state);
}

/* `i` counts within the arrays. */
static struct job_result job_at(const struct job_arrays *arrays, size_t i)
{
    struct job_result result = {.state = arrays->state[i]};
    for (int k = 0; k < JOB_FIELD_COUNT; k++) {
        const struct job_field *const field = &JOB_FIELDS[k];
        memcpy((char *)&result + field->offset, (const char *)arrays->values[k] + i * field->size,
               field->size);
    }
    return result;
}

/* A partition that its model has not, as far as is known: no model has more of them than units. */
static bool is_absent(const struct scan_rules *rules, enum job_family family, int64_t case_index,
                      int64_t row)
{
    if (family == FAMILY_ALPHA) {
        return false;
    }
    const int64_t n_partitions = job_rows(rules->results, FAMILY_PARTITION);
    return row >= rules->hidden[case_index] ||
           (rules->is_damaged[case_index] == 0 &&
            rules->partition_dim[case_index * n_partitions + row] < 0);
}

/* The job of a job among all of the file. */
static int64_t slot_of(const struct results *results, struct job_index index, int64_t row)
{
    const int64_t n_rows = job_rows(results, FAMILY_ALPHA) + job_rows(results, FAMILY_PARTITION);
    const int64_t n_ablations = (int64_t)results->lengths[AXIS_ABLATION];
    return (index.case_index * n_rows + row) * n_ablations + index.ablation;
}

static void judge_job(struct results_scan *scan, const struct scan_rules *rules,
                      const struct job_result *result, uint64_t checksum, struct job_index index,
                      int64_t slot)
{
    /* A job written anew and killed between checksum and state has the state of the old one: only
     * its error tells which it is. */
    const bool is_damaged = rules->is_damaged[index.case_index] != 0;
    const bool done = result->state == JOB_DONE && result->error == 0 && !is_damaged;
    const bool failed = result->state == JOB_FAILED && result->error != 0;
    if ((done || failed) && job_result_checksum(result, index) == checksum) {
        scan->n_done += done;
        scan->n_failed += failed;
        scan->final[slot] = done || !rules->retry_failed;
    } else {
        scan->n_pending++;
        scan->n_damaged += result->state != JOB_PENDING;
    }
}

static void judge_jobs(struct results_scan *scan, const struct job_arrays *arrays,
                       const struct scan_rules *rules, enum job_family family, int64_t first_case,
                       int64_t n_cases)
{
    const int64_t n_ablations = (int64_t)rules->results->lengths[AXIS_ABLATION];
    const int64_t n_rows = job_rows(rules->results, family);
    for (int64_t i = 0; i < n_cases * n_rows * n_ablations; i++) {
        const int64_t row = i / n_ablations % n_rows;
        const struct job_index index =
            job_index_of(family, first_case + i / n_ablations / n_rows, row, i % n_ablations);
        const int64_t slot =
            slot_of(rules->results, index, job_first_row(rules->results, family) + row);
        const struct job_result result = job_at(arrays, (size_t)i);
        const bool absent = is_absent(rules, family, index.case_index, row);
        if (absent && result.state == JOB_PENDING) {
            scan->n_absent++;
            scan->final[slot] = 1;
        } else if (absent && rules->case_state[index.case_index] == JOB_DONE) {
            scan->n_pending++; /* left by an earlier failure of the case: to be cleared */
        } else {
            judge_job(scan, rules, &result, arrays->checksum[i], index, slot);
        }
    }
}

static enum status judge_family(struct results_scan *scan, const struct scan_rules *rules,
                                enum job_family family, struct error *error)
{
    const int64_t n_all = (int64_t)rules->results->lengths[AXIS_CASE];
    const int64_t n_jobs =
        job_rows(rules->results, family) * (int64_t)rules->results->lengths[AXIS_ABLATION];
    if (n_jobs == 0) {
        return STATUS_OK;
    }
    const int64_t at_once = n_jobs < JOBS_AT_ONCE ? JOBS_AT_ONCE / n_jobs : 1;
    struct job_arrays arrays = {0};
    enum status status =
        allocate_jobs(&arrays, (size_t)(n_jobs * (at_once < n_all ? at_once : n_all)), error);
    for (int64_t first = 0; status == STATUS_OK && first < n_all; first += at_once) {
        const int64_t n_cases = n_all - first < at_once ? n_all - first : at_once;
        status = read_jobs(&arrays, rules->results, family, first, n_cases, error);
        if (status == STATUS_OK) {
            judge_jobs(scan, &arrays, rules, family, first, n_cases);
        }
    }
    release_jobs(&arrays);
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
    if (results_has(results, VAR_PARTITION_N_R)) {
        TRY(memory_array(&rules->partition_dim, results_count(results, VAR_PARTITION_N_R),
                         sizeof *rules->partition_dim, error));
        TRY(results_read(results, VAR_PARTITION_N_R, rules->partition_dim, error));
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
    for (enum job_family family = 0; family < FAMILY_COUNT; family++) {
        TRY(judge_family(scan, rules, family, error));
    }
    scan->n_jobs = scan->n_slots - scan->n_absent;
    return STATUS_OK;
}

enum status results_scan_create(struct results_scan *scan, const struct results *results,
                                bool retry_failed, struct error *error)
{
    struct scan_rules rules = {.results = results, .retry_failed = retry_failed};
    const size_t n_slots =
        results_count(results, VAR_STATE) + results_count(results, VAR_PARTITION_STATE);
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
