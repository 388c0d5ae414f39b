/* The meta-controller of EAS (Cai et al., "Efficient Architecture Search by Network
 * Transformation", AAAI 2018): a bidirectional LSTM reads the layer string of a network, actors
 * decide how to transform it.
 *
 *     x_i = E[token_i]    e_i = [forward LSTM_i ; backward LSTM_i]
 *     wider, grower, skipper   p_i = sig(w . e_i + b), d_i ~ Bernoulli(p_i), all at once
 *     deeper   an LSTM that begins in the encoder's last state, y_1 a learned start vector; then
 *              for j = block, index, kernel:  z_j = U_j h_j + u_j,
 *              p_j = softmax of z_j over what may be chosen, a_j ~ p_j, y_j+1 = E_j[a_j]
 *
 * The grower (kernels 3 -> 5) and the skipper are not the paper's: they are built like its wider
 * actor. Nor is that the deeper may stop, which is one more option of the block, without an index and
 * a kernel (the paper's steps are of a fixed number). What may be chosen is what nasbed_moves lists; a
 * decision that has no move is masked: it is drawn and has no effect and no gradient. */
#ifndef NASBED_METHODS_KIT_ACTORS_H
#define NASBED_METHODS_KIT_ACTORS_H

#include "methods/kit/layers.h"
#include "methods/kit/linear.h"
#include "methods/kit/lstm.h"
#include "methods/kit/parameters.h"

enum actor { ACTOR_WIDER, ACTOR_GROWER, ACTOR_SKIPPER, ACTOR_DEEPER, ACTORS };

enum {
    ACTOR_SWITCHES = ACTOR_DEEPER,  /* actors with a yes or no for each token */
    ACTOR_TURNS = 3,                /* of the deeper: block, index, kernel */
    ACTOR_STOP = LAYER_BLOCKS,      /* option of the first turn */
    ACTOR_OPTIONS = ACTOR_STOP + 1, /* most of a turn */
    ACTOR_MOVES = 16                /* most of one step */
};

/* One step for one network: the state and what was decided there. */
struct actor_step {
    enum actor actor;
    struct layer_string string;
    bool counts[LAYER_TOKENS]; /* switches: m_i, this token has such a move */
    bool chosen[LAYER_TOKENS]; /* d_i */
    bool allowed[ACTOR_TURNS]
                [ACTOR_OPTIONS]; /* deeper; all false: there is no move, the turn is void */
    int turn[ACTOR_TURNS];       /* a_j */
};

struct actors {
    bool uniform; /* the random control: every probability is even, nothing is learned */
    bool stops;   /* the deeper may stop */
    int embedding_width, units;
    struct parameters parameters;
    struct embedding word, choice[ACTOR_TURNS]; /* E; E_j */
    struct lstm encoder, decoder;               /* units in each direction; 2 units */
    struct linear head[ACTOR_SWITCHES], turn[ACTOR_TURNS];
    int start; /* place of y_1 */
    /* Work space of one step. */
    double *x, *dx;                       /* [LAYER_TOKENS][embedding_width] */
    double *de;                           /* [LAYER_TOKENS][2 units] */
    double *y, *dy;                       /* [ACTOR_TURNS][embedding_width] */
    double *dh;                           /* [ACTOR_TURNS][2 units] */
    double *hidden, *cell;                /* [2 units] the encoder's last state */
    double p[LAYER_TOKENS];               /* switches: probability of yes */
    double z[LAYER_TOKENS];               /* and its logit */
    double q[ACTOR_TURNS][ACTOR_OPTIONS]; /* deeper */
};

/* Tokens and choices begin uniform with variance 1, all else as Glorot and Bengio (AISTATS 2010)
 * draw. False when memory runs out; nothing is held then. */
bool actors_open(struct actors *actors, struct nasbed_trial *trial, int embedding_width, int units,
                 bool uniform, bool stops);
void actors_close(struct actors *actors);

/* Begin again: draw everything anew. */
void actors_restart(struct actors *actors, struct nasbed_trial *trial);

/* Decide one step of an architecture of `chain`. */
void actors_sample(struct actors *actors, struct nasbed_trial *trial, enum actor actor,
                   const struct nasbed_architecture *architecture, struct actor_step *step);

/* Whether a step of the deeper decided to stop. */
bool actors_stopped(const struct actor_step *step);

/* The moves that a step decided, in order; `architecture` becomes what they lead to. At most
 * ACTOR_MOVES; returns their number. */
int actors_moves(const struct actor_step *step, const struct nasbed_trial *trial,
                 struct nasbed_architecture *architecture, struct nasbed_move *moves);

/* Log-probability of the unmasked decisions of a step, and their mean entropy; 0 and 0 if there is
 * none. */
void actors_score(struct actors *actors, const struct actor_step *step, double *log_probability,
                  double *entropy);

/* Add to the gradient that of the loss  - advantage log P(step) - weight H(step). */
void actors_back(struct actors *actors, const struct actor_step *step, double advantage,
                 double weight);

#endif
