/* `chain`: strings and their errors, counts in closed form, graph, cost, neighbours, isomorphs, moves. */
#include "base/digest.h"
#include "base/text.h"
#include "spaces/chain.h"
#include "tests/chi_square.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

enum { COUNT = 8000, SMALLEST = 0, MOVES_MOST = 16 };

static const struct space *chain;

static int find_chain(void **state)
{
    (void)state;
    struct error error;
    chain = space_find("chain", &error);
    return chain ? 0 : -1;
}

static struct architecture read_string(const char *text)
{
    struct architecture a;
    struct error error;
    if (chain->parse(text, &a, &error))
        fail_msg("%s", error.text);
    return a;
}

/* Strings --------------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* All 8,000: index, decisions, blocks and string name one another, and no two have one string. */
static void test_round_trip(void **state)
{
    (void)state;
    char(*texts)[ARCHITECTURE_TEXT] = calloc(COUNT, sizeof *texts);
    assert_non_null(texts);
    assert_int_equal(chain->count, COUNT);
    for (uint64_t i = 0; i < COUNT; i++) {
        struct architecture a, again;
        struct chain_block block[CHAIN_BLOCKS];
        chain->from_index(i, &a);
        assert_true(architecture_valid(chain, &a));
        assert_int_equal(chain->index(&a), i);
        chain->print(&a, texts[i]);
        again = read_string(texts[i]);
        assert_true(architecture_equal(&a, &again));
        chain_blocks(&a, block);
        chain_architecture(block, &again);
        assert_true(architecture_equal(&a, &again));
    }
    qsort(texts, COUNT, sizeof *texts, by_bytes);
    for (int i = 1; i < COUNT; i++)
        assert_string_not_equal(texts[i - 1], texts[i]);
    free(texts);
}

static void test_index_is_lexicographic(void **state)
{
    (void)state;
    struct architecture before, a;
    char text[ARCHITECTURE_TEXT];
    chain->from_index(0, &before);
    chain->print(&before, text);
    assert_string_equal(text, "w:3/2w:3/4w:3");
    for (uint64_t i = 1; i < COUNT; i++, before = a) {
        chain->from_index(i, &a);
        int n = a.n < before.n ? a.n : before.n;
        assert_true(memcmp(before.decision, a.decision, (size_t)n) < 0);
    }
    chain->print(&before, text);
    assert_string_equal(text, "2w:5-5+skip/4w:5-5+skip/8w:5-5+skip");
    /* By hand: 9 = (one layer: 4) + 5, 5 = (w, 5: 1) x 4 + (3: 0) x 2 + (skip: 1); 3 = (4w, 5);
     * 14 = 4 + 10, 10 = (8w, 3: 2) x 4 + (5: 1) x 2 + 0. */
    a = read_string("w:5-3+skip/4w:5/8w:3-5");
    assert_int_equal(chain->index(&a), (9 * 20 + 3) * 20 + 14);
}

static void test_decisions(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        {"depth 1", "2"},  {"width 1", "w"},  {"kernel 1.1", "5"}, {"kernel 1.2", "3"},
        {"skip 1", "yes"}, {"depth 2", "1"},  {"width 2", "4w"},   {"kernel 2.1", "3"},
        {"depth 3", "2"},  {"width 3", "8w"}, {"kernel 3.1", "3"}, {"kernel 3.2", "5"},
        {"skip 3", "no"}};
    struct architecture a = read_string("w:5-3+skip/4w:3/8w:3-5"), prefix = a;
    assert_int_equal(a.n, 13);
    for (prefix.n = 0; prefix.n < a.n; prefix.n++) {
        assert_int_equal(chain->options(&prefix), 2);
        assert_string_equal(chain->decision_name(&prefix), expected[prefix.n][0]);
        assert_string_equal(chain->option_name(&prefix, a.decision[prefix.n]),
                            expected[prefix.n][1]);
    }
    assert_int_equal(chain->options(&a), 0);
}

static void check_refused(const char *text, const char *message)
{
    struct error error;
    struct architecture a = {.n = 3, .decision = {9, 9, 9}}, before = a;
    assert_int_equal(chain->parse(text, &a, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, message);
    assert_memory_equal(&a, &before, sizeof a);
}

static void test_malformed(void **state)
{
    (void)state;
    check_refused("", "expected \"w:\" or \"2w:\" at column 1 of \"\"");
    check_refused("4w:3/2w:3/4w:3", "expected \"w:\" or \"2w:\" at column 1 of \"4w:3/...\"");
    check_refused("w3/2w:3/4w:3", "expected \"w:\" or \"2w:\" at column 1 of \"w3/...\"");
    check_refused("w:7/2w:3/4w:3", "expected \"3\" or \"5\" at column 3 of \"w:7/...\"");
    check_refused("w:3", "expected \"-\" or \"/\" at column 4 of \"w:3\"");
    check_refused("w:33/2w:3/4w:3", "expected \"-\" or \"/\" at column 4 of \"w:33/...\"");
    check_refused("w:3-/2w:3/4w:3", "expected \"3\" or \"5\" at column 5 of \"w:3-/...\"");
    check_refused("w:3-5+/2w:3/4w:3", "expected \"+skip\" or \"/\" at column 6 of \"w:3-5+/...\"");
    check_refused("w:3-5+skip+skip/2w:3/4w:3",
                  "expected \"/\" at column 11 of \"w:3-5+skip+skip/...\"");
    check_refused("w:3+skip/2w:3/4w:3", "expected \"-\" or \"/\" at column 4 of \"w:3+skip/...\"");
    check_refused("w:3/w:3/4w:3", "expected \"2w:\" or \"4w:\" at column 5 of \"w:3/w:3/...\"");
    check_refused("w:3/2w:3/2w:3", "expected \"4w:\" or \"8w:\" at column 10 of \"w:3/2w:3/2w:3\"");
    check_refused("w:3/2w:3/4w:3/", "expected \"-\" or the end at column 14 of \"w:3/2w:3/4w:3/\"");
    check_refused("w:3/2w:3/4w:3-5 ",
                  "expected \"+skip\" or the end at column 16 of \"w:3/2w:3/4w:3-5 \"");
    check_refused("w:3/2w:3/4w:3-5+skip5",
                  "expected the end at column 21 of \"w:3/2w:3/4w:3-5+skip5\"");
}

/* Counts ---------------------------------------------------------------------------------------- */

/* With d blocks of two layers: C(3, d) of them, 2 x 2 choices a block of one, 2 x 2 x 2 x 2 of two. */
static void test_counts(void **state)
{
    (void)state;
    int deep[CHAIN_BLOCKS + 1] = {0}, wide = 0, skips = 0;
    for (uint64_t i = 0; i < COUNT; i++) {
        struct architecture a;
        struct chain_block block[CHAIN_BLOCKS];
        int d = 0;
        chain->from_index(i, &a);
        chain_blocks(&a, block);
        for (int b = 0; b < CHAIN_BLOCKS; b++) {
            d += block[b].layers == 2;
            wide += block[b].wide;
            skips += block[b].skip;
        }
        deep[d]++;
        assert_int_equal(a.n, 9 + 2 * d);
    }
    assert_int_equal(deep[0], 1 * 4 * 4 * 4);
    assert_int_equal(deep[1], 3 * 16 * 4 * 4);
    assert_int_equal(deep[2], 3 * 16 * 16 * 4);
    assert_int_equal(deep[3], 1 * 16 * 16 * 16);
    assert_int_equal(wide, 3 * COUNT / 2);
    assert_int_equal(skips, 3 * 8 * 20 * 20); /* 8 of a block's 20 choices have one */
}

/* Every decision has one other option; a neighbour differs in one block. */
static void test_neighbours(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < COUNT; i += 7) {
        struct architecture a, near[32];
        struct chain_block before[CHAIN_BLOCKS], after[CHAIN_BLOCKS];
        chain->from_index(i, &a);
        chain_blocks(&a, before);
        int n = architecture_neighbours(chain, &a, near, 32);
        assert_int_equal(n, a.n);
        for (int k = 0; k < n; k++) {
            assert_true(architecture_valid(chain, &near[k]));
            int differ = 0;
            chain_blocks(&near[k], after);
            for (int b = 0; b < CHAIN_BLOCKS; b++)
                differ += memcmp(&before[b], &after[b], sizeof *before) != 0;
            assert_int_equal(differ, 1);
        }
    }
}

/* Uniform over strings, not over decisions: a block's 20 choices are equally frequent. Bounds are
 * 0.999 quantiles of chi-square. */
static void test_random_is_uniform(void **state)
{
    (void)state;
    enum { DRAWS = 40000 };
    struct random_stream stream = random_stream(21, RANDOM_TEST, 0, 0);
    int choice[CHAIN_BLOCKS][CHAIN_CHOICES] = {{0}}, all[COUNT / 10] = {0};
    for (int i = 0; i < DRAWS; i++) {
        struct architecture a;
        architecture_random(chain, &stream, &a);
        int index = (int)chain->index(&a);
        choice[0][index / 400]++;
        choice[1][index / 20 % 20]++;
        choice[2][index % 20]++;
        all[index / 10]++;
    }
    for (int b = 0; b < CHAIN_BLOCKS; b++)
        assert_true(chi_square(choice[b], CHAIN_CHOICES, DRAWS) < 43.82);
    assert_true(chi_square(all, COUNT / 10, DRAWS) < 927.6);
}

/* A depth that grows draws the new kernel and skip; the rest of the block, and the others, are kept. */
static void test_mutation(void **state)
{
    (void)state;
    enum { DRAWS = 18000 };
    struct random_stream stream = random_stream(22, RANDOM_TEST, 0, 0);
    const struct architecture parent = read_string("w:5/4w:3-5+skip/8w:5");
    int seen[COUNT] = {0}, drawn[4] = {0}, deepened = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct architecture child;
        architecture_mutate(chain, &parent, &stream, &child);
        assert_true(architecture_valid(chain, &child));
        seen[chain->index(&child)]++;
    }
    for (int k = 0; k < 4; k++) {
        char text[ARCHITECTURE_TEXT];
        (void)snprintf(text, sizeof text, "w:5-%d%s/4w:3-5+skip/8w:5", 3 + k / 2 * 2,
                       k % 2 ? "+skip" : "");
        struct architecture a = read_string(text);
        drawn[k] = seen[chain->index(&a)];
        deepened += drawn[k];
    }
    assert_true(chi_square(drawn, 4, deepened) < 16.27);
    const int depth[2] = {deepened, (DRAWS - deepened) / 10}; /* one of 11 decisions */
    assert_true(chi_square(depth, 2, depth[0] + depth[1]) < 10.83);
    int children = 0;
    for (int i = 0; i < COUNT; i++)
        children += seen[i] > 0;
    assert_int_equal(children, 4 + 2 + 4 + 1 + 2 + 4); /* by block: 4 ways to deepen, and so on */
}

/* Graph and cost -------------------------------------------------------------------------------- */

static void check_skeleton(struct skeleton skeleton, const char *message)
{
    struct architecture a;
    struct graph graph = {0};
    struct error error;
    chain->from_index(77, &a);
    assert_int_equal(chain->graph(&a, &skeleton, &graph, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, message);
    graph_free(&graph);
}

static void test_impossible_skeletons(void **state)
{
    (void)state;
    struct skeleton s = chain->skeleton;
    s.input_size = 28;
    check_skeleton(s, "chain: input of 28 pixels: must be a multiple of 8 (it is halved 3 times)");
    s.input_size = 0;
    check_skeleton(s, "chain: input of 0 pixels: must be a multiple of 8 (it is halved 3 times)");
    s = chain->skeleton, s.channels = 0;
    check_skeleton(s,
                   "chain: input_channels = 3, width = 0, classes = 10: each must be at least 1");
}

/* What every layer of one network is, written down by hand. */
static void test_graph(void **state)
{
    (void)state;
    static const struct {
        enum op op;
        int channels, size, kernel, stride, layer;
    } expected[] = {{OP_INPUT, 3, 32, 0, 0, -1},     {OP_CONV, 8, 16, 5, 2, 0},
                    {OP_BATCH_NORM, 8, 16, 0, 0, 0}, {OP_RELU, 8, 16, 0, 0, 0},
                    {OP_CONV, 8, 16, 3, 1, 1},       {OP_BATCH_NORM, 8, 16, 0, 0, 1},
                    {OP_SUM, 8, 16, 0, 0, 1},        {OP_RELU, 8, 16, 0, 0, 1},
                    {OP_MAX_POOL, 8, 8, 2, 2, -1},   {OP_CONV, 8, 8, 3, 1, 2},
                    {OP_BATCH_NORM, 8, 8, 0, 0, 2},  {OP_RELU, 8, 8, 0, 0, 2},
                    {OP_MAX_POOL, 8, 4, 2, 2, -1},   {OP_CONV, 32, 4, 3, 1, 4},
                    {OP_BATCH_NORM, 32, 4, 0, 0, 4}, {OP_RELU, 32, 4, 0, 0, 4},
                    {OP_CONV, 32, 4, 5, 1, 5},       {OP_BATCH_NORM, 32, 4, 0, 0, 5},
                    {OP_RELU, 32, 4, 0, 0, 5},       {OP_GLOBAL_POOL, 32, 1, 0, 0, -1},
                    {OP_LINEAR, 10, 1, 0, 0, -1}};
    struct architecture a = read_string("2w:5-3+skip/2w:3/8w:3-5");
    struct graph graph = {0};
    struct error error;
    assert_int_equal(chain->graph(&a, &chain->skeleton, &graph, &error), 0);
    assert_int_equal(graph.nodes, sizeof expected / sizeof *expected);
    for (int i = 0; i < graph.nodes; i++) {
        const struct node *node = &graph.node[i];
        assert_int_equal(node->op, expected[i].op);
        assert_int_equal(node->channels, expected[i].channels);
        assert_int_equal(node->rows, expected[i].size);
        assert_int_equal(node->columns, expected[i].size);
        assert_int_equal(node->kernel, expected[i].kernel);
        assert_int_equal(node->stride, expected[i].stride);
        assert_int_equal(node->layer, expected[i].layer);
        if (node->op == OP_SUM) { /* the second layer's batch norm and its input */
            assert_int_equal(node->fan_in, 2);
            assert_int_equal(graph.edge[node->first], i - 1);
            assert_int_equal(graph.edge[node->first + 1], i - 3);
        } else if (i > 0) {
            assert_int_equal(graph.edge[node->first], i - 1);
        }
    }
    graph_free(&graph);
}

/* The closed form is the graph's count, for every architecture under three skeletons. */
static void test_cost(void **state)
{
    (void)state;
    static const struct skeleton skeletons[] = {
        {.input_channels = 3, .input_size = 32, .classes = 10, .channels = 4},
        {.input_channels = 1, .input_size = 32, .classes = 10, .channels = 5},
        {.input_channels = 2, .input_size = 8, .classes = 3, .channels = 1}};
    for (size_t k = 0; k < sizeof skeletons / sizeof *skeletons; k++)
        for (uint64_t i = 0; i < COUNT; i++) {
            struct architecture a;
            struct cost cost;
            struct error error;
            struct graph graph = {0};
            chain->from_index(i, &a);
            assert_int_equal(architecture_cost(chain, &skeletons[k], &a, &cost, &error), 0);
            assert_int_equal(chain->graph(&a, &skeletons[k], &graph, &error), 0);
            assert_int_equal(cost.macs, graph_macs(&graph));
            assert_int_equal(cost.params, graph_params(&graph));
            assert_int_equal(cost.train_macs, cost.macs); /* nothing is dead */
            graph_free(&graph);
        }
}

/* By hand, w = 4. Smallest: 16^2 x 4 x 27 + 8^2 x 8 x 36 + 4^2 x 16 x 72 + 160 multiply-accumulates;
 * 4 x 27 + 8 x 36 + 16 x 72 + 160 weights, 2 x (4 + 8 + 16) of the norms, 10 biases. */
static void test_cost_by_hand(void **state)
{
    (void)state;
    struct architecture a = read_string("w:3/2w:3/4w:3");
    uint64_t macs, params;
    chain->published_cost(&a, &chain->skeleton, &macs, &params);
    assert_int_equal(macs, 27648 + 18432 + 18432 + 160);
    assert_int_equal(params, 108 + 288 + 1152 + 160 + 56 + 10);
}

/* No two strings are one network: every layer has weights, and its kernel, channels and reader show. */
static void test_isomorphs(void **state)
{
    (void)state;
    struct isomorphs found;
    struct error error;
    assert_int_equal(isomorphs_init(&found, chain, &chain->skeleton, &error), 0);
    assert_int_equal(found.count, COUNT);
    assert_int_equal(found.distinct, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(found.class_of[i], i);
        assert_int_equal(found.representative[i], i);
    }
    isomorphs_free(&found);
}

/* Moves ----------------------------------------------------------------------------------------- */

/* Whether `to` is `from` with one thing grown, the one that the move names; worked out by fields. */
static bool grows(const struct architecture *from, const struct space_move *move)
{
    struct chain_block a[CHAIN_BLOCKS], b[CHAIN_BLOCKS];
    int number = move->layer / 2, which = move->layer % 2;
    chain_blocks(from, a);
    chain_blocks(&move->to, b);
    switch (move->kind) {
    case MOVE_DEEPEN:
        if (which != 1 || a[number].layers != 1)
            return false;
        a[number].layers = 2;
        a[number].kernel[1] = b[number].kernel[1];
        break;
    case MOVE_WIDEN:
        if (which != 0 || a[number].wide)
            return false;
        a[number].wide = true;
        break;
    case MOVE_GROW:
        if (a[number].kernel[which] != 3)
            return false;
        a[number].kernel[which] = 5;
        break;
    case MOVE_SKIP:
        if (which != 1 || a[number].layers != 2 || a[number].skip)
            return false;
        a[number].skip = true;
        break;
    case MOVE_KINDS:
        return false;
    }
    struct architecture expected;
    chain_architecture(a, &expected);
    return architecture_equal(&expected, &move->to);
}

static void test_moves(void **state)
{
    (void)state;
    struct architecture a = read_string("w:3-5/4w:5-5+skip/4w:5");
    struct space_move moves[MOVES_MOST];
    static const struct {
        enum move_kind kind;
        int layer;
        const char *to;
    } expected[] = {
        {MOVE_WIDEN, 0, "2w:3-5/4w:5-5+skip/4w:5"},    {MOVE_GROW, 0, "w:5-5/4w:5-5+skip/4w:5"},
        {MOVE_SKIP, 1, "w:3-5+skip/4w:5-5+skip/4w:5"}, {MOVE_DEEPEN, 5, "w:3-5/4w:5-5+skip/4w:5-3"},
        {MOVE_DEEPEN, 5, "w:3-5/4w:5-5+skip/4w:5-5"},  {MOVE_WIDEN, 4, "w:3-5/4w:5-5+skip/8w:5"}};
    assert_int_equal(chain->moves(&a, moves, MOVES_MOST), 6);
    for (int i = 0; i < 6; i++) {
        struct architecture to = read_string(expected[i].to);
        assert_int_equal(moves[i].kind, expected[i].kind);
        assert_int_equal(moves[i].layer, expected[i].layer);
        assert_true(architecture_equal(&moves[i].to, &to));
    }
    assert_int_equal(chain->moves(&a, moves, 2), 2);
    assert_string_equal(move_name(MOVE_DEEPEN), "deepen");
    assert_string_equal(move_name(MOVE_SKIP), "skip");
}

/* Of what stands at index i: how many moves at most until no more is possible, and how many on average
 * if each is uniform over kinds, then over the moves of that kind. Indices only grow by moves. */
struct walk {
    int longest;
    double mean;
    bool reached, plain; /* from the smallest: by any moves, by deepening and widening alone */
};

static void follow(struct walk *walk, uint64_t index)
{
    struct architecture a;
    struct space_move moves[MOVES_MOST];
    double mean[MOVE_KINDS] = {0};
    int of_kind[MOVE_KINDS] = {0}, kinds = 0;
    chain->from_index(index, &a);
    int n = chain->moves(&a, moves, MOVES_MOST);
    assert_true(n < MOVES_MOST);
    for (int i = 0; i < n; i++) {
        uint64_t to = chain->index(&moves[i].to);
        assert_true(to > index && grows(&a, &moves[i]));
        of_kind[moves[i].kind]++;
        mean[moves[i].kind] += walk[to].mean;
        if (walk[to].longest >= walk[index].longest)
            walk[index].longest = walk[to].longest + 1;
    }
    for (int k = 0; k < MOVE_KINDS; k++) {
        kinds += of_kind[k] > 0;
        walk[index].mean += of_kind[k] ? 1 + mean[k] / of_kind[k] : 0;
    }
    walk[index].mean /= kinds ? kinds : 1;
}

/* Every architecture is reached from the smallest, in at most 15 moves; by deepening and widening
 * alone ((2 widths) x (one layer, or two with either kernel) = 6 choices a block) 216 are. */
static void test_reach(void **state)
{
    (void)state;
    struct walk *walk = calloc(COUNT, sizeof *walk);
    int reached = 0, plain = 0;
    assert_non_null(walk);
    for (int i = COUNT - 1; i >= 0; i--)
        follow(walk, (uint64_t)i);
    walk[SMALLEST].reached = walk[SMALLEST].plain = true;
    for (uint64_t i = 0; i < COUNT; i++) {
        struct architecture a;
        struct space_move moves[MOVES_MOST];
        chain->from_index(i, &a);
        int n = chain->moves(&a, moves, MOVES_MOST);
        for (int k = 0; k < n; k++) {
            struct walk *to = &walk[chain->index(&moves[k].to)];
            bool eas = moves[k].kind == MOVE_DEEPEN || moves[k].kind == MOVE_WIDEN;
            to->reached |= walk[i].reached;
            to->plain |= walk[i].plain && eas;
        }
        reached += walk[i].reached;
        plain += walk[i].plain;
    }
    assert_int_equal(reached, COUNT);
    assert_int_equal(plain, 216);
    assert_int_equal(walk[SMALLEST].longest, 15);
    /* A block widens, deepens, grows its first kernel, adds its skip, and half of the time has a second
     * kernel to grow: 4.5 moves. */
    assert_true(walk[SMALLEST].mean > 13.5 - 1e-9 && walk[SMALLEST].mean < 13.5 + 1e-9);
    free(walk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_index_is_lexicographic),
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_random_is_uniform),
        cmocka_unit_test(test_mutation),
        cmocka_unit_test(test_impossible_skeletons),
        cmocka_unit_test(test_graph),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_cost_by_hand),
        cmocka_unit_test(test_isomorphs),
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_reach),
    };
    return cmocka_run_group_tests(tests, find_chain, NULL);
}
