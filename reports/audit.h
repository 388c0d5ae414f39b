/* Audits: how well someone's scores rank the architectures of a table, beside rivals that cost
 * little or nothing, and the ceiling that noise sets. */
#ifndef NASBED_REPORTS_AUDIT_H
#define NASBED_REPORTS_AUDIT_H

#include "base/error.h"
#include "base/text.h"
#include "reports/frame.h"
#include "reports/operations.h"
#include "reports/ranking.h"
#include "reports/scores.h"
#include "reports/statistics.h"
#include "tables/table.h"

#include <stdbool.h>

#define AUDIT_SECTIONS 6 /* whole list, connected, three tops, scored on the way */
#define AUDIT_RIVALS   3 /* points of the table: 1, 2, 3 */
#define AUDIT_ROWS                                                                                 \
    (SCORES_POINTS + 2 + AUDIT_RIVALS + 2) /* scores, params, macs, points, validation, ceiling */

/* What is ranked. A class is the architectures that are one network (isomorphs): its score, its truth where they
 * have one each, and what costs it nothing, are the means over its members that are scored. What leaves a seed
 * out, as the noise ceiling does, is of its lowest member. */
enum audit_unit { AUDIT_STRINGS, AUDIT_CLASSES };

struct audit_plan {
    const struct table *table;
    const struct scores *scores; /* of the table's space; NULL: the rivals alone, on all that the
                                    table has; the truth chooses */
    const char *label;           /* what the scores are called */
    int point;                   /* the truth: accuracy at it (accuracy.h), mean over the seeds */
    enum ranking_side by;        /* which side's best the top sections are */
    enum audit_unit per;
    const struct isomorphs
        *isomorphs; /* whose classes; NULL: the table's own, which where it was imported
                                          may be each architecture for itself */
    size_t picks[AGREEMENT_PICKS], n_picks; /* each k of precision@k, rank and regret */
    const bool
        *connected;   /* [count] has a path from input to output: a section is of these alone; NULL:
                              none is */
    size_t resamples; /* of the architectures, for the intervals of the scores' rows; 0: none */
};

struct audit_row {
    char name[64];
    bool scores; /* of the scores that are audited, at the end or on the way: not of a rival */
    double
        share; /* of its own training, in percent, that a supernet had then; NaN: not on the way */
    bool itself; /* a rival that is (an early point of) the very training that is the truth */
    struct agreement agreement; /* n = 0 and NaN: that point was not reached */
    struct interval tau, rho;   /* over architectures, resampling.h; NaN: none */
};

struct audit_section {
    const struct slice *slice; /* of what was scored on the way: no slice, but a title */
    size_t n;                  /* architectures, or classes */
    size_t n_rows;
    struct audit_row rows[AUDIT_ROWS];
};

/* A section holds the same architectures in every row; but for what leaves a seed out where the truth
 * chooses: there each seed's others choose. A section as large as the whole list, or
 * of one architecture, is left out. */
struct audit {
    const struct audit_plan *plan; /* borrowed */
    size_t n, untrained;           /* scored architectures that the table has, and has not */
    size_t networks;               /* distinct ones among the n */
    size_t trained;                /* architectures that the table has at all */
    bool itself;                   /* a row is */
    struct operations operations;  /* of the scores, per string; n = 0: none */
    size_t n_sections;
    struct audit_section sections[AUDIT_SECTIONS];
};

/* Which architectures of a table's space have a path from input to output, by the graphs of its networks,
 * into connected[count]; all, where the table's space is not known (NULL). Errors: ERROR_MEMORY. */
int audit_connected(const struct table *table, bool *connected, struct error *error);

/* Errors: ERROR_MISSING if the table lacks the truth or none of the scored architectures is
 * trained; ERROR_MEMORY. */
int audit_make(struct audit *audit, const struct audit_plan *plan, struct error *error);

/* Audits of the scores of one maker, a supernet's seeds: each with the same table, truth, picks and unit. */
struct audit_report {
    const char *label; /* of them all; each audit's plan has its own, "seed 3" */
    const struct audit *audits;
    size_t n; /* at least 1; from 2 on each statistic is mean, deviation and interval over them, and
                 each one's own */
};

/* Append the shares of operations, in a format for people; nothing as comma-separated values, which hold one
 * table, and where there are none. Errors: ERROR_MEMORY. */
int audit_print_operations(const struct audit_report *report, enum report_format format,
                           struct text *out, struct error *error);

#define AUDIT_INTERVALS "95 % over architectures" /* of the bootstrap */

/* Append the notes on how the figures are made, a line each. */
void audit_print_notes(const struct audit_report *report, struct text *out);

/* Append one sentence that says how the scores rank the whole list, against parameters, and the top 10 %, by
 * their intervals: over the seeds, or of one over its architectures. Nothing where there are no scores.
 * Errors: ERROR_MEMORY. */
int audit_conclude(const struct audit_report *report, struct text *out, struct error *error);

/* Append it in a format for people, or as comma-separated values: a line a row of a section. Errors:
 * ERROR_MEMORY. */
int audit_print(const struct audit_report *report, enum report_format format, struct text *out,
                struct error *error);

#endif
