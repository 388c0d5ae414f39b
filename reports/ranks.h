/* Mid-ranks: the order of a sample, ties sharing the mean of their places. Kept doubled, so that
 * they are whole numbers and sums of them exact. */
#ifndef NASBED_REPORTS_RANKS_H
#define NASBED_REPORTS_RANKS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* order[i] = position in `x` of the i-th smallest value; equal values in order of position. `x`
 * holds no NaN. Errors: ERROR_MEMORY. */
int ranks_order(const double *x, size_t n, size_t *order, struct error *error);

/* doubled[i] = twice the mid-rank (1 = smallest) of x[i]. Returns through *ties (may be NULL)
 * the sum of t^3 - t over the groups of t equal values. Errors: ERROR_MEMORY. */
int ranks_doubled(const double *x, size_t n, uint64_t *doubled, double *ties, struct error *error);

#endif
