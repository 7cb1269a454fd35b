#include "core/variable.h"

#include <math.h>
#include <string.h>

size_t value_size(enum value_type type)
{
    static const size_t sizes[VALUE_TYPE_COUNT + 1] = {
        [VALUE_F64] = 8, [VALUE_I64] = 8, [VALUE_I32] = 4, [VALUE_U64] = 8,
        [VALUE_U16] = 2, [VALUE_U8] = 1,  [VALUE_I8] = 1};
    return sizes[type];
}

void variable_fill(const struct variable *variable, void *values, size_t count)
{
    if (variable->fill == FILL_NAN) {
        double *const reals = values;
        for (size_t i = 0; i < count; i++) {
            reals[i] = NAN;
        }
    } else if (count >
               0) { /* every marked value is -1 in two's complement, 255 of VALUE_U8 among them */
        memset(values, variable->fill == FILL_MARKED ? 0xff : 0,
               count * value_size(variable->type));
    }
}

size_t variable_count(const struct variable *variable, const struct sweep *sweep)
{
    size_t count = 1;
    for (int i = 0; i < VARIABLE_AXES_MAX && variable->axes[i] != NULL; i++) {
        count *= (size_t)variable->axes[i]->length(sweep);
    }
    return count;
}

bool variable_is_time(const struct variable *variable)
{
    return strcmp(variable->units, "s") == 0;
}

int variables_count(const struct variable *list)
{
    int count = 0;
    while (list[count].name != NULL) {
        count++;
    }
    return count;
}
