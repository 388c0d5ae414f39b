/* Audits: how well someone's scores rank the architectures of a table, beside rivals that cost
 * little or nothing, and the ceiling that noise sets. */
#ifndef NASBED_REPORTS_AUDIT_H
#define NASBED_REPORTS_AUDIT_H

#include "base/error.h"
#include "base/text.h"
#include "reports/ranking.h"
#include "reports/scores.h"
#include "tables/table.h"

#include <stdbool.h>

#define AUDIT_SECTIONS 4 /* the whole list, the top 10 %, the top 1 %, the top 1,000 */
#define AUDIT_RIVALS   3 /* points of the table: 1, 2, 3 */
#define AUDIT_ROWS                                                                                 \
    (1 + 2 + AUDIT_RIVALS + 2) /* scores, params, macs, points, validation, ceiling */

struct audit_plan {
    const struct table *table;
    const struct scores *scores; /* of the table's space; NULL: the rivals alone, on all that the
                                    table has; the truth chooses */
    const char *label;           /* what the scores are called */
    int point;                   /* the truth: accuracy at it (accuracy.h), mean over the seeds */
    enum ranking_side by;        /* which side's best the top sections are */
    size_t picks[AGREEMENT_PICKS], n_picks; /* each k of precision@k, rank and regret */
};

struct audit_row {
    char name[64];
    struct agreement agreement;
};

struct audit_section {
    const struct slice *slice;
    size_t n; /* architectures */
    size_t n_rows;
    struct audit_row rows[AUDIT_ROWS];
};

/* A section holds the same architectures in every row; but for the ceiling where the truth chooses:
 * there each seed's others choose. A section as large as the whole list, or
 * of one architecture, is left out. */
struct audit {
    const struct audit_plan *plan; /* borrowed */
    size_t n, untrained;           /* scored architectures that the table has, and has not */
    size_t networks;               /* distinct ones among the n */
    size_t trained;                /* architectures that the table has at all */
    size_t n_sections;
    struct audit_section sections[AUDIT_SECTIONS];
};

/* Errors: ERROR_MISSING if the table lacks the truth or none of the scored architectures is
 * trained; ERROR_MEMORY. */
int audit_make(struct audit *audit, const struct audit_plan *plan, struct error *error);

/* Append an audit of scores for people, or as comma-separated values: a line a row of a section. Errors:
 * ERROR_MEMORY. */
int audit_print(const struct audit *audit, bool csv, struct text *out, struct error *error);

#endif
