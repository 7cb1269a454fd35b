/* Work units in flight and work units that ended or stalled their worker, remembered in /run of a
 * results file: what a restart must know about the run that did not end by itself. */
#pragma once

#include "core/status.h"
#include "store/results.h"

#include <sys/types.h>

/* Columns of /run/faults. The faults of a training stand at the first case of its model. A timeout
 * stands after the crash of its kind. */
enum results_fault {
    FAULT_TRAINING_CRASH,
    FAULT_TRAINING_TIMEOUT,
    FAULT_SWEEP_CRASH,
    FAULT_SWEEP_TIMEOUT,
    FAULT_COUNT
};

/* A work unit with that many faults is not tried again. */
enum { FAULT_LIMIT = 2 };

/* attempts[n_cases]: how often in a row the run died while a work unit of the case was in flight; 1
 * also of a case that a stop has cut off before its first result. Local. */
MUST_CHECK enum status results_read_attempts(const struct results *results, uint8_t *attempts,
                                             struct error *error);
MUST_CHECK enum status results_write_attempts(const struct results *results, int64_t case_index,
                                              uint8_t attempts, struct error *error);

/* faults[n_cases, FAULT_COUNT] row-major. Local. */
MUST_CHECK enum status results_read_faults(const struct results *results, uint8_t *faults,
                                           struct error *error);
MUST_CHECK enum status results_write_fault(const struct results *results, int64_t case_index,
                                           enum results_fault fault, uint8_t count,
                                           struct error *error);

/* Byte of the file that counts a fault, for a signal handler that can call no library; -1 when it
 * is not known. */
off_t results_fault_place(const struct results *results, int64_t case_index,
                          enum results_fault fault);

/* The same of the byte of /run/attempts. */
off_t results_attempts_place(const struct results *results, int64_t case_index);
