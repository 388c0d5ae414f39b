/* nasbed audit: how well scores, anyone's or a supernet's, rank the architectures of a table. */
#include "reports/audit.h"
#include "base/text.h"
#include "cli/audit_supernet.h"
#include "cli/kernel.h"
#include "cli/table.h"
#include "reports/accuracy.h"
#include "tables/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct audit_options {
    char scores[OPTION_TEXT_SIZE], table[OPTION_TEXT_SIZE], top[OPTION_TEXT_SIZE];
    char truth[OPTION_TEXT_SIZE], by[OPTION_TEXT_SIZE];
    char method[OPTION_TEXT_SIZE], space[OPTION_TEXT_SIZE], protocol[OPTION_TEXT_SIZE];
    char out[OPTION_TEXT_SIZE], set[OPTION_TEXT_SIZE];
    double budget;
    int seeds, images, recalibrate, threads;
    uint64_t first_seed;
    bool csv, untrained, quiet;
};

#define ROW(member, kind, standard, help)                                                          \
    {                                                                                              \
#member, kind, offsetof(struct audit_options, member), standard, 0, 0, help, NULL          \
    }
#define NUMBER(member, standard, least, most, help)                                                \
    {                                                                                              \
#member, OPTION_INT, offsetof(struct audit_options, member), standard, least, most, help,  \
            NULL                                                                                   \
    }
static const struct option_row rows[] = {
    ROW(scores, OPTION_TEXT, "",
        "FILE.csv to audit: the line architecture,score, then one line each; or a table, FILE.h5"),
    ROW(method, OPTION_TEXT, "", "or: a method whose supernets are trained and audited"),
    ROW(table, OPTION_TEXT, "",
        "table (.h5) that is the truth; may be incomplete; with --method by default the released "
        "one, and without any the scores are made and not judged"),
    ROW(top, OPTION_TEXT, "1,10,100", "each k of which the predicted top k is looked at"),
    ROW(truth, OPTION_TEXT, "validation", "which accuracy: validation (at the last point) or test"),
    ROW(by, OPTION_TEXT, "truth", "whose best the top sections are: truth or scores"),
    ROW(csv, OPTION_FLAG, NULL, "comma-separated values"),
    ROW(space, OPTION_TEXT, "cell", "with --method: the space"),
    ROW(protocol, OPTION_TEXT, "cifar10-mini", "with --method: how supernets are trained"),
    ROW(budget, OPTION_REAL, "10", "with --method: of training a supernet, in full trainings"),
    NUMBER(seeds, "1", 1, 1000, "with --method: supernets"),
    {"first-seed", OPTION_U64, offsetof(struct audit_options, first_seed), "0", 0, 0,
     "with --method: seed of the first supernet; the others follow", NULL},
    NUMBER(images, "2048", 64, 1000000,
           "with --method: validation images of a score, in batches of 64"),
    NUMBER(recalibrate, "0", 0, 100000,
           "with --method: batches of 64 training images that give a network's statistics; 0: each "
           "batch has its own"),
    ROW(untrained, OPTION_FLAG, NULL, "with --method: the supernets as they begin, as a control"),
    ROW(set, OPTION_TEXT, "", "with --method: method.option=value,... or method.preset=NAME"),
    ROW(out, OPTION_TEXT, "out/audit",
        "with --method: folder of the scores: OUT/SPACE/METHOD/bBUDGET/sSEED.csv"),
    NUMBER(threads, "0", 0, 1024, "with --method: 0: all cores; results never depend on it"),
    ROW(quiet, OPTION_FLAG, NULL, "no progress line"),
    {.name = NULL},
};

extern const struct command command_audit;

/* "1,10,100" into the plan: whole numbers from 1, each larger than the one before. */
static int parse_top(const char *list, struct audit_plan *plan, struct error *error)
{
    for (const char *at = list;; at++) {
        char word[32];
        uint64_t k;
        size_t length = strcspn(at, ",");
        (void)snprintf(word, sizeof word, "%.*s", (int)length, at);
        if (plan->n_picks == AGREEMENT_PICKS)
            return error_set(error, ERROR_ARGUMENT, "top = %s: more than %d numbers", list,
                             AGREEMENT_PICKS);
        if (!text_parse_u64(word, &k) || k == 0 || k > UINT32_MAX ||
            (plan->n_picks && k <= plan->picks[plan->n_picks - 1]))
            return error_set(error, ERROR_ARGUMENT,
                             "top = %s: expected whole numbers from 1, ascending, as in 1,10,100",
                             list);
        plan->picks[plan->n_picks++] = (size_t)k;
        at += length;
        if (*at == '\0')
            return 0;
    }
}

/* Which of two words an option is. */
static int parse_choice(const char *name, const char *value, const char *first, const char *second,
                        bool *is_second, struct error *error)
{
    *is_second = strcmp(value, second) == 0;
    if (*is_second || strcmp(value, first) == 0)
        return 0;
    return error_set(error, ERROR_ARGUMENT, "%s = %s: must be %s or %s", name, value, first,
                     second);
}

static int parse_plan(const struct audit_options *options, struct audit_plan *plan, bool *test,
                      struct error *error)
{
    bool by_scores;
    int status = parse_top(options->top, plan, error);
    if (!status)
        status = parse_choice("truth", options->truth, "validation", "test", test, error);
    if (!status)
        status = parse_choice("by", options->by, "truth", "scores", &by_scores, error);
    if (!status)
        plan->by = by_scores ? RANKING_SCORES : RANKING_TRUTH;
    return status;
}

static int print_audit(const struct audit_plan *plan, bool csv, struct error *error)
{
    struct audit audit;
    struct text text = {0};
    int status = audit_make(&audit, plan, error);
    if (!status)
        status = audit_print(&audit, csv, &text, error);
    if (!status) {
        (void)fputs(text.data, stdout);
        status = command_flush(error);
    }
    text_free(&text);
    return status;
}

/* What an audit judges by. */
struct judge {
    struct audit_plan plan;
    struct table table;
    bool csv;
};

static int open_judge(struct judge *judge, const struct audit_options *options, const char *table,
                      struct error *error)
{
    bool test = false;
    *judge = (struct judge){.csv = options->csv};
    int status = parse_plan(options, &judge->plan, &test, error);
    if (!status)
        status = table_open_known(&judge->table, table, error);
    if (status)
        return status;
    judge->plan.table = &judge->table;
    judge->plan.point = test ? ACCURACY_TEST : judge->table.identity.points;
    return 0;
}

/* What a file says: a table, by its name, its validation accuracy. */
static int read_scores(struct scores *scores, const char *path, const struct space *space,
                       struct error *error)
{
    struct table table;
    size_t length = strlen(path);
    if (length < 3 || strcmp(path + length - 3, ".h5") != 0)
        return scores_read(scores, path, space, error);
    int status = table_open_known(&table, path, error);
    if (status)
        return status;
    status = scores_of_table(scores, &table, space, error);
    table_close(&table);
    return status;
}

/* The report of the scores at `path`; `context` is the judge. */
static int report_scores(void *context, const char *path, struct error *error)
{
    struct judge *judge = context;
    struct scores scores;
    const char *slash = strrchr(path, '/');
    int status = read_scores(&scores, path, judge->table.space, error);
    if (status)
        return status;
    judge->plan.label = slash ? slash + 1 : path;
    judge->plan.scores = &scores;
    status = print_audit(&judge->plan, judge->csv, error);
    judge->plan.scores = NULL;
    scores_free(&scores);
    return status;
}

static int audit_scores(const struct audit_options *options, struct error *error)
{
    struct judge judge;
    if (!options->table[0])
        return error_set(error, ERROR_ARGUMENT, "--table FILE.h5 must be given");
    int status = open_judge(&judge, options, options->table, error);
    if (status)
        return status;
    status = report_scores(&judge, options->scores, error);
    table_close(&judge.table);
    return status;
}

static int report_nothing(void *context, const char *path, struct error *error)
{
    (void)context;
    (void)path;
    (void)error;
    return 0;
}

/* The table is opened, and found fit, before hours are spent. */
static int audit_method(const struct audit_options *options, struct error *error)
{
    struct audit_supernet audit = {.space = options->space,
                                   .method = options->method,
                                   .protocol = options->protocol,
                                   .assignments = options->set,
                                   .folder = options->out,
                                   .budget = options->budget,
                                   .seeds = options->seeds,
                                   .images = options->images,
                                   .recalibrate = options->recalibrate,
                                   .threads = options->threads,
                                   .first_seed = options->first_seed,
                                   .untrained = options->untrained,
                                   .quiet = options->quiet};
    char *released = options->table[0] ? NULL : table_released(options->space, options->protocol);
    const char *table = released ? released : options->table;
    struct judge judge;
    int status = 0;
    if (!table[0]) {
        status = audit_supernet(&audit, report_nothing, NULL, error);
        if (!status)
            (void)printf("no table of %s under %s: the scores are not judged\n", options->space,
                         options->protocol);
    } else if (!(status = open_judge(&judge, options, table, error))) {
        audit.truth = &judge.table.identity;
        status = audit_supernet(&audit, report_scores, &judge, error);
        table_close(&judge.table);
    }
    free(released);
    return status;
}

static int audit_any(const struct audit_options *options, struct error *error)
{
    if (options->scores[0] && options->method[0])
        return error_set(error, ERROR_ARGUMENT, "either --scores or --method, not both");
    if (options->scores[0])
        return audit_scores(options, error);
    if (options->method[0])
        return audit_method(options, error);
    return error_set(error, ERROR_ARGUMENT, "--scores FILE or --method NAME must be given");
}

static int run(int argc, char **argv)
{
    struct audit_options options;
    struct error error;
    int words, code = command_parse(&command_audit, &options, argc, argv, 0, &words);
    if (code >= 0)
        return code;
    if (options.method[0])
        kernel_pin(argv - 1); /* the command's own words come after the program's name */
    return audit_any(&options, &error) ? command_fail(&command_audit, &error) : EXIT_DONE;
}

const struct command command_audit = {
    .name = "audit",
    .summary = "how well scores, anyone's or a supernet's, rank the architectures of a table",
    .usage =
        "audit --scores FILE --table FILE.h5 [--top K,...] [options]\n"
        "       nasbed audit --space S --method M --seeds K [--budget B] [--table FILE.h5] "
        "[options]\n\n"
        "With --method, K supernets are trained as the method trains them, every architecture of "
        "the\n"
        "space is scored with the shared weights, and each supernet's scores are judged.\n\n"
        "FILE.csv begins with the line architecture,score; then one line an architecture, named "
        "by\n"
        "its string or its index (as `nasbed space list` numbers them), higher scores being "
        "better.\n"
        "Beside the scores stand what costs nothing or little - parameters, multiply-accumulates,\n"
        "the first points of the table, and its own validation where the truth is the test - on "
        "the\n"
        "same architectures, and the noise ceiling: how well one training's seed ranks what the\n"
        "others judge. Only architectures that are trained count, and equal scores are taken by\n"
        "index. The scores of a table, FILE.h5, are its validation accuracies at the last point.",
    .examples =
        "  nasbed space list cell --csv | cut -d, -f2,4 | sed '1s/.*/architecture,score/' > p.csv\n"
        "  nasbed audit --scores p.csv --table smoke.h5 --top 1,10\n"
        "  nasbed audit --scores p.csv --table smoke.h5 --truth test --by scores --csv\n"
        "  nasbed audit --scores smoke.h5 --table smoke.h5 --truth test --top 1\n"
        "  nasbed audit --method random-nas --protocol smoke --budget 8 --seeds 2 --images 64\n",
    .options = rows,
    .run = run,
};
