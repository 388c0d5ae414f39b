/* The parts of a morphism: a move under way, what it carries over, what it makes of batch norms.
 * Internal to evaluator/. */
#ifndef NASBED_EVALUATOR_MORPHISM_PARTS_H
#define NASBED_EVALUATOR_MORPHISM_PARTS_H

#include "evaluator/morphism.h"

/* What a batch norm should make of its input z in one channel: slope z + constant. */
struct affine {
    double slope, constant;
};

/* A move under way. */
struct change {
    const struct snapshot *parent;
    struct snapshot *child;
    const struct space_move *move;
    const struct graph *to;
    const struct morphism *morphism;
    const struct morphism_site *site;
    struct random_stream *stream;
    int before, after;     /* widen: channels; else 0 */
    int *source;           /* [after] widen: which old channel a channel is; -1: a new one */
    int *copies;           /* [before] widen: channels that are that old one */
    struct affine *wanted; /* [channels of move->layer] deepen, skip */
};

/* The tensor of the parent that has the meaning of one of the child; NULL: it is new. */
const struct parameter *change_parent(const struct change *c, const struct parameter *to);

/* widen: which channels are copied, or that none is. ERROR_MISMATCH, ERROR_MEMORY. */
int change_channels(struct change *c, struct error *error);

/* Give every tensor of the child what the parent's has: channels copied, kernels in the middle of larger
 * ones. What is new stays zero. ERROR_MISMATCH if a shape cannot come from the parent's by this move. */
int change_carry(struct change *c, struct error *error);

/* Running statistics of every norm of the child as it stands, as one batch of the site's images in
 * training mode gives them. `seen` is to be freed; nothing is held after an error. */
int norm_measure(const struct change *c, struct snapshot *seen, struct error *error);

/* Take what was measured of a norm's channels from `first` on. */
void norm_adopt(const struct change *c, const struct snapshot *seen, int layer, int first);

/* The same for the first `channels` of the move's layer, relative to what was seen `before` it: the
 * running statistics go on differing from a batch's as they did. */
void norm_shift(const struct change *c, const struct snapshot *before, const struct snapshot *seen,
                int channels);

/* Gain and offset that make of the norm of the move's layer what is wanted, with the statistics that it
 * has. */
void norm_set(const struct change *c, int channels);

#endif
