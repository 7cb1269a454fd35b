#include "cli/checks/check.h"

#define CHECK(name) extern const struct check CHECK_##name;
#include <cli/checks/checks.def>
#undef CHECK

#define CHECK(name) &CHECK_##name,
const struct check *const CHECKS[] = {
#include <cli/checks/checks.def>
    NULL};
