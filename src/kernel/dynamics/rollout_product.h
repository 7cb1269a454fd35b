/* Who multiplies matrices in a rollout. */
#ifndef SCHURSWEEP_KERNEL_DYNAMICS_ROLLOUT_PRODUCT_H
#define SCHURSWEEP_KERNEL_DYNAMICS_ROLLOUT_PRODUCT_H

/* The kernel, which keeps a tile of trials in the first cache and streams the weights past it, or
 * BLAS. By width is who is faster: BLAS where a row of weights has ROLLOUT_BLAS_ROW bytes. */
enum rollout_product { PRODUCT_BY_WIDTH, PRODUCT_FUSED, PRODUCT_BLAS };
enum { ROLLOUT_BLAS_ROW = 1280 * 8 };

#endif
