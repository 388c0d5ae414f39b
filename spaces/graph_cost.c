#include "spaces/graph.h"

/* Channels of a node's (first) input. */
static uint64_t channels_in(const struct graph *graph, const struct node *node)
{
    return (uint64_t)graph->node[graph->edge[node->first]].channels;
}

/* Weights of a CONV or LINEAR node, biases not counted; 0 for every other operation. */
static uint64_t weights(const struct graph *graph, const struct node *node)
{
    uint64_t out = (uint64_t)node->channels;
    if (node->op == OP_LINEAR)
        return channels_in(graph, node) * out;
    if (node->op == OP_CONV)
        return channels_in(graph, node) / (uint64_t)node->groups * out *
               (uint64_t)(node->kernel * node->kernel);
    return 0;
}

uint64_t graph_macs(const struct graph *graph)
{
    uint64_t macs = 0;
    for (int i = 0; i < graph->nodes; i++) {
        const struct node *node = &graph->node[i];
        macs += weights(graph, node) * (uint64_t)node->rows * (uint64_t)node->columns;
    }
    return macs;
}

uint64_t graph_params(const struct graph *graph)
{
    uint64_t params = 0;
    for (int i = 0; i < graph->nodes; i++) {
        const struct node *node = &graph->node[i];
        params += weights(graph, node);
        if (node->op == OP_LINEAR)
            params += (uint64_t)node->channels;
        if (node->op == OP_BATCH_NORM && node->affine)
            params += 2 * (uint64_t)node->channels;
    }
    return params;
}
