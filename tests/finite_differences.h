/* Gradients against central differences, in double precision. */
#ifndef NASBED_TESTS_FINITE_DIFFERENCES_H
#define NASBED_TESTS_FINITE_DIFFERENCES_H

#include "methods/kit/parameters.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Largest relative error of `gradient` [n] over every stride-th of x [n], relative to the larger
 * of the two and at least to 1e-4, so that rounding does not count. */
static inline double differences_worst(double (*loss)(void *context), void *context, double *x,
                                       const double *gradient, int n, int stride)
{
    const double step = 1e-5;
    double worst = 0;
    for (int i = 0; i < n; i += stride) {
        double kept = x[i];
        x[i] = kept + step;
        double above = loss(context);
        x[i] = kept - step;
        double difference = (above - loss(context)) / (2 * step);
        x[i] = kept;
        double scale = fmax(fmax(fabs(difference), fabs(gradient[i])), 1e-4);
        double error = fabs(difference - gradient[i]) / scale;
        if (error > worst)
            worst = error;
    }
    return worst;
}

/* At least `share` of the gradient is not zero: there is something to compare. */
static inline void differences_present(const double *gradient, int n, double share)
{
    int present = 0;
    for (int i = 0; i < n; i++)
        present += gradient[i] != 0;
    assert_true(present >= share * n);
}

#endif
