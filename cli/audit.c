/* nasbed audit: how well scores, anyone's or a supernet's, rank the architectures of a table. */
#include "reports/audit.h"
#include "base/text.h"
#include "cli/audit_kept.h"
#include "cli/audit_supernet.h"
#include "cli/kernel.h"
#include "cli/table.h"
#include "reports/accuracy.h"
#include "tables/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct audit_options {
    char scores[OPTION_TEXT_SIZE], table[OPTION_TEXT_SIZE], top[OPTION_TEXT_SIZE];
    char truth[OPTION_TEXT_SIZE], by[OPTION_TEXT_SIZE], per[OPTION_TEXT_SIZE];
    char format[OPTION_TEXT_SIZE];
    char method[OPTION_TEXT_SIZE], space[OPTION_TEXT_SIZE], protocol[OPTION_TEXT_SIZE];
    char out[OPTION_TEXT_SIZE], set[OPTION_TEXT_SIZE];
    double budget;
    int seeds, images, recalibrate, threads, bootstrap;
    uint64_t first_seed;
    bool untrained, quiet;
};

/* What the help of an option begins with that says nothing without --method. */
#define WITH_METHOD "with --method: "
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
        "one, and without any the scores are made and not judged; with DIR any number: A.h5,B.h5"),
    ROW(top, OPTION_TEXT, "1,10,100", "each k of which the predicted top k is looked at"),
    ROW(truth, OPTION_TEXT, "validation", "which accuracy: validation (at the last point) or test"),
    ROW(by, OPTION_TEXT, "truth", "whose best the top sections are: truth or scores"),
    ROW(per, OPTION_TEXT, "string",
        "what is ranked: string (every architecture), class (architectures that are one network "
        "once, by the mean of their scores) or both"),
    NUMBER(bootstrap, "1000", 0, 100000,
           "resamples of the architectures, for the intervals of tau-b and Spearman of the scores, "
           "each seed's own; 0: none"),
    ROW(format, OPTION_TEXT, "text", "text, markdown, csv or latex"),
    ROW(space, OPTION_TEXT, "cell", WITH_METHOD "the space"),
    ROW(protocol, OPTION_TEXT, "cifar10-mini", WITH_METHOD "how supernets are trained"),
    ROW(budget, OPTION_REAL, "10", WITH_METHOD "of training a supernet, in full trainings"),
    NUMBER(seeds, "1", 1, 1000, WITH_METHOD "supernets"),
    {"first-seed", OPTION_U64, offsetof(struct audit_options, first_seed), "0", 0, 9e18,
     WITH_METHOD "seed of the first supernet; the others follow", NULL},
    NUMBER(images, "2048", 64, 1000000,
           WITH_METHOD "validation images of a score, in batches of 64"),
    NUMBER(recalibrate, "0", 0, 100000,
           WITH_METHOD "batches of 64 training images that give a network's statistics; 0: each "
                       "batch has its own"),
    ROW(untrained, OPTION_FLAG, NULL, WITH_METHOD "the supernets as they begin, as a control"),
    ROW(set, OPTION_TEXT, "", WITH_METHOD "method.option=value,... or method.preset=NAME"),
    ROW(out, OPTION_TEXT, "out/audit",
        WITH_METHOD "folder of the scores: OUT/SPACE/METHOD/bBUDGET/sSEED.csv"),
    NUMBER(threads, "0", 0, 1024, WITH_METHOD "0: all cores; results never depend on it"),
    ROW(quiet, OPTION_FLAG, NULL, "no progress line"),
    {.name = NULL},
};

extern const struct command command_audit;

/* Without --method: none of the options that say nothing then. Those given at their default pass. */
static int check_alone(const struct audit_options *options, struct error *error)
{
    struct audit_options none;
    int status = 0;
    options_default(rows, &none);
    for (const struct option_row *row = rows; row->name && !status; row++) {
        struct text given = {0}, standard = {0};
        if (strncmp(row->help, WITH_METHOD, strlen(WITH_METHOD)) != 0)
            continue;
        options_print(row, options, &given);
        options_print(row, &none, &standard);
        if (given.size != standard.size ||
            (given.size && memcmp(given.data, standard.data, given.size) != 0))
            status = error_set(error, ERROR_ARGUMENT, "--%s goes with --method alone", row->name);
        text_free(&standard);
        text_free(&given);
    }
    return status;
}

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

/* Which units: by string, by class. */
static int parse_per(const char *word, bool per[2], struct error *error)
{
    bool both = strcmp(word, "both") == 0;
    per[AUDIT_STRINGS] = both || strcmp(word, "string") == 0;
    per[AUDIT_CLASSES] = both || strcmp(word, "class") == 0;
    if (per[AUDIT_STRINGS] || per[AUDIT_CLASSES])
        return 0;
    return error_set(error, ERROR_ARGUMENT, "per = %s: must be string, class or both", word);
}

/* What an audit judges by. */
struct judge {
    struct audit_plan plan;
    struct table table;
    struct isomorphs isomorphs; /* of an imported table's space, by class */
    bool *connected;            /* [count] */
    enum report_format format;
    bool per[2];       /* each unit that is reported */
    const char *label; /* of the scores; NULL: their file's name */
    uint64_t first_seed;
};

static int parse_judge(const struct audit_options *options, struct judge *judge, bool *test,
                       struct error *error)
{
    bool by_scores;
    int status = parse_top(options->top, &judge->plan, error);
    if (!status)
        status = parse_choice("truth", options->truth, "validation", "test", test, error);
    if (!status)
        status = parse_choice("by", options->by, "truth", "scores", &by_scores, error);
    if (!status)
        status = parse_per(options->per, judge->per, error);
    if (!status)
        status = frame_format(options->format, &judge->format, error);
    if (!status)
        judge->plan.by = by_scores ? RANKING_SCORES : RANKING_TRUTH;
    return status;
}

static void close_judge(struct judge *judge)
{
    if (judge->plan.isomorphs)
        isomorphs_free(&judge->isomorphs);
    free(judge->connected);
    table_close(&judge->table);
}

static int find_connected(struct judge *judge, struct error *error)
{
    judge->connected = calloc(judge->table.identity.count, sizeof *judge->connected);
    judge->plan.connected = judge->connected;
    return judge->connected ? audit_connected(&judge->table, judge->connected, error)
                            : error_set(error, ERROR_MEMORY, "out of memory");
}

static int open_judge(struct judge *judge, const struct audit_options *options, const char *table,
                      struct error *error)
{
    bool test = false;
    *judge = (struct judge){.first_seed = options->first_seed};
    int status = parse_judge(options, judge, &test, error);
    if (!status)
        status = table_open_known(&judge->table, table, error);
    if (status)
        return status;
    judge->plan.table = &judge->table;
    judge->plan.point = test ? ACCURACY_TEST : judge->table.identity.points;
    judge->plan.resamples = (size_t)options->bootstrap;
    status = find_connected(judge, error);
    if (!status && judge->per[AUDIT_CLASSES] && table_imported(&judge->table)) {
        const struct space *space = judge->table.space;
        status = isomorphs_init(&judge->isomorphs, space, &space->skeleton, error);
        judge->plan.isomorphs = status ? NULL : &judge->isomorphs;
    }
    if (status)
        close_judge(judge);
    return status;
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

/* The scores of one seed, and what is made of them. */
struct seed {
    struct scores scores;
    struct audit_plan plan;
    char label[32];
};

static int print_audit(const struct judge *judge, const struct audit_report *report,
                       struct text *text, struct error *error)
{
    if (text->size && judge->format == REPORT_TEXT)
        text_append(text, "\n");
    return audit_print(report, judge->format, text, error);
}

/* The seeds' audits by one unit. */
static int audit_seeds(const struct judge *judge, enum audit_unit per, struct seed *seeds, size_t n,
                       struct text *text, struct error *error)
{
    struct audit *audits = calloc(n, sizeof *audits);
    int status = audits ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < n && !status; i++) {
        seeds[i].plan.per = per;
        status = audit_make(&audits[i], &seeds[i].plan, error);
    }
    if (!status) {
        const char *label = n > 1 ? judge->label : seeds[0].plan.label;
        const struct audit_report report = {label, audits, n};
        status = print_audit(judge, &report, text, error);
    }
    free(audits);
    return status;
}

static int read_seeds(const struct judge *judge, const char *const *paths, struct seed *seeds,
                      size_t n, struct error *error)
{
    int status = 0;
    for (size_t i = 0; i < n && !status; i++) {
        const char *slash = strrchr(paths[i], '/');
        status = read_scores(&seeds[i].scores, paths[i], judge->table.space, error);
        seeds[i].plan = judge->plan;
        seeds[i].plan.scores = &seeds[i].scores;
        (void)snprintf(seeds[i].label, sizeof seeds[i].label, "seed %" PRIu64,
                       judge->first_seed + i);
        seeds[i].plan.label = n > 1          ? seeds[i].label
                              : judge->label ? judge->label
                              : slash        ? slash + 1
                                             : paths[i];
    }
    return status;
}

/* The report of the scores at `paths`; `context` is the judge. */
static int report_scores(void *context, const char *const *paths, size_t n, struct error *error)
{
    const struct judge *judge = context;
    struct text text = {0};
    struct seed *seeds = calloc(n, sizeof *seeds);
    int status = seeds ? read_seeds(judge, paths, seeds, n, error)
                       : error_set(error, ERROR_MEMORY, "out of memory");
    for (int per = AUDIT_STRINGS; per <= AUDIT_CLASSES && !status; per++)
        if (judge->per[per])
            status = audit_seeds(judge, (enum audit_unit)per, seeds, n, &text, error);
    if (!status) {
        (void)fputs(text.data, stdout);
        status = command_flush(error);
    }
    for (size_t i = 0; seeds && i < n; i++)
        scores_free(&seeds[i].scores);
    free(seeds);
    text_free(&text);
    return status;
}

static int audit_scores(const struct audit_options *options, struct error *error)
{
    struct judge judge;
    const char *path = options->scores;
    if (!options->table[0])
        return error_set(error, ERROR_ARGUMENT, "--table FILE.h5 must be given");
    int status = check_alone(options, error);
    if (!status)
        status = open_judge(&judge, options, options->table, error);
    if (status)
        return status;
    status = report_scores(&judge, &path, 1, error);
    close_judge(&judge);
    return status;
}

static int report_nothing(void *context, const char *const *paths, size_t n, struct error *error)
{
    (void)context;
    (void)paths;
    (void)n;
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
                                   .quiet = options->quiet,
                                   .stream =
                                       strcmp(options->format, "text") == 0 ? stdout : stderr};
    char *released = options->table[0] ? NULL : table_released(options->space, options->protocol);
    const char *table = released ? released : options->table;
    struct judge judge;
    int status = 0;
    if (!table[0]) {
        status = audit_supernet(&audit, report_nothing, NULL, error);
        if (!status)
            (void)fprintf(audit.stream,
                          "no table of %s under %s: the scores are not judged\n"
                          "next    nasbed audit %s --table FILE.h5  (any table of %s)\n",
                          options->space, options->protocol, options->out, options->space);
    } else if (!(status = open_judge(&judge, options, table, error))) {
        audit.truth = &judge.table.identity;
        audit.table = table;
        judge.label = options->method;
        status = audit_supernet(&audit, report_scores, &judge, error);
        close_judge(&judge);
    }
    free(released);
    return status;
}

/* The report of what is kept below folders. */
static int audit_folders(const struct audit_options *options, const char *const *folders, int n,
                         struct error *error)
{
    enum report_format format = REPORT_TEXT;
    if (options->scores[0] || options->method[0])
        return error_set(error, ERROR_ARGUMENT,
                         "%s: either DIR with kept scores, or --scores, or "
                         "--method",
                         folders[0]);
    if (!options->table[0])
        return error_set(error, ERROR_ARGUMENT, "--table FILE.h5 must be given");
    if (strcmp(options->per, "string") != 0 || strcmp(options->truth, "validation") != 0 ||
        strcmp(options->by, "truth") != 0)
        return error_set(error, ERROR_ARGUMENT,
                         "%s: kept scores are judged per string, by validation accuracy (--per, "
                         "--truth and --by go with --scores and --method)",
                         folders[0]);
    int status = check_alone(options, error);
    if (!status)
        status = frame_format(options->format, &format, error);
    return status ? status : audit_kept(folders, (size_t)n, options->table, format, error);
}

static int audit_any(const struct audit_options *options, const char *const *folders, int n,
                     struct error *error)
{
    if (n)
        return audit_folders(options, folders, n, error);
    if (options->scores[0] && options->method[0])
        return error_set(error, ERROR_ARGUMENT, "either --scores or --method, not both");
    if (options->scores[0])
        return audit_scores(options, error);
    if (options->method[0])
        return audit_method(options, error);
    return error_set(error, ERROR_ARGUMENT,
                     "--scores FILE, --method NAME or DIR with kept scores must be given");
}

enum { FOLDERS = 64 };

static int run(int argc, char **argv)
{
    struct audit_options options;
    struct error error;
    int folders, code = command_parse(&command_audit, &options, argc, argv, FOLDERS, &folders);
    if (code >= 0)
        return code;
    if (options.method[0])
        kernel_pin(argv - 1); /* the command's own words come after the program's name */
    return audit_any(&options, (const char *const *)argv + 1, folders, &error)
               ? command_fail(&command_audit, &error)
               : EXIT_DONE;
}

const struct command command_audit = {
    .name = "audit",
    .summary = "how well scores, anyone's or a supernet's, rank the architectures of a table",
    .usage =
        "audit --scores FILE --table FILE.h5 [--top K,...] [options]\n"
        "       nasbed audit --space S --method M --seeds K [--budget B] [--table FILE.h5] "
        "[options]\n"
        "       nasbed audit DIR... --table FILE.h5[,FILE.h5...] [--format F]\n\n"
        "With --method, K supernets are trained as the method trains them, every architecture of "
        "the\n"
        "space is scored with the shared weights, and the scores are judged: each seed's, and from "
        "two\n"
        "seeds on mean, std and 95 % interval. 1,000 fixed architectures are scored at 10, 25 and "
        "50 %\n"
        "of the budget too. What is kept is not trained again.\n\n"
        "With DIR nothing is trained: the scores that lie below, DIR/.../SPACE/METHOD/bBUDGET/"
        "sSEED.csv,\n"
        "are put into one table, a row a method and space, beside what costs nothing. A table may "
        "be\n"
        "any of the space, of whatever protocol; each space needs one.\n\n"
        "FILE.csv begins with the line architecture,score; then one line an architecture, named "
        "by\n"
        "its string or its index (as `nasbed space list` numbers them), higher scores being "
        "better;\n"
        "columns at_10, at_25, ... may follow, of some architectures, when so much of the budget "
        "was\n"
        "spent. Above it may stand comments (#): those of --method say what was trained, and are "
        "checked.\n"
        "Beside the scores stand what costs nothing or little - parameters, multiply-accumulates,\n"
        "the first points of the table, and its own validation where the truth is the test - on "
        "the\n"
        "same architectures, and the noise ceiling: how well one training's seed ranks what the\n"
        "others judge, which is how the table's own rivals are judged too. What has no path from\n"
        "input to output is ranked with the rest, then left out in a section of its own. Only\n"
        "architectures that are trained count, and equal scores are taken by index. The scores of "
        "a\n"
        "table, FILE.h5, are its validation accuracies at the last point.",
    .examples =
        "  nasbed audit --method random-nas --protocol smoke --budget 8 --images 64\n"
        "  nasbed audit out/audit --table smoke.h5 --format markdown\n"
        "  nasbed space list cell --csv | cut -d, -f2,4 | sed '1s/.*/architecture,score/' > p.csv\n"
        "  nasbed audit --scores p.csv --table smoke.h5 --top 1,10\n"
        "  nasbed audit --scores p.csv --table smoke.h5 --truth test --per both --format csv\n"
        "  nasbed audit --scores smoke.h5 --table smoke.h5 --truth test --top "
        "1\n" TABLE_OF_EXAMPLES,
    .options = rows,
    .run = run,
};
