/* Morphisms: what a function-preserving move of a space does to the weights. The network after the move
 * computes what the one before it did; then it is trained on.
 *
 *   deepen  the new layer's kernel is the identity over channels, and its batch norm undoes itself
 *           (Chen et al., Net2Net, ICLR 2016; NASH's types I and III)
 *   widen   new channels copy random old ones, readers divide by the number of copies (Net2Net); or they
 *           are new throughout and nobody reads them yet (NASH's type II). One choice of copies serves
 *           all layers that the move widens, so that a sum across a skip still adds equal channels
 *   grow    a border of zeros around the kernel: exact
 *   skip    the identity is taken off the kernel, so that layer and skip together give what the layer
 *           alone gave (NASH's type IV without its factor)
 *
 * NASH: Elsken, Metzen, Hutter, Simple and efficient architecture search for CNNs, 2017; batch norms as
 * in Cai et al., Efficient Architecture Search by Network Transformation, AAAI 2018.
 *
 * Batch norm. A move that makes a layer's convolution give z' in place of z, of which the norm should now
 * make a z' + c, sets (s' = sqrt(variance' + epsilon)) gain' = a s', offset' = c + a mean'. In evaluation
 * that is exact whatever mean' and variance' are. In training it is so if they are what a batch gives: so
 * they are measured, on images, in training mode. A skip starts from running statistics that are not
 * quite a batch's; what z' gives is shifted and scaled as they were, and the function in training
 * changes by the skip's values times that discrepancy. Unmeasured, mean' and variance' are 0 and
 * 1 for a new layer and as before for a skip.
 *
 * Moments of the optimiser become zero, for all tensors: they belong to another shape of the loss. */
#ifndef NASBED_EVALUATOR_MORPHISM_H
#define NASBED_EVALUATOR_MORPHISM_H

#include "base/random.h"
#include "evaluator/snapshot.h"
#include "spaces/space.h"

/* Noise is normal, of so many times the deviation of what it is added to; 0: exact preservation. */
struct morphism {
    bool fresh;          /* widen: new channels as INITIALISE_FAN_OUT draws them, not copies */
    double widen_noise;  /* on the kernels of channels that are copies */
    double deepen_noise; /* on the new layer's kernel, before its norm is measured */
};

/* Gains nearer to zero than this do not let a skip in: the kernel would have to be too large. */
#define MORPHISM_GAIN_LEAST 1e-3

/* Where and on what statistics are measured. */
struct morphism_site {
    struct workspace *workspace; /* what lies in it is overwritten */
    const struct kernels *kernels;
    double epsilon;     /* of the batch norms, measured or not */
    const real *images; /* as network_input wants them, `blocks` x 16; NULL: nothing is measured */
    int blocks;
};

/* Forward passes over the site's images that a move of this kind takes, if there are any. */
int morphism_passes(const struct morphism *morphism, enum move_kind kind);

/* False where the weights do not admit the move: a skip around a layer with too small a gain. */
bool morphism_admits(const struct snapshot *parent, const struct space_move *move);

/* `child`, to be freed by the caller, becomes `parent` after `move`; `to` is the simplified graph
 * of the architecture that the move leads to. Draws (which channels are copied, new ones, noise)
 * come from `stream`. Cost: morphism_passes forward passes of `to` over the images. Errors:
 * ERROR_UNSUPPORTED where a gain is too small for a skip; ERROR_MISMATCH if `to` is not what the
 * move makes of `parent`; ERROR_MEMORY. */
int morphism_apply(struct snapshot *child, const struct snapshot *parent,
                   const struct space_move *move, const struct graph *to,
                   const struct morphism *morphism, const struct morphism_site *site,
                   struct random_stream *stream, struct error *error);

#endif
