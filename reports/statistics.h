/* Statistics of samples: moments, bootstrap intervals, rank tests, corrections for many tests.
 * Undefined results are NaN, never a plausible number: a report prints them as a dash. */
#ifndef NASBED_REPORTS_STATISTICS_H
#define NASBED_REPORTS_STATISTICS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOTSTRAP_RESAMPLES 10000
#define MANN_WHITNEY_EXACT  60 /* largest m + n whose null distribution is counted exactly */

struct interval {
    double low, high;
};

/* Arithmetic mean; NaN for n = 0. */
double sample_mean(const double *x, size_t n);

/* Sample standard deviation (divisor n - 1); NaN for n < 2. */
double sample_deviation(const double *x, size_t n);

/* Standard error of the mean, deviation / sqrt(n); NaN for n < 2. */
double sample_error(const double *x, size_t n);

/* Sort ascending; no NaN. */
void sample_sort(double *x, size_t n);

/* Quantile `q` in [0, 1] of ascending `x`, interpolated linearly between order statistics (type
 * 7 of Hyndman and Fan, The American Statistician 50(4), 1996). NaN for n = 0. */
double sample_quantile(const double *x, size_t n, double q);

/* Mean of ascending `x` without the floor(n / 4) smallest and the floor(n / 4) largest: what single
 * lucky or failed runs cannot move (Agarwal et al., NeurIPS 2021). NaN for n = 0. */
double sample_interquartile_mean(const double *x, size_t n);

/* Bootstrap interval of the mean, bias-corrected and accelerated (BCa; Efron, Journal of the American
 * Statistical Association 82, 1987): `level` in (0, 1), BOOTSTRAP_RESAMPLES resamples from the
 * stream (seed, RANDOM_BOOTSTRAP). Deterministic. NaN bounds for n < 2; below about 20 values it
 * covers less than it says, as every bootstrap does. Errors: ERROR_MEMORY. */
int bootstrap_mean(const double *x, size_t n, double level, uint64_t seed,
                   struct interval *interval, struct error *error);

/* P(Z > z) of the standard normal; relative error below 1e-12 for z in [-38, 38]. */
double normal_tail(double z);

/* The z with P(Z > z) = p, for p in (0, 1); absolute error below 1e-12 for p in [1e-300, 1 - 1e-3]. */
double normal_quantile(double p);

/* P(T > t) of Student's t with `freedom` >= 1 degrees (Abramowitz and Stegun, Handbook of Mathematical
 * Functions, 26.7.3 and 26.7.4). */
double student_tail(double t, int freedom);

/* The t >= 0 with P(T > t) = p, for p in [1e-6, 0.5]; relative error below 1e-10. */
double student_quantile(double p, int freedom);

/* The interval of the mean by Student's t: what holds its level where few values are all there is, three
 * say, if they are about normal; a bootstrap of so few covers far less than it says. `level` in (0, 1).
 * NaN bounds for n < 2 or where a value is NaN. */
struct interval student_interval(const double *x, size_t n, double level);

/* A two-sided Mann-Whitney test of `m` values x against `n` values y. */
struct rank_test {
    double u;    /* pairs with x > y, a tie counting half */
    double p;    /* P(|U - mn/2| at least as large | no difference); NaN for an empty sample */
    double gain; /* u / mn: the probability that x is the larger, ties half; NaN if empty */
};

/* Mann and Whitney, Annals of Mathematical Statistics 18, 1947. For m + n <= MANN_WHITNEY_EXACT
 * the null distribution of the mid-rank sum is counted exactly, given the ties that are there;
 * beyond, the normal approximation with tie and continuity correction (for ten values against ten
 * thousand it is off by about 0.001 at 0.05). Values must not be NaN.
 * Errors: ERROR_MEMORY. */
int mann_whitney(const double *x, size_t m, const double *y, size_t n, struct rank_test *test,
                 struct error *error);

/* Percentile bootstrap interval (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13)
 * of rank_test.gain, the probability of improvement: x is resampled and, if `both`, y too (each from
 * its own sample); else y is a distribution taken as known. Resamples as for bootstrap_mean; NaN
 * bounds for m < 2 or n = 0. Errors: ERROR_MEMORY. */
int bootstrap_gain(const double *x, size_t m, const double *y, size_t n, bool both, double level,
                   uint64_t seed, struct interval *interval, struct error *error);

/* Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979): adjusted[i] belongs to
 * p[i], is at most 1, keeps the order. NaN among p are no tests: they stay NaN and do not count.
 * `adjusted` may be `p`. Errors: ERROR_MEMORY. */
int holm(const double *p, size_t n, double *adjusted, struct error *error);

#endif
