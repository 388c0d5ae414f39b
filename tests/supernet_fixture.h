/* Supernets for tests: small skeletons of both spaces, weights away from their neutral start, random
 * images. */
#ifndef NASBED_TESTS_SUPERNET_FIXTURE_H
#define NASBED_TESTS_SUPERNET_FIXTURE_H

#include "base/random.h"
#include "evaluator/supernet.h"
#include "spaces/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NET_BLOCKS = 2, NET_IMAGES = NET_BLOCKS * LANES };

struct net_fixture {
    const struct space *space;
    struct skeleton skeleton;
    struct supernet supernet;
    struct workspace *workspace;
    const struct kernels *kernels;
    real *images;
    size_t image_reals;
    uint8_t labels[NET_IMAGES];
    struct random_stream stream;
};

static inline const struct training *net_training(void)
{
    static const struct training training = {.initialisation = "kaiming-fan-out",
                                             .batch_norm_epsilon = 1e-5};
    return &training;
}

/* Positive, and far enough from 0 that a difference cannot make it negative. */
static inline double net_weight(struct random_stream *stream)
{
    return 0.2 + random_uniform(stream);
}

static inline void net_open(struct net_fixture *f, const char *space, int size)
{
    struct error error;
    *f = (struct net_fixture){.space = space_find(space, &error),
                              .skeleton = {.input_channels = 3,
                                           .input_size = size,
                                           .classes = 10,
                                           .channels = 4,
                                           .cells = 1,
                                           .stem_stride = 1},
                              .workspace = workspace_open(),
                              .kernels = kernels_find(NULL),
                              .stream = random_stream(31, RANDOM_TEST, 0, 0)};
    assert_non_null(f->space);
    assert_non_null(f->workspace);
    if (supernet_open(&f->supernet, f->space, &f->skeleton, net_training(), 3, &error))
        fail_msg("%s", error.text);
    for (int i = 0; i < f->supernet.tensors; i++) /* gains 1 and offsets 0 hide mistakes */
        for (size_t k = 0; k < f->supernet.tensor[i].count; k++)
            f->supernet.value[f->supernet.tensor[i].first + k] +=
                (real)(0.2 * random_normal(&f->stream));
    f->image_reals = (size_t)NET_BLOCKS * 3 * tensor_plane(size, size) * LANES;
    f->images = calloc(f->image_reals, sizeof *f->images);
    assert_non_null(f->images);
    for (size_t i = 0; i < f->image_reals; i++)
        f->images[i] = (real)random_normal(&f->stream);
    for (int i = 0; i < NET_IMAGES; i++)
        f->labels[i] = (uint8_t)random_below(&f->stream, 10);
}

static inline void net_close(struct net_fixture *f)
{
    supernet_close(&f->supernet);
    workspace_close(f->workspace);
    free(f->images);
}

static inline void net_architecture(struct net_fixture *f, struct architecture *a)
{
    *a = (struct architecture){.n = 0};
    architecture_random(f->space, &f->stream, a);
}

/* Forward, loss and with `gradient` backward of a program; the caller closes the pass. Returns the mean
 * loss. */
static inline double net_run(struct net_fixture *f, const struct choice_program *program,
                             bool gradient, struct supernet_pass *pass)
{
    struct error error;
    if (supernet_pass_open(pass, &f->supernet, program, NET_BLOCKS, f->workspace, f->kernels,
                           &error))
        fail_msg("%s", error.text);
    memcpy(network_input(&pass->network), f->images, f->image_reals * sizeof(real));
    network_forward(&pass->network, NET_BLOCKS, true);
    struct loss loss = network_loss(&pass->network, f->labels, NET_IMAGES, 0.1, gradient);
    if (gradient)
        network_backward(&pass->network);
    return loss.sum / NET_IMAGES;
}

static inline double net_loss(struct net_fixture *f, const struct choice_program *program)
{
    struct supernet_pass pass;
    double loss = net_run(f, program, false, &pass);
    supernet_pass_close(&pass);
    return loss;
}

/* Everything there, with random weights that sum to one in each choice. */
static inline void net_mixture(struct net_fixture *f, struct choice_program *program)
{
    const struct choice_graph *choices = &f->supernet.choices;
    choice_everything(choices, program);
    program->weighed = true;
    for (int i = 0; i < choices->choices; i++) {
        double sum = 0;
        for (int k = 0; k < choices->choice[i].options; k++)
            sum += program->weight[i][k] = net_weight(&f->stream);
        for (int k = 0; k < choices->choice[i].options; k++)
            program->weight[i][k] /= sum;
    }
}

#endif
