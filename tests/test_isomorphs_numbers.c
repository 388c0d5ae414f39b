/* The classes of `cell` against numbers, by a plain evaluator in double: isomorphs give equal
 * logits when their weights are carried along the namings of tests/cell_naming.h; pool-free
 * networks of different classes give different ones under every naming (with pools, networks can
 * be equal as functions only, pooling being linear); and simplifying changes no bit of a network
 * whose norms have no offset. */
#include "base/random.h"
#include "tests/cell_naming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

/* Numbers -------------------------------------------------------------------------------------- */

/* Where a network's weights come from: the name of the convolution that they belong to. */
struct weights {
    const int *name; /* [CELL_EDGES] */
    bool offsets;    /* norms have them */
};

static double *output_of(const struct graph *graph, double **value, int node, int k)
{
    return value[graph->edge[graph->node[node].first + k]];
}

static void run_conv(const struct graph *graph, double **value, int i, struct random_stream *stream)
{
    const struct node *node = &graph->node[i];
    const struct node *in = &graph->node[graph->edge[node->first]];
    const double *x = output_of(graph, value, i, 0);
    for (int o = 0; o < node->channels; o++)
        for (int c = 0; c < in->channels; c++)
            for (int tap = 0; tap < node->kernel * node->kernel; tap++) {
                double weight = random_normal(stream);
                for (int p = 0; p < node->rows * node->columns; p++) {
                    int r = p / node->columns * node->stride + tap / node->kernel - node->padding;
                    int q = p % node->columns * node->stride + tap % node->kernel - node->padding;
                    if (r >= 0 && r < in->rows && q >= 0 && q < in->columns)
                        value[i][o * node->rows * node->columns + p] +=
                            weight * x[(c * in->rows + r) * in->columns + q];
                }
            }
}

static void run_pool(const struct graph *graph, double **value, int i)
{
    const struct node *node = &graph->node[i];
    const struct node *in = &graph->node[graph->edge[node->first]];
    const double *x = output_of(graph, value, i, 0);
    int pixels = node->rows * node->columns;
    for (int p = 0; p < node->channels * pixels; p++) {
        int c = p / pixels, top = p % pixels / node->columns * node->stride - node->padding;
        int left = p % node->columns * node->stride - node->padding, n = 0;
        for (int r = top; r < top + node->kernel; r++)
            for (int q = left; q < left + node->kernel; q++)
                if (r >= 0 && r < in->rows && q >= 0 && q < in->columns) {
                    value[i][p] += x[(c * in->rows + r) * in->columns + q];
                    n++;
                }
        value[i][p] /= n;
    }
}

static void run_linear(const struct graph *graph, double **value, int i,
                       struct random_stream *stream)
{
    const struct node *node = &graph->node[i];
    int inputs = graph->node[graph->edge[node->first]].channels;
    for (int o = 0; o < node->channels; o++) {
        value[i][o] = random_normal(stream);
        for (int c = 0; c < inputs; c++)
            value[i][o] += random_normal(stream) * output_of(graph, value, i, 0)[c];
    }
}

static void run_node(const struct graph *graph, double **value, int i, bool offsets,
                     struct random_stream *stream)
{
    const struct node *node = &graph->node[i];
    int pixels = node->rows * node->columns, size = node->channels * pixels;
    const double *x = node->fan_in ? output_of(graph, value, i, 0) : NULL;
    switch (node->op) {
    case OP_INPUT:
        for (int p = 0; p < size; p++)
            value[i][p] = random_normal(stream);
        break;
    case OP_CONV:
        run_conv(graph, value, i, stream);
        break;
    case OP_BATCH_NORM: /* with fixed statistics: a gain and an offset a channel */
        for (int c = 0; c < node->channels; c++) {
            double gain = 0.5 + random_uniform(stream), offset = random_uniform(stream);
            for (int p = c * pixels; p < (c + 1) * pixels; p++)
                value[i][p] = gain * x[p] + (offsets ? offset : 0);
        }
        break;
    case OP_RELU:
        for (int p = 0; p < size; p++)
            value[i][p] = x[p] > 0 ? x[p] : 0;
        break;
    case OP_AVG_POOL:
        run_pool(graph, value, i);
        break;
    case OP_SUM:
        for (int k = 0; k < node->fan_in; k++)
            for (int p = 0; p < size; p++)
                value[i][p] += output_of(graph, value, i, k)[p];
        break;
    case OP_GLOBAL_POOL: {
        int area = graph->node[graph->edge[node->first]].rows;
        area *= area;
        for (int p = 0; p < size * area; p++)
            value[i][p / area] += x[p] / area;
        break;
    }
    case OP_LINEAR:
        run_linear(graph, value, i, stream);
        break;
    case OP_ZERO:
        break;
    case OP_MAX_POOL:
    case OP_CONCAT:
    case OP_DROPOUT:
    case OP_DROP_PATH:
    case OP_COUNT:
        fail_msg("%s: not in a cell", op_name(node->op));
    }
}

enum { CLASSES = 3 };

/* Logits of one image. Weights are drawn by what they belong to: the name of a convolution in its
 * stage, or the how-many-th part of the skeleton it is. */
static void evaluate(const struct graph *graph, const struct weights *weights,
                     double logits[CLASSES])
{
    double **value = calloc((size_t)graph->nodes, sizeof *value);
    assert_non_null(value);
    uint32_t skeleton = 0;
    for (int i = 0; i < graph->nodes; i++) {
        const struct node *node = &graph->node[i];
        uint32_t item;
        if (node->layer < 0) {
            bool drawn = node->op == OP_CONV || node->op == OP_BATCH_NORM;
            item = node->op == OP_LINEAR ? 1 : 100 + (drawn ? ++skeleton : 0);
        } else {
            int name = weights->name[node->layer % CELL_EDGES];
            int kernel = node->op == OP_BATCH_NORM ? graph->node[i - 1].kernel : node->kernel;
            item = (uint32_t)(((node->layer / CELL_EDGES * 4 + kernel) * 8 + name + 1) * 1000);
        }
        struct random_stream stream = random_stream(8, RANDOM_TEST, (uint32_t)node->op, item);
        value[i] = calloc((size_t)(node->channels * node->rows * node->columns), sizeof **value);
        assert_non_null(value[i]);
        run_node(graph, value, i, weights->offsets, &stream);
    }
    memcpy(logits, value[graph->nodes - 1], CLASSES * sizeof *logits);
    for (int i = 0; i < graph->nodes; i++)
        free(value[i]);
    free(value);
}

/* Largest difference of two networks' logits, relative to the largest logit. */
static double distance(const double *a, const double *b)
{
    double most = 0, scale = 1;
    for (int i = 0; i < CLASSES; i++) {
        double d = a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];
        double size = a[i] > 0 ? a[i] : -a[i];
        most = d > most ? d : most;
        scale = size > scale ? size : scale;
    }
    return most / scale;
}

/* Tests ---------------------------------------------------------------------------------------- */

static const struct space *cell;
static const struct skeleton tiny = {.input_channels = 2,
                                     .input_size = 8,
                                     .classes = CLASSES,
                                     .channels = 3,
                                     .cells = 1,
                                     .stem_stride = 1};
static struct isomorphs classes;
static struct form *forms; /* [15625] */

static int begin(void **state)
{
    (void)state;
    struct error error;
    cell = space_find("cell", &error);
    forms = find_forms(cell);
    return forms ? isomorphs_init(&classes, cell, &tiny, &error) : -1;
}

static int end(void **state)
{
    (void)state;
    free(forms);
    isomorphs_free(&classes);
    return 0;
}

static void simplified(uint32_t index, struct graph *out)
{
    struct architecture a;
    struct graph whole = {0};
    struct error error;
    *out = (struct graph){0};
    cell->from_index(index, &a);
    assert_int_equal(cell->graph(&a, &tiny, &whole, &error), 0);
    assert_int_equal(graph_simplify(&whole, out, &error), 0);
    graph_free(&whole);
}

static void logits_of(uint32_t index, const int *name, double logits[CLASSES])
{
    struct graph graph;
    simplified(index, &graph);
    evaluate(&graph, &(struct weights){.name = name, .offsets = true}, logits);
    graph_free(&graph);
}

static void test_isomorphs_compute_the_same(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(9, RANDOM_TEST, 0, 0);
    int moved = 0;
    for (int pair = 0; pair < 600;) {
        uint32_t i = random_below(&stream, classes.count);
        uint32_t k = classes.representative[classes.class_of[i]];
        if (i == k)
            continue;
        double a[CLASSES], b[CLASSES];
        logits_of(i, forms[i].name, a);
        logits_of(k, forms[k].name, b);
        assert_true(distance(a, b) < 1e-12);
        moved += memcmp(forms[i].name, forms[k].name, sizeof forms[i].name) != 0;
        pair++;
    }
    assert_true(moved > 300); /* and not because their weights stand in the same places */
}

/* Whether some naming of `k`'s convolutions, from edge `e` on, gives it the logits `a`. */
static bool some_naming_fits(uint32_t k, int *name, int e, const double *a)
{
    const struct form *form = &forms[k];
    while (e < CELL_EDGES && form->name[e] < 0)
        e++;
    if (e == CELL_EDGES) {
        double b[CLASSES];
        logits_of(k, name, b);
        return distance(a, b) < 1e-9;
    }
    struct architecture architecture;
    cell->from_index(k, &architecture);
    int kind = architecture.decision[e];
    for (int n = 0; n < form->count[kind - CELL_CONV_1X1]; n++) {
        bool taken = false;
        for (int f = 0; f < e; f++)
            taken = taken || (architecture.decision[f] == kind && name[f] == n);
        name[e] = n;
        if (!taken && some_naming_fits(k, name, e + 1, a))
            return true;
    }
    name[e] = -1;
    return false;
}

static bool same_operations(const struct form *a, const struct form *b)
{
    return a->count[0] == b->count[0] && a->count[1] == b->count[1] && !strchr(a->text, 'p') &&
           !strchr(b->text, 'p') && a->text[0] && b->text[0];
}

static void test_others_compute_something_else(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(10, RANDOM_TEST, 0, 0);
    for (int pair = 0; pair < 250;) {
        uint32_t i = random_below(&stream, classes.count), k = random_below(&stream, classes.count);
        if (classes.class_of[i] == classes.class_of[k] || !same_operations(&forms[i], &forms[k]))
            continue;
        double a[CLASSES];
        int name[CELL_EDGES] = {-1, -1, -1, -1, -1, -1};
        logits_of(i, forms[i].name, a);
        assert_false(some_naming_fits(k, name, 0, a));
        pair++;
        memcpy(name, forms[i].name, sizeof name);
        assert_true(some_naming_fits(i, name, 0, a)); /* the search itself does find */
    }
}

static void test_simplifying_changes_no_bit(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(11, RANDOM_TEST, 0, 0);
    for (int n = 0; n < 300; n++) {
        uint32_t i = n > 0 ? random_below(&stream, classes.count) : 0; /* the first has no path */
        struct architecture a;
        struct graph whole = {0}, simple;
        struct error error;
        int name[CELL_EDGES] = {0, 1, 2, 3, 4, 5};
        double before[CLASSES], after[CLASSES];
        cell->from_index(i, &a);
        assert_int_equal(cell->graph(&a, &tiny, &whole, &error), 0);
        simplified(i, &simple);
        const struct weights weights = {.name = name, .offsets = false};
        evaluate(&whole, &weights, before);
        evaluate(&simple, &weights, after);
        assert_memory_equal(before, after, sizeof before);
        graph_free(&simple);
        graph_free(&whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_isomorphs_compute_the_same),
        cmocka_unit_test(test_others_compute_something_else),
        cmocka_unit_test(test_simplifying_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
