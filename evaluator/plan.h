/* The plan: a graph turned into steps that run in order, with every buffer's place in one arena.
 *
 * Batch norm, sum and ReLU fuse: a *combine* step writes v = sum of terms (a convolution's output with
 * its batch norm applied, or a tensor as it is) and r = max(v, 0), whichever is read. Convolutions and
 * pools stand right behind the step that they read. A weighed sum of one input is such a term too, with
 * its weights folded into the scale of its batch norm or, over a tensor as it is, alone.
 *
 * Backward runs the steps in reverse; each step *pulls* the gradient of its output from the steps that
 * read it, so that one buffer gathers all of it and is masked (for the readers of r) in the last of
 * those passes. A convolution's own backward pass runs when its input is pulled. */
#ifndef NASBED_EVALUATOR_PLAN_H
#define NASBED_EVALUATOR_PLAN_H

#include "base/error.h"
#include "evaluator/kernels/kernels.h"
#include "spaces/graph.h"

#include <stdbool.h>
#include <stddef.h>

enum step_kind {
    STEP_INPUT,
    STEP_CONV,
    STEP_COMBINE,
    STEP_AVG_POOL,
    STEP_MAX_POOL,
    STEP_GLOBAL_POOL,
    STEP_CONCAT,
    STEP_DROP,
    STEP_LINEAR
};

/* A tensor of [blocks][channels][plane][16]; offsets are in reals from the arena's start. */
struct tensor {
    int channels;
    size_t pixels;
    size_t size;  /* reals */
    size_t value; /* place of the values */
    real *held;   /* their place outside of the arena; NULL: they are at `value` */
    int step;     /* that writes it */
};

/* A batch norm: parameters in the weights, running statistics, coefficients in the arena; or what a
 * weighed tensor has in its place: mean 0, deviation 1, and nothing else (`plain`). */
struct norm {
    int node;     /* of the graph: the batch norm, or the weighed sum of a plain one */
    int weighing; /* node.weighing of the sum that weighs it; 0: none */
    size_t factor, factor_gradient; /* arena: those weights and the loss's gradient, [channels] */
    bool plain;
    int channels;
    size_t pixels;
    bool affine;
    size_t gain, offset;    /* in the weights (if affine) */
    size_t running;         /* in the running statistics: mean [channels], variance [channels] */
    size_t statistics;      /* arena: lane sums [2][channels][16] */
    size_t mean, deviation; /* arena: [channels] each; deviation is 1 / sqrt(variance + epsilon) */
    size_t scale, shift;    /* arena: y = scale x + shift */
    size_t sums;            /* arena: lane sums of g (x - mean), [channels][16] */
    size_t a, b, c;         /* arena: gx = a g + b x + c */
    bool from_conv;         /* the statistics come with the convolution */
};

struct use {
    int step; /* that reads the tensor */
    int term; /* which term of a combine or concat step, else 0 */
};

struct plan_term {
    int tensor;
    int norm; /* -1: as it is */
};

struct step {
    enum step_kind kind;
    int node;         /* of the graph, for messages and profiles */
    int input;        /* tensor; -1: none (a linear layer fed by nothing) */
    int output;       /* tensor; for a combine v, or -1 */
    int rectified;    /* combine: r, or -1 */
    struct conv conv; /* CONV, LINEAR */
    struct pool_window pool;
    size_t weight, bias;   /* in the weights */
    int norm;              /* CONV: the norm whose statistics it gathers, or -1 */
    int first_term, terms; /* COMBINE, CONCAT */
    float rate;            /* DROP */
    bool whole_images;
    size_t factor; /* arena: what the values were multiplied by */
    size_t shift;  /* arena: summed shifts of the terms' norms, [channels] */
    size_t sum_g;  /* arena: lane sums of the output's gradient, [channels][16] */
    bool normed;   /* COMBINE: some term has a norm */
    /* Readers of `output` (first_use, uses) and, for a combine, of `rectified`. */
    int first_use, uses, first_rectified, rectified_uses;
    size_t gradient; /* arena: of the loss with respect to the output */
    int borrowed;    /* >= 0: the gradient is that of step `borrowed`, not an own buffer */
    bool in_blocks;  /* runs block by block with its neighbours, so that the data stay in cache */
    int leader;      /* forward: the step whose blocks it shares, or itself */
    bool one_block;  /* CONV: `gradient` holds one block at a time */
};

/* A tensor of the step's output shape, whose gradient the step's is: v, or r where only that is written. */
static inline int step_tensor(const struct step *step)
{
    return step->output >= 0 ? step->output : step->rectified;
}

struct plan {
    int steps, tensors, norms, terms, uses;
    struct step *step;
    struct tensor *tensor;
    struct norm *norm;
    struct plan_term *term;
    struct use *use;
    int blocks, classes;
    size_t weights;                /* reals, all parameters, a multiple of 16 */
    size_t decayed;                /* the first so many are convolution and linear weights */
    size_t running;                /* reals of running statistics */
    size_t arena;                  /* reals */
    size_t unshared;               /* what the arena would be if no two buffers shared a place */
    size_t clear_from, clear_size; /* arena part set to zero before each forward pass: lane sums */
};

/* What a plan is run for: forward alone, values make room as soon as nothing reads them any more, and
 * gradients have no place. */
enum plan_use { PLAN_TRAINING, PLAN_FORWARD };

/* Compile a simplified graph for batches of `blocks` x 16 images. ERROR_UNSUPPORTED names the node. */
int plan_init(struct plan *plan, const struct graph *graph, int blocks, enum plan_use use,
              struct error *error);
void plan_free(struct plan *plan);

#endif
