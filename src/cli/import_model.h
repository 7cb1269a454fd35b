/* One file of weights to one model file: read, replayed, written. */
#pragma once

#include "import/import.h"

/* What holds for every file of a command. */
struct import_settings {
    struct import_request request; /* without a path */
    const char *task;              /* '' when it is not known, as the next */
    const char *construction;
    double expected_fvu; /* NaN when it is not told */
    int *searches;       /* for causes, how many more may be made; NULL: any number */
};

/* Writes `output`, which must not be there, and fills description with the line about it. A network
 * that does not fit its trials is told on stderr. With the statuses of import_read, replay_run and
 * model_file_write_imported, and STATUS_INPUT for outputs or an FVU that are not as told. When
 * `same` is not NULL, an output that is there is no error if it has the same network, trials and
 * labels:
 * *same says so. Local. */
MUST_CHECK enum status import_model(const struct import_settings *settings, const char *path,
                                    const char *output, int64_t seed, bool *same,
                                    char description[IMPORT_DESCRIPTION_SIZE], struct error *error);

/* The line about a model that was imported, on stdout; its path may have any bytes and is written
 * as one line. */
void import_print(const char *output, const char *description);
