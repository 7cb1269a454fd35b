#include "kernel/diagnostics/diagnostic.h"

#include "core/schema.h"

#define DIAGNOSTIC(name) extern const struct diagnostic_ops DIAGNOSTIC_##name;
#include <kernel/diagnostics/diagnostics.def>
#undef DIAGNOSTIC

#define DIAGNOSTIC(name) &DIAGNOSTIC_##name,
const struct diagnostic_ops *const DIAGNOSTICS[] = {
#include <kernel/diagnostics/diagnostics.def>
    NULL};
_Static_assert(sizeof DIAGNOSTICS / sizeof DIAGNOSTICS[0] - 1 <= SCHEMA_TABLES_MAX,
               "the table is too small");
