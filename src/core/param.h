/* A number that a study file may set: of a task, of a diagnostic. */
#pragma once

#include <stdbool.h>

enum { PARAMS_MAX = 8 };

struct param_spec {
    const char *name;
    bool is_integer;
    double default_value;
    double low; /* smallest and largest allowed value */
    double high;
};
