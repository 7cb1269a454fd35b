#include "kernel/diagnostics/diagnostic.h"

#define DIAGNOSTIC(name) extern const struct diagnostic_ops DIAGNOSTIC_##name;
#include <kernel/diagnostics/diagnostics.def>
#undef DIAGNOSTIC

#define DIAGNOSTIC(name) &DIAGNOSTIC_##name,
const struct diagnostic_ops *const DIAGNOSTICS[] = {
#include <kernel/diagnostics/diagnostics.def>
    NULL};
