/* gnuplot, run as a program. */
#ifndef NASBED_REPORTS_GNUPLOT_H
#define NASBED_REPORTS_GNUPLOT_H

#include "base/error.h"
#include "base/text.h"

/* Run `script` (a file name in `folder`) there, without the user's start-up files. Errors:
 * ERROR_MISSING if gnuplot is not installed; ERROR_IO with the line that gnuplot complained
 * with; ERROR_MEMORY. */
int gnuplot_run(const char *folder, const char *script, struct error *error);

/* Append `said` as a gnuplot string in single quotes, control characters left out. */
void gnuplot_quote(struct text *out, const char *said);

#endif
