#include "study/merge.h"

#include "core/bits.h"
#include "core/case_identity.h"
#include "core/index_map.h"
#include "core/memory.h"
#include "kernel/diagnostics/diagnostic.h"
#include "kernel/tasks/task.h"
#include "study/shard.h"
#include "study/study.h"

#include <stdlib.h>
#include <string.h>

/* ---- thresholds and sets ---- */

static int compare_reals(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum status merge_alphas(struct sweep *merged, const struct sweep *const *parts, int n_parts,
                                struct error *error)
{
    size_t most = 0;
    int n = 0;
    for (int p = 0; p < n_parts; p++) {
        most += (size_t)parts[p]->n_alphas;
    }
    TRY(memory_array(&merged->alphas, most, sizeof *merged->alphas, error));
    for (int p = 0; p < n_parts; p++) {
        memcpy(merged->alphas + n, parts[p]->alphas,
               (size_t)parts[p]->n_alphas * sizeof *merged->alphas);
        n += parts[p]->n_alphas;
    }
    qsort(merged->alphas, (size_t)n, sizeof *merged->alphas, compare_reals);
    for (int i = 0; i < n; i++) {
        if (i == 0 || merged->alphas[i] > merged->alphas[merged->n_alphas - 1]) {
            merged->alphas[merged->n_alphas++] = merged->alphas[i];
        }
    }
    return STATUS_OK;
}

static bool has_set(const struct sweep *sweep, ablation_set set)
{
    int i = 0;
    while (i < sweep->n_ablations && sweep->ablations[i] != set) {
        i++;
    }
    return i < sweep->n_ablations;
}

static void merge_sets(struct sweep *merged, const struct sweep *const *parts, int n_parts)
{
    for (int i = 0; i < ABLATION_SET_COUNT; i++) {
        int p = 0;
        while (p < n_parts && !has_set(parts[p], ABLATION_ORDER[i])) {
            p++;
        }
        if (p < n_parts) {
            merged->ablations[merged->n_ablations++] = ABLATION_ORDER[i];
        }
    }
}

/* ---- diagnostics ---- */

static enum status merge_diagnostic(struct sweep *merged, const struct sweep *part,
                                    const struct diagnostic_spec *spec, struct error *error)
{
    const struct diagnostic_ops *const ops = diagnostic_find(spec->name);
    const int place = sweep_find_diagnostic(merged, spec->name);
    if (ops->needs_gauss_newton && part->gauss_newton != merged->gauss_newton) {
        return error_set(error, STATUS_MISMATCH,
                         "%s: cannot be merged: gauss_newton is %s, expected %s", part->output,
                         GAUSS_NEWTON_NAMES[part->gauss_newton],
                         GAUSS_NEWTON_NAMES[merged->gauss_newton]);
    }
    if (place < 0) {
        struct diagnostic_spec *const added = &merged->diagnostics[merged->n_diagnostics++];
        *added = *spec;
        added->name = NULL;
        return memory_string(&added->name, spec->name, error);
    }
    const struct diagnostic_spec *const known = &merged->diagnostics[place];
    for (int i = 0; i < ops->n_params; i++) {
        if (!same_bits(known->params[i], spec->params[i])) {
            return error_set(error, STATUS_MISMATCH,
                             "%s: cannot be merged: diagnostics.%s.%s is %.15g, expected %.15g",
                             part->output, ops->name, ops->params[i].name, spec->params[i],
                             known->params[i]);
        }
    }
    return STATUS_OK;
}

static enum status merge_diagnostics(struct sweep *merged, const struct sweep *const *parts,
                                     int n_parts, struct error *error)
{
    TRY(diagnostics_add_always(merged, error));
    for (int p = 0; p < n_parts; p++) {
        for (int i = 0; i < parts[p]->n_diagnostics; i++) {
            TRY(merge_diagnostic(merged, parts[p], &parts[p]->diagnostics[i], error));
        }
    }
    return STATUS_OK;
}

/* ---- tasks ---- */

static int find_task(const struct sweep *sweep, const char *name)
{
    int i = 0;
    while (i < sweep->n_tasks && strcmp(sweep->tasks[i].name, name) != 0) {
        i++;
    }
    return i;
}

/* What is allocated is zero before anything can fail. */
static enum status copy_task(struct task_spec *to, const struct task_spec *task,
                             struct error *error)
{
    *to = *task;
    to->name = NULL;
    to->path = NULL;
    TRY(memory_string(&to->name, task->name, error));
    return task->path != NULL ? memory_string(&to->path, task->path, error) : STATUS_OK;
}

static enum status merge_task(struct sweep *merged, const struct sweep *part,
                              const struct task_spec *task, struct error *error)
{
    const int known = find_task(merged, task->name);
    struct task_spec *const own = &merged->tasks[known];
    uint64_t identities[2] = {0};
    if (known == merged->n_tasks) {
        merged->n_tasks++;
        TRY(copy_task(own, task, error));
    }
    TRY(task_identity(task, part->seed, &identities[0], error));
    TRY(task_identity(own, merged->seed, &identities[1], error));
    return identities[0] == identities[1]
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "%s: cannot be merged: task '%s' has other trials, by its parameters or "
                           "the study's seed",
                           part->output, task->name);
}

static enum status merge_tasks(struct sweep *merged, const struct sweep *const *parts, int n_parts,
                               struct error *error)
{
    size_t most = 1;
    for (int p = 0; p < n_parts; p++) {
        most += (size_t)parts[p]->n_tasks;
    }
    TRY(memory_array(&merged->tasks, most, sizeof *merged->tasks, error));
    for (int p = 0; p < n_parts; p++) {
        for (int i = 0; i < parts[p]->n_tasks; i++) {
            TRY(merge_task(merged, parts[p], &parts[p]->tasks[i], error));
        }
    }
    return STATUS_OK;
}

/* Changed tasks by their labels. */
static enum status merge_oods(struct sweep *merged, const struct sweep *const *parts, int n_parts,
                              struct error *error)
{
    size_t most = 0;
    for (int p = 0; p < n_parts; p++) {
        most += (size_t)parts[p]->n_oods;
    }
    TRY(memory_array(&merged->oods, most, sizeof *merged->oods, error));
    for (int p = 0; p < n_parts; p++) {
        for (int i = 0; i < parts[p]->n_oods; i++) {
            const struct ood_spec *const ood = &parts[p]->oods[i];
            int known = 0;
            while (known < merged->n_oods && strcmp(merged->oods[known].label, ood->label) != 0) {
                known++;
            }
            if (known == merged->n_oods) {
                struct ood_spec *const own = &merged->oods[merged->n_oods++];
                TRY(memory_string(&own->label, ood->label, error));
                TRY(copy_task(&own->task, &ood->task, error));
            }
        }
    }
    return STATUS_OK;
}

/* ---- cases ---- */

struct place {
    int64_t order;
    int part;
    int index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *const x = a;
    const struct place *const y = b;
    return (x->order > y->order) - (x->order < y->order);
}

/* The cases of all parts in their order: shard K of N has every N-th one from the K-th on. */
static void order_cases(const struct sweep *const *parts, int n_parts, struct place *places)
{
    const int count = shard_of_canonical(parts[0]->canonical).count;
    bool are_shards = true;
    int n = 0;
    for (int p = 0; p < n_parts; p++) {
        are_shards = are_shards && shard_of_canonical(parts[p]->canonical).count == count;
    }
    for (int p = 0; p < n_parts; p++) {
        const int number = shard_of_canonical(parts[p]->canonical).number;
        for (int i = 0; i < parts[p]->n_cases; i++) {
            const int64_t in_study = (int64_t)i * count + number - 1;
            places[n] = (struct place){are_shards && count > 1 ? in_study : n, p, i};
            n++;
        }
    }
    qsort(places, (size_t)n, sizeof *places, compare_places);
}

static enum status add_case(struct sweep *merged, const struct sweep *part, int index,
                            struct error *error)
{
    const struct case_spec *const spec = &part->cases[index];
    const struct model_spec *const model = &part->models[spec->model];
    struct model_spec *const own = &merged->models[merged->n_models];
    struct case_spec *const added = &merged->cases[merged->n_cases];
    *own = (struct model_spec){.cell = model->cell,
                               .n_hidden = model->n_hidden,
                               .seed = model->seed,
                               .trials_hash = model->trials_hash};
    *added =
        (struct case_spec){.model = merged->n_models++, .task = CASE_TASK_OWN, .form = spec->form};
    merged->n_cases++;
    if (spec->task != CASE_TASK_OWN) {
        added->task = find_task(merged, part->tasks[spec->task].name);
    }
    TRY(memory_string(&own->label, model->label, error));
    TRY(memory_string(&own->construction, model->construction, error));
    TRY(memory_string(&own->identity, model->identity, error));
    TRY(memory_string(&added->task_label, spec->task_label, error));
    return memory_string(&added->matrix, spec->matrix, error);
}

/* A case that the merged study has not; precision and teams are those of the first part. */
static enum status merge_case(struct sweep *merged, const struct sweep *part, int index,
                              const struct schema *schema, struct index_map *known,
                              struct error *error)
{
    struct case_identity identity;
    struct case_identity own;
    TRY(case_identity_find(part, index, schema, &identity, error));
    const struct hash128 key = hash_bytes128(&identity, sizeof identity);
    if (index_map_find(known, key) >= 0) {
        return STATUS_OK;
    }
    TRY(index_map_put(known, key, merged->n_cases, error));
    TRY(add_case(merged, part, index, error));
    TRY(case_identity_find(merged, merged->n_cases - 1, schema, &own, error));
    const enum case_part differs = case_identity_differs(&identity, &own);
    return differs == CASE_PARTS
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "%s: cannot be merged: %s of model '%s' on task '%s' differs",
                           part->output, CASE_PART_NAMES[differs],
                           part->models[part->cases[index].model].label,
                           part->cases[index].task_label);
}

static enum status merge_cases(struct sweep *merged, const struct sweep *const *parts, int n_parts,
                               struct place *places, struct index_map *known, struct error *error)
{
    const struct schema schema = diagnostics_schema(NULL);
    size_t n = 0;
    int widest = 0;
    bool has_partitions = false;
    for (int p = 0; p < n_parts; p++) {
        n += (size_t)parts[p]->n_cases;
        widest = sweep_max_modes(parts[p]) > widest ? sweep_max_modes(parts[p]) : widest;
        has_partitions = has_partitions || parts[p]->n_partitions > 0;
    }
    TRY(memory_array(&merged->models, n + 1, sizeof *merged->models, error));
    TRY(memory_array(&merged->cases, n, sizeof *merged->cases, error));
    order_cases(parts, n_parts, places);
    for (size_t i = 0; i < n; i++) {
        TRY(merge_case(merged, parts[places[i].part], places[i].index, &schema, known, error));
    }
    if (widest > sweep_max_modes(merged)) { /* shards are as wide as their study */
        merged->models[merged->n_models++].n_hidden = widest;
    }
    merged->n_partitions = has_partitions ? widest : 0;
    return STATUS_OK;
}

/* ---- all ---- */

static enum status merge(struct sweep *merged, const struct sweep *const *parts, int n_parts,
                         struct error *error)
{
    struct index_map known = {0};
    struct place *places = NULL;
    size_t n = 0;
    TRY(merge_alphas(merged, parts, n_parts, error));
    merge_sets(merged, parts, n_parts);
    TRY(merge_diagnostics(merged, parts, n_parts, error));
    TRY(merge_tasks(merged, parts, n_parts, error));
    TRY(merge_oods(merged, parts, n_parts, error));
    for (int p = 0; p < n_parts; p++) {
        n += (size_t)parts[p]->n_cases;
    }
    TRY(memory_array(&places, n, sizeof *places, error));
    const enum status status = merge_cases(merged, parts, n_parts, places, &known, error);
    index_map_release(&known);
    free(places);
    TRY(status);
    return study_write_canonical(merged, error);
}

enum status study_merge(struct sweep *merged, const struct sweep *const *parts, int n_parts,
                        const char *output, struct error *error)
{
    for (int p = 0; p < n_parts; p++) {
        if (parts[p]->of_pairs) {
            *merged = (struct sweep){.of_pairs = false};
            return error_set(error, STATUS_MISMATCH,
                             "%s: a file of pairs cannot be merged: compare takes several results "
                             "files",
                             parts[p]->output);
        }
    }
    *merged = (struct sweep){.seed = parts[0]->seed,
                             .epsilon = parts[0]->epsilon,
                             .precision = parts[0]->precision,
                             .gauss_newton = parts[0]->gauss_newton,
                             .screen = parts[0]->screen,
                             .isa = parts[0]->isa,
                             .team = parts[0]->team};
    enum status status = memory_string(&merged->name, parts[0]->name, error);
    THEN(status, memory_string(&merged->output, output, error));
    THEN(status, merge(merged, parts, n_parts, error));
    if (status != STATUS_OK) {
        sweep_release(merged);
    }
    return status;
}
