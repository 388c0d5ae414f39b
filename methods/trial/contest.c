#include "methods/trial/contest.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

uint64_t contest_charge(const struct contest *contest, uint32_t network, int point)
{
    if (contest->times)
        return point ? contest->times[(size_t)network * (size_t)contest->training->points +
                                      (size_t)point - 1]
                     : 0;
    return protocol_charge(contest->training, contest->isomorphs->train_macs[network], point);
}

/* The mean over all strings, as a quotient and a remainder that is carried along: the sum itself
 * could pass 2^64. */
static uint64_t unit_of(const struct contest *contest)
{
    const struct isomorphs *isomorphs = contest->isomorphs;
    uint64_t whole = 0, rest = 0;
    assert(isomorphs->count > 0);
    for (uint32_t i = 0; i < isomorphs->count; i++) {
        uint64_t charge =
            contest_charge(contest, isomorphs->class_of[i], contest->training->points);
        whole += charge / isomorphs->count;
        rest += charge % isomorphs->count;
    }
    return whole + rest / isomorphs->count;
}

static uint64_t reserve_of(const struct contest *contest)
{
    uint64_t most = 0;
    for (uint32_t c = 0; c < contest->isomorphs->distinct; c++) {
        uint64_t charge = contest_charge(contest, c, contest->training->points);
        most = charge > most ? charge : most;
    }
    return most;
}

int contest_budget(struct contest *contest, double budget, struct error *error)
{
    uint64_t whole, unit = contest->times ? 1000000 : unit_of(contest); /* that it is quoted in */
    double floor_budget = floor(budget);
    if (!(budget > 0))
        return error_set(error, ERROR_ARGUMENT, "budget = %g: must be above 0", budget);
    if (floor_budget >= 0x1p63 || unit >= UINT64_MAX / 4 ||
        __builtin_mul_overflow((uint64_t)floor_budget, unit, &whole) || whole > UINT64_MAX / 2)
        return error_set(error, ERROR_ARGUMENT,
                         "budget = %.15g: must be at most %" PRIu64 " here, which are 2^63 %s",
                         budget, UINT64_MAX / 2 / unit, contest->times ? "microseconds" : "FLOPs");
    contest->budget = budget;
    contest->unit_flops = unit_of(contest);
    /* Whole units exactly; a fraction of one to the precision of a double. */
    contest->budget_flops = whole + (uint64_t)((budget - floor_budget) * (double)unit);
    contest->reserve_flops = reserve_of(contest);
    if (!contest->unit_flops)
        return error_set(error, ERROR_ARGUMENT, "training takes no time in this table");
    if (contest->reserve_flops > contest->budget_flops)
        return error_set(error, ERROR_ARGUMENT,
                         "budget = %g: is too small, finishing with the largest architecture alone "
                         "costs %.4g %s",
                         budget, (double)contest->reserve_flops / (double)unit,
                         contest->times ? "GPU seconds" : "full trainings");
    return 0;
}

double contest_trainings(const struct contest *contest)
{
    return contest->times ? (double)contest->budget_flops / (double)contest->unit_flops
                          : contest->budget;
}
