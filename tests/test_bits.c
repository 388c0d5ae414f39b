/* The same bits: 64 training steps (protocol smoke on made-up images) of four cells, and of a network
 * with all other operations, give the weights they gave when this numerics version was made: with every
 * instruction set of this machine, on one thread and on two. ./check runs it at -O3 and at -O2. */
#include "base/pool.h"
#include "base/random.h"
#include "evaluator/kernels/kernels.h"
#include "evaluator/trainer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = 6, IMAGES = 2048, BYTES = 3 * 32 * 32, WORKERS = 2 };

#define ZOO "the zoo"

/* Made by this program on the day its numerics version was set; a difference means that every table
 * and trace has to be made again under a new version. */
static const struct {
    const char *cell, *weights;
} golden[CELLS] = {
    {"|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~"
     "2|",
     "74e0547ceccec69b7a5df05a08679614"},
    {"|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|avg_pool_3x3~0|skip_connect~1|nor_conv_3x3~"
     "2|",
     "31f86e8f77dbe63bf3529c3e3fdda7c9"},
    {"|avg_pool_3x3~0|+|none~0|avg_pool_3x3~1|+|nor_conv_1x1~0|none~1|nor_conv_1x1~2|",
     "60a3b8567d2cf3ed4462ff71c3ce782a"},
    {"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", "0e395b765ed03973f53e9f893a1318b3"},
    {ZOO, "f4c10d0437c7333272b89c052038cbc5"},
    {"10220012", "7b630ccf35f461f5e482aef3b9b99312"}}; /* of `macro`, which came after that day */

/* Every operation that no cell has: depthwise, dilated, grouped and 5x5 convolutions, maximum pooling,
 * concatenation, dropout, drop-path, a batch norm without affine. */
static void make_zoo(struct graph *g)
{
    int x = graph_conv(g, graph_input(g, 3, 32, 32), 8, 3, 2, 1, 1, 1);
    x = graph_relu(g, graph_batch_norm(g, x, true));
    int deep = graph_conv(g, graph_conv(g, x, 8, 3, 1, 1, 1, 8), 8, 1, 1, 0, 1, 1);
    int wide = graph_conv(g, x, 8, 5, 1, 2, 1, 1), thin = graph_conv(g, x, 8, 3, 1, 2, 2, 2);
    int path = graph_drop(g, OP_DROP_PATH, graph_batch_norm(g, deep, false), 0.2f);
    int sum = graph_sum(g, (int[]){path, graph_batch_norm(g, wide, true), x}, 3);
    int both = graph_concat(g, (int[]){sum, graph_batch_norm(g, thin, true)}, 2);
    x = graph_pool(g, OP_MAX_POOL, graph_relu(g, both), 3, 2, 1);
    x = graph_batch_norm(g, graph_conv(g, x, 12, 7, 2, 3, 1, 4), true);
    x = graph_pool(g, OP_AVG_POOL, graph_relu(g, x), 2, 2, 0);
    x = graph_drop(g, OP_DROPOUT, graph_global_pool(g, x), 0.3f);
    (void)graph_linear(g, x, 10);
}

struct job {
    const struct trainer *trainer;
    struct workspace **workspace;
    struct graph graph;
    uint64_t seed;
    struct training_result result;
    struct error error;
    int status;
};

static void train(void *argument, int worker)
{
    struct job *job = argument;
    job->status = trainer_train(job->trainer, &job->graph, job->seed, 4, true,
                                job->workspace[worker], NULL, NULL, &job->result, &job->error);
}

static void submit_all(void *argument)
{
    struct job *jobs = argument;
    for (int i = 0; i < CELLS; i++)
        pool_submit(train, &jobs[i]);
    pool_wait();
}

static void make_data(struct dataset *data)
{
    *data = (struct dataset){.name = "cifar10",
                             .channels = 3,
                             .rows = 32,
                             .columns = 32,
                             .classes = 10,
                             .train_count = IMAGES,
                             .test_count = IMAGES,
                             .mean = {0.5f, 0.4f, 0.3f},
                             .deviation = {0.2f, 0.25f, 0.3f}};
    uint8_t *images = malloc((size_t)IMAGES * BYTES), *labels = malloc(IMAGES);
    assert_non_null(images);
    assert_non_null(labels);
    struct random_stream stream = random_stream(11, RANDOM_TEST, 0, 0);
    for (int i = 0; i < IMAGES; i++) {
        labels[i] = (uint8_t)random_below(&stream, 10);
        /* Something to learn: brightness follows the label. */
        for (int k = 0; k < BYTES; k++)
            images[(size_t)i * BYTES + (size_t)k] =
                (uint8_t)(random_below(&stream, 128) + 12u * labels[i]);
    }
    data->train_image = data->test_image = images;
    data->train_label = data->test_label = labels;
}

static void check(const struct kernels *kernels, int workers)
{
    struct protocol protocol;
    struct dataset data;
    struct trainer *trainer;
    struct error error;
    struct job jobs[CELLS] = {{0}};
    struct workspace *workspace[WORKERS] = {workspace_open(), workspace_open()};
    const struct skeleton skeleton = {.input_channels = 3,
                                      .input_size = 32,
                                      .classes = 10,
                                      .channels = 4,
                                      .cells = 1,
                                      .stem_stride = 2};
    assert_int_equal(setenv("NASBED_KERNELS", kernels->name, 1), 0);
    assert_int_equal(protocol_open(&protocol, "smoke", &error), 0);
    make_data(&data);
    assert_int_equal(trainer_open(&trainer, &protocol, &data, &error), 0);
    for (int i = 0; i < CELLS; i++) {
        struct architecture a;
        struct graph full = {0};
        jobs[i] = (struct job){.trainer = trainer, .workspace = workspace, .seed = (uint64_t)i};
        if (strcmp(golden[i].cell, ZOO) == 0) {
            make_zoo(&jobs[i].graph);
            continue;
        }
        const struct space *space = space_find(golden[i].cell[0] == '|' ? "cell" : "macro", &error);
        assert_int_equal(space->parse(golden[i].cell, &a, &error), 0);
        assert_int_equal(space->graph(&a, &skeleton, &full, &error), 0);
        assert_int_equal(graph_simplify(&full, &jobs[i].graph, &error), 0);
        graph_free(&full);
    }
    pool_run(workers, submit_all, jobs);
    for (int i = 0; i < CELLS; i++) {
        char text[DIGEST_TEXT];
        if (jobs[i].status)
            fail_msg("%s: %s", golden[i].cell, jobs[i].error.text);
        digest_print(jobs[i].result.weights, text);
        if (strcmp(text, golden[i].weights) != 0)
            fail_msg("%s, %s, %d threads: weights are %s, were %s", golden[i].cell, kernels->name,
                     workers, text, golden[i].weights);
        graph_free(&jobs[i].graph);
    }
    trainer_close(trainer);
    free(data.train_image);
    free(data.train_label);
    protocol_close(&protocol);
    for (int i = 0; i < WORKERS; i++)
        workspace_close(workspace[i]);
}

static void test_kernels_and_threads(void **state)
{
    (void)state;
#ifdef NASBED_DOUBLE
    skip(); /* other numbers by design */
#endif
    for (int t = 0; kernels_at(t); t++)
        for (int workers = 1; workers <= WORKERS; workers++)
            check(kernels_at(t), workers);
}

/* A stop at a point is the same run, cut: the curve up to there is equal, and seeds differ. */
static void test_prefix_and_seed(void **state)
{
    (void)state;
    struct protocol protocol;
    struct dataset data;
    struct trainer *trainer;
    struct error error;
    struct training_result whole, cut, other;
    struct workspace *workspace = workspace_open();
    const struct space *space = space_find("cell", &error);
    const struct skeleton skeleton = {.input_channels = 3,
                                      .input_size = 32,
                                      .classes = 10,
                                      .channels = 4,
                                      .cells = 1,
                                      .stem_stride = 2};
    struct architecture a;
    struct graph full = {0}, graph = {0};
    assert_int_equal(unsetenv("NASBED_KERNELS"), 0);
    assert_int_equal(protocol_open(&protocol, "smoke", &error), 0);
    make_data(&data);
    assert_int_equal(trainer_open(&trainer, &protocol, &data, &error), 0);
    assert_int_equal(space->parse(golden[1].cell, &a, &error), 0);
    assert_int_equal(space->graph(&a, &skeleton, &full, &error), 0);
    assert_int_equal(graph_simplify(&full, &graph, &error), 0);
    assert_int_equal(
        trainer_train(trainer, &graph, 5, 4, true, workspace, NULL, NULL, &whole, &error), 0);
    assert_int_equal(
        trainer_train(trainer, &graph, 5, 2, false, workspace, NULL, NULL, &cut, &error), 0);
    assert_int_equal(
        trainer_train(trainer, &graph, 6, 4, true, workspace, NULL, NULL, &other, &error), 0);
    assert_memory_equal(whole.point, cut.point, 2 * sizeof whole.point[0]);
    assert_int_equal(cut.points, 2);
    assert_true(cut.test_accuracy != cut.test_accuracy);
    assert_true(whole.test_accuracy > 15); /* chance is 10: it learned */
    assert_memory_not_equal(&whole.weights, &other.weights, sizeof whole.weights);
    assert_int_equal(
        trainer_train(trainer, &graph, 5, 5, false, workspace, NULL, NULL, &cut, &error),
        ERROR_ARGUMENT);
    assert_string_equal(error.text, "point 5: must be from 1 to 4");
    graph_free(&full);
    graph_free(&graph);
    trainer_close(trainer);
    free(data.train_image);
    free(data.train_label);
    protocol_close(&protocol);
    workspace_close(workspace);
}

static void test_unknown_kernels(void **state)
{
    (void)state;
    struct protocol protocol;
    struct dataset data = {.name = "cifar10"};
    struct trainer *trainer;
    struct error error;
    assert_int_equal(protocol_open(&protocol, "smoke", &error), 0);
    assert_int_equal(setenv("NASBED_KERNELS", "mmx", 1), 0);
    assert_int_equal(trainer_open(&trainer, &protocol, &data, &error), ERROR_UNSUPPORTED);
    assert_string_equal(error.text, "NASBED_KERNELS=mmx: this machine has no such kernels");
    assert_int_equal(unsetenv("NASBED_KERNELS"), 0);
    protocol_close(&protocol);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kernels_and_threads),
                                       cmocka_unit_test(test_prefix_and_seed),
                                       cmocka_unit_test(test_unknown_kernels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
