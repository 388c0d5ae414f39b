/* Kernels: the arithmetic of training, one table of functions for each kind of machine, all with the
 * same bits.
 *
 * A tensor is [block of 16 images][channel][plane][16 images] of `real`: `plane` is tensor_plane(rows x
 * columns), an odd number of vectors, so that equal pixels of neighbouring channels never fall into one
 * cache set; the vector after the last pixel is never read. `x`, `y` are activations, `gx`, `gy` the
 * gradients of the loss with respect to them. All pointers are 64-byte aligned. */
#ifndef NASBED_EVALUATOR_KERNELS_KERNELS_H
#define NASBED_EVALUATOR_KERNELS_KERNELS_H

#include "evaluator/kernels/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t tensor_plane(int rows, int columns)
{
    return ((size_t)rows * (size_t)columns) | 1;
}

/* A convolution of `blocks` blocks. Sums run over input channel, kernel row, kernel column, over taps
 * that lie inside the image only (padding is skipped, not multiplied). */
struct conv {
    int in_channels, in_rows, in_columns;
    int out_channels, out_rows, out_columns;
    int kernel, stride, padding, dilation, groups;
};

/* Large images go block by block, small ones with all blocks together; the order of the weight
 * gradient's sums follows, so this is part of the arithmetic. */
static inline bool conv_in_blocks(const struct conv *conv)
{
    return conv->out_rows * conv->out_columns > 64;
}

/* A square pooling window; pixels outside the image do not exist. */
struct pool_window {
    int channels, in_rows, in_columns, out_rows, out_columns;
    int kernel, stride, padding;
};

/* One term of a sum: scale x tensor + shift per channel (`scale` NULL: the tensor itself). The shifts
 * of all terms are given together. */
struct term {
    const real *x;
    const real *scale; /* [channels] or NULL */
};

#define TERMS_MAX 16

struct kernels {
    const char *name; /* "avx512", "avx2", "portable", "reference" */

    /* y = w * x. `statistics` (or NULL) [2][out_channels][16]: lane sums of y and of y^2 over blocks,
     * rows and columns in order; added to what stands there. `w` [out][in / groups][kernel][kernel]. */
    void (*conv_forward)(const struct conv *conv, int blocks, const real *x, const real *w, real *y,
                         real *statistics);
    /* gx = w^T * gy, sums over output channel, then image row and column ascending; `accumulate`:
     * continue the sum that stands in gx; `mask` (or NULL): afterwards zero where mask <= 0. */
    void (*conv_data)(const struct conv *conv, int blocks, const real *gy, const real *w, real *gx,
                      bool accumulate, const real *mask);
    /* gw += sum over images and pixels of gy x. Lane sums over a pass of rows and columns in order, lanes
     * by lanes_sum, passes added in order; a pass is one block if the output has more than 64 pixels,
     * else all blocks. */
    void (*conv_weight)(const struct conv *conv, int blocks, const real *x, const real *gy,
                        real *gw);

    /* v = shift + sum of terms in order, r = max(v, 0); v or r may be NULL. `shift` [channels] or NULL
     * (then the first term starts the sum). */
    void (*combine)(int channels, size_t pixels, int blocks, const struct term *terms, int n,
                    const real *shift, real *v, real *r);
    /* Lane sums, added to what stands there: sum_g [channels][16] of g; sum_gy[e] [channels][16] of
     * g (y_e - mean_e), for n tensors y_e. */
    void (*norm_sums)(int channels, size_t pixels, int blocks, const real *g, int n,
                      const real *const *y, const real *const *mean, real *sum_g,
                      real *const *sum_gy);
    /* gy = a g + (b y + c), coefficients per channel; `accumulate` adds it to gy. */
    void (*norm_data)(int channels, size_t pixels, int blocks, const real *g, const real *y,
                      const real *a, const real *b, const real *c, bool accumulate, real *gy);
    /* Lane sums of x and of x^2 as conv_forward takes them. */
    void (*statistics)(int channels, size_t pixels, int blocks, const real *x, real *statistics);
    /* out = (accumulate ? out : 0) + in, then zero where mask <= 0 (mask may be NULL). */
    void (*add)(int channels, size_t pixels, int blocks, const real *in, bool accumulate,
                const real *mask, real *out);

    /* y (+)= x factor; `factor` is a tensor of x's shape or, for `whole_images`, [blocks][16]. */
    void (*drop)(int channels, size_t pixels, int blocks, const real *x, const real *factor,
                 bool whole_images, bool accumulate, real *y);

    /* Mean over the pixels of the window inside the image: rows are summed within a column, then
     * columns in order, times 1 / count. */
    void (*avg_forward)(const struct pool_window *pool, int blocks, const real *x, real *y);
    /* gx (+)= its transpose: sums over output column of sums over output row. */
    void (*avg_data)(const struct pool_window *pool, int blocks, const real *gy, bool accumulate,
                     real *gx);
    void (*max_forward)(const struct pool_window *pool, int blocks, const real *x, real *y);
    /* The gradient goes to the first pixel (by row, then column) that equals the maximum. */
    void (*max_data)(const struct pool_window *pool, int blocks, const real *x, const real *y,
                     const real *gy, bool accumulate, real *gx);

    /* [blocks][channels][16] = mean over pixels, in order; and its transpose. */
    void (*global_forward)(int channels, size_t pixels, int blocks, const real *x, real *y);
    void (*global_data)(int channels, size_t pixels, int blocks, const real *gy, bool accumulate,
                        real *gx);

    /* One Nesterov step on n weights (a multiple of 16): g += decay w; m = momentum m + g;
     * w -= rate (g + momentum m). `decay` [n] or one value by decay_all. */
    void (*nesterov)(size_t n, real *w, const real *g, real *m, real rate, real momentum,
                     real decay);

    /* Bytes to vectors: x[channel][pixel][16] = byte x scale[channel] + offset[channel] of 16 images
     * [channels][pixels] each. */
    void (*pack)(int channels, size_t pixels, const uint8_t *const image[LANES], const real *scale,
                 const real *offset, real *x);
};

/* The table for this machine; `name` NULL: the best (the environment's NASBED_KERNELS, if set, wins).
 * NULL if this machine or build has no such table. */
const struct kernels *kernels_find(const char *name);

/* Every table of this build that this machine can run; NULL past the end. */
const struct kernels *kernels_at(int i);

#endif
