/* Colours of a flow's units: what can be told apart from near, refined until nothing changes.
 * Colours depend on the structure alone, never on the numbers of the units. Internal to spaces/. */
#ifndef NASBED_SPACES_GRAPH_COLOUR_H
#define NASBED_SPACES_GRAPH_COLOUR_H

#include "spaces/graph_flow.h"

/* One unit reads another. */
struct reading {
    int reader, operand; /* which of the reader's operands */
    uint64_t times;
};

/* A flow ready to be coloured. */
struct palette {
    const struct flow *flow;
    int *first; /* [units + 1] readings of unit u: reading[first[u] .. first[u + 1]) */
    struct reading *reading;
    uint64_t *sorted; /* [units] scratch */
};

/* A unit with its colour. */
struct tinted {
    uint64_t colour;
    int unit;
};

int palette_init(struct palette *palette, const struct flow *flow, struct error *error);
void palette_free(struct palette *palette);

/* In what follows `colour` is [units]; what is returned is the number of different colours. */

/* By the units' traits alone, then refined. */
int colour_start(const struct palette *palette, uint64_t *colour);

/* Give unit `u` of a refined colouring a colour of its own and refine; the result goes to `single`,
 * which may be `colour`. */
int colour_single(const struct palette *palette, const uint64_t *colour, int u, uint64_t *single);

/* The tie to branch on: of the colours that several units have, one with the fewest units, of those
 * the lowest. 0: there is none (as 0 is not a colour that occurs but by a chance of 2^-64). */
uint64_t colour_tie(const struct palette *palette, const uint64_t *colour);

/* Units by colour, ties by number. */
void colour_sort(const struct palette *palette, const uint64_t *colour, struct tinted *sorted);

#endif
