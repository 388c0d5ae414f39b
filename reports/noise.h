/* Leave one seed out: how well one training ranks what others, under other seeds, judge. At the same point
 * that is the noise ceiling. */
#ifndef NASBED_REPORTS_NOISE_H
#define NASBED_REPORTS_NOISE_H

#include "base/error.h"
#include "reports/ranking.h"
#include "tables/table.h"

/* The accuracy at the point `scored` (accuracy.h) under one seed is the score, the mean over the other
 * seeds at `judged` the truth: no training judges itself. The mean of that over the seeds, into *agreement
 * (its picks are set by the caller). Only architectures that are not NaN in `among` [count] (NULL: all) and
 * have both. With a `slice` (may be NULL), the best by that truth alone. A seed that leaves fewer than two
 * counts not; agreement->n is 0 if none is left, and all else NaN. Strata are of equal parameters. Errors: ERROR_MEMORY. */
int noise_leave_one_out(const struct table *table, int scored, int judged, const double *among,
                        const struct slice *slice, struct agreement *agreement,
                        struct error *error);

/* That with the truth's own point for the score. */
int noise_ceiling(const struct table *table, int point, const double *among,
                  const struct slice *slice, struct agreement *ceiling, struct error *error);

#endif
