#include "evaluator/network_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static int grow(real **data, size_t *size, size_t need)
{
    if (need <= *size)
        return 0;
    const size_t huge = (size_t)2 << 20;
    size_t bytes = (need * sizeof(real) + huge - 1) / huge * huge;
    real *fresh = aligned_alloc(huge, bytes);
    if (!fresh)
        return -1;
    (void)madvise(fresh, bytes, MADV_HUGEPAGE);
    free(*data);
    *data = fresh;
    *size = bytes / sizeof(real);
    return 0;
}

int network_lay(struct network *network, const struct graph *graph, int blocks, enum plan_use use,
                struct workspace *workspace, const struct kernels *kernels, double momentum,
                double epsilon, struct error *error)
{
    *network = (struct network){.kernels = kernels, .momentum = momentum, .epsilon = epsilon};
    int status = plan_init(&network->plan, graph, blocks, use, error);
    if (status)
        return status;
    struct plan *p = &network->plan;
    size_t running = (p->running + LANES - 1) / LANES * LANES;
    if (grow(&workspace->arena, &workspace->arena_size, p->arena) ||
        grow(&workspace->weights, &workspace->weights_size, 3 * p->weights + running)) {
        plan_free(p);
        return error_set(error, ERROR_MEMORY, "network of %zu MiB: out of memory",
                         p->arena * sizeof(real) >> 20);
    }
    network->arena = workspace->arena;
    network->weights = workspace->weights;
    network->gradient = network->weights + p->weights;
    network->moment = network->gradient + p->weights;
    network->running = network->moment + p->weights;
    /* Padding between weights is stepped too: it must be zero, not noise. */
    memset(network->weights, 0, (3 * p->weights + running) * sizeof(real));
    return 0;
}

int network_open(struct network *network, const struct graph *graph, int blocks,
                 struct workspace *workspace, const struct kernels *kernels, double momentum,
                 double epsilon, struct error *error)
{
    int status = network_lay(network, graph, blocks, PLAN_TRAINING, workspace, kernels, momentum,
                             epsilon, error);
    if (!status)
        memset(network->arena, 0, network->plan.arena * sizeof(real));
    return status;
}

void network_close(struct network *network)
{
    plan_free(&network->plan);
}

static void initialise_normal(real *w, size_t n, double deviation, struct random_stream *stream)
{
    for (size_t i = 0; i < n; i++)
        w[i] = (real)(deviation * random_normal(stream));
}

void initialise_fan_out(real *w, size_t n, double fan_out, struct random_stream *stream)
{
    initialise_normal(w, n, sqrt(2.0 / fan_out), stream);
}

static void initialise_uniform(real *w, size_t n, double bound, struct random_stream *stream)
{
    for (size_t i = 0; i < n; i++)
        w[i] = (real)(bound * (2 * random_uniform(stream) - 1));
}

static void initialise_weights(struct network *network, const struct step *s,
                               enum initialisation kind)
{
    const struct conv *c = &s->conv;
    struct random_stream stream = random_stream(network->seed, RANDOM_INIT, 0, (uint32_t)s->node);
    real *w = network->weights + s->weight;
    size_t squares = (size_t)c->kernel * (size_t)c->kernel;
    size_t fan_in = squares * (size_t)(c->in_channels / c->groups);
    size_t n = (size_t)c->out_channels * fan_in;
    if (kind == INITIALISE_FAN_IN) {
        double bound = 1 / sqrt((double)fan_in);
        initialise_uniform(w, n, bound, &stream);
        if (s->kind == STEP_LINEAR)
            initialise_uniform(network->weights + s->bias, (size_t)c->out_channels, bound, &stream);
    } else if (s->kind == STEP_CONV) {
        initialise_fan_out(w, n, (double)squares * c->out_channels / c->groups, &stream);
    } else {
        initialise_normal(w, n, 0.01, &stream);
    }
}

void network_initialise(struct network *network, enum initialisation kind, uint64_t seed)
{
    const struct plan *p = &network->plan;
    network->seed = seed;
    network->steps = 0;
    memset(network->weights, 0, p->weights * sizeof(real));
    memset(network->moment, 0, p->weights * sizeof(real));
    for (int i = 0; i < p->steps; i++)
        if (p->step[i].kind == STEP_CONV || p->step[i].kind == STEP_LINEAR)
            initialise_weights(network, &p->step[i], kind);
    for (int i = 0; i < p->norms; i++) {
        const struct norm *m = &p->norm[i];
        for (int k = 0; k < m->channels && !m->plain; k++) {
            if (m->affine)
                network->weights[m->gain + (size_t)k] = 1;
            network->running[m->running + (size_t)k] = 0;
            network->running[m->running + (size_t)(m->channels + k)] = 1;
        }
    }
}

real *network_input(struct network *network)
{
    return value_of(network, network->plan.step[0].output);
}

const real *network_logits(const struct network *network)
{
    return value_of(network, network->plan.step[network->plan.steps - 1].output);
}

void network_step(struct network *network, double rate, double momentum, double decay,
                  bool decay_all)
{
    const struct plan *p = &network->plan;
    network->steps++;
    size_t first = decay_all ? p->weights : p->decayed;
    network->kernels->nesterov(first, network->weights, network->gradient, network->moment,
                               (real)rate, (real)momentum, (real)decay);
    if (!decay_all)
        network->kernels->nesterov(p->weights - first, network->weights + first,
                                   network->gradient + first, network->moment + first, (real)rate,
                                   (real)momentum, 0);
}
