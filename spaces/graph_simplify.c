#include "spaces/graph.h"

#include <assert.h>
#include <stdlib.h>

/* What is known about each node of the graph that is simplified. */
struct facts {
    bool zero; /* its output is zero whatever the image and the weights */
    bool live; /* it is not zero, and the output depends on it */
    int image; /* its number in the new graph, -1: not there (yet) */
};

struct rewrite {
    const struct graph *from;
    struct graph *to;
    struct facts *facts; /* [from->nodes] */
    int *inputs;         /* [from->edges] scratch: the new numbers of one node's inputs */
};

static const int *inputs_of(const struct graph *graph, const struct node *node)
{
    return graph->edge + node->first;
}

/* A LINEAR has a bias and is never zero; everything else that reads nothing but zeros is. (A batch
 * norm's offset alone would be a learned constant: folded by definition.) */
static void find_zeros(struct rewrite *rewrite)
{
    const struct graph *graph = rewrite->from;
    for (int i = 0; i < graph->nodes; i++) {
        const struct node *node = &graph->node[i];
        bool zero = node->op != OP_INPUT && node->op != OP_LINEAR;
        for (int k = 0; k < node->fan_in && node->op != OP_ZERO; k++)
            zero = zero && rewrite->facts[inputs_of(graph, node)[k]].zero;
        rewrite->facts[i].zero = zero;
    }
}

static void find_live(struct rewrite *rewrite)
{
    const struct graph *graph = rewrite->from;
    rewrite->facts[graph->nodes - 1].live = true;
    for (int i = graph->nodes - 1; i >= 0; i--) {
        const struct node *node = &graph->node[i];
        rewrite->facts[i].live = rewrite->facts[i].live && !rewrite->facts[i].zero;
        for (int k = 0; k < node->fan_in && rewrite->facts[i].live; k++)
            rewrite->facts[inputs_of(graph, node)[k]].live = true;
    }
    rewrite->facts[0].live = true; /* the INPUT stays in every network */
}

/* The new number of `old`; a zero that has to be read after all becomes a ZERO node here. */
static int image_of(struct rewrite *rewrite, int old)
{
    struct facts *facts = &rewrite->facts[old];
    if (facts->image < 0) {
        const struct node *shape = &rewrite->from->node[old];
        struct node zero = {.op = OP_ZERO,
                            .fan_in = 1,
                            .channels = shape->channels,
                            .rows = shape->rows,
                            .columns = shape->columns,
                            .layer = -1};
        facts->image = graph_append(rewrite->to, &zero, &(int){0});
    }
    return facts->image;
}

static void copy_node(struct rewrite *rewrite, int old)
{
    struct node node = rewrite->from->node[old];
    const int *inputs = inputs_of(rewrite->from, &node);
    int n = 0;
    for (int k = 0; k < node.fan_in; k++)
        if (node.op != OP_SUM || !rewrite->facts[inputs[k]].zero)
            rewrite->inputs[n++] = image_of(rewrite, inputs[k]);
    node.fan_in = n;
    bool is_its_term = node.op == OP_SUM && n == 1 && !node.weighing;
    rewrite->facts[old].image =
        is_its_term ? rewrite->inputs[0] : graph_append(rewrite->to, &node, rewrite->inputs);
}

int graph_simplify(const struct graph *graph, struct graph *out, struct error *error)
{
    if (graph->failed)
        return error_set(error, ERROR_MEMORY, "graph: out of memory");
    assert(graph->nodes > 0 && graph->node[0].op == OP_INPUT);
    struct rewrite rewrite = {.from = graph,
                              .to = out,
                              .facts = calloc((size_t)graph->nodes, sizeof *rewrite.facts),
                              .inputs = calloc((size_t)graph->edges + 1, sizeof *rewrite.inputs)};
    if (rewrite.facts && rewrite.inputs) {
        find_zeros(&rewrite);
        find_live(&rewrite);
        for (int i = 0; i < graph->nodes; i++)
            rewrite.facts[i].image = -1;
        for (int i = 0; i < graph->nodes; i++)
            if (rewrite.facts[i].live)
                copy_node(&rewrite, i);
        (void)image_of(&rewrite, graph->nodes - 1); /* a network whose output is zero itself */
    } else {
        out->failed = true;
    }
    free(rewrite.inputs);
    free(rewrite.facts);
    return out->failed ? error_set(error, ERROR_MEMORY, "simplified graph: out of memory") : 0;
}
