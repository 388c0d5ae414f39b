/* What `nasbed validate` gathers: the trials of one method and its rivals on every table. */
#ifndef NASBED_CLI_VALIDATE_H
#define NASBED_CLI_VALIDATE_H

#include "base/options.h"
#include "cli/stage.h"
#include "reports/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VALIDATE_BUDGETS 8
#define VALIDATE_DUELS   128
#define VALIDATE_RANDOM  "random search"

struct validate_options {
    char method[OPTION_TEXT_SIZE], command[OPTION_TEXT_SIZE], name[OPTION_TEXT_SIZE];
    char class_name[OPTION_TEXT_SIZE], set[OPTION_TEXT_SIZE], space[OPTION_TEXT_SIZE];
    char protocol[OPTION_TEXT_SIZE], table[OPTION_TEXT_SIZE], budgets[OPTION_TEXT_SIZE];
    char out[OPTION_TEXT_SIZE];
    double patience, gap, power;
    int seeds, most, threads;
    uint64_t first_seed;
    bool live, conformance, quiet;
};

/* A table to be played on. */
struct venue {
    const char *space;
    char protocol[64];
    char *path; /* owned */
};

struct validation {
    const struct validate_options *options;
    void (*say)(const char *line);
    double budget[VALIDATE_BUDGETS]; /* [budgets] full trainings */
    int budgets;
    char method[64]; /* its name, once it is known */
    struct venue venue[32];
    int venues;
    bool checked;           /* conformance was */
    bool biased, one_noise; /* of some trial (note_noise) */
    struct duel duel[VALIDATE_DUELS];
    size_t n;
    double *owned[4 * VALIDATE_DUELS]; /* samples that duels borrow */
    size_t n_owned;
};

/* Find the tables, check conformance on the first (*passed), run the trials that are missing and set the
 * duels up, not judged yet. Errors: those of the trials; ERROR_MISSING: no table. */
int validation_fill(struct validation *validation, bool *passed, struct error *error);
void validation_free(struct validation *validation);

/* The conformance checks of one method on an open stage with a budget, printed. */
int validate_conformance(const struct stage *stage, const struct method_settings *settings,
                         uint64_t first, bool *passed, struct error *error);

#endif
