/* Tests for designs that are truly paired: the same methods on the same blocks (spaces, tables), one
 * figure each. Undefined results are NaN. Each test says the least p that its size can give: where
 * that is above the level of a verdict, no data could have reached one. */
#ifndef NASBED_REPORTS_PAIRED_H
#define NASBED_REPORTS_PAIRED_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define SIGNED_RANK_EXACT     60 /* most differences whose null distribution is counted exactly */
#define FRIEDMAN_BLOCKS       6  /* fewest blocks for Friedman's test */
#define FRIEDMAN_PERMUTATIONS 99999 /* random permutations of its null distribution */

struct signed_rank_test {
    size_t n;     /* pairs that differ; the others are left out (Wilcoxon) */
    double above; /* sum of the mid-ranks of |x - y| where x > y */
    double p;     /* two-sided; NaN for n = 0 */
    double least; /* the least p that so many pairs can give; 1 for n = 0 */
};

/* Wilcoxon's signed-rank test (Biometrics Bulletin 1, 1945) of the pairs (x[i], y[i]), i < n. For up
 * to SIGNED_RANK_EXACT differences the null distribution is counted exactly, given the ties that are
 * there; beyond, the normal approximation with tie and continuity correction. No NaN.
 * Errors: ERROR_MEMORY. */
int signed_rank(const double *x, const double *y, size_t n, struct signed_rank_test *test,
                struct error *error);

struct friedman_test {
    double statistic; /* chi-square of Friedman, corrected for ties; NaN if all figures are tied */
    double p;         /* over permutations within the blocks; NaN below FRIEDMAN_BLOCKS blocks */
    double least;     /* the least p that so many blocks and methods can give */
};

/* Friedman's test (Journal of the American Statistical Association 32, 1937) that `methods` do
 * equally well: value [blocks][methods], smaller is better. mean_rank [methods] is set, 1 the best.
 * p is over FRIEDMAN_PERMUTATIONS permutations from the stream (seed, RANDOM_BOOTSTRAP), the one at
 * hand counted in: with few blocks the chi-square distribution is not to be trusted. No NaN.
 * Errors: ERROR_MEMORY. */
int friedman(const double *value, size_t blocks, size_t methods, uint64_t seed,
             struct friedman_test *test, double *mean_rank, struct error *error);

/* After it, method against method: p [methods][methods], signed-rank over the blocks, Holm over all
 * pairs; the diagonal is NaN. (Mean ranks of other methods have no part in it: Benavoli et al.,
 * Journal of Machine Learning Research 17, 2016.) *least: the least adjusted p that can come out.
 * Errors: ERROR_MEMORY. */
int friedman_pairs(const double *value, size_t blocks, size_t methods, double *p, double *least,
                   struct error *error);

#endif
