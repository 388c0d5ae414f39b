/* Accuracies of a table as one number a network or an architecture; NaN where the table has none. */
#ifndef NASBED_REPORTS_ACCURACY_H
#define NASBED_REPORTS_ACCURACY_H

#include "tables/table.h"

#include <stdint.h>

#define ACCURACY_TEST 0    /* in place of a point 1 .. T: of the test images, after point T */
#define ACCURACY_ALL  (-1) /* in place of a seed: the mean over those that were trained */
#define ACCURACY_ANY  (-2) /* in place of a seed: the lowest that was trained */

/* Percent, of `network` at `point` (validation images, or ACCURACY_TEST) under `seed`. */
double accuracy_of(const struct table *table, uint32_t network, int point, int seed);

/* The mean over the seeds that were trained, but for the seed `without`. */
double accuracy_without(const struct table *table, uint32_t network, int point, int without);

/* accuracy_of and accuracy_without for every architecture, into out[count]. */
void accuracy_column(const struct table *table, int point, int seed, double *out);
void accuracy_column_without(const struct table *table, int point, int without, double *out);

#endif
