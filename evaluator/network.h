/* The network: a plan with weights; forward, loss, backward, step. One thread, no allocation after
 * network_open. */
#ifndef NASBED_EVALUATOR_NETWORK_H
#define NASBED_EVALUATOR_NETWORK_H

#include "base/random.h"
#include "evaluator/plan.h"

#include <stdint.h>

/* Memory that networks are laid out in; grows to the largest seen and is kept between networks. */
struct workspace {
    real *arena, *weights;           /* 64-byte aligned, huge pages where possible */
    size_t arena_size, weights_size; /* reals */
};

/* What a step spends its time on: running; sending its gradient back to what it reads; gradients of its
 * weights, or the sums that its batch norms need. */
enum time_part { TIME_FORWARD, TIME_DATA, TIME_WEIGHT, TIME_PARTS };

/* Seconds that one step of the plan took, summed over batches. */
struct step_time {
    double seconds[TIME_PARTS];
};

struct network {
    struct plan plan;
    const struct kernels *kernels;
    double momentum, epsilon;          /* batch norm */
    real *arena;                       /* borrowed from the workspace, as are all below */
    real *weights, *gradient, *moment; /* [plan.weights] */
    real *running;                     /* [plan.running] */
    uint64_t seed;                     /* of dropout's draws; network_initialise sets it */
    uint32_t steps;                    /* taken since then: the draws of each differ */
    struct step_time *times;           /* [plan.steps], the caller's, or NULL: not measured */
};

/* Compile `graph` for `blocks` x 16 images and lay it out in `workspace`, which must outlive it. */
int network_open(struct network *network, const struct graph *graph, int blocks,
                 struct workspace *workspace, const struct kernels *kernels, double momentum,
                 double epsilon, struct error *error);
/* The same for a network that is run at once: what the workspace's last network left in the arena stays
 * until it is written over, and nothing is read before. */
int network_lay(struct network *network, const struct graph *graph, int blocks, enum plan_use use,
                struct workspace *workspace, const struct kernels *kernels, double momentum,
                double epsilon, struct error *error);
void network_close(struct network *network);

enum initialisation {
    /* Convolutions normal with variance 2 / (k^2 out / groups) (He et al. 2015, fan out), linear weights
     * normal with deviation 0.01, biases 0. */
    INITIALISE_FAN_OUT,
    /* All of them, biases too, uniform in +-1 / sqrt(inputs of one output), inputs being k^2 in / groups:
     * what PyTorch's layers do unasked, and so NAS-Bench-201. Convolutions begin 2.4 times smaller or more,
     * which under batch norm is a larger learning rate. */
    INITIALISE_FAN_IN
};

/* n weights of INITIALISE_FAN_OUT's convolutions; fan_out = k^2 out / groups. */
void initialise_fan_out(real *w, size_t n, double fan_out, struct random_stream *stream);

/* Initial weights; gains 1, offsets 0; running mean 0, variance 1; moments 0. Stream (seed, RANDOM_INIT,
 * 0, number of the node in the graph). */
void network_initialise(struct network *network, enum initialisation kind, uint64_t seed);

/* Where the images go: [blocks][channels][plane][16]. */
real *network_input(struct network *network);
/* [blocks][classes][1][16] after a forward pass. */
const real *network_logits(const struct network *network);

/* `training`: batch statistics, running ones updated; else the running ones. `blocks` at most the
 * plan's (fewer only in evaluation). */
void network_forward(struct network *network, int blocks, bool training);

/* The same in two parts, for who has some of the values already (tensor.held): lane sums to zero, which
 * training needs; then all steps but those with skip[i] (NULL: all). The lane sums of a convolution that
 * is skipped are the caller's to put where its norm has them. */
void network_clear(struct network *network);
void network_run(struct network *network, int blocks, bool training, const bool *skip);

struct loss {
    double sum;  /* cross-entropy over the images, natural logarithm */
    int correct; /* first largest logit is the label */
};

/* Loss of the first `count` images; with `gradient`, that of the mean loss becomes the start of
 * network_backward. Label smoothing as Szegedy et al. 2016: target (1 - s) one-hot + s / classes. */
struct loss network_loss(struct network *network, const uint8_t *labels, int count,
                         double smoothing, bool gradient);

/* Gradients of all weights, after forward(training) and loss(gradient). */
void network_backward(struct network *network);

/* Nesterov momentum with weight decay, as torch.optim.SGD: g += decay w; m = momentum m + g;
 * w -= rate (g + momentum m). */
void network_step(struct network *network, double rate, double momentum, double decay,
                  bool decay_all);

#endif
