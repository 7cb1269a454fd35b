#include "team/standardise.h"

#include "core/array.h"
#include "kernel/lapack.h"

#include <cblas.h>

bool is_standard_block(double a, double b, double c, double d)
{
    return c == 0.0 || (a == d && ((b > 0.0 && c < 0.0) || (b < 0.0 && c > 0.0)));
}

/* G = [cosine sine; -sine cosine] by dlanv2 makes the 2x2 block at `start` standard: rows and
 * columns start, start + 1 of T <- G T G', and those columns of Q <- Q G'. */
static void rotate(double *t, double *q, int n, int start)
{
    double *const left = t + column_major(0, start, n);
    double *const right = left + n;
    double re[2];
    double im[2];
    double cosine = 1.0;
    double sine = 0.0;
    dlanv2_(left + start, right + start, left + start + 1, right + start + 1, &re[0], &im[0],
            &re[1], &im[1], &cosine, &sine);
    const int after = n - start - 2;
    if (after > 0) {
        double *const row = right + n + start;
        cblas_drot(after, row, n, row + 1, n, cosine, sine);
    }
    cblas_drot(start, left, 1, right, 1, cosine, sine);
    cblas_drot(n, q + column_major(0, start, n), 1, q + column_major(0, start + 1, n), 1, cosine,
               sine);
}

int standardise_blocks(double *t, double *q, int n)
{
    int rotated = 0;
    for (int i = 0; i + 1 < n; i++) {
        const double *const block = t + column_major(i, i, n);
        const double below = block[1];
        if (!is_standard_block(block[0], block[n], below, block[n + 1])) {
            rotate(t, q, n, i);
            rotated++;
        }
        i += below != 0.0 ? 1 : 0;
    }
    return rotated;
}
