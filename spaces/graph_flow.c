#include "spaces/graph_flow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Work on the way from a graph to a flow. */
struct maker {
    const struct graph *graph;
    struct flow *flow;
    struct operand *value; /* [nodes] what each node's output adds up */
    int *first_reader;     /* [units] the last made unit without weights that reads ... */
    int *next_reader;      /* ... this unit first of all, and the one before it; -1: none */
};

/* Two of it on one input are two: it has weights, or chance, of its own. */
static bool is_instance(const struct node *node)
{
    return node->op == OP_CONV || node->op == OP_LINEAR || node->op == OP_DROPOUT ||
           node->op == OP_DROP_PATH || (node->op == OP_BATCH_NORM && node->affine);
}

/* An upper bound for the number of terms of all nodes together; -1: more than an int holds. */
static int64_t count_terms(const struct graph *graph, struct operand *value)
{
    int64_t total = 0;
    for (int i = 0; i < graph->nodes; i++) {
        const struct node *node = &graph->node[i];
        int64_t terms = node->op == OP_SUM ? 0 : 1;
        for (int k = 0; k < node->fan_in && node->op == OP_SUM; k++)
            terms += value[graph->edge[node->first + k]].count;
        value[i].count = terms > graph->nodes ? graph->nodes : (int)terms;
        total += value[i].count;
    }
    return total > INT32_MAX ? -1 : total;
}

/* Add `times` x unit to the operand that is being made at the end of the term array. */
static void add_term(struct flow *flow, struct operand *sum, struct term added)
{
    struct term *term = flow->term + sum->first;
    int place = sum->count;
    while (place > 0 && term[place - 1].unit > added.unit)
        place--;
    if (place > 0 && term[place - 1].unit == added.unit) {
        term[place - 1].times += added.times;
        return;
    }
    memmove(term + place + 1, term + place, (size_t)(sum->count - place) * sizeof *term);
    term[place] = added;
    sum->count++;
}

static struct operand sum_value(struct maker *maker, const struct node *node)
{
    struct flow *flow = maker->flow;
    struct operand sum = {.first = flow->terms, .channels = node->channels};
    for (int k = 0; k < node->fan_in; k++) {
        struct operand from = maker->value[maker->graph->edge[node->first + k]];
        for (int i = 0; i < from.count; i++)
            add_term(flow, &sum, flow->term[from.first + i]);
    }
    flow->terms += sum.count;
    return sum;
}

static bool operand_equal(const struct flow *flow, const struct operand *a, const struct operand *b)
{
    if (a->count != b->count || a->channels != b->channels)
        return false;
    const struct term *p = flow->term + a->first, *q = flow->term + b->first;
    for (int i = 0; i < a->count; i++)
        if (p[i].unit != q[i].unit || p[i].times != q[i].times)
            return false;
    return true;
}

static bool unit_equal(const struct flow *flow, const struct unit *a, const struct unit *b)
{
    if (a->operands != b->operands || memcmp(a->trait, b->trait, sizeof a->trait) != 0)
        return false;
    for (int i = 0; i < a->operands; i++)
        if (!operand_equal(flow, &flow->operand[a->first + i], &flow->operand[b->first + i]))
            return false;
    return true;
}

/* The unit that a unit reads first of all, -1 if it reads nothing. Equal units have the same. */
static int first_read(const struct flow *flow, const struct unit *unit)
{
    for (int i = 0; i < unit->operands; i++)
        if (flow->operand[unit->first + i].count > 0)
            return flow->term[flow->operand[unit->first + i].first].unit;
    return -1;
}

/* A unit that computes what the newest one does, without weights; else the newest, now on record.
 */
static int unit_merge(struct maker *maker, int newest)
{
    struct flow *flow = maker->flow;
    int read = first_read(flow, &flow->unit[newest]);
    if (read < 0)
        return newest;
    for (int i = maker->first_reader[read]; i >= 0; i = maker->next_reader[i])
        if (unit_equal(flow, &flow->unit[i], &flow->unit[newest]))
            return i;
    maker->next_reader[newest] = maker->first_reader[read];
    maker->first_reader[read] = newest;
    return newest;
}

static struct operand unit_value(struct maker *maker, const struct node *node)
{
    struct flow *flow = maker->flow;
    int number = flow->units, first = flow->operands;
    flow->unit[number] = (struct unit){
        .trait = {(uint32_t)node->op, (uint32_t)node->channels, (uint32_t)node->rows,
                  (uint32_t)node->columns, (uint32_t)node->kernel, (uint32_t)node->stride,
                  (uint32_t)node->padding, (uint32_t)node->dilation, (uint32_t)node->groups,
                  node->affine, (uint32_t)((double)node->rate * 0x1p31)},
        .first = first,
        .operands = node->fan_in};
    for (int k = 0; k < node->fan_in; k++)
        flow->operand[first + k] = maker->value[maker->graph->edge[node->first + k]];
    int unit = is_instance(node) ? number : unit_merge(maker, number);
    if (unit == number) {
        flow->units++;
        flow->operands += node->fan_in;
    }
    struct operand value = {.first = flow->terms, .count = 1, .channels = node->channels};
    flow->term[flow->terms++] = (struct term){.unit = unit, .times = 1};
    return value;
}

static void make_units(struct maker *maker)
{
    const struct graph *graph = maker->graph;
    struct flow *flow = maker->flow;
    for (int i = 0; i <= graph->nodes; i++)
        maker->first_reader[i] = maker->next_reader[i] = -1;
    for (int i = 0; i < graph->nodes; i++) {
        const struct node *node = &graph->node[i];
        if (node->op == OP_SUM)
            maker->value[i] = sum_value(maker, node);
        else if (node->op == OP_ZERO)
            maker->value[i] = (struct operand){.first = flow->terms, .channels = node->channels};
        else
            maker->value[i] = unit_value(maker, node);
    }
    flow->unit[flow->units++] =
        (struct unit){.trait = {OP_COUNT}, .first = flow->operands, .operands = 1};
    flow->operand[flow->operands++] = maker->value[graph->nodes - 1];
}

int flow_init(struct flow *flow, const struct graph *graph, struct error *error)
{
    memset(flow, 0, sizeof *flow);
    if (graph->failed)
        return error_set(error, ERROR_MEMORY, "graph: out of memory");
    assert(graph->nodes > 0);
    size_t nodes = (size_t)graph->nodes, edges = (size_t)graph->edges;
    struct maker maker = {.graph = graph,
                          .flow = flow,
                          .value = calloc(nodes, sizeof *maker.value),
                          .first_reader = calloc(nodes + 1, sizeof *maker.first_reader),
                          .next_reader = calloc(nodes + 1, sizeof *maker.next_reader)};
    int status = 0;
    int64_t terms = maker.value ? count_terms(graph, maker.value) : -1;
    flow->unit = calloc(nodes + 1, sizeof *flow->unit);
    flow->operand = calloc(edges + 1, sizeof *flow->operand);
    flow->term = terms < 0 ? NULL : calloc((size_t)terms, sizeof *flow->term);
    if (maker.first_reader && maker.next_reader && flow->unit && flow->operand && flow->term)
        make_units(&maker);
    else
        status = error_set(error, ERROR_MEMORY, "canonical form: out of memory");
    if (status)
        flow_free(flow);
    free(maker.next_reader);
    free(maker.first_reader);
    free(maker.value);
    return status;
}

void flow_free(struct flow *flow)
{
    free(flow->term);
    free(flow->operand);
    free(flow->unit);
    memset(flow, 0, sizeof *flow);
}
