/* The alphabet of a space: which kinds of decisions its architectures are made of, and which options
 * each kind has over all prefixes. With it any architecture is a string of tokens. */
#ifndef NASBED_METHODS_KIT_ALPHABET_H
#define NASBED_METHODS_KIT_ALPHABET_H

#include "methods/nasbed.h"

#define ALPHABET_KINDS  64 /* most kinds of decisions */
#define ALPHABET_TOKENS 32 /* most options of a kind */
#define ALPHABET_WORDS  64 /* most distinct names of options, over all kinds */

/* Decisions of one name ("edge 0>1"). The options are those of any prefix, in the order of their
 * first appearance; a prefix may lack some. */
struct alphabet_kind {
    const char *name;
    int tokens;
    const char *token[ALPHABET_TOKENS]; /* names ("nor_conv_3x3") */
    int word[ALPHABET_TOKENS];          /* index of that name among the alphabet's words */
};

struct alphabet {
    int kinds, words;
    int decisions; /* most of an architecture */
    struct alphabet_kind kind[ALPHABET_KINDS];
    const char *word[ALPHABET_WORDS]; /* an option's name is one word, whichever kinds have it */
};

/* Read off every prefix of the space, which must have no more than some 10^5 of them. False if it
 * does not fit the limits above. */
bool alphabet_read(struct alphabet *alphabet, const struct nasbed_trial *trial);

/* The kind of the decision after `prefix`, which is not complete; token[o] of each of its `*options`
 * options. */
int alphabet_decision(const struct alphabet *alphabet, const struct nasbed_trial *trial,
                      const struct nasbed_architecture *prefix, int token[ALPHABET_TOKENS],
                      int *options);

/* Kind or token of a name; -1 if there is none. */
int alphabet_find_kind(const struct alphabet *alphabet, const char *name);
int alphabet_find_token(const struct alphabet_kind *kind, const char *name);

#endif
