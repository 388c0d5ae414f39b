/* Correlation of two rankings, ties exact, in O(n log n): the measures of a ranking audit. */
#ifndef NASBED_REPORTS_CORRELATION_H
#define NASBED_REPORTS_CORRELATION_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* The n(n-1)/2 pairs of (x, y), by how they are ordered. */
struct pairs {
    uint64_t all, concordant, discordant;
    uint64_t tied_x, tied_y, tied_both; /* tied_x and tied_y count the doubly tied too */
};

/* Count the pairs by merge sort (Knight, Journal of the American Statistical Association 61, 1966).
 * `x` and `y` [n] hold no NaN; n < 2^32. Errors: ERROR_MEMORY. */
int pairs_count(const double *x, const double *y, size_t n, struct pairs *pairs,
                struct error *error);

/* Kendall's tau-b = (P - Q) / sqrt((all - tied_x)(all - tied_y)); NaN if either ranking is all
 * ties. */
double kendall_tau_b(const struct pairs *pairs);

/* Spearman's rho, Pearson's correlation of the mid-ranks, into *rho; NaN if either ranking is all
 * ties. Errors: ERROR_MEMORY. */
int spearman(const double *x, const double *y, size_t n, double *rho, struct error *error);

/* What notes say of it. */
#define WEIGHTED_TAU_NOTE                                                                          \
    "Weighted tau: Vigna's, in which a pair of ranks r, s (from 0) weighs 1/(r+1) + 1/(s+1): the " \
    "best count most."

/* Weighted tau into *tau (Vigna, "A weighted correlation index for rankings with ties", WWW 2015): a
 * pair of ranks r, s (0: the largest) weighs 1/(r+1) + 1/(s+1), so that the top counts most; the
 * mean of ranking by decreasing (x, y) and by decreasing (y, x). This is scipy.stats.weightedtau
 * with its defaults. NaN if either ranking is all ties. `x` and `y` hold no NaN. Errors:
 * ERROR_MEMORY. */
int weighted_tau(const double *x, const double *y, size_t n, double *tau, struct error *error);

#endif
