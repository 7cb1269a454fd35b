#include "kernel/spectral/ablation_plan.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- a form in one memory ---- */

struct whole_form {
    const struct schur *schur;
    double *t_ablated; /* [n, n] */
};

static enum status split_whole(void *context, double alpha, struct split *split,
                               struct error *error)
{
    const struct whole_form *const whole = context;
    (void)error;
    *split = split_at(whole->schur, alpha);
    return STATUS_OK;
}

static enum status make_whole(void *context, const struct removal *removal, struct hash128 *hash,
                              struct error *error)
{
    const struct whole_form *const whole = context;
    const size_t n = (size_t)whole->schur->n;
    (void)error;
    removal_apply(removal, whole->schur, whole->t_ablated);
    *hash = hash_bytes128(whole->t_ablated, n * n * sizeof *whole->t_ablated);
    return STATUS_OK;
}

/* ---- plan ---- */

struct variant_search {
    const struct ablation_source *source;
    struct hash128 *hashes; /* of the variants so far */
    int *n_blocks;          /* [n_rows] blocks in R */
    int *row_of_split;      /* [form->n_blocks + 1] first row with so many, or NO_ROW */
};

enum { NO_ROW = -1 };

static enum status find_or_add(struct ablation_plan *plan, const struct variant_search *search,
                               const struct removal *removal, int *variant, struct error *error)
{
    struct hash128 hash;
    const struct ablation_source *const source = search->source;
    TRY(source->make(source->context, removal, &hash, error));
    for (*variant = 0; *variant < plan->n_variants; ++*variant) {
        const struct hash128 *const known = &search->hashes[*variant];
        if (known->low == hash.low && known->high == hash.high) {
            return STATUS_OK;
        }
    }
    plan->variants[plan->n_variants] = *removal;
    search->hashes[plan->n_variants++] = hash;
    return STATUS_OK;
}

/* Rows with the same split have the same matrices: those of the first such row are copied. */
static enum status list_row(struct ablation_plan *plan, const struct variant_search *search,
                            const ablation_set *sets, int row, struct error *error)
{
    const size_t n_sets = (size_t)plan->n_sets;
    int *const variants = plan->variant_of_job + (size_t)row * n_sets;
    int *const first = &search->row_of_split[search->n_blocks[row]];
    if (*first != NO_ROW) {
        memcpy(variants, plan->variant_of_job + (size_t)*first * n_sets, n_sets * sizeof *variants);
        return STATUS_OK;
    }
    *first = row;
    for (int s = 0; s < plan->n_sets; s++) {
        const struct removal removal = removal_of_set(search->n_blocks[row], sets[s]);
        TRY(find_or_add(plan, search, &removal, &variants[s], error));
    }
    return STATUS_OK;
}

static enum status list_variants(struct ablation_plan *plan, const struct variant_search *search,
                                 const struct ablation_grid *grid, struct error *error)
{
    const struct ablation_source *const source = search->source;
    const struct removal nothing = removal_of_set(source->form->n_blocks, ABLATION_NONE);
    const int n_used = plan->n_alphas + plan->n_partitions;
    int full = 0;
    TRY(find_or_add(plan, search, &nothing, &full, error));
    for (int a = 0; a < plan->n_alphas; a++) {
        TRY(source->split(source->context, grid->alphas[a], &plan->splits[a], error));
        search->n_blocks[a] = plan->splits[a].n_blocks;
    }
    for (int p = 0; p < plan->n_partitions; p++) {
        search->n_blocks[plan->n_alphas + p] = plan->partitions[p].n_blocks;
    }
    for (int row = 0; row < n_used; row++) {
        TRY(list_row(plan, search, grid->sets, row, error));
    }
    for (int job = n_used * plan->n_sets; job < plan->n_rows * plan->n_sets; job++) {
        plan->variant_of_job[job] = VARIANT_ABSENT;
    }
    return STATUS_OK;
}

static enum status allocate(struct ablation_plan *plan, struct variant_search *search,
                            const struct ablation_grid *grid, struct error *error)
{
    const struct schur *const form = search->source->form;
    const size_t n_rows = (size_t)plan->n_rows;
    const size_t n_jobs = n_rows * (size_t)plan->n_sets;
    TRY(memory_array(&plan->splits, (size_t)plan->n_alphas, sizeof *plan->splits, error));
    TRY(memory_array(&plan->variants, n_jobs + 1, sizeof *plan->variants, error));
    TRY(memory_array(&plan->variant_of_job, n_jobs, sizeof *plan->variant_of_job, error));
    const size_t n_splits = (size_t)form->n_blocks + 1;
    TRY(memory_array(&search->n_blocks, n_rows, sizeof *search->n_blocks, error));
    TRY(memory_array(&search->row_of_split, n_splits, sizeof *search->row_of_split, error));
    for (size_t i = 0; i < n_splits; i++) {
        search->row_of_split[i] = NO_ROW;
    }
    TRY(memory_array(&search->hashes, n_jobs + 1, sizeof *search->hashes, error));
    if (grid->n_partitions == 0) {
        return STATUS_OK;
    }
    TRY(memory_array(&plan->partitions, (size_t)form->n_blocks, sizeof *plan->partitions, error));
    plan->n_partitions = split_partitions(form, plan->partitions);
    return plan->n_partitions <= grid->n_partitions
               ? STATUS_OK
               : error_set(error, STATUS_INTERNAL, "%d partitions, room for %d", plan->n_partitions,
                           grid->n_partitions);
}

enum status ablation_plan_create(struct ablation_plan *plan, const struct ablation_source *source,
                                 const struct ablation_grid *grid, struct error *error)
{
    *plan = (struct ablation_plan){.n_alphas = grid->n_alphas,
                                   .n_rows = grid->n_alphas + grid->n_partitions,
                                   .n_sets = grid->n_sets};
    memcpy(plan->sets, grid->sets, (size_t)grid->n_sets * sizeof *grid->sets);
    struct variant_search search = {.source = source};
    enum status status = allocate(plan, &search, grid, error);
    if (source->agree != NULL) {
        status = source->agree(source->context, status, error);
    }
    THEN(status, list_variants(plan, &search, grid, error));
    if (status != STATUS_OK) {
        ablation_plan_release(plan);
    }
    free(search.hashes);
    free(search.n_blocks);
    free(search.row_of_split);
    return status;
}

enum status ablation_plan_create_alone(struct ablation_plan *plan, const struct schur *schur,
                                       const struct ablation_grid *grid, struct error *error)
{
    struct whole_form whole = {.schur = schur};
    const struct ablation_source source = {schur, split_whole, make_whole, NULL, &whole};
    const size_t n = (size_t)schur->n;
    *plan = (struct ablation_plan){0};
    TRY(memory_array2(&whole.t_ablated, n, n, sizeof(double), error));
    const enum status status = ablation_plan_create(plan, &source, grid, error);
    free(whole.t_ablated);
    return status;
}

int ablation_plan_job(const struct ablation_plan *plan, int variant)
{
    int first = 0;
    while (plan->variant_of_job[first] != variant) {
        first++;
    }
    return first;
}

void ablation_plan_release(struct ablation_plan *plan)
{
    free(plan->splits);
    free(plan->partitions);
    free(plan->variants);
    free(plan->variant_of_job);
    *plan = (struct ablation_plan){0};
}
