/* The bank of rows: what training gave, read from a table or else trained now and kept for all
 * trials of a command. Trials share its values, never its charges: those are each trial's own
 * account. */
#ifndef NASBED_METHODS_TRIAL_BANK_H
#define NASBED_METHODS_TRIAL_BANK_H

#include "base/error.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stdint.h>

/* Where rows come from. Both functions are called from many threads at once. */
struct source {
    /* The row that the table has; false if it has none. NULL: there is no table. */
    void *read_context;
    bool (*read)(void *context, uint32_t network, uint32_t seed, struct table_record *record);
    /* Train to point `last` (1 .. T) of the full schedule; at T the test set is evaluated too.
     * `worker` as in base/pool.h. What was not reached stays as it is. NULL: nothing can be
     * trained. */
    void *train_context;
    int (*train)(void *context, uint32_t network, uint32_t seed, int last, int worker,
                 struct table_record *record, double *cpu_seconds, struct error *error);
};

struct bank;

/* A bank for the networks and points of `identity` and seeds 0 .. seeds-1. Both arguments must
 * outlive it. Errors: ERROR_MEMORY. */
int bank_open(struct bank **bank, const struct source *source,
              const struct table_identity *identity, int seeds, struct error *error);

/* Take over the rows in the log at `path` and append every row that is trained to T from now on
 * (the log of tables/log.h: `nasbed table merge` reads it). Errors: those of log_open. */
int bank_keep(struct bank *bank, const char *path, void (*say)(const char *line),
              struct error *error);

void bank_close(struct bank *bank);

/* The row as the table has it; never trains. */
bool bank_read(const struct bank *bank, uint32_t network, uint32_t seed,
               struct table_record *record);

/* A row that reaches `point`, trained here if need be (to no later point, so that nothing is spent
 * that nobody asked for). *live: it is not of the table. *seconds: CPU seconds of training this row
 * once, whoever asked first; 0 from a table or a log. May wait for another thread that trains the
 * same row. Errors: those of the training and of the log; ERROR_MISSING if nothing can be trained.
 */
int bank_row(struct bank *bank, uint32_t network, uint32_t seed, int point,
             struct table_record *record, bool *live, double *seconds, struct error *error);

#endif
