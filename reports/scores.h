/* Scores: anyone's list of architectures and numbers, from a file, or what a table says; those of a supernet
 * say where they are from, and what they were on the way. */
#ifndef NASBED_REPORTS_SCORES_H
#define NASBED_REPORTS_SCORES_H

#include "base/error.h"
#include "base/text.h"
#include "spaces/space.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCORES_POINTS 8 /* most columns of scores on the way */

/* Lines of one kind that do not count. */
struct scores_left_out {
    uint64_t n;
    size_t line; /* the first of them, from 1 */
};

/* The column at_PERCENT: scores of some architectures when that much of the budget was spent. */
struct scores_point {
    int percent;   /* 1 .. 100; of 100 with the trained supernet, whatever it took */
    double share;  /* of the supernet's own training, in percent; NaN: not said, or not reached */
    double *score; /* [space->count] NaN: none */
    uint64_t n;    /* architectures with a score */
};

/* What the comment above the scores of a supernet says; foreign files have none. */
struct scores_source {
    bool known;
    struct table_identity identity; /* space, protocol, data set, arithmetic that trained it */
    char *supernet;                 /* method, seed, budget, options; owned */
    double spent; /* of its budget that training took, in percent; NaN: not said */
};

struct scores {
    double *score;                           /* [space->count] NaN: none */
    uint64_t n;                              /* architectures with a score */
    struct scores_left_out unknown, doubled; /* not of the space; named before, which counts */
    int points;
    struct scores_point point[SCORES_POINTS]; /* [points] ascending */
    struct scores_source source;
};

/* Read comma-separated values: the line `architecture,score`, then one line an architecture, named
 * by its string or its index in the space's own order; the score is a finite number, higher being
 * better. Nothing is quoted; empty lines count not. After `score` there may be columns `at_PERCENT`, whose
 * cells may be empty. Lines above the heading that begin with # are comments; where the first is
 * that of scores_print, they name the source, and must be whole. Errors: ERROR_FORMAT names the first line
 * that is none of that and says how many are (`x.csv: line 7: ...`); ERROR_DIGEST where the source was
 * changed; ERROR_MISMATCH where it is of another space; those of file_read; ERROR_MEMORY. `scores` holds
 * nothing then. */
int scores_read(struct scores *scores, const char *path, const struct space *space,
                struct error *error);
/* The validation accuracy of another table, at its last point, mean over its seeds. Errors:
 * ERROR_MISMATCH (other spaces), ERROR_MISSING (it has no validation accuracy), ERROR_MEMORY;
 * `scores` holds nothing then. */
int scores_of_table(struct scores *scores, const struct table *table, const struct space *space,
                    struct error *error);
void scores_free(struct scores *scores);

/* Append the file that scores_read reads: architectures by their strings, in the order of the space. */
void scores_print(const struct scores *scores, const struct space *space, struct text *out);

/* Append in what a source's protocol, data set or arithmetic is not that of `identity` ("protocol a, not
 * b"); returns whether it is another. */
bool scores_foreign(const struct scores_source *source, const struct table_identity *identity,
                    struct text *out);

#endif
