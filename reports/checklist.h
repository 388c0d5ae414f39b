/* The best practices for NAS research (Lindauer and Hutter, Journal of Machine Learning Research
 * 21(243), 2020), point by point, answered by what a section's traces hold and by nothing else. */
#ifndef NASBED_REPORTS_CHECKLIST_H
#define NASBED_REPORTS_CHECKLIST_H

#include "base/error.h"
#include "base/text.h"
#include "reports/collection.h"
#include "reports/frame.h"

#include <stddef.h>

enum checklist_answer { CHECKLIST_YES, CHECKLIST_PARTLY, CHECKLIST_NO, CHECKLIST_UNKNOWN };

/* The points, in the order of the paper's checklist. */
enum checklist_point {
    POINT_PIPELINE,  /* the code that trains what was found is there */
    POINT_METHOD,    /* the code of the methods is there */
    POINT_SETTINGS,  /* hyperparameters and seeds are reported */
    POINT_BENCHMARK, /* the same space, data and training for all methods */
    POINT_CONFOUND,  /* nothing else differs between the methods */
    POINT_ABLATION,
    POINT_EVALUATION, /* the same evaluation protocol: budget, seeds, test */
    POINT_ANYTIME,    /* performance over time */
    POINT_RANDOM,     /* compared with random search */
    POINT_REPEATS,    /* several runs, their seeds reported */
    POINT_TABULAR,    /* a tabular benchmark for evaluation in depth */
    POINT_TUNING,     /* how hyperparameters were tuned, and what that took */
    POINT_TIME,       /* the cost of the whole method, not of its search alone */
    POINT_DETAILS,    /* everything else about the set-up */
    CHECKLIST_POINTS
};

/* What the traces say to one point: an answer, and the facts that it follows from. */
struct checklist_item {
    enum checklist_answer answer;
    struct text facts;
};

struct checklist {
    struct checklist_item items[CHECKLIST_POINTS];
};

/* Answer for the traces [start, end) of one section. Errors: ERROR_MEMORY; `checklist` needs no
 * checklist_free after an error. */
int checklist_make(struct checklist *checklist, const struct collection *collection, size_t start,
                   size_t end, struct error *error);
void checklist_free(struct checklist *checklist);

/* "yes", "partly", "no", "not in the traces". */
const char *checklist_answer_text(enum checklist_answer answer);

/* Append it. CSV begins with its heading. Errors: ERROR_MEMORY. */
int checklist_print(const struct checklist *checklist, enum report_format format, struct text *out,
                    struct error *error);

#endif
