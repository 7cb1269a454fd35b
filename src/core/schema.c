#include "core/schema.h"

#include <string.h>

int schema_find(const struct schema *schema, const char *name)
{
    for (int i = 0; i < schema->n_tables; i++) {
        if (strcmp(schema->tables[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

struct schema schema_with_measures(const struct schema *schema, const struct schema *of)
{
    struct schema both = *of;
    memcpy(both.tables, schema->tables, sizeof both.tables);
    both.n_tables = schema->n_tables;
    both.identify_task = schema->identify_task;
    return both;
}
