#include "kernel/diagnostics/diagnostic.h"

#include "core/memory.h"
#include "core/named.h"
#include "kernel/comparisons/comparison.h"
#include "kernel/tasks/task.h"

const struct diagnostic_ops *diagnostic_find(const char *name)
{
    return named_find(DIAGNOSTICS, name);
}

enum status diagnostics_add_always(struct sweep *sweep, struct error *error)
{
    TRY(memory_array(&sweep->diagnostics, SCHEMA_TABLES_MAX, sizeof *sweep->diagnostics, error));
    for (int i = 0; DIAGNOSTICS[i] != NULL; i++) {
        if (DIAGNOSTICS[i]->is_always) {
            TRY(memory_string(&sweep->diagnostics[sweep->n_diagnostics].name, DIAGNOSTICS[i]->name,
                              error));
            sweep->n_diagnostics++;
        }
    }
    return STATUS_OK;
}

static bool needs_gauss_newton(const struct sweep *sweep)
{
    for (int d = 0; d < sweep->n_diagnostics; d++) {
        if (diagnostic_find(sweep->diagnostics[d].name)->needs_gauss_newton) {
            return true;
        }
    }
    return false;
}

size_t diagnostics_memory(const struct sweep *sweep, int width)
{
    return needs_gauss_newton(sweep) ? gauss_newton_memory(width) : 0;
}

double diagnostics_rollouts(const struct sweep *sweep, const struct trials *trials, int width)
{
    double rollouts = 0.0;
    for (int d = 0; d < sweep->n_diagnostics; d++) {
        const struct diagnostic_ops *const ops = diagnostic_find(sweep->diagnostics[d].name);
        rollouts += ops->rollouts != NULL
                        ? ops->rollouts(sweep, trials, width, sweep->diagnostics[d].params)
                        : 0.0;
    }
    return needs_gauss_newton(sweep) ? rollouts + gauss_newton_rollouts(trials, width) : rollouts;
}

static void add_table(struct schema *schema, const struct diagnostic_ops *diagnostic)
{
    schema->tables[schema->n_tables++] =
        (struct table){.name = diagnostic->name,
                       .variables = diagnostic->variables,
                       .params = diagnostic->params,
                       .n_params = diagnostic->n_params,
                       .needs_gauss_newton = diagnostic->needs_gauss_newton};
}

static void add_comparison(struct schema *schema, const struct comparison_ops *comparison)
{
    schema->tables[schema->n_tables++] = (struct table){
        .name = comparison->name, .variables = comparison->variables, .of_pairs = true};
}

static struct schema schema_of_pairs(const struct sweep *sweep)
{
    struct schema schema = {.of_pairs = true, .identify_task = task_identity};
    for (int i = 0; i < sweep->n_diagnostics; i++) {
        add_comparison(&schema, comparison_find(sweep->diagnostics[i].name));
    }
    return schema;
}

struct schema diagnostics_schema(const struct sweep *sweep)
{
    struct schema schema = {.identify_task = task_identity};
    if (sweep != NULL && sweep->of_pairs) {
        return schema_of_pairs(sweep);
    }
    while (MEASURES[schema.n_measures] != NULL) {
        schema.measures[schema.n_measures] = &MEASURES[schema.n_measures]->variable;
        schema.places[schema.n_measures] = schema.n_measures;
        schema.n_measures++;
    }
    for (int i = 0; sweep == NULL && DIAGNOSTICS[i] != NULL; i++) {
        add_table(&schema, DIAGNOSTICS[i]);
    }
    for (int i = 0; sweep == NULL && COMPARISONS[i] != NULL; i++) {
        add_comparison(&schema, COMPARISONS[i]);
    }
    for (int i = 0; sweep != NULL && i < sweep->n_diagnostics; i++) {
        add_table(&schema, diagnostic_find(sweep->diagnostics[i].name));
    }
    return schema;
}
