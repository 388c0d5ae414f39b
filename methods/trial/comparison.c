#include "methods/trial/comparison.h"

#include <assert.h>
#include <math.h>

uint64_t comparison_charge(const struct comparison *comparison, uint32_t network, int point)
{
    return protocol_charge(comparison->training, comparison->isomorphs->train_macs[network], point);
}

/* The mean over all strings, as a quotient and a remainder that is carried along: the sum itself
 * could pass 2^64. */
static uint64_t unit_of(const struct comparison *comparison)
{
    const struct isomorphs *isomorphs = comparison->isomorphs;
    uint64_t whole = 0, rest = 0;
    assert(isomorphs->count > 0);
    for (uint32_t i = 0; i < isomorphs->count; i++) {
        uint64_t charge =
            comparison_charge(comparison, isomorphs->class_of[i], comparison->training->points);
        whole += charge / isomorphs->count;
        rest += charge % isomorphs->count;
    }
    return whole + rest / isomorphs->count;
}

static uint64_t reserve_of(const struct comparison *comparison)
{
    uint64_t most = 0;
    for (uint32_t c = 0; c < comparison->isomorphs->distinct; c++) {
        uint64_t charge = comparison_charge(comparison, c, comparison->training->points);
        most = charge > most ? charge : most;
    }
    return most;
}

int comparison_budget(struct comparison *comparison, double budget, struct error *error)
{
    uint64_t unit = unit_of(comparison), whole;
    double floor_budget = floor(budget);
    if (!(budget > 0))
        return error_set(error, ERROR_ARGUMENT, "budget = %g: must be above 0", budget);
    if (floor_budget >= 0x1p63 || unit >= UINT64_MAX / 4 ||
        __builtin_mul_overflow((uint64_t)floor_budget, unit, &whole) || whole > UINT64_MAX / 2)
        return error_set(error, ERROR_ARGUMENT, "budget = %g: is more than 2^63 FLOPs", budget);
    comparison->budget = budget;
    comparison->unit_flops = unit;
    /* Whole trainings exactly; a fraction of one to the precision of a double. */
    comparison->budget_flops = whole + (uint64_t)((budget - floor_budget) * (double)unit);
    comparison->reserve_flops = reserve_of(comparison);
    if (comparison->reserve_flops > comparison->budget_flops)
        return error_set(error, ERROR_ARGUMENT,
                         "budget = %g: is too small, finishing with the largest architecture alone "
                         "costs %.4g full trainings",
                         budget, (double)comparison->reserve_flops / (double)unit);
    return 0;
}
