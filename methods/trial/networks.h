/* The networks that a trial keeps for its method: found by handle, each an architecture with its
 * graph and what it has learned. Invariant: a handle is given once, so that one that was dropped is
 * never another's. */
#ifndef NASBED_METHODS_TRIAL_NETWORKS_H
#define NASBED_METHODS_TRIAL_NETWORKS_H

#include "base/error.h"
#include "evaluator/snapshot.h"
#include "spaces/space.h"

struct kept {
    struct architecture architecture;
    struct graph graph;       /* simplified */
    struct snapshot snapshot; /* of that graph */
    bool busy;                /* in the call under way */
};

/* Zero-initialised before the first. */
struct networks {
    struct kept **item; /* [n] item of handle h is item[h - 1]; NULL: dropped; owned */
    int n, capacity;
};

/* Take over what `kept` holds under the next handle. ERROR_MEMORY: the caller still owns it. */
int networks_add(struct networks *networks, const struct kept *kept, int *handle,
                 struct error *error);

/* NULL: there is no such network, or it was dropped. */
struct kept *networks_find(const struct networks *networks, int handle);

/* Give one back. False if there is none. */
bool networks_drop(struct networks *networks, int handle);
void networks_free(struct networks *networks);

/* The simplified graph of an architecture; `graph` zero-initialised, freed by the caller. */
int kept_graph(struct graph *graph, const struct space *space, const struct skeleton *skeleton,
               const struct architecture *architecture, struct error *error);
void kept_free(struct kept *kept);

#endif
