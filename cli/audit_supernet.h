/* The audit of a method's own supernets: train, score every architecture, keep the scores. */
#ifndef NASBED_CLI_AUDIT_SUPERNET_H
#define NASBED_CLI_AUDIT_SUPERNET_H

#include "base/error.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct audit_supernet {
    const char *space, *method, *protocol, *assignments, *folder;
    double budget;
    int seeds, images, recalibrate, threads;
    uint64_t first_seed;
    bool untrained, quiet;
    FILE *stream;                       /* for what was done */
    const char *table;                  /* path of the table that will judge, if one will */
    const struct table_identity *truth; /* of the table that will judge; NULL: none will */
};

/* Told of the score files of all seeds, in their order. */
typedef int audit_supernet_report(void *context, const char *const *paths, size_t n,
                                  struct error *error);

/* Train and score, and write FOLDER/SPACE/METHOD/bBUDGET/sSEED.csv for each seed (METHOD-untrained for
 * the control). Then call `report` with these files' paths. What was done
 * and what it cost is printed on `stream` first. Errors: those of selection, training and
 * audit_run; ERROR_ARGUMENT for a method that shares no weights; ERROR_MISMATCH where the truth is of
 * another space, protocol, data set or arithmetic; what `report` returns. */
int audit_supernet(const struct audit_supernet *audit, audit_supernet_report *report, void *context,
                   struct error *error);

#endif
