#include "cli/stage.h"

#include "tables/identity.h"
#include "tables/record.h"
#include "tables/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int stage_place(struct stage_place *place, const char *table, const char *space,
                const char *protocol, struct error *error)
{
    struct table_identity identity = {.space = "cell", .protocol = "cifar10-mini"};
    if (table[0] && seal_peek(table, &identity, error))
        return error->code;
    place->imported = table[0] && identity.numerics == 0;
    (void)snprintf(place->space, sizeof place->space, "%s", space[0] ? space : identity.space);
    (void)snprintf(place->protocol, sizeof place->protocol, "%s",
                   protocol[0] ? protocol : identity.protocol);
    return 0;
}

/* Rows ----------------------------------------------------------------------------------------- */

/* Row (network, seed) of the table; `context` is the table. */
static bool read_row(void *context, uint32_t network, uint32_t seed, struct table_record *record)
{
    const struct table *table = context;
    if (seed >= (uint32_t)table->seeds || !table_has(table, network, seed))
        return false;
    record_from_table(table, network, seed, record);
    return true;
}

/* --table, else the released one, else none. */
static int open_table(struct stage *stage, struct error *error)
{
    const struct stage_plan *set = &stage->plan;
    char *released = set->table[0] ? NULL : table_released(set->space, set->protocol);
    const char *path = set->table[0] ? set->table : released;
    int status = path ? table_open(&stage->table, path, error) : 0;
    stage->has_table = path && !status;
    free(released);
    return status;
}

/* Whether a method of this run trains what no table has: networks of its own, or a supernet. */
static bool has_networks(const struct stage *stage)
{
    for (int i = 0; i < stage->plan.selection->n; i++)
        if (selection_trains(stage->plan.selection->settings[i].method))
            return true;
    return false;
}

/* Nothing can be trained on an imported table: says which methods would have to, and what to do. */
static int refuse_networks(const struct stage *stage, struct error *error)
{
    struct text names = {0};
    const struct selection *selection = stage->plan.selection;
    for (int i = 0; i < selection->n; i++)
        if (selection_trains(selection->settings[i].method))
            text_append(&names, "%s%s", names.size ? ", " : "",
                        selection->settings[i].method->name);
    int status = error_set(error, ERROR_ARGUMENT,
                           "table %s: is imported: nothing is trained under its protocol here, and "
                           "what these train is in no table: %s: choose other methods, or "
                           "leave --table out",
                           stage->table.path, names.data ? names.data : "");
    text_free(&names);
    return status;
}

/* What was measured elsewhere is searched as it is, under the protocol that it came with. */
static int open_imported(struct stage *stage, struct error *error)
{
    const struct table *table = &stage->table;
    if (strcmp(table->identity.space, stage->plan.space) != 0)
        return error_set(error, ERROR_MISMATCH, "table %s: is of space %s, not %s (--space)",
                         table->path, table->identity.space, stage->plan.space);
    if (strcmp(table->identity.protocol, stage->plan.protocol) != 0)
        return error_set(error, ERROR_MISMATCH,
                         "table %s: is imported and has a protocol of its own, %s, not %s: "
                         "leave --protocol out",
                         table->path, table->identity.protocol, stage->plan.protocol);
    if (!table->valid_accuracy)
        return error_set(error, ERROR_MISSING,
                         "table %s: has no validation accuracy, which every method searches by",
                         table->path);
    if (!table->test_accuracy)
        return error_set(error, ERROR_MISSING,
                         "table %s: has no test accuracy, which every trial ends with",
                         table->path);
    if (has_networks(stage))
        return refuse_networks(stage, error);
    return training_describe_table(&stage->site, table, error);
}

/* Data and trainer are opened only if something may have to be trained. */
static int open_site(struct stage *stage, struct error *error)
{
    if (stage->has_table && table_imported(&stage->table))
        return open_imported(stage, error);
    const struct stage_plan *set = &stage->plan;
    struct table_identity *identity = &stage->site.identity;
    bool complete = stage->has_table && table_complete(&stage->table) && !has_networks(stage);
    int status = complete
                     ? training_describe(&stage->site, set->space, set->protocol, error)
                     : training_open(&stage->site, set->space, set->protocol, set->threads, error);
    if (status || !stage->has_table)
        return status;
    if (complete) { /* nothing is trained: the table's own data and arithmetic hold */
        memcpy(identity->dataset_digest, stage->table.identity.dataset_digest,
               sizeof identity->dataset_digest);
        identity->numerics = stage->table.identity.numerics;
    }
    if (identity_check(&stage->table.identity, identity, error))
        return error_context(error, "table %s", stage->table.path);
    return 0;
}

static int open_bank(struct stage *stage, struct error *error)
{
    stage->source = (struct source){.read_context = &stage->table,
                                    .read = stage->has_table ? read_row : NULL,
                                    .train_context = &stage->site,
                                    .train = stage->site.trainer ? training_to : NULL};
    stage->contest = (struct contest){
        .space = stage->site.space,
        .training = &stage->site.protocol.training,
        .isomorphs = &stage->site.isomorphs,
        .identity = stage->site.identity,
        .seeds = stage->has_table ? stage->table.seeds : stage->site.protocol.training.seeds};
    if (stage->site.trainer) {
        stage->live = (struct live_site){.trainer = stage->site.trainer,
                                         .skeleton = &stage->site.skeleton,
                                         .workspace = stage->site.workspace};
        stage->contest.live = &stage->live;
    }
    if (stage->has_table) {
        memcpy(stage->contest.table, stage->table.digest, sizeof stage->contest.table);
        stage->contest.tests_apart = stage->table.tests_apart;
    }
    int status = bank_open(&stage->bank, &stage->source, &stage->contest.identity,
                           stage->contest.seeds, error);
    if (!status && stage->plan.keep[0])
        status = bank_keep(stage->bank, stage->plan.keep, stage->plan.say, error);
    stage->contest.bank = stage->bank;
    return status;
}

/* Its life ------------------------------------------------------------------------------------- */

int stage_open(struct stage *stage, const struct stage_plan *plan, struct error *error)
{
    int status;
    *stage = (struct stage){.plan = *plan};
    if (!space_find(plan->space, error))
        return error->code;
    if ((status = open_table(stage, error)) || (status = open_site(stage, error)))
        return status;
    return open_bank(stage, error);
}

void stage_close(struct stage *stage)
{
    bank_close(stage->bank);
    training_close(&stage->site);
    if (stage->has_table)
        table_close(&stage->table);
}
