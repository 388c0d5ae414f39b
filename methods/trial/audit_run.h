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

struct audit_run {
    const struct contest *contest;          /* with a trainer */
    const struct method_settings *settings; /* of a method that shares weights */
    uint64_t first_seed;
    int seeds;
    struct supernet_scoring scoring;
    bool untrained; /* a control: the supernets as they are initialised */
    int threads;
    bool quiet;
};

/* Of one seed. FLOPs of scoring are an account of their own. */
struct audit_scores {
    double *score;   /* [contest->space->count] validation accuracy in percent */
    uint32_t passes; /* networks that were run: what shared weights make equal is run once */
    uint64_t train_flops, score_flops;
    double train_seconds, score_seconds; /* CPU */
};

/* Train, then score, one thread a supernet and then one a network: results do not depend on how many.
 * `out` [seeds] is filled; the caller frees each with audit_scores_free, after an error too. Errors:
 * those of trial_train and supernet_evaluate; ERROR_MEMORY. */
int audit_run(const struct audit_run *run, struct audit_scores *out, struct error *error);
void audit_scores_free(struct audit_scores *scores);

#endif
