#include "methods/kit/parameters.h"

#include "methods/kit/blas.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 8 }; /* doubles of 64 bytes */

int parameters_place(struct parameters *parameters, int n)
{
    assert(!parameters->value && "placed before it is opened");
    int place = parameters->n;
    parameters->n += (n + LINE - 1) / LINE * LINE;
    return place;
}

double *doubles_open(size_t n)
{
    size_t lines = n / LINE + 1;
    double *doubles = lines < SIZE_MAX / 64 ? aligned_alloc(64, lines * 64) : NULL;
    if (doubles)
        memset(doubles, 0, lines * 64);
    return doubles;
}

bool parameters_open(struct parameters *parameters)
{
    blas_use_one_thread();
    parameters->value = doubles_open((size_t)parameters->n);
    parameters->gradient = doubles_open((size_t)parameters->n);
    if (parameters->value && parameters->gradient)
        return true;
    parameters_close(parameters);
    return false;
}

void parameters_close(struct parameters *parameters)
{
    free(parameters->value);
    free(parameters->gradient);
    *parameters = (struct parameters){0};
}

void parameters_uniform(struct parameters *parameters, int place, int n, double range,
                        struct nasbed_trial *trial)
{
    for (int i = place; i < place + n; i++)
        parameters->value[i] = range * (2 * nasbed_uniform(trial) - 1);
}

void parameters_clear(struct parameters *parameters)
{
    memset(parameters->gradient, 0, (size_t)parameters->n * sizeof *parameters->gradient);
}

double parameters_clip(struct parameters *parameters, double most)
{
    double square = 0;
    for (int i = 0; i < parameters->n; i++)
        square += parameters->gradient[i] * parameters->gradient[i];
    double norm = sqrt(square);
    if (norm > most)
        for (int i = 0; i < parameters->n; i++)
            parameters->gradient[i] *= most / norm;
    return norm;
}
