#include "evaluator/peak.h"

#include "base/progress.h"
#include "evaluator/kernels/kernels.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>

enum { CHAINS = 24, CHAINS2 = 12, TURNS = 20000 };

__attribute__((target("avx512f"))) static double turns_avx512(void)
{
    __m512 a[CHAINS], m = _mm512_set1_ps(0.999f);
#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; i++)
        a[i] = _mm512_set1_ps(1.0f + (float)i);
    for (int n = 0; n < TURNS; n++)
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++) {
            a[i] = _mm512_fmadd_ps(a[i], m, m);
            __asm__ volatile("" : "+v"(a[i]));
        }
    return 2.0 * 16 * CHAINS * TURNS;
}

__attribute__((target("avx2,fma"))) static double turns_avx2(void)
{
    __m256 a[CHAINS2], m = _mm256_set1_ps(0.999f);
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS2; i++)
        a[i] = _mm256_set1_ps(1.0f + (float)i);
    for (int n = 0; n < TURNS; n++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS2; i++) {
            a[i] = _mm256_fmadd_ps(a[i], m, m);
            __asm__ volatile("" : "+x"(a[i]));
        }
    return 2.0 * 8 * CHAINS2 * TURNS;
}
#endif

static double turns(void)
{
#ifdef __x86_64__
    const char *name = kernels_find(NULL)->name;
    if (strcmp(name, "avx512") == 0)
        return turns_avx512();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return turns_avx2();
#endif
    volatile float a = 1;
    for (int i = 0; i < 1000000; i++)
        a = a * 0.999f + 0.999f;
    return 2e6;
}

double peak_gflops(double seconds)
{
    double work = 0, started = clock_thread_seconds(), taken;
    do {
        work += turns();
        taken = clock_thread_seconds() - started;
    } while (taken < seconds);
    return 1e-9 * work / taken;
}
