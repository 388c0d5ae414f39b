/* Builders, shapes, cost and simplification of graphs, on networks small enough to count by hand.
 */
#include "spaces/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void assert_shape(const struct graph *graph, int i, int channels, int rows, int columns)
{
    assert_int_equal(graph->node[i].channels, channels);
    assert_int_equal(graph->node[i].rows, rows);
    assert_int_equal(graph->node[i].columns, columns);
}

/* The operations of a graph, in order, as one string. */
static void assert_operations(const struct graph *graph, const char *expected)
{
    char found[512] = "";
    for (int i = 0; i < graph->nodes; i++) {
        strcat(found, i ? " " : "");
        strcat(found, op_name(graph->node[i].op));
    }
    assert_string_equal(found, expected);
}

static int input_of(const struct graph *graph, int i, int k)
{
    assert_in_range(k, 0, graph->node[i].fan_in - 1);
    return graph->edge[graph->node[i].first + k];
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(op_name(OP_INPUT), "input");
    assert_string_equal(op_name(OP_BATCH_NORM), "batch_norm");
    assert_string_equal(op_name(OP_LINEAR), "linear");
}

static void test_shapes(void **state)
{
    (void)state;
    struct graph graph = {0};
    int x = graph_input(&graph, 3, 32, 30);
    assert_int_equal(x, 0);
    int same = graph_conv(&graph, x, 8, 3, 1, 1, 1, 1);
    assert_shape(&graph, same, 8, 32, 30);
    assert_shape(&graph, graph_conv(&graph, x, 8, 3, 2, 1, 1, 1), 8, 16, 15);
    assert_shape(&graph, graph_conv(&graph, x, 8, 5, 1, 0, 1, 1), 8, 28, 26);
    assert_shape(&graph, graph_conv(&graph, same, 16, 3, 1, 2, 2, 4), 16, 32, 30);
    assert_shape(&graph, graph_batch_norm(&graph, same, true), 8, 32, 30);
    assert_shape(&graph, graph_relu(&graph, same), 8, 32, 30);
    assert_shape(&graph, graph_pool(&graph, OP_AVG_POOL, same, 3, 1, 1), 8, 32, 30);
    assert_shape(&graph, graph_pool(&graph, OP_MAX_POOL, same, 2, 2, 0), 8, 16, 15);
    assert_shape(&graph, graph_zero(&graph, same, 1), 8, 32, 30);
    assert_shape(&graph, graph_zero(&graph, same, 4), 8, 8, 8);
    int sum = graph_sum(&graph, (int[]){same, same}, 2);
    assert_shape(&graph, sum, 8, 32, 30);
    assert_int_equal(graph.node[sum].fan_in, 2);
    assert_shape(&graph, graph_concat(&graph, (int[]){same, x, same}, 3), 19, 32, 30);
    int pooled = graph_global_pool(&graph, sum);
    assert_shape(&graph, pooled, 8, 1, 1);
    int logits = graph_linear(&graph, pooled, 10);
    assert_shape(&graph, logits, 10, 1, 1);
    assert_int_equal(input_of(&graph, logits, 0), pooled);
    assert_int_equal(graph.node[logits].layer, -1);
    assert_false(graph.failed);
    graph_free(&graph);
    assert_null(graph.node);
    assert_int_equal(graph.nodes, 0);
}

static void test_growth(void **state)
{
    (void)state;
    struct graph graph = {0};
    enum { MANY = 100000 };
    int x = graph_input(&graph, 1, 4, 4);
    for (int i = 1; i < MANY; i++)
        x = graph_sum(&graph, (int[]){x, x, 0}, 3);
    assert_int_equal(x, MANY - 1);
    assert_int_equal(graph.edges, 3 * (MANY - 1));
    for (int i = 1; i < MANY; i++) {
        assert_int_equal(input_of(&graph, i, 1), i - 1);
        assert_int_equal(input_of(&graph, i, 2), 0);
    }
    graph_free(&graph);
}

/* A graph whose builders ran out of memory is refused by everything behind them. */
static void test_failed_graph(void **state)
{
    (void)state;
    struct graph graph = {.failed = true}, simple = {0};
    struct error error;
    struct digest digest;
    int x = graph_input(&graph, 3, 8, 8);
    x = graph_conv(&graph, x, 4, 3, 1, 1, 1, 1);
    x = graph_sum(&graph, (int[]){x, x}, 2);
    x = graph_concat(&graph, (int[]){x, x}, 2);
    x = graph_linear(&graph, graph_global_pool(&graph, graph_relu(&graph, x)), 10);
    assert_int_equal(x, 0);
    assert_int_equal(graph.nodes, 0);
    assert_int_equal(graph_simplify(&graph, &simple, &error), ERROR_MEMORY);
    assert_string_equal(error.text, "graph: out of memory");
    assert_int_equal(graph_canonical(&graph, &digest, &error), ERROR_MEMORY);
    assert_string_equal(error.text, "graph: out of memory");
    graph_free(&graph);
    graph_free(&simple);
}

static void test_cost(void **state)
{
    (void)state;
    struct graph graph = {0};
    int x = graph_input(&graph, 3, 8, 8);
    x = graph_conv(&graph, x, 4, 3, 2, 1, 1, 1);
    assert_int_equal(graph_macs(&graph), 3 * 4 * 9 * 16);
    assert_int_equal(graph_params(&graph), 3 * 4 * 9);
    x = graph_batch_norm(&graph, x, true);
    x = graph_batch_norm(&graph, x, false);
    x = graph_relu(&graph, x);
    assert_int_equal(graph_params(&graph), 3 * 4 * 9 + 8);
    x = graph_conv(&graph, x, 8, 1, 1, 0, 1, 2);
    assert_int_equal(graph_macs(&graph), 3 * 4 * 9 * 16 + 2 * 8 * 16);
    x = graph_global_pool(&graph, graph_pool(&graph, OP_AVG_POOL, x, 3, 1, 1));
    (void)graph_linear(&graph, x, 10);
    assert_int_equal(graph_macs(&graph), 3 * 4 * 9 * 16 + 2 * 8 * 16 + 80);
    assert_int_equal(graph_params(&graph), 3 * 4 * 9 + 8 + 2 * 8 + 90);
    graph_free(&graph);
}

static void simplify(const struct graph *graph, struct graph *out)
{
    struct error error;
    *out = (struct graph){0};
    assert_int_equal(graph_simplify(graph, out, &error), 0);
}

static void finish(struct graph *graph, int x)
{
    (void)graph_linear(graph, graph_global_pool(graph, x), 10);
}

static void test_zero_terms_go(void **state)
{
    (void)state;
    struct graph graph = {0}, simple;
    int x = graph_input(&graph, 4, 8, 8);
    int a = graph_conv(&graph, x, 4, 3, 1, 1, 1, 1);
    int none = graph_zero(&graph, x, 1);
    int b = graph_conv(&graph, x, 4, 1, 1, 0, 1, 1);
    finish(&graph, graph_sum(&graph, (int[]){b, none, a, x}, 4));
    simplify(&graph, &simple);
    assert_operations(&simple, "input conv conv sum global_pool linear");
    assert_int_equal(simple.node[3].fan_in, 3); /* the order of the terms stays */
    assert_int_equal(input_of(&simple, 3, 0), 2);
    assert_int_equal(input_of(&simple, 3, 1), 1);
    assert_int_equal(input_of(&simple, 3, 2), 0);
    assert_int_equal(simple.node[2].kernel, 1);
    graph_free(&simple);
    graph_free(&graph);
}

static void test_sum_of_one_goes(void **state)
{
    (void)state;
    struct graph graph = {0}, simple;
    int x = graph_input(&graph, 4, 8, 8);
    int none = graph_zero(&graph, x, 1);
    int inner = graph_sum(&graph, (int[]){none, x}, 2);
    int outer = graph_sum(&graph, &inner, 1);
    finish(&graph, graph_sum(&graph, (int[]){outer, inner}, 2)); /* x + x stays a sum */
    simplify(&graph, &simple);
    assert_operations(&simple, "input sum global_pool linear");
    assert_int_equal(input_of(&simple, 1, 0), 0);
    assert_int_equal(input_of(&simple, 1, 1), 0);
    graph_free(&simple);
    graph_free(&graph);
}

/* Whatever reads zeros alone is zero, an affine batch norm (a learned constant) too. */
static void test_zero_spreads(void **state)
{
    (void)state;
    for (int kind = 0; kind < 7; kind++) {
        struct graph graph = {0}, simple;
        int x = graph_input(&graph, 4, 8, 8), none = graph_zero(&graph, x, 1), dead = none;
        switch (kind) {
        case 0:
            dead = graph_conv(&graph, none, 4, 3, 1, 1, 1, 1);
            break;
        case 1:
            dead = graph_batch_norm(&graph, none, true);
            break;
        case 2:
            dead = graph_relu(&graph, none);
            break;
        case 3:
            dead = graph_pool(&graph, OP_AVG_POOL, none, 3, 1, 1);
            break;
        case 4:
            dead = graph_pool(&graph, OP_MAX_POOL, none, 3, 1, 1);
            break;
        case 5:
            dead = graph_sum(&graph, (int[]){none, none}, 2);
            break;
        case 6:
            dead = graph_relu(&graph, graph_batch_norm(&graph, none, false));
            break;
        }
        finish(&graph, graph_sum(&graph, (int[]){dead, x}, 2));
        simplify(&graph, &simple);
        assert_operations(&simple, "input global_pool linear");
        graph_free(&simple);
        graph_free(&graph);
    }
}

static void test_unread_goes(void **state)
{
    (void)state;
    struct graph graph = {0}, simple;
    int x = graph_input(&graph, 4, 8, 8);
    int unread = graph_relu(&graph, graph_conv(&graph, x, 4, 3, 1, 1, 1, 1));
    (void)graph_batch_norm(&graph, unread, true);
    finish(&graph, graph_relu(&graph, x));
    simplify(&graph, &simple);
    assert_operations(&simple, "input relu global_pool linear");
    graph_free(&simple);
    graph_free(&graph);
}

static void test_no_path(void **state)
{
    (void)state;
    struct graph graph = {0}, simple;
    int x = graph_input(&graph, 4, 8, 8);
    x = graph_conv(&graph, graph_zero(&graph, x, 1), 6, 3, 1, 1, 1, 1);
    finish(&graph, x);
    simplify(&graph, &simple);
    assert_operations(&simple, "input zero linear");
    assert_shape(&simple, 1, 6, 1, 1);
    assert_int_equal(input_of(&simple, 1, 0), 0);
    assert_int_equal(input_of(&simple, 2, 0), 1);
    assert_int_equal(graph_macs(&simple), 60);
    graph_free(&simple);
    graph_free(&graph);
}

/* A zero output is kept as one; so is a zero among a concatenation's live inputs. */
static void test_zeros_that_stay(void **state)
{
    (void)state;
    struct graph graph = {0}, simple;
    int x = graph_input(&graph, 4, 8, 8);
    int none = graph_zero(&graph, x, 2);
    (void)graph_relu(&graph, none);
    simplify(&graph, &simple);
    assert_operations(&simple, "input zero");
    assert_shape(&simple, 1, 4, 4, 4);
    graph_free(&simple);
    int half = graph_pool(&graph, OP_MAX_POOL, x, 2, 2, 0);
    (void)graph_concat(&graph, (int[]){none, half, none}, 3);
    simplify(&graph, &simple);
    assert_operations(&simple, "input max_pool zero concat");
    assert_shape(&simple, 3, 12, 4, 4);
    assert_int_equal(input_of(&simple, 3, 0), 2);
    assert_int_equal(input_of(&simple, 3, 1), 1);
    assert_int_equal(input_of(&simple, 3, 2), 2);
    graph_free(&simple);
    graph_free(&graph);
}

/* A linear layer has a bias: behind it there is something again. */
static void test_linear_is_never_zero(void **state)
{
    (void)state;
    struct graph graph = {0}, simple;
    int x = graph_input(&graph, 4, 1, 1);
    x = graph_linear(&graph, graph_zero(&graph, x, 1), 5);
    (void)graph_linear(&graph, graph_relu(&graph, x), 3);
    simplify(&graph, &simple);
    assert_operations(&simple, "input zero linear relu linear");
    graph_free(&simple);
    graph_free(&graph);
}

static void test_simplified_stays(void **state)
{
    (void)state;
    struct graph graph = {0}, once, twice;
    int x = graph_input(&graph, 4, 8, 8);
    int none = graph_zero(&graph, x, 1);
    int a = graph_conv(&graph, x, 4, 3, 1, 1, 1, 1);
    finish(&graph, graph_sum(&graph, (int[]){none, a, x}, 3));
    simplify(&graph, &once);
    simplify(&once, &twice);
    assert_int_equal(once.nodes, twice.nodes);
    assert_int_equal(once.edges, twice.edges);
    assert_memory_equal(once.edge, twice.edge, (size_t)once.edges * sizeof *once.edge);
    for (int i = 0; i < once.nodes; i++)
        assert_int_equal(once.node[i].op, twice.node[i].op);
    graph_free(&twice);
    graph_free(&once);
    graph_free(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_failed_graph),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_zero_terms_go),
        cmocka_unit_test(test_sum_of_one_goes),
        cmocka_unit_test(test_zero_spreads),
        cmocka_unit_test(test_unread_goes),
        cmocka_unit_test(test_no_path),
        cmocka_unit_test(test_zeros_that_stay),
        cmocka_unit_test(test_linear_is_never_zero),
        cmocka_unit_test(test_simplified_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
