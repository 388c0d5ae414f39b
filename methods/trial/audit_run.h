/* Audit runs: the supernets of a method, trained as in its trials, and with them the score of every
 * architecture of the space. */
#ifndef NASBED_METHODS_TRIAL_AUDIT_RUN_H
#define NASBED_METHODS_TRIAL_AUDIT_RUN_H

#include "base/error.h"
#include "evaluator/supernet.h"
#include "methods/trial/contest.h"
#include "methods/trial/registry.h"

#include <stdbool.h>
#include <stdint.h>

/* At 10, 25 and 50 % of the training's budget: what a method will train in all is not known before it ends
 * (a controller's samples cost what they cost), what it may spend is. What they were of it is told after. */
#define AUDIT_MILESTONES 3
#define AUDIT_FIXED      1000 /* architectures that are scored at each, and at the end */
#define AUDIT_IMAGES     512  /* images of those scores, at most */

/* Percent of milestone i; of i = AUDIT_MILESTONES 100. */
int audit_milestone(int i);

/* The fixed architectures of a space, ascending: the first of a random order that is the same for all
 * audits. Returns how many, at most AUDIT_FIXED; -1: out of memory. */
int audit_fixed(const struct space *space, uint32_t index[AUDIT_FIXED]);

struct audit_run {
    const struct contest *contest;          /* with a trainer */
    const struct method_settings *settings; /* of a method that shares weights */
    uint64_t first_seed;
    int seeds;
    struct supernet_scoring scoring;
    const char
        *folder; /* of what is kept, FOLDER/sSEED.h5: what is there is not done again; NULL: none */
    bool untrained; /* a control: the supernets as they are initialised */
    int threads;
    bool quiet;
};

/* Of one seed. FLOPs of scoring are an account of their own. */
struct audit_scores {
    char *what;    /* method, seed, budget, options: what trained it */
    double *score; /* [contest->space->count] validation accuracy in percent */
    double
        *curve; /* [AUDIT_MILESTONES + 1][AUDIT_FIXED] of the fixed architectures, on AUDIT_IMAGES;
                      NaN: the training ended before that milestone */
    int curves; /* of these rows filled; 0 for a control */
    double
        share[AUDIT_MILESTONES + 1]; /* percent of the training that there was at each; NaN: none */
    uint32_t passes; /* networks that were run: what shared weights make equal is run once */
    uint64_t train_flops, score_flops;
    double train_seconds, score_seconds; /* CPU */
};

/* Train, then score, one thread a supernet and then one a network: results do not depend on how many.
 * `out` [seeds] is filled; the caller frees each with audit_scores_free, after an error too. Errors:
 * those of trial_train, audit_state_open and sweep_run; ERROR_MEMORY. A kill loses the training since the
 * last epoch of its weights, and the scores of the tasks at hand. */
int audit_run(const struct audit_run *run, struct audit_scores *out, struct error *error);
void audit_scores_free(struct audit_scores *scores);

#endif
