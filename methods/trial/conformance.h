/* Conformance: whether a method keeps the rules that make its results mean something. */
#ifndef NASBED_METHODS_TRIAL_CONFORMANCE_H
#define NASBED_METHODS_TRIAL_CONFORMANCE_H

#include "base/error.h"
#include "methods/trial/contest.h"
#include "methods/trial/registry.h"

#include <stdbool.h>
#include <stdint.h>

#define CONFORMANCE_SEEDS   3   /* trials of each check */
#define CONFORMANCE_CONTROL 40  /* trials of the method in the negative control */
#define CONFORMANCE_RIVALS  400 /* trials of random search in it */

/* The checks, and what they say of a method that passes. */
enum conformance_check {
    CONFORMANCE_FINISH, /* ends with a valid architecture */
    CONFORMANCE_SEED,   /* the same seed asks the same */
    CONFORMANCE_CLOCK,  /* and at another time, answered at another pace, too */
    CONFORMANCE_BUDGET, /* asks once at most when nothing can be paid any more */
    CONFORMANCE_CHECKS
};

struct conformance {
    bool passed[CONFORMANCE_CHECKS];
    char why[CONFORMANCE_CHECKS][256]; /* what was seen instead */
};

const char *conformance_name(enum conformance_check check);

/* Run the checks with seeds first, first + 1, ... A trial that fails fails its check. Errors:
 * ERROR_MEMORY, those of training. */
int conformance_run(const struct contest *contest, const struct method_settings *settings,
                    uint64_t first, struct conformance *result, struct error *error);

/* The negative control: the same contest in which every network costs the same and has the results of
 * others, each point of its curve of another one: what is learned of one says nothing of the next, and a
 * method that only queries is as good as random search. Test accuracies of trials `first` .. first + n - 1
 * into accuracy [n]. Errors: those of trial_run. */
int conformance_control(const struct contest *contest, const struct method_settings *settings,
                        uint64_t first, int n, double *accuracy, struct error *error);

#endif
