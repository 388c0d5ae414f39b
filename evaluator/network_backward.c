/* The loss and the backward pass: every step pulls the gradient of its output from those that read it. */
#include "evaluator/network_parts.h"

#include "base/numeric.h"

#include <assert.h>
#include <string.h>

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
    bool any = pull_uses(network, s->first_rectified, s->rectified_uses, s->rectified, span, g,
                         false, value_at(network, s->rectified, span));
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
