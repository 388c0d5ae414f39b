/* The truth of a section: what a complete table says of every architecture. It judges; no method
 * sees it. */
#ifndef NASBED_REPORTS_TRUTH_H
#define NASBED_REPORTS_TRUTH_H

#include "base/error.h"
#include "reports/trace.h"
#include "tables/table.h"

#include <stdint.h>

/* Why `table` (may be NULL) is no truth for traces with this header, into reason[size] as the
 * end of a sentence ("no table was given"); returns 0 and leaves `reason` empty if it is: the
 * digest is theirs and every network is there. */
int truth_refuse(const struct table *table, const struct trace_header *header, char *reason,
                 size_t size);

/* Mean test accuracy in percent of `network` over the table seeds `seeds` [n]. */
double truth_accuracy(const struct table *table, uint32_t network, const int *seeds, int n);

/* The best such mean of any network. */
double truth_best(const struct table *table, const int *seeds, int n);

/* What a trial on table seed `seed` is worth that ends with `network`: its mean over the other
 * seeds, or with one seed over that; and the best of it. */
double truth_result(const struct table *table, uint32_t network, int seed);
double truth_best_result(const struct table *table, int seed);

/* The average architecture (Yang, Esperanca, Carlucci, ICLR 2020): mean and standard deviation, over
 * all strings of the space, of the test accuracy in percent, itself the mean over all seeds. */
void truth_average(const struct table *table, double *mean, double *deviation);

/* Check a finished trial against the table: its network and seeds are there, its index is of that
 * network, its test accuracy is the table's. Errors: ERROR_MISMATCH with the trace's path. */
int truth_check(const struct table *table, const struct trace *trace, struct error *error);

#endif
