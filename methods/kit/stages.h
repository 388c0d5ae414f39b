/* The stages of a search by weight sharing: a supernet is trained, candidates are scored with its weights,
 * the best of them are trained stand-alone. How the budget is divided among these, and the last of them. */
#ifndef NASBED_METHODS_KIT_STAGES_H
#define NASBED_METHODS_KIT_STAGES_H

#include "methods/kit/history.h"
#include "methods/nasbed.h"

#define STAGES_MOST 50 /* most finalists where their number follows from the budget */

/* The row of the option `verify`. */
#define STAGES_VERIFY_HELP                                                                         \
    "finalists that are trained stand-alone to the end; the best there is the choice. 0: as many " \
    "as what is left pays, 50 at most; 1: none, the best by its score is the choice; more: no "    \
    "further ones, if these leave some of the two trainings that are held for each. Where four "   \
    "trainings cannot be held, nothing is"

/* FLOPs of each stage, as planned. */
struct stages {
    double train, score, verify;
};

/* What is divided, and how. */
struct stages_shares {
    double train;  /* of what is left, at least; 1: all, and nothing is scored (as in an audit) */
    double score;  /* of the rest, at most */
    double enough; /* FLOPs of all the scores that are wanted */
    int verify;    /* as the option says */
};

/* Divide what is left. `score` is never more than `enough`; what then remains is for finalists: `verify` of
 * them, each of twice the average cost (the best of a space are large), for verify = 0 up to STAGES_MOST,
 * or nothing where it holds less than two. What is not held for finalists trains. */
struct stages stages_plan(const struct nasbed_trial *trial, const struct stages_shares *shares);

/* FLOPs of one score: of `architecture` with a supernet; NULL: of one of average cost. */
uint64_t stages_price(const struct nasbed_trial *trial, int supernet,
                      const struct nasbed_architecture *architecture,
                      const struct nasbed_scoring *scoring);

/* Cut `history` off at the first whose score is not paid by what is left of `flops`, or of the budget.
 * Returns how many were cut off: they still stand behind the others. */
size_t stages_cut(const struct nasbed_trial *trial, int supernet,
                  const struct nasbed_scoring *scoring, double flops, struct history *history);

/* The `n` best of `history`, or all, best first, each once. False when memory runs out. */
bool stages_rank(const struct history *history, int n, struct history *ranked);

/* How many candidates to rank for stages_finish: it looks at twice as many networks as it would train, were
 * they of average cost, and some are isomorphs of others; 1 where it trains none. */
int stages_reach(const struct nasbed_trial *trial, int verify);

/* Train finalists, in the order of `ranked` (best first); one that what is left does not pay is passed over,
 * and so is an isomorph of another. Finish with the one of best validation accuracy; with the first of
 * `ranked` where fewer than two can be paid (or verify = 1); with a random architecture if it is empty.
 * Returns what nasbed_finish returns. */
enum nasbed_status stages_finish(struct nasbed_trial *trial, const struct history *ranked,
                                 int verify);

#endif
