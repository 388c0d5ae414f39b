#include "evaluator/morphism_parts.h"

#include <stdlib.h>

/* The old channels stay in their places; each further one is a copy of a uniformly drawn old one. */
int change_channels(struct change *c, struct error *error)
{
    const struct parameter *from = snapshot_find(c->parent, c->move->layer, ROLE_KERNEL, 0);
    const struct parameter *to = snapshot_find(c->child, c->move->layer, ROLE_KERNEL, 0);
    if (!from || !to || to->out <= from->out)
        return error_set(error, ERROR_MISMATCH, "the layer does not widen in this graph");
    c->before = from->out;
    c->after = to->out;
    c->source = calloc((size_t)c->after, sizeof *c->source);
    c->copies = calloc((size_t)c->before, sizeof *c->copies);
    if (!c->source || !c->copies)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (int i = 0; i < c->after; i++) {
        c->source[i] = i;
        if (i >= c->before)
            c->source[i] =
                c->morphism->fresh ? -1 : (int)random_below(c->stream, (uint32_t)c->before);
        if (c->source[i] >= 0)
            c->copies[c->source[i]]++;
    }
    return 0;
}

static int source_of(const struct change *c, bool widened, int channel)
{
    return widened ? c->source[channel] : channel;
}

static bool fits(const struct change *c, int before, int after)
{
    return before == after || (c->before && before == c->before && after == c->after);
}

static int check_shape(const struct change *c, const struct parameter *from,
                       const struct parameter *to, struct error *error)
{
    bool grows = c->move->kind == MOVE_GROW && to->layer == c->move->layer &&
                 to->role == ROLE_KERNEL && to->kernel > from->kernel &&
                 (to->kernel - from->kernel) % 2 == 0;
    if (fits(c, from->out, to->out) && fits(c, from->in, to->in) &&
        (grows || from->kernel == to->kernel))
        return 0;
    return error_set(error, ERROR_MISMATCH,
                     "layer %d: a tensor of %dx%dx%dx%d cannot become one of %dx%dx%dx%d",
                     to->layer, from->out, from->in, from->kernel, from->kernel, to->out, to->in,
                     to->kernel, to->kernel);
}

/* One input channel's window of the kernel: the old one in the middle, over the number of its copies. */
static void carry_window(const real *old, int from, int to, int copies, real *fresh)
{
    int border = (to - from) / 2;
    for (int row = 0; row < from; row++)
        for (int column = 0; column < from; column++)
            fresh[(row + border) * to + column + border] = old[row * from + column] / (real)copies;
}

/* new[o][i] = old[source(o)][source(i)] / copies of source(i); what has no source stays zero. A
 * dimension that has grown is one that the move widens: the shapes have been checked. */
static void carry(const struct change *c, const struct parameter *from, const struct parameter *to)
{
    bool wider = from->out != to->out, reads = from->in != to->in;
    size_t old_window = (size_t)(from->kernel * from->kernel);
    size_t window = (size_t)(to->kernel * to->kernel);
    for (int o = 0; o < to->out; o++)
        for (int i = 0; i < to->in; i++) {
            int out = source_of(c, wider, o), in = source_of(c, reads, i);
            if (out < 0 || in < 0)
                continue;
            size_t old = ((size_t)out * (size_t)from->in + (size_t)in) * old_window;
            size_t fresh = ((size_t)o * (size_t)to->in + (size_t)i) * window;
            carry_window(c->parent->value + from->first + old, from->kernel, to->kernel,
                         reads ? c->copies[in] : 1, c->child->value + to->first + fresh);
        }
}

const struct parameter *change_parent(const struct change *c, const struct parameter *to)
{
    return snapshot_find(c->parent, to->layer, to->role, to->turn);
}

int change_carry(struct change *c, struct error *error)
{
    int carried = 0;
    for (int i = 0; i < c->child->parameters; i++) {
        const struct parameter *to = &c->child->parameter[i], *from = change_parent(c, to);
        bool made = c->move->kind == MOVE_DEEPEN && to->layer == c->move->layer;
        if (!from == !made)
            return error_set(error, ERROR_MISMATCH, "layer %d %s", to->layer,
                             made ? "is there already" : "was not there before");
        if (made)
            continue;
        int status = check_shape(c, from, to, error);
        if (status)
            return status;
        carry(c, from, to);
        carried++;
    }
    if (carried < c->parent->parameters)
        return error_set(error, ERROR_MISMATCH, "%d of %d tensors have no place in this graph",
                         c->parent->parameters - carried, c->parent->parameters);
    return 0;
}
