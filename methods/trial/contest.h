/* A contest: what trials that are to be compared have in common: space, protocol, rows, budget. */
#ifndef NASBED_METHODS_TRIAL_CONTEST_H
#define NASBED_METHODS_TRIAL_CONTEST_H

#include "base/error.h"
#include "evaluator/live.h"
#include "methods/trial/bank.h"
#include "protocols/protocol.h"
#include "spaces/space.h"
#include "tables/table.h"

#include <stdint.h>

/* Borrowed throughout; nothing to free. */
struct contest {
    const struct space *space;
    const struct training *training;
    const struct isomorphs *isomorphs;
    struct table_identity identity;
    char table[DIGEST_TEXT]; /* digest of the table, "": everything is trained live */
    bool tests_apart;        /* of the table (tables/table.h) */
    int seeds;               /* k: trial i queries seed i mod k */
    struct bank *bank;
    const struct live_site *live; /* NULL: methods have no networks and no supernets of their own */
    /* [distinct][T] microseconds that the table's source took up to each point (table_times): the
     * ledger counts those, and whatever is said to be FLOPs is microseconds. NULL: FLOPs. */
    const uint64_t *times;
    double budget;       /* full trainings; with `times`, GPU seconds */
    uint64_t unit_flops; /* of a full training: the mean, over all strings, of the charge to T
                            (rounded down) */
    uint64_t budget_flops;
    uint64_t reserve_flops; /* the largest charge to T of any architecture */
};

/* Fill in budget and its FLOPs; the fields up to `isomorphs`, and `times`, are read. Errors:
 * ERROR_ARGUMENT when the budget is not above 0, cannot pay the reserve or is beyond 2^63 FLOPs. */
int contest_budget(struct contest *contest, double budget, struct error *error);

/* The budget in full trainings of average cost, whatever it is given in. */
double contest_trainings(const struct contest *contest);

/* charge(network, t), in FLOPs. */
uint64_t contest_charge(const struct contest *contest, uint32_t network, int point);

#endif
