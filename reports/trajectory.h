/* Trajectories: step functions of what was spent: what one trial has in hand, the median of several
 * trials, when a target is reached, when one overtakes another. */
#ifndef NASBED_REPORTS_TRAJECTORY_H
#define NASBED_REPORTS_TRAJECTORY_H

#include "base/error.h"
#include "reports/trace.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRAJECTORY_NEVER UINT64_MAX

/* From `spent` on, until the next move, the value holds. */
struct trajectory_move {
    uint64_t spent; /* FLOPs */
    double value;   /* percent; lower is better */
};

struct trajectory {
    struct trajectory_move *moves; /* [n], spent ascending; of equals the last counts */
    size_t n;
};

/* What a trial says of its incumbent before the finish. */
enum trajectory_source {
    TRAJECTORY_NOTHING, /* it is known from the finish on */
    TRAJECTORY_ANSWERS, /* queries, and trainings of networks of the method's own */
    TRAJECTORY_RECORDS  /* the method puts it on record (TRACE_INCUMBENT) */
};

/* By what the incumbent is known where `table` judges (NULL: none). Without one only queries tell: what
 * a record or a network that has grown, with weights of its own, is worth under the protocol, a trace
 * does not say. */
enum trajectory_source trajectory_source(const struct trace *trace, const struct table *table);

/* True if `trace` tells of what only a table can judge: records of incumbents, networks that grow. */
bool trajectory_needs_table(const struct trace *trace);

/* Of one trial: at any moment it holds its incumbent: what the method has put on record; else, of the
 * networks queried so far, each by its answer at the last point asked, or where none was asked by the
 * last training of one that has grown, the best in validation accuracy; once finished, its choice. The
 * value is the incumbent's regret by `table`, or without (NULL) its validation error (Lindauer and
 * Hutter, JMLR 21(243), 2020, Definition 7: what it has when trained as all are). n >= 1; the last
 * move is the finish. Errors: ERROR_MEMORY. */
int trajectory_init(struct trajectory *trajectory, const struct trace *trace,
                    const struct table *table, struct error *error);
void trajectory_free(struct trajectory *trajectory);

/* The value after `spent`; NaN before the first move. */
double trajectory_at(const struct trajectory *trajectory, uint64_t spent);

/* What was spent when the value was first at or below `target`: the runtime, or first hitting time
 * (Hansen et al., Optimization Methods and Software 36(1), 2021). TRAJECTORY_NEVER if it never was. */
uint64_t trajectory_reach(const struct trajectory *trajectory, double target);

/* The pointwise median of `trials` [n], n >= 1, from where all have begun; the mean of the middle two
 * if n is even. A value that is not known (NaN) leaves what was before; no moves if a trial never
 * begins. Errors: ERROR_MEMORY. */
int trajectory_median(const struct trajectory *trials, size_t n, struct trajectory *median,
                      struct error *error);

/* The least spending from which on `a` is below `b` until `end`, both having begun: equal is not below.
 * TRAJECTORY_NEVER if it is not below at the end. */
uint64_t trajectory_overtakes(const struct trajectory *a, const struct trajectory *b, uint64_t end);

#endif
