/* Flat parameter vectors: all weights of a model in one vector, their gradient in another, so that
 * one optimiser steps whatever the model is made of. A layer is *placed* before the vectors are
 * opened, and knows from then on only where its weights begin. */
#ifndef NASBED_METHODS_KIT_PARAMETERS_H
#define NASBED_METHODS_KIT_PARAMETERS_H

#include "methods/nasbed.h"

#include <stdbool.h>

struct parameters {
    int n;                    /* placed so far, padding included */
    double *value, *gradient; /* [n] each, owned; from parameters_open on */
};

/* Room for `n` weights; returns where they begin (a multiple of 8: rows of the products below are
 * aligned). The vector is zero-initialised before the first, and not open yet. */
int parameters_place(struct parameters *parameters, int n);

/* Allocate, all zero. False when memory runs out; nothing is held then. */
bool parameters_open(struct parameters *parameters);
void parameters_close(struct parameters *parameters);

/* Draw `n` values from `place` on, uniform in [-range, range). */
void parameters_uniform(struct parameters *parameters, int place, int n, double range,
                        struct nasbed_trial *trial);

/* The gradient to zero: layers add to it. */
void parameters_clear(struct parameters *parameters);

/* Scale the gradient down to the Euclidean norm `most` if it is longer. Returns the norm that it
 * had. Pascanu, Mikolov, Bengio, ICML 2013, Algorithm 1. */
double parameters_clip(struct parameters *parameters, double most);

/* Zeros, 64-byte aligned, freed with free(); NULL when memory runs out (and for n = 0 never). */
double *doubles_open(size_t n);

#endif
