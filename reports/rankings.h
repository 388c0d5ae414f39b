/* Rankings: how well supernets rank a table's space, their scores lying beside the traces, and what
 * costs little or nothing beside them: one table a section of a report. */
#ifndef NASBED_REPORTS_RANKINGS_H
#define NASBED_REPORTS_RANKINGS_H

#include "base/error.h"
#include "base/text.h"
#include "reports/audit.h"
#include "reports/frame.h"
#include "reports/score_files.h"
#include "reports/scores.h"
#include "reports/statistics.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>

#define RANKINGS_TOP 10 /* k of what the best k by score are worth */

/* One ranking; of a supernet, the means over its seeds. */
struct rankings_row {
    char name[128];
    size_t first, seeds; /* its first score file, of as many as are read; seeds = 0: a rival */
    double tau_std;      /* of tau-b on all, over the seeds */
    struct interval tau; /* of its mean, by Student's t; NaN for fewer than two seeds */
    struct text each;    /* tau-b of each seed: "0: 0.412, 1: 0.344" */
    double accuracy;     /* mean score */
    bool untrained;      /* the control */
    char under[64];      /* protocol that trained it; "": not said */
    bool foreign;        /* that is another than the table's (or its data set, or its arithmetic) */
    struct agreement whole, tenth,
        hundredth; /* on all; on the true top 10 % and 1 %: n = 0: none */
};

struct rankings {
    const struct table *table;
    const struct score_files *files;
    struct rankings_row *rows; /* [n] supernets, then rivals and the noise ceiling */
    size_t n;
    bool test; /* the truth is the test accuracy: the table has no validation */
    struct text
        left_out; /* a line for each score file that cannot be read, or is not as the others of its
                             group */
    size_t damaged; /* how many */
};

/* Of `table` and of the score files of its space (both outlive it). Errors: ERROR_MEMORY;
 * ERROR_MISSING if the table has no accuracy at all. `rankings` needs no rankings_free then. */
int rankings_make(struct rankings *rankings, const struct table *table,
                  const struct score_files *files, struct error *error);
void rankings_free(struct rankings *rankings);

/* Append the table. CSV is rows alone, with headings if `first`. Errors: ERROR_MEMORY. */
int rankings_print(const struct rankings *rankings, enum report_format format, bool first,
                   struct text *out, struct error *error);

/* Append a line for each supernet that was trained otherwise than the table, or does not say how. */
void rankings_protocols(const struct rankings *rankings, struct text *out);

/* Append the end of the figure's name of row `i`, a supernet: "spos-b10-scatter". */
void rankings_name(const struct rankings *rankings, size_t i, struct text *out);

/* Write the figure FOLDER/PREFIX-NAME (rankings_name): the scores of the supernet's first seed
 * against the truth. Errors: ERROR_IO, ERROR_MEMORY, those of scores_read. */
int rankings_write(const struct rankings *rankings, size_t i, const char *folder,
                   const char *prefix, struct error *error);

#endif
