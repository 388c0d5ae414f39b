/* Worklists: what a plan asks for, checked before any work, and its rows in their order. */
#ifndef NASBED_TABLES_WORKLIST_H
#define NASBED_TABLES_WORKLIST_H

#include "base/error.h"
#include "tables/table.h"

/* 0 if the plan can be carried out and its parts belong together, else ERROR_ARGUMENT with the
 * reason. */
int worklist_check(const struct table_plan *plan, struct error *error);

/* One training. */
struct worklist_row {
    uint32_t network, seed;
};

/* The rows of this plan's shard, malloc'ed into *rows, *n of them. Row i of the whole plan belongs
 * to shard i % shards; rows are ordered by seed, then as the networks were drawn (all networks: by
 * number), so that a smaller sample is the beginning of a larger one. ERROR_MEMORY. */
int worklist_rows(const struct table_plan *plan, struct worklist_row **rows, uint64_t *n,
                  struct error *error);

#endif
