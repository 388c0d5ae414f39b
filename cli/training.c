#include "cli/training.h"

#include "base/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int describe(struct training_site *site, const char *space, const char *protocol,
                    struct error *error)
{
    site->space = space_find(space, error);
    if (!site->space)
        return error->code;
    int status = protocol_open(&site->protocol, protocol, error);
    if (status)
        return status;
    const struct skeleton *skeleton = protocol_skeleton(&site->protocol, space, error);
    if (!skeleton)
        return error->code;
    site->skeleton = *skeleton;
    status = isomorphs_init(&site->isomorphs, site->space, skeleton, error);
    if (status)
        return status;
    struct table_identity *identity = &site->identity;
    (void)snprintf(identity->space, sizeof identity->space, "%s", space);
    (void)snprintf(identity->protocol, sizeof identity->protocol, "%s", site->protocol.name);
    digest_print(protocol_hash(&site->protocol, space), identity->protocol_hash);
    identity->numerics = NUMERICS_VERSION;
    identity->points = site->protocol.training.points;
    identity->count = site->isomorphs.count;
    identity->distinct = site->isomorphs.distinct;
    return 0;
}

int training_describe(struct training_site *site, const char *space, const char *protocol,
                      struct error *error)
{
    *site = (struct training_site){0};
    int status = describe(site, space, protocol, error);
    if (status)
        training_close(site);
    return status;
}

static void *copy(const void *values, size_t n, size_t size)
{
    void *made = malloc(n * size);
    if (made)
        memcpy(made, values, n * size);
    return made;
}

/* The networks of a table, without the digests of their graphs, which it does not have. */
static int copy_isomorphs(struct isomorphs *isomorphs, const struct table *table,
                          struct error *error)
{
    size_t count = table->identity.count, distinct = table->identity.distinct;
    *isomorphs = (struct isomorphs){
        .count = (uint32_t)count,
        .distinct = (uint32_t)distinct,
        .class_of = copy(table->class_of, count, sizeof *table->class_of),
        .representative = copy(table->representative, distinct, sizeof *table->representative),
        .macs = copy(table->macs, count, sizeof *table->macs),
        .params = copy(table->params, count, sizeof *table->params),
        .train_macs = copy(table->train_macs, distinct, sizeof *table->train_macs)};
    if (isomorphs->class_of && isomorphs->representative && isomorphs->macs && isomorphs->params &&
        isomorphs->train_macs)
        return 0;
    return error_set(error, ERROR_MEMORY, "out of memory for %zu architectures", count);
}

int training_describe_table(struct training_site *site, const struct table *table,
                            struct error *error)
{
    *site = (struct training_site){.space = table->space, .identity = table->identity};
    int status =
        protocol_read(&site->protocol, table->identity.protocol, table->protocol_text, error);
    if (status)
        return error_context(error, "table %s: its protocol", table->path);
    const struct skeleton *skeleton =
        protocol_skeleton(&site->protocol, table->identity.space, error);
    status = skeleton ? copy_isomorphs(&site->isomorphs, table, error) : (int)error->code;
    if (status)
        training_close(site);
    else
        site->skeleton = *skeleton;
    return status;
}

static int open_workspaces(struct training_site *site, int threads, struct error *error)
{
    int workers = pool_threads(threads);
    site->workspace = calloc((size_t)workers, sizeof(struct workspace *));
    for (; site->workspace && site->workers < workers; site->workers++) {
        site->workspace[site->workers] = workspace_open();
        if (!site->workspace[site->workers])
            break;
    }
    return site->workers == workers
               ? 0
               : error_set(error, ERROR_MEMORY, "out of memory for %d workers", workers);
}

int training_equip(struct training_site *site, int threads, struct error *error)
{
    int status = dataset_open(&site->dataset, site->protocol.training.dataset, NULL, error);
    if (!status) {
        digest_print(site->dataset.digest, site->identity.dataset_digest);
        status = trainer_open(&site->trainer, &site->protocol, &site->dataset, error);
    }
    if (!status)
        status = open_workspaces(site, threads, error);
    if (status)
        training_close(site);
    return status;
}

int training_open(struct training_site *site, const char *space, const char *protocol, int threads,
                  struct error *error)
{
    int status = training_describe(site, space, protocol, error);
    return status ? status : training_equip(site, threads, error);
}

void training_close(struct training_site *site)
{
    for (int i = 0; i < site->workers; i++)
        workspace_close(site->workspace[i]);
    free(site->workspace);
    if (site->trainer)
        trainer_close(site->trainer);
    dataset_close(&site->dataset);
    isomorphs_free(&site->isomorphs);
    protocol_close(&site->protocol);
    *site = (struct training_site){0};
}

static void copy_result(const struct training_result *result, struct table_record *record)
{
    for (int t = 0; t < result->points; t++) {
        record->point[t].train_loss = result->point[t].train_loss;
        record->point[t].train_accuracy = result->point[t].train_accuracy;
        record->point[t].valid_loss = result->point[t].valid_loss;
        record->point[t].valid_accuracy = result->point[t].valid_accuracy;
    }
    record->test_loss = result->test_loss;
    record->test_accuracy = result->test_accuracy;
}

int training_to(void *context, uint32_t network, uint32_t seed, int last, int worker,
                struct table_record *record, double *cpu_seconds, struct error *error)
{
    const struct training_site *site = context;
    struct graph graph = {0};
    struct training_result result;
    int status =
        isomorphs_graph(&site->isomorphs, site->space, &site->skeleton, network, &graph, error);
    if (!status)
        status = trainer_train(site->trainer, &graph, seed, last, last == site->identity.points,
                               site->workspace[worker], NULL, NULL, &result, error);
    if (!status) {
        copy_result(&result, record);
        *cpu_seconds = result.seconds;
    }
    graph_free(&graph);
    return status;
}

int training_row(void *context, uint32_t network, uint32_t seed, int worker,
                 struct table_record *record, double *cpu_seconds, struct error *error)
{
    const struct training_site *site = context;
    return training_to(context, network, seed, site->identity.points, worker, record, cpu_seconds,
                       error);
}
