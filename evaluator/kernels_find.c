#include "evaluator/kernels/kernels.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && !defined(NASBED_DOUBLE)
extern const struct kernels kernels_avx512, kernels_avx2;
#endif
extern const struct kernels kernels_portable;

/* Fastest first. */
static const struct kernels *const tables[] = {
#if defined(__x86_64__) && !defined(NASBED_DOUBLE)
    &kernels_avx512, &kernels_avx2,
#endif
    &kernels_portable};
enum { TABLES = sizeof tables / sizeof *tables };

static bool runs_here(const struct kernels *kernels)
{
#if defined(__x86_64__) && !defined(NASBED_DOUBLE)
    if (kernels == &kernels_avx512)
        return __builtin_cpu_supports("avx512f");
    if (kernels == &kernels_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kernels != NULL;
}

const struct kernels *kernels_at(int i)
{
    for (int k = 0; k < TABLES; k++)
        if (runs_here(tables[k]) && i-- == 0)
            return tables[k];
    return NULL;
}

const struct kernels *kernels_find(const char *name)
{
    if (!name)
        name = getenv("NASBED_KERNELS");
    for (int i = 0; kernels_at(i); i++)
        if (!name || strcmp(name, kernels_at(i)->name) == 0)
            return kernels_at(i);
    return NULL;
}
