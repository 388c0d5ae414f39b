/* The harvest of an import: rows by architecture, seed and point as they are read from a source,
 * checked as they come, and the table that they make in the end. */
#ifndef NASBED_TABLES_HARVEST_H
#define NASBED_TABLES_HARVEST_H

#include "base/error.h"
#include "tables/import.h"
#include "tables/schema.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stdint.h>

struct harvest {
    const struct import_plan *plan;
    const struct skeleton *skeleton;
    struct table
        table; /* every architecture a network; columns of results as harvest_column made them */
    uint64_t *line; /* [seeds][count][points] that a row came from; 0: none yet */
    uint64_t lines; /* read */
};

/* An empty harvest for `plan`, which must outlive it. Errors: ERROR_MISSING (no skeleton of the
 * space in the protocol), ERROR_ARGUMENT (seeds), ERROR_MEMORY; nothing is held then. */
int harvest_init(struct harvest *harvest, const struct import_plan *plan, struct error *error);
void harvest_free(struct harvest *harvest);

/* Say that the source has `column`, one of the schema's columns of results. ERROR_MEMORY. */
int harvest_column(struct harvest *harvest, const struct schema_column *column,
                   struct error *error);

/* Claim row (architecture, seed, point 1 .. T) for `line`. ERROR_FORMAT if there is no such row or
 * an earlier line has it. */
int harvest_claim(struct harvest *harvest, const struct architecture *architecture, int seed,
                  int point, uint64_t line, struct error *error);

/* Put a value into a claimed row; of columns without points the point does not matter.
 * ERROR_FORMAT if it is no percentage, no loss, no time. */
int harvest_put(struct harvest *harvest, const struct schema_column *column,
                const struct architecture *architecture, int seed, int point, double value,
                struct error *error);

/* Compare what the source says of an architecture's cost with what the space counts under the
 * protocol's skeleton. ERROR_MISMATCH. */
int harvest_check_params(const struct harvest *harvest, const struct architecture *architecture,
                         uint64_t params, struct error *error);
int harvest_check_macs(const struct harvest *harvest, const struct architecture *architecture,
                       uint64_t macs, struct error *error);

/* All is read: check that no row is cut and none missing, and make the table of the plan's reading,
 * identity, costs and digest included; `source_digest` becomes its protocol hash. `table` is
 * closed by the caller (table_close). Errors: ERROR_FORMAT naming what is missing, ERROR_MEMORY. */
int harvest_table(struct harvest *harvest, const char *source_digest, struct table *table,
                  struct error *error);

#endif
