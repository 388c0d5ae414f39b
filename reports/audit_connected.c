/* Which architectures have a path from input to output: the graph of a network without one is a constant. */
#include "reports/audit.h"

#include <stdlib.h>

/* Of a simplified graph: its output is fed by a zero, and nothing else is left. */
static bool constant(const struct graph *graph)
{
    const struct node *output = &graph->node[graph->nodes - 1];
    return output->op == OP_ZERO ||
           (output->fan_in == 1 && graph->node[graph->edge[output->first]].op == OP_ZERO);
}

static int network_connected(const struct space *space, uint32_t representative, bool *has_path,
                             struct error *error)
{
    struct architecture architecture;
    struct graph whole = {0}, simple = {0};
    space->from_index(representative, &architecture);
    int status = space->graph(&architecture, &space->skeleton, &whole, error);
    if (!status)
        status = graph_simplify(&whole, &simple, error);
    if (!status)
        *has_path = !constant(&simple);
    graph_free(&simple);
    graph_free(&whole);
    return status;
}

int audit_connected(const struct table *table, bool *connected, struct error *error)
{
    uint32_t distinct = table->identity.distinct;
    bool *has_path = calloc(distinct, sizeof *has_path);
    int status = has_path ? 0 : error_set(error, ERROR_MEMORY, "audit: out of memory");
    for (uint32_t c = 0; !status && c < distinct; c++) {
        has_path[c] = true;
        if (table->space)
            status = network_connected(table->space, table->representative[c], &has_path[c], error);
    }
    for (uint32_t i = 0; !status && i < table->identity.count; i++)
        connected[i] = has_path[table->class_of[i]];
    free(has_path);
    return status;
}
