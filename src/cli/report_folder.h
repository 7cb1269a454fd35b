/* Where a report is made before it is put in place: nobody else can write there, plant links there,
 * or mix another report with it. */
#pragma once

#include "core/status.h"

#include <limits.h>

struct report_folder {
    char path[PATH_MAX]; /* "<output>/.report-XXXXXX", for its owner alone; '' when there is none */
    char figures[PATH_MAX]; /* in it */
};

/* Makes the output folder, with those above it, and the private one in it. STATUS_IO. Removed by
 * report_folder_remove, on failure too. Local. */
MUST_CHECK enum status report_folder_create(struct report_folder *folder, const char *output,
                                            struct error *error);

/* Moves everything to the output folder, the page last, one report at a time. What an earlier
 * report has left of pictures that this one could not draw goes. Local. */
MUST_CHECK enum status report_folder_place(const struct report_folder *folder, const char *output,
                                           struct error *error);

void report_folder_remove(struct report_folder *folder);
