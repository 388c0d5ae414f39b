#include "methods/kit/blas.h"

#include <cblas.h>
#include <stdio.h>

void blas_use_one_thread(void)
{
    openblas_set_num_threads(1);
}

void blas_product(int rows, int inner, int columns, const double *a, const double *b, double beta,
                  double *c)
{
    if (rows == 1)
        cblas_dgemv(CblasRowMajor, CblasTrans, inner, columns, 1, b, columns, a, 1, beta, c, 1);
    else
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, inner, 1, a, inner, b,
                    columns, beta, c, columns);
}

void blas_product_bt(int rows, int inner, int columns, const double *a, const double *b,
                     double beta, double *c)
{
    if (rows == 1)
        cblas_dgemv(CblasRowMajor, CblasNoTrans, columns, inner, 1, b, inner, a, 1, beta, c, 1);
    else
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, inner, 1, a, inner, b,
                    inner, beta, c, columns);
}

void blas_product_at(int rows, int inner, int columns, const double *a, const double *b,
                     double beta, double *c)
{
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, rows, columns, inner, 1, a, rows, b,
                columns, beta, c, columns);
}

void blas_library(char name[BLAS_NAME])
{
    char library[BLAS_NAME / 2] = "", version[BLAS_NAME / 2 - 1] = "";
    (void)sscanf(openblas_get_config(), "%31s %30s", library, version); /* then come build flags */
    (void)snprintf(name, BLAS_NAME, "%s%s%s", library, version[0] ? " " : "", version);
}

const char *blas_kernel(void)
{
    return openblas_get_corename();
}

const char *blas_kernel_pinned(void)
{
#if defined __x86_64__
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? "Haswell" : NULL;
#elif defined __aarch64__
    return "ARMV8";
#else
    return NULL;
#endif
}
