/* What the passes of a network share: where values and gradients lie, sums over lanes, the clock. */
#ifndef NASBED_EVALUATOR_NETWORK_PARTS_H
#define NASBED_EVALUATOR_NETWORK_PARTS_H

#include "base/progress.h"
#include "evaluator/network.h"

/* A tensor's values; NULL for no tensor. */
static inline real *value_of(const struct network *network, int tensor)
{
    if (tensor < 0)
        return NULL;
    const struct tensor *t = &network->plan.tensor[tensor];
    return t->held ? t->held : network->arena + t->value;
}

/* A run of blocks. */
struct span {
    int from, count;
};

/* The span's part of a tensor's values; NULL for no tensor. */
static inline real *value_at(const struct network *network, int tensor, struct span span)
{
    if (tensor < 0)
        return NULL;
    const struct tensor *t = &network->plan.tensor[tensor];
    return value_of(network, tensor) + (size_t)span.from * (t->size / (size_t)network->plan.blocks);
}

/* The span's part of the gradient of a step's output. */
static inline real *gradient_at(const struct network *network, int step, struct span span)
{
    const struct plan *p = &network->plan;
    const struct step *s = &p->step[step];
    while (s->borrowed >= 0)
        s = &p->step[s->borrowed];
    if (s->one_block)
        return network->arena + s->gradient;
    const struct tensor *t = &p->tensor[step_tensor(s)];
    return network->arena + s->gradient + (size_t)span.from * (t->size / (size_t)p->blocks);
}

static inline struct span all_blocks(const struct network *network)
{
    return (struct span){0, network->plan.blocks};
}

/* The span's factors of a drop. */
static inline const real *factors_at(const struct network *network, const struct step *s,
                                     struct span span)
{
    size_t block = s->whole_images
                       ? LANES
                       : network->plan.tensor[s->output].size / (size_t)network->plan.blocks;
    return network->arena + s->factor + (size_t)span.from * block;
}

/* What a norm multiplies channel k by beside its gain: the weight of a weighed sum. */
static inline double norm_factor(const struct network *network, const struct norm *m, size_t k)
{
    return m->weighing ? (double)network->arena[m->factor + k] : 1.0;
}

static inline double lanes_total(const real *lane)
{
    double sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += (double)lane[i];
    return sum;
}

/* Measuring costs two readings of the clock a kernel, and nothing where nobody asked. */
static inline double time_now(const struct network *network)
{
    return network->times ? clock_seconds() : 0;
}

static inline void time_add(const struct network *network, int step, enum time_part part,
                            double since)
{
    if (network->times)
        network->times[step].seconds[part] += clock_seconds() - since;
}

#endif
