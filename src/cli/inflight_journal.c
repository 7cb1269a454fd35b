#include "cli/inflight_journal.h"

#include "core/memory.h"
#include "store/results_faults.h"

#include <stdlib.h>

/* A process that is killed (by the kernel for its memory, or by somebody for no fault of its own)
 * leaves no fault behind. A work unit that was in flight in so many such ends in a row, after the
 * first ones alone, is taken to be their reason. */
enum { ATTEMPTS_MAX = 250, ATTEMPTS_LIMIT = 6 };

static unsigned char one_more(unsigned char count)
{
    return count < ATTEMPTS_MAX ? (unsigned char)(count + 1) : count;
}

static enum status note(void *context, enum journal_event event, enum work_kind kind, int index,
                        struct error *error)
{
    struct inflight_journal *const journal = context;
    const int slot = kind == WORK_SWEEP ? index : journal->first_case[index];
    const enum results_fault fault =
        kind == WORK_TRAIN ? FAULT_TRAINING_TIMEOUT : FAULT_SWEEP_TIMEOUT;
    unsigned char *const faults = &journal->faults[slot * FAULT_COUNT + (int)fault];
    unsigned char *const attempts = &journal->attempts[slot];
    switch (event) {
    case UNIT_HANDED:
        journal->in_flight[slot]++;
        return results_write_attempts(journal->results, slot, one_more(*attempts), error);
    case UNIT_STALLED:
        *faults = one_more(*faults);
        return results_write_fault(journal->results, slot, fault, *faults, error);
    case UNIT_CUT_OFF: /* comes last, as after an end that was its fault, but is never given up */
        *attempts = *attempts > 0 ? *attempts : 1;
        break;
    case UNIT_ENDED:
    case UNIT_RETURNED:
        break;
    }
    if (--journal->in_flight[slot] > 0) {
        return STATUS_OK;
    }
    *attempts = event == UNIT_ENDED ? 0 : *attempts;
    return results_write_attempts(journal->results, slot, *attempts, error);
}

static enum status note_training(void *context, int model, const struct training_progress *news,
                                 struct error *error)
{
    struct inflight_journal *const journal = context;
    return training_marks_tell(&journal->training, model, news, error);
}

/* Why a work unit with these faults is not tried again, or STATUS_OK. */
static enum status judge(int n_crashes, int n_timeouts, int n_attempts)
{
    if (n_crashes + n_timeouts < FAULT_LIMIT && n_attempts < ATTEMPTS_LIMIT) {
        return STATUS_OK;
    }
    return n_timeouts > n_crashes ? STATUS_JOB_TIMEOUT : STATUS_JOB_CRASHED;
}

/* What is not tried again, of every case and model. */
static void judge_all(struct inflight_journal *journal)
{
    const struct sweep *const sweep = journal->sweep;
    for (int i = 0; i < sweep->n_models; i++) {
        journal->first_case[i] = -1;
    }
    for (int i = sweep->n_cases - 1; i >= 0; i--) {
        const int model = sweep->cases[i].model;
        const unsigned char *const faults = &journal->faults[(size_t)i * FAULT_COUNT];
        const int attempts = journal->attempts[i];
        journal->first_case[model] = i;
        journal->case_failure[i] =
            judge(faults[FAULT_SWEEP_CRASH], faults[FAULT_SWEEP_TIMEOUT], attempts);
        journal->training_failure[model] =
            judge(faults[FAULT_TRAINING_CRASH], faults[FAULT_TRAINING_TIMEOUT], attempts);
    }
}

static enum status forgive_all(struct inflight_journal *journal, struct error *error)
{
    for (int i = 0; i < journal->sweep->n_cases; i++) {
        if (journal->attempts[i] >= ATTEMPTS_LIMIT) {
            journal->attempts[i] = 0;
            TRY(results_write_attempts(journal->results, i, 0, error));
        }
        for (int fault = 0; fault < FAULT_COUNT; fault++) {
            unsigned char *const count = &journal->faults[i * FAULT_COUNT + fault];
            if (*count > 0) {
                *count = 0;
                TRY(results_write_fault(journal->results, i, (enum results_fault)fault, 0, error));
            }
        }
    }
    return STATUS_OK;
}

enum status inflight_journal_begin(struct inflight_journal *journal, const struct sweep *sweep,
                                   const struct results *results, bool forgive, struct error *error)
{
    const size_t n_cases = (size_t)sweep->n_cases;
    const size_t n_models = (size_t)sweep->n_models;
    *journal = (struct inflight_journal){.sweep = sweep, .results = results};
    journal->calls =
        (struct work_journal){.note = note, .training = note_training, .context = journal};
    TRY(memory_array(&journal->attempts, n_cases, 1, error));
    TRY(memory_array2(&journal->faults, n_cases, FAULT_COUNT, 1, error));
    TRY(memory_array(&journal->in_flight, n_cases, sizeof(int), error));
    TRY(memory_array(&journal->first_case, n_models, sizeof(int), error));
    TRY(memory_array(&journal->case_failure, n_cases, sizeof(enum status), error));
    TRY(memory_array(&journal->training_failure, n_models, sizeof(enum status), error));
    TRY(results_read_attempts(journal->results, journal->attempts, error));
    TRY(results_read_faults(journal->results, journal->faults, error));
    if (forgive) {
        TRY(forgive_all(journal, error));
    }
    judge_all(journal);
    return STATUS_OK;
}

void inflight_journal_release(struct inflight_journal *journal)
{
    training_marks_release(&journal->training);
    free(journal->attempts);
    free(journal->faults);
    free(journal->in_flight);
    free(journal->first_case);
    free(journal->case_failure);
    free(journal->training_failure);
    *journal = (struct inflight_journal){0};
}
