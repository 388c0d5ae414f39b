/* The policy: an LSTM that writes an architecture one decision at a time, whatever the space, and its
 * policy gradient.
 *
 *     x_1 a learned start vector, x_t = E[token t-1]       h_t = LSTM(x_t)
 *     z_t = U_k h_t + d_k for a decision of kind k         p_t = softmax of z_t over what may come
 *
 * Each kind of decision (kit/alphabet.h) has its own E_k, U_k and d_k. A decision can also be an
 * *anchor*, a yes or no about two earlier places (Zoph, Le, ICLR 2017, section 3.3):
 *
 *     p(yes) = sig(v . tanh(W_prev h_j + W_curr h_i))      i: this step, j: that of another decision
 */
#ifndef NASBED_METHODS_KIT_POLICY_H
#define NASBED_METHODS_KIT_POLICY_H

#include "methods/kit/alphabet.h"
#include "methods/kit/linear.h"
#include "methods/kit/lstm.h"
#include "methods/kit/parameters.h"

#include <stdbool.h>

/* One row: decision `name` is an anchor that looks back at decision `earlier`; `yes` is the option
 * that p(yes) is of. A table ends with a row whose name is NULL. */
struct policy_anchor {
    const char *name, *earlier, *yes;
};

struct policy_shape {
    int units, layers;
    double range; /* weights begin uniform in [-range, range) */
    const struct policy_anchor
        *anchors; /* NULL: none; rows for decisions unknown here are skipped */
    /* Whether `option` may follow `prefix` now; at least one must. NULL: all may. */
    bool (*allows)(const void *context, const struct nasbed_trial *trial,
                   const struct nasbed_architecture *prefix, int option);
    const void *context;
    double bound, temperature; /* logits are bound tanh(z / temperature) (Bello et al., ICML 2017);
                                  bound 0: z */
};

/* One decision of one row, as it was made. */
struct policy_choice {
    int kind, options; /* options: 0: the row had ended */
    int chosen;        /* option */
    int earlier;       /* step of h_j; -1: no anchor */
    int token[ALPHABET_TOKENS];
    double probability[ALPHABET_TOKENS]; /* [options]; exactly 0 for what may not come */
    double slope[ALPHABET_TOKENS];       /* [options] of the logits by z */
};

struct policy {
    struct policy_shape shape;
    struct alphabet alphabet;
    struct parameters parameters;
    struct lstm lstm;
    int start; /* place of x_1 [units] */
    struct embedding embedding[ALPHABET_KINDS];
    struct linear head[ALPHABET_KINDS];
    const struct policy_anchor *anchor[ALPHABET_KINDS]; /* NULL: the kind has a head */
    struct linear previous, current;                    /* W_prev, W_curr */
    int direction;                                      /* place of v [units] */
    int rows, length;                                   /* of the batch under way */
    const double *hidden;                               /* [length][rows][units] */
    struct nasbed_architecture *prefix;                 /* [most_rows] */
    struct policy_choice *choice;                       /* [decisions][most_rows] */
    double *x, *dx, *dh, *u; /* [decisions][most_rows][units]; u: tanh of an anchor */
    double *scratch;         /* [units + ALPHABET_TOKENS] */
    int most_rows;
};

/* A policy for the trial's space, in batches of up to `rows`; its weights are drawn from the trial.
 * False when memory runs out or the space does not fit; nothing is held then. */
bool policy_open(struct policy *policy, struct nasbed_trial *trial,
                 const struct policy_shape *shape, int rows);
void policy_close(struct policy *policy);

/* Draw `rows` architectures. log_probability [rows] of each. */
void policy_sample(struct policy *policy, struct nasbed_trial *trial, int rows,
                   struct nasbed_architecture *out, double *log_probability);

/* The same for given architectures (valid, and allowed). */
void policy_score(struct policy *policy, struct nasbed_trial *trial, int rows,
                  const struct nasbed_architecture *given, double *log_probability);

/* The architecture of the likeliest option of each decision after those before it, which need not be the
 * likeliest of all; it draws nothing. log_probability [1] of it. */
void policy_argmax(struct policy *policy, struct nasbed_trial *trial,
                   struct nasbed_architecture *out, double *log_probability);

/* Sum over the steps of row r of the entropy of what it chose from, in nats; after either. */
double policy_entropy(const struct policy *policy, int row);

/* REINFORCE, after either: add to the gradient that of the loss
 *     - sum_r advantage[r] log P(r) - weight * sum_r entropy(r).
 * Williams, Machine Learning 8 (1992); the weights divided by the rows are the caller's. Once a
 * batch. */
void policy_back(struct policy *policy, const double *advantage, double weight);

/* The baseline of REINFORCE: a moving average of rewards, corrected for its start at 0. */
struct baseline {
    double decay;
    double sum, weight;
};

/* Its value; `otherwise` before the first reward. */
double baseline_value(const struct baseline *baseline, double otherwise);
void baseline_update(struct baseline *baseline, double reward);

#endif
