#include "support/failing_diagnostic.h"

#include <string.h>

struct failing_diagnostic failing_diagnostic;

const struct diagnostic_ops *__real_diagnostic_find(const char *name);
const struct diagnostic_ops *__wrap_diagnostic_find(const char *name);

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    const char *const name = failing_diagnostic.name;
    TRY(__real_diagnostic_find(name)->run(experiment, params, record, error));
    return failing_diagnostic.status == STATUS_OK
               ? STATUS_OK
               : error_set(error, failing_diagnostic.status, "no %s today", name);
}

const struct diagnostic_ops *__wrap_diagnostic_find(const char *name)
{
    static struct diagnostic_ops failing;
    const struct diagnostic_ops *const found = __real_diagnostic_find(name);
    if (failing_diagnostic.name == NULL || strcmp(failing_diagnostic.name, name) != 0) {
        return found;
    }
    failing = *found;
    failing.stage = failing_diagnostic.stage;
    failing.run = run;
    return &failing;
}
