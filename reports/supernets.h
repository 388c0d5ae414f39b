/* Supernets: how well those of several methods and seeds rank their spaces, from kept scores alone, beside
 * what costs nothing: one table for all of it. */
#ifndef NASBED_REPORTS_SUPERNETS_H
#define NASBED_REPORTS_SUPERNETS_H

#include "base/error.h"
#include "base/text.h"
#include "reports/frame.h"
#include "reports/rankings.h"

#include <stddef.h>

/* Append the table of rankings [n], one a table that judges: a row for each trained supernet of each. Errors:
 * ERROR_MEMORY. */
int supernets_print(const struct rankings *rankings, size_t n, enum report_format format,
                    struct text *out, struct error *error);

#endif
