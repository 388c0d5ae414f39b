/* Collections: all traces below some folders, checked against each other and put in order. */
#ifndef NASBED_REPORTS_COLLECTION_H
#define NASBED_REPORTS_COLLECTION_H

#include "base/error.h"
#include "reports/trace.h"

#include <stddef.h>

/* The baseline that every method is held against. */
#define COLLECTION_BASELINE "random-search"

/* How traces are put together, from wide to narrow. A section is one (space, protocol, table,
 * numerics version); a block one budget, in one unit, in it; a group one method with one setting of its
 * options, and made of the same files if it is from outside. */
enum collection_level { COLLECTION_SECTION, COLLECTION_BLOCK, COLLECTION_GROUP };

/* Ordered by section, block and group (the baseline first, then by class as the survey has
 * them), then seed: each level is a run of neighbours. */
struct collection {
    struct trace *traces; /* [n] */
    size_t n;
    char **damages; /* [n_damages] a message for each trace left out because it is damaged */
    size_t n_damages;
    size_t merged; /* traces left out because an identical one is there */
};

/* Read every *.trace below `folders` [n] (n >= 1). The result depends on the files alone, not on
 * the order of folders. A damaged trace is named in `damages` and left out. Errors:
 * ERROR_MISSING if a folder is not there or no trace is found at all; ERROR_MISMATCH, naming
 * both hashes or both paths, if a section mixes two protocols, data sets or units, or if one
 * trial is there twice and differs. `collection` needs no collection_close after an error. */
int collection_open(struct collection *collection, const char *const *folders, size_t n,
                    struct error *error);
void collection_close(struct collection *collection);

/* Leave out trace `i` < n too, and say why in `damages`. Those behind it move up. Errors: ERROR_MEMORY, and
 * it stays. */
int collection_leave_out(struct collection *collection, size_t i, const char *why,
                         struct error *error);

/* The order of methods: the baseline first, then by class, name, options and origin. 0: one method with
 * one setting of its options, made of the same files. */
int collection_compare_methods(const struct trace_header *a, const struct trace_header *b);

/* One past the last trace of the section, block or group that begins at `start` < n. */
size_t collection_end(const struct collection *collection, size_t start,
                      enum collection_level level);

#endif
