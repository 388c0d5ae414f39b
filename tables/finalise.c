/* Finalising: the rows of all sources, in index order, as one table. */
#include "tables/table.h"

#include "base/text.h"
#include "tables/check.h"
#include "tables/record.h"
#include "tables/schema.h"
#include "tables/sources.h"
#include "tables/worklist.h"
#include "tables/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gather {
    struct sources *sources;
    struct table table;
    uint32_t seeds;    /* highest seed met, plus one */
    uint64_t rows;     /* different ones */
    const char **from; /* [seeds][distinct] the source a row came from, NULL: none yet */
};

static int count_record(void *context, const struct table_record *record, struct error *error)
{
    struct gather *gather = context;
    (void)error;
    if (record->seed >= gather->seeds)
        gather->seeds = record->seed + 1;
    return 0;
}

static int place_record(void *context, const struct table_record *record, struct error *error)
{
    struct gather *gather = context;
    struct table *table = &gather->table;
    if (record->seed >= gather->seeds)
        return 0; /* appended by another process since the rows were counted */
    size_t row = (size_t)record->seed * table->identity.distinct + record->network;
    if (!gather->from[row]) {
        record_into_table(record, table);
        gather->from[row] = gather->sources->current;
        gather->rows++;
        return 0;
    }
    struct table_record before;
    record_from_table(table, record->network, record->seed, &before);
    if (record_equal(&before, record, table->identity.points))
        return 0;
    return error_set(error, ERROR_MISMATCH,
                     "network %u, seed %u: differs from the same row in %s: one of them was not "
                     "made by this arithmetic",
                     (unsigned)record->network, (unsigned)record->seed, gather->from[row]);
}

static void copy_column(struct table *table, const char *name, const void *values)
{
    for (const struct schema_column *column = schema_columns; column->name; column++)
        if (strcmp(column->name, name) == 0)
            memcpy(schema_data(table, column, 0), values,
                   schema_values(table, column) * schema_bytes(column->type));
}

/* The table but for its rows. */
static int begin_table(struct gather *gather, const struct table_plan *plan, struct error *error)
{
    struct table *table = &gather->table;
    struct text text = {0};
    table->identity = plan->identity;
    table->seeds = (int)gather->seeds;
    table->space = plan->space;
    (void)snprintf(table->program, sizeof table->program, "nasbed %s", NASBED_VERSION);
    (void)snprintf(table->compiler, sizeof table->compiler, "%s", SCHEMA_COMPILER);
    (void)snprintf(table->licence, sizeof table->licence, "%s", SCHEMA_LICENCE);
    protocol_normal(plan->protocol, plan->space->name, &text);
    if (text.failed || !text.data) {
        text_free(&text);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    table->protocol_text = text.data;
    for (const struct schema_column *column = schema_columns; column->name; column++) {
        int status = schema_built(column) ? schema_make(table, column, error) : 0;
        if (status)
            return status;
    }
    copy_column(table, "class_of", plan->isomorphs->class_of);
    copy_column(table, "macs", plan->isomorphs->macs);
    copy_column(table, "params", plan->isomorphs->params);
    copy_column(table, "representative", plan->isomorphs->representative);
    copy_column(table, "train_macs", plan->isomorphs->train_macs);
    return 0;
}

/* Two readings of the sources: how many seeds there are, then the rows. */
static int gather_rows(struct gather *gather, const struct table_plan *plan,
                       void (*say)(const char *line), struct error *error)
{
    int status = sources_visit(gather->sources, count_record, gather, say, error);
    if (status)
        return status;
    if (gather->seeds == 0)
        return error_set(error, ERROR_MISSING, "%s: there are no rows to write: no log has one",
                         plan->path);
    status = begin_table(gather, plan, error);
    if (status)
        return status;
    gather->from = calloc((size_t)gather->seeds * plan->identity.distinct, sizeof *gather->from);
    if (!gather->from)
        return error_set(error, ERROR_MEMORY, "out of memory");
    return sources_visit(gather->sources, place_record, gather, NULL, error);
}

static void say_written(const struct gather *gather, const struct table_plan *plan,
                        void (*say)(const char *line))
{
    struct text line = {0};
    if (!say || plan->quiet)
        return;
    text_append(&line, "%s: %llu rows (%u networks, seeds 0 to %u)%s, digest %s", plan->path,
                (unsigned long long)gather->rows, (unsigned)plan->identity.distinct,
                (unsigned)gather->seeds - 1,
                table_complete(&gather->table) ? ", complete" : ", not all of them",
                gather->table.digest);
    if (!line.failed)
        say(line.data);
    text_free(&line);
}

int table_merge(const struct table_plan *plan, const char *const *folders, int n,
                void (*say)(const char *line), struct error *error)
{
    struct sources sources;
    struct gather gather = {.sources = &sources};
    int status = worklist_check(plan, error);
    if (status)
        return status;
    status = sources_open(&sources, &plan->identity, plan->path, folders, n, say, error);
    if (status)
        return status;
    status = gather_rows(&gather, plan, say, error);
    if (status)
        goto out;
    schema_digest(&gather.table, gather.table.digest);
    status = check_table(&gather.table, error);
    if (!status)
        status = writer_write(&gather.table, plan->path, error);
    if (status) {
        (void)error_context(error, "table %s", plan->path);
        goto out;
    }
    say_written(&gather, plan, say);
out:
    free(gather.from);
    table_close(&gather.table);
    sources_close(&sources);
    return status;
}
