/* What the methods put on record about themselves (nasbed_log): the rank correlation of a surrogate
 * with what it predicted, the entropy of a policy, what a search settled on. */
#ifndef NASBED_REPORTS_LOGGED_H
#define NASBED_REPORTS_LOGGED_H

#include "base/error.h"
#include "base/text.h"
#include "reports/comparison.h"

/* Append, for each row of the comparison and each name that its trials logged, in the order in which the
 * first of them did: the number of trials that have it, the mean over them of its first and of its last
 * value, the last one's standard deviation and 95 % interval (bootstrap_mean). CSV is rows alone,
 * with their headings if `first`; nothing where no trial logged anything. Errors: ERROR_MEMORY. */
int logged_print(const struct comparison *comparison, enum report_format format, bool first,
                 struct text *out, struct error *error);

#endif
