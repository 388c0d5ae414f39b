/* Graphs: all that the trainer sees of an architecture; layers in topological order with shapes. */
#ifndef NASBED_SPACES_GRAPH_H
#define NASBED_SPACES_GRAPH_H

#include "base/digest.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Operations; append, never reorder: canonical digests hold their numbers. Shapes are per image:
 * channels x rows x columns.
 * ZERO        nothing (a `none` edge); simplification removes it
 * CONV        2-d convolution, no bias; weights [out channel][in channel / groups][row][column]
 * BATCH_NORM  per channel; `affine`: with gain and offset
 * AVG_POOL    mean over the window's pixels inside the image (padding is not counted)
 * SUM         elementwise sum of fan_in inputs of one shape
 * CONCAT      channels of the inputs one after another
 * DROPOUT     in training each value is zero with probability `rate`, else divided by 1 - rate
 * DROP_PATH   the same for all values of an image together
 * GLOBAL_POOL mean over rows and columns: C x 1 x 1
 * LINEAR      fully connected with bias, input C x 1 x 1, weights [out][in], bias [out] */
#define OP_LIST(X)                                                                                 \
    X(OP_INPUT, "input")                                                                           \
    X(OP_ZERO, "zero")                                                                             \
    X(OP_CONV, "conv")                                                                             \
    X(OP_BATCH_NORM, "batch_norm")                                                                 \
    X(OP_RELU, "relu")                                                                             \
    X(OP_AVG_POOL, "avg_pool")                                                                     \
    X(OP_MAX_POOL, "max_pool")                                                                     \
    X(OP_SUM, "sum")                                                                               \
    X(OP_CONCAT, "concat")                                                                         \
    X(OP_GLOBAL_POOL, "global_pool")                                                               \
    X(OP_LINEAR, "linear")                                                                         \
    X(OP_DROPOUT, "dropout")                                                                       \
    X(OP_DROP_PATH, "drop_path")

enum op {
#define X(name, text) name,
    OP_LIST(X)
#undef X
        OP_COUNT
};

const char *op_name(enum op op);

struct node {
    enum op op;
    int first, fan_in;           /* inputs are graph.edge[first .. first + fan_in) */
    int channels, rows, columns; /* shape of the output */
    int kernel, stride, padding, dilation, groups; /* CONV and pools: square, symmetric */
    bool affine;                                   /* BATCH_NORM */
    float rate;                                    /* DROPOUT, DROP_PATH: in [0, 1) */
    int layer;    /* which part of the architecture made it (space's own numbering), -1: skeleton */
    int weighing; /* a SUM of one input that is multiplied by weights: which (choice.h); 0: none */
    int width;    /* in choice graphs: 1 + the choice that decides its channels; 0: none */
};

struct graph {
    int nodes, edges; /* the last node is the output (LINEAR: the logits) */
    int node_capacity, edge_capacity;
    struct node *node; /* in topological order: inputs have lower numbers */
    int *edge;         /* node numbers */
    bool failed;       /* memory ran out in a builder; check once at the end */
};

/* Builders append a node and return its number; shapes are derived (asserted to be possible). A
 * graph is zero-initialised before the first. */
int graph_input(struct graph *graph, int channels, int rows, int columns);
int graph_zero(struct graph *graph, int input, int stride);
int graph_conv(struct graph *graph, int input, int channels, int kernel, int stride, int padding,
               int dilation, int groups);
int graph_batch_norm(struct graph *graph, int input, bool affine);
int graph_relu(struct graph *graph, int input);
int graph_pool(struct graph *graph, enum op op, int input, int kernel, int stride, int padding);
int graph_sum(struct graph *graph, const int *inputs, int n);
int graph_weigh(struct graph *graph, int input, int weighing); /* a weighed SUM of one */
int graph_concat(struct graph *graph, const int *inputs, int n);
int graph_drop(struct graph *graph, enum op op, int input, float rate);
int graph_global_pool(struct graph *graph, int input);
int graph_linear(struct graph *graph, int input, int classes);

/* For code that rewrites graphs: append a copy of `node` as it stands, shape included, with its own
 * `fan_in` inputs. */
int graph_append(struct graph *graph, const struct node *node, const int *inputs);

void graph_free(struct graph *graph);

/* The network that is trained: zeros folded away (an operation fed by nothing gives nothing; a
 * sum loses its zero terms, a sum of one term is that term), what cannot reach the output gone.
 * If the output gets nothing at all, a LINEAR remains fed by a ZERO: only its bias is learned.
 * Such a ZERO (and one that a CONCAT keeps beside live inputs) has the shape of what it stands
 * for and reads the INPUT, so that node 0 is the INPUT always. Sums keep their order and may
 * name one node twice; a weighed sum stays. `out` is zero-initialised, freed by the caller. Errors: ERROR_MEMORY. */
int graph_simplify(const struct graph *graph, struct graph *out, struct error *error);

/* Digest of the canonical form of a *simplified* graph: equal for two graphs if and only if (up
 * to hash collisions) they are the same network up to renaming and the order of sums.
 * Weight-bearing operations (CONV, affine BATCH_NORM, LINEAR) are instances: two convolutions of
 * one tensor are two, and one that is read twice is another network. Operations without weights
 * are not: two pools of one tensor are one. Sums are sums of what is not a sum, with
 * multiplicities, also where the inner sum has other readers; nothing else is rewritten (a pool
 * of a sum is not the sum of pools). `layer` does not count. Not for weighed sums. Errors:
 * ERROR_MEMORY. */
int graph_canonical(const struct graph *graph, struct digest *digest, struct error *error);

/* Multiply-accumulates of one image through all CONV and LINEAR nodes, padding counted. */
uint64_t graph_macs(const struct graph *graph);

/* Trainable parameters: convolutions, affine batch norms, linear weights and biases. */
uint64_t graph_params(const struct graph *graph);

#endif
