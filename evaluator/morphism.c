#include "evaluator/morphism.h"
#include "evaluator/morphism_parts.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* The kernel of the move's layer, which must keep the number of channels; its centre taps follow. */
static int square_kernel(struct change *c, const struct parameter **kernel, struct error *error)
{
    const struct parameter *k = *kernel = snapshot_find(c->child, c->move->layer, ROLE_KERNEL, 0);
    if (!k || !snapshot_find(c->child, c->move->layer, ROLE_GAIN, 0) || k->in != k->out ||
        k->kernel % 2 == 0)
        return error_set(error, ERROR_MISMATCH,
                         "the layer is not a convolution of as many channels in as out and a norm");
    c->wanted = calloc((size_t)k->out, sizeof *c->wanted);
    return c->wanted ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
}

/* From channel i to channel i, at the middle of the window. */
static real *centre_tap(const struct change *c, const struct parameter *kernel, int channel)
{
    size_t window = (size_t)(kernel->kernel * kernel->kernel);
    return c->child->value + kernel->first +
           ((size_t)channel * (size_t)kernel->in + (size_t)channel) * window + window / 2;
}

/* Normal noise of `relative` times the deviation of the values. */
static void add_noise(real *value, size_t n, double relative, struct random_stream *stream)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)value[i];
        squares += (double)value[i] * (double)value[i];
    }
    double mean = sum / (double)n, variance = squares / (double)n - mean * mean;
    double deviation = relative * sqrt(variance > 0 ? variance : 0);
    for (size_t i = 0; i < n && deviation > 0; i++)
        value[i] += (real)(deviation * random_normal(stream));
}

static int deepen(struct change *c, struct error *error)
{
    const struct parameter *kernel;
    int layer = c->move->layer, status = square_kernel(c, &kernel, error);
    if (status)
        return status;
    real *variance = snapshot_value(c->child, layer, ROLE_VARIANCE);
    for (int k = 0; k < kernel->out; k++) {
        *centre_tap(c, kernel, k) = 1;
        variance[k] = (real)(1 - c->site->epsilon);
        c->wanted[k] = (struct affine){.slope = 1};
    }
    add_noise(c->child->value + kernel->first, kernel->count, c->morphism->deepen_noise, c->stream);
    if (c->site->images) {
        struct snapshot seen;
        status = norm_measure(c, &seen, error);
        if (status)
            return status;
        norm_adopt(c, &seen, layer, 0);
        snapshot_free(&seen);
    }
    norm_set(c, kernel->out);
    return 0;
}

static bool has_sum(const struct graph *graph, int layer)
{
    for (int i = 0; i < graph->nodes; i++)
        if (graph->node[i].op == OP_SUM && graph->node[i].layer == layer)
            return true;
    return false;
}

/* Take the identity off the kernel, and say what the norm should make of what is left. */
static int subtract_identity(struct change *c, const struct parameter *kernel, struct error *error)
{
    int layer = c->move->layer;
    const real *gain = snapshot_value(c->child, layer, ROLE_GAIN);
    const real *offset = snapshot_value(c->child, layer, ROLE_OFFSET);
    const real *mean = snapshot_value(c->child, layer, ROLE_MEAN);
    const real *variance = snapshot_value(c->child, layer, ROLE_VARIANCE);
    for (int k = 0; k < kernel->out; k++) {
        if (fabs((double)gain[k]) < MORPHISM_GAIN_LEAST)
            return error_set(error, ERROR_UNSUPPORTED,
                             "channel %d has a gain of %.2g: below %g the identity cannot be taken "
                             "off the kernel",
                             k, (double)gain[k], MORPHISM_GAIN_LEAST);
        double slope = (double)gain[k] / sqrt((double)variance[k] + c->site->epsilon);
        real *centre = centre_tap(c, kernel, k);
        *centre = (real)((double)*centre - 1 / slope);
        c->wanted[k] = (struct affine){.slope = slope,
                                       .constant = (double)offset[k] - slope * (double)mean[k]};
    }
    return 0;
}

static int skip(struct change *c, struct error *error)
{
    const struct parameter *kernel;
    struct snapshot before = {0}, seen = {0};
    int status = square_kernel(c, &kernel, error);
    if (!status && !has_sum(c->to, c->move->layer))
        status = error_set(error, ERROR_MISMATCH, "the layer has no skip in this graph");
    if (!status && c->site->images)
        status = norm_measure(c, &before, error);
    if (!status)
        status = subtract_identity(c, kernel, error);
    if (!status && c->site->images)
        status = norm_measure(c, &seen, error);
    if (!status && c->site->images)
        norm_shift(c, &before, &seen, kernel->out);
    if (!status)
        norm_set(c, kernel->out);
    snapshot_free(&before);
    snapshot_free(&seen);
    return status;
}

/* New channels of one layer that the move widens: drawn if there is nothing that they copy. */
static void widen_layer(const struct change *c, const struct parameter *kernel)
{
    size_t of_channel = kernel->count / (size_t)kernel->out;
    size_t n = of_channel * (size_t)(c->after - c->before);
    real *fresh = c->child->value + kernel->first + of_channel * (size_t)c->before;
    if (c->morphism->fresh)
        initialise_fan_out(fresh, n, (double)(kernel->kernel * kernel->kernel) * kernel->out,
                           c->stream);
    for (int k = c->before; k < c->after && c->morphism->fresh; k++) {
        snapshot_value(c->child, kernel->layer, ROLE_GAIN)[k] = 1;
        snapshot_value(c->child, kernel->layer, ROLE_VARIANCE)[k] = 1;
    }
    if (!c->morphism->fresh)
        add_noise(fresh, n, c->morphism->widen_noise, c->stream);
}

/* Whether a tensor of the child is the kernel of a layer that the move widens. */
static bool is_wider(const struct change *c, const struct parameter *to)
{
    return to->role == ROLE_KERNEL && change_parent(c, to)->out != to->out;
}

static int widen(struct change *c, struct error *error)
{
    struct snapshot seen;
    for (int i = 0; i < c->child->parameters; i++)
        if (is_wider(c, &c->child->parameter[i]))
            widen_layer(c, &c->child->parameter[i]);
    if (!c->morphism->fresh || !c->site->images)
        return 0;
    int status = norm_measure(c, &seen, error);
    for (int i = 0; i < c->child->parameters && !status; i++)
        if (is_wider(c, &c->child->parameter[i]))
            norm_adopt(c, &seen, c->child->parameter[i].layer, c->before);
    if (!status)
        snapshot_free(&seen);
    return status;
}

/* The border stands around the kernel since it was carried over. */
static int grow(struct change *c, struct error *error)
{
    const struct parameter *to = snapshot_find(c->child, c->move->layer, ROLE_KERNEL, 0);
    if (!to || to->kernel == change_parent(c, to)->kernel)
        return error_set(error, ERROR_MISMATCH, "the kernel does not grow in this graph");
    return 0;
}

int morphism_passes(const struct morphism *morphism, enum move_kind kind)
{
    switch (kind) {
    case MOVE_DEEPEN:
        return 1;
    case MOVE_WIDEN:
        return morphism->fresh ? 1 : 0;
    case MOVE_SKIP:
        return 2; /* before and after the identity is taken off */
    default:
        return 0;
    }
}

bool morphism_admits(const struct snapshot *parent, const struct space_move *move)
{
    const struct parameter *gain = snapshot_find(parent, move->layer, ROLE_GAIN, 0);
    if (move->kind != MOVE_SKIP || !gain)
        return true;
    for (size_t k = 0; k < gain->count; k++)
        if (fabs((double)parent->value[gain->first + k]) < MORPHISM_GAIN_LEAST)
            return false;
    return true;
}

static int apply(struct change *c, struct error *error)
{
    static int (*const moves[MOVE_KINDS])(struct change * c, struct error * error) = {
        [MOVE_DEEPEN] = deepen, [MOVE_WIDEN] = widen, [MOVE_GROW] = grow, [MOVE_SKIP] = skip};
    assert((int)c->move->kind >= 0 && c->move->kind < MOVE_KINDS);
    int status = c->move->kind == MOVE_WIDEN ? change_channels(c, error) : 0;
    if (!status)
        status = change_carry(c, error);
    if (!status)
        status = moves[c->move->kind](c, error);
    return status;
}

int morphism_apply(struct snapshot *child, const struct snapshot *parent,
                   const struct space_move *move, const struct graph *to,
                   const struct morphism *morphism, const struct morphism_site *site,
                   struct random_stream *stream, struct error *error)
{
    struct change c = {.parent = parent,
                       .child = child,
                       .move = move,
                       .to = to,
                       .morphism = morphism,
                       .site = site,
                       .stream = stream};
    int status = snapshot_init(child, to, error);
    if (!status) {
        child->seed = parent->seed;
        child->steps = parent->steps;
        status = apply(&c, error);
    }
    if (status)
        snapshot_free(child);
    free(c.source);
    free(c.copies);
    free(c.wanted);
    return status ? error_context(error, "%s at layer %d", move_name(move->kind), move->layer) : 0;
}
