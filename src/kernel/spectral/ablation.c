#include "kernel/spectral/ablation.h"

#include "core/hash.h"
#include "core/memory.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has(ablation_set set, enum coupling coupling)
{
    return (set >> coupling & 1u) != 0;
}

void ablation_apply(const struct schur *schur, int leading_dim, ablation_set set, double *t_ablated)
{
    const size_t n = (size_t)schur->n;
    memcpy(t_ablated, schur->t, n * n * sizeof *t_ablated);
    for (int i = 0; i < schur->n_blocks; i++) {
        const size_t first = (size_t)schur->blocks[i].start;
        const bool in_r = schur->blocks[i].start < leading_dim;
        const size_t n_r_rows = in_r ? first : (size_t)leading_dim;
        for (size_t column = first; column < first + (size_t)schur->blocks[i].size; column++) {
            double *const entries = t_ablated + column * n;
            if (has(set, in_r ? COUPLING_RR : COUPLING_CR)) {
                memset(entries, 0, n_r_rows * sizeof *entries);
            }
            if (!in_r && has(set, COUPLING_CC)) {
                memset(entries + n_r_rows, 0, (first - n_r_rows) * sizeof *entries);
            }
        }
    }
}

void ablation_weights(const struct schur *schur, const double *t_ablated, double *work, double *w)
{
    const int n = schur->n;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, schur->q, n, t_ablated, n,
                0.0, work, n);
    /* Row-major W~ is the column-major transpose (work Q')' = Q work'. */
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, n, 1.0, schur->q, n, work, n, 0.0, w,
                n);
}

double ablation_removed_mass(const struct schur *schur, const double *t_ablated)
{
    const size_t count = (size_t)schur->n * (size_t)schur->n;
    double squares = 0.0;
    for (size_t i = 0; i < count && schur->norm > 0.0; i++) {
        const double removed = (schur->t[i] - t_ablated[i]) / schur->norm;
        squares += removed * removed;
    }
    return sqrt(squares);
}

struct variant_search {
    const struct schur *schur;
    double *t_ablated;
    struct hash128 *hashes; /* of the variants so far */
};

static struct hash128 hash_matrix(const double *t, int n)
{
    return hash_bytes128(t, (size_t)n * (size_t)n * sizeof *t);
}

static int find_or_add(struct ablation_plan *plan, const struct variant_search *search,
                       int leading_dim, ablation_set set)
{
    ablation_apply(search->schur, leading_dim, set, search->t_ablated);
    const struct hash128 hash = hash_matrix(search->t_ablated, search->schur->n);
    for (int i = 0; i < plan->n_variants; i++) {
        if (search->hashes[i].low == hash.low && search->hashes[i].high == hash.high) {
            return i;
        }
    }
    const int added = plan->n_variants++;
    search->hashes[added] = hash;
    plan->variants[added] = (struct ablation_variant){
        .leading_dim = leading_dim,
        .set = set,
        .removed_mass = ablation_removed_mass(search->schur, search->t_ablated),
        .is_full = added == 0};
    return added;
}

static void list_variants(struct ablation_plan *plan, const struct variant_search *search,
                          const double *alphas, const ablation_set *sets)
{
    (void)find_or_add(plan, search, search->schur->n, ABLATION_NONE);
    for (int a = 0; a < plan->n_alphas; a++) {
        plan->splits[a] = sector_split_at(search->schur, alphas[a]);
        for (int s = 0; s < plan->n_sets; s++) {
            plan->variant_of_job[a * plan->n_sets + s] =
                find_or_add(plan, search, plan->splits[a].leading_dim, sets[s]);
        }
    }
}

static enum status allocate(struct ablation_plan *plan, struct error *error)
{
    const size_t n_alphas = (size_t)plan->n_alphas;
    const size_t n_jobs = n_alphas * (size_t)plan->n_sets;
    TRY(memory_array(&plan->splits, n_alphas, sizeof *plan->splits, error));
    TRY(memory_array(&plan->variants, n_jobs + 1, sizeof *plan->variants, error));
    return memory_array(&plan->variant_of_job, n_jobs, sizeof *plan->variant_of_job, error);
}

enum status ablation_plan_create(struct ablation_plan *plan, const struct schur *schur,
                                 const double *alphas, int n_alphas, const ablation_set *sets,
                                 int n_sets, struct error *error)
{
    *plan = (struct ablation_plan){.n_alphas = n_alphas, .n_sets = n_sets};
    struct variant_search search = {.schur = schur};
    const size_t n = (size_t)schur->n;
    enum status status = allocate(plan, error);
    if (status == STATUS_OK) {
        status = memory_matrix(&search.t_ablated, n, n, sizeof(double), error);
    }
    if (status == STATUS_OK) {
        status = memory_array(&search.hashes, (size_t)n_alphas * (size_t)n_sets + 1,
                              sizeof *search.hashes, error);
    }
    if (status == STATUS_OK) {
        list_variants(plan, &search, alphas, sets);
    } else {
        ablation_plan_release(plan);
    }
    free(search.t_ablated);
    free(search.hashes);
    return status;
}

void ablation_plan_release(struct ablation_plan *plan)
{
    free(plan->splits);
    free(plan->variants);
    free(plan->variant_of_job);
    *plan = (struct ablation_plan){0};
}
