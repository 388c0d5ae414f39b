/* Live training: networks that a search begins, changes by morphisms and trains for as many steps
 * as it likes, outside the protocol's schedule. Between whiles a network is a snapshot. Images,
 * batch, augmentation, optimiser and validation set are the protocol's; the learning rate is the
 * caller's. */
#ifndef NASBED_EVALUATOR_LIVE_H
#define NASBED_EVALUATOR_LIVE_H

#include "base/error.h"
#include "base/random.h"
#include "evaluator/morphism.h"
#include "evaluator/snapshot.h"
#include "evaluator/trainer.h"
#include "spaces/space.h"

/* What live training needs of a command; borrowed throughout. */
struct live_site {
    const struct trainer *trainer;
    const struct skeleton *skeleton;
    struct workspace **workspace; /* one a worker of the pool */
};

/* `steps` at the rate  to + (from - to) (1 + cos(pi s / steps)) / 2,  s = 0 .. steps-1 (one cycle
 * of SGDR: Loshchilov, Hutter, ICLR 2017, eq. 5); from = to: constant. Then the first
 * `valid_images` of the validation images are evaluated. */
struct live_course {
    int64_t steps; /* 0: evaluate alone */
    double from, to;
    bool restart;     /* the optimiser's moments begin at zero */
    int valid_images; /* 1 .. those of the protocol */
};

double live_rate(const struct live_course *course, int64_t step);

struct live_result {
    float train_loss, train_accuracy; /* mean over the course; percent; NaN: it had no steps */
    float valid_loss, valid_accuracy; /* percent */
    double seconds;                   /* CPU; not reproducible */
};

/* `network`, to be freed by the caller, becomes a new one of a simplified graph, its weights drawn
 * as the protocol draws them from `seed`. ERROR_MEMORY; nothing is held then. */
int live_begin(struct snapshot *network, const struct trainer *trainer, const struct graph *graph,
               uint64_t seed, struct workspace *workspace, struct error *error);

/* Train and evaluate it. Batches are those of the protocol's epochs for the network's own seed,
 * from where its earlier training stopped: a course in two halves at one constant rate is that
 * course, to the bit, and children of one parent see the same images in the same order.
 * ERROR_MEMORY; unchanged then. */
int live_train(struct snapshot *network, const struct trainer *trainer, const struct graph *graph,
               const struct live_course *course, struct workspace *workspace,
               struct live_result *result, struct error *error);

/* `child`, to be freed by the caller, becomes `parent` after `move`; `to` is its simplified graph.
 * Statistics are measured on the batch that the parent would be trained on next. Cost:
 * morphism_passes forward passes of `to` over one batch. Errors: those of morphism_apply. */
int live_transform(struct snapshot *child, const struct snapshot *parent,
                   const struct trainer *trainer, const struct space_move *move,
                   const struct graph *to, const struct morphism *morphism,
                   struct workspace *workspace, struct random_stream *stream, struct error *error);

#endif
