#include "evaluator/network.h"

#include "base/numeric.h"
#include "base/progress.h"
#include "base/random.h"

#include <assert.h>
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

int network_lay(struct network *network, const struct graph *graph, int blocks,
                enum plan_use use, struct workspace *workspace, const struct kernels *kernels,
                double momentum, double epsilon, struct error *error)
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
    struct random_stream stream =
        random_stream(network->seed, RANDOM_INIT, 0, (uint32_t)s->node);
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

static real *value_of(const struct network *network, int tensor)
{
    if (tensor < 0)
        return NULL;
    const struct tensor *t = &network->plan.tensor[tensor];
    return t->held ? t->held : network->arena + t->value;
}

real *network_input(struct network *network)
{
    return value_of(network, network->plan.step[0].output);
}

static const struct step *last_step(const struct network *network)
{
    return &network->plan.step[network->plan.steps - 1];
}

const real *network_logits(const struct network *network)
{
    return value_of(network, last_step(network)->output);
}

static double lanes_total(const real *lane)
{
    double sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += (double)lane[i];
    return sum;
}

/* Measuring costs two readings of the clock a kernel, and nothing where nobody asked. */
static double time_now(const struct network *network)
{
    return network->times ? clock_seconds() : 0;
}

static void time_add(const struct network *network, int step, enum time_part part, double since)
{
    if (network->times)
        network->times[step].seconds[part] += clock_seconds() - since;
}

/* ---- Forward ---------------------------------------------------------------------------------- */

/* What a norm multiplies channel k by beside its gain: the weight of a weighed sum. */
static double norm_factor(const struct network *network, const struct norm *m, size_t k)
{
    return m->weighing ? (double)network->arena[m->factor + k] : 1.0;
}

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

/* A run of blocks. */
struct span {
    int from, count;
};

/* The span's part of a tensor's values; NULL for no tensor. */
static real *value_at(const struct network *network, int tensor, struct span span)
{
    if (tensor < 0)
        return NULL;
    const struct tensor *t = &network->plan.tensor[tensor];
    return value_of(network, tensor) +
           (size_t)span.from * (t->size / (size_t)network->plan.blocks);
}

/* Before a combine: coefficients of all norms among its terms, and the sum of their shifts. */
static void prepare_combine(struct network *network, const struct step *s, int blocks, bool training)
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
    struct random_stream stream = random_stream(network->seed, RANDOM_DROPOUT, network->steps,
                                                (uint32_t)s->node);
    real *factor = network->arena + s->factor, keep = (real)(1.0 / (1.0 - (double)s->rate));
    size_t n = s->whole_images ? (size_t)network->plan.blocks * LANES : t->size;
    for (size_t i = 0; i < n; i++)
        factor[i] = random_uniform(&stream) < (double)s->rate ? 0 : keep;
}

static const real *factors_at(const struct network *network, const struct step *s, struct span span)
{
    size_t block = s->whole_images
                       ? LANES
                       : network->plan.tensor[s->output].size / (size_t)network->plan.blocks;
    return network->arena + s->factor + (size_t)span.from * block;
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

/* ---- Loss ------------------------------------------------------------------------------------- */

/* The span's part of the gradient of a step's output. */
static real *gradient_at(const struct network *network, int step, struct span span)
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

static struct span all_blocks(const struct network *network)
{
    return (struct span){0, network->plan.blocks};
}

struct loss network_loss(struct network *network, const uint8_t *labels, int count,
                         double smoothing, bool gradient)
{
    const int classes = network->plan.classes;
    const real *logits = network_logits(network);
    real *g = gradient_at(network, network->plan.steps - 1, all_blocks(network));
    struct loss loss = {0};
    double p[256];
    assert(classes <= 256);
    for (int i = 0; i < count; i++) {
        size_t at = (size_t)(i / LANES) * (size_t)classes * LANES + (size_t)(i % LANES);
        int best = 0;
        for (int c = 1; c < classes; c++)
            if (logits[at + (size_t)c * LANES] > logits[at + (size_t)best * LANES])
                best = c;
        double most = (double)logits[at + (size_t)best * LANES], total = 0, sum = 0;
        for (int c = 0; c < classes; c++) {
            double z = (double)logits[at + (size_t)c * LANES] - most;
            sum += z;
            p[c] = numeric_exp(z);
            total += p[c];
        }
        double z = (double)logits[at + (size_t)labels[i] * LANES] - most;
        loss.sum += numeric_log(total) - (1 - smoothing) * z - smoothing / classes * sum;
        loss.correct += best == labels[i];
        for (int c = 0; gradient && c < classes; c++) {
            double target = (c == labels[i] ? 1 - smoothing : 0.0) + smoothing / classes;
            g[at + (size_t)c * LANES] = (real)((p[c] / total - target) / count);
        }
    }
    return loss;
}

/* ---- Backward --------------------------------------------------------------------------------- */

static void pull_all(struct network *network, int step, struct span span);

/* A convolution's own backward pass: the gradient of its output, then of its weights. */
static void backward_conv(struct network *network, int step, struct span span)
{
    const struct step *s = &network->plan.step[step];
    pull_all(network, step, span);
    double since = time_now(network);
    network->kernels->conv_weight(&s->conv, span.count, value_at(network, s->input, span),
                                  gradient_at(network, step, span), network->gradient + s->weight);
    time_add(network, step, TIME_WEIGHT, since);
}

/* One input's channels of a concatenation's gradient. */
static void pull_concat(struct network *network, const struct step *s, int term, const real *gy,
                        struct span span, real *g, bool accumulate, const real *mask)
{
    const struct plan *p = &network->plan;
    const struct tensor *t = &p->tensor[p->term[s->first_term + term].tensor];
    size_t block = p->tensor[s->output].size / (size_t)p->blocks;
    size_t part = t->size / (size_t)p->blocks, at = 0;
    for (int i = 0; i < term; i++)
        at += p->tensor[p->term[s->first_term + i].tensor].size / (size_t)p->blocks;
    for (size_t b = 0; b < (size_t)span.count; b++)
        network->kernels->add(t->channels, t->pixels, 1, gy + b * block + at, accumulate,
                              mask ? mask + b * part : NULL, g + b * part);
}

/* Add to `g`, the gradient of a tensor, what one reader of it sends back. */
static void pull(struct network *network, const struct use *use, int tensor, struct span span,
                 real *g, bool accumulate, const real *mask)
{
    const struct plan *p = &network->plan;
    const struct kernels *k = network->kernels;
    const struct step *s = &p->step[use->step];
    const struct tensor *t = &p->tensor[tensor];
    const real *gy = gradient_at(network, use->step, span);
    switch (s->kind) {
    case STEP_CONV:
    case STEP_LINEAR:
        k->conv_data(&s->conv, span.count, gy, network->weights + s->weight, g, accumulate, mask);
        return;
    case STEP_COMBINE: {
        int norm = p->term[s->first_term + use->term].norm;
        if (norm < 0) {
            k->add(t->channels, t->pixels, span.count, gy, accumulate, mask, g);
            return;
        }
        const struct norm *m = &p->norm[norm];
        k->norm_data(t->channels, t->pixels, span.count, gy, value_at(network, tensor, span),
                     network->arena + m->a, network->arena + m->b, network->arena + m->c,
                     accumulate, g);
        break;
    }
    case STEP_AVG_POOL:
        k->avg_data(&s->pool, span.count, gy, accumulate, g);
        break;
    case STEP_MAX_POOL:
        k->max_data(&s->pool, span.count, value_at(network, tensor, span),
                    value_at(network, s->output, span), gy, accumulate, g);
        break;
    case STEP_GLOBAL_POOL:
        k->global_data(t->channels, t->pixels, span.count, gy, accumulate, g);
        break;
    case STEP_CONCAT:
        pull_concat(network, s, use->term, gy, span, g, accumulate, mask);
        return;
    case STEP_DROP:
        k->drop(t->channels, t->pixels, span.count, gy, factors_at(network, s, span),
                s->whole_images, accumulate, g);
        break;
    case STEP_INPUT:
        break;
    }
    if (mask)
        k->add(t->channels, t->pixels, span.count, g, false, mask, g);
}

/* One list of readers; convolutions that go block by block do their own backward pass here. */
static bool pull_uses(struct network *network, int first, int count, int tensor, struct span span,
                      real *g, bool accumulate, const real *mask)
{
    const struct plan *p = &network->plan;
    for (int i = 0; i < count; i++, accumulate = true) {
        const struct use *use = &p->use[first + i];
        if (p->step[use->step].one_block)
            backward_conv(network, use->step, span);
        double since = time_now(network);
        pull(network, use, tensor, span, g, accumulate, i == count - 1 ? mask : NULL);
        time_add(network, use->step, TIME_DATA, since);
    }
    return accumulate;
}

/* The whole gradient of a step's output: what came through the ReLU, masked, then the rest. */
static void pull_all(struct network *network, int step, struct span span)
{
    const struct step *s = &network->plan.step[step];
    if (s->borrowed >= 0)
        return;
    real *g = gradient_at(network, step, span);
    bool any = pull_uses(network, s->first_rectified, s->rectified_uses, s->rectified, span, g, false,
                         value_at(network, s->rectified, span));
    (void)pull_uses(network, s->first_use, s->uses, s->output, span, g, any, NULL);
}

/* The readers of a step that are convolutions with all blocks together: their backward pass. */
static void backward_readers(struct network *network, int first, int count)
{
    const struct plan *p = &network->plan;
    for (int i = 0; i < count; i++) {
        int reader = p->use[first + i].step;
        if (p->step[reader].kind != STEP_CONV || p->step[reader].one_block)
            continue;
        backward_readers(network, p->step[reader].first_use, p->step[reader].uses);
        backward_conv(network, reader, all_blocks(network));
    }
}

/* The same of a weighed tensor as it is: gx = w g, gw = sum of g x. */
static void plain_backward(struct network *network, const struct norm *m)
{
    real *arena = network->arena;
    for (size_t k = 0; k < (size_t)m->channels; k++) {
        arena[m->factor_gradient + k] = (real)lanes_total(arena + m->sums + k * LANES);
        arena[m->a + k] = arena[m->factor + k];
        arena[m->b + k] = arena[m->c + k] = 0;
    }
}

/* Gradients of one norm's gain and offset, and the coefficients that norm_data uses:
 * gx = gain dev (g - mean(g) - xhat mean(g xhat)), Ioffe and Szegedy 2015. */
static void norm_backward(struct network *network, const struct norm *m, const real *sum_g)
{
    real *arena = network->arena;
    double count = (double)m->pixels * network->plan.blocks * LANES;
    if (m->plain) {
        plain_backward(network, m);
        return;
    }
    for (size_t k = 0; k < (size_t)m->channels; k++) {
        double total = lanes_total(sum_g + k * LANES);
        double deviation = (double)arena[m->deviation + k];
        double product = lanes_total(arena + m->sums + k * LANES) * deviation; /* of g and xhat */
        double a = deviation, factor = norm_factor(network, m, k), normed = product;
        if (m->affine) {
            a *= (double)network->weights[m->gain + k];
            normed = (double)network->weights[m->gain + k] * product +
                     (double)network->weights[m->offset + k] * total;
            network->gradient[m->gain + k] = (real)(factor * product);
            network->gradient[m->offset + k] = (real)(factor * total);
        }
        if (m->weighing)
            arena[m->factor_gradient + k] = (real)normed;
        a *= factor;
        double b = -a * deviation * product / count;
        arena[m->a + k] = (real)a;
        arena[m->b + k] = (real)b;
        arena[m->c + k] = (real)(-a * total / count - b * (double)arena[m->mean + k]);
    }
}

/* Lane sums that the norms of a combine's terms need. */
static void sum_norms(struct network *network, int step, struct span span)
{
    const struct plan *p = &network->plan;
    const struct step *s = &p->step[step];
    const struct tensor *out = &p->tensor[step_tensor(s)];
    const real *y[TERMS_MAX], *mean[TERMS_MAX];
    real *sums[TERMS_MAX];
    int n = 0;
    for (int t = 0; t < s->terms; t++) {
        const struct plan_term *term = &p->term[s->first_term + t];
        if (term->norm < 0)
            continue;
        y[n] = value_at(network, term->tensor, span);
        mean[n] = network->arena + p->norm[term->norm].mean;
        sums[n++] = network->arena + p->norm[term->norm].sums;
    }
    network->kernels->norm_sums(out->channels, out->pixels, span.count,
                                gradient_at(network, step, span), n, y, mean,
                                network->arena + s->sum_g, sums);
}

/* Everything that a step's output gradient needs, block by block where that is better; then the
 * gradients of its norms. */
static void backward_step(struct network *network, int step)
{
    const struct plan *p = &network->plan;
    const struct step *s = &p->step[step];
    backward_readers(network, s->first_rectified, s->rectified_uses);
    backward_readers(network, s->first_use, s->uses);
    if (s->kind == STEP_INPUT)
        return;
    int at_once = s->in_blocks ? 1 : p->blocks;
    for (int block = 0; block < p->blocks; block += at_once) {
        pull_all(network, step, (struct span){block, at_once});
        if (!s->normed)
            continue;
        double since = time_now(network);
        sum_norms(network, step, (struct span){block, at_once});
        time_add(network, step, TIME_WEIGHT, since);
    }
    for (int t = 0; s->normed && t < s->terms; t++) {
        int norm = p->term[s->first_term + t].norm;
        if (norm >= 0)
            norm_backward(network, &p->norm[norm], network->arena + s->sum_g);
    }
}

static void backward_linear(struct network *network, int step)
{
    const struct step *s = &network->plan.step[step];
    const real *gy = gradient_at(network, step, all_blocks(network));
    size_t classes = (size_t)s->conv.out_channels;
    if (s->input >= 0)
        network->kernels->conv_weight(&s->conv, network->plan.blocks, value_of(network, s->input),
                                      gy, network->gradient + s->weight);
    for (size_t c = 0; c < classes; c++) {
        double sum = 0;
        for (size_t block = 0; block < (size_t)network->plan.blocks; block++)
            sum += lanes_total(gy + (block * classes + c) * LANES);
        network->gradient[s->bias + c] = (real)sum;
    }
}

void network_backward(struct network *network)
{
    const struct plan *p = &network->plan;
    memset(network->gradient, 0, p->weights * sizeof(real));
    backward_linear(network, p->steps - 1);
    for (int i = p->steps - 2; i >= 0; i--)
        if (p->step[i].kind != STEP_CONV)
            backward_step(network, i);
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
