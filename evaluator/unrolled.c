#include "evaluator/unrolled.h"

#include "evaluator/trainer_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SMALL = 0.01; /* |w+- - w| */

int unrolled_open(struct unrolled *unrolled, struct supernet *supernet, struct feed *feed,
                  struct workspace *workspace, struct error *error)
{
    *unrolled = (struct unrolled){.supernet = supernet, .feed = feed, .workspace = workspace};
    unrolled->kept = calloc(supernet->size, sizeof(real));
    unrolled->direction = calloc(supernet->size, sizeof(real));
    if (unrolled->kept && unrolled->direction)
        return 0;
    unrolled_close(unrolled);
    return error_set(error, ERROR_MEMORY, "supernet: out of memory");
}

void unrolled_close(struct unrolled *unrolled)
{
    free(unrolled->kept);
    free(unrolled->direction);
    *unrolled = (struct unrolled){0};
}

/* One batch forward and backward with the weights of now: the gradient of the weights into the shared
 * one, that of the options' into `choices`. */
static int run(struct unrolled *u, const struct choice_program *program, enum feed_part part,
               struct choice_gradient *choices, struct loss *loss, struct error *error)
{
    const struct trainer *trainer = u->feed->trainer;
    const struct training *t = &trainer->protocol->training;
    struct supernet_pass pass;
    int status = supernet_pass_open(&pass, u->supernet, program, t->batch / LANES, u->workspace,
                                    trainer->kernels, error);
    if (status)
        return status;
    feed_load(u->feed, part, network_input(&pass.network));
    network_forward(&pass.network, t->batch / LANES, true);
    *loss = network_loss(&pass.network, u->feed->labels, t->batch, t->label_smoothing, true);
    network_backward(&pass.network);
    supernet_collect(u->supernet, &pass);
    supernet_pass_choices(u->supernet, &pass, choices);
    supernet_pass_close(&pass);
    return 0;
}

/* w' out of w, with the gradient that was collected; the moments stay. */
static void virtual_step(struct supernet *s, const struct supernet_rule *rule)
{
    for (size_t i = 0; i < s->size; i++) {
        if (!s->moved[i])
            continue;
        double g = (double)s->gradient[i] + rule->decay * (double)s->value[i];
        double m = rule->momentum * (double)s->moment[i] + g;
        double way = rule->nesterov ? g + rule->momentum * m : m;
        s->value[i] = (real)((double)s->value[i] - rule->rate * way);
    }
}

static double length_of(const real *vector, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)vector[i] * (double)vector[i];
    return sqrt(sum);
}

static void put_back(struct unrolled *u)
{
    memcpy(u->supernet->value, u->kept, u->supernet->size * sizeof(real));
    supernet_forget(u->supernet);
}

/* grad_p of the training loss at w + scale x direction. */
static int shifted(struct unrolled *u, const struct choice_program *program, double scale,
                   struct choice_gradient *choices, struct error *error)
{
    struct loss loss;
    supernet_shift(u->supernet, u->direction, scale);
    int status = run(u, program, FEED_TRAINING, choices, &loss, error);
    put_back(u);
    return status;
}

int unrolled_gradient(struct unrolled *u, const struct choice_program *program,
                      const struct supernet_rule *rule, struct choice_gradient *gradient,
                      struct loss *loss, struct error *error)
{
    struct supernet *s = u->supernet;
    struct choice_gradient above, below;
    size_t bytes = s->size * sizeof(real);
    memcpy(u->kept, s->value, bytes);
    supernet_forget(s);
    int status = run(u, program, FEED_TRAINING, gradient, loss, error);
    if (status)
        return status;
    virtual_step(s, rule);
    supernet_forget(s);
    status = run(u, program, FEED_VALIDATION, gradient, loss, error);
    memcpy(u->direction, s->gradient, bytes);
    put_back(u);
    double length = length_of(u->direction, s->size);
    if (status || !(length > 0) || !isfinite(length))
        return status;
    double scale = SMALL / length;
    if ((status = shifted(u, program, scale, &above, error)) ||
        (status = shifted(u, program, -scale, &below, error)))
        return status;
    for (int i = 0; i < CHOICES_MAX; i++)
        for (int k = 0; k < CHOICE_OPTIONS_MAX; k++)
            gradient->of[i][k] -= rule->rate * (above.of[i][k] - below.of[i][k]) / (2 * scale);
    return 0;
}
