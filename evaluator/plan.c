#include "evaluator/plan_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What the compiler knows of one node of the graph. */
struct place {
    int tensor;     /* holding its value, -1: none */
    int norm;       /* BATCH_NORM, weighed SUM: its number */
    bool fused;     /* a batch norm or weighed sum applied by its only reader, a sum */
    int combine;    /* step that computes it, if a combine; -1 otherwise */
    int readers;    /* of the graph */
    bool relu_only; /* all its readers are ReLUs */
};

struct compiler {
    const struct graph *graph;
    struct plan *plan;
    struct place *place;
    size_t small; /* arena reals given out for coefficients, before the tensors */
};

static const int *inputs_of(const struct graph *graph, int node)
{
    return graph->edge + graph->node[node].first;
}

/* Whether a sum applies this term itself where no one else reads it. */
static bool may_fuse(const struct graph *g, int sum, int term)
{
    const struct node *node = &g->node[term];
    return node->op == OP_BATCH_NORM ||
           (node->op == OP_SUM && node->weighing && !g->node[sum].weighing);
}

static void count_readers(struct compiler *c)
{
    const struct graph *g = c->graph;
    for (int n = 0; n < g->nodes; n++)
        c->place[n] = (struct place){.tensor = -1, .norm = -1, .combine = -1, .relu_only = true};
    for (int n = 0; n < g->nodes; n++)
        for (int i = 0; i < g->node[n].fan_in; i++) {
            struct place *p = &c->place[inputs_of(g, n)[i]];
            p->readers++;
            if (g->node[n].op != OP_RELU)
                p->relu_only = false;
        }
    for (int n = 0; n < g->nodes; n++) {
        if (g->node[n].op != OP_SUM)
            continue;
        for (int i = 0; i < g->node[n].fan_in; i++) {
            int in = inputs_of(g, n)[i];
            if (may_fuse(g, n, in) && c->place[in].readers == 1)
                c->place[in].fused = true;
        }
    }
}

/* Nodes that a step of their own computes as soon as their one input is there. */
static bool follows_input(enum op op)
{
    return op == OP_RELU || op == OP_CONV || op == OP_AVG_POOL || op == OP_MAX_POOL;
}

static int emit(const struct graph *g, int n, int *order, int count, bool *emitted)
{
    emitted[n] = true;
    order[count++] = n;
    for (int m = n + 1; m < g->nodes; m++)
        if (!emitted[m] && follows_input(g->node[m].op) && inputs_of(g, m)[0] == n)
            count = emit(g, m, order, count, emitted);
    return count;
}

/* The graph's order, with convolutions and pools moved up behind what they read. */
static void order_nodes(const struct graph *g, int *order, bool *emitted)
{
    int count = 0;
    for (int n = 0; n < g->nodes; n++)
        if (!emitted[n])
            count = emit(g, n, order, count, emitted);
    assert(count == g->nodes);
}

static size_t take_small(struct compiler *c, size_t reals)
{
    size_t at = c->small;
    c->small += (reals + LANES - 1) / LANES * LANES;
    return at;
}

static int new_tensor(struct compiler *c, const struct node *node, int step)
{
    struct plan *p = c->plan;
    struct tensor *t = &p->tensor[p->tensors];
    *t = (struct tensor){.channels = node->channels,
                         .pixels = (size_t)node->rows * (size_t)node->columns,
                         .step = step};
    t->size = (size_t)p->blocks * (size_t)t->channels * (t->pixels | 1) * LANES;
    return p->tensors++;
}

static struct step *new_step(struct compiler *c, enum step_kind kind, int node)
{
    struct step *s = &c->plan->step[c->plan->steps++];
    *s = (struct step){.kind = kind,
                       .node = node,
                       .input = -1,
                       .output = -1,
                       .rectified = -1,
                       .norm = -1,
                       .borrowed = -1};
    return s;
}

static size_t take_weights(struct plan *plan, size_t reals)
{
    size_t at = plan->weights;
    plan->weights += (reals + LANES - 1) / LANES * LANES;
    return at;
}

static void compile_input(struct compiler *c, int n)
{
    struct step *s = new_step(c, STEP_INPUT, n);
    s->output = c->place[n].tensor = new_tensor(c, &c->graph->node[n], c->plan->steps - 1);
}

static void compile_conv(struct compiler *c, int n)
{
    const struct node *node = &c->graph->node[n];
    int from = inputs_of(c->graph, n)[0];
    const struct node *in = &c->graph->node[from];
    struct step *s = new_step(c, STEP_CONV, n);
    s->input = c->place[from].tensor;
    s->conv = (struct conv){.in_channels = in->channels,
                            .in_rows = in->rows,
                            .in_columns = in->columns,
                            .out_channels = node->channels,
                            .out_rows = node->rows,
                            .out_columns = node->columns,
                            .kernel = node->kernel,
                            .stride = node->stride,
                            .padding = node->padding,
                            .dilation = node->dilation,
                            .groups = node->groups};
    s->weight =
        take_weights(c->plan, (size_t)node->channels * (size_t)(in->channels / node->groups) *
                                  (size_t)(node->kernel * node->kernel));
    s->output = c->place[n].tensor = new_tensor(c, node, c->plan->steps - 1);
}

static void take_coefficients(struct compiler *c, struct norm *m)
{
    size_t channels = (size_t)m->channels;
    m->mean = take_small(c, channels);
    m->deviation = take_small(c, channels);
    m->scale = take_small(c, channels);
    m->shift = take_small(c, channels);
    m->a = take_small(c, channels);
    m->b = take_small(c, channels);
    m->c = take_small(c, channels);
}

/* Give a batch norm its number and coefficient buffers; a convolution under it gathers its sums. */
static int compile_norm(struct compiler *c, int n)
{
    const struct node *node = &c->graph->node[n];
    struct plan *p = c->plan;
    struct norm *m = &p->norm[p->norms];
    size_t channels = (size_t)node->channels;
    *m = (struct norm){.node = n,
                       .channels = node->channels,
                       .affine = node->affine,
                       .pixels = (size_t)node->rows * (size_t)node->columns};
    m->running = p->running;
    p->running += 2 * channels;
    take_coefficients(c, m);
    int producer = p->tensor[c->place[inputs_of(c->graph, n)[0]].tensor].step;
    struct step *s = &p->step[producer];
    if (s->kind == STEP_CONV && s->norm < 0) {
        m->from_conv = true;
        s->norm = p->norms;
    }
    return c->place[n].norm = p->norms++;
}

/* A weighed sum: its weights go with the batch norm that it is the only reader of, or with a plain
 * norm. */
static void compile_weighed(struct compiler *c, int n)
{
    const struct node *node = &c->graph->node[n];
    struct plan *p = c->plan;
    int from = inputs_of(c->graph, n)[0], norm = c->place[from].norm;
    if (!c->place[from].fused) {
        norm = p->norms++;
        p->norm[norm] = (struct norm){.node = n,
                                      .channels = node->channels,
                                      .plain = true,
                                      .pixels = (size_t)node->rows * (size_t)node->columns};
        take_coefficients(c, &p->norm[norm]);
    }
    struct norm *m = &p->norm[norm];
    m->weighing = node->weighing;
    m->factor = take_small(c, (size_t)node->channels);
    m->factor_gradient = take_small(c, (size_t)node->channels);
    c->place[n].norm = norm;
}

/* The tensor under a batch norm or weighed sum that is not computed on its own. */
static int tensor_under(const struct compiler *c, int n)
{
    do
        n = inputs_of(c->graph, n)[0];
    while (c->place[n].tensor < 0);
    return c->place[n].tensor;
}

static void add_term(struct compiler *c, struct step *s, int from)
{
    struct plan *p = c->plan;
    struct plan_term *t = &p->term[p->terms++];
    s->terms++;
    const struct place *place = &c->place[from];
    if (place->fused || place->tensor < 0) { /* a batch norm not computed on its own */
        *t = (struct plan_term){tensor_under(c, from), place->norm};
        s->normed = true;
    } else {
        *t = (struct plan_term){place->tensor, -1};
    }
}

/* A sum, a batch norm or a ReLU computed on its own. */
static void compile_combine(struct compiler *c, int n)
{
    const struct node *node = &c->graph->node[n];
    struct step *s = new_step(c, STEP_COMBINE, n);
    int step = c->plan->steps - 1;
    s->first_term = c->plan->terms;
    if (node->op == OP_SUM && !node->weighing)
        for (int i = 0; i < node->fan_in; i++)
            add_term(c, s, inputs_of(c->graph, n)[i]);
    else if (node->op == OP_BATCH_NORM || node->op == OP_SUM)
        add_term(c, s, n);
    else
        add_term(c, s, inputs_of(c->graph, n)[0]);
    s->shift = take_small(c, (size_t)node->channels);
    c->place[n].combine = step;
    if (node->op == OP_RELU) {
        s->rectified = c->place[n].tensor = new_tensor(c, node, step);
    } else if (!c->place[n].relu_only) {
        s->output = c->place[n].tensor = new_tensor(c, node, step);
    }
}

static void compile_relu(struct compiler *c, int n)
{
    int from = inputs_of(c->graph, n)[0];
    int combine = c->place[from].combine;
    if (combine < 0) {
        compile_combine(c, n);
        return;
    }
    struct step *s = &c->plan->step[combine];
    if (s->rectified < 0)
        s->rectified = new_tensor(c, &c->graph->node[n], combine);
    c->place[n].tensor = s->rectified;
}

static void compile_pool(struct compiler *c, int n)
{
    const struct node *node = &c->graph->node[n];
    int from = inputs_of(c->graph, n)[0];
    const struct node *in = &c->graph->node[from];
    struct step *s = new_step(c,
                              node->op == OP_AVG_POOL   ? STEP_AVG_POOL
                              : node->op == OP_MAX_POOL ? STEP_MAX_POOL
                                                        : STEP_GLOBAL_POOL,
                              n);
    s->input = c->place[from].tensor;
    s->pool = (struct pool_window){.channels = node->channels,
                                   .in_rows = in->rows,
                                   .in_columns = in->columns,
                                   .out_rows = node->rows,
                                   .out_columns = node->columns,
                                   .kernel = node->kernel,
                                   .stride = node->stride,
                                   .padding = node->padding};
    s->output = c->place[n].tensor = new_tensor(c, node, c->plan->steps - 1);
}

static void compile_concat(struct compiler *c, int n)
{
    struct step *s = new_step(c, STEP_CONCAT, n);
    s->first_term = c->plan->terms;
    for (int i = 0; i < c->graph->node[n].fan_in; i++)
        add_term(c, s, inputs_of(c->graph, n)[i]);
    s->output = c->place[n].tensor = new_tensor(c, &c->graph->node[n], c->plan->steps - 1);
}

static void compile_drop(struct compiler *c, int n)
{
    const struct node *node = &c->graph->node[n];
    struct step *s = new_step(c, STEP_DROP, n);
    s->input = c->place[inputs_of(c->graph, n)[0]].tensor;
    s->rate = node->rate;
    s->whole_images = node->op == OP_DROP_PATH;
    if (s->whole_images)
        s->factor = take_small(c, (size_t)c->plan->blocks * LANES);
    s->output = c->place[n].tensor = new_tensor(c, node, c->plan->steps - 1);
}

static void compile_linear(struct compiler *c, int n)
{
    const struct node *node = &c->graph->node[n];
    int from = inputs_of(c->graph, n)[0];
    const struct node *in = &c->graph->node[from];
    struct step *s = new_step(c, STEP_LINEAR, n);
    s->input = in->op == OP_ZERO ? -1 : c->place[from].tensor;
    s->conv = (struct conv){.in_channels = in->channels,
                            .in_rows = 1,
                            .in_columns = 1,
                            .out_channels = node->channels,
                            .out_rows = 1,
                            .out_columns = 1,
                            .kernel = 1,
                            .stride = 1,
                            .dilation = 1,
                            .groups = 1};
    s->weight = take_weights(c->plan, (size_t)in->channels * (size_t)node->channels);
    s->output = c->place[n].tensor = new_tensor(c, node, c->plan->steps - 1);
    c->plan->classes = node->channels;
}

static int compile_node(struct compiler *c, int n, struct error *error)
{
    const struct node *node = &c->graph->node[n];
    switch (node->op) {
    case OP_INPUT:
        compile_input(c, n);
        return 0;
    case OP_CONV:
        compile_conv(c, n);
        return 0;
    case OP_BATCH_NORM:
        (void)compile_norm(c, n);
        if (!c->place[n].fused)
            compile_combine(c, n);
        return 0;
    case OP_SUM:
        if (node->fan_in > TERMS_MAX)
            return error_set(error, ERROR_UNSUPPORTED, "node %d: a sum of %d terms (most: %d)", n,
                             node->fan_in, TERMS_MAX);
        if (node->weighing)
            compile_weighed(c, n);
        if (!c->place[n].fused)
            compile_combine(c, n);
        return 0;
    case OP_RELU:
        compile_relu(c, n);
        return 0;
    case OP_AVG_POOL:
    case OP_MAX_POOL:
    case OP_GLOBAL_POOL:
        compile_pool(c, n);
        return 0;
    case OP_CONCAT:
        compile_concat(c, n);
        return 0;
    case OP_DROPOUT:
    case OP_DROP_PATH:
        compile_drop(c, n);
        return 0;
    case OP_LINEAR:
        compile_linear(c, n);
        return 0;
    case OP_ZERO: /* only left as the input of a linear layer that gets nothing */
        return 0;
    default:
        return error_set(error, ERROR_UNSUPPORTED, "node %d: the trainer has no %s yet", n,
                         op_name(node->op));
    }
}

/* Gains, offsets and biases come after all weights, so that decay can leave them out. */
static void place_small_weights(struct plan *p)
{
    p->decayed = p->weights;
    for (int i = 0; i < p->norms; i++) {
        if (!p->norm[i].affine)
            continue;
        p->norm[i].gain = take_weights(p, (size_t)p->norm[i].channels);
        p->norm[i].offset = take_weights(p, (size_t)p->norm[i].channels);
    }
    for (int i = 0; i < p->steps; i++)
        if (p->step[i].kind == STEP_LINEAR)
            p->step[i].bias = take_weights(p, (size_t)p->step[i].conv.out_channels);
}

/* Lane sums lie together, since all are cleared before a pass. */
static void place_lane_sums(struct compiler *c)
{
    struct plan *p = c->plan;
    p->clear_from = c->small;
    for (int i = 0; i < p->norms; i++) {
        size_t channels = (size_t)p->norm[i].channels;
        p->norm[i].statistics = take_small(c, 2 * channels * LANES);
        p->norm[i].sums = take_small(c, channels * LANES);
    }
    for (int i = 0; i < p->steps; i++)
        if (p->step[i].kind == STEP_COMBINE && p->step[i].normed) {
            int t = step_tensor(&p->step[i]);
            p->step[i].sum_g = take_small(c, (size_t)p->tensor[t].channels * LANES);
        }
    p->clear_size = c->small - p->clear_from;
}

int plan_init(struct plan *plan, const struct graph *graph, int blocks, enum plan_use use,
              struct error *error)
{
    *plan = (struct plan){.blocks = blocks};
    size_t n = (size_t)graph->nodes, e = (size_t)graph->edges + n;
    struct compiler c = {.graph = graph, .plan = plan, .place = calloc(n, sizeof *c.place)};
    int *order = calloc(n, sizeof *order);
    bool *emitted = calloc(n, sizeof *emitted);
    plan->step = calloc(n, sizeof *plan->step);
    plan->tensor = calloc(2 * n, sizeof *plan->tensor);
    plan->norm = calloc(n, sizeof *plan->norm);
    plan->term = calloc(e, sizeof *plan->term);
    plan->use = calloc(e, sizeof *plan->use);
    int status = 0;
    if (!c.place || !order || !emitted || !plan->step || !plan->tensor || !plan->norm ||
        !plan->term || !plan->use) {
        status = error_set(error, ERROR_MEMORY, "plan of %d nodes: out of memory", graph->nodes);
        goto out;
    }
    count_readers(&c);
    order_nodes(graph, order, emitted);
    for (int i = 0; i < graph->nodes && !status; i++)
        status = compile_node(&c, order[i], error);
    if (status)
        goto out;
    assert(plan->step[plan->steps - 1].kind == STEP_LINEAR);
    place_small_weights(plan);
    place_lane_sums(&c);
    plan_schedule(plan);
    status = plan_place(plan, use, c.small, error);
out:
    free(c.place);
    free(order);
    free(emitted);
    if (status)
        plan_free(plan);
    return status;
}

void plan_free(struct plan *plan)
{
    free(plan->step);
    free(plan->tensor);
    free(plan->norm);
    free(plan->term);
    free(plan->use);
    *plan = (struct plan){0};
}
