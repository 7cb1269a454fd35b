#include "kernel/comparisons/comparison.h"

#include "core/memory.h"
#include "core/named.h"

const struct comparison_ops *comparison_find(const char *name)
{
    return named_find(COMPARISONS, name);
}

enum status comparisons_add(struct sweep *sweep, struct error *error)
{
    int n = 0;
    while (COMPARISONS[n] != NULL) {
        n++;
    }
    TRY(memory_array(&sweep->diagnostics, (size_t)n, sizeof *sweep->diagnostics, error));
    for (int i = 0; i < n; i++) {
        TRY(memory_string(&sweep->diagnostics[i].name, COMPARISONS[i]->name, error));
        sweep->n_diagnostics++;
    }
    return STATUS_OK;
}
