#include "protocols/ledger.h"

#include <inttypes.h>

int ledger_init(struct ledger *ledger, uint64_t total, uint64_t reserve, struct error *error)
{
    if (reserve > total)
        return error_set(error, ERROR_ARGUMENT,
                         "a budget of %" PRIu64 " FLOPs is too small: it must be at least %" PRIu64
                         " FLOPs, which finish() may cost",
                         total, reserve);
    *ledger = (struct ledger){.total = total, .reserve = reserve};
    return 0;
}

uint64_t ledger_left(const struct ledger *ledger)
{
    return ledger->total - ledger->reserve - ledger->spent;
}

bool ledger_can(const struct ledger *ledger, uint64_t charge)
{
    return charge <= ledger_left(ledger);
}

int ledger_charge(struct ledger *ledger, uint64_t charge, struct error *error)
{
    if (!ledger_can(ledger, charge))
        return error_set(error, ERROR_BUDGET,
                         "the budget cannot pay %" PRIu64 " FLOPs: %" PRIu64 " are left", charge,
                         ledger_left(ledger));
    ledger->spent += charge;
    return 0;
}

int ledger_settle(struct ledger *ledger, uint64_t charge, struct error *error)
{
    uint64_t left = ledger->total - ledger->spent;
    if (charge > left)
        return error_set(error, ERROR_BUDGET,
                         "the budget and its reserve cannot pay %" PRIu64 " FLOPs: %" PRIu64
                         " are left",
                         charge, left);
    ledger->reserve = 0; /* held back for this, and this was the last thing */
    ledger->spent += charge;
    return 0;
}
