/* NAS-Bench-201's own ways of naming the architectures of `cell`, for comparison with published
 * work. */
#ifndef NASBED_SPACES_NB201_H
#define NASBED_SPACES_NB201_H

#include "spaces/space.h"

#define NB201_ARCHITECTURES 15625

/* The benchmark's index order: order[k] is our index of the architecture that it numbers k. It
 * numbers them by a shuffle of the lexicographic order (which is ours) with a fixed seed, 88, in
 * Python: Fisher-Yates from the end, drawing by rejection from the Mersenne Twister. */
void nb201_order(uint32_t order[NB201_ARCHITECTURES]);

/* The benchmark's isomorphism string: per node the sorted names of what its edges bring, '0'
 * being the cell's input, '#' nothing, "(x)@operation" an operation on x. 6,466 distinct over
 * the space. Two of one class need not be one network (operations are not instances), and two of
 * different classes may be (a dead edge leaves its '#'; a sum of nothings is not nothing).
 * Source: Dong and Yang, NAS-Bench-201, ICLR 2020, and its public code. */
void nb201_class(const struct architecture *architecture, char text[ARCHITECTURE_TEXT]);

#endif
