/* Levels: how a space grows block by block, every prefix of blocks a complete network, as cells do in
 * Liu et al.: "Progressive Neural Architecture Search", ECCV 2018, section 3. An architecture of level
 * b has blocks 1 .. b; the decisions of all others are their first option (no edge; one small layer;
 * an identity). */
#ifndef NASBED_METHODS_KIT_LEVELS_H
#define NASBED_METHODS_KIT_LEVELS_H

#include "methods/kit/alphabet.h"
#include "methods/kit/history.h"
#include "methods/kit/regressor.h"

#include <stdbool.h>

enum { LEVELS = 3, LEVEL_SLOTS = 5 };

/* The decisions of each block of a space, by name. */
struct level_plan {
    const char *space;
    const char *block[LEVELS][LEVEL_SLOTS];
    /* The other way to write the same network; false if there is none. NULL: never. */
    bool (*mirror)(const struct nasbed_architecture *a, struct nasbed_architecture *mirrored);
};

/* An architecture of some level: what is said of it before it is trained. */
struct candidate {
    struct nasbed_architecture architecture;
    double predicted;
    size_t order; /* random: among equals */
};

/* Candidates of one level, no architecture and no mirror image twice. Zero-initialised at first. */
struct candidates {
    struct candidate *entry; /* [n] of capacity; owned */
    size_t n, capacity;
};

struct levels {
    struct nasbed_trial *trial;
    const struct level_plan *plan;
    struct alphabet alphabet;
    int block[ALPHABET_KINDS];           /* of a kind of decision: 0 .. LEVELS-1 */
    int slots;                           /* decisions of the widest block */
    int option[ALPHABET_KINDS], options; /* where its options' ids begin, and all of them */
    int pair[ALPHABET_KINDS], pairs;     /* and those of its pairs of place and option */
    unsigned char *level_of;             /* [count] last level that an index was a candidate of */
};

/* The plan of the trial's space. False if there is none, if it leaves out a decision of the space or
 * names one that is not there, or when memory runs out; nothing is held then. */
bool levels_open(struct levels *levels, struct nasbed_trial *trial);
void levels_close(struct levels *levels);

/* All architectures of `level` (1 ..) that grow out of `parents[first ..]` of the level before, in a
 * random order, in place of what the candidates were; level 1 has no parents. Once a level. False
 * when memory runs out. */
bool levels_expand(struct levels *levels, int level, const struct history *parents, size_t first,
                   struct candidates *candidates);

/* Embeddings that levels_spell speaks of. */
int levels_ids(const struct levels *levels, bool paired);

/* Blocks 1 .. level of `a` as a string of tokens: the option, and where it stands. The first id of a
 * token is its option, shared by all decisions of one sort ("edge", "kernel"), so that what one block
 * taught of it holds for the next; the second is its place, or (paired) the pair of both. A decision
 * that the architecture does not have is one id; `padded`: all blocks are as long as the longest. */
void levels_spell(const struct levels *levels, const struct nasbed_architecture *a, int level,
                  bool paired, bool padded, struct string *string);

#endif
