#include "methods/kit/relaxation.h"

#include "base/numeric.h"

#include <math.h>
#include <string.h>

bool relaxation_open(struct relaxation *relaxation, struct nasbed_trial *trial, double mean,
                     double deviation)
{
    struct relaxation *r = relaxation;
    *r = (struct relaxation){.trial = trial};
    r->n = nasbed_choices(trial, r->choice);
    for (int i = 0; i < r->n; i++)
        r->place[i] = parameters_place(&r->logits, r->choice[i].options);
    if (r->n == 0 || !parameters_open(&r->logits))
        return false;
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < r->choice[i].options; k++)
            r->logits.value[r->place[i] + k] = mean + deviation * nasbed_normal(trial);
    if (adam_open(&r->adam, &r->logits, 0))
        return true;
    parameters_close(&r->logits);
    return false;
}

void relaxation_close(struct relaxation *relaxation)
{
    adam_close(&relaxation->adam);
    parameters_close(&relaxation->logits);
}

void relaxation_plan(struct relaxation *relaxation, double rate, double decay, int least,
                     uint64_t steps)
{
    relaxation->adam.beta1 = 0.5;
    relaxation->adam.rate = rate * fmax(1, (double)least / (double)(steps ? steps : 1));
    relaxation->decay = decay;
}

/* p = softmax(z), the largest taken off first: (a + noise) / temperature spans hundreds. */
static void softmax(const double *z, int n, double *p)
{
    double most = z[0], sum = 0;
    for (int k = 1; k < n; k++)
        most = z[k] > most ? z[k] : most;
    for (int k = 0; k < n; k++)
        sum += p[k] = numeric_exp(z[k] - most);
    for (int k = 0; k < n; k++)
        p[k] /= sum;
}

/* U away from 0 and 1. */
void relaxation_gumbel(const struct relaxation *r,
                       double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS])
{
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < r->choice[i].options; k++) {
            double u = nasbed_uniform(r->trial);
            u = u < 1e-12 ? 1e-12 : u > 1 - 1e-12 ? 1 - 1e-12 : u;
            noise[i][k] = -numeric_log(-numeric_log(u));
        }
}

void relaxation_mix(const struct relaxation *r, double temperature,
                    const double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS],
                    struct nasbed_program *program)
{
    memset(program, 0, sizeof *program);
    program->weighed = true;
    for (int i = 0; i < r->n; i++) {
        double z[NASBED_CHOICE_OPTIONS];
        for (int k = 0; k < r->choice[i].options; k++) {
            z[k] = (r->logits.value[r->place[i] + k] + (noise ? noise[i][k] : 0)) / temperature;
            program->present[i][k] = true;
        }
        softmax(z, r->choice[i].options, program->weight[i]);
    }
}

void relaxation_clear(struct relaxation *r)
{
    parameters_clear(&r->logits);
}

void relaxation_backward(struct relaxation *r, double temperature,
                         const struct nasbed_program *program,
                         const double gradient[NASBED_CHOICES][NASBED_CHOICE_OPTIONS])
{
    for (int i = 0; i < r->n; i++) {
        const double *p = program->weight[i], *g = gradient[i];
        double mean = 0;
        for (int k = 0; k < r->choice[i].options; k++)
            mean += p[k] * g[k];
        for (int k = 0; k < r->choice[i].options; k++)
            r->logits.gradient[r->place[i] + k] += p[k] * (g[k] - mean) / temperature;
    }
}

/* With Z = softmax((a + G) / temperature), a_k - temperature log Z_k is -G_k but for what all k share. */
void relaxation_score(struct relaxation *r,
                      const double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS],
                      const double cost[NASBED_CHOICES])
{
    for (int i = 0; i < r->n; i++) {
        double z[NASBED_CHOICE_OPTIONS], p[NASBED_CHOICE_OPTIONS];
        int options = r->choice[i].options;
        for (int k = 0; k < options; k++)
            z[k] = -noise[i][k];
        softmax(z, options, p);
        for (int k = 0; k < options; k++)
            r->logits.gradient[r->place[i] + k] += cost[i] * (1 - options * p[k]);
    }
}

void relaxation_update(struct relaxation *r, double clip)
{
    if (clip > 0)
        (void)parameters_clip(&r->logits, clip);
    for (int i = 0; i < r->logits.n; i++)
        r->logits.gradient[i] += r->decay * r->logits.value[i];
    adam_step(&r->adam, &r->logits);
}

void relaxation_step(struct relaxation *r, double temperature, const struct nasbed_program *program,
                     const double gradient[NASBED_CHOICES][NASBED_CHOICE_OPTIONS], double clip)
{
    relaxation_clear(r);
    relaxation_backward(r, temperature, program, gradient);
    relaxation_update(r, clip);
}

static int choice_named(const struct relaxation *r, const char *name)
{
    int i = 0;
    while (i < r->n - 1 && strcmp(r->choice[i].name, name) != 0)
        i++;
    return i;
}

void relaxation_decode(const struct relaxation *r, const char *but, struct nasbed_architecture *out)
{
    *out = (struct nasbed_architecture){.n = 0};
    for (int options; (options = nasbed_options(r->trial, out)) > 0; out->n++) {
        const double *a =
            r->logits.value + r->place[choice_named(r, nasbed_decision_name(r->trial, out))];
        int best = -1;
        for (int k = 0; k < options; k++) {
            bool passed = but && strcmp(nasbed_option_name(r->trial, out, k), but) == 0;
            if (!passed && (best < 0 || a[k] > a[best]))
                best = k;
        }
        out->decision[out->n] = (unsigned char)(best < 0 ? 0 : best);
    }
}

void relaxation_record(const struct relaxation *r, const char *but, uint64_t step, uint64_t steps)
{
    enum { RECORDS = 20 };
    struct nasbed_architecture now;
    uint64_t before = step * RECORDS / steps, after = (step + 1) * RECORDS / steps;
    if (before == after)
        return;
    relaxation_decode(r, but, &now);
    nasbed_log(r->trial, NASBED_LOG_INCUMBENT, (double)nasbed_index(r->trial, &now));
}

void relaxation_report(const struct relaxation *r)
{
    struct nasbed_architecture with, without;
    relaxation_decode(r, NULL, &with);
    relaxation_decode(r, "none", &without);
    nasbed_log(r->trial, "logit-spread", relaxation_spread(r));
    nasbed_log(r->trial, "entropy", relaxation_entropy(r));
    nasbed_log(r->trial, "decoded-with-none" NASBED_LOG_INDEX,
               (double)nasbed_index(r->trial, &with));
    nasbed_log(r->trial, "decoded-without-none" NASBED_LOG_INDEX,
               (double)nasbed_index(r->trial, &without));
}

double relaxation_entropy(const struct relaxation *r)
{
    double sum = 0;
    for (int i = 0; i < r->n; i++) {
        double p[NASBED_CHOICE_OPTIONS];
        softmax(r->logits.value + r->place[i], r->choice[i].options, p);
        for (int k = 0; k < r->choice[i].options; k++)
            sum -= p[k] > 0 ? p[k] * numeric_log(p[k]) : 0;
    }
    return sum / r->n;
}

double relaxation_spread(const struct relaxation *r)
{
    double most = 0;
    for (int i = 0; i < r->n; i++) {
        const double *a = r->logits.value + r->place[i];
        for (int k = 0; k < r->choice[i].options; k++)
            for (int l = 0; l < k; l++)
                most = a[k] - a[l] > most ? a[k] - a[l] : a[l] - a[k] > most ? a[l] - a[k] : most;
    }
    return most;
}
