/* The account of one trial: which networks were paid up to which point, and the charging rules.
 *
 * Invariants: the ledger is never overspent; a network's charges sum to charge(network, its latest
 * point), whatever the steps; what was paid is free, also for an isomorph. */
#ifndef NASBED_METHODS_TRIAL_ACCOUNT_H
#define NASBED_METHODS_TRIAL_ACCOUNT_H

#include "base/error.h"
#include "methods/nasbed.h"
#include "methods/trial/contest.h"
#include "protocols/ledger.h"

#include <stdbool.h>
#include <stdint.h>

#define ACCOUNT_FREE_MOST 1000 /* free answers in a row after which the trial ends */

struct account {
    const struct contest *contest;
    struct ledger ledger;
    unsigned char *paid; /* [distinct] point up to which a network was paid; 0: not at all */
    int free_in_row;
    bool ended; /* no further charge */
};

/* A new account with the contest's budget and reserve. Errors: ERROR_MEMORY, those of
 * ledger_init. */
int account_init(struct account *account, const struct contest *contest, struct error *error);
void account_free(struct account *account);

/* FLOPs that training `network` to `point` would cost now. */
uint64_t account_quote(const struct account *account, uint32_t network, int point);

/* Charge that, or refuse and change nothing. */
enum nasbed_status account_charge(struct account *account, uint32_t network, int point,
                                  uint64_t *charge);

/* Charge what was or will be computed beside trainings (a supernet's steps), or refuse. */
enum nasbed_status account_spend(struct account *account, uint64_t flops);

/* Charge what is missing to T, out of the reserve too, and end the account. Returns the charge. */
uint64_t account_settle(struct account *account, uint32_t network);

#endif
