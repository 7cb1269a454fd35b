/* One error vocabulary for the whole program.
 *
 * Every function that can fail returns an enum status and fills a caller-owned struct error with
 * one line that names the file, the line or dataset, what was found and what was expected.
 *
 * Values below 100 are the exit codes of the program. Values from 100 on are failures of one job
 * or one case: the process is fine, the value is stored in the variable `error` of the results
 * file, and the sweep goes on. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#define STATUS_LIST(X)                                                                             \
    X(STATUS_OK, 0, "complete")                                                                    \
    X(STATUS_INTERNAL, 1, "internal error")                                                        \
    X(STATUS_USAGE, 2, "wrong command line")                                                       \
    X(STATUS_INPUT, 3, "study file, model or trials bad")                                          \
    X(STATUS_OUTPUT_TAKEN, 4, "output in use, or exists and is something else")                    \
    X(STATUS_MISMATCH, 5, "results file belongs to another study")                                 \
    X(STATUS_DAMAGED, 6, "results file damaged")                                                   \
    X(STATUS_IO, 7, "input/output error")                                                          \
    X(STATUS_JOBS_FAILED, 8, "complete with failed jobs")                                          \
    X(STATUS_STOPPED, 75, "stopped early, run the same command again")                             \
    X(STATUS_JOB_WEIGHTS_NONFINITE, 101, "weights contain NaN or Inf")                             \
    X(STATUS_JOB_SCHUR_FAILED, 102, "QR iteration did not converge")                               \
    X(STATUS_JOB_SCHUR_NONFINITE, 103, "Schur form contains NaN or Inf")                           \
    X(STATUS_JOB_CERTIFICATE, 104, "Schur certificate failed")                                     \
    X(STATUS_JOB_ROLLOUT_NONFINITE, 105, "network output became NaN or Inf")                       \
    X(STATUS_JOB_MODEL, 106, "model or trials changed or unreadable during the sweep")             \
    X(STATUS_JOB_MEMORY, 107, "not enough memory for the case")                                    \
    X(STATUS_JOB_TRAINING_DIVERGED, 108, "training diverged")                                      \
    X(STATUS_JOB_CRASHED, 109, "its worker crashed twice")                                         \
    X(STATUS_JOB_TIMEOUT, 110, "its worker stalled twice")

enum status {
#define STATUS_ENUM(name, value, text) name = (value),
    STATUS_LIST(STATUS_ENUM)
#undef STATUS_ENUM
};

#define ERROR_TEXT_SIZE 1024

/* One line without a final newline, always NUL-terminated. Owned by the caller. */
struct error {
    char text[ERROR_TEXT_SIZE];
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Short description of a status; never NULL. */
const char *status_text(enum status status);

/* True for failures that belong to one job or case and are stored in the results file. */
bool status_is_job_failure(enum status status);

/* The status of that number; false when there is none. */
bool status_from_number(int32_t number, enum status *status);

/* Write a message and return `status`, so that a caller can `return error_set(...)`. Of a message
 * that is too long the begin and the end are kept. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum status error_set_list(struct error *error, enum status status, const char *format,
                           va_list arguments) __attribute__((format(printf, 3, 0)));

/* Put "prefix: " before the message, and return `status`. */
enum status error_prefix(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Return from the calling function when `call` fails; its message stands in the caller's error. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const enum status try_status_ = (call);                                                    \
        if (try_status_ != STATUS_OK) {                                                            \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

/* The next of several steps that share one way out: runs `call` and keeps its status, unless a step
 * before it has failed. */
#define THEN(status, call)                                                                         \
    do {                                                                                           \
        if ((status) == STATUS_OK) {                                                               \
            (status) = (call);                                                                     \
        }                                                                                          \
    } while (0)
