/* Layer strings: an architecture of `chain` as Cai et al. (AAAI 2018, section "Meta-controller")
 * write one, a token a layer: conv-<channels>-<kernel>, here with -skip where there is one, and
 * pool between blocks. The final classifier is not in the string. */
#ifndef NASBED_METHODS_KIT_LAYERS_H
#define NASBED_METHODS_KIT_LAYERS_H

#include "methods/nasbed.h"

enum {
    LAYER_TOKENS = 8,                                  /* most of a string */
    LAYER_BLOCKS = 3,                                  /* separated by poolings */
    LAYER_DEPTH = 2,                                   /* most layers of a block */
    LAYER_KERNELS = 2,                                 /* 3 and 5 */
    LAYER_WIDTHS = 4,                                  /* w 2w 4w 8w */
    LAYER_WORDS = 1 + LAYER_WIDTHS * LAYER_KERNELS * 2 /* distinct tokens; 0: pool */
};

struct layer_token {
    int word;         /* 0 .. LAYER_WORDS - 1 */
    int block, index; /* which layer of which block */
    int layer;        /* as the space's moves number it; -1: a pool */
    int kernel;       /* 0: 3, 1: 5 */
};

struct layer_string {
    int n;
    struct layer_token token[LAYER_TOKENS];
};

/* False if the space is no such chain. */
bool layers_read(const struct nasbed_trial *trial, const struct nasbed_architecture *architecture,
                 struct layer_string *string);

#endif
