/* Runtimes: after what spending a method's trials reach targets, and from what spending on it is ahead
 * of random search. */
#ifndef NASBED_REPORTS_RUNTIME_H
#define NASBED_REPORTS_RUNTIME_H

#include "base/error.h"
#include "base/text.h"
#include "reports/anytime.h"
#include "reports/draws.h"
#include "reports/frame.h"
#include "reports/trajectory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUNTIME_TARGETS 31 /* most: ten a decade of draws, from 1 to 1,000 */

/* Targets of regret, percent, descending: what random search is expected to have after 1 .. 1,000
 * draws, ten a decade, as far as that falls (targets by the runlength of a reference: Hansen et al.,
 * Optimization Methods and Software 36(1), 2021). Returns how many. */
size_t runtime_targets(const struct draws *draws, double targets[RUNTIME_TARGETS]);

/* The empirical distribution of the runtimes of all pairs of a trial and a target. */
struct runtime_ecdf {
    uint64_t *spent; /* [reached] FLOPs, ascending: of the pairs in which the target was reached */
    size_t reached, pairs;
};

/* Of `trials` [n] and `targets` [n_targets], both at least 1. Errors: ERROR_MEMORY. */
int runtime_ecdf_init(struct runtime_ecdf *ecdf, const struct trajectory *trials, size_t n,
                      const double *targets, size_t n_targets, struct error *error);
void runtime_ecdf_free(struct runtime_ecdf *ecdf);

/* The share of the pairs that were reached for `spent` or less. */
double runtime_ecdf_at(const struct runtime_ecdf *ecdf, uint64_t spent);

/* One method. */
struct runtime_row {
    const struct comparison_row *row;
    struct trajectory median; /* over the seeds; n = 0: not known */
    struct runtime_ecdf ecdf; /* pairs = 0: there are no targets */
    uint64_t overtakes;       /* FLOPs from which its median is below the baseline's, to the end;
                                  TRAJECTORY_NEVER: it is not, or there is no baseline */
};

struct runtime {
    const struct anytime *anytime;
    struct runtime_row *rows;           /* [n], one a curve */
    const struct runtime_row *baseline; /* the trials of random search; NULL: none */
    size_t n;
    double targets[RUNTIME_TARGETS];
    size_t n_targets; /* 0: without regret there is none */
};

/* Of the curves `anytime`, which must outlive it. Errors: ERROR_MEMORY. */
int runtime_init(struct runtime *runtime, const struct anytime *anytime, struct error *error);
void runtime_free(struct runtime *runtime);

/* Append a table: for each method the share of targets reached at a tenth, a third and all of the
 * budget, its median at the end, and where it overtakes random search. CSV is rows alone, with
 * headings if `first`. Errors: ERROR_MEMORY. */
int runtime_print(const struct runtime *runtime, enum report_format format, bool first,
                  struct text *out, struct error *error);

/* Write the figures FOLDER/PREFIX-ecdf (if there are targets) and FOLDER/PREFIX-crossing, data and
 * scripts (curves.h). Errors: ERROR_IO, ERROR_MEMORY. */
int runtime_write_ecdf(const struct runtime *runtime, const char *folder, const char *prefix,
                       struct error *error);
int runtime_write_crossing(const struct runtime *runtime, const char *folder, const char *prefix,
                           struct error *error);

#endif
