/* Regressors: from the string of an architecture to its accuracy, by an LSTM or an MLP that read
 * strings of any length, alone or as an ensemble. Liu et al.: "Progressive Neural Architecture
 * Search", ECCV 2018, section 4.2. */
#ifndef NASBED_METHODS_KIT_REGRESSOR_H
#define NASBED_METHODS_KIT_REGRESSOR_H

#include "methods/kit/adam.h"
#include "methods/kit/linear.h"
#include "methods/kit/lstm.h"
#include "methods/kit/parameters.h"

#include <stdbool.h>

#define STRING_TOKENS     48 /* most tokens of a string */
#define REGRESSOR_MEMBERS 16

/* What a token means is the caller's: its vector is the sum of two entries of one table of
 * embeddings (an operation and a place, say); -1: no second. */
struct string {
    int n;
    short id[STRING_TOKENS][2];
};

struct example {
    struct string string;
    double target; /* in 0 .. 1 */
};

struct regressor_shape {
    bool recurrent; /* the LSTM: the last state is read off; else the MLP */
    int block;      /* MLP: a string is blocks of so many tokens; their concatenated vectors are
                       averaged over the blocks */
    int ids;        /* entries of the embedding table */
    int width;      /* of an embedding, of the LSTM's state, of the MLP's two ReLU layers */
    int members;    /* each sees all examples but its own 1/members; 1: sees all */
    double range;   /* weights begin uniform in [-range, range) */
};

/* y = sig(w . f + c), f the last state or the MLP's second layer. All members have one layout. */
struct regressor {
    struct regressor_shape shape;
    struct embedding embedding;
    struct lstm lstm;
    struct linear first, second, head;
    struct parameters member[REGRESSOR_MEMBERS];
    struct adam adam;
    /* Work space of one batch of strings of one length. */
    double *x, *dx;          /* [tokens][rows][width], or the MLP's [rows][block * width] */
    double *layer1, *layer2; /* [rows][width] */
    double *d1, *d2;         /* their gradients */
    double *dh;              /* [tokens][rows][width] */
    double *y, *dy;          /* [rows] */
};

/* False when memory runs out; nothing is held then. */
bool regressor_open(struct regressor *regressor, const struct regressor_shape *shape);
void regressor_close(struct regressor *regressor);

/* Weights anew, and c = logit(mean): before any step y is about `mean`. */
void regressor_reset(struct regressor *regressor, int member, double mean,
                     struct nasbed_trial *trial);

/* Mean absolute error of one member over examples[chosen[i]], i = 0 .. n-1, which come sorted by
 * length; its gradient is added to the member's. */
double regressor_loss(struct regressor *regressor, int member, const struct example *examples,
                      const int *chosen, int n);

/* Fit every member from scratch: full-batch Adam for `epochs` steps. Which fifth (members = 5) of
 * the examples a member does not see is drawn. False when memory runs out. */
bool regressor_fit(struct regressor *regressor, const struct example *examples, int n, int epochs,
                   double rate, struct nasbed_trial *trial);

/* What one member says of n strings, in any order of lengths: y [n]. */
void regressor_read(struct regressor *regressor, int member, const struct string *strings, int n,
                    double *y);

/* What all say: the mean. `mean` and `scratch` are [n]. */
void regressor_predict(struct regressor *regressor, const struct string *strings, int n,
                       double *mean, double *scratch);

#endif
