#include "kernel/spectral/certificate.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

double schur_safe_scale(double largest)
{
    enum { FAR = 300 };
    if (largest == 0.0) {
        return 1.0;
    }
    const int exponent = ilogb(largest);
    if (abs(exponent) <= FAR) {
        return 1.0;
    }
    /* To the upper end of what is near, and not to 1: what is small beside the largest entry must
     * not underflow in products, since dlahqr divides 0 by 0 then and goes on with NaN. Beyond
     * 2^1000 the factor itself would leave the numbers. */
    const int shift = FAR - exponent;
    return ldexp(1.0, shift < 1000 ? shift : 1000);
}

double schur_disorder(const struct schur *schur)
{
    double worst = -INFINITY;
    double smallest = INFINITY; /* of the blocks so far */
    for (int i = 0; i < schur->n_blocks; i++) {
        worst = fmax(worst, schur->blocks[i].modulus - smallest);
        smallest = fmin(smallest, schur->blocks[i].modulus);
    }
    return schur->radius > 0.0 ? worst / schur->radius : 0.0;
}

enum status schur_judge(const struct schur *schur, struct error *error)
{
    const struct schur_certificate *const found = &schur->certificate;
    const double limit = 100.0 * schur->n * DBL_EPSILON;
    /* Blocks that dtrexc will not swap have eigenvalues closer than its own backward error. */
    const double order_limit = found->n_unswapped > 0 ? 1e-6 : 4.0 * SCHUR_TIE_TOLERANCE;
    if (!(found->orthogonality_loss <= limit) || !(found->residual <= limit)) {
        return error_set(
            error, STATUS_JOB_CERTIFICATE,
            "Schur form of width %d: residual %.3g, orthogonality_loss %.3g, limit %.3g", schur->n,
            found->residual, found->orthogonality_loss, limit);
    }
    if (found->disorder > order_limit) {
        return error_set(error, STATUS_JOB_CERTIFICATE,
                         "Schur form of width %d: moduli out of order by %.3g of the spectral "
                         "radius, %d refused swaps",
                         schur->n, found->disorder, found->n_unswapped);
    }
    return STATUS_OK;
}
