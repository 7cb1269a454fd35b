#include "kernel/comparisons/comparison.h"

#define COMPARISON(name) extern const struct comparison_ops COMPARISON_##name;
#include <kernel/comparisons/comparisons.def>
#undef COMPARISON

#define COMPARISON(name) &COMPARISON_##name,
const struct comparison_ops *const COMPARISONS[] = {
#include <kernel/comparisons/comparisons.def>
    NULL};
