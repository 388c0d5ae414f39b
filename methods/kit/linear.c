#include "methods/kit/linear.h"

#include "methods/kit/blas.h"

#include <assert.h>
#include <string.h>

void linear_place(struct linear *linear, struct parameters *parameters, int inputs, int outputs,
                  bool biased)
{
    linear->inputs = inputs;
    linear->outputs = outputs;
    linear->weights = parameters_place(parameters, inputs * outputs);
    linear->bias = biased ? parameters_place(parameters, outputs) : -1;
}

void linear_forward(const struct linear *linear, const struct parameters *parameters,
                    const double *x, int rows, double *y)
{
    bool biased = linear->bias >= 0;
    for (int r = 0; r < rows && biased; r++)
        memcpy(y + r * linear->outputs, parameters->value + linear->bias,
               (size_t)linear->outputs * sizeof *y);
    blas_product(rows, linear->inputs, linear->outputs, x, parameters->value + linear->weights,
                 biased, y);
}

void linear_back(const struct linear *linear, struct parameters *parameters, const double *x,
                 const double *dy, int rows, double *dx)
{
    for (int r = 0; r < rows && linear->bias >= 0; r++)
        for (int j = 0; j < linear->outputs; j++)
            parameters->gradient[linear->bias + j] += dy[r * linear->outputs + j];
    blas_product_at(linear->inputs, rows, linear->outputs, x, dy, 1,
                    parameters->gradient + linear->weights);
    if (dx)
        blas_product_bt(rows, linear->outputs, linear->inputs, dy,
                        parameters->value + linear->weights, 0, dx);
}

void embedding_place(struct embedding *embedding, struct parameters *parameters, int rows,
                     int width)
{
    embedding->rows = rows;
    embedding->width = width;
    embedding->table = parameters_place(parameters, rows * width);
}

void embedding_add(const struct embedding *embedding, const struct parameters *parameters, int row,
                   double *out)
{
    assert(row >= 0 && row < embedding->rows);
    const double *entry = parameters->value + embedding->table + row * embedding->width;
    for (int j = 0; j < embedding->width; j++)
        out[j] += entry[j];
}

void embedding_back(const struct embedding *embedding, struct parameters *parameters, int row,
                    const double *dout)
{
    assert(row >= 0 && row < embedding->rows);
    double *entry = parameters->gradient + embedding->table + row * embedding->width;
    for (int j = 0; j < embedding->width; j++)
        entry[j] += dout[j];
}
