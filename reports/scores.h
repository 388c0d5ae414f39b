/* Scores: anyone's list of architectures and numbers, from a file, or what a table says. */
#ifndef NASBED_REPORTS_SCORES_H
#define NASBED_REPORTS_SCORES_H

#include "base/error.h"
#include "spaces/space.h"
#include "tables/table.h"

#include <stddef.h>
#include <stdint.h>

/* Lines of one kind that do not count. */
struct scores_left_out {
    uint64_t n;
    size_t line; /* the first of them, from 1 */
};

struct scores {
    double *score;                           /* [space->count] NaN: none */
    uint64_t n;                              /* architectures with a score */
    struct scores_left_out unknown, doubled; /* not of the space; named before, which counts */
};

/* Read comma-separated values: the line `architecture,score`, then one line an architecture, named
 * by its string or its index in the space's own order; the score is a finite number, higher being
 * better. Nothing is quoted; empty lines count not. Errors: ERROR_FORMAT names the first line that
 * is none of that and says how many are (`x.csv: line 7: ...`); those of file_read; ERROR_MEMORY.
 * `scores` holds nothing then. */
int scores_read(struct scores *scores, const char *path, const struct space *space,
                struct error *error);
/* The validation accuracy of another table, at its last point, mean over its seeds. Errors:
 * ERROR_MISMATCH (other spaces), ERROR_MISSING (it has no validation accuracy), ERROR_MEMORY;
 * `scores` holds nothing then. */
int scores_of_table(struct scores *scores, const struct table *table, const struct space *space,
                    struct error *error);
void scores_free(struct scores *scores);

#endif
