#include "cli/show_partitions.h"

#include "report/tables/table_write.h"

/* The rows of a case. */
static void print_table(const struct report *report, const char *name, int case_index)
{
    const struct table_view view = {
        .table = report_table_find(name), .report = report, .only = {[ROW_CASE] = 1 + case_index}};
    (void)printf("\n  %s\n\n", view.table->title);
    table_write_text(&view, "  ", stdout);
}

static int count_near_ties(const struct study_data *data, const struct case_partitions *partitions)
{
    int n = 0;
    for (int a = 0; a < data->n_alphas; a++) {
        n += partitions_break_distance(partitions, data->alphas[a]) < NEAR_TIE;
    }
    return n;
}

static void print_warnings(const struct study_data *data, const struct case_partitions *partitions)
{
    const struct alpha_window all = {0.0, 1.0};
    const int n_near = count_near_ties(data, partitions);
    const int n_distinct = partitions_count_distinct(partitions, data->alphas, data->n_alphas);
    int n_narrow = 0;
    (void)partitions_count(partitions, all, &n_narrow);
    (void)printf("\n  %d threshold%s of the study, %d different partition%s\n", data->n_alphas,
                 data->n_alphas == 1 ? "" : "s", n_distinct, n_distinct == 1 ? "" : "s");
    if (n_near > 0) {
        (void)printf("  near-ties: %d of %d thresholds lie within %g of a break point: a slightly "
                     "other alpha is another partition\n",
                     n_near, data->n_alphas, NEAR_TIE);
    }
    if (n_narrow > 0) {
        (void)printf("  near-ties: * %d of %d partitions are narrower than %g: neighbouring moduli "
                     "differ by less (relative to the spectral radius)\n",
                     n_narrow, partitions->n, NEAR_TIE);
    }
}

void show_partitions(const struct report *report, int case_index)
{
    const struct case_partitions *const partitions = &report->partitions[case_index];
    if (partitions->n == 0) {
        (void)printf(study_message(&report->data, case_index)[0] == '\0' ? "  pending\n" : "");
        return;
    }
    print_table(report, "partitions", case_index);
    print_table(report, "break_points", case_index);
    print_table(report, "model_dominance", case_index);
    print_warnings(&report->data, partitions);
}
