#include "cli/inflight_journal.h"

#include "core/memory.h"
#include "store/results_faults.h"

#include <stdlib.h>

/* A process that is killed (by the kernel for its memory, or by somebody for no fault of its own)
 * leaves no fault behind. An item that was in flight in so many such ends in a row, after the first
 * ones alone, is taken to be their reason. */
enum { ATTEMPTS_MAX = 250, ATTEMPTS_LIMIT = 6 };

static int slot_of(const struct inflight_journal *log, enum item_kind kind, int index)
{
    return kind == ITEM_SWEEP ? index : log->first_case[index];
}

static enum status note_handed(void *context, enum item_kind kind, int index, struct error *error)
{
    struct inflight_journal *const log = context;
    const int slot = slot_of(log, kind, index);
    const unsigned char before = log->attempts[slot];
    log->in_flight[slot]++;
    return results_write_attempts(log->results, slot,
                                  before < ATTEMPTS_MAX ? (uint8_t)(before + 1) : before, error);
}

static enum status note_ended(void *context, enum item_kind kind, int index, struct error *error)
{
    struct inflight_journal *const log = context;
    const int slot = slot_of(log, kind, index);
    if (--log->in_flight[slot] > 0) {
        return STATUS_OK;
    }
    log->attempts[slot] = 0;
    return results_write_attempts(log->results, slot, 0, error);
}

static enum status note_returned(void *context, enum item_kind kind, int index, struct error *error)
{
    struct inflight_journal *const log = context;
    const int slot = slot_of(log, kind, index);
    return --log->in_flight[slot] > 0
               ? STATUS_OK
               : results_write_attempts(log->results, slot, log->attempts[slot], error);
}

static enum status note_stalled(void *context, enum item_kind kind, int index, struct error *error)
{
    struct inflight_journal *const log = context;
    const int slot = slot_of(log, kind, index);
    const enum results_fault fault =
        kind == ITEM_TRAIN ? FAULT_TRAINING_TIMEOUT : FAULT_SWEEP_TIMEOUT;
    unsigned char *const count = &log->faults[slot * FAULT_COUNT + (int)fault];
    *count = *count < ATTEMPTS_MAX ? (unsigned char)(*count + 1) : *count;
    return results_write_fault(log->results, slot, fault, *count, error);
}

/* Why an item with these faults is not tried again, or STATUS_OK. */
static enum status judge(int n_crashes, int n_timeouts, int n_attempts)
{
    if (n_crashes + n_timeouts < FAULT_LIMIT && n_attempts < ATTEMPTS_LIMIT) {
        return STATUS_OK;
    }
    return n_timeouts > n_crashes ? STATUS_JOB_TIMEOUT : STATUS_JOB_CRASHED;
}

static void judge_all(struct inflight_journal *log)
{
    for (int i = 0; i < log->sweep->n_cases; i++) {
        const unsigned char *const faults = &log->faults[(size_t)i * FAULT_COUNT];
        log->case_failure[i] =
            judge(faults[FAULT_SWEEP_CRASH], faults[FAULT_SWEEP_TIMEOUT], log->attempts[i]);
    }
    for (int i = 0; i < log->sweep->n_models; i++) {
        const int slot = log->first_case[i];
        const unsigned char *const faults =
            &log->faults[(size_t)(slot >= 0 ? slot : 0) * FAULT_COUNT];
        log->training_failure[i] = slot < 0
                                       ? STATUS_OK
                                       : judge(faults[FAULT_TRAINING_CRASH],
                                               faults[FAULT_TRAINING_TIMEOUT], log->attempts[slot]);
    }
}

static enum status forgive_all(struct inflight_journal *log, struct error *error)
{
    for (int i = 0; i < log->sweep->n_cases; i++) {
        if (log->attempts[i] >= ATTEMPTS_LIMIT) {
            log->attempts[i] = 0;
            TRY(results_write_attempts(log->results, i, 0, error));
        }
        for (int fault = 0; fault < FAULT_COUNT; fault++) {
            unsigned char *const count = &log->faults[i * FAULT_COUNT + fault];
            if (*count > 0) {
                *count = 0;
                TRY(results_write_fault(log->results, i, (enum results_fault)fault, 0, error));
            }
        }
    }
    return STATUS_OK;
}

static void find_first_cases(struct inflight_journal *log)
{
    for (int i = 0; i < log->sweep->n_models; i++) {
        log->first_case[i] = -1;
    }
    for (int i = log->sweep->n_cases - 1; i >= 0; i--) {
        log->first_case[log->sweep->cases[i].model] = i;
    }
}

static enum status read_file(struct inflight_journal *log, bool forgive, struct error *error)
{
    TRY(results_read_attempts(log->results, log->attempts, error));
    TRY(results_read_faults(log->results, log->faults, error));
    if (forgive) {
        TRY(forgive_all(log, error));
    }
    find_first_cases(log);
    judge_all(log);
    return STATUS_OK;
}

static enum status allocate(struct inflight_journal *log, struct error *error)
{
    const size_t n_cases = (size_t)log->sweep->n_cases;
    TRY(memory_array(&log->attempts, n_cases, 1, error));
    TRY(memory_array2(&log->faults, n_cases, FAULT_COUNT, 1, error));
    TRY(memory_array(&log->in_flight, n_cases, sizeof *log->in_flight, error));
    TRY(memory_array(&log->first_case, (size_t)log->sweep->n_models, sizeof *log->first_case,
                     error));
    TRY(memory_array(&log->case_failure, n_cases, sizeof *log->case_failure, error));
    return memory_array(&log->training_failure, (size_t)log->sweep->n_models,
                        sizeof *log->training_failure, error);
}

enum status inflight_journal_begin(struct inflight_journal *log, const struct sweep *sweep,
                                   const struct results *results, bool forgive, struct error *error)
{
    *log = (struct inflight_journal){.sweep = sweep, .results = results};
    log->log = (struct item_log){.handed = note_handed,
                                 .ended = note_ended,
                                 .returned = note_returned,
                                 .stalled = note_stalled,
                                 .context = log};
    enum status status = allocate(log, error);
    if (status == STATUS_OK) {
        status = read_file(log, forgive, error);
    }
    if (status != STATUS_OK) {
        inflight_journal_release(log);
    }
    return status;
}

void inflight_journal_release(struct inflight_journal *log)
{
    free(log->attempts);
    free(log->faults);
    free(log->in_flight);
    free(log->first_case);
    free(log->case_failure);
    free(log->training_failure);
    *log = (struct inflight_journal){0};
}
