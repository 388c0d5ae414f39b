/* The classes of isomorphs of `cell`: how many, by whom represented, whatever the skeleton; and
 * how they relate to the benchmark's own. That they are right is the matter of
 * test_isomorphs_texts.c and test_isomorphs_numbers.c. / */
#include "base/digest.h"
#include "base/text.h"
#include "spaces/nb201.h"
#include "spaces/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

static const struct space *cell;
static struct skeleton small;  /* N = 1 */
static struct isomorphs known; /* under it */

static int find_classes(void **state)
{
    (void)state;
    struct error error;
    cell = space_find("cell", &error);
    small = cell->skeleton;
    small.cells = 1;
    return isomorphs_init(&known, cell, &small, &error);
}

static int free_classes(void **state)
{
    (void)state;
    isomorphs_free(&known);
    return 0;
}

static void test_counts(void **state)
{
    (void)state;
    assert_int_equal(known.count, 15625);
    assert_int_equal(known.distinct, 5260);
}

static void test_representatives(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (uint32_t i = 0; i < known.count; i++) {
        assert_in_range(known.class_of[i], 0, seen); /* classes are numbered as they come */
        if (known.class_of[i] == seen) {
            assert_int_equal(known.representative[seen], i);
            seen++;
        }
    }
    assert_int_equal(seen, known.distinct);
}

static void test_no_path(void **state)
{
    (void)state;
    uint32_t dead = 0;
    for (uint32_t i = 0; i < known.count; i++)
        dead += known.class_of[i] == 0;
    assert_int_equal(dead, 341);
    struct graph graph = {0};
    struct error error;
    assert_int_equal(isomorphs_graph(&known, cell, &small, 0, &graph, &error), 0);
    assert_int_equal(graph.nodes, 3);
    assert_int_equal(graph.node[1].op, OP_ZERO);
    assert_int_equal(graph.node[2].op, OP_LINEAR);
    assert_int_equal(known.train_macs[0], 640);
    graph_free(&graph);
}

static void test_costs(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < known.count; i++) {
        struct architecture a;
        struct cost cost;
        struct error error;
        cell->from_index(i, &a);
        assert_int_equal(architecture_cost(cell, &small, &a, &cost, &error), 0);
        assert_int_equal(known.macs[i], cost.macs);
        assert_int_equal(known.params[i], cost.params);
        assert_int_equal(known.train_macs[known.class_of[i]], cost.train_macs);
        assert_true(cost.train_macs <= cost.macs);
    }
}

/* A class is trained as its representative, with nothing left to simplify, and has its digest. */
static void test_graphs(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < known.distinct; c += 13) {
        struct graph graph = {0};
        struct digest digest;
        struct error error;
        assert_int_equal(isomorphs_graph(&known, cell, &small, c, &graph, &error), 0);
        assert_int_equal(graph_macs(&graph), known.train_macs[c]);
        assert_int_equal(graph_canonical(&graph, &digest, &error), 0);
        assert_memory_equal(&digest, &known.canonical[c], sizeof digest);
        assert_int_equal(graph.node[0].op, OP_INPUT);
        for (int i = 1; i < graph.nodes && c > 0; i++) {
            assert_int_not_equal(graph.node[i].op, OP_ZERO);
            assert_true(graph.node[i].op != OP_SUM || graph.node[i].fan_in > 1);
        }
        graph_free(&graph);
    }
}

static void test_skeleton_is_of_no_consequence(void **state)
{
    (void)state;
    struct skeleton other[2] = {cell->skeleton, cell->skeleton};
    other[0].cells = 3;
    other[0].channels = 8;
    other[0].stem_stride = 2;
    for (int s = 0; s < 2; s++) { /* the second is the benchmark's, N = 5 */
        struct isomorphs found;
        struct error error;
        assert_int_equal(isomorphs_init(&found, cell, &other[s], &error), 0);
        assert_int_equal(found.distinct, known.distinct);
        assert_memory_equal(found.class_of, known.class_of, known.count * sizeof *known.class_of);
        assert_memory_not_equal(&found.canonical[known.distinct - 1],
                                &known.canonical[known.distinct - 1], sizeof *known.canonical);
        isomorphs_free(&found);
    }
}

/* The benchmark's class and ours, of one architecture. */
struct pair {
    char published[ARCHITECTURE_TEXT];
    uint32_t class;
};

static int by_published(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    int order = strcmp(p->published, q->published);
    return order ? order : (p->class > q->class) - (p->class < q->class);
}

static int by_class(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    if (p->class != q->class)
        return p->class > q->class ? 1 : -1;
    return strcmp(p->published, q->published);
}

/* 6,466 classes of the benchmark; 430 of them lump networks that differ, and 1,212 of ours are torn
 * apart by it (dead edges leave their mark in its strings, nested sums are not flat). */
static void test_published_classes(void **state)
{
    (void)state;
    struct pair *pair = calloc(known.count, sizeof *pair);
    assert_non_null(pair);
    for (uint32_t i = 0; i < known.count; i++) {
        struct architecture a;
        cell->from_index(i, &a);
        nb201_class(&a, pair[i].published);
        pair[i].class = known.class_of[i];
    }
    int classes = 0, lumps = 0, torn = 0;
    qsort(pair, known.count, sizeof *pair, by_published);
    for (uint32_t i = 0, end; i < known.count; i = end, classes++) {
        for (end = i; end < known.count && !strcmp(pair[end].published, pair[i].published);)
            end++;
        lumps += pair[i].class != pair[end - 1].class;
    }
    qsort(pair, known.count, sizeof *pair, by_class);
    for (uint32_t i = 0, end; i < known.count; i = end) {
        for (end = i; end < known.count && pair[end].class == pair[i].class;)
            end++;
        torn += strcmp(pair[i].published, pair[end - 1].published) != 0;
    }
    free(pair);
    assert_int_equal(classes, 6466);
    assert_int_equal(lumps, 430);
    assert_int_equal(torn, 688);
}

/* Golden values: the representative of every architecture's class, one a line (the partition, found
 * by two methods), and the class digests under the benchmark's skeleton with N = 1 (they stand in
 * tables' and lists' columns, so they should not change unnoticed). */
static void test_golden(void **state)
{
    (void)state;
    struct text partition = {0}, canonical = {0};
    char printed[DIGEST_TEXT];
    for (uint32_t i = 0; i < known.count; i++)
        text_append(&partition, "%lu\n", (unsigned long)known.representative[known.class_of[i]]);
    for (uint32_t c = 0; c < known.distinct; c++) {
        digest_print(known.canonical[c], printed);
        text_append(&canonical, "%s\n", printed);
    }
    assert_false(partition.failed || canonical.failed);
    digest_print(digest_bytes(partition.data, partition.size), printed);
    assert_string_equal(printed, "6f7f3600b94826e05c44849b3a655896");
    digest_print(digest_bytes(canonical.data, canonical.size), printed);
    assert_string_equal(printed, "7706e4b149f028f1175781532da286eb");
    text_free(&canonical);
    text_free(&partition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_representatives),
        cmocka_unit_test(test_no_path),
        cmocka_unit_test(test_costs),
        cmocka_unit_test(test_graphs),
        cmocka_unit_test(test_skeleton_is_of_no_consequence),
        cmocka_unit_test(test_published_classes),
        cmocka_unit_test(test_golden),
    };
    return cmocka_run_group_tests(tests, find_classes, free_classes);
}
