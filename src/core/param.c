#include "core/param.h"

#include <math.h>

static bool allows(const struct param_spec *param, double value)
{
    return value >= param->low && value <= param->high &&
           (!param->is_integer || value == trunc(value));
}

int params_refused(const struct param_spec *params, const double *values, int count)
{
    int left_of_list = 0;
    for (int i = 0; i < count; i++) {
        const bool may_be_empty = left_of_list-- > 0;
        if (params[i].n_values > 0) {
            left_of_list = params[i].n_values - 1;
        }
        if (!allows(&params[i], values[i]) && !(may_be_empty && values[i] == 0.0)) {
            return i;
        }
    }
    return -1;
}
