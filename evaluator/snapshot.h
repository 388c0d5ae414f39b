/* Snapshots: what training has made of a network, in memory of its own, each tensor found by what it
 * means. A network lies in a worker's workspace only while it is trained or run, at places that its
 * plan happens to give; between whiles it is a snapshot, which can be copied, changed and continued. */
#ifndef NASBED_EVALUATOR_SNAPSHOT_H
#define NASBED_EVALUATOR_SNAPSHOT_H

#include "evaluator/network.h"

/* KERNEL  of a convolution [out][in / groups][row][column] or a linear layer [out][in]
 * BIAS    of a linear layer [out]
 * GAIN, OFFSET    of an affine batch norm [channels]
 * MEAN, VARIANCE  running statistics of a batch norm [channels] */
enum role { ROLE_KERNEL, ROLE_BIAS, ROLE_GAIN, ROLE_OFFSET, ROLE_MEAN, ROLE_VARIANCE };

/* One tensor. */
struct parameter {
    int layer; /* node.layer: which part of the architecture, as the space numbers them; -1: skeleton */
    enum role role;
    int turn; /* which of those of that layer and role, in the graph's order; in `chain` 0 */
    int node; /* of the graph */
    int out, in, kernel; /* shape; of a vector `in` and `kernel` are 1 */
    size_t first, count; /* its reals in `value` and `moment` */
};

struct snapshot {
    int parameters;
    struct parameter *parameter; /* in the order of the graph's nodes */
    size_t size;                 /* reals */
    real *value, *moment;        /* [size]; moment: of the optimiser, zero for statistics */
    uint64_t seed;               /* network.seed and network.steps */
    uint32_t steps;
};

/* All tensors of a *simplified* graph, zero. ERROR_MEMORY; nothing is held then. */
int snapshot_init(struct snapshot *snapshot, const struct graph *graph, struct error *error);
/* A copy that shares nothing. ERROR_MEMORY. */
int snapshot_copy(struct snapshot *snapshot, const struct snapshot *from, struct error *error);
void snapshot_free(struct snapshot *snapshot);

/* Out of a network, and into one: opened on the graph that the snapshot was made for, or one equal to
 * it. A training that is taken out and put back goes on as if it had not been, to the bit. */
void snapshot_take(struct snapshot *snapshot, const struct network *network);
void snapshot_put(const struct snapshot *snapshot, struct network *network);

/* The tensor of that meaning; NULL if there is none. */
const struct parameter *snapshot_find(const struct snapshot *snapshot, int layer, enum role role,
                                      int turn);

/* Values of the first tensor of that layer and role, which must be there. */
real *snapshot_value(const struct snapshot *snapshot, int layer, enum role role);

#endif
