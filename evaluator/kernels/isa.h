/* The kernel sources are compiled once for each instruction set; KERNEL(name) is this copy's name. */
#ifndef NASBED_EVALUATOR_KERNELS_ISA_H
#define NASBED_EVALUATOR_KERNELS_ISA_H

#include "evaluator/kernels/kernels.h"
#include "evaluator/kernels/vector.h"

#define KERNEL_JOIN2(name, isa) name##_##isa
#define KERNEL_JOIN(name, isa)  KERNEL_JOIN2(name, isa)
#define KERNEL(name)            KERNEL_JOIN(name, NASBED_ISA)

/* Register tiles: output channels x pixels of the convolutions; output x input channels of the weight
 * gradient's 3-column and 1-column tiles. Chosen to fill the register file; tile shapes never alter a
 * bit, since every accumulator sees its own terms in its own order. */
#if WIDTH == 16
enum { TILE_CHANNELS = 4, TILE_PIXELS = 4, TILE_OUT = 4, TILE_IN3 = 2, TILE_IN1 = 4 };
#else
enum { TILE_CHANNELS = 4, TILE_PIXELS = 2, TILE_OUT = 2, TILE_IN3 = 2, TILE_IN1 = 4 };
#endif

void KERNEL(conv_forward)(const struct conv *conv, int blocks, const real *x, const real *w,
                          real *y, real *statistics);
void KERNEL(conv_data)(const struct conv *conv, int blocks, const real *gy, const real *w, real *gx,
                       bool accumulate, const real *mask);
void KERNEL(conv_weight)(const struct conv *conv, int blocks, const real *x, const real *gy,
                         real *gw);
void KERNEL(combine)(int channels, size_t pixels, int blocks, const struct term *terms, int n,
                     const real *shift, real *v, real *r);
void KERNEL(norm_sums)(int channels, size_t pixels, int blocks, const real *g, int n,
                       const real *const *y, const real *const *mean, real *sum_g,
                       real *const *sum_gy);
void KERNEL(norm_data)(int channels, size_t pixels, int blocks, const real *g, const real *y,
                       const real *a, const real *b, const real *c, bool accumulate, real *gy);
void KERNEL(statistics)(int channels, size_t pixels, int blocks, const real *x, real *statistics);
void KERNEL(add)(int channels, size_t pixels, int blocks, const real *in, bool accumulate,
                 const real *mask, real *out);
void KERNEL(drop)(int channels, size_t pixels, int blocks, const real *x, const real *factor,
                  bool whole_images, bool accumulate, real *y);
void KERNEL(avg_forward)(const struct pool_window *pool, int blocks, const real *x, real *y);
void KERNEL(avg_data)(const struct pool_window *pool, int blocks, const real *gy, bool accumulate,
                      real *gx);
void KERNEL(max_forward)(const struct pool_window *pool, int blocks, const real *x, real *y);
void KERNEL(max_data)(const struct pool_window *pool, int blocks, const real *x, const real *y,
                      const real *gy, bool accumulate, real *gx);
void KERNEL(global_forward)(int channels, size_t pixels, int blocks, const real *x, real *y);
void KERNEL(global_data)(int channels, size_t pixels, int blocks, const real *gy, bool accumulate,
                         real *gx);
void KERNEL(nesterov)(size_t n, real *w, const real *g, real *m, real rate, real momentum,
                      real decay);
void KERNEL(pack)(int channels, size_t pixels, const uint8_t *const image[LANES], const real *scale,
                  const real *offset, real *x);

#endif
