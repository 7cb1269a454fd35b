#include "kernel/measures/measure.h"

#include "core/job_result.h"

#define MEASURE(name) extern const struct measure_ops MEASURE_##name;
#include <kernel/measures/measures.def>
#undef MEASURE

#define MEASURE(name) &MEASURE_##name,
const struct measure_ops *const MEASURES[] = {
#include <kernel/measures/measures.def>
    NULL};
_Static_assert(sizeof MEASURES / sizeof MEASURES[0] - 1 <= MEASURES_MAX, "the table is too small");
