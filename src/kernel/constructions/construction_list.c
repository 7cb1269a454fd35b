#include "kernel/constructions/construction.h"

#define CONSTRUCTION(name) extern const struct construction_ops CONSTRUCTION_##name;
#include <kernel/constructions/constructions.def>
#undef CONSTRUCTION

#define CONSTRUCTION(name) &CONSTRUCTION_##name,
const struct construction_ops *const CONSTRUCTIONS[] = {
#include <kernel/constructions/constructions.def>
    NULL};
