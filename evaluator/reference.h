/* Reference kernels: the naive loops that define what the fast ones compute, bit for bit, and that
 * count multiply-accumulates. For tests; same layouts and orders as kernels/kernels.h. */
#ifndef NASBED_EVALUATOR_REFERENCE_H
#define NASBED_EVALUATOR_REFERENCE_H

#include "evaluator/kernels/kernels.h"

/* As the members of struct kernels. `macs` (or NULL) grows by the multiply-accumulates of one image,
 * those with padding included, as published benchmarks count. */
void reference_conv_forward(const struct conv *conv, int blocks, const real *x, const real *w,
                            real *y, real *statistics, uint64_t *macs);
void reference_conv_data(const struct conv *conv, int blocks, const real *gy, const real *w,
                         real *gx, bool accumulate, const real *mask, uint64_t *macs);
void reference_conv_weight(const struct conv *conv, int blocks, const real *x, const real *gy,
                           real *gw, uint64_t *macs);
void reference_avg_forward(const struct pool_window *pool, int blocks, const real *x, real *y);
void reference_avg_data(const struct pool_window *pool, int blocks, const real *gy, bool accumulate,
                        real *gx);
void reference_max_forward(const struct pool_window *pool, int blocks, const real *x, real *y);

#endif
