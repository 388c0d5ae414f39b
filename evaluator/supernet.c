#include "evaluator/supernet.h"

#include "evaluator/batch.h"
#include "evaluator/trainer_parts.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- The shared weights ----------------------------------------------------------------------------- */

static void append_tensor(struct supernet *supernet, int node, enum role role, int in, int kernel)
{
    struct shared *t = &supernet->tensor[supernet->tensors++];
    int out = supernet->choices.graph.node[node].channels;
    *t = (struct shared){.node = node,
                         .role = role,
                         .out = out,
                         .in = in,
                         .kernel = kernel,
                         .first = supernet->size,
                         .count = (size_t)out * (size_t)in * (size_t)(kernel * kernel)};
    supernet->size += (t->count + LANES - 1) / LANES * LANES;
}

static void append_tensors(struct supernet *supernet, int number)
{
    const struct graph *graph = &supernet->choices.graph;
    const struct node *node = &graph->node[number];
    int in = node->fan_in ? graph->node[graph->edge[node->first]].channels : 0;
    supernet->tensor_of[number] = supernet->tensors;
    assert(node->op != OP_CONV || node->groups == 1);
    if (node->op == OP_CONV || node->op == OP_LINEAR)
        append_tensor(supernet, number, ROLE_KERNEL, in, node->op == OP_CONV ? node->kernel : 1);
    if (node->op == OP_LINEAR)
        append_tensor(supernet, number, ROLE_BIAS, 1, 1);
    if (node->op == OP_BATCH_NORM && node->affine) {
        append_tensor(supernet, number, ROLE_GAIN, 1, 1);
        append_tensor(supernet, number, ROLE_OFFSET, 1, 1);
    }
}

static int lay_tensors(struct supernet *supernet, struct error *error)
{
    size_t nodes = (size_t)supernet->choices.graph.nodes;
    supernet->tensor = calloc(2 * nodes, sizeof *supernet->tensor);
    supernet->tensor_of = calloc(nodes, sizeof *supernet->tensor_of);
    if (!supernet->tensor || !supernet->tensor_of)
        return error_set(error, ERROR_MEMORY, "supernet: out of memory");
    for (size_t i = 0; i < nodes; i++)
        append_tensors(supernet, (int)i);
    supernet->value = calloc(supernet->size, sizeof *supernet->value);
    supernet->moment = calloc(supernet->size, sizeof *supernet->moment);
    supernet->gradient = calloc(supernet->size, sizeof *supernet->gradient);
    supernet->moved = calloc(supernet->size, 1);
    if (!supernet->value || !supernet->moment || !supernet->gradient || !supernet->moved)
        return error_set(error, ERROR_MEMORY, "supernet of %zu weights: out of memory",
                         supernet->size);
    return 0;
}

/* The whole network initialises itself; its weights are then the shared ones. */
static int initialise(struct supernet *supernet, enum initialisation kind, uint64_t seed,
                      struct error *error)
{
    struct choice_program everything;
    struct supernet_pass pass;
    struct workspace *workspace = workspace_open();
    if (!workspace)
        return error_set(error, ERROR_MEMORY, "supernet: out of memory");
    choice_everything(&supernet->choices, &everything);
    int status = supernet_pass_open(&pass, supernet, &everything, 1, workspace,
                                    kernels_find("portable"), error);
    if (!status) {
        network_initialise(&pass.network, kind, seed);
        for (int i = 0; i < pass.bindings; i++) {
            const struct binding *b = &pass.binding[i];
            assert(b->rows == 1);
            memcpy(supernet->value + b->shared, pass.network.weights + b->network,
                   b->reals * sizeof(real));
        }
        supernet_pass_close(&pass);
    }
    workspace_close(workspace);
    return status;
}

int supernet_open(struct supernet *supernet, const struct space *space,
                  const struct skeleton *skeleton, const struct training *training, uint64_t seed,
                  struct error *error)
{
    *supernet = (struct supernet){.epsilon = training->batch_norm_epsilon};
    if (!space->choices)
        return error_set(error, ERROR_UNSUPPORTED, "%s has no choice graph to share weights in",
                         space->name);
    int status = space->choices(skeleton, &supernet->choices, error);
    if (!status)
        status = lay_tensors(supernet, error);
    if (!status)
        status = initialise(supernet, training_initialisation(training), seed, error);
    if (status)
        supernet_close(supernet);
    return status;
}

void supernet_close(struct supernet *supernet)
{
    choice_graph_free(&supernet->choices);
    free(supernet->tensor);
    free(supernet->tensor_of);
    free(supernet->value);
    free(supernet->moment);
    free(supernet->gradient);
    free(supernet->moved);
    *supernet = (struct supernet){0};
}

void supernet_forget(struct supernet *supernet)
{
    for (int i = 0; i < supernet->tensors; i++) {
        struct shared *t = &supernet->tensor[i];
        if (!t->moved)
            continue;
        memset(supernet->gradient + t->first, 0, t->count * sizeof(real));
        memset(supernet->moved + t->first, 0, t->count);
        t->moved = false;
    }
}

void supernet_shift(struct supernet *supernet, const real *direction, double scale)
{
    for (size_t i = 0; i < supernet->size; i++)
        supernet->value[i] = (real)((double)supernet->value[i] + scale * (double)direction[i]);
}

/* Sum of squares in the order of the tensors. */
static double gradient_norm(const struct supernet *supernet)
{
    double sum = 0;
    for (int i = 0; i < supernet->tensors; i++) {
        const struct shared *t = &supernet->tensor[i];
        const real *g = supernet->gradient + t->first;
        for (size_t k = 0; t->moved && k < t->count; k++)
            sum += (double)g[k] * (double)g[k];
    }
    return sqrt(sum);
}

double supernet_step(struct supernet *supernet, const struct supernet_rule *rule)
{
    double norm = gradient_norm(supernet);
    bool cut = rule->clip > 0 && norm > rule->clip;
    const real factor = (real)(cut ? rule->clip / norm : 1.0);
    const real rate = (real)rule->rate, momentum = (real)rule->momentum, decay = (real)rule->decay;
    for (int i = 0; i < supernet->tensors; i++) {
        const struct shared *t = &supernet->tensor[i];
        real *w = supernet->value + t->first, *m = supernet->moment + t->first;
        const real *g = supernet->gradient + t->first;
        const unsigned char *moved = supernet->moved + t->first;
        for (size_t k = 0; t->moved && k < t->count; k++) {
            if (!moved[k])
                continue;
            real slope = factor * g[k] + decay * w[k];
            m[k] = momentum * m[k] + slope;
            w[k] -= rate * (rule->nesterov ? slope + momentum * m[k] : m[k]);
        }
    }
    supernet_forget(supernet);
    return norm;
}

/* ---- A pass --------------------------------------------------------------------------------------- */

/* What part of a shared tensor a network of `out` outputs and `in` inputs has. */
static void bind(struct supernet_pass *pass, const struct supernet *supernet, int tensor, int out,
                 int in, size_t place)
{
    const struct shared *t = &supernet->tensor[tensor];
    size_t squares = (size_t)t->kernel * (size_t)t->kernel;
    struct binding *b = &pass->binding[pass->bindings++];
    assert(out <= t->out && in <= t->in);
    *b = (struct binding){.tensor = tensor,
                          .shared = t->first,
                          .stride = (size_t)t->in * squares,
                          .network = place,
                          .rows = (size_t)out,
                          .reals = (size_t)in * squares};
    if (in == t->in) { /* one run */
        b->reals *= b->rows;
        b->rows = 1;
    }
}

static int bind_all(struct supernet_pass *pass, const struct supernet *supernet,
                    struct error *error)
{
    const struct graph *graph = &pass->graph;
    const struct plan *plan = &pass->network.plan;
    pass->binding = calloc(2 * (size_t)(plan->steps + plan->norms), sizeof *pass->binding);
    if (!pass->binding)
        return error_set(error, ERROR_MEMORY, "supernet: out of memory");
    for (int i = 0; i < plan->steps; i++) {
        const struct step *s = &plan->step[i];
        if (s->kind != STEP_CONV && s->kind != STEP_LINEAR)
            continue;
        int tensor = supernet->tensor_of[graph->node[s->node].layer];
        bind(pass, supernet, tensor, s->conv.out_channels, s->conv.in_channels, s->weight);
        if (s->kind == STEP_LINEAR)
            bind(pass, supernet, tensor + 1, s->conv.out_channels, 1, s->bias);
    }
    for (int i = 0; i < plan->norms; i++) {
        const struct norm *m = &plan->norm[i];
        int tensor = supernet->tensor_of[graph->node[m->node].layer];
        if (!m->affine)
            continue;
        bind(pass, supernet, tensor, m->channels, 1, m->gain);
        bind(pass, supernet, tensor + 1, m->channels, 1, m->offset);
    }
    return 0;
}

static void gather(struct supernet_pass *pass, const struct supernet *supernet)
{
    for (int i = 0; i < pass->bindings; i++) {
        const struct binding *b = &pass->binding[i];
        for (size_t row = 0; row < b->rows; row++)
            memcpy(pass->network.weights + b->network + row * b->reals,
                   supernet->value + b->shared + row * b->stride, b->reals * sizeof(real));
    }
}

void supernet_collect(struct supernet *supernet, const struct supernet_pass *pass)
{
    for (int i = 0; i < pass->bindings; i++) {
        const struct binding *b = &pass->binding[i];
        for (size_t row = 0; row < b->rows; row++) {
            const real *from = pass->network.gradient + b->network + row * b->reals;
            size_t first = b->shared + row * b->stride;
            for (size_t k = 0; k < b->reals; k++)
                supernet->gradient[first + k] += from[k];
            memset(supernet->moved + first, 1, b->reals);
        }
        supernet->tensor[b->tensor].moved = true;
    }
}

/* The weights of one norm's weighed sum: of its option, `own`, and where a choice of width masks it what
 * that gives the lower half of the channels and all of them: m = p_w [1..1 0..0] + p_2w [1..1 1..1]
 * (Wan et al., FBNetV2, 2020). */
struct factors {
    int choice, option, mask; /* mask -1: none */
    double own, narrow, wide;
    int half; /* channels of the narrow option among those that there are */
};

static struct factors factors_of(const struct supernet *supernet, const struct supernet_pass *pass,
                                 const struct norm *norm)
{
    const struct choice_program *program = &pass->program;
    struct factors f = {.wide = 1};
    choice_of_weighing(norm->weighing, &f.choice, &f.option);
    f.own = program->weight[f.choice][f.option];
    f.mask = supernet->choices.choice[f.choice].mask;
    f.half = norm->channels;
    if (f.mask >= 0) {
        const bool *present = program->present[f.mask];
        f.narrow = present[0] ? program->weight[f.mask][0] : 0;
        f.wide = present[1] ? program->weight[f.mask][1] : 0;
        f.half /= present[1] ? 2 : 1;
    }
    return f;
}

static void weigh(const struct supernet *supernet, struct supernet_pass *pass)
{
    for (int i = 0; i < pass->network.plan.norms; i++) {
        const struct norm *m = &pass->network.plan.norm[i];
        if (!m->weighing)
            continue;
        struct factors f = factors_of(supernet, pass, m);
        real *factor = pass->network.arena + m->factor;
        for (int k = 0; k < m->channels; k++)
            factor[k] = (real)(f.own * (k < f.half ? f.narrow + f.wide : f.wide));
    }
}

void supernet_pass_choices(const struct supernet *supernet, const struct supernet_pass *pass,
                           struct choice_gradient *gradient)
{
    *gradient = (struct choice_gradient){0};
    for (int i = 0; i < pass->network.plan.norms; i++) {
        const struct norm *m = &pass->network.plan.norm[i];
        if (!m->weighing)
            continue;
        struct factors f = factors_of(supernet, pass, m);
        const real *g = pass->network.arena + m->factor_gradient;
        double lower = 0, upper = 0;
        for (int k = 0; k < m->channels; k++)
            *(k < f.half ? &lower : &upper) += (double)g[k];
        gradient->of[f.choice][f.option] += lower * (f.narrow + f.wide) + upper * f.wide;
        if (f.mask < 0)
            continue;
        const bool *present = pass->program.present[f.mask];
        gradient->of[f.mask][0] += present[0] ? f.own * lower : 0;
        gradient->of[f.mask][1] += present[1] ? f.own * (lower + upper) : 0;
    }
}

static int open_pass(struct supernet_pass *pass, const struct supernet *supernet,
                     const struct choice_program *program, int blocks, enum plan_use use,
                     struct workspace *workspace, const struct kernels *kernels,
                     struct error *error)
{
    *pass = (struct supernet_pass){.program = *program};
    const char *wrong = choice_program_wrong(&supernet->choices, program);
    if (wrong)
        return error_set(error, ERROR_ARGUMENT, "program: %s", wrong);
    int status = choice_select(&supernet->choices, program, &pass->graph, error);
    if (!status)
        status = network_lay(&pass->network, &pass->graph, blocks, use, workspace, kernels, 1,
                             supernet->epsilon, error);
    if (!status && (status = bind_all(pass, supernet, error)))
        network_close(&pass->network);
    if (status) {
        graph_free(&pass->graph);
        return status;
    }
    pass->macs = graph_macs(&pass->graph);
    gather(pass, supernet);
    weigh(supernet, pass);
    return 0;
}

int supernet_pass_open(struct supernet_pass *pass, const struct supernet *supernet,
                       const struct choice_program *program, int blocks,
                       struct workspace *workspace, const struct kernels *kernels,
                       struct error *error)
{
    return open_pass(pass, supernet, program, blocks, PLAN_TRAINING, workspace, kernels, error);
}

int supernet_pass_open_forward(struct supernet_pass *pass, const struct supernet *supernet,
                               const struct choice_program *program, int blocks,
                               struct workspace *workspace, const struct kernels *kernels,
                               struct error *error)
{
    return open_pass(pass, supernet, program, blocks, PLAN_FORWARD, workspace, kernels, error);
}

void supernet_pass_close(struct supernet_pass *pass)
{
    network_close(&pass->network);
    graph_free(&pass->graph);
    free(pass->binding);
    *pass = (struct supernet_pass){0};
}

int supernet_macs(const struct supernet *supernet, const struct choice_program *program,
                  uint64_t *macs, struct error *error)
{
    struct graph graph = {0};
    int status = choice_select(&supernet->choices, program, &graph, error);
    *macs = status ? 0 : graph_macs(&graph);
    graph_free(&graph);
    return status;
}

/* ---- Scoring --------------------------------------------------------------------------------------- */

enum { SCORE_BLOCKS = SUPERNET_BATCH / LANES };

/* Statistics of the first batches of the training split, as they are: each batch counts the same. */
static void recalibrate(struct supernet_pass *pass, const struct trainer *trainer, int batches)
{
    uint8_t labels[SUPERNET_BATCH];
    for (int i = 0; i < batches; i++) {
        batch_plain(trainer->dataset, trainer->kernels, false, trainer->split,
                    (uint32_t)(i * SUPERNET_BATCH), SUPERNET_BATCH, network_input(&pass->network),
                    labels);
        pass->network.momentum = 1.0 / (i + 1);
        network_forward(&pass->network, SCORE_BLOCKS, true);
    }
}

int supernet_scoring_check(const struct supernet_scoring *scoring, const struct training *training,
                           struct error *error)
{
    if (scoring->images < SUPERNET_BATCH || scoring->images % SUPERNET_BATCH ||
        scoring->images > training->valid_images)
        return error_set(error, ERROR_ARGUMENT,
                         "scoring on %d images: must be a multiple of %d, at most %d",
                         scoring->images, SUPERNET_BATCH, training->valid_images);
    int most = training->train_images / SUPERNET_BATCH;
    if (scoring->recalibrate < 0 || scoring->recalibrate > most)
        return error_set(error, ERROR_ARGUMENT, "recalibrating on %d batches: must be 0 to %d",
                         scoring->recalibrate, most);
    return 0;
}

int supernet_evaluate(const struct supernet *supernet, const struct choice_program *program,
                      const struct trainer *trainer, const struct supernet_scoring *scoring,
                      struct workspace *workspace, struct supernet_score *score,
                      struct error *error)
{
    const struct training *t = &trainer->protocol->training;
    struct supernet_pass pass;
    struct loss sum = {0};
    int status = supernet_scoring_check(scoring, t, error);
    if (!status)
        status = supernet_pass_open_forward(&pass, supernet, program, SCORE_BLOCKS, workspace,
                                            trainer->kernels, error);
    if (status)
        return status;
    recalibrate(&pass, trainer, scoring->recalibrate);
    for (int at = 0; at < scoring->images; at += SUPERNET_BATCH) {
        uint8_t labels[SUPERNET_BATCH];
        batch_plain(trainer->dataset, trainer->kernels, false, trainer->split + t->train_images,
                    (uint32_t)at, SUPERNET_BATCH, network_input(&pass.network), labels);
        network_forward(&pass.network, SCORE_BLOCKS, scoring->recalibrate == 0);
        struct loss part = network_loss(&pass.network, labels, SUPERNET_BATCH, 0, false);
        sum.sum += part.sum;
        sum.correct += part.correct;
    }
    *score = (struct supernet_score){.loss = sum.sum / scoring->images,
                                     .accuracy = 100.0 * sum.correct / scoring->images,
                                     .correct = sum.correct,
                                     .macs = pass.macs};
    supernet_pass_close(&pass);
    return 0;
}
