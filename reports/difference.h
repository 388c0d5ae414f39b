/* Differences: two tables of one space, architecture by architecture: where both have a number,
 * how far apart it is, how alike they rank, and what one would choose is worth in the other. */
#ifndef NASBED_REPORTS_DIFFERENCE_H
#define NASBED_REPORTS_DIFFERENCE_H

#include "base/error.h"
#include "base/text.h"
#include "reports/frame.h"
#include "reports/ranking.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Accuracy in percent after the last point, mean over the seeds, in both tables. */
struct difference_row {
    uint32_t architecture;
    double a, b;
};

/* How alike the two rank: all that both have, then the best of it, chosen by one of them. */
struct difference_slice {
    const char *title, *by; /* "top 10 %", "A" */
    size_t n;               /* architectures in it */
    double tau, rho;        /* tau-b, Spearman (correlation.h); NaN: undefined */
};

#define DIFFERENCE_SLICES 5

struct difference {
    const struct table *a, *b; /* borrowed */
    int point;                 /* of the first table (accuracy.h): its last, or ACCURACY_TEST */
    size_t only_a, only_b;     /* architectures that one alone has */
    size_t n, equal;        /* that both have; that have the same number to the bit of the mean */
    double shift, distance; /* means of b - a and of |b - a| over the n, percent; NaN: n = 0 */
    struct difference_row *rows; /* [n] by |b - a|, the largest first; equals by index */
    struct difference_slice slices[DIFFERENCE_SLICES]; /* the first: all n */
    double
        reversed; /* share of the pairs that both order which they order otherwise; NaN: no pair */
    /* The top k of a judged by b, and of b by a, for each pick's k. */
    struct agreement a_judged_by_b, b_judged_by_a;
    /* tau-b of parameters and of multiply-accumulates with a and with b: which of the two ranks
     * better is a conclusion that may flip. */
    double params[2], macs[2];
};

/* Compare the validation or (point ACCURACY_TEST) the test accuracy, each at its table's last
 * point, with picks[n_picks]. Errors: ERROR_MISMATCH (other spaces), ERROR_MEMORY; `difference` is
 * empty then. */
int difference_make(struct difference *difference, const struct table *a, const struct table *b,
                    bool test, const size_t *picks, size_t n_picks, struct error *error);
void difference_free(struct difference *difference);

/* Append the rank correlations, whole and by slices, in one format; CSV with its headings if
 * `first`. Errors: ERROR_MEMORY. */
int difference_print(const struct difference *difference, enum report_format format, bool first,
                     struct text *out, struct error *error);

#endif
