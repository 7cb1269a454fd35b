#include "report/report.h"

#include "core/memory.h"

#include <stdlib.h>

enum status report_read(struct report *report, const char *const *paths, int n_paths,
                        const struct report_options *options, struct error *error)
{
    *report = (struct report){.options = *options};
    TRY(study_data_read(&report->data, paths, n_paths,
                        options->has_epsilon ? &options->epsilon : NULL, error));
    TRY(short_names_create(&report->names, &report->data, error));
    TRY(grouping_create(&report->grouping, &report->data, report->options.converged_only, error));
    TRY(ensembles_create(&report->ensembles, &report->data, error));
    const size_t n_cases = (size_t)report->data.n_cases;
    TRY(memory_array(&report->scratch, n_cases, sizeof *report->scratch, error));
    TRY(memory_array(&report->partitions, n_cases, sizeof *report->partitions, error));
    TRY(memory_array(&report->first_partitions, n_cases + 1, sizeof *report->first_partitions,
                     error));
    for (size_t i = 0; i < n_cases; i++) {
        TRY(partitions_create(&report->partitions[i], &report->data, (int)i, error));
        report->first_partitions[i + 1] =
            report->first_partitions[i] + (size_t)report->partitions[i].n;
    }
    report->counts = study_count_jobs(&report->data);
    report->main_alpha = study_nearest_alpha(&report->data, report->options.alpha);
    report->n_values = study_value_count(&report->data);
    report->n_excluded = report->data.n_cases;
    for (int g = 0; g < report->grouping.n_groups; g++) {
        report->n_excluded -= report->grouping.groups[g].n_cases;
    }
    for (int i = 0; i < report->ensembles.n; i++) {
        report->n_excluded -= report->ensembles.list[i].n_cases;
    }
    return STATUS_OK;
}

static enum status find_reasons(struct report *report, struct error *error)
{
    const struct study_data *const data = &report->data;
    struct reasons *next = NULL;
    if (!study_has(data, "coordination")) {
        return STATUS_OK;
    }
    TRY(memory_array2(&report->reasons, (size_t)report->grouping.n_groups,
                      (size_t)data->n_alphas * (size_t)data->n_sets, sizeof *report->reasons,
                      error));
    next = report->reasons;
    for (int g = 0; g < report->grouping.n_groups; g++) {
        for (int job = 0; job < data->n_alphas * data->n_sets; job++) {
            TRY(reasons_find(next++, data, &report->grouping.groups[g], job / data->n_sets,
                             job % data->n_sets, error));
        }
    }
    return STATUS_OK;
}

enum status report_create(struct report *report, const char *const *paths, int n_paths,
                          const struct report_options *options, struct error *error)
{
    const struct study_data *const data = &report->data;
    const struct grouping *const grouping = &report->grouping;
    TRY(report_read(report, paths, n_paths, options, error));
    if (study_is_of_pairs(data)) {
        return error_set(
            error, STATUS_USAGE,
            "report: %s: a file of pairs, expected the results file that it comes from "
            "beside it: report RESULTS %s",
            data->inputs[0].path, data->inputs[0].path);
    }
    const size_t n_groups = (size_t)grouping->n_groups;
    TRY(summaries_create(&report->summaries, data, grouping, error));
    TRY(comparisons_create(&report->comparisons, data, grouping, error));
    TRY(memory_array(&report->stability, n_groups, sizeof *report->stability, error));
    TRY(memory_array2(&report->similarity, n_groups, (size_t)data->n_alphas,
                      sizeof *report->similarity, error));
    TRY(memory_array(&report->dominance, n_groups, sizeof *report->dominance, error));
    for (int g = 0; g < grouping->n_groups; g++) {
        const struct group *const group = &grouping->groups[g];
        TRY(effect_stability_find(&report->stability[g], data, group, error));
        for (int a = 0; a < data->n_alphas; a++) {
            TRY(seed_similarity_find(&report->similarity[g * data->n_alphas + a], data, group, a,
                                     error));
        }
        TRY(dominance_find(&report->dominance[g], report->partitions, group, error));
        report->n_with_partitions += report_count_with_partitions(report, group);
    }
    if (degeneracy_is_asked_for(data)) {
        TRY(degeneracy_create(&report->degeneracy, data, grouping, report->partitions,
                              report->main_alpha, error));
    }
    return find_reasons(report, error);
}

void report_release(struct report *report)
{
    for (int i = 0; report->partitions != NULL && i < report->data.n_cases; i++) {
        partitions_release(&report->partitions[i]);
    }
    free(report->partitions);
    free(report->first_partitions);
    free(report->dominance);
    free(report->degeneracy);
    free(report->scratch);
    free(report->stability);
    free(report->reasons);
    free(report->similarity);
    comparisons_release(&report->comparisons);
    summaries_release(&report->summaries);
    grouping_release(&report->grouping);
    ensembles_release(&report->ensembles);
    short_names_release(&report->names);
    study_data_release(&report->data);
    *report = (struct report){0};
}

bool report_has_measure(const struct report *report, int group, const struct measure_ops *measure)
{
    for (int a = 0; a < report->data.n_alphas; a++) {
        const struct summary *const full = summary_of_group(&report->summaries, group, a, 0);
        if (summary_measure(full, measure)->sample.n > 0) {
            return true;
        }
    }
    return false;
}

const struct reasons *report_reasons(const struct report *report, int group, int alpha, int set)
{
    const struct study_data *const data = &report->data;
    return report->reasons != NULL
               ? &report->reasons[(group * data->n_alphas + alpha) * data->n_sets + set]
               : NULL;
}

int report_group_of(const struct report *report, int case_index)
{
    return report->grouping.group_of[case_index];
}

bool report_has_partitions(const struct report *report, int case_index)
{
    return report->partitions[case_index].n > 0 && report_group_of(report, case_index) >= 0;
}

int report_count_with_partitions(const struct report *report, const struct group *group)
{
    int count = 0;
    for (int i = 0; i < group->n_cases; i++) {
        count += report->partitions[group->cases[i]].n > 0;
    }
    return count;
}

bool report_writes_jobs(const struct report *report)
{
    const struct study_data *const data = &report->data;
    return report->options.all_jobs ||
           (int64_t)data->n_cases * data->n_alphas * data->n_sets <= REPORT_JOBS_MAX;
}
