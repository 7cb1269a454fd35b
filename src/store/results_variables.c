/* What an open results file has: axes, jobs, variables. */
#include "store/results_internal.h"

const char *results_path(const struct results *results)
{
    return results->path;
}

const struct schema *results_schema(const struct results *results)
{
    return &results->layout.schema;
}

int64_t results_length(const struct results *results, const char *axis)
{
    const int place = layout_axis(&results->layout, axis);
    return place < 0 ? 0 : (int64_t)results->layout.lengths[place];
}

int64_t results_removals_per_case(const struct results *results)
{
    const struct layout *const layout = &results->layout;
    return (layout_rows(layout, FAMILY_ALPHA) + layout_rows(layout, FAMILY_PARTITION)) *
           results_length(results, "ablation");
}

int64_t results_jobs_per_case(const struct results *results)
{
    return results_removals_per_case(results) + results->layout.schema.n_tables;
}

bool results_variable(const struct results *results, int i, struct stored_variable *variable)
{
    const struct layout *const layout = &results->layout;
    int left = i;
    for (int k = 0; k < layout->n_datasets; k++) {
        const struct dataset *const dataset = &layout->datasets[k];
        const bool is_bare = dataset->type == VALUE_TYPE_COUNT; /* a dimension holds nothing */
        if (layout_has(layout, dataset) && !is_bare && left-- == 0) {
            *variable = (struct stored_variable){.name = dataset->name,
                                                 .units = dataset->units,
                                                 .long_name = dataset->long_name,
                                                 .type = dataset->type,
                                                 .fill = dataset->fill,
                                                 .n_axes = dataset->n_axes};
            for (int a = 0; a < dataset->n_axes; a++) {
                variable->axes[a] = layout->axes[dataset->axes[a]];
            }
            return true;
        }
    }
    return false;
}

bool results_has(const struct results *results, const char *name)
{
    const struct dataset *const dataset = layout_find(&results->layout, name);
    return dataset != NULL && layout_has(&results->layout, dataset);
}

enum value_type results_type(const struct results *results, const char *name)
{
    return layout_find(&results->layout, name)->type;
}

size_t results_count(const struct results *results, const char *name)
{
    return layout_count(&results->layout, layout_find(&results->layout, name));
}
