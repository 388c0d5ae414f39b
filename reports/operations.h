/* Shares of operations: what the best of a ranking are made of, by the scores, by the truth, and among all.
 * Where the scores' best have more of something than the true best, they favour it. */
#ifndef NASBED_REPORTS_OPERATIONS_H
#define NASBED_REPORTS_OPERATIONS_H

#include "base/error.h"
#include "reports/ranking.h"
#include "spaces/space.h"

#include <stddef.h>

#define OPERATIONS_MOST 16

struct operations {
    size_t n;   /* options of every decision of the space; 0: not all of them have the same */
    size_t top; /* architectures that are the best 10 %, rounded up */
    const char *name[OPERATIONS_MOST];
    double all
        [OPERATIONS_MOST]; /* [n] share of the decisions of all that are ranked; their sum is 1 */
    double truth[OPERATIONS_MOST], score[OPERATIONS_MOST]; /* of the best by either */
};

/* Of a ranking of architectures of `space` (NULL: n = 0), n >= 1. Errors: ERROR_MEMORY. */
int operations_count(struct operations *operations, const struct space *space,
                     const struct ranking *ranking, struct error *error);

#endif
