/* nasbed report: comparison tables, plots and the page from traces. */
#include "reports/report.h"
#include "cli/command.h"
#include "methods/trial/registry.h"

#include <stdio.h>
#include <string.h>

#define FOLDERS 64  /* most DIRs of one report */
#define METHODS 128 /* most methods that stand for rows of the survey */

struct report_options {
    char out[OPTION_TEXT_SIZE], table[OPTION_TEXT_SIZE], format[OPTION_TEXT_SIZE];
    bool survey, logged, quiet;
};

#define ROW(member, kind, standard, help)                                                          \
    {                                                                                              \
#member, kind, offsetof(struct report_options, member), standard, 0, 0, help, NULL         \
    }
static const struct option_row rows[] = {
    ROW(out, OPTION_TEXT, "out", "folder for the page, tables and plots"),
    ROW(table, OPTION_TEXT, "", "table (.h5) that judges, for the regret; else the released one"),
    ROW(format, OPTION_TEXT, "text", "what is printed: text, markdown, csv or latex"),
    ROW(survey, OPTION_FLAG, NULL,
        "print the survey's published tables, what was measured here beside them"),
    ROW(logged, OPTION_FLAG, NULL,
        "print what the methods put on record: rank correlations of surrogates, entropies, ..."),
    ROW(quiet, OPTION_FLAG, NULL, "print the table alone"),
    {.name = NULL},
};

extern const struct command command_report;

/* `label` before each line of `lines`. */
static void print_lines(FILE *stream, const char *label, const struct text *lines)
{
    for (const char *line = lines->data; line && *line; line += strcspn(line, "\n") + 1)
        (void)fprintf(stream, "%s%.*s\n", label, (int)strcspn(line, "\n"), line);
}

/* The table on standard output, where the files lie behind it; a format for programs stays
 * clean. */
static void print_report(const struct report *report, enum report_format format,
                         const struct report_options *options)
{
    FILE *stream = format == REPORT_TEXT ? stdout : stderr;
    print_lines(stderr, "nasbed: report: ", &report->warnings);
    const struct text *tables = options->survey   ? report->survey
                                : options->logged ? report->logged
                                                  : report->tables;
    if (tables[format].data)
        (void)fputs(tables[format].data, stdout);
    if (options->quiet)
        return;
    (void)fprintf(stream, "\ntables  %s/comparison.txt, .md, .csv, .tex\n", options->out);
    (void)fprintf(stream, "survey  %s/survey.txt, .md, .csv, .tex\n", options->out);
    (void)fprintf(stream, "logged  %s/logged.txt, .md, .csv, .tex\n", options->out);
    print_lines(stream, "plot    ", &report->plots);
    (void)fprintf(stream, "page    %s/index.html\n", options->out);
}

/* The methods of this program that stand for rows of the survey. */
static size_t list_methods(struct survey_method *methods)
{
    size_t n = 0;
    for (int i = 0; method_at(i) && n < METHODS; i++)
        if (method_at(i)->survey)
            methods[n++] = (struct survey_method){method_at(i)->name, method_at(i)->survey};
    return n;
}

static int make_report(const struct report_options *options, const char *const *folders, int n,
                       bool *whole, struct error *error)
{
    struct report report;
    struct survey_method methods[METHODS];
    enum report_format format = REPORT_TEXT;
    struct report_plan plan = {.folders = folders,
                               .n_folders = (size_t)n,
                               .out = options->out,
                               .table = options->table[0] ? options->table : NULL,
                               .methods = methods,
                               .n_methods = list_methods(methods)};
    if (!n)
        return error_set(error, ERROR_ARGUMENT, "no DIR with traces was given");
    if (options->survey && options->logged)
        return error_set(error, ERROR_ARGUMENT,
                         "--survey and --logged: both are written, but only one can be printed");
    if (strcmp(options->format, "html") == 0)
        return error_set(error, ERROR_ARGUMENT,
                         "format = html: must be text, markdown, csv or latex; the page, "
                         "%s/index.html, is always written",
                         options->out);
    int status = frame_format(options->format, &format, error);
    if (!status)
        status = report_make(&report, &plan, error);
    if (status)
        return status;
    print_report(&report, format, options);
    *whole = !report.damaged && !report.failed;
    report_free(&report);
    return command_flush(error);
}

static int run(int argc, char **argv)
{
    struct report_options options;
    struct error error;
    bool whole = false;
    int folders, code = command_parse(&command_report, &options, argc, argv, FOLDERS, &folders);
    if (code >= 0)
        return code;
    if (make_report(&options, (const char *const *)argv + 1, folders, &whole, &error))
        return command_fail(&command_report, &error);
    return whole ? EXIT_DONE : EXIT_FAILED;
}

const struct command command_report = {
    .name = "report",
    .summary = "compare what searches found: tables, plots and a page from traces",
    .usage =
        "report DIR... [--out DIR] [--table FILE] [--format F] [--survey | --logged] [--quiet]",
    .examples = "  nasbed report out\n"
                "  nasbed report out --out pages --format markdown\n"
                "  nasbed report out --survey\n"
                "\nout is what nasbed run writes, where no --out says otherwise\n",
    .options = rows,
    .run = run,
};
