/* Rankings: how well one number, the score, ranks architectures that another, the truth, judges;
 * over all of them or over a slice, and in what its best are worth. */
#ifndef NASBED_REPORTS_RANKING_H
#define NASBED_REPORTS_RANKING_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum ranking_side { RANKING_TRUTH, RANKING_SCORES };

struct ranking {
    size_t n;
    uint32_t *architecture; /* [n] ascending: ties are broken by it, the lowest first */
    double *score, *truth;  /* [n] higher is better; no NaN */
    const uint64_t
        *stratum; /* of every architecture there is, borrowed; NULL: none. As ranking_init leaves
                                it, and slices take it over */
};

/* The architectures that have both numbers, of `count`: NaN is none. Errors: ERROR_MEMORY. */
int ranking_init(struct ranking *ranking, const double *score, const double *truth, uint32_t count,
                 struct error *error);
void ranking_free(struct ranking *ranking);

/* The best of an earlier ranking, by one of its sides. */
struct slice {
    const char *title;
    size_t percent; /* of the architectures, rounded up; 0: `most` of them */
    size_t most;
};

/* Architectures in the slice of a list of `n`; at most n. */
size_t slice_size(const struct slice *slice, size_t n);

/* The slice of `whole` into `top`, which the caller frees. Errors: ERROR_MEMORY. */
int ranking_slice(const struct ranking *whole, const struct slice *slice, enum ranking_side by,
                  struct ranking *top, struct error *error);

/* What the k with the highest scores are worth. NaN where there are not so many. */
struct pick {
    size_t k;
    double precision; /* share of them whose truth is at least the k-th highest */
    double rank;      /* by truth, of the best of them; 1: none is better */
    double regret;    /* highest truth of all, less the highest of theirs */
};

#define AGREEMENT_PICKS 8

struct agreement {
    double n;                  /* architectures; a mean where agreements were averaged */
    double tau, rho, weighted; /* tau-b, Spearman, weighted tau: correlation.h; NaN: undefined */
    double sparse; /* tau-b with the truth, in percent, rounded to 0.1: what is closer ties */
    double within; /* tau-b of the pairs of one stratum alone; NaN where there are none */
    double tied_score, tied_truth; /* shares of all pairs that are tied in one; NaN: no pairs */
    size_t n_picks;
    struct pick picks[AGREEMENT_PICKS];
};

/* All of it; n_picks and each k are set by the caller. Errors: ERROR_MEMORY. */
int ranking_measure(const struct ranking *ranking, struct agreement *agreement,
                    struct error *error);

/* An agreement of nothing: n = 0 and NaN, its picks kept. */
void agreement_none(struct agreement *agreement);

/* The mean of `n` agreements with the same picks, n >= 1; NaN where any of them is. */
void agreement_mean(const struct agreement *agreements, size_t n, struct agreement *mean);

#define AGREEMENT_LEVEL 0.95 /* of the intervals */

/* How agreements differ, each statistic on its own: mean and standard deviation, and the interval of the mean
 * (student_interval, cut to what the statistic can be: a tau-b is no larger than 1). NaN where any of them
 * is, and but for the mean where n < 2. */
struct agreement_spread {
    struct agreement mean, deviation, low, high;
};

/* Of `n` >= 1 agreements with the same picks. Errors: ERROR_MEMORY. */
int agreement_spread(const struct agreement *agreements, size_t n, struct agreement_spread *spread,
                     struct error *error);

#endif
