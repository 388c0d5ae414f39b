/* nasbed report: comparison tables and plots from traces. */
#include "cli/command.h"
#include "reports/report.h"

#include <stdio.h>
#include <string.h>

#define FOLDERS 64 /* most DIRs of one report */

struct report_options {
    char out[OPTION_TEXT_SIZE], table[OPTION_TEXT_SIZE], format[OPTION_TEXT_SIZE];
    bool quiet;
};

#define ROW(member, kind, standard, help)                                                          \
    {#member, kind, offsetof(struct report_options, member), standard, 0, 0, help, NULL}
static const struct option_row rows[] = {
    ROW(out, OPTION_TEXT, "out", "folder for the tables and plots"),
    ROW(table, OPTION_TEXT, "", "table (.h5) that judges, for the regret; else the released one"),
    ROW(format, OPTION_TEXT, "text", "what is printed: text, markdown or csv"),
    ROW(quiet, OPTION_FLAG, NULL, "print the table alone"),
    {.name = NULL},
};

static const struct command *self(void);

static int find_format(const char *name, enum report_format *format, struct error *error)
{
    static const char *const names[REPORT_FORMATS] = {"text", "markdown", "csv"};
    for (int i = 0; i < REPORT_FORMATS; i++)
        if (strcmp(name, names[i]) == 0) {
            *format = (enum report_format)i;
            return 0;
        }
    return error_set(error, ERROR_ARGUMENT, "format = %s: must be text, markdown or csv", name);
}

/* `label` before each line of `lines`. */
static void print_lines(FILE *stream, const char *label, const struct text *lines)
{
    for (const char *line = lines->data; line && *line; line += strcspn(line, "\n") + 1)
        (void)fprintf(stream, "%s%.*s\n", label, (int)strcspn(line, "\n"), line);
}

static int run(int argc, char **argv)
{
    struct report_options options;
    struct error error;
    struct report report;
    enum report_format format = REPORT_TEXT;
    int folders, done = command_parse(self(), &options, argc, argv, FOLDERS, &folders);
    if (done >= 0)
        return done;
    if (find_format(options.format, &format, &error))
        return command_fail(self(), &error);
    if (!folders) {
        (void)error_set(&error, ERROR_ARGUMENT, "no DIR with traces was given");
        return command_fail(self(), &error);
    }
    struct report_plan plan = {.folders = (const char *const *)argv + 1,
                               .n_folders = (size_t)folders,
                               .out = options.out,
                               .table = options.table[0] ? options.table : NULL};
    if (report_make(&report, &plan, &error))
        return command_fail(self(), &error);
    print_lines(stderr, "nasbed: report: ", &report.warnings);
    (void)fputs(report.tables[format].data ? report.tables[format].data : "", stdout);
    if (!options.quiet) {
        FILE *stream = format == REPORT_TEXT ? stdout : stderr; /* keep other formats clean */
        (void)fprintf(stream, "\ntables  %s/comparison.txt, .md, .csv\n", options.out);
        print_lines(stream, "plot    ", &report.plots);
    }
    done = report.damaged || report.failed ? EXIT_FAILED : EXIT_DONE;
    report_free(&report);
    return done;
}

const struct command command_report = {
    .name = "report",
    .summary = "Compare what searches found: tables and plots from traces.",
    .usage = "report DIR... [--out DIR] [--table FILE] [--format text|markdown|csv] [--quiet]",
    .examples = "  nasbed run --space cell --protocol smoke --method all --budget 6 --seeds 4 "
                "--out traces\n"
                "  nasbed report traces --out out\n",
    .options = rows,
    .run = run,
};

static const struct command *self(void)
{
    return &command_report;
}
