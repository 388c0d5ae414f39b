#include "evaluator/snapshot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROLES_MOST = 4 }; /* tensors of one node */

static void append(struct snapshot *snapshot, const struct node *node, int number, enum role role,
                   int in, int kernel)
{
    struct parameter *p = &snapshot->parameter[snapshot->parameters++];
    *p = (struct parameter){.layer = node->layer,
                            .role = role,
                            .node = number,
                            .out = node->channels,
                            .in = in,
                            .kernel = kernel,
                            .first = snapshot->size};
    for (int i = 0; i < snapshot->parameters - 1; i++)
        p->turn += snapshot->parameter[i].layer == p->layer && snapshot->parameter[i].role == role;
    p->count = (size_t)p->out * (size_t)in * (size_t)(kernel * kernel);
    snapshot->size += p->count;
}

static void append_node(struct snapshot *snapshot, const struct graph *graph, int number)
{
    const struct node *node = &graph->node[number];
    int in = node->fan_in ? graph->node[graph->edge[node->first]].channels : 0;
    if (node->op == OP_CONV)
        append(snapshot, node, number, ROLE_KERNEL, in / node->groups, node->kernel);
    if (node->op == OP_LINEAR) {
        append(snapshot, node, number, ROLE_KERNEL, in, 1);
        append(snapshot, node, number, ROLE_BIAS, 1, 1);
    }
    if (node->op == OP_BATCH_NORM) {
        for (int role = ROLE_GAIN; role <= ROLE_OFFSET && node->affine; role++)
            append(snapshot, node, number, (enum role)role, 1, 1);
        append(snapshot, node, number, ROLE_MEAN, 1, 1);
        append(snapshot, node, number, ROLE_VARIANCE, 1, 1);
    }
}

static int no_memory(struct snapshot *snapshot, struct error *error)
{
    snapshot_free(snapshot);
    return error_set(error, ERROR_MEMORY, "snapshot: out of memory");
}

int snapshot_init(struct snapshot *snapshot, const struct graph *graph, struct error *error)
{
    *snapshot = (struct snapshot){
        .parameter = calloc((size_t)graph->nodes * ROLES_MOST, sizeof *snapshot->parameter)};
    if (!snapshot->parameter)
        return no_memory(snapshot, error);
    for (int i = 0; i < graph->nodes; i++)
        append_node(snapshot, graph, i);
    snapshot->value = calloc(snapshot->size, sizeof *snapshot->value);
    snapshot->moment = calloc(snapshot->size, sizeof *snapshot->moment);
    return snapshot->value && snapshot->moment ? 0 : no_memory(snapshot, error);
}

/* A copy of `bytes` bytes; NULL: out of memory. */
static void *duplicate(const void *data, size_t bytes)
{
    void *copy = malloc(bytes);
    return copy ? memcpy(copy, data, bytes) : NULL;
}

int snapshot_copy(struct snapshot *snapshot, const struct snapshot *from, struct error *error)
{
    size_t bytes = from->size * sizeof *from->value;
    *snapshot = *from;
    snapshot->parameter =
        duplicate(from->parameter, (size_t)from->parameters * sizeof *from->parameter);
    snapshot->value = duplicate(from->value, bytes);
    snapshot->moment = duplicate(from->moment, bytes);
    return snapshot->parameter && snapshot->value && snapshot->moment ? 0
                                                                      : no_memory(snapshot, error);
}

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->parameter);
    free(snapshot->value);
    free(snapshot->moment);
    *snapshot = (struct snapshot){0};
}

/* Where a network has a tensor: in its weights (and as far into the moments) or running statistics. */
struct location {
    bool running;
    size_t at;
};

static struct location locate_norm(const struct norm *norm, enum role role)
{
    switch (role) {
    case ROLE_GAIN:
        return (struct location){false, norm->gain};
    case ROLE_OFFSET:
        return (struct location){false, norm->offset};
    case ROLE_MEAN:
        return (struct location){true, norm->running};
    default:
        return (struct location){true, norm->running + (size_t)norm->channels};
    }
}

static struct location locate(const struct plan *plan, const struct parameter *parameter)
{
    for (int i = 0; i < plan->steps; i++) {
        const struct step *s = &plan->step[i];
        bool weighs = s->kind == STEP_CONV || s->kind == STEP_LINEAR;
        if (weighs && s->node == parameter->node)
            return (struct location){false, parameter->role == ROLE_BIAS ? s->bias : s->weight};
    }
    for (int i = 0; i < plan->norms; i++)
        if (plan->norm[i].node == parameter->node)
            return locate_norm(&plan->norm[i], parameter->role);
    assert(!"a network of the snapshot's graph");
    return (struct location){0};
}

void snapshot_take(struct snapshot *snapshot, const struct network *network)
{
    for (int i = 0; i < snapshot->parameters; i++) {
        const struct parameter *p = &snapshot->parameter[i];
        struct location place = locate(&network->plan, p);
        size_t bytes = p->count * sizeof(real);
        memcpy(snapshot->value + p->first,
               (place.running ? network->running : network->weights) + place.at, bytes);
        if (!place.running)
            memcpy(snapshot->moment + p->first, network->moment + place.at, bytes);
    }
    snapshot->seed = network->seed;
    snapshot->steps = network->steps;
}

void snapshot_put(const struct snapshot *snapshot, struct network *network)
{
    for (int i = 0; i < snapshot->parameters; i++) {
        const struct parameter *p = &snapshot->parameter[i];
        struct location place = locate(&network->plan, p);
        size_t bytes = p->count * sizeof(real);
        memcpy((place.running ? network->running : network->weights) + place.at,
               snapshot->value + p->first, bytes);
        if (!place.running)
            memcpy(network->moment + place.at, snapshot->moment + p->first, bytes);
    }
    network->seed = snapshot->seed;
    network->steps = snapshot->steps;
}

const struct parameter *snapshot_find(const struct snapshot *snapshot, int layer, enum role role,
                                      int turn)
{
    for (int i = 0; i < snapshot->parameters; i++) {
        const struct parameter *p = &snapshot->parameter[i];
        if (p->layer == layer && p->role == role && p->turn == turn)
            return p;
    }
    return NULL;
}

real *snapshot_value(const struct snapshot *snapshot, int layer, enum role role)
{
    const struct parameter *parameter = snapshot_find(snapshot, layer, role, 0);
    assert(parameter);
    return snapshot->value + parameter->first;
}
