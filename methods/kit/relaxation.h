/* Relaxations: logits over every choice of a space, as gradient methods have them: softmax, the gradient
 * through it, decoding. */
#ifndef NASBED_METHODS_KIT_RELAXATION_H
#define NASBED_METHODS_KIT_RELAXATION_H

#include "methods/kit/adam.h"
#include "methods/nasbed.h"

struct relaxation {
    struct nasbed_trial *trial;
    int n; /* choices */
    struct nasbed_choice choice[NASBED_CHOICES];
    struct parameters logits; /* a_k of choice i at place[i] + k */
    int place[NASBED_CHOICES];
    struct adam adam;
    double decay; /* of the logits, added to the gradient as in torch.optim.Adam */
};

/* Logits mean + deviation x N(0, 1), drawn from the trial. False: out of memory, or a space without
 * choices; nothing is held then. */
bool relaxation_open(struct relaxation *relaxation, struct nasbed_trial *trial, double mean,
                     double deviation);
void relaxation_close(struct relaxation *relaxation);

/* Before a search of so many steps: Adam's first beta is 0.5 (DARTS A.1.1, SNAS's code), its rate is `rate`,
 * times `least` over the steps where they are fewer than `least`: a short search's logits move as far. */
void relaxation_plan(struct relaxation *relaxation, double rate, double decay, int least,
                     uint64_t steps);

/* G = -log(-log U) for every option of every choice. With it the largest of a mixture's weights is
 * option k with probability softmax(a)_k, at any temperature. */
void relaxation_gumbel(const struct relaxation *relaxation,
                       double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS]);

/* The mixture with p = softmax((a + noise) / temperature). `noise` [choice][option] or NULL. */
void relaxation_mix(const struct relaxation *relaxation, double temperature,
                    const double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS],
                    struct nasbed_program *program);

/* A step of the logits: clear, add gradients, update. What is added of a loss with the gradient g with
 * respect to the weights p of `program`: dL/da_k = p_k (g_k - sum_l p_l g_l) / temperature. */
void relaxation_clear(struct relaxation *relaxation);
void relaxation_backward(struct relaxation *relaxation, double temperature,
                         const struct nasbed_program *program,
                         const double gradient[NASBED_CHOICES][NASBED_CHOICE_OPTIONS]);

/* What is added of the expectation of a cost [choice] that the sample of a choice has: the gradient of
 * log p(Z) times that, 1 - n softmax(-noise)_k for n options, whatever the temperature. p(Z) is the
 * concrete density (Maddison, Mnih, Teh 2017, eq. 10), Z the mixture of that noise. */
void relaxation_score(struct relaxation *relaxation,
                      const double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS],
                      const double cost[NASBED_CHOICES]);

/* One Adam step with what was added, its norm cut down to `clip` if that is not 0; then the decay. */
void relaxation_update(struct relaxation *relaxation, double clip);

/* All of that for one loss. */
void relaxation_step(struct relaxation *relaxation, double temperature,
                     const struct nasbed_program *program,
                     const double gradient[NASBED_CHOICES][NASBED_CHOICE_OPTIONS], double clip);

/* The architecture of the largest logits, decision after decision; the first of equals. With `but` an
 * option of that name is passed over. */
void relaxation_decode(const struct relaxation *relaxation, const char *but,
                       struct nasbed_architecture *out);

/* After step `step` (0 .. steps - 1): at 20 of them what would be decoded now goes on record
 * (NASBED_LOG_INCUMBENT). */
void relaxation_record(const struct relaxation *relaxation, const char *but, uint64_t step,
                       uint64_t steps);

/* What is looked at while it is trained: the mean over choices of the entropy of softmax(a) in nats, and
 * the largest difference between logits of one choice. */
double relaxation_entropy(const struct relaxation *relaxation);
double relaxation_spread(const struct relaxation *relaxation);

/* Both of these at the end of a search, and the indices of both decodings: with `none` and with that
 * passed over (the same where no decision has it). */
void relaxation_report(const struct relaxation *relaxation);

#endif
