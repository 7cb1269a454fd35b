#include "core/cell.h"

#include <string.h>

const struct cell CELL_DEFAULT = {.leak = 1.0};

static const char *const ACTIVATIONS[] = {
#define ACTIVATION_NAME(id, name) name,
    ACTIVATION_LIST(ACTIVATION_NAME)
#undef ACTIVATION_NAME
};

static const char *const LEAK_FORMS[] = {"rate", "current"};

bool cell_is_default(const struct cell *cell)
{
    return cell->activation == CELL_DEFAULT.activation && cell->leak == CELL_DEFAULT.leak &&
           cell->leak_form == CELL_DEFAULT.leak_form;
}

const char *activation_name(enum activation activation)
{
    return ACTIVATIONS[activation];
}

const char *leak_form_name(enum leak_form form)
{
    return LEAK_FORMS[form];
}

static int find(const char *const *names, int count, const char *name)
{
    int i = 0;
    while (i < count && strcmp(names[i], name) != 0) {
        i++;
    }
    return i;
}

bool activation_from_name(const char *name, enum activation *activation)
{
    *activation = (enum activation)find(ACTIVATIONS, ACTIVATION_COUNT, name);
    return *activation < ACTIVATION_COUNT;
}

bool leak_form_from_name(const char *name, enum leak_form *form)
{
    *form = (enum leak_form)find(LEAK_FORMS, LEAK_FORM_COUNT, name);
    return *form < LEAK_FORM_COUNT;
}

bool activation_is_unbounded(enum activation activation)
{
    return activation == ACTIVATION_RELU || activation == ACTIVATION_SOFTPLUS ||
           activation == ACTIVATION_IDENTITY;
}
