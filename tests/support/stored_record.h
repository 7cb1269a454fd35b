/* What a results file tells of the diagnostics of a case. */
#pragma once

#include "core/record.h"
#include "store/results.h"

/* State of table `table` for a case. */
enum job_state stored_state(const struct results *results, int case_index, int table);

/* It is done, holds that record, and has its checksum. */
void check_stored_record(const struct results *results, const struct sweep *sweep, int case_index,
                         int table, const struct record *expected);

/* It holds nothing but missing values. */
void check_no_record(const struct results *results, const struct sweep *sweep, int case_index,
                     int table);

/* It failed for that reason, and holds nothing. */
void check_failed_record(const struct results *results, const struct sweep *sweep, int case_index,
                         int table, enum status reason);

/* The message of a case contains `part`, and is empty when that is. */
void check_case_message(const struct results *results, int case_index, const char *part);
