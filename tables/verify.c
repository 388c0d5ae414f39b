#include "tables/verify.h"

#include "base/pool.h"
#include "base/progress.h"
#include "base/random.h"
#include "base/text.h"
#include "tables/record.h"
#include "tables/schema.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verify;

/* One row of the sample. */
struct job {
    struct verify *verify;
    uint32_t network, seed;
    char *difference; /* what differs; NULL: nothing */
};

struct verify {
    const struct table_check *check;
    struct job *job; /* [jobs] in the order drawn */
    uint64_t jobs;

    pthread_mutex_t lock; /* guards what follows, while tasks run */
    struct progress progress;
    uint64_t finished, differing;
    struct error failure; /* the first; after it no training begins */
};

/* ---- The sample ---- */

/* Every trained row, seed by seed; the caller has room for table_rows. */
static void list_rows(const struct table *table, struct job *rows)
{
    for (uint32_t seed = 0; seed < (uint32_t)table->seeds; seed++)
        for (uint32_t network = 0; network < table->identity.distinct; network++)
            if (table_has(table, network, seed))
                *rows++ = (struct job){.network = network, .seed = seed};
}

static int check_rows(const struct table_check *check, uint64_t trained, struct error *error)
{
    const char *path = check->table->path;
    if (!trained)
        return error_set(error, ERROR_ARGUMENT, "table %s: none of its rows is trained", path);
    if (check->rows > trained)
        return error_set(error, ERROR_ARGUMENT,
                         "table %s: a sample of %" PRIu64 " rows: %" PRIu64 " are trained", path,
                         check->rows, trained);
    if (trained > UINT32_MAX)
        return error_set(error, ERROR_UNSUPPORTED, "table %s: %" PRIu64 " rows are too many", path,
                         trained);
    return 0;
}

static int draw_jobs(struct verify *verify, struct error *error)
{
    const struct table_check *check = verify->check;
    uint64_t trained = table_rows(check->table);
    int status = check_rows(check, trained, error);
    if (status)
        return status;
    verify->jobs = check->rows ? check->rows : trained;
    struct job *rows = calloc(trained, sizeof *rows);
    uint32_t *order = calloc(trained, sizeof *order);
    verify->job = calloc(verify->jobs, sizeof *verify->job);
    if (!rows || !order || !verify->job) {
        status =
            error_set(error, ERROR_MEMORY, "verify: out of memory (%" PRIu64 " rows)", trained);
        goto out;
    }
    list_rows(check->table, rows);
    struct random_stream stream = random_stream(check->sample_seed, RANDOM_SAMPLE, 0, 0);
    random_permutation(&stream, (uint32_t)trained, order);
    for (uint64_t i = 0; i < verify->jobs; i++) {
        verify->job[i] = rows[order[i]];
        verify->job[i].verify = verify;
    }
out:
    free(order);
    free(rows);
    return status;
}

/* ---- Comparison ---- */

/* Not ==, which takes -0 for 0 and no NaN for itself; a NaN of results has one pattern. */
static bool same_bits(const float *a, const float *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void describe_row(const struct job *job, struct text *out)
{
    const struct table *table = job->verify->check->table;
    char name[ARCHITECTURE_TEXT] = "";
    struct architecture architecture;
    if (table->space) {
        table->space->from_index(table->representative[job->network], &architecture);
        table->space->print(&architecture, name);
    }
    text_append(out, "network %" PRIu32 " (%s), seed %" PRIu32, job->network, name, job->seed);
}

/* The first difference of a column, appended to `out` if there is one. */
static bool compare_column(const struct job *job, const struct schema_column *column,
                           const float *again, struct text *out)
{
    const struct table *table = job->verify->check->table;
    const float *value = schema_data(table, column, (int)job->seed);
    size_t width = schema_width(table, column), differing = 0;
    value += job->network * width;
    while (differing < width && same_bits(&value[differing], &again[differing]))
        differing++;
    if (differing == width)
        return true;
    describe_row(job, out);
    text_append(out, ": %s", column->name);
    if (column->shape == SCHEMA_POINTS)
        text_append(out, " at point %zu", differing + 1);
    text_append(out, " is %.9g in the table, %.9g when trained again", (double)value[differing],
                (double)again[differing]);
    return false;
}

/* Columns that the table lacks are not missed. */
static bool has_column(const struct table *table, const struct schema_column *column)
{
    return schema_in_run(column) && schema_data(table, column, 0);
}

/* The record goes into a table of one row with the columns of the other, so that whatever the schema
 * has is compared. */
static int compare_row(const struct job *job, const struct table_record *record, struct text *out,
                       struct error *error)
{
    const struct table *table = job->verify->check->table;
    struct table single = {.identity = table->identity, .seeds = 1};
    struct table_record again = *record;
    int status = 0;
    single.identity.count = single.identity.distinct = 1;
    again.network = again.seed = 0;
    for (const struct schema_column *column = schema_columns; column->name && !status; column++)
        if (has_column(table, column))
            status = schema_make(&single, column, error);
    bool same = true;
    if (!status)
        record_into_table(&again, &single);
    for (const struct schema_column *column = schema_columns; !status && same && column->name;
         column++)
        if (has_column(table, column))
            same = compare_column(job, column, schema_data(&single, column, 0), out);
    table_close(&single);
    return status;
}

/* ---- Work ---- */

/* Take in what one training gave; the lock is held. */
static void take_row(struct job *job, int status, struct text *difference, struct error *error)
{
    struct verify *verify = job->verify;
    if (!status && difference->failed)
        status = error_set(error, ERROR_MEMORY, "out of memory");
    if (status && !verify->failure.code) {
        struct text name = {0};
        describe_row(job, &name);
        (void)error_context(error, "%s", name.failed ? "a row" : name.data);
        text_free(&name);
        verify->failure = *error;
    }
    job->difference = difference->data;
    verify->differing += difference->data ? 1 : 0;
    progress_update(&verify->progress, ++verify->finished);
}

static void run_job(void *argument, int worker)
{
    struct job *job = argument;
    struct verify *verify = job->verify;
    const struct table_check *check = verify->check;
    (void)pthread_mutex_lock(&verify->lock);
    bool stopped = verify->failure.code != ERROR_NONE;
    (void)pthread_mutex_unlock(&verify->lock);
    if (stopped)
        return;
    struct table_record record = {.network = job->network, .seed = job->seed};
    struct text difference = {0};
    struct error error = {0};
    double cpu = 0;
    int status =
        check->train(check->context, job->network, job->seed, worker, &record, &cpu, &error);
    if (!status)
        status = compare_row(job, &record, &difference, &error);
    (void)pthread_mutex_lock(&verify->lock);
    take_row(job, status, &difference, &error);
    (void)pthread_mutex_unlock(&verify->lock);
}

static void submit_jobs(void *argument)
{
    struct verify *verify = argument;
    for (uint64_t i = 0; i < verify->jobs; i++)
        pool_submit(run_job, &verify->job[i]);
    pool_wait();
}

static void train_again(struct verify *verify)
{
    const struct table_check *check = verify->check;
    const struct table_identity *identity = &check->table->identity;
    char title[128];
    (void)snprintf(title, sizeof title, "verify  %s  %s", identity->space, identity->protocol);
    (void)pthread_mutex_init(&verify->lock, NULL);
    progress_start(&verify->progress, title, "networks", 0, verify->jobs, check->quiet);
    pool_run(pool_threads(check->threads), submit_jobs, verify);
    progress_end(&verify->progress);
    (void)pthread_mutex_destroy(&verify->lock);
}

int table_verify(const struct table_check *check, uint64_t *checked, void (*say)(const char *line),
                 struct error *error)
{
    struct verify verify = {.check = check};
    *checked = 0;
    int status = draw_jobs(&verify, error);
    if (status)
        goto out;
    train_again(&verify);
    for (uint64_t i = 0; i < verify.jobs && say; i++)
        if (verify.job[i].difference)
            say(verify.job[i].difference);
    *checked = verify.finished;
    if (verify.failure.code) {
        *error = verify.failure;
        status = error->code;
    } else if (verify.differing) {
        status = error_set(error, ERROR_MISMATCH,
                           "table %s: %" PRIu64 " of %" PRIu64 " rows differ from their training",
                           check->table->path, verify.differing, verify.jobs);
    }
out:
    for (uint64_t i = 0; verify.job && i < verify.jobs; i++)
        free(verify.job[i].difference);
    free(verify.job);
    return status;
}
