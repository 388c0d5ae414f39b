/* Virtual runs: random search on a complete table as its trials would do it, under the same ledger,
 * but thousands of times and without traces: the distribution that methods are held against. */
#ifndef NASBED_REPORTS_VIRTUAL_RUNS_H
#define NASBED_REPORTS_VIRTUAL_RUNS_H

#include "base/error.h"
#include "base/random.h"
#include "reports/trace.h"
#include "tables/table.h"

#include <stddef.h>
#include <stdint.h>

#define VIRTUAL_RUNS      10000
#define VIRTUAL_FREE_MOST 1000 /* free answers in a row after which a trial ends */

/* What a run is played with. */
struct virtual_game {
    const struct table *table;
    uint64_t *charge;         /* [distinct] FLOPs to T, or microseconds, as the traces count */
    uint64_t budget, reserve; /* of those, as in the traces' header */
    uint64_t *drawn, *paid;   /* [count], [distinct] the last run (from 1) that drew or paid it */
    uint64_t run;
};

/* Where one run ends. */
struct virtual_end {
    uint32_t index; /* architecture that it finishes with */
    size_t draws;   /* answered */
    uint64_t spent; /* FLOPs, the finish included */
};

/* A game under the rules of `header` (its budget and reserve). `table` is complete and outlives it.
 * Errors: ERROR_MEMORY; ERROR_MISMATCH, with the end of a sentence, if the table does not say what
 * its networks are charged, or says otherwise than the traces. */
int virtual_game_init(struct virtual_game *game, const struct table *table,
                      const struct trace_header *header, struct error *error);
void virtual_game_free(struct virtual_game *game);

/* One run on table seed `seed`: the method `random-search` at its defaults (uniform over strings
 * without replacement, trained to T, the best in validation, the earliest of equals), fed from
 * `stream`: with a trial's own stream it ends as that trial does. */
struct virtual_end virtual_run(struct virtual_game *game, int seed, struct random_stream *stream);

/* What VIRTUAL_RUNS runs gave; run i has table seed i mod k. */
struct virtual_runs {
    double *accuracy; /* [n] test accuracy, percent */
    size_t n;
    double error, regret; /* means, percent */
    double draws, spent;  /* of a run, means; spent: FLOPs, or microseconds, as the traces' */
};

/* Play. Errors: those of virtual_game_init; `runs` needs no virtual_runs_free then. */
int virtual_runs_init(struct virtual_runs *runs, const struct table *table,
                      const struct trace_header *header, struct error *error);
void virtual_runs_free(struct virtual_runs *runs);

#endif
