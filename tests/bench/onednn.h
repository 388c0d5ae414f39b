/* oneDNN as the peer of a convolution; without it in the build, nothing. */
#ifndef NASBED_TESTS_BENCH_ONEDNN_H
#define NASBED_TESTS_BENCH_ONEDNN_H

#include "evaluator/kernels/kernels.h"

struct onednn;

/* Primitives for one shape in the layouts that oneDNN likes best (reorders are not timed), on one
 * thread if OMP_NUM_THREADS=1. NULL if the build has no oneDNN or it has no such convolution. */
struct onednn *onednn_open(const struct conv *conv, int batch);
void onednn_close(struct onednn *peer);

/* Part 0: forward, 1: data gradient, 2: weight gradient. `peer` is a struct onednn. */
void onednn_run(void *peer, int part);

/* "oneDNN 2.6.3", or "nothing (built without oneDNN)". */
const char *onednn_version(void);

#endif
