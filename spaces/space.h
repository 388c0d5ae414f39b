/* Spaces: what can be searched. An architecture is a short vector of decisions; a space turns it
 * into an index, a string and a graph. Everything generic over decisions stands here once. */
#ifndef NASBED_SPACES_SPACE_H
#define NASBED_SPACES_SPACE_H

#include "base/error.h"
#include "base/random.h"
#include "spaces/graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHITECTURE_MAX  32  /* most decisions of an architecture */
#define ARCHITECTURE_TEXT 256 /* bytes of the longest architecture string, NUL included */

struct architecture {
    int n;                                    /* decisions made */
    unsigned char decision[ARCHITECTURE_MAX]; /* each below the number of its options */
};

/* What a protocol fixes about the networks of a space. Zero where a space has no use for it. */
struct skeleton {
    int input_channels, input_size; /* of one image; rows = columns */
    int classes;
    int channels;    /* C of `cell`, base width w of `chain`, of the stem of `macro` */
    int cells;       /* N: cells a stage */
    int stem_stride; /* 1 or 2 */
};

/* Kinds of function-preserving moves: what the weights can follow without a change of what the network
 * computes (evaluator/morphism.h says how). Append, never reorder.
 * DEEPEN  a new layer, which begins as the identity
 * WIDEN   more channels for one layer, and for those that add to its output
 * GROW    a larger kernel for one layer
 * SKIP    a connection around one layer, whose output its input is added to */
#define MOVE_LIST(X)                                                                               \
    X(MOVE_DEEPEN, "deepen")                                                                       \
    X(MOVE_WIDEN, "widen")                                                                         \
    X(MOVE_GROW, "grow")                                                                           \
    X(MOVE_SKIP, "skip")

enum move_kind {
#define X(name, text) name,
    MOVE_LIST(X)
#undef X
        MOVE_KINDS
};

const char *move_name(enum move_kind kind);

struct space_move {
    enum move_kind kind;
    int layer;              /* of the graph of `to` (node.layer): the new one, or the one changed */
    struct architecture to; /* what the architecture becomes */
};

struct choice_graph; /* choice.h */

struct space {
    const char *name, *title, *source; /* "cell"; one line; citation */
    uint64_t count;                    /* architectures: indices are 0 .. count-1 */
    int decisions_max;
    struct skeleton skeleton; /* the publication's own; what commands assume */

    /* Number of options of the decision that follows `prefix`; 0: the architecture is complete. */
    int (*options)(const struct architecture *prefix);
    /* What decision number `prefix->n` is about ("edge 0>1") and what its option means
     * ("nor_conv_3x3"); static strings. */
    const char *(*decision_name)(const struct architecture *prefix);
    const char *(*option_name)(const struct architecture *prefix, int option);

    uint64_t (*index)(const struct architecture *architecture);
    void (*from_index)(uint64_t index, struct architecture *architecture); /* index < count */
    void (*print)(const struct architecture *architecture, char text[ARCHITECTURE_TEXT]);
    /* Errors: ERROR_ARGUMENT with the column and what was expected there. */
    int (*parse)(const char *text, struct architecture *architecture, struct error *error);

    /* The whole network, dead edges included; `out` zero-initialised, freed by the caller. */
    int (*graph)(const struct architecture *architecture, const struct skeleton *skeleton,
                 struct graph *out, struct error *error);
    /* Multiply-accumulates and parameters as the published benchmark counts them; where there is none,
     * those of the whole graph. */
    void (*published_cost)(const struct architecture *architecture, const struct skeleton *skeleton,
                           uint64_t *macs, uint64_t *params);

    /* The function-preserving moves from an architecture, in a fixed order; at most `capacity` are
     * written; returns the number written. NULL: the space has none. */
    int (*moves)(const struct architecture *architecture, struct space_move *out, int capacity);

    /* Every option of every decision in one graph, for weight sharing; `out` zero-initialised, freed
     * by the caller with choice_graph_free, after an error too. A choice comes after the one that it
     * depends on. NULL: none. */
    int (*choices)(const struct skeleton *skeleton, struct choice_graph *out, struct error *error);

    /* What else a published benchmark says of the space; NULL where it says nothing.
     * order[k], k = 0 .. count-1: our index of the architecture that it numbers k. */
    void (*published_order)(uint32_t *order);
    /* Its own name of an architecture's class of isomorphs, for comparison with published work. */
    void (*published_class)(const struct architecture *architecture, char text[ARCHITECTURE_TEXT]);
};

/* Registry (spaces.def), in order; NULL past the end. */
const struct space *space_at(int i);
/* By name; NULL and ERROR_ARGUMENT naming the nearest known. */
const struct space *space_find(const char *name, struct error *error);

/* The architecture that `word`, a string or an index, names; what could be both is a string.
 * ERROR_ARGUMENT. */
int architecture_read(const struct space *space, const char *word,
                      struct architecture *architecture, struct error *error);

/* True if every decision is in range and none is missing. */
bool architecture_valid(const struct space *space, const struct architecture *architecture);
bool architecture_equal(const struct architecture *a, const struct architecture *b);

/* Uniform over the strings of the space (not over decisions). */
void architecture_random(const struct space *space, struct random_stream *stream,
                         struct architecture *out);

/* All architectures that differ in exactly one decision. Later decisions are kept by their name;
 * those that the change brings about, or whose option it takes away, become the first option. At
 * most `capacity` are written; returns the number written. Order: by decision, then option. */
int architecture_neighbours(const struct space *space, const struct architecture *architecture,
                            struct architecture *out, int capacity);

/* One mutation: a decision uniform over those with more than one option, then another option of
 * it, uniform; later decisions are kept by their name, those that the change brings about, or
 * whose option it takes away, are drawn uniformly. Always differs from the parent. `child` may
 * be `parent`. */
void architecture_mutate(const struct space *space, const struct architecture *parent,
                         struct random_stream *stream, struct architecture *child);

/* Cost of one architecture under a skeleton. */
struct cost {
    uint64_t macs, params; /* as published (dead edges included), per image */
    uint64_t train_macs;   /* MACs of the simplified graph, per image: what the ledger uses */
};
int architecture_cost(const struct space *space, const struct skeleton *skeleton,
                      const struct architecture *architecture, struct cost *cost,
                      struct error *error);

/* The isomorphism classes of a whole space under a skeleton, and every cost. Which architectures
 * are one class does not depend on the skeleton (tested); digests and costs do. */
struct isomorphs {
    uint32_t count;           /* architectures */
    uint32_t distinct;        /* classes */
    uint32_t *class_of;       /* [count] class number of an architecture index */
    uint32_t *representative; /* [distinct] lowest index of the class, ascending */
    struct digest *canonical; /* [distinct] graph_canonical under this skeleton */
    uint64_t *macs, *params;  /* [count] as published */
    uint64_t *train_macs;     /* [distinct] */
};
/* Errors: ERROR_ARGUMENT (impossible skeleton), ERROR_MEMORY; nothing is held then. */
int isomorphs_init(struct isomorphs *isomorphs, const struct space *space,
                   const struct skeleton *skeleton, struct error *error);
void isomorphs_free(struct isomorphs *isomorphs);

/* The graph to train for class `c`: the simplified graph of its representative. */
int isomorphs_graph(const struct isomorphs *isomorphs, const struct space *space,
                    const struct skeleton *skeleton, uint32_t c, struct graph *out,
                    struct error *error);

#endif
