/* Adam: gradient descent with a step of each weight's own. Kingma, Ba: "Adam: A Method for
 * Stochastic Optimization", ICLR 2015, Algorithm 1. */
#ifndef NASBED_METHODS_KIT_ADAM_H
#define NASBED_METHODS_KIT_ADAM_H

#include "methods/kit/parameters.h"

struct adam {
    double rate, beta1, beta2, epsilon; /* alpha, beta_1, beta_2, epsilon; may be changed between
                                           steps */
    bool hat;              /* epsilon is the paper's "epsilon hat" (section 2), next to the
                                           uncorrected sqrt(v), as in TensorFlow 1 */
    double power1, power2; /* beta_1^t, beta_2^t */
    int n;
    double *m, *v; /* [n] moments; owned */
};

/* Published betas and epsilon (0.9, 0.999, 1e-8). False when memory runs out. */
bool adam_open(struct adam *adam, const struct parameters *parameters, double rate);
void adam_close(struct adam *adam);

/* Begin again: forget the moments. */
void adam_reset(struct adam *adam);

/* One step down the gradient. */
void adam_step(struct adam *adam, struct parameters *parameters);

#endif
