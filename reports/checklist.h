/* The best practices for NAS research (Lindauer and Hutter, Journal of Machine Learning Research
 * 21(243), 2020), one by one, answered by what a section's traces and the table that judges them hold
 * and by nothing else. */
#ifndef NASBED_REPORTS_CHECKLIST_H
#define NASBED_REPORTS_CHECKLIST_H

#include "base/error.h"
#include "base/text.h"
#include "reports/collection.h"
#include "reports/frame.h"
#include "tables/table.h"

#include <stddef.h>

enum checklist_answer { CHECKLIST_YES, CHECKLIST_PARTLY, CHECKLIST_NO, CHECKLIST_UNKNOWN };

/* The paper's Best Practices 1 to 14, in its order: Sections 2 (releasing code), 3 (comparing methods)
 * and 4 (reporting details). */
enum checklist_point {
    POINT_PIPELINE,  /* 1: the code that trains what was found is there */
    POINT_METHOD,    /* 2: the code of the methods is there */
    POINT_AS_IT_IS,  /* 3: it was not waited for until it was clean */
    POINT_BENCHMARK, /* 4: the same benchmark: data set and split, space, training */
    POINT_ABLATION,  /* 5 */
    POINT_PROTOCOL,  /* 6: the same evaluation of all methods: budget, seeds, test */
    POINT_ANYTIME,   /* 7: performance as a function of what was spent */
    POINT_RANDOM,    /* 8: random sampling and random search */
    POINT_REPEATS,   /* 9: several runs, their seeds reported */
    POINT_TABULAR,   /* 10: a tabular or surrogate benchmark */
    POINT_CONFOUND,  /* 11: hardware, versions of libraries and the like are controlled */
    POINT_TUNING,    /* 12: hyperparameters, where they come from, what choosing them took */
    POINT_RESOURCES, /* 13: of the whole method, not of its search alone */
    POINT_DETAILS,   /* 14: everything else about the set-up */
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

/* Answer for the traces [start, end) of one section; `table` (may be NULL) judges them if it is
 * complete and theirs. Errors: ERROR_MEMORY; `checklist` needs no checklist_free after an error. */
int checklist_make(struct checklist *checklist, const struct collection *collection, size_t start,
                   size_t end, const struct table *table, struct error *error);
void checklist_free(struct checklist *checklist);

/* "yes", "partly", "no", "not in the traces". */
const char *checklist_answer_text(enum checklist_answer answer);

/* Append it. CSV begins with its heading. Errors: ERROR_MEMORY. */
int checklist_print(const struct checklist *checklist, enum report_format format, struct text *out,
                    struct error *error);

#endif
