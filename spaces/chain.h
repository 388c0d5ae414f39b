/* `chain`: a global, chain-structured space. Three blocks one after another, 2x2 max pooling after the
 * first and the second, global average pooling and a linear layer after the third. A block is one
 * layer or two; a layer is a convolution, batch norm and ReLU. The very first has stride 2.
 *
 * Decisions, block after block (B = 1, 2, 3), each an option counted from 0:
 *   "depth B"       1 or 2 layers
 *   "width B"       channels of its layers: w or 2w in block 1, 2w or 4w in block 2, 4w or 8w in 3
 *   "kernel B.1"    of the first layer, 3 or 5
 *   "kernel B.2"    of the second, if there is one
 *   "skip B"        no or yes: the second layer's input is added before its ReLU
 * so that a block has 2 x 2 + 2 x 2 x 2 x 2 = 20 choices. The index is lexicographic in the decisions:
 * a number of three digits to the base 20, the first block's most significant; 0 is the smallest.
 *
 * Strings:
 *   architecture = block1 "/" block2 "/" block3
 *   block        = width ":" kernel [ "-" kernel [ "+skip" ] ]
 *   width        = "w" | "2w" in block 1, "2w" | "4w" in block 2, "4w" | "8w" in block 3
 *   kernel       = "3" | "5"
 * as in "w:3/4w:3-5/4w:5-3+skip". Printing and parsing are inverses: there is no other way to write an
 * architecture.
 *
 * Layers of the graph are numbered 2 (B - 1) and 2 (B - 1) + 1, whether block B has a second one or not;
 * what is outside the blocks is skeleton. */
#ifndef NASBED_SPACES_CHAIN_H
#define NASBED_SPACES_CHAIN_H

#include "spaces/space.h"

#include <stdbool.h>

enum { CHAIN_BLOCKS = 3, CHAIN_LAYERS = 2 * CHAIN_BLOCKS, CHAIN_CHOICES = 20 };

/* A block's decisions by what they mean; without a second layer there is no kernel[1] and no skip. */
struct chain_block {
    int layers;    /* 1 or 2 */
    bool wide;     /* twice the block's base width */
    int kernel[2]; /* 3 or 5 */
    bool skip;
};

/* Between the decisions of a whole architecture and its blocks. */
void chain_blocks(const struct architecture *architecture, struct chain_block block[CHAIN_BLOCKS]);
void chain_architecture(const struct chain_block block[CHAIN_BLOCKS],
                        struct architecture *architecture);

#endif
