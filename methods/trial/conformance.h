/* Conformance: whether a method keeps the rules that make its results mean something. */
#ifndef NASBED_METHODS_TRIAL_CONFORMANCE_H
#define NASBED_METHODS_TRIAL_CONFORMANCE_H

#include "base/error.h"
#include "methods/trial/contest.h"
#include "methods/trial/registry.h"

#include <stdint.h>

#define CONFORMANCE_SEEDS   3   /* trials of each check */
#define CONFORMANCE_CONTROL 40  /* trials of the method in the negative control */
#define CONFORMANCE_RIVALS  400 /* trials of random search in it */

/* The checks; conformance_name says what is true of a method that passes. */
enum conformance_check {
    CONFORMANCE_FINISH, /* ends with a valid architecture */
    CONFORMANCE_SEED,   /* the same seed asks the same */
    CONFORMANCE_CLOCK,  /* and at another time, answered at another pace, too */
    CONFORMANCE_BUDGET, /* asks once at most when nothing can be paid any more */
    CONFORMANCE_CHECKS
};

enum conformance_verdict {
    CONFORMANCE_PASSED,
    CONFORMANCE_FAILED,
    CONFORMANCE_UNTESTED /* a check that it builds on failed */
};

struct conformance {
    enum conformance_verdict verdict[CONFORMANCE_CHECKS];
    char why[CONFORMANCE_CHECKS][256]; /* what was seen instead, or why it was not tested */
};

const char *conformance_name(enum conformance_check check);

/* Run the checks with seeds first, first + 1, ... A trial that fails fails its check. Takes a second or more if
 * the first checks pass: the clock has to move on. Errors: ERROR_MEMORY, those of training. */
int conformance_run(const struct contest *contest, const struct method_settings *settings,
                    uint64_t first, struct conformance *result, struct error *error);

/* The negative control: the same contest in which every network costs the same and has the results of
 * others, each point of its curve of another one: what is learned of one says nothing of the next, and a
 * method that only queries is as good as random search. Test accuracies of trials `first` .. first + n - 1
 * into accuracy [n]. Errors: those of trial_run. */
int conformance_control(const struct contest *contest, const struct method_settings *settings,
                        uint64_t first, int n, double *accuracy, struct error *error);

#endif
