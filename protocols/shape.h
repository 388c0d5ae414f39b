/* Shapes of the known data sets: what a protocol may ask of them before any file is read. */
#ifndef NASBED_PROTOCOLS_SHAPE_H
#define NASBED_PROTOCOLS_SHAPE_H

#include "base/error.h"

struct shape {
    const char *name;            /* "cifar10" */
    int channels, size, classes; /* of an image as the networks see it; rows = columns = size */
    int train_count, test_count; /* images in the official training and test files */
};

/* The known data sets, in order; NULL past the end. */
const struct shape *shape_at(int i);

/* By name; NULL and ERROR_ARGUMENT naming the nearest known. */
const struct shape *shape_find(const char *name, struct error *error);

#endif
