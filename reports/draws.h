/* Exact random search: what the best of n uniform draws is worth, in closed form, from the order of
 * a complete table. It is analysis: no method sees it, nothing is charged. */
#ifndef NASBED_REPORTS_DRAWS_H
#define NASBED_REPORTS_DRAWS_H

#include "base/error.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>

/* After i+1 draws, in the mean over the table seeds that may be searched; percent. */
struct draws {
    double *error;  /* [n] expected test error of the draw that is best in validation */
    double *spread; /* [n] standard deviation of that test error */
    double *regret; /* [n] expected regret */
    size_t n;
};

/* 1 .. n draws, n >= 1, uniform over the strings of the space (isomorphs count as often as they
 * are), with or without `replacement` (then n is cut to the number of strings). A seed searches by
 * its own validation accuracy at T and is tested on the others, as a trial is. With i the place of
 * an architecture among N by validation accuracy, ascending, the best of n draws is among the first
 * i with probability (i/N)^n, or C(i, n) / C(N, n) without replacement; equal accuracies share what
 * falls to them, as the first drawn of them is uniform among them. `table` is complete
 * (truth_refuse). Errors: ERROR_MEMORY; `draws` needs no draws_free then. */
int draws_init(struct draws *draws, const struct table *table, bool replacement, size_t n,
               struct error *error);
void draws_free(struct draws *draws);

/* The least number of draws whose expected regret is no more than `regret`, interpolated linearly;
 * 1 if one draw is enough, NaN if none of the n is. */
double draws_equal(const struct draws *draws, double regret);

#endif
