/* Histories: what a search has evaluated, in order, and the final choice among it. */
#ifndef NASBED_METHODS_KIT_HISTORY_H
#define NASBED_METHODS_KIT_HISTORY_H

#include "methods/nasbed.h"

struct evaluated {
    struct nasbed_architecture architecture;
    double accuracy; /* validation, percent */
};

struct history {
    struct evaluated *entry; /* [n] in order of evaluation; owned */
    size_t n, capacity;
};

/* Append. False when memory runs out. A history is zero-initialised before the first. */
bool history_add(struct history *history, const struct nasbed_architecture *architecture,
                 double accuracy);
void history_free(struct history *history);

/* The entry of highest accuracy, the earliest of equals; NULL if there is none. */
const struct evaluated *history_best(const struct history *history);

/* The entry of an architecture, the earliest of several; NULL if there is none. */
const struct evaluated *history_find(const struct history *history,
                                     const struct nasbed_architecture *architecture);

/* The best among the entries whose architecture is not in `done`. */
const struct evaluated *history_best_but(const struct history *history, const struct history *done);

/* FLOPs with which `top` networks of average cost go on from `point` to T; 0 for point = T. */
uint64_t history_hold(const struct nasbed_trial *trial, int point, int top);

/* True if `architecture` can be taken to `point` with `hold` FLOPs left over. Nothing to hold is
 * always true: then the ledger itself refuses, and the trace names what was refused. */
bool history_affords(const struct nasbed_trial *trial,
                     const struct nasbed_architecture *architecture, int point, uint64_t hold);

/* The point at which a search with the option `point` evaluates: 0, or beyond T, is T. */
int history_point(const struct nasbed_trial *trial, int point);

/* Query `architecture` at `point` if history_affords it, and append it. NASBED_REFUSED if it does not,
 * else what the query or running out of memory gave; `result` is set unless it was not asked for. */
enum nasbed_status history_evaluate(struct history *history, struct nasbed_trial *trial,
                                    const struct nasbed_architecture *architecture, int point,
                                    uint64_t hold, struct nasbed_result *result);

/* The final choice of a search that evaluated at `point`. For point = T it is history_best; else
 * the `top` best networks are queried to T (INT_MAX: all), those that the budget does not pay passed
 * over, and the best there is it. What is paid to T already is passed over too: isomorphs of what was
 * completed; a search that asked for T before names its choice itself. Without any evaluation it is a
 * random architecture. Returns what nasbed_finish returns. */
enum nasbed_status history_finish(struct nasbed_trial *trial, const struct history *history,
                                  int point, int top);

#endif
