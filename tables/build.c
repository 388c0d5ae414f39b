/* Building: train the rows that no source has, append each to this shard's log as it ends. */
#include "tables/table.h"

#include "base/file.h"
#include "base/pool.h"
#include "base/progress.h"
#include "base/text.h"
#include "tables/log.h"
#include "tables/parts.h"
#include "tables/record.h"
#include "tables/sources.h"
#include "tables/timing.h"
#include "tables/worklist.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct build {
    const struct table_plan *plan;
    void (*say)(const char *line);
    char *folder;             /* of the logs */
    unsigned char *done;      /* [plan->seeds][distinct] 1: some source has the row */
    struct worklist_row *row; /* of this shard */
    uint64_t rows;

    pthread_mutex_t lock; /* guards what follows, while tasks run */
    struct table_log log;
    struct timing timing;
    struct progress progress;
    uint64_t next;        /* row that is looked at next */
    uint64_t finished;    /* of this shard's rows */
    struct error failure; /* the first; after it no training begins */
};

static size_t place_of(const struct build *build, uint32_t network, uint32_t seed)
{
    return (size_t)seed * build->plan->identity.distinct + network;
}

static int mark_record(void *context, const struct table_record *record, struct error *error)
{
    struct build *build = context;
    (void)error;
    if (record->seed < (uint32_t)build->plan->seeds)
        build->done[place_of(build, record->network, record->seed)] = 1;
    return 0;
}

/* Make the folder, open this shard's log, and learn from every source what is done. */
static int open_sources(struct build *build, struct error *error)
{
    const struct table_plan *plan = build->plan;
    struct sources sources;
    char *path = parts_log(build->folder, plan->shard, plan->shards);
    int status =
        path ? folder_make(build->folder, error) : error_set(error, ERROR_MEMORY, "out of memory");
    if (!status)
        status =
            log_open(&build->log, path, &plan->identity, mark_record, build, build->say, error);
    free(path);
    if (status)
        return status;
    const char *folder = build->folder;
    status = sources_open(&sources, &plan->identity, plan->path, &folder, 1, build->say, error);
    if (status)
        return status;
    status = sources_visit(&sources, mark_record, build, build->say, error);
    sources_close(&sources);
    return status;
}

static int build_init(struct build *build, struct error *error)
{
    const struct table_plan *plan = build->plan;
    build->log.file = build->timing.file = -1;
    (void)pthread_mutex_init(&build->lock, NULL);
    int status = worklist_rows(plan, &build->row, &build->rows, error);
    if (status)
        return status;
    build->folder = parts_beside(plan->path, ".parts");
    build->done = calloc((size_t)plan->seeds * plan->identity.distinct, 1);
    if (!build->folder || !build->done)
        return error_set(error, ERROR_MEMORY, "out of memory");
    return open_sources(build, error);
}

static void build_free(struct build *build)
{
    log_close(&build->log);
    free(build->folder);
    free(build->done);
    free(build->row);
    (void)pthread_mutex_destroy(&build->lock);
}

/* The architecture a network is named by in messages. */
static void print_network(const struct table_plan *plan, uint32_t network,
                          char text[ARCHITECTURE_TEXT])
{
    struct architecture architecture;
    plan->space->from_index(plan->isomorphs->representative[network], &architecture);
    plan->space->print(&architecture, text);
}

static void note_failure(struct build *build, const struct worklist_row *row, struct error *error)
{
    char architecture[ARCHITECTURE_TEXT];
    if (build->failure.code)
        return;
    print_network(build->plan, row->network, architecture);
    (void)error_context(error, "network %u (%s), seed %u", (unsigned)row->network, architecture,
                        (unsigned)row->seed);
    build->failure = *error;
}

/* Take in what one training gave; the lock is held. */
static void take_row(struct build *build, const struct worklist_row *row, int status,
                     const struct table_record *record, double wall, double cpu,
                     struct error *error)
{
    if (!status)
        status = log_append(&build->log, record, error);
    if (status) {
        note_failure(build, row, error);
        return;
    }
    timing_row(&build->timing, row->network, row->seed, wall, cpu);
    progress_update(&build->progress, ++build->finished);
}

/* The next row to train, or NULL if there is none or some training failed; the lock is held. */
static const struct worklist_row *next_row(struct build *build)
{
    while (build->next < build->rows && !build->failure.code) {
        const struct worklist_row *row = &build->row[build->next++];
        if (!build->done[place_of(build, row->network, row->seed)])
            return row;
    }
    return NULL;
}

/* What each worker does until nothing is left. The rows are not tasks of their own: the pool
 * runs tasks in any order, and a table that is half built should have its first seed, not half
 * of each. */
static void train_rows(void *argument, int worker)
{
    struct build *build = argument;
    const struct table_plan *plan = build->plan;
    const struct worklist_row *row;
    (void)pthread_mutex_lock(&build->lock);
    while ((row = next_row(build))) {
        struct table_record record = {.network = row->network, .seed = row->seed};
        struct error error = {0};
        (void)pthread_mutex_unlock(&build->lock);
        double start = clock_seconds(), cpu = 0;
        int status =
            plan->train(plan->context, row->network, row->seed, worker, &record, &cpu, &error);
        double wall = clock_seconds() - start;
        record.network = row->network;
        record.seed = row->seed;
        (void)pthread_mutex_lock(&build->lock);
        take_row(build, row, status, &record, wall, cpu, &error);
    }
    (void)pthread_mutex_unlock(&build->lock);
}

static void submit_workers(void *argument)
{
    const struct build *build = argument;
    for (int i = pool_threads(build->plan->threads); i > 0; i--)
        pool_submit(train_rows, argument);
    pool_wait();
}

static uint64_t count_done(const struct build *build)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < build->rows; i++)
        n += build->done[place_of(build, build->row[i].network, build->row[i].seed)];
    return n;
}

/* Train what is missing; all that was finished stands in the log, whatever happens. */
static int train_missing(struct build *build, struct error *error)
{
    const struct table_plan *plan = build->plan;
    char title[160], *times = parts_beside(plan->path, ".timing.csv");
    build->finished = count_done(build);
    if (build->finished == build->rows || !times) {
        free(times);
        return 0;
    }
    (void)snprintf(title, sizeof title, "build  %s  %s  shard %d/%d", plan->identity.space,
                   plan->identity.protocol, plan->shard, plan->shards);
    timing_open(&build->timing, times, build->say);
    progress_start(&build->progress, title, "networks", build->finished, build->rows, plan->quiet);
    pool_run(pool_threads(plan->threads), submit_workers, build);
    progress_end(&build->progress);
    timing_close(&build->timing);
    free(times);
    if (!build->failure.code)
        return 0;
    return error_set(error, build->failure.code,
                     "%s (%llu of %llu rows are kept; the same command goes on from there)",
                     build->failure.text, (unsigned long long)build->finished,
                     (unsigned long long)build->rows);
}

static void say_shard(const struct build *build)
{
    const struct table_plan *plan = build->plan;
    struct text line = {0};
    if (!build->say || plan->quiet)
        return;
    text_append(&line, "shard %d of %d is done (%llu rows in %s); when all are: merge them into %s",
                plan->shard, plan->shards, (unsigned long long)build->rows, build->folder,
                plan->path);
    if (!line.failed)
        build->say(line.data);
    text_free(&line);
}

int table_build(const struct table_plan *plan, void (*say)(const char *line), struct error *error)
{
    struct build build = {.plan = plan, .say = say};
    int status = worklist_check(plan, error);
    if (status)
        return status;
    status = build_init(&build, error);
    if (!status)
        status = train_missing(&build, error);
    if (status)
        goto out;
    log_close(&build.log);
    if (plan->shards > 1) {
        say_shard(&build);
        goto out;
    }
    const char *folder = build.folder;
    status = table_merge(plan, &folder, 1, say, error);
out:
    build_free(&build);
    return status;
}
