/* `macro`: strings and their errors, graph, isomorphs in closed form, published costs; with
 * NASBED_REFERENCE, all 6,561 costs and the identity of results within a class. */
#include "base/digest.h"
#include "base/file.h"
#include "spaces/macro.h"
#include "spaces/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static const struct space *macro;

static int find_macro(void **state)
{
    (void)state;
    macro = space_find("macro", NULL);
    return macro ? 0 : -1;
}

static struct architecture read_string(const char *text)
{
    struct architecture a;
    struct error error;
    if (macro->parse(text, &a, &error))
        fail_msg("%s", error.text);
    return a;
}

/* Strings are the benchmark's, indices their value in base 3; a string is never taken for an
 * index. */
static void test_names(void **state)
{
    (void)state;
    char text[ARCHITECTURE_TEXT];
    struct architecture a;
    assert_int_equal(macro->count, 6561);
    a = read_string("00000010");
    assert_int_equal(macro->index(&a), 3);
    a = read_string("22222222");
    assert_int_equal(macro->index(&a), 6560);
    a = read_string("10000000");
    assert_int_equal(macro->index(&a), 2187);
    assert_int_equal(architecture_read(macro, "00000010", &a, NULL), 0);
    assert_int_equal(macro->index(&a), 3);
    assert_int_equal(architecture_read(macro, "10", &a, NULL), 0);
    macro->print(&a, text);
    assert_string_equal(text, "00000101");
    struct architecture prefix = {.n = 6};
    assert_string_equal(macro->decision_name(&prefix), "layer 7");
    assert_string_equal(macro->option_name(&prefix, 2), "mb6_k5");
}

static void check_refused(const char *word, const char *message)
{
    struct error error;
    struct architecture a;
    assert_int_equal(architecture_read(macro, word, &a, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, message);
}

static void test_malformed(void **state)
{
    (void)state;
    check_refused("", "expected 0, 1 or 2 at column 1 of \"\"");
    check_refused("0120120x", "expected 0, 1 or 2 at column 8 of \"0120120x\"");
    check_refused("01-01201", "expected 0, 1 or 2 at column 3 of \"01-01201\"");
    check_refused("01201201 ", "expected the end at column 9 of \"01201201 \"");
    check_refused("03201201", "index 3201201: macro has the indices 0 to 6560");
    check_refused("6561", "index 6561: macro has the indices 0 to 6560");
}

static void test_impossible_skeletons(void **state)
{
    (void)state;
    struct architecture a = read_string("00000000");
    struct graph graph = {0};
    struct error error;
    struct skeleton small = {.input_channels = 3, .input_size = 12, .classes = 10, .channels = 4};
    assert_int_equal(macro->graph(&a, &small, &graph, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "macro: input of 12 pixels: must be a multiple of 8 (it is "
                                    "halved 3 times)");
    small = (struct skeleton){.input_channels = 3, .input_size = 16, .classes = 10};
    assert_int_equal(macro->graph(&a, &small, &graph, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "macro: input_channels = 3, channels = 0, classes = 10: each "
                                    "must be at least 1");
}

/* Nodes of an operation in the graph of `name`. */
static int nodes_of(const char *name, enum op op)
{
    struct architecture a = read_string(name);
    struct graph graph = {0};
    int n = 0;
    assert_int_equal(macro->graph(&a, &macro->skeleton, &graph, NULL), 0);
    for (int i = 0; i < graph.nodes; i++) {
        n += graph.node[i].op == op;
        if (graph.node[i].op == OP_LINEAR) {
            const struct node *pool = &graph.node[graph.edge[graph.node[i].first]];
            assert_int_equal(pool->channels, 1280);
            assert_int_equal(graph.node[graph.edge[pool->first]].rows, 4);
        }
    }
    graph_free(&graph);
    return n;
}

static void test_graph(void **state)
{
    (void)state;
    assert_int_equal(nodes_of("00000000", OP_CONV), 1 + 3 + 1);
    assert_int_equal(nodes_of("00000000", OP_RELU), 2);
    assert_int_equal(nodes_of("00000000", OP_SUM), 0);
    assert_int_equal(nodes_of("11111111", OP_CONV), 1 + 24 + 1);
    assert_int_equal(nodes_of("22222222", OP_RELU), 1 + 16 + 1);
    assert_int_equal(nodes_of("12121212", OP_SUM), 5); /* not in the first layer of a stage */
    assert_int_equal(nodes_of("20200200", OP_SUM), 0);
}

/* In a stage identities after the first layer do not count: 9 networks of 2 layers, 21 of 3. */
static void test_isomorphs(void **state)
{
    (void)state;
    struct isomorphs isomorphs;
    struct skeleton small = macro->skeleton;
    small.channels = 2;
    assert_int_equal(isomorphs_init(&isomorphs, macro, &small, NULL), 0);
    assert_int_equal(isomorphs.distinct, 9 * 21 * 21);
    struct architecture a = read_string("11102001"), b = read_string("11120010");
    struct architecture c = read_string("11012001");
    assert_int_equal(isomorphs.class_of[macro->index(&a)], isomorphs.class_of[macro->index(&b)]);
    assert_int_not_equal(isomorphs.class_of[macro->index(&a)],
                         isomorphs.class_of[macro->index(&c)]);
    isomorphs_free(&isomorphs);
}

static void cost_of(const char *name, uint64_t *macs, uint64_t *params)
{
    struct architecture a = read_string(name);
    macro->published_cost(&a, &macro->skeleton, macs, params);
}

/* Landmarks of the published file: its smallest, its best and its largest network. */
static void test_cost(void **state)
{
    (void)state;
    uint64_t macs, params;
    cost_of("00000000", &macs, &params);
    assert_true(macs == 7713280 && params == 387882);
    cost_of("22212220", &macs, &params);
    assert_true(macs == 85164544 && params == 1985514);
    cost_of("11111221", &macs, &params);
    assert_true(macs == 65012224 && params == 2181386);
}

/* Of params and macs of all 6,561 in index order: equal to those of the published file
 * (test_reference), so that the numbers are checked also where it is not. */
static void test_golden(void **state)
{
    (void)state;
    static uint64_t cost[2][MACRO_ARCHITECTURES];
    char hash[DIGEST_TEXT];
    for (uint32_t i = 0; i < MACRO_ARCHITECTURES; i++) {
        struct architecture a;
        macro->from_index(i, &a);
        macro->published_cost(&a, &macro->skeleton, &cost[0][i], &cost[1][i]);
    }
    digest_print(digest_bytes(cost, sizeof cost), hash);
    assert_string_equal(hash, "8e31536dfa5d6cd6d216025c490dbe30");
}

static void test_reference(void **state)
{
    (void)state;
    const char *folder = getenv("NASBED_REFERENCE"), *name;
    static uint64_t cost[2][MACRO_ARCHITECTURES];
    char path[1024], hash[DIGEST_TEXT];
    json_t *root, *entry;
    int entries = 0;
    (void)snprintf(path, sizeof path, "%s/nasbench-macro/nas-bench-macro_cifar10.json",
                   folder ? folder : "");
    if (!folder || !file_exists(path)) {
        (void)printf("skipped: no nasbench-macro/nas-bench-macro_cifar10.json where "
                     "NASBED_REFERENCE points (%s)\n",
                     folder ? folder : "not set");
        skip();
    }
    assert_non_null(root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL));
    json_object_foreach(root, name, entry)
    {
        uint64_t macs, params;
        struct architecture a = read_string(name);
        cost_of(name, &macs, &params);
        assert_int_equal(params, json_integer_value(json_object_get(entry, "params")));
        assert_int_equal(macs, json_integer_value(json_object_get(entry, "flops")));
        cost[0][macro->index(&a)] = (uint64_t)json_integer_value(json_object_get(entry, "flops"));
        cost[1][macro->index(&a)] = (uint64_t)json_integer_value(json_object_get(entry, "params"));
        entries++;
    }
    assert_int_equal(entries, MACRO_ARCHITECTURES);
    digest_print(digest_bytes(cost, sizeof cost), hash);
    assert_string_equal(hash, "8e31536dfa5d6cd6d216025c490dbe30");
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),     cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_graph),     cmocka_unit_test(test_impossible_skeletons),
        cmocka_unit_test(test_isomorphs), cmocka_unit_test(test_cost),
        cmocka_unit_test(test_golden),    cmocka_unit_test(test_reference),
    };
    return cmocka_run_group_tests(tests, find_macro, NULL);
}
