/* The audit of supernets whose scores are kept: several methods, seeds and spaces in one table. */
#ifndef NASBED_CLI_AUDIT_KEPT_H
#define NASBED_CLI_AUDIT_KEPT_H

#include "base/error.h"
#include "reports/frame.h"

#include <stddef.h>

/* Print the table of the scores below `folders` [n], judged by each of `tables`: FILE.h5, or several with
 * commas between. Files that cannot be read are named on standard error. Errors: those of score_files_open
 * and table_open_known; ERROR_MISSING where no scores of a table's space are there; ERROR_FORMAT if any
 * file was left out, after the table was printed. */
int audit_kept(const char *const *folders, size_t n, const char *tables, enum report_format format,
               struct error *error);

#endif
