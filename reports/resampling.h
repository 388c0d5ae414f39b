/* Resampling of what was ranked: how far a correlation stands on which architectures there are. */
#ifndef NASBED_REPORTS_RESAMPLING_H
#define NASBED_REPORTS_RESAMPLING_H

#include "base/error.h"
#include "reports/statistics.h"

#include <stddef.h>
#include <stdint.h>

/* Percentile bootstrap intervals (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13) of
 * Kendall's tau-b and Spearman's rho of the pairs (x, y) [n], which are resampled as pairs: `level` in
 * (0, 1), `resamples` >= 1 of them, each from its own stream (seed, RANDOM_BOOTSTRAP, 1, number). A pair
 * that is drawn twice is tied with itself in both, which tau-b does not count. NaN bounds for n < 2 and
 * where a resample has no correlation, all of it being ties. `x` and `y` hold no NaN; n < 2^31.
 * O(n log n) a resample. Errors: ERROR_MEMORY. */
int bootstrap_correlations(const double *x, const double *y, size_t n, size_t resamples,
                           double level, uint64_t seed, struct interval *tau, struct interval *rho,
                           struct error *error);

#endif
