/* Invariant: a row is changed only under the mutex, and by the thread that set `busy` on it; who
 * needs a busy row waits. A training waits for nothing, so no wait can last. */
#include "methods/trial/bank.h"

#include "base/pool.h"
#include "tables/log.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

struct row {
    int points; /* reached */
    bool busy;  /* being trained */
    double seconds;
    struct table_record *record; /* NULL: nothing was trained here; owned */
};

struct bank {
    const struct source *source;
    const struct table_identity *identity;
    int seeds;
    struct row *rows; /* [seeds][distinct] */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct table_log log;
    bool keeps; /* the log is open */
};

int bank_open(struct bank **bank, const struct source *source,
              const struct table_identity *identity, int seeds, struct error *error)
{
    struct bank *made = calloc(1, sizeof *made);
    struct row *rows = calloc((size_t)identity->distinct * (size_t)seeds, sizeof *rows);
    if (!made || !rows) {
        free(rows);
        free(made);
        return error_set(error, ERROR_MEMORY, "rows of %s: out of memory", identity->space);
    }
    *made = (struct bank){.source = source, .identity = identity, .seeds = seeds, .rows = rows};
    (void)pthread_mutex_init(&made->mutex, NULL);
    (void)pthread_cond_init(&made->changed, NULL);
    *bank = made;
    return 0;
}

void bank_close(struct bank *bank)
{
    if (!bank)
        return;
    if (bank->keeps)
        log_close(&bank->log);
    for (size_t i = 0; i < (size_t)bank->identity->distinct * (size_t)bank->seeds; i++)
        free(bank->rows[i].record);
    (void)pthread_cond_destroy(&bank->changed);
    (void)pthread_mutex_destroy(&bank->mutex);
    free(bank->rows);
    free(bank);
}

static struct row *row_at(struct bank *bank, uint32_t network, uint32_t seed)
{
    return &bank->rows[(size_t)seed * bank->identity->distinct + network];
}

/* Make `record`, which reaches `points`, the row's. */
static int row_set(struct row *row, const struct table_record *record, int points, double seconds,
                   struct error *error)
{
    if (!row->record && !(row->record = malloc(sizeof *row->record)))
        return error_set(error, ERROR_MEMORY, "rows: out of memory");
    *row->record = *record;
    row->points = points;
    row->seconds = seconds;
    return 0;
}

/* A row of the log. Seeds that no trial of this command queries are passed over. */
static int take_over(void *context, const struct table_record *record, struct error *error)
{
    struct bank *bank = context;
    if (record->seed >= (uint32_t)bank->seeds)
        return 0;
    return row_set(row_at(bank, record->network, record->seed), record, bank->identity->points, 0,
                   error);
}

int bank_keep(struct bank *bank, const char *path, void (*say)(const char *line),
              struct error *error)
{
    int status = log_open(&bank->log, path, bank->identity, take_over, bank, say, error);
    bank->keeps = !status;
    return status;
}

bool bank_read(const struct bank *bank, uint32_t network, uint32_t seed,
               struct table_record *record)
{
    return bank->source->read &&
           bank->source->read(bank->source->read_context, network, seed, record);
}

/* Train outside the mutex into a record of its own. */
static int train(struct bank *bank, uint32_t network, uint32_t seed, int point,
                 struct table_record *record, double *seconds, struct error *error)
{
    *record = (struct table_record){
        .network = network, .seed = seed, .test_loss = nanf(""), .test_accuracy = nanf("")};
    *seconds = 0;
    if (!bank->source->train)
        return error_set(error, ERROR_MISSING, "network %u, seed %u: not in the table", network,
                         seed);
    int status = bank->source->train(bank->source->train_context, network, seed, point,
                                     pool_worker(), record, seconds, error);
    return status ? error_context(error, "training network %u, seed %u", network, seed) : 0;
}

/* Called and left with the mutex held. */
static int train_row(struct bank *bank, struct row *row, uint32_t network, uint32_t seed, int point,
                     struct error *error)
{
    struct table_record record;
    double seconds;
    row->busy = true;
    (void)pthread_mutex_unlock(&bank->mutex);
    int status = train(bank, network, seed, point, &record, &seconds, error);
    (void)pthread_mutex_lock(&bank->mutex);
    row->busy = false;
    if (!status)
        status = row_set(row, &record, point, seconds, error);
    if (!status && bank->keeps && point == bank->identity->points)
        status = log_append(&bank->log, &record, error);
    (void)pthread_cond_broadcast(&bank->changed);
    return status;
}

int bank_row(struct bank *bank, uint32_t network, uint32_t seed, int point,
             struct table_record *record, bool *live, double *seconds, struct error *error)
{
    *seconds = 0;
    *live = !bank_read(bank, network, seed, record);
    if (!*live)
        return 0;
    int status = 0;
    struct row *row = row_at(bank, network, seed);
    (void)pthread_mutex_lock(&bank->mutex);
    while (row->busy)
        (void)pthread_cond_wait(&bank->changed, &bank->mutex);
    if (row->points < point)
        status = train_row(bank, row, network, seed, point, error);
    if (!status) {
        *record = *row->record;
        *seconds = row->seconds;
    }
    (void)pthread_mutex_unlock(&bank->mutex);
    return status;
}
