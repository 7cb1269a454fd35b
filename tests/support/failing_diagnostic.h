/* Programs of which this is a source are linked with --wrap=diagnostic_find. */
#pragma once

#include "kernel/diagnostics/diagnostic.h"

/* The diagnostic of that name becomes one of another stage, which fills its record and then gives
 * the status, with a message "no <name> today". NULL: all are as they are. */
struct failing_diagnostic {
    const char *name;
    enum diagnostic_stage stage;
    enum status status;
};

extern struct failing_diagnostic failing_diagnostic;
