#include "methods/kit/adam.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool adam_open(struct adam *adam, const struct parameters *parameters, double rate)
{
    *adam = (struct adam){.rate = rate,
                          .beta1 = 0.9,
                          .beta2 = 0.999,
                          .epsilon = 1e-8,
                          .power1 = 1,
                          .power2 = 1,
                          .n = parameters->n,
                          .m = doubles_open((size_t)parameters->n),
                          .v = doubles_open((size_t)parameters->n)};
    if (adam->m && adam->v)
        return true;
    adam_close(adam);
    return false;
}

void adam_close(struct adam *adam)
{
    free(adam->m);
    free(adam->v);
    *adam = (struct adam){0};
}

void adam_reset(struct adam *adam)
{
    adam->power1 = adam->power2 = 1;
    memset(adam->m, 0, (size_t)adam->n * sizeof *adam->m);
    memset(adam->v, 0, (size_t)adam->n * sizeof *adam->v);
}

void adam_step(struct adam *adam, struct parameters *parameters)
{
    assert(adam->n == parameters->n);
    adam->power1 *= adam->beta1;
    adam->power2 *= adam->beta2;
    /* The corrections of both moments, taken out of the loop. */
    double scale2 = 1 / sqrt(1 - adam->power2), rate = adam->rate / (1 - adam->power1);
    double beta1 = adam->beta1, beta2 = adam->beta2;
    double epsilon = adam->hat ? adam->epsilon * scale2 : adam->epsilon;
    double *restrict m = adam->m, *restrict v = adam->v, *restrict value = parameters->value;
    const double *restrict gradient = parameters->gradient;
    for (int i = 0; i < adam->n; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
        v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] * gradient[i];
        value[i] -= rate * m[i] / (sqrt(v[i]) * scale2 + epsilon);
    }
}
