/* Method against method: those that all blocks of one budget have in common, by the probability of
 * improvement; from FRIEDMAN_BLOCKS blocks up by Friedman's test and its pairs too. */
#ifndef NASBED_REPORTS_ACROSS_H
#define NASBED_REPORTS_ACROSS_H

#include "base/error.h"
#include "base/text.h"
#include "reports/comparison.h"

#include <stdbool.h>
#include <stddef.h>

/* One method in one block. */
struct across_entry {
    char *block;                       /* its title without its budget; owned */
    const struct trace_header *header; /* of a trace of the row; borrowed */
    struct across_budget {
        double amount;
        const char *unit; /* trace_unit_name */
    } budget;
    double *accuracy; /* [seeds] test accuracy, percent; owned */
    size_t seeds;
    bool virtual; /* the comparison of its block has random search as virtual runs */
};

/* Zero-initialise. */
struct across {
    struct across_entry *entries; /* [n], block after block */
    size_t n;
};

/* Keep the rows of a comparison, whose collection must outlive them. Errors: ERROR_MEMORY; what was
 * kept before stays. */
int across_add(struct across *across, const struct comparison *comparison, struct error *error);

/* Append, in each format, a matrix for every budget at which there is more to see than the comparison
 * itself shows: three methods or more, or two and several blocks. A method is the same in two blocks if
 * collection_compare_methods says so; those that not all blocks have are named, and so where that leaves
 * nothing to compare. CSV is a row a pair, with a heading; it stays empty if there is none. Errors:
 * ERROR_MEMORY. */
int across_print(const struct across *across, struct text *const out[REPORT_FORMATS],
                 struct error *error);

void across_free(struct across *across);

#endif
