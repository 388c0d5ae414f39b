/* Cost, counted instead of computed: every convolution and linear layer of 50 random architectures of
 * each space under three skeletons runs through the reference kernels, which count their multiply-accumulates; parameters are
 * those that the trainer's plan lays out. */
#include "evaluator/network.h"
#include "evaluator/reference.h"
#include "spaces/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { ARCHITECTURES = 50, SKELETONS = 3 };

static real *zeros(size_t n)
{
    real *data = aligned_alloc(64, (n * sizeof *data + 63) / 64 * 64);
    assert_non_null(data);
    memset(data, 0, n * sizeof *data);
    return data;
}

static uint64_t run_conv(const struct conv *c)
{
    uint64_t macs = 0;
    real *x = zeros((size_t)c->in_channels * tensor_plane(c->in_rows, c->in_columns) * LANES);
    real *y = zeros((size_t)c->out_channels * tensor_plane(c->out_rows, c->out_columns) * LANES);
    real *w = zeros((size_t)(c->in_channels / c->groups * c->out_channels * c->kernel * c->kernel));
    reference_conv_forward(c, 1, x, w, y, NULL, &macs);
    free(x);
    free(y);
    free(w);
    return macs;
}

/* Multiply-accumulates of one image through a graph, dead edges included. */
static uint64_t run_graph(const struct graph *g)
{
    uint64_t macs = 0;
    for (int n = 0; n < g->nodes; n++) {
        const struct node *node = &g->node[n];
        if (node->op != OP_CONV && node->op != OP_LINEAR)
            continue;
        const struct node *in = &g->node[g->edge[node->first]];
        struct conv c = {.in_channels = in->channels,
                         .in_rows = in->rows,
                         .in_columns = in->columns,
                         .out_channels = node->channels,
                         .out_rows = node->rows,
                         .out_columns = node->columns,
                         .kernel = 1,
                         .stride = 1,
                         .dilation = 1,
                         .groups = 1};
        if (node->op == OP_CONV) {
            c.kernel = node->kernel;
            c.stride = node->stride;
            c.padding = node->padding;
            c.dilation = node->dilation;
            c.groups = node->groups;
        }
        macs += run_conv(&c);
    }
    return macs;
}

/* Parameters that the trainer would step, without the padding between them. */
static uint64_t laid_out(const struct graph *g)
{
    struct plan plan;
    struct error error;
    uint64_t params = 0;
    assert_int_equal(plan_init(&plan, g, 1, PLAN_TRAINING, &error), 0);
    for (int i = 0; i < plan.steps; i++) {
        const struct step *s = &plan.step[i];
        const struct conv *c = &s->conv;
        if (s->kind == STEP_CONV || s->kind == STEP_LINEAR)
            params +=
                (uint64_t)(c->out_channels * (c->in_channels / c->groups) * c->kernel * c->kernel);
        if (s->kind == STEP_LINEAR)
            params += (uint64_t)c->out_channels;
    }
    for (int i = 0; i < plan.norms; i++)
        params += plan.norm[i].affine ? 2 * (uint64_t)plan.norm[i].channels : 0;
    plan_free(&plan);
    return params;
}

/* `extra`: what the published count has beside the graph's. */
static void check_counted(const char *name, const struct skeleton *skeleton, uint64_t extra)
{
    struct error error;
    const struct space *space = space_find(name, &error);
    struct random_stream stream = random_stream(12, RANDOM_TEST, 0, 0);
    assert_non_null(space);
    for (int i = 0; i < ARCHITECTURES; i++) {
        struct architecture a;
        struct graph full = {0}, simple = {0};
        struct cost cost;
        architecture_random(space, &stream, &a);
        assert_int_equal(architecture_cost(space, skeleton, &a, &cost, &error), 0);
        assert_int_equal(space->graph(&a, skeleton, &full, &error), 0);
        assert_int_equal(graph_simplify(&full, &simple, &error), 0);
        assert_int_equal(cost.macs, run_graph(&full) + extra);
        assert_int_equal(cost.train_macs, run_graph(&simple));
        assert_int_equal(cost.params, graph_params(&full));
        assert_int_equal(graph_params(&simple), laid_out(&simple));
        graph_free(&full);
        graph_free(&simple);
    }
}

/* The benchmark counts the linear layer's bias as one operation each. */
static void test_cell(void **state)
{
    (void)state;
    static const struct skeleton skeletons[SKELETONS] = {
        {3, 16, 10, 8, 1, 2}, {3, 16, 10, 5, 2, 1}, {1, 8, 7, 4, 3, 1}};
    for (int k = 0; k < SKELETONS; k++)
        check_counted("cell", &skeletons[k], (uint64_t)skeletons[k].classes);
}

static void test_chain(void **state)
{
    (void)state;
    static const struct skeleton skeletons[SKELETONS] = {
        {.input_channels = 3, .input_size = 32, .classes = 10, .channels = 4},
        {.input_channels = 3, .input_size = 16, .classes = 10, .channels = 5},
        {.input_channels = 1, .input_size = 8, .classes = 7, .channels = 1}};
    for (int k = 0; k < SKELETONS; k++)
        check_counted("chain", &skeletons[k], 0);
}

/* As the benchmark counts: no bias of the linear layer. */
static void test_macro(void **state)
{
    (void)state;
    static const struct skeleton skeletons[SKELETONS] = {
        {.input_channels = 3, .input_size = 32, .classes = 10, .channels = 2},
        {.input_channels = 3, .input_size = 16, .classes = 10, .channels = 5},
        {.input_channels = 1, .input_size = 8, .classes = 7, .channels = 1}};
    for (int k = 0; k < SKELETONS; k++)
        check_counted("macro", &skeletons[k], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cell), cmocka_unit_test(test_chain),
                                       cmocka_unit_test(test_macro)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
