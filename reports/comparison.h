/* The comparison table: the methods of one block (one space, protocol, table and budget) side by
 * side, in the survey's form, each against random search. */
#ifndef NASBED_REPORTS_COMPARISON_H
#define NASBED_REPORTS_COMPARISON_H

#include "base/error.h"
#include "base/text.h"
#include "reports/collection.h"
#include "reports/draws.h"
#include "reports/frame.h"
#include "reports/virtual_runs.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>

#define COMPARISON_SEEDS 10   /* fewest seeds, of both sides, for a verdict; virtual runs do */
#define COMPARISON_ALPHA 0.05 /* level of a verdict, after Holm's correction */
#define COMPARISON_LEVEL 0.95 /* of the intervals */
#define COMPARISON_SEED  0    /* of the bootstrap's random stream */
/* The record of a trial whose budget ended among its random draws (NASBED_LOG_RANDOM). */
#define COMPARISON_RANDOM "random-only"

enum verdict {
    VERDICT_NONE,      /* the baseline itself, or there is none */
    VERDICT_TOO_FEW,   /* seeds */
    VERDICT_UNDECIDED, /* no difference shown */
    VERDICT_BETTER,
    VERDICT_WORSE
};

/* One method with one setting. NaN where a figure is not known. */
struct comparison_row {
    const struct trace *traces; /* [seeds] of the collection */
    size_t seeds;
    char *label; /* by what tells it from its neighbours (label.h): for display alone */
    size_t
        style; /* of its curves: its place among all methods of the collection, plain random search
                     left out, so that a method looks alike in all blocks */
    char *options;                                  /* all of them, "name=value name=value" */
    double error, error_std, error_low, error_high; /* test error, percent */
    double error_iqm;                               /* its interquartile mean */
    double params_k;                                /* thousands */
    double tflop, gpu_seconds, cpu_seconds; /* a trial's search, mean; by the budget's unit one of
                                               the first two is NaN */
    double regret, regret_std, regret_low, regret_high; /* percent points of test accuracy */
    double improvement; /* relative to the average architecture's accuracy, percent of that */
    double p_better, p_better_low, p_better_high; /* that it beats random search, ties half */
    double p, p_holm;   /* Mann-Whitney; Holm over the rows of the block */
    double equal_draws; /* of random search, for the same expected regret */
    size_t random_only; /* trials that were random search by construction */
    enum verdict verdict;
};

struct comparison {
    const struct trace_header *header; /* of any trace: what the block has in common */
    struct comparison_row *rows;       /* [n], as the collection orders them */
    size_t n;
    /* Random search: virtual runs on the table, or else one of the rows, or else (NULL) none. */
    const struct comparison_row *baseline;
    struct virtual_runs runs;    /* n = 0: there are none */
    struct draws draws;          /* the same in closed form, up to the whole space; n = 0: none */
    double average, average_std; /* test error of the average architecture, percent; NaN: unknown */
    char no_regret[160];         /* why there is no regret; "" if there is */
    char no_runs[160];           /* why there are no virtual runs though there is regret; or "" */
    bool biased;                 /* some result was tested on the training it was searched on */
};

/* The block of `collection` that begins at `start`, judged by `table` (NULL: none). Borrows the
 * collection. Errors: ERROR_MEMORY; ERROR_MISMATCH if a trace contradicts the table.
 * `comparison` needs no comparison_free after an error. */
int comparison_init(struct comparison *comparison, const struct collection *collection,
                    size_t start, const struct table *table, struct error *error);
void comparison_free(struct comparison *comparison);

/* Random search, whatever its options. */
bool comparison_is_random(const struct comparison_row *row);

/* Append "cell, cifar10-mini (numerics 1), budget 6 full trainings, 4 seeds, trained live". */
void comparison_title(const struct comparison *comparison, struct text *out);

/* Append the table in one format: people get a title and notes with it; LaTeX is a table that needs
 * the packages booktabs and graphicx; CSV is rows alone, with their headings if `first`. Errors:
 * ERROR_MEMORY. */
int comparison_print(const struct comparison *comparison, enum report_format format, bool first,
                     struct text *out, struct error *error);

/* "better", "no difference shown", ...; "" for VERDICT_NONE. */
const char *verdict_text(enum verdict verdict);

/* Whether a table that tests other trainings than it is searched by has one number an architecture. */
bool trace_one_noise(const struct trace_header *header);

/* What a result shares with its search, in a line if anything: the training itself, or the noise of
 * all trials. */
void note_noise(bool biased, bool one_noise, struct text *out);

#endif
