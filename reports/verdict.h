/* The verdict on one method: duels with a rival at several budgets and on several tables, corrected as one
 * family, and summed up in one sentence; and how many seeds that takes. */
#ifndef NASBED_REPORTS_VERDICT_H
#define NASBED_REPORTS_VERDICT_H

#include "base/error.h"
#include "base/text.h"
#include "reports/comparison.h"

#include <stdbool.h>
#include <stddef.h>

#define VERDICT_SEEDS_LEAST COMPARISON_SEEDS /* of each side of a duel that is a sample */

/* One method against one rival on one table at one budget; values are test accuracies, percent. */
struct duel {
    const char *space, *protocol, *rival; /* borrowed, as what follows */
    double budget;                        /* full trainings */
    const double *mine, *theirs;          /* [m], [n] */
    size_t m, n;
    bool known;   /* theirs are a distribution (virtual runs), not a sample */
    double exact; /* mean of theirs in closed form; NaN: there is none */
    /* What duels_judge finds. */
    double shift, shift_low, shift_high; /* mean of mine less that of theirs, percent points */
    double shift_error;                  /* its standard error */
    double gain, gain_low, gain_high;    /* probability that mine is the larger, ties half */
    double p, p_holm;                    /* Mann-Whitney, two-sided; Holm over the family */
    enum verdict verdict;                /* at COMPARISON_ALPHA */
};

/* The sentence about a family. */
struct family {
    /* Better (worse): in at least one duel, and worse (better) in none; too few: in all. */
    enum verdict verdict;
    bool split;                       /* better in one duel and worse in another: undecided then */
    size_t better, worse, few, duels; /* few: of fewer than VERDICT_SEEDS_LEAST seeds, not judged */
    double shift, shift_low, shift_high; /* mean over the duels, percent points */
    double gain;
};

/* Judge the duels [n] as one family. Errors: ERROR_MEMORY. */
int duels_judge(struct duel *duels, size_t n, struct family *family, struct error *error);

/* Append the sentence: "mine is better than random search in 2 of 3 settings, not told apart in 1 (5 %,
 * Holm); mean over the settings +0.31 points of test accuracy [0.20, 0.42], P(better) 0.71". */
void family_print(const struct family *family, const char *method, const char *rival,
                  struct text *out);

/* Append the duels as a table. Errors: ERROR_MEMORY. */
int duels_print(const struct duel *duels, size_t n, enum report_format format,
                const struct text *title, const struct text *notes, struct text *out,
                struct error *error);

/* Seeds with which a rank test at `alpha` (two-sided) finds a method that is `gap` percent points above
 * the known distribution `theirs` [n] (in any order) with probability `power`: Noether, Journal of the
 * American Statistical Association 82, 1987, with the rival known. At least VERDICT_SEEDS_LEAST; 0: no
 * number of seeds does, or memory ran out. */
size_t duel_seeds(const double *theirs, size_t n, double gap, double alpha, double power);

/* The least gap that so many seeds find, percent points; NaN: none below 100. */
double duel_gap(const double *theirs, size_t n, size_t seeds, double alpha, double power);

#endif
