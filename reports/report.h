/* Reports: everything that follows from some folders of traces, as text and files. */
#ifndef NASBED_REPORTS_REPORT_H
#define NASBED_REPORTS_REPORT_H

#include "base/error.h"
#include "base/text.h"
#include "reports/comparison.h"
#include "reports/survey.h"

#include <stddef.h>

struct report_plan {
    const char *const *folders; /* [n_folders] with traces */
    size_t n_folders;
    const char *out;   /* folder for the files; made if it is not there */
    const char *table; /* path of the table that judges, or NULL: the released one */
    const struct survey_method *methods; /* [n_methods] what the survey's rows have here */
    size_t n_methods;
};

struct report {
    struct text tables[REPORT_FILES]; /* the comparison tables, by enum report_format */
    struct text survey[REPORT_FILES]; /* the survey's tables with ours beside them */
    struct text logged[REPORT_FILES]; /* what the methods put on record */
    struct text pairs;                /* method against method, CSV; empty if there is none */
    struct text runtime;              /* runtimes and crossings, CSV */
    struct text rankings;             /* what ranks the spaces, CSV; empty without a table */
    struct text manifest;             /* a row a trace, CSV */
    struct text plots;                /* paths of the plots drawn, a line each */
    struct text warnings;             /* a line each: damaged traces, plots left out */
    size_t damaged;                   /* traces and score files left out */
    size_t failed;                    /* plots that gnuplot, though installed, did not draw */
};

/* A trace that is damaged, or that the table of its own digest contradicts, is named and left out.
 * Read, compare, write OUT/comparison.txt, .md, .csv, .tex, OUT/survey.txt, .md, .csv, .tex,
 * OUT/logged.txt, .md, .csv, .tex (what the methods put on record), OUT/pairs.csv (method against
 * method), OUT/runtime.csv (targets and crossings), OUT/rankings.csv (supernets whose scores lie
 * below the folders, and their rivals, where a table knows the truth), OUT/manifest.csv (the traces), for each block the
 * plots of anytime curves, runtimes and crossings, and OUT/index.html, which holds all of it. Where
 * gnuplot is not installed or fails the plot is left out, with a warning; its data and script stay.
 * Errors: those of collection_open, table_open, comparison_init and file_write. `report` needs no
 * report_free after an error. */
int report_make(struct report *report, const struct report_plan *plan, struct error *error);
void report_free(struct report *report);

#endif
