/* Linear layers and embedding tables over a flat parameter vector. */
#ifndef NASBED_METHODS_KIT_LINEAR_H
#define NASBED_METHODS_KIT_LINEAR_H

#include "methods/kit/parameters.h"

/* y = x W + b, or x W. */
struct linear {
    int inputs, outputs;
    int weights, bias; /* places of W [inputs][outputs] and b [outputs]; -1: no b */
};

void linear_place(struct linear *linear, struct parameters *parameters, int inputs, int outputs,
                  bool biased);

/* x [rows][inputs] -> y [rows][outputs]. */
void linear_forward(const struct linear *linear, const struct parameters *parameters,
                    const double *x, int rows, double *y);

/* dy [rows][outputs] -> adds to the gradient, and into dx [rows][inputs] (overwritten; NULL: not
 * wanted). */
void linear_back(const struct linear *linear, struct parameters *parameters, const double *x,
                 const double *dy, int rows, double *dx);

/* A table E [rows][width]. */
struct embedding {
    int rows, width;
    int table; /* place */
};

void embedding_place(struct embedding *embedding, struct parameters *parameters, int rows,
                     int width);

/* out [width] += E[row]. */
void embedding_add(const struct embedding *embedding, const struct parameters *parameters, int row,
                   double *out);

/* The gradient of E[row] += dout [width]. */
void embedding_back(const struct embedding *embedding, struct parameters *parameters, int row,
                    const double *dout);

#endif
