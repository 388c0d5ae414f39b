/* Elementwise kernels: sums with batch norm and ReLU, batch norm's sums and gradient, the optimiser's
 * step, packing of images. */
#include "evaluator/kernels/isa.h"

#include <assert.h>
#include <string.h>

enum { CHUNK = 8 }; /* vectors held in registers at once */

/* Channel planes one after another: f(block, channel, first real, reals). All halves of a vector lie in
 * one row of 16, so a plane is a plain run of pixels x 16 reals. */
struct plane {
    size_t at, size; /* reals */
    int channel;
};

INLINE struct plane plane_of(int block, int channel, int channels, size_t pixels)
{
    size_t stride = (pixels | 1) * LANES;
    return (struct plane){((size_t)block * (size_t)channels + (size_t)channel) * stride,
                          pixels * LANES, channel};
}

INLINE void combine_chunk(const int N, const struct term *terms, int n, int channel, bool shifted,
                          real shift, size_t at, real *v, real *r)
{
    vec sum[CHUNK];
    int first = 0;
    if (shifted || terms[0].scale) {
        UNROLL
        for (int j = 0; j < N; j++)
            sum[j] = vec_set(shifted ? shift : 0);
    } else {
        UNROLL
        for (int j = 0; j < N; j++)
            sum[j] = vec_load(terms[0].x + at + (size_t)(j * WIDTH));
        first = 1;
    }
    for (int t = first; t < n; t++) {
        const real *x = terms[t].x + at;
        if (terms[t].scale) {
            vec scale = vec_set(terms[t].scale[channel]);
            UNROLL
            for (int j = 0; j < N; j++)
                sum[j] = vec_fma(vec_load(x + (size_t)(j * WIDTH)), scale, sum[j]);
        } else {
            UNROLL
            for (int j = 0; j < N; j++)
                sum[j] += vec_load(x + (size_t)(j * WIDTH));
        }
    }
    UNROLL
    for (int j = 0; j < N; j++) {
        if (v)
            vec_store(v + at + (size_t)(j * WIDTH), sum[j]);
        if (r)
            vec_store(r + at + (size_t)(j * WIDTH), vec_relu(sum[j]));
    }
}

void KERNEL(combine)(int channels, size_t pixels, int blocks, const struct term *terms, int n,
                     const real *shift, real *v, real *r)
{
    assert(n >= 1 && n <= TERMS_MAX);
    for (int block = 0; block < blocks; block++)
        for (int c = 0; c < channels; c++) {
            struct plane p = plane_of(block, c, channels, pixels);
            size_t i = 0;
            for (; i + CHUNK * WIDTH <= p.size; i += CHUNK * WIDTH)
                combine_chunk(CHUNK, terms, n, c, shift != NULL, shift ? shift[c] : 0, p.at + i, v,
                              r);
            for (; i < p.size; i += WIDTH)
                combine_chunk(1, terms, n, c, shift != NULL, shift ? shift[c] : 0, p.at + i, v, r);
        }
}

/* Lane sums for up to three y at a time, so that g is read once. */
INLINE void norm_sums_some(const int N, int channels, size_t pixels, int blocks, const real *g,
                           const real *const *y, const real *const *mean, real *sum_g,
                           real *const *sum_gy)
{
    for (int block = 0; block < blocks; block++)
        for (int c = 0; c < channels; c++)
            for (int lane = 0; lane < LANES; lane += WIDTH) {
                struct plane p = plane_of(block, c, channels, pixels);
                size_t s = (size_t)c * LANES + (size_t)lane;
                vec sum = sum_g ? vec_load(sum_g + s) : vec_zero(), sums[3], means[3];
                UNROLL
                for (int e = 0; e < N; e++) {
                    sums[e] = vec_load(sum_gy[e] + s);
                    means[e] = vec_set(mean[e][c]);
                }
                for (size_t i = (size_t)lane; i < p.size; i += LANES) {
                    vec a = vec_load(g + p.at + i);
                    sum += a;
                    UNROLL
                    for (int e = 0; e < N; e++)
                        sums[e] = vec_fma(a, vec_load(y[e] + p.at + i) - means[e], sums[e]);
                }
                if (sum_g)
                    vec_store(sum_g + s, sum);
                UNROLL
                for (int e = 0; e < N; e++)
                    vec_store(sum_gy[e] + s, sums[e]);
            }
}

void KERNEL(norm_sums)(int channels, size_t pixels, int blocks, const real *g, int n,
                       const real *const *y, const real *const *mean, real *sum_g,
                       real *const *sum_gy)
{
    for (int e = 0; e < n || e == 0; e += 3) {
        real *once = e == 0 ? sum_g : NULL;
        switch (n - e) {
        case 0:
            norm_sums_some(0, channels, pixels, blocks, g, y, mean, once, sum_gy);
            break;
        case 1:
            norm_sums_some(1, channels, pixels, blocks, g, y + e, mean + e, once, sum_gy + e);
            break;
        case 2:
            norm_sums_some(2, channels, pixels, blocks, g, y + e, mean + e, once, sum_gy + e);
            break;
        default:
            norm_sums_some(3, channels, pixels, blocks, g, y + e, mean + e, once, sum_gy + e);
            break;
        }
    }
}

void KERNEL(norm_data)(int channels, size_t pixels, int blocks, const real *g, const real *y,
                       const real *a, const real *b, const real *c, bool accumulate, real *gy)
{
    for (int block = 0; block < blocks; block++)
        for (int k = 0; k < channels; k++) {
            struct plane p = plane_of(block, k, channels, pixels);
            vec va = vec_set(a[k]), vb = vec_set(b[k]), vc = vec_set(c[k]);
            for (size_t i = p.at; i < p.at + p.size; i += WIDTH) {
                vec out = vec_fma(va, vec_load(g + i), vec_fma(vb, vec_load(y + i), vc));
                if (accumulate)
                    out += vec_load(gy + i);
                vec_store(gy + i, out);
            }
        }
}

void KERNEL(statistics)(int channels, size_t pixels, int blocks, const real *x, real *statistics)
{
    real *square = statistics + (size_t)channels * LANES;
    for (int block = 0; block < blocks; block++)
        for (int c = 0; c < channels; c++)
            for (int lane = 0; lane < LANES; lane += WIDTH) {
                struct plane p = plane_of(block, c, channels, pixels);
                size_t s = (size_t)c * LANES + (size_t)lane;
                vec sum = vec_load(statistics + s), sums = vec_load(square + s);
                for (size_t i = (size_t)lane; i < p.size; i += LANES) {
                    vec v = vec_load(x + p.at + i);
                    sum += v;
                    sums = vec_fma(v, v, sums);
                }
                vec_store(statistics + s, sum);
                vec_store(square + s, sums);
            }
}

void KERNEL(add)(int channels, size_t pixels, int blocks, const real *in, bool accumulate,
                 const real *mask, real *out)
{
    for (int block = 0; block < blocks; block++)
        for (int c = 0; c < channels; c++) {
            struct plane p = plane_of(block, c, channels, pixels);
            for (size_t i = p.at; i < p.at + p.size; i += WIDTH) {
                vec a = vec_load(in + i);
                if (accumulate)
                    a += vec_load(out + i);
                vec_store(out + i, mask ? vec_where_positive(vec_load(mask + i), a) : a);
            }
        }
}

void KERNEL(drop)(int channels, size_t pixels, int blocks, const real *x, const real *factor,
                  bool whole_images, bool accumulate, real *y)
{
    for (int block = 0; block < blocks; block++)
        for (int c = 0; c < channels; c++) {
            struct plane p = plane_of(block, c, channels, pixels);
            for (size_t i = 0; i < p.size; i += WIDTH) {
                vec f = vec_load(whole_images ? factor + (size_t)block * LANES + i % LANES
                                              : factor + p.at + i);
                vec v = f * vec_load(x + p.at + i);
                if (accumulate)
                    v += vec_load(y + p.at + i);
                vec_store(y + p.at + i, v);
            }
        }
}

void KERNEL(nesterov)(size_t n, real *w, const real *g, real *m, real rate, real momentum,
                      real decay)
{
    vec vr = vec_set(-rate), vm = vec_set(momentum), vd = vec_set(decay);
    for (size_t i = 0; i < n; i += WIDTH) {
        vec weight = vec_load(w + i);
        vec gradient = vec_fma(vd, weight, vec_load(g + i));
        vec moment = vec_fma(vm, vec_load(m + i), gradient);
        vec_store(m + i, moment);
        vec_store(w + i, vec_fma(vr, vec_fma(vm, moment, gradient), weight));
    }
}

typedef uint8_t bytes __attribute__((vector_size(16)));

INLINE void interleave(bytes a, bytes b, bytes *low, bytes *high)
{
    *low = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    *high =
        __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/* out[pixel][image] = in[image][pixel] for 16 x 16 bytes: four rounds of perfect shuffles. */
INLINE void transpose(const uint8_t *const in[LANES], size_t at, uint8_t out[LANES][LANES])
{
    bytes a[LANES], b[LANES];
    for (int i = 0; i < LANES; i++)
        memcpy(&a[i], in[i] + at, sizeof a[i]);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < LANES / 2; i++)
            interleave(a[i], a[i + LANES / 2], &b[2 * i], &b[2 * i + 1]);
        for (int i = 0; i < LANES / 2; i++)
            interleave(b[i], b[i + LANES / 2], &a[2 * i], &a[2 * i + 1]);
    }
    memcpy(out, a, sizeof a);
}

INLINE void pack_pixel(const uint8_t *row, vec scale, vec offset, real *out)
{
    real wide[LANES] __attribute__((aligned(64)));
    for (int l = 0; l < LANES; l++)
        wide[l] = (real)row[l];
    for (int l = 0; l < LANES; l += WIDTH)
        vec_store(out + l, vec_fma(vec_load(wide + l), scale, offset));
}

void KERNEL(pack)(int channels, size_t pixels, const uint8_t *const image[LANES], const real *scale,
                  const real *offset, real *x)
{
    for (int c = 0; c < channels; c++) {
        real *out = x + (size_t)c * (pixels | 1) * LANES;
        vec vs = vec_set(scale[c]), vo = vec_set(offset[c]);
        const uint8_t *from[LANES];
        for (int l = 0; l < LANES; l++)
            from[l] = image[l] + (size_t)c * pixels;
        uint8_t block[LANES][LANES];
        size_t p = 0;
        for (; p + LANES <= pixels; p += LANES) {
            transpose(from, p, block);
            for (size_t i = 0; i < LANES; i++)
                pack_pixel(block[i], vs, vo, out + (p + i) * LANES);
        }
        for (; p < pixels; p++) {
            for (int l = 0; l < LANES; l++)
                block[0][l] = from[l][p];
            pack_pixel(block[0], vs, vo, out + p * LANES);
        }
    }
}
