/* nasbed validate: one method against random search, regularized evolution and local search: the conformance
 * checks, and one verdict. */
#include "cli/validate.h"

#include "base/file.h"
#include "base/pool.h"
#include "cli/command.h"
#include "cli/kernel.h"
#include "cli/stage.h"
#include "methods/trial/conformance.h"
#include "reports/report.h"
#include "reports/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row rows[] = {
#define ROW(member, name, kind, standard, least, most, help)                                       \
    {                                                                                              \
        name, kind, offsetof(struct validate_options, member), standard, least, most, help, NULL   \
    }
    ROW(method, "method", OPTION_TEXT, "", 0, 0,
        "the method: a name, or a shared object (./mine.so)"),
    ROW(command, "exec", OPTION_TEXT, "", 0, 0,
        "or a command that is spoken to over pipes (methods/PIPE.md)"),
    ROW(name, "name", OPTION_TEXT, "", 0, 0, "what the method of --exec is called"),
    ROW(class_name, "class", OPTION_TEXT, "RS", 0, 0, "class of the method of --exec"),
    ROW(live, "live", OPTION_FLAG, "no", 0, 0,
        "the method of --exec trains networks or a supernet of its own"),
    ROW(patience, "patience", OPTION_REAL, "60", 0.01, 1e6,
        "seconds that the method of --exec may take for a line"),
    ROW(set, "set", OPTION_TEXT, "", 0, 0, "method.option=value,..."),
    ROW(space, "space", OPTION_TEXT, "", 0, 0, "this space alone; with --table the table's"),
    ROW(protocol, "protocol", OPTION_TEXT, "", 0, 0,
        "tables of this protocol alone: a shipped one, or the path of an .ini file"),
    ROW(table, "table", OPTION_TEXT, "", 0, 0,
        "FILE.h5 alone; default every released table that is complete"),
    ROW(budgets, "budgets", OPTION_TEXT, "10,30,100", 0, 0, "full trainings, with commas between"),
    ROW(gap, "gap", OPTION_REAL, "0.2", 0.001, 100,
        "points of test accuracy that are to be found if they are there"),
    ROW(power, "power", OPTION_REAL, "0.8", 0.05, 0.999, "how surely"),
    ROW(seeds, "seeds", OPTION_INT, "0", 0, 100000, "of each budget; 0: what gap and power need"),
    ROW(most, "most", OPTION_INT, "100", 10, 100000, "most seeds that are planned"),
    ROW(first_seed, "first-seed", OPTION_U64, "0", 0, 9e18, "the first"),
    ROW(conformance, "conformance", OPTION_FLAG, "no", 0, 0, "the conformance checks alone"),
    ROW(out, "out", OPTION_TEXT, "out/validate", 0, 0, "folder of traces and reports"),
    ROW(threads, "threads", OPTION_INT, "0", 0, 1024, "0: all cores; results never depend on it"),
    ROW(quiet, "quiet", OPTION_FLAG, "no", 0, 0, "no progress, the verdict alone"),
    {.name = NULL}};

extern const struct command command_validate;

static void say(const char *line)
{
    (void)fprintf(stderr, "nasbed: validate: %s\n", line);
}

/* Conformance ---------------------------------------------------------------------------------- */

static void print_check(const char *name, enum conformance_verdict verdict, const char *why)
{
    static const char *const words[] = {
        [CONFORMANCE_PASSED] = "ok", [CONFORMANCE_FAILED] = "FAIL", [CONFORMANCE_UNTESTED] = "-"};
    static const char *const before[] = {[CONFORMANCE_PASSED] = "",
                                         [CONFORMANCE_FAILED] = ": ",
                                         [CONFORMANCE_UNTESTED] = ": not tested: "};
    (void)printf("  %-4s  %s%s%s\n", words[verdict], name, before[verdict],
                 verdict == CONFORMANCE_PASSED ? "" : why);
}

/* Whether the method is no better than random search where there is nothing to learn. */
static int check_control(const struct contest *contest, const struct method_settings *settings,
                         uint64_t first, bool *passed, struct error *error)
{
    double mine[CONFORMANCE_CONTROL], theirs[CONFORMANCE_RIVALS];
    struct method_settings rival;
    struct rank_test test = {.p = 1};
    char why[128];
    int status = method_settings_init(&rival, method_find("random-search", NULL), error);
    if (!status)
        status = conformance_control(contest, settings, first, CONFORMANCE_CONTROL, mine, error);
    if (!status) /* seeds of its own: the method may be random search */
        status = conformance_control(contest, &rival, first + 1000000, CONFORMANCE_RIVALS, theirs,
                                     error);
    if (!status)
        status = mann_whitney(mine, CONFORMANCE_CONTROL, theirs, CONFORMANCE_RIVALS, &test, error);
    method_settings_free(&rival);
    *passed = !(test.p < 0.001 && test.gain > 0.5);
    (void)snprintf(why, sizeof why, "P(better) %.2f, p %.2g", test.gain, test.p);
    if (!status)
        print_check("is random search where rows are permuted (negative control)",
                    *passed ? CONFORMANCE_PASSED : CONFORMANCE_FAILED, why);
    return status;
}

int validate_conformance(const struct stage *stage, const struct method_settings *settings,
                         uint64_t first, bool *passed, struct error *error)
{
    struct conformance result;
    const struct nasbed_method *method = settings->method;
    int status = conformance_run(&stage->contest, settings, first, &result, error);
    if (status)
        return status;
    (void)printf("conformance of %s, %s, budget %g\n", method->name, stage->contest.space->name,
                 stage->contest.budget);
    for (int i = 0; i < CONFORMANCE_CHECKS; i++) {
        print_check(conformance_name((enum conformance_check)i), result.verdict[i], result.why[i]);
        *passed = *passed && result.verdict[i] == CONFORMANCE_PASSED;
    }
    bool control = true;
    if (method->networks || method->supernet)
        (void)printf("  -     negative control: it learns from images, not from queries alone\n");
    else if (!stage->has_table || !table_complete(&stage->table))
        (void)printf("  -     negative control: needs a complete table\n");
    else if (result.verdict[CONFORMANCE_FINISH] == CONFORMANCE_PASSED)
        status = check_control(&stage->contest, settings, first, &control, error);
    *passed = *passed && control;
    return status;
}

/* The verdict ---------------------------------------------------------------------------------- */

static const char *const trial_rivals[] = {"regularized-evolution", "local-search"};

/* The duels with one rival, and their sentence. */
static int judge(struct validation *v, const char *rival, struct text *notes, struct error *error)
{
    struct duel *duels = calloc(v->n ? v->n : 1, sizeof *duels);
    struct family family;
    size_t n = 0;
    if (!duels)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->duel[i].rival, rival) == 0)
            duels[n++] = v->duel[i];
    int status = n ? duels_judge(duels, n, &family, error) : 0;
    if (n && !status) {
        if (!notes->size)
            text_append(notes, "Verdict: ");
        family_print(&family, v->method, rival, notes);
        text_append(notes, "\n");
    }
    for (size_t i = 0, k = 0; i < v->n; i++)
        if (strcmp(v->duel[i].rival, rival) == 0)
            v->duel[i] = duels[k++];
    free(duels);
    return status;
}

static int write_verdict(const struct validation *v, const char *out, const struct text *title,
                         const struct text *notes, struct error *error)
{
    static const char *const suffixes[REPORT_FILES] = {[REPORT_TEXT] = "txt",
                                                       [REPORT_MARKDOWN] = "md",
                                                       [REPORT_CSV] = "csv",
                                                       [REPORT_LATEX] = "tex"};
    int status = folder_make(out, error);
    for (int format = 0; format < REPORT_FILES && !status; format++) {
        struct text text = {0}, path = {0};
        status = duels_print(v->duel, v->n, (enum report_format)format, title, notes, &text, error);
        text_append(&path, "%s/verdict.%s", out, suffixes[format]);
        if (!status && (path.failed || text.failed))
            status = error_set(error, ERROR_MEMORY, "out of memory");
        if (!status)
            status = file_write(path.data, text.data, text.size, error);
        if (!status && format == REPORT_TEXT)
            (void)fputs(text.data, stdout);
        text_free(&text);
        text_free(&path);
    }
    return status;
}

/* Comparison tables and plots of the traces, beside the verdict. */
static int write_report(const char *out, const char *table, struct error *error)
{
    struct report report;
    const char *const folders[] = {out};
    const struct report_plan plan = {
        .folders = folders, .n_folders = 1, .out = out, .table = table[0] ? table : NULL};
    int status = report_make(&report, &plan, error);
    if (!status) {
        (void)printf("\nverdict  %s/verdict.txt, .md, .csv, .tex\nreport   %s/comparison.txt, .md, "
                     ".csv, .tex\n",
                     out, out);
        report_free(&report);
    }
    return status;
}

static int conclude(struct validation *v, const struct validate_options *options,
                    struct error *error)
{
    struct text notes = {0}, title = {0};
    if (!v->n)
        return error_set(error, ERROR_MISSING,
                         "no complete table was found that %s can be judged by: name one (--table)",
                         v->method);
    int status = judge(v, VALIDATE_RANDOM, &notes, error);
    for (size_t i = 0; i < sizeof trial_rivals / sizeof *trial_rivals && !status; i++)
        status = judge(v, trial_rivals[i], &notes, error);
    text_append(&title, "%s against random search, regularized evolution and local search",
                v->method);
    text_append(&notes,
                "Mann-Whitney, two-sided; Holm over the settings of one rival. random search: %d "
                "virtual runs; exact: the mean of its draws in closed form.\n",
                VIRTUAL_RUNS);
    note_noise(v->biased, v->one_noise, &notes);
    if (!status && (notes.failed || title.failed))
        status = error_set(error, ERROR_MEMORY, "out of memory");
    if (!status)
        status = write_verdict(v, options->out, &title, &notes, error);
    if (!status && !options->quiet)
        status = write_report(options->out, options->table, error);
    text_free(&notes);
    text_free(&title);
    return status;
}

/* The command ---------------------------------------------------------------------------------- */

static int parse_budgets(struct validation *v, const char *list, struct error *error)
{
    while (*list) {
        char word[32];
        size_t length = strcspn(list, ",");
        (void)snprintf(word, sizeof word, "%.*s", (int)length, list);
        list += length + (list[length] == ',');
        if (v->budgets == VALIDATE_BUDGETS || !text_parse_real(word, &v->budget[v->budgets]) ||
            !(v->budget[v->budgets++] > 0))
            return error_set(error, ERROR_ARGUMENT,
                             "budgets: expected up to %d numbers above 0, as in 10,30,100",
                             VALIDATE_BUDGETS);
    }
    return v->budgets ? 0 : error_set(error, ERROR_ARGUMENT, "budgets: none was given");
}

static int validate(const struct validate_options *options, bool *passed, struct error *error)
{
    struct validation v = {.options = options, .say = say};
    int status = 0;
    if (!options->method[0] == !options->command[0])
        return error_set(error, ERROR_ARGUMENT, "name one method, by --method or by --exec");
    if (strchr(options->method, ',') || strcmp(options->method, "all") == 0)
        return error_set(error, ERROR_ARGUMENT, "one method at a time");
    status = parse_budgets(&v, options->budgets, error);
    if (!status)
        status = validation_fill(&v, passed, error);
    if (!status && !options->conformance)
        status = conclude(&v, options, error);
    validation_free(&v);
    return status ? status : command_flush(error);
}

static int run(int argc, char **argv)
{
    struct validate_options options;
    struct error error;
    bool passed = true;
    int words, code = command_parse(&command_validate, &options, argc, argv, 0, &words);
    if (code >= 0)
        return code;
    kernel_pin(argv - 1);
    if (validate(&options, &passed, &error))
        return command_fail(&command_validate, &error);
    return passed ? EXIT_DONE : EXIT_FAILED;
}

const struct command command_validate = {
    .name = "validate",
    .summary = "is a method better than random search? conformance checks, then one verdict",
    .usage =
        "validate --method X | --exec COMMAND [options]\n\n"
        "Runs the method beside regularized evolution and local search at several budgets on "
        "every\n"
        "complete table, with as many seeds as the gap needs, and judges it against the exact\n"
        "distribution of random search. Exits with 1 when a conformance check fails.",
    .examples = "  nasbed validate --method regularized-evolution --table out/smoke/cell-smoke.h5\n"
                "  nasbed validate --exec \"python3 methods/examples/random_search.py\" \\\n"
                "             --table out/smoke/cell-smoke.h5 --conformance\n"
                "\nThat table is released: tar -xJf reports/results/smoke.tar.xz -C out\n",
    .options = rows,
    .run = run,
};
