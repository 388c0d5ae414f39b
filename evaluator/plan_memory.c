#include "evaluator/plan_parts.h"

#include <stdlib.h>

struct buffer {
    size_t size, *at;
    int from, to; /* times alive */
};

/* Forward, a step runs at the time of its leader; backward, step i at 2 steps - 1 - i. What shares a
 * time runs in turns. */
static int forward_time(const struct plan *p, int step)
{
    return p->step[step].leader;
}

/* A convolution's backward pass runs within that of the step it reads. */
static int backward_time(const struct plan *p, int step)
{
    while (p->step[step].kind == STEP_CONV)
        step = p->tensor[p->step[step].input].step;
    return 2 * p->steps - 1 - step;
}

static int latest(int a, int b)
{
    return a > b ? a : b;
}

/* The last time the values of `tensor` are read. */
static int value_until(const struct plan *p, int tensor)
{
    const struct tensor *t = &p->tensor[tensor];
    int until = forward_time(p, t->step);
    for (int i = 0; i < p->steps; i++) {
        const struct step *s = &p->step[i];
        for (int k = 0; k < inputs_count(s); k++) {
            if (input_at(p, s, k) != tensor)
                continue;
            bool normed = s->kind == STEP_COMBINE && p->term[s->first_term + k].norm >= 0;
            /* norm_data and max_data read the values when the producer pulls its gradient. */
            bool pulled = normed || s->kind == STEP_MAX_POOL;
            bool again = s->kind == STEP_CONV || s->kind == STEP_LINEAR;
            until = latest(until, pulled  ? backward_time(p, t->step)
                                  : again ? backward_time(p, i)
                                          : forward_time(p, i));
        }
    }
    const struct step *writer = &p->step[t->step];
    if (writer->rectified == tensor) /* the mask */
        until = latest(until, backward_time(p, t->step));
    if (writer->kind == STEP_MAX_POOL) /* the maximum */
        until = latest(until, backward_time(p, p->tensor[writer->input].step));
    return until;
}

/* The gradient of a step's output is read until the producers of its inputs have pulled it. */
static int gradient_until(const struct plan *p, int step)
{
    int until = backward_time(p, step);
    const struct step *s = &p->step[step];
    for (int k = 0; k < inputs_count(s); k++) {
        int tensor = input_at(p, s, k);
        if (tensor < 0)
            continue;
        int producer = p->tensor[tensor].step;
        until = latest(until, p->step[producer].borrowed == step ? gradient_until(p, producer)
                                                                 : backward_time(p, producer));
    }
    return until;
}

static int collect_buffers(struct plan *p, struct buffer *buffer)
{
    int n = 0;
    for (int i = 0; i < p->tensors; i++)
        buffer[n++] = (struct buffer){p->tensor[i].size, &p->tensor[i].value,
                                      forward_time(p, p->tensor[i].step), value_until(p, i)};
    for (int i = 0; i < p->steps; i++) {
        struct step *s = &p->step[i];
        if (s->kind == STEP_DROP && !s->whole_images)
            buffer[n++] = (struct buffer){p->tensor[s->output].size, &s->factor, forward_time(p, i),
                                          backward_time(p, p->tensor[s->input].step)};
        int t = step_tensor(s);
        if (s->kind == STEP_INPUT || s->borrowed >= 0 || t < 0)
            continue;
        size_t size = p->tensor[t].size / (s->one_block ? (size_t)p->blocks : 1);
        buffer[n++] =
            (struct buffer){size, &s->gradient, backward_time(p, i), gradient_until(p, i)};
    }
    return n;
}

/* The last time that a forward pass reads the values of `tensor`. */
static int forward_until(const struct plan *p, int tensor)
{
    int until = forward_time(p, p->tensor[tensor].step);
    for (int i = 0; i < p->steps; i++)
        for (int k = 0; k < inputs_count(&p->step[i]); k++)
            if (input_at(p, &p->step[i], k) == tensor)
                until = latest(until, forward_time(p, i));
    return until;
}

/* For a plan that is run forward alone. */
static int collect_values(struct plan *p, struct buffer *buffer)
{
    int n = 0;
    for (int i = 0; i < p->tensors; i++)
        buffer[n++] = (struct buffer){p->tensor[i].size, &p->tensor[i].value,
                                      forward_time(p, p->tensor[i].step), forward_until(p, i)};
    for (int i = 0; i < p->steps; i++) {
        struct step *s = &p->step[i];
        if (s->kind == STEP_DROP && !s->whole_images)
            buffer[n++] = (struct buffer){p->tensor[s->output].size, &s->factor, forward_time(p, i),
                                          forward_time(p, i)};
    }
    return n;
}

static int by_size(const void *a, const void *b)
{
    const struct buffer *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return x->from - y->from;
}

/* First fit, large buffers first: the lowest place that no buffer alive at the same time covers. */
static size_t place_buffers(struct buffer *buffer, int n, size_t base)
{
    size_t end = base;
    qsort(buffer, (size_t)n, sizeof *buffer, by_size);
    for (int i = 0; i < n; i++) {
        size_t at = base;
        for (bool moved = true; moved;) {
            moved = false;
            for (int k = 0; k < i; k++) {
                const struct buffer *b = &buffer[k];
                bool together = b->from <= buffer[i].to && buffer[i].from <= b->to;
                if (together && *b->at < at + buffer[i].size && at < *b->at + b->size) {
                    at = *b->at + b->size;
                    moved = true;
                }
            }
        }
        *buffer[i].at = at;
        if (at + buffer[i].size > end)
            end = at + buffer[i].size;
    }
    return end;
}

int plan_place(struct plan *plan, enum plan_use use, size_t base, struct error *error)
{
    size_t most = (size_t)plan->tensors + 2 * (size_t)plan->steps; /* values; factor and gradient */
    struct buffer *buffer = calloc(most, sizeof *buffer);
    if (!buffer)
        return error_set(error, ERROR_MEMORY, "plan of %d steps: out of memory", plan->steps);
    int n = use == PLAN_FORWARD ? collect_values(plan, buffer) : collect_buffers(plan, buffer);
    plan->arena = place_buffers(buffer, n, base);
    plan->unshared = base;
    for (int i = 0; i < n; i++)
        plan->unshared += buffer[i].size;
    free(buffer);
    return 0;
}
