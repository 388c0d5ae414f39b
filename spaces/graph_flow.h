/* A graph as its canonical form sees it: sums dissolved into the terms that they add up (a sum
 * of sums is one sum with multiplicities, whoever else reads the inner one), weight-bearing
 * operations as instances, and operations without weights once for each tensor that they read.
 * Internal to spaces/. */
#ifndef NASBED_SPACES_GRAPH_FLOW_H
#define NASBED_SPACES_GRAPH_FLOW_H

#include "spaces/graph.h"

struct term {
    int unit;
    uint64_t times; /* modulo 2^64 */
};

/* What one input of an operation adds up: terms with ascending units, each unit once; no terms:
 * zero. */
struct operand {
    int first, count; /* flow.term[first .. first + count) */
    int channels;
};

enum { UNIT_TRAITS = 11 };

struct unit {
    uint32_t trait[UNIT_TRAITS]; /* operation, shape of the output, window, ... */
    int first, operands;         /* flow.operand[first .. first + operands) */
};

/* Units in topological order; the last is no operation but the reader of the network's output. */
struct flow {
    int units, operands, terms;
    struct unit *unit;
    struct operand *operand;
    struct term *term;
};

int flow_init(struct flow *flow, const struct graph *graph, struct error *error);
void flow_free(struct flow *flow);

#endif
