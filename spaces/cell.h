/* `cell`: the NAS-Bench-201 topology. Four nodes, an edge from each to every later one, five
 * operations.
 *
 * Decisions are the six edges in the order 0>1, 0>2, 1>2, 0>3, 1>3, 2>3, each an operation in
 * the order of enum cell_operation. The index of an architecture is the number whose base-5
 * digits are its decisions, the first one most significant: the lexicographic order, index 0
 * being all `none`. */
#ifndef NASBED_SPACES_CELL_H
#define NASBED_SPACES_CELL_H

enum { CELL_NODES = 4, CELL_EDGES = 6, CELL_OPERATIONS = 5 };

enum cell_operation {
    CELL_NONE,
    CELL_SKIP_CONNECT,
    CELL_CONV_1X1, /* ReLU, convolution, batch norm */
    CELL_CONV_3X3,
    CELL_AVG_POOL_3X3
};

struct cell_edge {
    int from, to; /* nodes */
};

extern const struct cell_edge cell_edges[CELL_EDGES];
extern const char *const cell_operations[CELL_OPERATIONS]; /* as NAS-Bench-201 spells them */

#endif
