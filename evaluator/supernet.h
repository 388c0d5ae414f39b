/* The supernet: one weight-sharing network over a choice graph. Its shared weights are flat vectors; a
 * pass lays the network of one program out in a workspace, with the slices of the shared weights that it
 * has, and computes that alone. Under a path that is the stand-alone network of the architecture (its
 * batch norms without gain and offset), to the bit. Guo et al., SPOS, 2020; Liu et al., DARTS, 2019. */
#ifndef NASBED_EVALUATOR_SUPERNET_H
#define NASBED_EVALUATOR_SUPERNET_H

#include "evaluator/network.h"
#include "evaluator/snapshot.h"
#include "evaluator/trainer.h"
#include "spaces/choice.h"

/* One tensor of the shared weights. */
struct shared {
    int node; /* of the choice graph */
    enum role role;
    int out, in, kernel; /* shape; of a vector `in` and `kernel` are 1 */
    size_t first, count; /* its reals in the vectors */
    bool moved;          /* `gradient` holds something of it */
};

struct supernet {
    struct choice_graph choices;
    double epsilon; /* of batch norms */
    int tensors;
    struct shared *tensor;
    int *
        tensor_of; /* [choices.graph.nodes] the first tensor of a node; those of other roles follow */
    size_t size;   /* reals */
    real *value, *moment; /* [size] weights, and the optimiser's */
    real *gradient;       /* [size] of the passes collected since the last step */
    unsigned char *moved; /* [size] 1: a pass has given a gradient */
};

/* A supernet of the space, its weights as network_initialise makes those of the network with everything
 * in it. `training` says how, and the epsilon of batch norms. Errors: ERROR_UNSUPPORTED for a space without a choice graph; those of the
 * skeleton; ERROR_MEMORY. */
int supernet_open(struct supernet *supernet, const struct space *space,
                  const struct skeleton *skeleton, const struct training *training, uint64_t seed,
                  struct error *error);
void supernet_close(struct supernet *supernet);

/* ---- A pass --------------------------------------------------------------------------------------- */

/* Where a network has part of a shared tensor: `rows` runs of `reals`. */
struct binding {
    int tensor;
    size_t shared, stride; /* of the first run, and from run to run, in the shared vectors */
    size_t network;        /* in the network's weights; runs lie one after another */
    size_t rows, reals;
};

struct supernet_pass {
    struct graph graph;     /* selected from the choice graph: node.layer is the node there */
    struct network network; /* of it: forward, loss, backward as any network's */
    uint64_t macs;          /* of one image forward: what is charged */
    struct choice_program program;
    int bindings;
    struct binding *binding;
};

/* Compile a program for batches of `blocks` x 16 images in `workspace`, with the weights of now. Errors:
 * ERROR_ARGUMENT saying what is wrong with the program; ERROR_MEMORY. */
int supernet_pass_open(struct supernet_pass *pass, const struct supernet *supernet,
                       const struct choice_program *program, int blocks,
                       struct workspace *workspace, const struct kernels *kernels,
                       struct error *error);
/* The same for passes that are run forward alone: no loss gradient, no backward. */
int supernet_pass_open_forward(struct supernet_pass *pass, const struct supernet *supernet,
                               const struct choice_program *program, int blocks,
                               struct workspace *workspace, const struct kernels *kernels,
                               struct error *error);
void supernet_pass_close(struct supernet_pass *pass);

/* Multiply-accumulates of one image under a program, without running it. */
int supernet_macs(const struct supernet *supernet, const struct choice_program *program,
                  uint64_t *macs, struct error *error);

/* Gradient of a loss with respect to weights of options; 0 for what is not there or has no term. */
struct choice_gradient {
    double of[CHOICES_MAX][CHOICE_OPTIONS_MAX];
};

/* After network_backward under a weighed program. */
void supernet_pass_choices(const struct supernet *supernet, const struct supernet_pass *pass,
                           struct choice_gradient *gradient);

/* After network_backward: add the gradient of the pass's weights to the shared one. */
void supernet_collect(struct supernet *supernet, const struct supernet_pass *pass);

/* ---- The shared weights ----------------------------------------------------------------------------- */

struct supernet_rule {
    double rate, momentum, decay;
    double clip;   /* the gradient's norm is cut down to this; 0: not */
    bool nesterov; /* as network_step; else w -= rate m */
};

/* One step of SGD on the weights that a pass has given a gradient since the
 * last; the others see neither momentum nor decay. Forgets the gradient. Returns its norm before it was
 * clipped. */
double supernet_step(struct supernet *supernet, const struct supernet_rule *rule);

/* Forget the gradient that was collected. */
void supernet_forget(struct supernet *supernet);

/* value += scale x direction [size]. To undo it keep a copy: adding and subtracting leaves rounding. */
void supernet_shift(struct supernet *supernet, const real *direction, double scale);

/* ---- Scoring --------------------------------------------------------------------------------------- */

#define SUPERNET_BATCH 64 /* images of a batch whose statistics an evaluation uses */

struct supernet_scoring {
    int images;      /* the first so many of the validation split: whole batches */
    int recalibrate; /* batches of the training split whose mean statistics are used; 0: each batch its
                        own */
};

struct supernet_score {
    double loss, accuracy; /* mean; percent */
    int correct;           /* images classified rightly */
    uint64_t macs;         /* of one image */
};

/* Errors: ERROR_ARGUMENT for images that are no whole batches or more than there are. */
int supernet_scoring_check(const struct supernet_scoring *scoring, const struct training *training,
                           struct error *error);

/* Validation under a program. Changes nothing but the workspace: scores may be made side by side. Errors:
 * those of supernet_scoring_check and supernet_pass_open. */
int supernet_evaluate(const struct supernet *supernet, const struct choice_program *program,
                      const struct trainer *trainer, const struct supernet_scoring *scoring,
                      struct workspace *workspace, struct supernet_score *score,
                      struct error *error);

#endif
