#include "tables/worklist.h"

#include "base/random.h"
#include "tables/identity.h"
#include "tables/schema.h"

#include <stdlib.h>
#include <string.h>

static int check_identity(const struct table_plan *plan, struct error *error)
{
    const struct table_identity *identity = &plan->identity;
    int status = identity_valid(identity, error);
    if (status)
        return status;
    if (strcmp(identity->space, plan->space->name) != 0 ||
        identity->count != plan->isomorphs->count ||
        identity->distinct != plan->isomorphs->distinct)
        return error_set(error, ERROR_ARGUMENT,
                         "identity: space \"%s\" of %u architectures, %u networks; the plan's is "
                         "\"%s\" of %u, %u",
                         identity->space, (unsigned)identity->count, (unsigned)identity->distinct,
                         plan->space->name, (unsigned)plan->isomorphs->count,
                         (unsigned)plan->isomorphs->distinct);
    return 0;
}

int worklist_check(const struct table_plan *plan, struct error *error)
{
    size_t length = strlen(plan->path);
    if (length < 4 || strcmp(plan->path + length - 3, ".h5") != 0)
        return error_set(error, ERROR_ARGUMENT, "%s: the name of a table ends in .h5", plan->path);
    if (plan->seeds < 1 || plan->seeds > SCHEMA_SEEDS)
        return error_set(error, ERROR_ARGUMENT, "%d seeds: expected 1 to %d", plan->seeds,
                         SCHEMA_SEEDS);
    if (plan->shards < 1 || plan->shard < 0 || plan->shard >= plan->shards)
        return error_set(error, ERROR_ARGUMENT,
                         "shard %d of %d: shards are numbered 0/n to (n-1)/n", plan->shard,
                         plan->shards);
    if (plan->rows > plan->isomorphs->distinct)
        return error_set(error, ERROR_ARGUMENT, "a sample of %u networks: there are %u",
                         (unsigned)plan->rows, (unsigned)plan->isomorphs->distinct);
    return check_identity(plan, error);
}

int worklist_rows(const struct table_plan *plan, struct worklist_row **rows, uint64_t *n,
                  struct error *error)
{
    uint32_t distinct = plan->isomorphs->distinct, networks = plan->rows ? plan->rows : distinct;
    uint64_t all = (uint64_t)networks * (uint64_t)plan->seeds;
    uint32_t *order = malloc(distinct * sizeof *order);
    struct worklist_row *row = malloc(all * sizeof *row);
    if (!order || !row) {
        free(order);
        free(row);
        return error_set(error, ERROR_MEMORY, "plan: out of memory (%llu rows)",
                         (unsigned long long)all);
    }
    struct random_stream stream = random_stream(plan->sample_seed, RANDOM_SAMPLE, 0, 0);
    random_permutation(&stream, distinct, order);
    *n = 0;
    for (uint64_t i = (uint64_t)plan->shard; i < all; i += (uint64_t)plan->shards) {
        uint32_t place = (uint32_t)(i % networks);
        row[(*n)++] = (struct worklist_row){.network = plan->rows ? order[place] : place,
                                            .seed = (uint32_t)(i / networks)};
    }
    free(order);
    *rows = row;
    return 0;
}
