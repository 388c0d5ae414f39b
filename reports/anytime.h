/* Anytime curves: what a search has in hand at every moment, against what it has spent. */
#ifndef NASBED_REPORTS_ANYTIME_H
#define NASBED_REPORTS_ANYTIME_H

#include "base/error.h"
#include "reports/comparison.h"
#include "reports/trajectory.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The curve holds `mean` from `spent` on, until the next step. */
struct anytime_step {
    uint64_t spent; /* FLOPs */
    double mean;    /* over the trials, of regret or of validation error; percent */
    double error;   /* standard error of that mean; 0 for one trial */
};

struct anytime_curve {
    const struct comparison_row *row;
    struct trajectory *trials; /* [row->seeds] */
    /* [n], spent ascending; the first where every trial has something in hand, the last at the whole
     * budget */
    struct anytime_step *steps;
    size_t n;
    bool late;     /* of some trial nothing is known before its finish */
    bool unjudged; /* trials tell of what only a table can judge, and there is none */
};

struct anytime {
    const struct comparison *comparison;
    struct anytime_curve *curves; /* [n], one a row of the comparison */
    size_t n;
    bool regret; /* judged by the truth; else by the validation error that the search saw */
};

/* The curves of a comparison, which must outlive them: means of what its trials have in hand
 * (trajectory.h). With `table` the incumbent's regret is what counts. Pass the table that the
 * comparison was made with: it is used if that has regret. Errors: ERROR_MEMORY. */
int anytime_init(struct anytime *anytime, const struct comparison *comparison,
                 const struct table *table, struct error *error);
void anytime_free(struct anytime *anytime);

/* Append, a line each, which methods have no curve before their finish, and why; nothing if all have. */
void anytime_explain(const struct anytime *anytime, struct text *out);

/* Write FOLDER/PREFIX-anytime.dat and .gp: the data, and a gnuplot script (curves.h) that draws
 * PREFIX-anytime.svg and .png beside them. Errors: ERROR_IO, ERROR_MEMORY. */
int anytime_write(const struct anytime *anytime, const char *folder, const char *prefix,
                  struct error *error);

#endif
