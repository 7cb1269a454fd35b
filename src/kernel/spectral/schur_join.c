#include "kernel/spectral/schur_join.h"

#include "core/array.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum { FORMS_MOST = 8 };

/* Where each row of the joint form comes from. */
struct origin {
    int form;
    int row;
};

static double relative_modulus(const struct schur *form, int block)
{
    return form->radius > 0.0 ? form->blocks[block].modulus / form->radius : 0.0;
}

/* The form whose next block is the largest; of equal ones the first. -1 when none is left. */
static int next_form(const struct schur *forms, int count, const int *taken)
{
    int best = -1;
    for (int i = 0; i < count; i++) {
        if (taken[i] < forms[i].n_blocks &&
            (best < 0 ||
             relative_modulus(&forms[i], taken[i]) > relative_modulus(&forms[best], taken[best]))) {
            best = i;
        }
    }
    return best;
}

/* Blocks, eigenvalues and where rows come from, in the joint order. */
static void merge(struct schur *joint, const struct schur *forms, int count, struct origin *origins)
{
    int taken[FORMS_MOST] = {0};
    int row = 0;
    for (int i = next_form(forms, count, taken); i >= 0; i = next_form(forms, count, taken)) {
        const struct schur_block *const block = &forms[i].blocks[taken[i]];
        joint->blocks[joint->n_blocks++] =
            (struct schur_block){row, block->size, relative_modulus(&forms[i], taken[i])};
        for (int k = block->start; k < block->start + block->size; k++, row++) {
            joint->eigenvalue_re[row] = forms[i].eigenvalue_re[k];
            joint->eigenvalue_im[row] = forms[i].eigenvalue_im[k];
            origins[row] = (struct origin){i, k};
        }
        taken[i]++;
    }
}

void schur_join_numbers(const struct schur *forms, int count, int *numbers)
{
    int taken[FORMS_MOST] = {0};
    int block = 0;
    for (int i = next_form(forms, count, taken); i >= 0; i = next_form(forms, count, taken)) {
        numbers[row_major(i, taken[i]++, forms[0].n)] = block++;
    }
}

static void fill(struct schur *joint, const struct schur *forms, const struct origin *origins)
{
    const int n = forms[0].n;
    for (int col = 0; col < joint->n; col++) {
        const struct origin from = origins[col];
        const struct schur *const form = &forms[from.form];
        for (int row = 0; row < joint->n; row++) {
            joint->t[column_major(row, col, joint->n)] =
                origins[row].form == from.form
                    ? form->t[column_major(origins[row].row, from.row, n)]
                    : 0.0;
        }
        for (int row = 0; row < n; row++) {
            joint->q[column_major(from.form * n + row, col, joint->n)] =
                form->q[column_major(row, from.row, n)];
        }
    }
}

/* The worst of all, and norms of the whole. */
static void sum_up(struct schur *joint, const struct schur *forms, int count)
{
    for (int i = 0; i < count; i++) {
        const struct schur_certificate *const one = &forms[i].certificate;
        struct schur_certificate *const all = &joint->certificate;
        all->residual = fmax(all->residual, one->residual);
        all->orthogonality_loss = fmax(all->orthogonality_loss, one->orthogonality_loss);
        all->disorder = i == 0 ? one->disorder : fmax(all->disorder, one->disorder);
        all->n_unswapped += one->n_unswapped;
        joint->norm = hypot(joint->norm, forms[i].norm);
        joint->spectral_radius = fmax(joint->spectral_radius, forms[i].spectral_radius);
        joint->radius = fmax(joint->radius, forms[i].radius > 0.0 ? 1.0 : 0.0);
    }
}

enum status schur_join(struct schur *joint, const struct schur *forms, int count,
                       struct error *error)
{
    const size_t n = (size_t)count * (size_t)forms[0].n;
    struct origin *origins = NULL;
    if (count > FORMS_MOST) {
        return error_set(error, STATUS_INTERNAL, "%d Schur forms in one, expected at most %d",
                         count, FORMS_MOST);
    }
    *joint = (struct schur){.n = (int)n, .order = forms[0].order};
    const bool has_matrices = forms[0].t != NULL;
    enum status status =
        has_matrices ? memory_array2(&joint->t, n, n, sizeof(double), error) : STATUS_OK;
    THEN(status, has_matrices ? memory_array2(&joint->q, n, n, sizeof(double), error) : STATUS_OK);
    THEN(status, memory_array(&joint->eigenvalue_re, n, sizeof(double), error));
    THEN(status, memory_array(&joint->eigenvalue_im, n, sizeof(double), error));
    THEN(status, memory_array(&joint->blocks, n, sizeof *joint->blocks, error));
    THEN(status, memory_array(&origins, n, sizeof *origins, error));
    if (status == STATUS_OK) {
        merge(joint, forms, count, origins);
        if (has_matrices) {
            fill(joint, forms, origins);
        }
        sum_up(joint, forms, count);
    } else {
        schur_release(joint);
    }
    free(origins);
    return status;
}
