/* HTML: text made safe for a page, and drawings put into it. */
#ifndef NASBED_REPORTS_HTML_H
#define NASBED_REPORTS_HTML_H

#include "base/text.h"

#include <stddef.h>

/* Append `length` bytes of `said`: its special characters escaped, +- as one sign, control
 * characters left out. */
void html_append(struct text *out, const char *said, size_t length);

/* Append the drawing `svg`, as gnuplot writes it, as an element of a page: what stands before its
 * root and the titles of its parts are left out, its names (id) begin with `prefix`, so that they
 * are unique in the page, and `label` says to those who cannot see it what it is. Appends nothing if
 * there is no <svg in it. */
void html_append_svg(struct text *out, const char *svg, const char *prefix, const char *label);

#endif
