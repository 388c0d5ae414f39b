/* The forward pass: step after step of the plan, block by block where the plan says so. */
#include "evaluator/network_parts.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static void plain_coefficients(struct network *network, const struct norm *m)
{
    real *arena = network->arena;
    for (size_t k = 0; k < (size_t)m->channels; k++) {
        arena[m->mean + k] = 0;
        arena[m->deviation + k] = 1;
        arena[m->scale + k] = arena[m->factor + k];
        arena[m->shift + k] = 0;
    }
}

/* Mean and deviation of one norm, from the batch (and into the running ones) or from the latter; then
 * scale and shift. */
static void norm_coefficients(struct network *network, const struct norm *m, int blocks,
                              bool training)
{
    real *arena = network->arena, *running = network->running + m->running;
    if (m->plain) {
        plain_coefficients(network, m);
        return;
    }
    const real *sums = arena + m->statistics, *squares = sums + (size_t)m->channels * LANES;
    double count = (double)m->pixels * blocks * LANES;
    for (size_t k = 0; k < (size_t)m->channels; k++) {
        double mean, variance;
        real *running_mean = running + k, *running_variance = running + m->channels + k;
        if (training) {
            mean = lanes_total(sums + k * LANES) / count;
            variance = lanes_total(squares + k * LANES) / count - mean * mean;
            if (!(variance > 0))
                variance = 0;
            double keep = 1.0 - network->momentum;
            *running_mean = (real)(keep * (double)*running_mean + network->momentum * mean);
            *running_variance = (real)(keep * (double)*running_variance +
                                       network->momentum * variance * count / (count - 1.0));
        } else {
            mean = (double)*running_mean;
            variance = (double)*running_variance;
        }
        double deviation = 1.0 / sqrt(variance + network->epsilon);
        double factor = norm_factor(network, m, k);
        double gain = factor * (m->affine ? (double)network->weights[m->gain + k] : 1.0);
        double offset = factor * (m->affine ? (double)network->weights[m->offset + k] : 0.0);
        arena[m->mean + k] = (real)mean;
        arena[m->deviation + k] = (real)deviation;
        arena[m->scale + k] = (real)(gain * deviation);
        arena[m->shift + k] = (real)(offset - mean * gain * deviation);
    }
}

/* Before a combine: coefficients of all norms among its terms, and the sum of their shifts. */
static void prepare_combine(struct network *network, const struct step *s, int blocks,
                            bool training)
{
    const struct plan *p = &network->plan;
    const struct tensor *out = &p->tensor[step_tensor(s)];
    real *shift = network->arena + s->shift;
    for (int k = 0; k < out->channels; k++)
        shift[k] = 0;
    for (int t = 0; t < s->terms; t++) {
        const struct plan_term *from = &p->term[s->first_term + t];
        if (from->norm < 0)
            continue;
        const struct norm *m = &p->norm[from->norm];
        if (training && !m->from_conv && !m->plain)
            network->kernels->statistics(out->channels, out->pixels, blocks,
                                         value_of(network, from->tensor),
                                         network->arena + m->statistics);
        norm_coefficients(network, m, blocks, training);
        for (int k = 0; k < out->channels; k++)
            shift[k] += network->arena[m->shift + (size_t)k];
    }
}

static void forward_combine(struct network *network, const struct step *s, struct span span)
{
    const struct plan *p = &network->plan;
    const struct tensor *out = &p->tensor[step_tensor(s)];
    struct term terms[TERMS_MAX];
    for (int t = 0; t < s->terms; t++) {
        const struct plan_term *from = &p->term[s->first_term + t];
        terms[t].x = value_at(network, from->tensor, span);
        terms[t].scale = from->norm < 0 ? NULL : network->arena + p->norm[from->norm].scale;
    }
    network->kernels->combine(out->channels, out->pixels, span.count, terms, s->terms,
                              s->normed ? network->arena + s->shift : NULL,
                              value_at(network, s->output, span),
                              value_at(network, s->rectified, span));
}

static void forward_concat(struct network *network, const struct step *s, struct span span)
{
    const struct plan *p = &network->plan;
    size_t block = p->tensor[s->output].size / (size_t)p->blocks, at = 0;
    real *y = value_at(network, s->output, span);
    for (int t = 0; t < s->terms; t++) {
        int tensor = p->term[s->first_term + t].tensor;
        size_t part = p->tensor[tensor].size / (size_t)p->blocks;
        const real *x = value_at(network, tensor, span);
        for (size_t b = 0; b < (size_t)span.count; b++)
            memcpy(y + b * block + at, x + b * part, part * sizeof *y);
        at += part;
    }
}

/* Factors 0 or 1 / (1 - rate), drawn from (seed, RANDOM_DROPOUT, step, node) in order of the blocks:
 * one each of the 16 images, or of their values in the tensor's order. */
static void draw_factors(struct network *network, const struct step *s)
{
    const struct tensor *t = &network->plan.tensor[s->output];
    struct random_stream stream =
        random_stream(network->seed, RANDOM_DROPOUT, network->steps, (uint32_t)s->node);
    real *factor = network->arena + s->factor, keep = (real)(1.0 / (1.0 - (double)s->rate));
    size_t n = s->whole_images ? (size_t)network->plan.blocks * LANES : t->size;
    for (size_t i = 0; i < n; i++)
        factor[i] = random_uniform(&stream) < (double)s->rate ? 0 : keep;
}

static void forward_drop(struct network *network, const struct step *s, struct span span,
                         bool training)
{
    const struct tensor *t = &network->plan.tensor[s->output];
    const real *x = value_at(network, s->input, span);
    real *y = value_at(network, s->output, span);
    if (!training) {
        network->kernels->add(t->channels, t->pixels, span.count, x, false, NULL, y);
        return;
    }
    if (span.from == 0)
        draw_factors(network, s);
    network->kernels->drop(t->channels, t->pixels, span.count, x, factors_at(network, s, span),
                           s->whole_images, false, y);
}

static void forward_linear(struct network *network, const struct step *s, int blocks)
{
    size_t classes = (size_t)s->conv.out_channels;
    real *y = value_of(network, s->output);
    const real *bias = network->weights + s->bias;
    if (s->input >= 0)
        network->kernels->conv_forward(&s->conv, blocks, value_of(network, s->input),
                                       network->weights + s->weight, y, NULL);
    else
        memset(y, 0, (size_t)blocks * classes * LANES * sizeof *y);
    for (size_t i = 0; i < (size_t)blocks * classes; i++)
        for (size_t lane = 0; lane < LANES; lane++)
            y[i * LANES + lane] += bias[i % classes];
}

static void forward_step(struct network *network, const struct step *s, struct span span,
                         bool training)
{
    const struct plan *p = &network->plan;
    const struct kernels *k = network->kernels;
    const real *x = value_at(network, s->input, span);
    real *y = value_at(network, s->output, span);
    switch (s->kind) {
    case STEP_INPUT:
        break;
    case STEP_CONV:
        k->conv_forward(&s->conv, span.count, x, network->weights + s->weight, y,
                        training && s->norm >= 0 ? network->arena + p->norm[s->norm].statistics
                                                 : NULL);
        break;
    case STEP_COMBINE:
        forward_combine(network, s, span);
        break;
    case STEP_AVG_POOL:
        k->avg_forward(&s->pool, span.count, x, y);
        break;
    case STEP_MAX_POOL:
        k->max_forward(&s->pool, span.count, x, y);
        break;
    case STEP_GLOBAL_POOL:
        k->global_forward(s->pool.channels, p->tensor[s->input].pixels, span.count, x, y);
        break;
    case STEP_CONCAT:
        forward_concat(network, s, span);
        break;
    case STEP_DROP:
        forward_drop(network, s, span, training);
        break;
    case STEP_LINEAR:
        forward_linear(network, s, span.count);
        break;
    }
}

void network_clear(struct network *network)
{
    memset(network->arena + network->plan.clear_from, 0, network->plan.clear_size * sizeof(real));
}

void network_run(struct network *network, int blocks, bool training, const bool *skip)
{
    const struct plan *p = &network->plan;
    assert(blocks <= p->blocks && (!training || blocks == p->blocks));
    for (int first = 0, end; first < p->steps; first = end) {
        for (end = first + 1; end < p->steps && p->step[end].leader == first; end++)
            continue;
        if (p->step[first].kind == STEP_COMBINE && !(skip && skip[first]))
            prepare_combine(network, &p->step[first], blocks, training);
        int at_once = p->step[first].in_blocks ? 1 : blocks;
        for (int block = 0; block < blocks; block += at_once)
            for (int i = first; i < end; i++) {
                if (skip && skip[i])
                    continue;
                double since = time_now(network);
                forward_step(network, &p->step[i], (struct span){block, at_once}, training);
                time_add(network, i, TIME_FORWARD, since);
            }
    }
}

void network_forward(struct network *network, int blocks, bool training)
{
    if (training)
        network_clear(network);
    network_run(network, blocks, training, NULL);
}
