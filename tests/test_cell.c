/* `cell`: strings, their errors, graph, order and cost, against golden values and, where
 * NASBED_REFERENCE points to the folder with nasbench201/nasbench201.csv, against the benchmark
 * itself. */
#include "base/digest.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "spaces/cell.h"
#include "spaces/nb201.h"
#include "spaces/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

static const struct space *cell;
static uint32_t order[NB201_ARCHITECTURES];

static int find_cell(void **state)
{
    (void)state;
    struct error error;
    cell = space_find("cell", &error);
    nb201_order(order);
    return cell ? 0 : -1;
}

static void test_index(void **state)
{
    (void)state;
    struct architecture a;
    char text[ARCHITECTURE_TEXT];
    cell->from_index(0, &a);
    cell->print(&a, text);
    assert_string_equal(text, "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|");
    cell->from_index(1, &a); /* the last decision is the least digit */
    assert_int_equal(a.decision[5], CELL_SKIP_CONNECT);
    cell->from_index(3125 + 2 * 625 + 3 * 125 + 4 * 25, &a);
    cell->print(&a, text);
    assert_string_equal(text, "|skip_connect~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|avg_pool_3x3~0|"
                              "none~1|none~2|");
    assert_int_equal(cell->count, 15625);
}

static void check_refused(const char *text, const char *message)
{
    struct error error;
    struct architecture a = {.n = 3, .decision = {9, 9, 9}}, before = a;
    assert_int_equal(cell->parse(text, &a, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, message);
    assert_memory_equal(&a, &before, sizeof a);
}

static void test_malformed(void **state)
{
    (void)state;
#define KNOWN ": one of none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3"
    check_refused("", "expected \"|\" at column 1 of \"\"");
    check_refused("none~0", "expected \"|\" at column 1 of \"none~0\"");
    check_refused("|conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|",
                  "unknown operation \"conv_3x3\" at column 2 of \"|conv_3x3~0|+...\"" KNOWN);
    check_refused(
        "|none~0|+|none~0|pool~1|+|none~0|none~1|none~2|",
        "unknown operation \"pool\" at column 18 of \"|none~0|+|none~0|pool~1|+...\"" KNOWN);
    check_refused("|none~0|+|none~0|none~1|+|none~0|none~1|nonee~2|",
                  "unknown operation \"nonee\" at column 41 of "
                  "\"|none~0|+|none~0|none~1|+|none~0|none~1|nonee~2|\"" KNOWN);
    check_refused("|~0|", "unknown operation \"\" at column 2 of \"|~0|\"" KNOWN);
    check_refused("|none~1|+|none~0|none~1|+|none~0|none~1|none~2|",
                  "expected \"~0|\" at column 6 of \"|none~1|+...\"");
    check_refused("|none~0|", "expected \"+|\" at column 9 of \"|none~0|\"");
    check_refused("|none~0|none~1|", "expected \"+|\" at column 9 of \"|none~0|none~1|\"");
    check_refused("|none~0|+|none~0|none~0|+|none~0|none~1|none~2|",
                  "expected \"~1|\" at column 22 of \"|none~0|+|none~0|none~0|+...\"");
    check_refused("|none~0|+|none~0|none~1|+|none~0|none~1|none~2| ",
                  "expected the end at column 48 of "
                  "\"|none~0|+|none~0|none~1|+|none~0|none~1|none~2| \"");
    char text[600] = "|", message[600]; /* what is shown of a word without end is cut */
    memset(text + 1, 'x', 500);
    (void)snprintf(message, sizeof message,
                   "unknown operation \"%.32s\" at column 2 of \"%.120s...\"%s", text + 1, text,
                   KNOWN);
    check_refused(text, message);
#undef KNOWN
}

static void check_skeleton(struct skeleton skeleton, const char *message)
{
    struct architecture a;
    struct graph graph = {0};
    struct error error;
    struct cost cost;
    struct isomorphs isomorphs;
    cell->from_index(77, &a);
    assert_int_equal(cell->graph(&a, &skeleton, &graph, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, message);
    graph_free(&graph);
    assert_int_equal(architecture_cost(cell, &skeleton, &a, &cost, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, message);
    assert_int_equal(isomorphs_init(&isomorphs, cell, &skeleton, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, message);
}

static void test_impossible_skeletons(void **state)
{
    (void)state;
    struct skeleton s = cell->skeleton;
    s.stem_stride = 3;
    check_skeleton(s, "cell: stem_stride = 3: must be 1 or 2");
    s = cell->skeleton, s.input_size = 30;
    check_skeleton(s, "cell: input of 30 pixels: must be a multiple of 4 (it is halved 2 times)");
    s = cell->skeleton, s.input_size = 28, s.stem_stride = 2;
    check_skeleton(s, "cell: input of 28 pixels: must be a multiple of 8 (it is halved 3 times)");
    s = cell->skeleton, s.input_size = 0;
    check_skeleton(s, "cell: input of 0 pixels: must be a multiple of 4 (it is halved 2 times)");
    s = cell->skeleton, s.cells = 0;
    check_skeleton(s,
                   "cell: input_channels = 3, channels = 16, cells = 0, classes = 10: each must be "
                   "at least 1");
}

/* Every conv edge has a convolution and a norm of its own, the ReLU of a node is one. */
static void test_graph(void **state)
{
    (void)state;
    struct skeleton skeleton = cell->skeleton;
    struct architecture a;
    struct graph graph = {0};
    struct error error;
    int count[OP_COUNT] = {0}, edges[18] = {0};
    skeleton.cells = 1;
    assert_int_equal(cell->parse("|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|nor_conv_3x3~0|"
                                 "avg_pool_3x3~1|skip_connect~2|",
                                 &a, &error),
                     0);
    assert_int_equal(cell->graph(&a, &skeleton, &graph, &error), 0);
    for (int i = 0; i < graph.nodes; i++) {
        count[graph.node[i].op]++;
        if (graph.node[i].layer >= 0)
            edges[graph.node[i].layer]++;
    }
    assert_int_equal(count[OP_CONV], 1 + 3 * 3 + 2 * 3);
    assert_int_equal(count[OP_BATCH_NORM], 1 + 3 * 3 + 2 * 2 + 1);
    assert_int_equal(count[OP_RELU], 3 * 1 + 2 * 2 + 1);
    assert_int_equal(count[OP_ZERO], 3);
    assert_int_equal(count[OP_AVG_POOL], 3 + 2);
    assert_int_equal(count[OP_SUM], 3 * 3 + 2);
    assert_int_equal(count[OP_LINEAR], 1);
    const int made[6] = {2, 2, 1, 2, 1, 0}; /* nodes that each edge makes */
    for (int i = 0; i < 18; i++)
        assert_int_equal(edges[i], made[i % 6]);
    const struct node *last = &graph.node[graph.nodes - 2];
    assert_int_equal(last->op, OP_GLOBAL_POOL);
    assert_int_equal(last->channels, 64);
    assert_int_equal(graph.node[graph.edge[last->first]].rows, 8);
    graph_free(&graph);
}

/* The published cost is that of the whole graph, and the last layer's bias: on several skeletons.
 */
static void test_cost(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(6, RANDOM_TEST, 0, 0);
    for (int i = 0; i < 300; i++) {
        struct skeleton skeleton = {.input_channels = i % 2 ? 3 : 1,
                                    .input_size = 32,
                                    .classes = i % 3 ? 10 : 7,
                                    .channels = 4 + i % 5,
                                    .cells = 1 + i % 3,
                                    .stem_stride = 1 + i % 2};
        struct architecture a;
        struct cost cost;
        struct error error;
        struct graph whole = {0}, simple = {0};
        architecture_random(cell, &stream, &a);
        assert_int_equal(architecture_cost(cell, &skeleton, &a, &cost, &error), 0);
        assert_int_equal(cell->graph(&a, &skeleton, &whole, &error), 0);
        assert_int_equal(graph_simplify(&whole, &simple, &error), 0);
        assert_int_equal(cost.macs, graph_macs(&whole) + (uint64_t)skeleton.classes);
        assert_int_equal(cost.params, graph_params(&whole));
        assert_int_equal(cost.train_macs, graph_macs(&simple));
        graph_free(&simple);
        graph_free(&whole);
    }
}

/* Five landmarks of the benchmark's own order, which its code asserts or its tables show. */
static void test_published_order(void **state)
{
    (void)state;
    static const struct {
        int index;
        const char *text;
    } known[] = {
        {0, "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|"
            "skip_connect~2|"},
        {1, "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|"
            "skip_connect~2|"},
        {123, "|avg_pool_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|"
              "nor_conv_3x3~2|"},
        {6111, "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|"
               "nor_conv_1x1~2|"},
        {15624, "|nor_conv_1x1~0|+|none~0|nor_conv_1x1~1|+|none~0|nor_conv_1x1~1|nor_conv_1x1~2|"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct architecture a;
        char text[ARCHITECTURE_TEXT];
        cell->from_index(order[known[i].index], &a);
        cell->print(&a, text);
        assert_string_equal(text, known[i].text);
    }
    static unsigned char seen[NB201_ARCHITECTURES];
    for (int i = 0; i < NB201_ARCHITECTURES; i++)
        assert_int_equal(seen[order[i]]++, 0);
}

static void check_digest(struct text *text, const char *golden)
{
    char printed[DIGEST_TEXT];
    assert_false(text->failed);
    digest_print(digest_bytes(text->data, text->size), printed);
    assert_string_equal(printed, golden);
    text_free(text);
}

/* Golden values: digests of what was found equal to the benchmark's columns arch, flops, params and
 * canonical (test_reference). Each is over one line an architecture, in our index order; the
 * order's is over our indices in the benchmark's. */
static void test_golden(void **state)
{
    (void)state;
    struct text strings = {0}, macs = {0}, params = {0}, classes = {0}, published = {0};
    for (uint32_t i = 0; i < NB201_ARCHITECTURES; i++) {
        struct architecture a;
        char text[ARCHITECTURE_TEXT];
        uint64_t m, p;
        cell->from_index(i, &a);
        cell->print(&a, text);
        text_append(&strings, "%s\n", text);
        nb201_class(&a, text);
        text_append(&classes, "%s\n", text);
        cell->published_cost(&a, &cell->skeleton, &m, &p);
        text_append(&macs, "%llu\n", (unsigned long long)m);
        text_append(&params, "%llu\n", (unsigned long long)p);
        text_append(&published, "%lu\n", (unsigned long)order[i]);
    }
    check_digest(&strings, "785d6ef8233a0d74c34fa7891686bba5");
    check_digest(&macs, "f10422fc603bf38cb88d6f3862dba30c");
    check_digest(&params, "84d021e09c24536aae519f09451e7c50");
    check_digest(&classes, "24b1e5044e0600c161005f7aabf6dbbe");
    check_digest(&published, "53bdaa8bd3407b7a2be7309bb1e13874");
}

/* The benchmark's strings, as its code makes them: sorted terms, '#' for nothing. */
static void test_published_class(void **state)
{
    (void)state;
    struct architecture a;
    struct error error;
    char text[ARCHITECTURE_TEXT];
    cell->from_index(0, &a);
    nb201_class(&a, text);
    assert_string_equal(text, "#+#+#");
    assert_int_equal(cell->parse("|nor_conv_3x3~0|+|none~0|none~1|+|avg_pool_3x3~0|nor_conv_3x3~1|"
                                 "nor_conv_3x3~2|",
                                 &a, &error),
                     0);
    nb201_class(&a, text);
    assert_string_equal(text, "(#+#)@nor_conv_3x3+((0)@nor_conv_3x3)@nor_conv_3x3+"
                              "(0)@avg_pool_3x3");
}

/* One row of the benchmark's table against what the space says. */
static void check_row(char *row, uint32_t number)
{
    char *field[13], *place = row, expected[32], text[ARCHITECTURE_TEXT];
    for (int i = 0; i < 13; i++) {
        field[i] = strsep(&place, ",");
        assert_non_null(field[i]);
    }
    struct architecture a;
    struct error error;
    uint64_t macs, params;
    (void)snprintf(expected, sizeof expected, "%lu", (unsigned long)number);
    assert_string_equal(field[0], expected);
    assert_int_equal(cell->parse(field[1], &a, &error), 0);
    assert_int_equal(cell->index(&a), order[number]);
    cell->print(&a, text);
    assert_string_equal(text, field[1]);
    cell->published_cost(&a, &cell->skeleton, &macs, &params);
    (void)snprintf(expected, sizeof expected, "%llu", (unsigned long long)params);
    assert_string_equal(field[2], expected);
    (void)snprintf(expected, sizeof expected, "%llu", (unsigned long long)macs);
    assert_string_equal(field[3], expected);
    nb201_class(&a, text);
    assert_string_equal(text, field[12]);
}

static void test_reference(void **state)
{
    (void)state;
    const char *folder = getenv("NASBED_REFERENCE");
    char path[1024], *data;
    size_t size;
    struct error error;
    (void)snprintf(path, sizeof path, "%s/nasbench201/nasbench201.csv", folder ? folder : "");
    if (!folder || !file_exists(path)) {
        (void)printf("skipped: no nasbench201/nasbench201.csv where NASBED_REFERENCE points (%s)\n",
                     folder ? folder : "not set");
        skip();
    }
    assert_int_equal(file_read(path, &data, &size, &error), 0);
    char *place = data, *header = strsep(&place, "\n");
    assert_memory_equal(header, "index,arch,params,flops,", 24);
    uint32_t rows = 0;
    for (char *row; (row = strsep(&place, "\r\n"));)
        if (*row)
            check_row(row, rows++);
    assert_int_equal(rows, NB201_ARCHITECTURES);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_impossible_skeletons),
        cmocka_unit_test(test_graph),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_published_order),
        cmocka_unit_test(test_published_class),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_reference),
    };
    return cmocka_run_group_tests(tests, find_cell, NULL);
}
