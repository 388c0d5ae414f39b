/* Weight sharing by single paths: what the methods that train a supernet so have in common. */
#ifndef NASBED_METHODS_KIT_SHARING_H
#define NASBED_METHODS_KIT_SHARING_H

#include "methods/kit/history.h"
#include "methods/nasbed.h"

/* The row of a method's table of spaces. */
#define SHARING_NOT_ON_MACRO                                                                       \
    {                                                                                              \
        .name = "macro", .kind = NASBED_UNDEFINED,                                                 \
        .note = "the space has no choice graph to share weights in"                                \
    }

/* Whether the trial is an audit, which wants one trained supernet and no finish: nothing of its budget is held
 * back for one. Asked before anything is spent. */
bool sharing_audited(const struct nasbed_trial *trial);

/* Half a cosine from `first` at step 0 towards `last` at step `steps` (Loshchilov and Hutter 2017). */
double sharing_rate(double first, double last, uint64_t step, uint64_t steps);

/* What of the budget trains by uniform paths, and how. */
struct sharing {
    double flops;            /* of the budget */
    double first, last;      /* rates */
    struct nasbed_rule rule; /* but for its rate */
};

/* Train: each step draws one architecture, uniform over the strings of the space, and runs its path
 * alone. Ends early where the ledger does not pay a step. *steps: those that were made. */
enum nasbed_status sharing_train(struct nasbed_trial *trial, int supernet,
                                 const struct sharing *sharing, uint64_t *steps);

/* Score the architectures of `history`, which replaces their accuracies. */
enum nasbed_status sharing_score(struct nasbed_trial *trial, int supernet,
                                 const struct nasbed_scoring *scoring, struct history *history);

#endif
