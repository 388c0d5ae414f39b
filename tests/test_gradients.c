/* Finite differences of every operation and of whole networks, all weights. Strict in the
 * double-precision build (NASBED_DOUBLE); in float this only checks that nothing is far off. */
#include "base/random.h"
#include "evaluator/network.h"
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

#ifdef NASBED_DOUBLE
static const double STEP = 1e-6, TOLERANCE = 2e-6;
#else
static const double STEP = 2e-3, TOLERANCE = 0.1;
#endif

enum { SIZE = 9, BLOCKS = 2, IMAGES = BLOCKS * LANES };

struct fixture {
    struct workspace workspace;
    struct network network;
    uint8_t labels[IMAGES];
};

static double loss_at(struct fixture *f)
{
    network_forward(&f->network, BLOCKS, true);
    return network_loss(&f->network, f->labels, IMAGES, 0.1, false).sum / IMAGES;
}

/* The largest |analytic - numeric| over `most` weights (all, if there are fewer), relative to the
 * largest gradient of the network. */
static double worst_error(struct fixture *f, int most, uint64_t seed)
{
    struct network *n = &f->network;
    size_t weights = n->plan.weights;
    network_forward(n, BLOCKS, true);
    (void)network_loss(n, f->labels, IMAGES, 0.1, true);
    memset(n->gradient, 0, weights * sizeof(real));
    network_backward(n);
    real *analytic = malloc(weights * sizeof(real));
    memcpy(analytic, n->gradient, weights * sizeof(real));
    double scale = 1e-3, worst = 0;
    for (size_t i = 0; i < weights; i++)
        scale = fmax(scale, fabs((double)analytic[i]));
    struct random_stream stream = random_stream(seed, RANDOM_TEST, 0, 0);
    int count = weights < (size_t)most ? (int)weights : most;
    for (int k = 0; k < count; k++) {
        size_t i = count == (int)weights ? (size_t)k : random_below(&stream, (uint32_t)weights);
        real was = n->weights[i];
        n->weights[i] = was + (real)STEP;
        double up = loss_at(f);
        n->weights[i] = was - (real)STEP;
        double down = loss_at(f);
        n->weights[i] = was;
        double numeric = (up - down) / (2 * STEP);
        worst = fmax(worst, fabs(numeric - (double)analytic[i]) / scale);
    }
    free(analytic);
    return worst;
}

static void check(const char *name, const struct graph *graph, int most)
{
    struct fixture f = {0};
    struct error error;
    assert_false(graph->failed);
    if (network_open(&f.network, graph, BLOCKS, &f.workspace, kernels_at(0), 0.1, 1e-5, &error))
        fail_msg("%s: %s", name, error.text);
    network_initialise(&f.network, INITIALISE_FAN_OUT, 3);
    struct random_stream stream = random_stream(4, RANDOM_TEST, 0, 0);
    /* Away from the neutral start: gains 1 and offsets 0 hide mistakes. */
    for (size_t i = 0; i < f.network.plan.weights; i++)
        f.network.weights[i] += (real)(0.2 * random_normal(&stream));
    for (size_t i = 0; i < f.network.plan.tensor[0].size; i++)
        network_input(&f.network)[i] = (real)random_normal(&stream);
    for (int i = 0; i < IMAGES; i++)
        f.labels[i] = (uint8_t)random_below(&stream, (uint32_t)f.network.plan.classes);
    double worst = worst_error(&f, most, 5);
    if (!(worst < TOLERANCE))
        fail_msg("%s: relative error %.3g", name, worst);
    network_close(&f.network);
    free(f.workspace.arena);
    free(f.workspace.weights);
}

/* input -> conv -> OPERATION -> conv -> global pool -> linear: gradients must pass through it. */
static void finish(struct graph *g, int from, const char *name)
{
    int c = graph_conv(g, from, 3, 3, 1, 1, 1, 1);
    (void)graph_linear(g, graph_global_pool(g, c), 4);
    check(name, g, 400);
    graph_free(g);
}

static int begin(struct graph *g)
{
    *g = (struct graph){0};
    return graph_conv(g, graph_input(g, 2, SIZE, SIZE), 4, 3, 1, 1, 1, 1);
}

static void test_convolutions(void **state)
{
    (void)state;
    static const int shapes[][6] = {/* out, kernel, stride, padding, dilation, groups */
                                    {5, 3, 1, 1, 1, 1}, {4, 1, 1, 0, 1, 1}, {6, 5, 1, 2, 1, 1},
                                    {5, 3, 2, 1, 1, 1}, {4, 3, 1, 2, 2, 1}, {4, 3, 1, 1, 1, 4},
                                    {6, 3, 2, 1, 1, 2}, {3, 1, 2, 0, 1, 1}, {4, 5, 2, 2, 1, 2}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct graph g;
        int x = begin(&g);
        const int *s = shapes[i];
        finish(&g, graph_conv(&g, x, s[0], s[1], s[2], s[3], s[4], s[5]), "convolution");
    }
}

static void test_norm_and_relu(void **state)
{
    (void)state;
    struct graph g;
    int x = begin(&g);
    finish(&g, graph_batch_norm(&g, x, true), "affine batch norm");
    x = begin(&g);
    finish(&g, graph_batch_norm(&g, x, false), "batch norm without affine");
    x = begin(&g);
    finish(&g, graph_relu(&g, x), "ReLU of a convolution");
    x = begin(&g);
    finish(&g, graph_relu(&g, graph_batch_norm(&g, x, true)), "ReLU of a batch norm");
    x = begin(&g);
    finish(&g, graph_batch_norm(&g, graph_relu(&g, x), true), "batch norm of a ReLU");
    x = begin(&g);
    finish(&g, graph_batch_norm(&g, graph_batch_norm(&g, x, true), true), "batch norm twice");
}

static void test_pools(void **state)
{
    (void)state;
    static const int shapes[][3] = {{3, 1, 1}, {2, 2, 0}, {3, 2, 1}};
    for (size_t i = 0; i < 3; i++) {
        struct graph g;
        int x = begin(&g);
        const int *s = shapes[i];
        finish(&g, graph_pool(&g, OP_AVG_POOL, x, s[0], s[1], s[2]), "mean pool");
        x = begin(&g);
        finish(&g, graph_pool(&g, OP_MAX_POOL, x, s[0], s[1], s[2]), "max pool");
        x = begin(&g);
        finish(&g, graph_pool(&g, OP_AVG_POOL, graph_relu(&g, x), s[0], s[1], s[2]),
               "mean pool of a ReLU");
        x = begin(&g);
        finish(&g, graph_relu(&g, graph_pool(&g, OP_MAX_POOL, x, s[0], s[1], s[2])),
               "ReLU of a max pool");
    }
}

static void test_sums(void **state)
{
    (void)state;
    struct graph g;
    int x = begin(&g);
    finish(&g, graph_sum(&g, (int[]){x, x}, 2), "x + x");
    x = begin(&g);
    int n = graph_batch_norm(&g, x, true);
    finish(&g, graph_sum(&g, (int[]){n, x}, 2), "batch norm + its input");
    x = begin(&g);
    n = graph_batch_norm(&g, x, true);
    int r = graph_relu(&g, n);
    finish(&g, graph_sum(&g, (int[]){n, r, n}, 3), "batch norm read twice, and its ReLU");
    x = begin(&g);
    int a = graph_batch_norm(&g, graph_conv(&g, graph_relu(&g, x), 4, 3, 1, 1, 1, 1), true);
    int b = graph_batch_norm(&g, graph_conv(&g, graph_relu(&g, x), 4, 1, 1, 0, 1, 1), true);
    int s = graph_sum(&g, (int[]){a, b, x, graph_pool(&g, OP_AVG_POOL, x, 3, 1, 1)}, 4);
    int t = graph_batch_norm(&g, graph_conv(&g, graph_relu(&g, s), 4, 3, 1, 1, 1, 1), true);
    finish(&g, graph_relu(&g, graph_sum(&g, (int[]){t, s, x}, 3)), "a cell by hand");
    x = begin(&g);
    r = graph_relu(&g, x);
    s = graph_sum(&g, (int[]){r, x, r}, 3);
    finish(&g, graph_sum(&g, (int[]){s, graph_relu(&g, s)}, 2), "ReLU read by a sum");
}

static void test_concat_and_drop(void **state)
{
    (void)state;
    struct graph g;
    int x = begin(&g);
    int a = graph_batch_norm(&g, graph_conv(&g, x, 3, 3, 1, 1, 1, 1), true);
    finish(&g, graph_concat(&g, (int[]){a, x, graph_relu(&g, a)}, 3), "concatenation");
    x = begin(&g);
    int r = graph_relu(&g, graph_batch_norm(&g, x, true));
    finish(&g, graph_relu(&g, graph_concat(&g, (int[]){r, r}, 2)), "twice the same, concatenated");
    x = begin(&g);
    finish(&g, graph_drop(&g, OP_DROPOUT, graph_relu(&g, x), 0.4f), "dropout");
    x = begin(&g);
    a = graph_drop(&g, OP_DROP_PATH, graph_batch_norm(&g, x, true), 0.3f);
    finish(&g, graph_sum(&g, (int[]){a, x}, 2), "drop-path");
}

static void check_architecture(const char *name, const char *text, const struct skeleton *skeleton)
{
    struct architecture a;
    struct error error;
    struct graph full = {0}, g = {0};
    const struct space *space = space_find(name, &error);
    assert_non_null(space);
    assert_int_equal(space->parse(text, &a, &error), 0);
    assert_int_equal(space->graph(&a, skeleton, &full, &error), 0);
    assert_int_equal(graph_simplify(&full, &g, &error), 0);
    check(text, &g, 300);
    graph_free(&full);
    graph_free(&g);
}

/* Inverted residuals with and without a sum, strided and not, and stages that begin with an identity. */
static void test_macro(void **state)
{
    (void)state;
    static const struct skeleton skeleton = {
        .input_channels = 3, .input_size = 16, .classes = 10, .channels = 1};
    check_architecture("macro", "10220012", &skeleton);
    check_architecture("macro", "02101020", &skeleton);
#ifdef NASBED_DOUBLE /* too narrow for differences in single precision */
    check_architecture("macro", "00000000", &skeleton);
#endif
}

static void test_cells(void **state)
{
    (void)state;
    static const char *const cells[] = {
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_"
        "3x3~2|",
        "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|avg_pool_3x3~0|skip_connect~1|nor_conv_"
        "3x3~2|",
        "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_"
        "connect~2|",
        "|avg_pool_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|avg_pool_3x3~2|",
        "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
        "|nor_conv_1x1~0|+|none~0|avg_pool_3x3~1|+|nor_conv_3x3~0|none~1|skip_connect~2|"};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        /* 24 x 24: the first stage has more than 64 pixels and goes block by block. */
        const struct skeleton skeleton = {3, i % 2 ? 8 : 24, 10, 4, 1, 2};
        check_architecture("cell", cells[i], &skeleton);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_convolutions),
                                       cmocka_unit_test(test_norm_and_relu),
                                       cmocka_unit_test(test_pools),
                                       cmocka_unit_test(test_sums),
                                       cmocka_unit_test(test_concat_and_drop),
                                       cmocka_unit_test(test_cells),
                                       cmocka_unit_test(test_macro)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
