/* nasbed table verify: rows of a table trained again, and compared to the bit. */
#include "cli/table.h"
#include "cli/training.h"
#include "tables/identity.h"
#include "tables/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct settings {
    char protocol[OPTION_TEXT_SIZE];
    int rows, threads;
    uint64_t seed;
    bool quiet;
};

static const struct option_row options[] = {
    {"rows", OPTION_INT, offsetof(struct settings, rows), "5", 0, INT32_MAX,
     "a random sample of so many trained rows (network and seed); 0: all", NULL},
    {"seed", OPTION_U64, offsetof(struct settings, seed), "0", 0, 0,
     "which sample; a smaller one is the beginning of a larger one", NULL},
    {"threads", OPTION_INT, offsetof(struct settings, threads), "0", 0, 1024,
     "networks trained at a time; 0: all cores", NULL},
    {"protocol", OPTION_TEXT, offsetof(struct settings, protocol), "", 0, 0,
     "path of the protocol, if it is not a shipped one; else what the table names", NULL},
    {"quiet", OPTION_FLAG, offsetof(struct settings, quiet), "no", 0, 0, "no progress line", NULL},
    {.name = NULL}};

static void say(const char *line)
{
    (void)fprintf(stderr, "nasbed: table verify: %s\n", line);
}

/* Refuse a table that this program, or these data, would train otherwise. */
static int check_site(const struct training_site *site, const struct table *table,
                      struct error *error)
{
    if (identity_check(&table->identity, &site->identity, error))
        return error_context(error, "table %s: cannot be trained again here", table->path);
    return 0;
}

/* A site that trains what the table holds: whatever can be known without the data is checked
 * before they are read. */
static int open_site(struct training_site *site, const struct table *table,
                     const struct settings *settings, struct error *error)
{
    const struct table_identity *identity = &table->identity;
    const char *protocol = settings->protocol[0] ? settings->protocol : identity->protocol;
    int status = training_describe(site, identity->space, protocol, error);
    if (status)
        return error_context(error, "table %s", table->path);
    memcpy(site->identity.dataset_digest, identity->dataset_digest,
           sizeof identity->dataset_digest);
    status = check_site(site, table, error);
    if (status) {
        training_close(site);
        return status;
    }
    status = training_equip(site, settings->threads, error);
    if (status)
        return status;
    status = check_site(site, table, error);
    if (status)
        training_close(site);
    return status;
}

static int verify_table(const struct table *table, const struct settings *settings,
                        struct error *error)
{
    struct training_site site;
    uint64_t checked;
    if (table_imported(table))
        return error_set(error, ERROR_UNSUPPORTED,
                         "table %s: was imported: its rows were not trained by this program",
                         table->path);
    int status = open_site(&site, table, settings, error);
    if (status)
        return status;
    struct table_check check = {.table = table,
                                .rows = (uint64_t)settings->rows,
                                .sample_seed = settings->seed,
                                .threads = settings->threads,
                                .quiet = settings->quiet,
                                .train = training_row,
                                .context = &site};
    status = table_verify(&check, &checked, say, error);
    training_close(&site);
    if (status)
        return status;
    (void)printf("all %" PRIu64 " rows bit-equal\n", checked);
    return command_flush(error);
}

static int verify(const char *path, const void *settings, struct error *error)
{
    struct table table;
    int status = table_open(&table, path, error);
    if (status)
        return status;
    status = verify_table(&table, settings, error);
    table_close(&table);
    return status;
}

static int run(int argc, char **argv)
{
    struct settings settings;
    return table_act(&command_table_verify, &settings, argc, argv, verify);
}

const struct command command_table_verify = {
    .name = "table verify",
    .summary = "train rows of a table again, and compare them to the bit",
    .usage =
        "table verify FILE.h5 [--rows K] [--seed S] [options]\n\n"
        "The table may be incomplete: rows are drawn among those that are there. Needs the\n"
        "data set. A table of another numerics version, data set or protocol is refused. Ends\n"
        "with 1 if a row differs: each is named, with the first of its values that does.",
    .examples = "  nasbed table verify smoke.h5 --rows 2\n"
                "  nasbed table verify smoke.h5 --rows 1 --seed 7 --threads 1\n" TABLE_OF_EXAMPLES,
    .options = options,
    .run = run,
};
