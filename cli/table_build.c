/* nasbed table build, nasbed table merge: trainings into tables. */
#include "cli/table.h"

#include "base/text.h"
#include "cli/training.h"
#include "tables/identity.h"
#include "tables/parts.h"
#include "tables/table.h"

#include <stdio.h>
#include <string.h>

/* ---- Build ---- */

struct build_settings {
    char space[OPTION_TEXT_SIZE], protocol[OPTION_TEXT_SIZE], out[OPTION_TEXT_SIZE];
    char shard[OPTION_TEXT_SIZE];
    int threads, seeds, rows;
    uint64_t sample_seed;
    bool quiet;
};

static const struct option_row build_options[] = {
    {"space", OPTION_TEXT, offsetof(struct build_settings, space), "cell", 0, 0,
     "the space whose networks are trained", NULL},
    {"protocol", OPTION_TEXT, offsetof(struct build_settings, protocol), "cifar10-mini", 0, 0,
     "a shipped protocol, or the path of an .ini file", NULL},
    {"out", OPTION_TEXT, offsetof(struct build_settings, out), "", 0, 0,
     "FILE.h5 to write; the logs lie in FILE.parts beside it (must be given)", NULL},
    {"threads", OPTION_INT, offsetof(struct build_settings, threads), "0", 0, 1024,
     "networks trained at a time; 0: all cores", NULL},
    {"shard", OPTION_TEXT, offsetof(struct build_settings, shard), "0/1", 0, 0,
     "i/n: only every n-th row, from the i-th (from 0); `nasbed table merge` joins them", NULL},
    {"seeds", OPTION_INT, offsetof(struct build_settings, seeds), "0", 0, 1024,
     "seeds 0 .. N-1 of every network; 0: as the protocol says", NULL},
    {"rows", OPTION_INT, offsetof(struct build_settings, rows), "0", 0, INT32_MAX,
     "a random sample of so many networks; 0: all", NULL},
    {"sample-seed", OPTION_U64, offsetof(struct build_settings, sample_seed), "0", 0, 0,
     "which sample; a smaller one is the beginning of a larger one", NULL},
    {"quiet", OPTION_FLAG, offsetof(struct build_settings, quiet), "no", 0, 0, "no progress line",
     NULL},
    {.name = NULL}};

static void say_build(const char *line)
{
    (void)fprintf(stderr, "nasbed: table build: %s\n", line);
}

/* "i/n" into two numbers; what they may be is checked with the rest of the plan. */
static int parse_shard(const char *word, int *shard, int *shards, struct error *error)
{
    int end = 0;
    if (sscanf(word, "%d/%d%n", shard, shards, &end) == 2 && word[end] == '\0')
        return 0;
    return error_set(error, ERROR_ARGUMENT, "shard = %s: expected i/n, as in 0/3", word);
}

static int build(const struct build_settings *settings, struct error *error)
{
    struct training_site site;
    struct table_plan plan = {.path = settings->out,
                              .rows = (uint32_t)settings->rows,
                              .sample_seed = settings->sample_seed,
                              .threads = settings->threads,
                              .quiet = settings->quiet,
                              .train = training_row,
                              .context = &site};
    if (!settings->out[0])
        return error_set(error, ERROR_ARGUMENT, "--out FILE.h5 must be given");
    int status = parse_shard(settings->shard, &plan.shard, &plan.shards, error);
    if (status)
        return status;
    status = training_open(&site, settings->space, settings->protocol, settings->threads, error);
    if (status)
        return status;
    plan.space = site.space;
    plan.protocol = &site.protocol;
    plan.isomorphs = &site.isomorphs;
    plan.identity = site.identity;
    plan.seeds = settings->seeds ? settings->seeds : site.protocol.training.seeds;
    status = table_build(&plan, say_build, error);
    training_close(&site);
    return status;
}

static int run_build(int argc, char **argv)
{
    struct build_settings settings;
    struct error error;
    int words;
    int code = command_parse(&command_table_build, &settings, argc, argv, 0, &words);
    if (code >= 0)
        return code;
    return build(&settings, &error) ? command_fail(&command_table_build, &error) : EXIT_DONE;
}

const struct command command_table_build = {
    .name = "table build",
    .summary = "train the networks of a space under a protocol, each with several seeds",
    .usage = "table build --space S --protocol P --out FILE.h5 [options]\n\n"
             "May be stopped at any moment, and goes on where it was when run again. A finished\n"
             "training stands in FILE.parts at once; FILE.h5 is written when all are done, and a\n"
             "FILE.h5 that is there already is extended. Times go to FILE.timing.csv.",
    .examples =
        "  nasbed table build --space cell --protocol smoke --rows 4 --seeds 1 --out smoke.h5\n"
        "  nasbed table build --space cell --protocol smoke --rows 6 --out smoke.h5 --shard 0/3\n",
    .options = build_options,
    .run = run_build,
};

/* ---- Merge ---- */

enum { FOLDERS_MOST = 1024 };

struct merge_settings {
    char protocol[OPTION_TEXT_SIZE], out[OPTION_TEXT_SIZE];
    bool quiet;
};

static const struct option_row merge_options[] = {
    {"out", OPTION_TEXT, offsetof(struct merge_settings, out), "", 0, 0,
     "FILE.h5 to write, or to extend if it is there (must be given)", NULL},
    {"protocol", OPTION_TEXT, offsetof(struct merge_settings, protocol), "", 0, 0,
     "path of the protocol, if it is not a shipped one; else what the logs name", NULL},
    {"quiet", OPTION_FLAG, offsetof(struct merge_settings, quiet), "no", 0, 0,
     "say nothing of what was written", NULL},
    {.name = NULL}};

static void say_merge(const char *line)
{
    (void)fprintf(stderr, "nasbed: table merge: %s\n", line);
}

/* The plan that the logs themselves tell: which space, protocol and data. */
static int describe_logs(struct training_site *site, const char *folder, const char *protocol,
                         struct error *error)
{
    struct table_identity found;
    int status = parts_identity(folder, &found, error);
    if (status)
        return status;
    status = training_describe(site, found.space, protocol[0] ? protocol : found.protocol, error);
    if (status)
        return error_context(error, "%s", folder);
    memcpy(site->identity.dataset_digest, found.dataset_digest, sizeof found.dataset_digest);
    site->identity.numerics = found.numerics; /* nothing is trained: older arithmetic is welcome */
    status = identity_check(&found, &site->identity, error);
    if (status) {
        (void)error_context(error, "%s", folder);
        training_close(site);
    }
    return status;
}

static int merge(const struct merge_settings *settings, const char *const *folders, int n,
                 struct error *error)
{
    struct training_site site;
    if (!settings->out[0])
        return error_set(error, ERROR_ARGUMENT, "--out FILE.h5 must be given");
    if (n == 0)
        return error_set(error, ERROR_ARGUMENT, "expected folders of logs (FILE.parts)");
    int status = describe_logs(&site, folders[0], settings->protocol, error);
    if (status)
        return status;
    struct table_plan plan = {.space = site.space,
                              .protocol = &site.protocol,
                              .isomorphs = &site.isomorphs,
                              .identity = site.identity,
                              .path = settings->out,
                              .seeds = 1,
                              .shards = 1,
                              .quiet = settings->quiet};
    status = table_merge(&plan, folders, n, say_merge, error);
    training_close(&site);
    return status;
}

static int run_merge(int argc, char **argv)
{
    struct merge_settings settings;
    struct error error;
    int words;
    int code = command_parse(&command_table_merge, &settings, argc, argv, FOLDERS_MOST, &words);
    if (code >= 0)
        return code;
    return merge(&settings, (const char *const *)(argv + 1), words, &error)
               ? command_fail(&command_table_merge, &error)
               : EXIT_DONE;
}

const struct command command_table_merge = {
    .name = "table merge",
    .summary = "write one table out of the logs of shards",
    .usage = "table merge --out FILE.h5 FOLDER... [options]\n\n"
             "The same rows give the same bytes, whatever logs they come from. Rows that stand in\n"
             "several logs must agree to the bit. Logs of different tables are refused.",
    .examples = "  nasbed table merge --out smoke.h5 smoke.parts\n" TABLE_OF_EXAMPLES,
    .options = merge_options,
    .run = run_merge,
};
