/* The ledger of one trial: exact FLOPs, nothing free, nothing overspent. */
#ifndef NASBED_PROTOCOLS_LEDGER_H
#define NASBED_PROTOCOLS_LEDGER_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Invariant: spent + reserve <= total, always. */
struct ledger {
    uint64_t total;   /* FLOPs of the whole budget */
    uint64_t reserve; /* held back for finish() */
    uint64_t spent;
};

/* A ledger of `total` FLOPs of which `reserve` are held back. ERROR_ARGUMENT if reserve > total: the
 * message says how large the budget must be. */
int ledger_init(struct ledger *ledger, uint64_t total, uint64_t reserve, struct error *error);

/* FLOPs that a method may still spend. */
uint64_t ledger_left(const struct ledger *ledger);
bool ledger_can(const struct ledger *ledger, uint64_t charge);

/* Charge, or refuse with ERROR_BUDGET (asked, left) and change nothing. */
int ledger_charge(struct ledger *ledger, uint64_t charge, struct error *error);

/* Charge the last thing, out of the reserve too. */
int ledger_settle(struct ledger *ledger, uint64_t charge, struct error *error);

#endif
