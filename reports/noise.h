/* The noise ceiling: how well one training ranks what others, under other seeds, judge. */
#ifndef NASBED_REPORTS_NOISE_H
#define NASBED_REPORTS_NOISE_H

#include "base/error.h"
#include "reports/ranking.h"
#include "tables/table.h"

/* Leave one seed out: the accuracy at `point` (accuracy.h) under it is the score, the mean over the
 * other seeds the truth; the mean of that over the seeds, into *ceiling (its picks are set by the
 * caller). Only architectures that are not NaN in `among` [count] (NULL: all) and have both. With a
 * `slice` (may be NULL), the best by that truth alone. A seed that leaves fewer than two counts
 * not; ceiling->n is 0 if none is left, and all else NaN. Errors: ERROR_MEMORY. */
int noise_ceiling(const struct table *table, int point, const double *among,
                  const struct slice *slice, struct agreement *ceiling, struct error *error);

#endif
