/* The canonical form of graphs: what it tells apart, what it does not, and that it is canonical
 * where colour refinement alone is not. */
#include "base/random.h"
#include "spaces/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

enum { CHANNELS = 4, SIZE = 8 };

static int begin(struct graph *graph)
{
    *graph = (struct graph){0};
    return graph_input(graph, CHANNELS, SIZE, SIZE);
}

static int conv(struct graph *graph, int input, int kernel)
{
    return graph_conv(graph, input, CHANNELS, kernel, 1, kernel / 2, 1, 1);
}

static int add(struct graph *graph, int a, int b)
{
    return graph_sum(graph, (int[]){a, b}, 2);
}

static int pool(struct graph *graph, int input)
{
    return graph_pool(graph, OP_AVG_POOL, input, 3, 1, 1);
}

/* Close a graph with its head, digest it and free it. */
static struct digest end(struct graph *graph, int output)
{
    struct digest digest;
    struct error error;
    (void)graph_linear(graph, graph_global_pool(graph, output), 10);
    assert_int_equal(graph_canonical(graph, &digest, &error), 0);
    graph_free(graph);
    return digest;
}

static bool same(struct digest a, struct digest b)
{
    return a.high == b.high && a.low == b.low;
}

static void test_order_of_sums(void **state)
{
    (void)state;
    struct graph g;
    int x = begin(&g), a = conv(&g, x, 3), b = conv(&g, x, 1);
    struct digest first = end(&g, add(&g, a, b));
    x = begin(&g), b = conv(&g, x, 1), a = conv(&g, x, 3);
    assert_true(same(first, end(&g, add(&g, b, a))));
    x = begin(&g), a = conv(&g, x, 3), b = conv(&g, x, 3);
    assert_false(same(first, end(&g, add(&g, a, b))));
}

static void test_weights_are_instances(void **state)
{
    (void)state;
    struct graph g;
    int x = begin(&g), a = conv(&g, x, 3), b = conv(&g, x, 3);
    struct digest two = end(&g, add(&g, a, b));
    x = begin(&g), a = conv(&g, x, 3);
    assert_false(same(two, end(&g, add(&g, a, a))));

    x = begin(&g), a = conv(&g, x, 3); /* two readers of one convolution ... */
    struct digest shared = end(&g, add(&g, conv(&g, a, 1), conv(&g, a, 3)));
    x = begin(&g); /* ... are not two convolutions with one reader each */
    a = conv(&g, conv(&g, x, 3), 1), b = conv(&g, conv(&g, x, 3), 3);
    assert_false(same(shared, end(&g, add(&g, a, b))));

    x = begin(&g), a = graph_batch_norm(&g, x, true), b = graph_batch_norm(&g, x, true);
    struct digest norms = end(&g, add(&g, a, b));
    x = begin(&g), a = graph_batch_norm(&g, x, true);
    assert_false(same(norms, end(&g, add(&g, a, a))));
}

static void test_others_are_not(void **state)
{
    (void)state;
    struct graph g;
    int x = begin(&g);
    struct digest two = end(&g, add(&g, pool(&g, x), pool(&g, x)));
    x = begin(&g);
    int p = pool(&g, x);
    assert_true(same(two, end(&g, add(&g, p, p))));
    x = begin(&g);
    assert_false(same(two, end(&g, pool(&g, x)))); /* twice is not once */
    x = begin(&g); /* also through a chain, and without gain and offset a norm carries no weights */
    int a = graph_batch_norm(&g, graph_relu(&g, x), false);
    int b = graph_batch_norm(&g, graph_relu(&g, x), false);
    struct digest chains = end(&g, add(&g, a, b));
    x = begin(&g), a = graph_batch_norm(&g, graph_relu(&g, x), false);
    assert_true(same(chains, end(&g, add(&g, a, a))));
}

static void test_sums_are_flat(void **state)
{
    (void)state;
    struct graph g;
    int x = begin(&g), a = conv(&g, x, 3), inner = add(&g, a, x);
    int reader = conv(&g, inner, 1); /* the inner sum has a second reader */
    struct digest nested = end(&g, graph_sum(&g, (int[]){inner, reader, x}, 3));
    x = begin(&g), a = conv(&g, x, 3), reader = conv(&g, add(&g, x, a), 1);
    assert_true(same(nested, end(&g, graph_sum(&g, (int[]){a, x, x, reader}, 4))));
    x = begin(&g), a = conv(&g, x, 3), reader = conv(&g, add(&g, x, a), 1);
    assert_false(same(nested, end(&g, graph_sum(&g, (int[]){a, x, reader}, 3))));
    x = begin(&g), a = conv(&g, x, 3); /* a pool of a sum is not rewritten into a sum of pools */
    struct digest whole = end(&g, pool(&g, add(&g, x, a)));
    x = begin(&g), a = conv(&g, x, 3);
    assert_false(same(whole, end(&g, add(&g, pool(&g, x), pool(&g, a)))));
}

/* Each attribute of an operation counts; the layer it came from does not. */
static void test_attributes(void **state)
{
    (void)state;
    struct graph g;
    struct digest found[8];
    int x = begin(&g);
    found[0] = end(&g, graph_conv(&g, x, 4, 3, 1, 1, 1, 1));
    x = begin(&g);
    found[1] = end(&g, graph_conv(&g, x, 8, 3, 1, 1, 1, 1));
    x = begin(&g);
    found[2] = end(&g, graph_conv(&g, x, 4, 3, 1, 1, 1, 2));
    x = begin(&g);
    found[3] = end(&g, graph_conv(&g, x, 4, 3, 1, 2, 2, 1));
    x = begin(&g);
    found[4] = end(&g, graph_conv(&g, x, 4, 5, 1, 2, 1, 1));
    x = begin(&g);
    found[5] = end(&g, graph_conv(&g, x, 4, 3, 2, 1, 1, 1));
    x = begin(&g);
    found[6] = end(&g, graph_batch_norm(&g, x, true));
    x = begin(&g);
    found[7] = end(&g, graph_batch_norm(&g, x, false));
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < i; k++)
            assert_false(same(found[i], found[k]));
    x = begin(&g), x = graph_conv(&g, x, 4, 3, 1, 1, 1, 1);
    g.node[x].layer = 5;
    assert_true(same(found[0], end(&g, x)));
}

static void test_concat_keeps_places(void **state)
{
    (void)state;
    struct graph g;
    int x = begin(&g), a = conv(&g, x, 3);
    struct digest first = end(&g, graph_concat(&g, (int[]){a, x}, 2));
    x = begin(&g), a = conv(&g, x, 3);
    assert_false(same(first, end(&g, graph_concat(&g, (int[]){x, a}, 2))));
    struct digest zeros[2];
    for (int i = 0; i < 2; i++) { /* 8 + 4 and 4 + 8 channels of nothing around x */
        x = begin(&g);
        int wide = graph_zero(&g, graph_concat(&g, (int[]){x, x}, 2), 1);
        int narrow = graph_zero(&g, x, 1);
        zeros[i] = end(&g, graph_concat(&g, (int[]){i ? wide : narrow, x, i ? narrow : wide}, 3));
    }
    assert_false(same(zeros[0], zeros[1]));
}

/* A bipartite network: convolutions a_i of x, convolutions b_j of the sum of those a_i with
 * matrix[j][i] != 0 (that often), all b_j added up. Nodes and terms in a random order. */
enum { WIDTH_MOST = 32 };

static struct digest bipartite(int n, int matrix[][WIDTH_MOST], struct random_stream *stream)
{
    struct graph g;
    uint32_t columns[WIDTH_MOST], rows[WIDTH_MOST];
    int a[WIDTH_MOST], b[WIDTH_MOST], x = begin(&g);
    random_permutation(stream, (uint32_t)n, columns);
    random_permutation(stream, (uint32_t)n, rows);
    for (int i = 0; i < n; i++)
        a[columns[i]] = conv(&g, x, 3);
    for (int j = 0; j < n; j++) {
        uint32_t order[WIDTH_MOST];
        int terms[2 * WIDTH_MOST], used = 0;
        random_permutation(stream, (uint32_t)n, order);
        for (int i = 0; i < n; i++)
            for (int times = matrix[rows[j]][order[i]]; times > 0; times--)
                terms[used++] = a[order[i]];
        b[j] = conv(&g, graph_sum(&g, terms, used), 3);
    }
    return end(&g, graph_sum(&g, b, n));
}

/* Row j reads i and its successor in a cycle; `cycles` gives the lengths, 0 ends. */
static int cycles_matrix(const int *cycles, int matrix[][WIDTH_MOST])
{
    int n = 0;
    memset(matrix, 0, sizeof(int[WIDTH_MOST][WIDTH_MOST]));
    for (; *cycles; n += *cycles++)
        for (int k = 0; k < *cycles; k++)
            matrix[n + k][n + k] = matrix[n + k][n + (k + 1) % *cycles] = 1;
    return n;
}

/* Regular networks, in which every node looks alike from near and is not: one cycle of six against
 * two of three, and unions in which a tie has members that no automorphism exchanges. */
static void test_regular(void **state)
{
    (void)state;
    static const int cycles[][6] = {{6},    {3, 3}, {4, 4, 4}, {3, 3, 6}, {6, 6},   {3, 3, 3, 3},
                                    {3, 9}, {4, 8}, {12},      {5, 7},    {3, 4, 5}};
    enum { CASES = sizeof cycles / sizeof *cycles, SHUFFLES = 8 };
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    struct digest found[CASES];
    for (int c = 0; c < CASES; c++) {
        int matrix[WIDTH_MOST][WIDTH_MOST], n = cycles_matrix(cycles[c], matrix);
        found[c] = bipartite(n, matrix, &stream);
        for (int i = 0; i < SHUFFLES; i++)
            assert_true(same(found[c], bipartite(n, matrix, &stream)));
        for (int k = 0; k < c; k++)
            assert_false(same(found[c], found[k]));
    }
}

/* The 4 x 4 rook's graph (neighbours share a row or a column) and Shrikhande's (their difference is
 * one of six): strongly regular with one set of parameters. Even with one node singled out,
 * refinement tells no node of the one from a node of the other. (Twice on the diagonal ties a_i to
 * b_i.) */
static bool rook_adjacent(int a, int b)
{
    return a != b && (a / 4 == b / 4 || a % 4 == b % 4);
}

static bool shrikhande_adjacent(int a, int b)
{
    int rows = (a / 4 - b / 4) & 3, columns = (a % 4 - b % 4) & 3;
    return (rows == 0 && columns % 2) || (columns == 0 && rows % 2) ||
           (rows == columns && rows % 2);
}

static void place_graph(bool (*adjacent)(int, int), int first, int matrix[][WIDTH_MOST])
{
    for (int a = 0; a < 16; a++)
        for (int b = 0; b < 16; b++)
            matrix[first + a][first + b] = a == b ? 2 : adjacent(a, b);
}

static void test_strongly_regular(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(7, RANDOM_TEST, 0, 0);
    int rook[WIDTH_MOST][WIDTH_MOST] = {{0}}, shrikhande[WIDTH_MOST][WIDTH_MOST] = {{0}};
    place_graph(rook_adjacent, 0, rook);
    place_graph(shrikhande_adjacent, 0, shrikhande);
    struct digest found = bipartite(16, rook, &stream);
    assert_true(same(found, bipartite(16, rook, &stream)));
    assert_false(same(found, bipartite(16, shrikhande, &stream)));
    int both[WIDTH_MOST][WIDTH_MOST] = {{0}};
    place_graph(rook_adjacent, 0, both);
    place_graph(shrikhande_adjacent, 16, both);
    found = bipartite(32, both, &stream);
    for (int i = 0; i < 4; i++)
        assert_true(same(found, bipartite(32, both, &stream)));
}

enum { SMALL = 4 };

/* Whether a permutation of rows and one of columns take p to q: all of both are tried. */
static bool matrices_alike(int p[][WIDTH_MOST], int q[][WIDTH_MOST])
{
    for (int r = 0; r < 256; r++) {
        int row[SMALL] = {r & 3, r >> 2 & 3, r >> 4 & 3, r >> 6}, seen_row = 0;
        for (int j = 0; j < SMALL; j++)
            seen_row |= 1 << row[j];
        for (int c = 0; c < 256 && seen_row == 15; c++) {
            int column[SMALL] = {c & 3, c >> 2 & 3, c >> 4 & 3, c >> 6}, seen = 0, differ = 0;
            for (int i = 0; i < SMALL; i++)
                seen |= 1 << column[i];
            for (int j = 0; j < SMALL && seen == 15; j++)
                for (int i = 0; i < SMALL; i++)
                    differ |= p[j][i] != q[row[j]][column[i]];
            if (seen == 15 && !differ)
                return true;
        }
    }
    return false;
}

/* No row and no column is empty (an empty column would be a dead convolution). */
static bool matrix_full(int matrix[][WIDTH_MOST])
{
    int rows = 0, columns = 0;
    for (int j = 0; j < SMALL; j++)
        for (int i = 0; i < SMALL; i++) {
            rows |= matrix[j][i] ? 1 << j : 0;
            columns |= matrix[j][i] ? 1 << i : 0;
        }
    return rows == 15 && columns == 15;
}

static void random_matrix(struct random_stream *stream, int matrix[][WIDTH_MOST])
{
    do {
        for (int j = 0; j < SMALL; j++)
            for (int i = 0; i < SMALL; i++) {
                uint32_t draw = random_below(stream, 8);
                matrix[j][i] = draw == 0 ? 2 : draw < 4;
            }
    } while (!matrix_full(matrix));
}

/* q becomes p with two entries of a column exchanged. */
static void near_miss(struct random_stream *stream, int p[][WIDTH_MOST], int q[][WIDTH_MOST])
{
    do {
        memcpy(q, p, sizeof(int[WIDTH_MOST][WIDTH_MOST]));
        uint32_t j = random_below(stream, SMALL), k = random_below(stream, SMALL);
        uint32_t i = random_below(stream, SMALL);
        int held = q[j][i];
        q[j][i] = q[k][i];
        q[k][i] = held;
    } while (!matrix_full(q));
}

/* Against brute force: equal digests if and only if some renaming takes one network to the other.
 * Half of the pairs differ by an exchange of two entries, so that near misses are common. */
static void test_against_brute_force(void **state)
{
    (void)state;
    enum { PAIRS = 1500 };
    struct random_stream stream = random_stream(2, RANDOM_TEST, 0, 0);
    int alike = 0;
    for (int pair = 0; pair < PAIRS; pair++) {
        int p[WIDTH_MOST][WIDTH_MOST], q[WIDTH_MOST][WIDTH_MOST];
        random_matrix(&stream, p);
        if (pair % 2)
            near_miss(&stream, p, q);
        else
            random_matrix(&stream, q);
        bool expected = matrices_alike(p, q);
        alike += expected;
        assert_int_equal(expected,
                         same(bipartite(SMALL, p, &stream), bipartite(SMALL, q, &stream)));
    }
    assert_in_range(alike, PAIRS / 10, PAIRS - PAIRS / 10); /* both answers have been tried */
}

/* Fourteen independent pairs of equal convolutions: 2^14 leaves, were automorphisms not found. */
static void test_many_ties(void **state)
{
    (void)state;
    struct graph g;
    struct digest found[2];
    for (int kind = 0; kind < 2; kind++) {
        int x = begin(&g);
        for (int i = 0; i < 14; i++) {
            int a = conv(&g, conv(&g, x, 3), 1), b = conv(&g, conv(&g, x, 3), 1);
            x = graph_relu(&g, i == 7 && kind ? add(&g, a, a) : add(&g, a, b));
        }
        found[kind] = end(&g, x);
    }
    assert_false(same(found[0], found[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_sums),
        cmocka_unit_test(test_weights_are_instances),
        cmocka_unit_test(test_others_are_not),
        cmocka_unit_test(test_sums_are_flat),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_concat_keeps_places),
        cmocka_unit_test(test_regular),
        cmocka_unit_test(test_strongly_regular),
        cmocka_unit_test(test_against_brute_force),
        cmocka_unit_test(test_many_ties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
