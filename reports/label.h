/* Labels: what a method is called in tables and plots. For display alone: what belongs together is found
 * by collection_compare_methods. */
#ifndef NASBED_REPORTS_LABEL_H
#define NASBED_REPORTS_LABEL_H

#include "base/text.h"
#include "reports/trace.h"

#include <stddef.h>

/* Append the name, with the options that are off their default or not the same in all `others` [n] of
 * that method, and where its files differ from theirs the first digits of their digest:
 * "regularized-evolution* sample=2", "mine (912679c1)". `others` may hold `header`. */
void label_append(struct text *out, const struct trace_header *header,
                  const struct trace_header *const *others, size_t n);

#endif
