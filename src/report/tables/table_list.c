#include "report/tables/table.h"

#define TABLE(name) extern const struct report_table TABLE_##name;
#include <report/tables/tables.def>
#undef TABLE

#define TABLE(name) &TABLE_##name,
const struct report_table *const REPORT_TABLES[] = {
#include <report/tables/tables.def>
    NULL};
