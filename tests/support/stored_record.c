#include "support/stored_record.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>

static struct error error;

/* A value that every table has of every case, by its suffix; released by free. */
static void *read_beside(const struct results *results, int table, const char *suffix)
{
    char name[VARIABLE_NAME_SIZE];
    void *values = NULL;
    (void)snprintf(name, sizeof name, "%s_%s", results_schema(results)->tables[table].name, suffix);
    CHECK_OK(results_read_new(results, name, &values, &error));
    return values;
}

static void check_code(const struct results *results, int case_index, int table,
                       enum status expected)
{
    uint16_t *const codes = read_beside(results, table, "error");
    assert_int_equal(codes[case_index], expected);
    free(codes);
}

enum job_state stored_state(const struct results *results, int case_index, int table)
{
    uint8_t *const states = read_beside(results, table, "state");
    const enum job_state state = (enum job_state)states[case_index];
    free(states);
    return state;
}

static void check_values(const struct results *results, const struct sweep *sweep, int case_index,
                         int table, const struct record *expected)
{
    const struct variable *different = NULL;
    struct record *stored = NULL;
    CHECK_OK(
        record_create(&stored, results_schema(results)->tables[table].variables, sweep, &error));
    CHECK_OK(results_read_record(results, table, case_index, stored, &error));
    if (!record_same(stored, expected, &different)) {
        fail_msg("%s differs", different->name);
    }
    record_destroy(&stored);
}

void check_stored_record(const struct results *results, const struct sweep *sweep, int case_index,
                         int table, const struct record *expected)
{
    uint64_t checksum = 0;
    uint64_t *const checksums = read_beside(results, table, "checksum");
    assert_int_equal(stored_state(results, case_index, table), JOB_DONE);
    check_code(results, case_index, table, STATUS_OK);
    check_values(results, sweep, case_index, table, expected);
    CHECK_OK(record_checksum(expected, case_index, &checksum, &error));
    assert_true(checksums[case_index] == checksum);
    free(checksums);
}

void check_no_record(const struct results *results, const struct sweep *sweep, int case_index,
                     int table)
{
    struct record *nothing = NULL;
    CHECK_OK(
        record_create(&nothing, results_schema(results)->tables[table].variables, sweep, &error));
    check_values(results, sweep, case_index, table, nothing);
    record_destroy(&nothing);
}

void check_failed_record(const struct results *results, const struct sweep *sweep, int case_index,
                         int table, enum status reason)
{
    assert_int_equal(stored_state(results, case_index, table), JOB_FAILED);
    check_code(results, case_index, table, reason);
    check_no_record(results, sweep, case_index, table);
}

void check_case_message(const struct results *results, int case_index, const char *part)
{
    char *texts = NULL;
    size_t stride = 0;
    CHECK_OK(results_read_texts(results, "message", &texts, &stride, &error));
    const char *const text = texts + (size_t)case_index * stride;
    if (strstr(text, part) == NULL || (part[0] == '\0') != (text[0] == '\0')) {
        fail_msg("message '%s', expected '%s'", text, part);
    }
    free(texts);
}
