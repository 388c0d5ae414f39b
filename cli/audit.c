/* nasbed audit: how well scores rank the architectures of a table. */
#include "reports/audit.h"
#include "base/text.h"
#include "cli/table.h"
#include "reports/accuracy.h"

#include <stdio.h>
#include <string.h>

struct audit_options {
    char scores[OPTION_TEXT_SIZE], table[OPTION_TEXT_SIZE], top[OPTION_TEXT_SIZE];
    char truth[OPTION_TEXT_SIZE], by[OPTION_TEXT_SIZE];
    bool csv;
};

#define ROW(member, kind, standard, help)                                                          \
    {                                                                                              \
#member, kind, offsetof(struct audit_options, member), standard, 0, 0, help, NULL          \
    }
static const struct option_row rows[] = {
    ROW(scores, OPTION_TEXT, "",
        "FILE.csv to audit: the line architecture,score, then one line each (must be given)"),
    ROW(table, OPTION_TEXT, "", "table (.h5) that is the truth; may be incomplete (must be given)"),
    ROW(top, OPTION_TEXT, "1,10,100", "each k of which the predicted top k is looked at"),
    ROW(truth, OPTION_TEXT, "validation", "which accuracy: validation (at the last point) or test"),
    ROW(by, OPTION_TEXT, "truth", "whose best the top sections are: truth or scores"),
    ROW(csv, OPTION_FLAG, NULL, "comma-separated values"),
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
    const char *slash = strrchr(options->scores, '/');
    if (!options->scores[0])
        return error_set(error, ERROR_ARGUMENT, "--scores FILE.csv must be given");
    if (!options->table[0])
        return error_set(error, ERROR_ARGUMENT, "--table FILE.h5 must be given");
    plan->label = slash ? slash + 1 : options->scores;
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

static int audit_scores(const struct audit_options *options, struct error *error)
{
    struct audit_plan plan = {0};
    struct table table;
    struct scores scores;
    bool test = false;
    int status = parse_plan(options, &plan, &test, error);
    if (!status)
        status = table_open_known(&table, options->table, error);
    if (status)
        return status;
    status = scores_read(&scores, options->scores, table.space, error);
    if (status)
        goto out;
    plan.table = &table;
    plan.scores = &scores;
    plan.point = test ? ACCURACY_TEST : table.identity.points;
    status = print_audit(&plan, options->csv, error);
    scores_free(&scores);
out:
    table_close(&table);
    return status;
}

static int run(int argc, char **argv)
{
    struct audit_options options;
    struct error error;
    int words, code = command_parse(&command_audit, &options, argc, argv, 0, &words);
    if (code >= 0)
        return code;
    return audit_scores(&options, &error) ? command_fail(&command_audit, &error) : EXIT_DONE;
}

const struct command command_audit = {
    .name = "audit",
    .summary = "how well scores, whoever made them, rank the architectures of a table",
    .usage =
        "audit --scores FILE.csv --table FILE.h5 [--top K,...] [options]\n\n"
        "FILE.csv begins with the line architecture,score; then one line an architecture, named "
        "by\n"
        "its string or its index (as `nasbed space list` numbers them), higher scores being "
        "better.\n"
        "Beside the scores stand what costs nothing or little - parameters, multiply-accumulates,\n"
        "the first points of the table - on the same architectures, and the noise ceiling: how "
        "well\n"
        "one training's seed ranks what the others judge. Only architectures that are trained\n"
        "count, and equal scores are taken by index.",
    .examples =
        "  nasbed space list cell --csv | cut -d, -f2,4 | sed '1s/.*/architecture,score/' > p.csv\n"
        "  nasbed audit --scores p.csv --table smoke.h5 --top 1,10\n"
        "  nasbed audit --scores p.csv --table smoke.h5 --truth test --by scores --csv\n",
    .options = rows,
    .run = run,
};
