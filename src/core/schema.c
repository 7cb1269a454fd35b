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
