/* The vector: 16 images side by side. Every kernel is a plain loop over vectors; only this header
 * knows the machine. WIDTH lanes are handled at a time (16 on AVX-512, two halves of 8 on AVX2, four
 * quarters elsewhere); since lanes never mix except in lanes_sum, the width cannot change a bit. */
#ifndef NASBED_EVALUATOR_KERNELS_VECTOR_H
#define NASBED_EVALUATOR_KERNELS_VECTOR_H

#include "evaluator/kernels/real.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#ifdef NASBED_DOUBLE
typedef int64_t real_bits;
#else
typedef int32_t real_bits;
#endif

#if defined(__AVX512F__) && !defined(NASBED_DOUBLE)
#define WIDTH 16
#elif defined(__AVX2__) && defined(__FMA__) && !defined(NASBED_DOUBLE)
#define WIDTH 8
#else
#define WIDTH 4
#endif

typedef real vec __attribute__((vector_size(WIDTH * sizeof(real)), may_alias));
typedef real_bits vec_bits __attribute__((vector_size(WIDTH * sizeof(real))));

#define INLINE static inline __attribute__((always_inline))

#if WIDTH == 16
#include <immintrin.h>
INLINE vec vec_fma(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}
INLINE vec vec_set(real s)
{
    return _mm512_set1_ps(s);
}
INLINE vec vec_relu(vec a)
{
    return _mm512_max_ps(a, _mm512_setzero_ps());
}
INLINE vec vec_where_positive(vec gate, vec a)
{
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(gate, _mm512_setzero_ps(), _CMP_GT_OQ), a);
}
#elif WIDTH == 8
#include <immintrin.h>
INLINE vec vec_fma(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}
INLINE vec vec_set(real s)
{
    return _mm256_set1_ps(s);
}
INLINE vec vec_relu(vec a)
{
    return _mm256_max_ps(a, _mm256_setzero_ps());
}
INLINE vec vec_where_positive(vec gate, vec a)
{
    return _mm256_and_ps(_mm256_cmp_ps(gate, _mm256_setzero_ps(), _CMP_GT_OQ), a);
}
#else
#if defined(__ARM_NEON) && defined(__aarch64__) && !defined(NASBED_DOUBLE)
#include <arm_neon.h>
INLINE vec vec_fma(vec a, vec b, vec c)
{
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
#else
INLINE vec vec_fma(vec a, vec b, vec c)
{
    vec sum;
    for (int i = 0; i < WIDTH; i++)
        sum[i] = sizeof(real) == sizeof(float)
                     ? (real)fmaf((float)a[i], (float)b[i], (float)c[i])
                     : (real)fma((double)a[i], (double)b[i], (double)c[i]);
    return sum;
}
#endif
INLINE vec vec_set(real s)
{
    vec a;
    for (int i = 0; i < WIDTH; i++)
        a[i] = s;
    return a;
}
INLINE vec vec_where_positive(vec gate, vec a)
{
    return (vec)((vec_bits)(gate > 0) & (vec_bits)a);
}
/* max(a, 0) as the machine instruction has it: -0 and NaN become +0. */
INLINE vec vec_relu(vec a)
{
    return vec_where_positive(a, a);
}
#endif

/* Lanes of `a` where `mask` (a comparison's result) is true, else 0. */
INLINE vec vec_and(vec_bits mask, vec a)
{
    return (vec)(mask & (vec_bits)a);
}
INLINE vec vec_max(vec a, vec b)
{
    vec_bits greater = (vec_bits)(a > b);
    return (vec)((greater & (vec_bits)a) | (~greater & (vec_bits)b));
}

/* Loads and stores are of whole vectors at aligned places. */
INLINE vec vec_load(const real *p)
{
    return *(const vec *)p;
}
INLINE void vec_store(real *p, vec a)
{
    *(vec *)p = a;
}
INLINE vec vec_zero(void)
{
    return vec_set(0);
}

/* Before a loop with constant bounds over registers: unrolled whole, or the registers are an array in
 * memory. */
#define UNROLL _Pragma("GCC unroll 32")

/* Keep a loaded vector in its register: gcc otherwise folds the load into each of its uses. */
#if defined(__x86_64__) && WIDTH >= 8
#define VEC_KEEP(a) __asm__("" : "+v"(a))
#else
#define VEC_KEEP(a) (void)0
#endif

/* Sum of 16 lanes by a fixed tree: 8 + 8, 4 + 4, 2 + 2, 1 + 1. */
INLINE real lanes_sum(const real *lane)
{
    typedef real eight __attribute__((vector_size(8 * sizeof(real)), may_alias));
    typedef real four __attribute__((vector_size(4 * sizeof(real))));
    eight a = *(const eight *)lane + *(const eight *)(lane + 8);
    four b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
    return (b[0] + b[2]) + (b[1] + b[3]);
}

#endif
