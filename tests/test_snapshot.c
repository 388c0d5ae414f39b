/* Snapshots: tensors by their meaning, copies, and trainings that go on as if never interrupted. */
#include "evaluator/snapshot.h"
#include "spaces/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 2, IMAGES = BLOCKS * LANES, STEPS = 6 };

static void free_workspace(struct workspace *workspace)
{
    free(workspace->arena);
    free(workspace->weights);
}

static struct graph graph_of(const char *space_name, const char *text,
                             const struct skeleton *skeleton)
{
    struct architecture a;
    struct graph full = {0}, graph = {0};
    struct error error;
    const struct space *space = space_find(space_name, &error);
    assert_non_null(space);
    if (space->parse(text, &a, &error) || space->graph(&a, skeleton, &full, &error) ||
        graph_simplify(&full, &graph, &error))
        fail_msg("%s", error.text);
    graph_free(&full);
    return graph;
}

static const struct skeleton small_chain = {
    .input_channels = 2, .input_size = 8, .classes = 3, .channels = 2};

static struct network open_network(const struct graph *graph, struct workspace *workspace)
{
    struct network network;
    struct error error;
    if (network_open(&network, graph, BLOCKS, workspace, kernels_find(NULL), 0.1, 1e-5, &error))
        fail_msg("%s", error.text);
    return network;
}

static void train(struct network *network, int from, int to)
{
    uint8_t labels[IMAGES];
    for (int step = from; step < to; step++) {
        struct random_stream stream = random_stream(5, RANDOM_TEST, 0, (uint32_t)step);
        size_t n = network->plan.tensor[network->plan.step[0].output].size;
        for (size_t i = 0; i < n; i++)
            network_input(network)[i] = (real)random_normal(&stream);
        for (int i = 0; i < IMAGES; i++)
            labels[i] = (uint8_t)random_below(&stream, (uint32_t)network->plan.classes);
        network_forward(network, BLOCKS, true);
        (void)network_loss(network, labels, IMAGES, 0, true);
        network_backward(network);
        network_step(network, 0.1, 0.9, 5e-4, true);
    }
}

static void test_meaning(void **state)
{
    (void)state;
    static const struct {
        int layer;
        enum role role;
        int out, in, kernel;
    } expected[] = {
        {0, ROLE_KERNEL, 2, 2, 5},   {0, ROLE_GAIN, 2, 1, 1},     {0, ROLE_OFFSET, 2, 1, 1},
        {0, ROLE_MEAN, 2, 1, 1},     {0, ROLE_VARIANCE, 2, 1, 1}, {1, ROLE_KERNEL, 2, 2, 3},
        {1, ROLE_GAIN, 2, 1, 1},     {1, ROLE_OFFSET, 2, 1, 1},   {1, ROLE_MEAN, 2, 1, 1},
        {1, ROLE_VARIANCE, 2, 1, 1}, {2, ROLE_KERNEL, 8, 2, 3},   {2, ROLE_GAIN, 8, 1, 1},
        {2, ROLE_OFFSET, 8, 1, 1},   {2, ROLE_MEAN, 8, 1, 1},     {2, ROLE_VARIANCE, 8, 1, 1},
        {4, ROLE_KERNEL, 8, 8, 5},   {4, ROLE_GAIN, 8, 1, 1},     {4, ROLE_OFFSET, 8, 1, 1},
        {4, ROLE_MEAN, 8, 1, 1},     {4, ROLE_VARIANCE, 8, 1, 1}, {-1, ROLE_KERNEL, 3, 8, 1},
        {-1, ROLE_BIAS, 3, 1, 1}};
    struct graph graph = graph_of("chain", "w:5-3+skip/4w:3/4w:5", &small_chain);
    struct snapshot s;
    struct error error;
    assert_int_equal(snapshot_init(&s, &graph, &error), 0);
    assert_int_equal(s.parameters, sizeof expected / sizeof *expected);
    size_t size = 0;
    for (int i = 0; i < s.parameters; i++) {
        const struct parameter *p = snapshot_find(&s, expected[i].layer, expected[i].role, 0);
        assert_ptr_equal(p, &s.parameter[i]);
        assert_int_equal(p->out, expected[i].out);
        assert_int_equal(p->in, expected[i].in);
        assert_int_equal(p->kernel, expected[i].kernel);
        assert_int_equal(p->count, p->out * p->in * p->kernel * p->kernel);
        assert_int_equal(p->first, size);
        assert_ptr_equal(snapshot_value(&s, p->layer, p->role), s.value + size);
        size += p->count;
    }
    assert_int_equal(s.size, size);
    assert_null(snapshot_find(&s, 3, ROLE_KERNEL, 0));
    assert_null(snapshot_find(&s, 0, ROLE_KERNEL, 1));
    assert_null(snapshot_find(&s, 0, ROLE_BIAS, 0));
    snapshot_free(&s);
    graph_free(&graph);
}

/* What network_initialise promises of every tensor, by its role; kernels from the stream of their node. */
static void check_initial(const struct snapshot *s, const struct parameter *p,
                          const struct graph *graph)
{
    const struct node *node = &graph->node[p->node];
    const real *value = s->value + p->first;
    double expected[] = {
        [ROLE_BIAS] = 0, [ROLE_GAIN] = 1, [ROLE_OFFSET] = 0, [ROLE_MEAN] = 0, [ROLE_VARIANCE] = 1};
    assert_int_equal(p->layer, node->layer);
    struct random_stream stream = random_stream(7, RANDOM_INIT, 0, (uint32_t)p->node);
    double deviation = node->op == OP_LINEAR
                           ? 0.01
                           : sqrt(2.0 / (p->kernel * p->kernel * p->out / (double)node->groups));
    for (size_t i = 0; i < p->count; i++) {
        double wanted =
            p->role == ROLE_KERNEL ? deviation * random_normal(&stream) : expected[p->role];
        assert_true(value[i] == (real)wanted);
        assert_true(s->moment[p->first + i] == 0);
    }
}

/* Also of a space in which many tensors share a layer's number: `turn` tells them apart. */
static void test_initial_values(void **state)
{
    (void)state;
    const struct skeleton cell = {3, 8, 10, 4, 2, 1};
    struct graph graphs[] = {
        graph_of("chain", "2w:5-3/2w:3-5+skip/4w:5", &small_chain),
        graph_of("cell",
                 "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|avg_pool_3x3~0|"
                 "nor_conv_1x1~1|nor_conv_3x3~2|",
                 &cell)};
    for (int g = 0; g < 2; g++) {
        struct workspace workspace = {0};
        struct network network = open_network(&graphs[g], &workspace);
        struct snapshot s;
        struct error error;
        network_initialise(&network, INITIALISE_FAN_OUT, 7);
        assert_int_equal(snapshot_init(&s, &graphs[g], &error), 0);
        snapshot_take(&s, &network);
        assert_int_equal(s.size - (size_t)network.plan.running, graph_params(&graphs[g]));
        for (int i = 0; i < s.parameters; i++) {
            const struct parameter *p = &s.parameter[i];
            check_initial(&s, p, &graphs[g]);
            assert_ptr_equal(snapshot_find(&s, p->layer, p->role, p->turn), p);
        }
        assert_int_equal(s.seed, 7);
        snapshot_free(&s);
        network_close(&network);
        free_workspace(&workspace);
        graph_free(&graphs[g]);
    }
}

/* A network with everything that a plan lays out: a norm that is not a convolution's, one without affine,
 * a grouped convolution, and dropout, whose draws depend on the steps taken. */
static struct graph make_mixed(void)
{
    struct graph g = {0};
    int x = graph_conv(&g, graph_input(&g, 2, 8, 8), 4, 3, 1, 1, 1, 1);
    x = graph_batch_norm(&g, graph_relu(&g, x), true);
    x = graph_batch_norm(&g, graph_conv(&g, x, 4, 3, 2, 1, 1, 2), false);
    x = graph_drop(&g, OP_DROPOUT, graph_relu(&g, x), 0.3f);
    (void)graph_linear(&g, graph_global_pool(&g, x), 3);
    return g;
}

/* Interrupted after half of the steps, in another workspace with something else in it. */
static void check_goes_on(const struct graph *graph)
{
    struct workspace one = {0}, other = {0};
    struct network whole = open_network(graph, &one);
    struct snapshot half, end, again;
    struct error error;
    network_initialise(&whole, INITIALISE_FAN_OUT, 3);
    train(&whole, 0, STEPS / 2);
    assert_int_equal(snapshot_init(&half, graph, &error), 0);
    assert_int_equal(snapshot_init(&end, graph, &error), 0);
    snapshot_take(&half, &whole);
    train(&whole, STEPS / 2, STEPS);
    snapshot_take(&end, &whole);
    assert_int_equal(snapshot_copy(&again, &half, &error), 0);
    struct network resumed = open_network(graph, &other);
    network_initialise(&resumed, INITIALISE_FAN_OUT, 99);
    train(&resumed, 0, 2);
    snapshot_put(&again, &resumed);
    train(&resumed, STEPS / 2, STEPS);
    snapshot_take(&again, &resumed);
    assert_memory_equal(again.value, end.value, end.size * sizeof(real));
    assert_memory_equal(again.moment, end.moment, end.size * sizeof(real));
    assert_memory_not_equal(half.value, end.value, end.size * sizeof(real));
    assert_int_equal(again.steps, STEPS);
    assert_int_equal(again.seed, 3);
    snapshot_free(&half);
    snapshot_free(&end);
    snapshot_free(&again);
    network_close(&whole);
    network_close(&resumed);
    free_workspace(&one);
    free_workspace(&other);
}

static void test_training_goes_on(void **state)
{
    (void)state;
    struct graph chain = graph_of("chain", "2w:5-3+skip/2w:3/8w:3-5", &small_chain);
    struct graph mixed = make_mixed();
    check_goes_on(&chain);
    check_goes_on(&mixed);
    graph_free(&chain);
    graph_free(&mixed);
}

static void test_copies_share_nothing(void **state)
{
    (void)state;
    struct graph graph = graph_of("chain", "w:3/2w:3/4w:3", &small_chain);
    struct snapshot s, copy;
    struct error error;
    assert_int_equal(snapshot_init(&s, &graph, &error), 0);
    assert_int_equal(snapshot_copy(&copy, &s, &error), 0);
    copy.value[0] = copy.moment[0] = 1;
    copy.parameter[0].layer = 9;
    assert_true(s.value[0] == 0 && s.moment[0] == 0);
    assert_int_equal(s.parameter[0].layer, 0);
    snapshot_free(&s);
    assert_true(copy.value[0] == 1);
    assert_int_equal(copy.parameters, 17);
    snapshot_free(&copy);
    assert_null(copy.value);
    graph_free(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meaning), cmocka_unit_test(test_initial_values),
        cmocka_unit_test(test_training_goes_on), cmocka_unit_test(test_copies_share_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
