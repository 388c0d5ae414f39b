#include "methods/trial/account.h"

#include <assert.h>
#include <stdlib.h>

_Static_assert(PROTOCOL_POINTS <= 255, "a point must fit into a byte of `paid`");

int account_init(struct account *account, const struct contest *contest, struct error *error)
{
    *account =
        (struct account){.contest = contest, .paid = calloc(contest->isomorphs->distinct, 1)};
    int status = account->paid ? 0 : error_set(error, ERROR_MEMORY, "account: out of memory");
    if (!status)
        status =
            ledger_init(&account->ledger, contest->budget_flops, contest->reserve_flops, error);
    if (status)
        account_free(account);
    return status;
}

void account_free(struct account *account)
{
    free(account->paid);
    *account = (struct account){0};
}

uint64_t account_quote(const struct account *account, uint32_t network, int point)
{
    int paid = account->paid[network];
    if (point <= paid)
        return 0;
    return contest_charge(account->contest, network, point) -
           contest_charge(account->contest, network, paid);
}

enum nasbed_status account_charge(struct account *account, uint32_t network, int point,
                                  uint64_t *charge)
{
    *charge = 0;
    if (account->ended)
        return NASBED_ENDED;
    uint64_t asked = account_quote(account, network, point);
    if (ledger_charge(&account->ledger, asked, NULL))
        return NASBED_REFUSED;
    *charge = asked;
    if (point > account->paid[network])
        account->paid[network] = (unsigned char)point;
    account->free_in_row = asked ? 0 : account->free_in_row + 1;
    account->ended = account->free_in_row == ACCOUNT_FREE_MOST;
    return NASBED_DONE;
}

enum nasbed_status account_spend(struct account *account, uint64_t flops)
{
    if (account->ended)
        return NASBED_ENDED;
    if (ledger_charge(&account->ledger, flops, NULL))
        return NASBED_REFUSED;
    if (flops)
        account->free_in_row = 0;
    return NASBED_DONE;
}

uint64_t account_settle(struct account *account, uint32_t network)
{
    uint64_t charge = account_quote(account, network, account->contest->training->points);
    int status = ledger_settle(&account->ledger, charge, NULL);
    assert(!status && "the reserve pays for any architecture");
    (void)status;
    account->paid[network] = (unsigned char)account->contest->training->points;
    account->ended = true;
    return charge;
}
