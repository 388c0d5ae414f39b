/* Choice graphs: what weight sharing trains. One graph holds every option of every decision of a space;
 * a program says which options are there, and how they are weighed, and so makes of it one network: of
 * one architecture, or of many mixed. */
#ifndef NASBED_SPACES_CHOICE_H
#define NASBED_SPACES_CHOICE_H

#include "base/error.h"
#include "spaces/graph.h"
#include "spaces/space.h"

#include <stdbool.h>

#define CHOICES_MAX        32
#define CHOICE_OPTIONS_MAX 8

/* One decision of the space. */
struct choice {
    const char *name; /* as space->decision_name has it; static */
    int options;
    int parent,
        parent_option; /* it is made only where that choice has that option; parent -1: always */
    int mask; /* a choice of width that scales the channels of this one's options; -1: none */
};

/* In `graph` a term that an option brings is a weighed sum (node.weighing, choice_weighing); where its
 * option is not there it is zero. An option without a term is one that computes nothing. A choice of
 * width has two options: nodes whose channels it decides (node.width) are laid out for the second,
 * and have the first half of those channels under the first alone. */
struct choice_graph {
    struct graph graph;
    int choices;
    struct choice choice[CHOICES_MAX];
};

/* A program. Unweighed, what is there counts once: one option of each choice is a path, more of them
 * are a sum. Weighed, each option that is there is multiplied by its weight. */
struct choice_program {
    bool present[CHOICES_MAX][CHOICE_OPTIONS_MAX];
    bool weighed;
    double weight[CHOICES_MAX][CHOICE_OPTIONS_MAX];
};

/* For spaces: append a choice that is always made; returns its number. */
int choice_append(struct choice_graph *choices, const char *name, int options);
/* Append a node: `input` as the term of an option. */
int choice_term(struct choice_graph *choices, int input, int choice, int option);
/* Let `choice` decide the channels of the nodes first .. nodes - 1. */
void choice_width(struct choice_graph *choices, int first, int choice);

void choice_graph_free(struct choice_graph *choices);

/* node.weighing of an option's terms, and back. */
int choice_weighing(int choice, int option);
void choice_of_weighing(int weighing, int *choice, int *option);

/* The program of one architecture: its options, unweighed. */
void choice_path(const struct choice_graph *choices, const struct space *space,
                 const struct architecture *architecture, struct choice_program *program);

/* Every option of every choice, unweighed. */
void choice_everything(const struct choice_graph *choices, struct choice_program *program);

/* NULL, or what is wrong with a program: a choice that is made where none of its options is there, a
 * weight that is not finite or is negative. */
const char *choice_program_wrong(const struct choice_graph *choices,
                                 const struct choice_program *program);

/* The simplified graph of a program; in it node.layer is the number of the node of `choices->graph`
 * that it comes from. Under a path it is that of the architecture itself, but for batch norms inside
 * what is chosen, which have no gain and offset. `out` is zero-initialised, freed by the caller.
 * Errors: ERROR_MEMORY. */
int choice_select(const struct choice_graph *choices, const struct choice_program *program,
                  struct graph *out, struct error *error);

/* Digest of a selected graph: two programs of one choice graph with equal digests run the same
 * operations with the same weights. (That they differ does not say that their results do.) */
struct digest choice_digest(const struct graph *selected);

#endif
