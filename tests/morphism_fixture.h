/* What the tests of morphisms share: networks of `chain` as snapshots, and what they compute. */
#ifndef NASBED_TESTS_MORPHISM_FIXTURE_H
#define NASBED_TESTS_MORPHISM_FIXTURE_H

#include "evaluator/morphism.h"
#include "spaces/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOVES_MOST = 16 };

static const double EPSILON = 1e-5;

/* Where everything runs. */
struct laboratory {
    const struct space *chain;
    struct skeleton skeleton;
    struct workspace workspace;
    const struct kernels *kernels;
    int blocks; /* of images */
};

/* An architecture with its graph and what it has learned. */
struct specimen {
    struct architecture architecture;
    struct graph graph;
    struct snapshot snapshot;
};

static inline struct graph fixture_graph(const struct laboratory *lab,
                                         const struct architecture *architecture)
{
    struct graph full = {0}, graph = {0};
    struct error error;
    if (lab->chain->graph(architecture, &lab->skeleton, &full, &error) ||
        graph_simplify(&full, &graph, &error))
        fail_msg("%s", error.text);
    graph_free(&full);
    return graph;
}

static inline struct network fixture_network(struct laboratory *lab, const struct graph *graph,
                                             int blocks)
{
    struct network network;
    struct error error;
    if (network_open(&network, graph, blocks, &lab->workspace, lab->kernels, 0.1, EPSILON, &error))
        fail_msg("%s", error.text);
    return network;
}

static inline struct specimen fixture_copy(const struct laboratory *lab,
                                           const struct specimen *specimen)
{
    struct specimen copy = {.architecture = specimen->architecture,
                            .graph = fixture_graph(lab, &specimen->architecture)};
    struct error error;
    assert_int_equal(snapshot_copy(&copy.snapshot, &specimen->snapshot, &error), 0);
    return copy;
}

static inline void fixture_free(struct specimen *specimen)
{
    snapshot_free(&specimen->snapshot);
    graph_free(&specimen->graph);
}

/* Logits [blocks][classes][16] of all images; `out` has lab->blocks x 16 x classes. */
static inline void fixture_logits(struct laboratory *lab, const struct specimen *specimen,
                                  const real *images, bool training, double *out)
{
    struct network network = fixture_network(lab, &specimen->graph, lab->blocks);
    const struct tensor *input = &network.plan.tensor[network.plan.step[0].output];
    snapshot_put(&specimen->snapshot, &network);
    memcpy(network_input(&network), images, input->size * sizeof(real));
    network_forward(&network, lab->blocks, training);
    for (int i = 0; i < lab->blocks * LANES * network.plan.classes; i++)
        out[i] = (double)network_logits(&network)[i];
    network_close(&network);
}

/* The length of the difference, relative to the length of `a`. */
static inline double fixture_distance(const double *a, const double *b, int n)
{
    double difference = 0, scale = 0;
    for (int i = 0; i < n; i++) {
        difference += (a[i] - b[i]) * (a[i] - b[i]);
        scale += a[i] * a[i];
    }
    return sqrt(difference / scale);
}

/* The largest difference, relative to the largest value of `a`. */
static inline double fixture_change(const double *a, const double *b, int n)
{
    double difference = 0, scale = 0;
    for (int i = 0; i < n; i++) {
        difference = fmax(difference, fabs(a[i] - b[i]));
        scale = fmax(scale, fabs(a[i]));
    }
    return difference / scale;
}

static inline struct architecture fixture_parse(const struct laboratory *lab, const char *text)
{
    struct architecture a;
    struct error error;
    if (lab->chain->parse(text, &a, &error))
        fail_msg("%s", error.text);
    return a;
}

/* Apply a move; the specimen becomes its child. */
static inline void fixture_apply(const struct laboratory *lab, struct specimen *specimen,
                                 const struct space_move *move, const struct morphism *morphism,
                                 const struct morphism_site *site, struct random_stream *stream)
{
    struct specimen child = {.architecture = move->to, .graph = fixture_graph(lab, &move->to)};
    struct error error;
    if (morphism_apply(&child.snapshot, &specimen->snapshot, move, &child.graph, morphism, site,
                       stream, &error))
        fail_msg("%s", error.text);
    fixture_free(specimen);
    *specimen = child;
}

#endif
