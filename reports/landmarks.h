/* Landmarks of a table: its best and worst architectures, and how well its parts rank each other:
 * early points the last, validation the test, one seed another. */
#ifndef NASBED_REPORTS_LANDMARKS_H
#define NASBED_REPORTS_LANDMARKS_H

#include "base/error.h"
#include "reports/ranking.h"
#include "tables/table.h"

/* Accuracies in percent after the last point, means over the seeds; NaN where the table has none. */
struct landmark {
    uint32_t architecture; /* the lowest of those that are as good */
    double valid, test;
};

#define LANDMARKS_TOP 1000 /* architectures in the slice of the noise ceiling */

struct landmarks {
    uint32_t n; /* architectures whose network is trained; 0: nothing else is set */
    struct landmark best_valid, best_test, worst_valid; /* NaN if the table lacks that */
    double regret; /* of best_valid: best test accuracy less its own; NaN without both */
    uint32_t rank; /* of best_valid by test accuracy, 1 being best */
    /* tau-b over the architectures, of trainings with one seed; the mean over the seeds. */
    double point[PROTOCOL_POINTS]; /* [0]: validation accuracy at point 1 with that at point T */
    double valid_test, valid_test_rho; /* rho: Spearman's */
    /* noise_ceiling of all, and of the top, in validation or, without that, in the test; n = 0:
     * none */
    struct agreement noise, noise_top;
};

/* Errors: ERROR_MEMORY. */
int landmarks_find(struct landmarks *landmarks, const struct table *table, struct error *error);

#endif
