/* Tables of small protocols on disk, with made-up results: nothing is trained. */
#ifndef NASBED_TESTS_SMOKE_TABLE_H
#define NASBED_TESTS_SMOKE_TABLE_H

#include "tables/table.h"
#include "tests/scratch.h"

/* Network n under seed s tests at 10.5 + (37 n + 11 s) mod 50 percent. */
static inline int smoke_row(void *context, uint32_t network, uint32_t seed, int worker,
                            struct table_record *record, double *cpu_seconds, struct error *error)
{
    (void)context;
    (void)worker;
    (void)error;
    float level = 10.0f + (float)((network * 37u + seed * 11u) % 50u);
    *record = (struct table_record){
        .network = network, .seed = seed, .test_loss = 1, .test_accuracy = level + 0.5f};
    for (int t = 0; t < 4; t++) {
        record->point[t].train_loss = record->point[t].valid_loss = 2.0f;
        record->point[t].train_accuracy = record->point[t].valid_accuracy = level + (float)t;
    }
    *cpu_seconds = 0.01;
    return 0;
}

/* One table of `seeds` seeds, of all networks or (rows > 0) of some; `ini`: a protocol file of four points. */
static inline int made_table(const char *ini, const char *name, const char *file, int seeds,
                             uint32_t rows)
{
    struct protocol protocol;
    struct isomorphs isomorphs;
    struct error error = {.text = ""};
    const struct space *space = space_find(name, &error);
    if (protocol_open(&protocol, ini, &error) ||
        isomorphs_init(&isomorphs, space, protocol_skeleton(&protocol, name, &error), &error))
        return -1;
    struct table_identity identity = {
        .numerics = 1, .points = 4, .count = isomorphs.count, .distinct = isomorphs.distinct};
    (void)snprintf(identity.protocol, sizeof identity.protocol, "%s", protocol.name);
    (void)snprintf(identity.space, sizeof identity.space, "%s", name);
    digest_print(protocol_hash(&protocol, name), identity.protocol_hash);
    digest_print(digest_bytes("data", 4), identity.dataset_digest);
    struct table_plan plan = {.space = space,
                              .protocol = &protocol,
                              .isomorphs = &isomorphs,
                              .identity = identity,
                              .seeds = seeds,
                              .shards = 1,
                              .threads = 1,
                              .quiet = true,
                              .train = smoke_row,
                              .path = scratch_path(file),
                              .rows = rows};
    int status = table_build(&plan, NULL, &error);
    protocol_close(&protocol);
    isomorphs_free(&isomorphs);
    return status;
}

static inline int smoke_table(const char *name, const char *file, int seeds, uint32_t rows)
{
    return made_table(NASBED_TEST_SOURCE "/protocols/smoke.ini", name, file, seeds, rows);
}

#endif
