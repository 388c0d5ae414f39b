/* A small world for the tests of tables: space `cell` under protocol `smoke` as if it had 40
 * networks, and a trainer that makes up its results from (network, seed). */
#ifndef NASBED_TESTS_TABLE_FIXTURE_H
#define NASBED_TESTS_TABLE_FIXTURE_H

#include "base/file.h"
#include "tables/parts.h"
#include "tables/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define WORLD_NETWORKS 40u
#define WORLD_COUNT    15625u

struct world {
    char folder[64], path[128]; /* a fresh folder; the table in it */
    struct protocol protocol;
    struct isomorphs isomorphs;
    struct table_plan plan;
    unsigned delay; /* microseconds a training takes */
    uint32_t fails; /* network whose training fails; UINT32_MAX: none */
    float shift;    /* added to every loss: another arithmetic */
};

/* What was said, one line after the other. */
static char world_said[4096];

static inline void world_say(const char *line)
{
    size_t used = strlen(world_said);
    (void)snprintf(world_said + used, sizeof world_said - used, "%s\n", line);
}

static inline void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

static inline void assert_said(const char *part)
{
    assert_contains(world_said, part);
}

/* Results that look like a training's; losses of some rows diverged. */
static inline void world_record(const struct world *world, uint32_t network, uint32_t seed,
                                struct table_record *record)
{
    *record = (struct table_record){.network = network, .seed = seed};
    float base = (float)((network * 37u + seed * 11u) % 50u);
    for (int t = 0; t < world->plan.identity.points; t++) {
        float step = (float)t;
        record->point[t].train_loss = 2.3f - 0.1f * step + world->shift;
        record->point[t].train_accuracy = base + 3.0f * step;
        record->point[t].valid_loss = network % 7 == 3 ? -(0.0f / 0.0f) : 2.2f - 0.1f * step;
        record->point[t].valid_accuracy = base + 3.3f * step;
    }
    record->test_loss = 1.5f + 0.001f * base;
    record->test_accuracy = base + 12.25f;
}

static inline int world_train(void *context, uint32_t network, uint32_t seed, int worker,
                              struct table_record *record, double *cpu_seconds, struct error *error)
{
    const struct world *world = context;
    (void)worker;
    if (world->delay)
        (void)usleep(world->delay);
    if (network == world->fails)
        return error_set(error, ERROR_IO, "the disk fell over");
    world_record(world, network, seed, record);
    *cpu_seconds = 0.25;
    return 0;
}

static inline void world_isomorphs(struct isomorphs *isomorphs)
{
    *isomorphs = (struct isomorphs){.count = WORLD_COUNT, .distinct = WORLD_NETWORKS};
    isomorphs->class_of = calloc(WORLD_COUNT, sizeof *isomorphs->class_of);
    isomorphs->macs = calloc(WORLD_COUNT, sizeof *isomorphs->macs);
    isomorphs->params = calloc(WORLD_COUNT, sizeof *isomorphs->params);
    isomorphs->representative = calloc(WORLD_NETWORKS, sizeof *isomorphs->representative);
    isomorphs->train_macs = calloc(WORLD_NETWORKS, sizeof *isomorphs->train_macs);
    for (uint32_t i = 0; i < WORLD_COUNT; i++) {
        isomorphs->class_of[i] = i % WORLD_NETWORKS;
        isomorphs->macs[i] = 1000000u + i;
        isomorphs->params[i] = 5000u + 3u * i;
    }
    for (uint32_t c = 0; c < WORLD_NETWORKS; c++) {
        isomorphs->representative[c] = c;
        isomorphs->train_macs[c] = 900000u + c;
    }
}

static inline void world_open(struct world *world)
{
    struct error error = {0};
    *world = (struct world){.fails = UINT32_MAX};
    (void)snprintf(world->folder, sizeof world->folder, "/tmp/nasbed-table-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    (void)snprintf(world->path, sizeof world->path, "%s/x.h5", world->folder);
    if (protocol_open(&world->protocol, NASBED_TEST_SOURCE "/protocols/smoke.ini", &error))
        fail_msg("%s", error.text);
    world_isomorphs(&world->isomorphs);
    struct table_identity identity = {.space = "cell",
                                      .protocol = "smoke",
                                      .numerics = 1,
                                      .points = world->protocol.training.points,
                                      .count = WORLD_COUNT,
                                      .distinct = WORLD_NETWORKS};
    digest_print(protocol_hash(&world->protocol, "cell"), identity.protocol_hash);
    digest_print(digest_bytes("data", 4), identity.dataset_digest);
    world->plan = (struct table_plan){.space = space_find("cell", &error),
                                      .protocol = &world->protocol,
                                      .isomorphs = &world->isomorphs,
                                      .identity = identity,
                                      .path = world->path,
                                      .seeds = 2,
                                      .shards = 1,
                                      .threads = 2,
                                      .quiet = true,
                                      .train = world_train,
                                      .context = world};
    world_said[0] = '\0';
}

static inline void world_close(struct world *world)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", world->folder);
    assert_int_equal(system(command), 0);
    protocol_close(&world->protocol);
    isomorphs_free(&world->isomorphs);
}

static inline void world_build(struct world *world)
{
    struct error error = {0};
    if (table_build(&world->plan, world_say, &error))
        fail_msg("%s", error.text);
}

/* The bytes of a file; the caller frees. */
static inline char *world_bytes(const char *path, size_t *size)
{
    struct error error = {0};
    char *data = NULL;
    if (file_read(path, &data, size, &error))
        fail_msg("%s", error.text);
    return data;
}

/* Not file_write, which waits for the disk: tests of damage write thousands of files. */
static inline void world_write(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void assert_same_file(const char *a, const char *b)
{
    size_t n, m;
    char *left = world_bytes(a, &n), *right = world_bytes(b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(left, right, n);
    free(left);
    free(right);
}

#endif
