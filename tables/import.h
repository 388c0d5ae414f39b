/* Importing: tables of results that were measured elsewhere, from the files in which they are
 * published. What a source lacks, its table lacks; what it says twice, differently or not at all,
 * is an error that names the line. */
#ifndef NASBED_TABLES_IMPORT_H
#define NASBED_TABLES_IMPORT_H

#include "base/error.h"
#include "protocols/protocol.h"
#include "spaces/space.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How isomorphs are read. EACH: every architecture is a network of its own, with the results that
 * were published under its name. CLASSES: architectures that are one network after simplification
 * share one row, the mean over those of them that the source has. */
enum import_reading { IMPORT_EACH, IMPORT_CLASSES };

struct import_plan {
    const struct space *space;
    /* How the source trained its networks, as far as a protocol file can say it: skeleton (the
     * source's params and macs must be those of the space under it), points, and with that every
     * charge. */
    const struct protocol *protocol;
    /* Of the table's protocol; what a report has to say is appended: "-searched-on-test", and the
     * reading, "-each" or "-classes". */
    const char *name;
    enum import_reading reading;
    const char *licence; /* of the source, at most 63 bytes */
    /* Of a CSV file: "architecture=arch,valid_accuracy=acc,...": fields of a table and the columns
     * that hold them; "field=column?" where the source may lack the column. */
    const char *columns;
    int seeds;    /* most seeds that the source may have */
    bool partial; /* architectures may be missing */
    /* The source has test accuracies alone; that of the trial's own seed is what a search shall
     * see as validation accuracy, as published comparisons on such benchmarks do. */
    bool search_on_test;
    bool tests_apart; /* as in struct table */
};

/* What was found. */
struct import_summary {
    uint64_t lines;         /* of the file (CSV), or its entries (JSON) */
    uint32_t architectures; /* that have results */
    uint32_t networks;
    int seeds;
    char digest[33], source_digest[33];
};

struct harvest;

/* Read rows from a stream of comma-separated values; from a JSON text of NAS-Bench-Macro,
 * {"02012100": {"test_acc": [.., .., ..], "params": .., "flops": ..}, ...}. Errors: ERROR_FORMAT
 * and ERROR_MISMATCH with line or entry, ERROR_ARGUMENT (columns), ERROR_IO, ERROR_MEMORY. */
int import_read_csv(struct harvest *harvest, FILE *stream, struct error *error);
int import_read_macro(struct harvest *harvest, const char *text, size_t size, struct error *error);

/* The whole: read the file at `path` by one of these, and write the table `out`, under a temporary
 * name first. Errors: those of reading, with the path; ERROR_STATE if `out` is there already. */
int import_csv(const struct import_plan *plan, const char *path, const char *out,
               struct import_summary *summary, struct error *error);
int import_macro(const struct import_plan *plan, const char *path, const char *out,
                 struct import_summary *summary, struct error *error);

#endif
