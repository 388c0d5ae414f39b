/* OpenBLAS: matrix products of small dense matrices, row-major, in double precision, on one thread.
 * The same inputs give the same bits for the same library version and kernel; both have a name
 * here, and a kernel to pin. */
#ifndef NASBED_METHODS_KIT_BLAS_H
#define NASBED_METHODS_KIT_BLAS_H

#define BLAS_NAME 64 /* bytes of the library's name */

/* Before the first product (parameters_open does it): these are far too small to share, and threads
 * would change the order of sums. */
void blas_use_one_thread(void);

/* C [rows][columns] = A [rows][inner] B [inner][columns] + beta C. */
void blas_product(int rows, int inner, int columns, const double *a, const double *b, double beta,
                  double *c);

/* C [rows][columns] = A [rows][inner] B^T + beta C, B [columns][inner]. */
void blas_product_bt(int rows, int inner, int columns, const double *a, const double *b,
                     double beta, double *c);

/* C [rows][columns] = A^T B + beta C, A [inner][rows], B [inner][columns]. */
void blas_product_at(int rows, int inner, int columns, const double *a, const double *b,
                     double beta, double *c);

/* "OpenBLAS 0.3.21". */
void blas_library(char name[BLAS_NAME]);

/* The kernel in use, as OPENBLAS_CORETYPE names it ("Haswell"). */
const char *blas_kernel(void);

/* The kernel that a run pins, so that machines of different makes agree; NULL where this machine
 * does not have it. */
const char *blas_kernel_pinned(void);

#endif
