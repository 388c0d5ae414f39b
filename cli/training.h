/* Training for commands: a protocol, a space and its networks, the data and the trainer in one
 * place, and the callback by which tables are built. */
#ifndef NASBED_CLI_TRAINING_H
#define NASBED_CLI_TRAINING_H

#include "base/error.h"
#include "evaluator/dataset.h"
#include "evaluator/trainer.h"
#include "protocols/protocol.h"
#include "spaces/space.h"
#include "tables/table.h"

struct training_site {
    const struct space *space;
    struct protocol protocol;
    struct skeleton skeleton;
    struct isomorphs isomorphs;
    struct table_identity identity; /* dataset_digest empty until the data are there */
    struct dataset dataset;
    struct trainer *trainer;
    int workers;
    struct workspace **workspace; /* [workers] */
};

/* Everything but data and trainer: enough to merge tables and to name networks. */
int training_describe(struct training_site *site, const char *space, const char *protocol,
                      struct error *error);

/* The same of an imported table: its space, the protocol that it carries, its networks and its
 * identity. Nothing can be trained by it: it is never equipped. */
int training_describe_table(struct training_site *site, const struct table *table,
                            struct error *error);

/* Data and trainer for a site that was described, for `threads` workers (0: all cores). After an
 * error the site is closed. */
int training_equip(struct training_site *site, int threads, struct error *error);

/* Everything: described and equipped. */
int training_open(struct training_site *site, const char *space, const char *protocol, int threads,
                  struct error *error);

/* Of a site that was described or opened, or whose opening failed. */
void training_close(struct training_site *site);

/* Train (network, seed) to point `last` of the full schedule; at the last of all also test it. What
 * was not reached stays as it is in `record`. Fits the `train` of methods/trial/bank.h; `context`
 * is the open site. */
int training_to(void *context, uint32_t network, uint32_t seed, int last, int worker,
                struct table_record *record, double *cpu_seconds, struct error *error);

/* A table_train: train (network, seed) to the last point and test it. `context` is the open
 * site. */
int training_row(void *context, uint32_t network, uint32_t seed, int worker,
                 struct table_record *record, double *cpu_seconds, struct error *error);

#endif
