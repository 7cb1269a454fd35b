/* How progress is shown: by the options, else by what standard error is connected to. */
#pragma once

#include "core/status.h"
#include "driver/progress.h"

/* A row of an option table, for the word at that offset of the values. */
#define PROGRESS_OPTION(at)                                                                        \
    {                                                                                              \
        "--progress", '\0', "STYLE",                                                               \
            "bar, lines, json or none; chosen by the terminal by default", (at)                    \
    }

/* `word` is bar, lines, json, none or NULL; STATUS_USAGE names another one. Local. */
MUST_CHECK enum status progress_option(const char *command, const char *word, bool quiet,
                                       enum progress_style *style, struct error *error);
