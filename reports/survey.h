/* The survey's tables (Ren et al., ACM Computing Surveys 54(4), 2021) as it printed them, and beside
 * each system what was measured here: published figures and ours in one row, never mixed. */
#ifndef NASBED_REPORTS_SURVEY_H
#define NASBED_REPORTS_SURVEY_H

#include "base/error.h"
#include "base/text.h"
#include "reports/comparison.h"

#include <stddef.h>

/* A system as published. NaN: not given. */
struct survey_row {
    char class[8], venue[16];
    char *system, *note; /* note: what is doubtful, or ""; owned */
    char ticks[8];       /* "m c r i", '.' without the tick, '?' where it cannot be read */
    double error;        /* CIFAR-10 test error, or ImageNet top-1 error, percent */
    double params_m;     /* millions */
    double gpu_days;
};

struct survey_table {
    struct survey_row *rows; /* [n] in the survey's order */
    size_t n;
};

struct survey {
    struct survey_table cifar10, imagenet; /* its Tables 1 and 2 */
};

/* A method of this program and the systems of the survey that it stands for, separated by "; ". "DARTS"
 * is all rows of DARTS: "DARTS (1st order) + Cutout", not "DARTS Random". */
struct survey_method {
    const char *method, *rows;
};

/* Read both tables from where they are shipped. Errors: ERROR_MISSING, ERROR_FORMAT with file and
 * line, ERROR_MEMORY. `survey` needs no survey_free after an error. */
int survey_open(struct survey *survey, struct error *error);
void survey_free(struct survey *survey);

/* Append Table 1 with what `comparison` measured: for a system that it lacks, whether one of
 * `methods` [n] stands for it, or none. `first`: CSV begins with its heading. Errors: ERROR_MEMORY. */
int survey_print(const struct survey *survey, const struct comparison *comparison,
                 const struct survey_method *methods, size_t n, enum report_format format,
                 bool first, struct text *out, struct error *error);

/* Append Table 2: published figures, and which method stands for the system; nothing is trained on
 * ImageNet here. Not in CSV. Errors: ERROR_MEMORY. */
int survey_print_imagenet(const struct survey *survey, const struct survey_method *methods,
                          size_t n, enum report_format format, struct text *out,
                          struct error *error);

#endif
