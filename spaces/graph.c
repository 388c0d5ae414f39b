#include "spaces/graph.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *op_name(enum op op)
{
    static const char *const names[] = {
#define X(name, text) text,
        OP_LIST(X)
#undef X
    };
    assert((int)op >= 0 && op < OP_COUNT);
    return names[op];
}

/* Room for `more` further items of `size` bytes behind `used`; false (and `array` as it was) when
 * memory or the range of int runs out. */
static bool reserve(void **array, int *capacity, int used, int more, size_t size)
{
    if (more > INT_MAX - used)
        return false;
    if (used + more <= *capacity)
        return true;
    int wanted = *capacity > INT_MAX / 2 ? INT_MAX : *capacity * 2;
    if (wanted < 64)
        wanted = 64;
    if (wanted < used + more)
        wanted = used + more;
    if ((size_t)wanted > SIZE_MAX / size)
        return false;
    void *grown = realloc(*array, (size_t)wanted * size);
    if (!grown)
        return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

int graph_append(struct graph *graph, const struct node *node, const int *inputs)
{
    if (graph->failed)
        return 0;
    assert(node->channels > 0 && node->rows > 0 && node->columns > 0);
    void *nodes = graph->node, *edges = graph->edge;
    bool fits = reserve(&nodes, &graph->node_capacity, graph->nodes, 1, sizeof *graph->node);
    graph->node = nodes;
    fits = fits &&
           reserve(&edges, &graph->edge_capacity, graph->edges, node->fan_in, sizeof *graph->edge);
    graph->edge = edges;
    if (!fits) {
        graph->failed = true;
        return 0;
    }
    for (int i = 0; i < node->fan_in; i++) {
        assert(inputs[i] >= 0 && inputs[i] < graph->nodes);
        graph->edge[graph->edges + i] = inputs[i];
    }
    graph->node[graph->nodes] = *node;
    graph->node[graph->nodes].first = graph->edges;
    graph->edges += node->fan_in;
    return graph->nodes++;
}

/* A node of operation `op` that reads `inputs` and, until its builder says otherwise, has the shape
 * of the first. After a failure there may be no nodes to read: the shape is then of no consequence.
 */
static struct node node_like(const struct graph *graph, enum op op, const int *inputs, int n)
{
    struct node node = {.op = op, .fan_in = n, .channels = 1, .rows = 1, .columns = 1, .layer = -1};
    if (graph->failed)
        return node;
    assert(n >= 1 && inputs[0] >= 0 && inputs[0] < graph->nodes);
    const struct node *from = &graph->node[inputs[0]];
    node.channels = from->channels;
    node.rows = from->rows;
    node.columns = from->columns;
    return node;
}

/* Pixels along one side of a sliding window's output. */
static int window_output(int size, const struct node *node)
{
    int reach = node->dilation * (node->kernel - 1) + 1;
    assert(size + 2 * node->padding >= reach && "a window larger than the padded input");
    return (size + 2 * node->padding - reach) / node->stride + 1;
}

static int append_window(struct graph *graph, struct node *node, int input)
{
    if (graph->failed)
        return 0;
    assert(node->kernel >= 1 && node->stride >= 1 && node->padding >= 0 && node->dilation >= 1);
    node->rows = window_output(node->rows, node);
    node->columns = window_output(node->columns, node);
    return graph_append(graph, node, &input);
}

int graph_input(struct graph *graph, int channels, int rows, int columns)
{
    struct node node = {
        .op = OP_INPUT, .channels = channels, .rows = rows, .columns = columns, .layer = -1};
    return graph_append(graph, &node, NULL);
}

int graph_zero(struct graph *graph, int input, int stride)
{
    struct node node = node_like(graph, OP_ZERO, &input, 1);
    assert(stride >= 1);
    node.stride = stride;
    node.rows = (node.rows - 1) / stride + 1;
    node.columns = (node.columns - 1) / stride + 1;
    return graph_append(graph, &node, &input);
}

int graph_conv(struct graph *graph, int input, int channels, int kernel, int stride, int padding,
               int dilation, int groups)
{
    struct node node = node_like(graph, OP_CONV, &input, 1);
    assert(groups >= 1 && channels % groups == 0);
    assert(graph->failed || node.channels % groups == 0);
    node.channels = channels;
    node.kernel = kernel;
    node.stride = stride;
    node.padding = padding;
    node.dilation = dilation;
    node.groups = groups;
    return append_window(graph, &node, input);
}

int graph_batch_norm(struct graph *graph, int input, bool affine)
{
    struct node node = node_like(graph, OP_BATCH_NORM, &input, 1);
    node.affine = affine;
    return graph_append(graph, &node, &input);
}

int graph_relu(struct graph *graph, int input)
{
    struct node node = node_like(graph, OP_RELU, &input, 1);
    return graph_append(graph, &node, &input);
}

int graph_pool(struct graph *graph, enum op op, int input, int kernel, int stride, int padding)
{
    struct node node = node_like(graph, op, &input, 1);
    assert(op == OP_AVG_POOL || op == OP_MAX_POOL);
    assert(padding < kernel && "a window that sees padding alone");
    node.kernel = kernel;
    node.stride = stride;
    node.padding = padding;
    node.dilation = 1;
    return append_window(graph, &node, input);
}

int graph_sum(struct graph *graph, const int *inputs, int n)
{
    struct node node = node_like(graph, OP_SUM, inputs, n);
    for (int i = 0; i < n && !graph->failed; i++) {
        const struct node *term = &graph->node[inputs[i]];
        assert(term->channels == node.channels && term->rows == node.rows &&
               term->columns == node.columns);
        (void)term;
    }
    return graph_append(graph, &node, inputs);
}

int graph_weigh(struct graph *graph, int input, int weighing)
{
    struct node node = node_like(graph, OP_SUM, &input, 1);
    assert(weighing > 0);
    node.weighing = weighing;
    return graph_append(graph, &node, &input);
}

int graph_concat(struct graph *graph, const int *inputs, int n)
{
    struct node node = node_like(graph, OP_CONCAT, inputs, n);
    for (int i = 1; i < n && !graph->failed; i++) {
        const struct node *part = &graph->node[inputs[i]];
        assert(part->rows == node.rows && part->columns == node.columns);
        node.channels += part->channels;
    }
    return graph_append(graph, &node, inputs);
}

int graph_drop(struct graph *graph, enum op op, int input, float rate)
{
    struct node node = node_like(graph, op, &input, 1);
    assert((op == OP_DROPOUT || op == OP_DROP_PATH) && rate >= 0 && rate < 1);
    node.rate = rate;
    return graph_append(graph, &node, &input);
}

int graph_global_pool(struct graph *graph, int input)
{
    struct node node = node_like(graph, OP_GLOBAL_POOL, &input, 1);
    node.rows = node.columns = 1;
    return graph_append(graph, &node, &input);
}

int graph_linear(struct graph *graph, int input, int classes)
{
    struct node node = node_like(graph, OP_LINEAR, &input, 1);
    assert(node.rows == 1 && node.columns == 1);
    node.channels = classes;
    return graph_append(graph, &node, &input);
}

void graph_free(struct graph *graph)
{
    free(graph->node);
    free(graph->edge);
    memset(graph, 0, sizeof *graph);
}
