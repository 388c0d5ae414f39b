/* nasbed table diff: two tables of one space, architecture by architecture. */
#include "cli/table.h"

#include "reports/accuracy.h"
#include "reports/difference.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct settings {
    int rows;
    char format[OPTION_TEXT_SIZE];
};

static const struct option_row options[] = {
    {"rows", OPTION_INT, offsetof(struct settings, rows), "5", 0, INT32_MAX,
     "how many of the architectures that differ most are listed", NULL},
    {"format", OPTION_TEXT, offsetof(struct settings, format), "", 0, 0,
     "text, markdown, csv or latex: the rank correlations alone, in that form", NULL},
    {.name = NULL}};

static const size_t picks[] = {1, 10, 100};

enum { PICKS = sizeof picks / sizeof picks[0] };

/* A number, or a dash where it is undefined. */
static void print_real(double value, int width, int digits)
{
    if (isnan(value))
        (void)printf("%*s", width, "-");
    else
        (void)printf("%*.*f", width, digits, value);
}

static void print_table(const char *name, const struct table *table)
{
    (void)printf(
        "%-14s%s: %s, %s, digest %.8s, %" PRIu64 " rows of %" PRIu32 " networks, %d seed%s\n", name,
        table->path, table->identity.space, table->identity.protocol, table->digest,
        table_rows(table), table->identity.distinct, table->seeds, table->seeds == 1 ? "" : "s");
}

/* Costs are the space's under each table's skeleton. */
static void print_costs(const struct table *a, const struct table *b)
{
    uint32_t params = 0, macs = 0;
    for (uint32_t i = 0; i < a->identity.count; i++) {
        params += a->params[i] != b->params[i];
        macs += a->macs[i] != b->macs[i];
    }
    (void)printf("%-14sparams differ for %" PRIu32 " of %" PRIu32
                 " architectures, macs for %" PRIu32 "\n",
                 "cost", params, a->identity.count, macs);
}

static void print_rows(const struct difference *difference, const struct space *space, int most)
{
    for (size_t i = 0; i < difference->n && i < (size_t)most; i++) {
        const struct difference_row *row = &difference->rows[i];
        struct architecture architecture;
        char text[ARCHITECTURE_TEXT];
        if (row->a == row->b)
            return;
        space->from_index(row->architecture, &architecture);
        space->print(&architecture, text);
        (void)printf("%s%10.4f %10.4f %+10.4f  index %" PRIu32 " %s\n",
                     i ? "" : "  differ most       A          B      B - A\n", row->a, row->b,
                     row->b - row->a, row->architecture, text);
    }
}

/* What the best of one table are worth in the other. */
static void print_choice(const char *chooser, const char *judge, const struct agreement *agreement)
{
    for (size_t i = 0; i < agreement->n_picks; i++) {
        const struct pick *pick = &agreement->picks[i];
        if (isnan(pick->rank))
            continue;
        (void)printf(
            "  top %-4zu of %s   best is #%.0f in %s, regret %.2f; %.0f %% are in its top\n",
            pick->k, chooser, pick->rank, judge, pick->regret, 100 * pick->precision);
    }
}

/* Conclusions that a table alone supports, and whether the other has them too. */
static void print_conclusions(const struct difference *difference)
{
    const struct pick *best = &difference->a_judged_by_b.picks[0];
    const double *params = difference->params, *macs = difference->macs;
    bool known = !isnan(params[0]) && !isnan(params[1]) && !isnan(macs[0]) && !isnan(macs[1]);
    if (!isnan(best->rank))
        (void)printf("  conclusion: the best architecture                     %s\n",
                     best->regret > 0 ? "FLIPS" : "holds");
    if (!known)
        return;
    (void)printf("  tau-b of params   %6.3f in A, %6.3f in B; of macs %6.3f in A, %6.3f in B\n",
                 params[0], params[1], macs[0], macs[1]);
    (void)printf("  conclusion: which of params and macs ranks better     %s\n",
                 (params[0] > macs[0]) == (params[1] > macs[1]) ? "holds" : "FLIPS");
    (void)printf("  conclusion: whether more params go with more accuracy %s\n",
                 (params[0] > 0) == (params[1] > 0) ? "holds" : "FLIPS");
}

/* Rank correlation of the best, by either table. */
static void print_slices(const struct difference *difference)
{
    (void)printf("  rank correlation         n   tau-b  Spearman\n");
    for (int i = 0; i < DIFFERENCE_SLICES; i++) {
        const struct difference_slice *slice = &difference->slices[i];
        (void)printf("    %-8s %-7s %8zu", slice->title,
                     i ? slice->by[0] == 'A' ? "by A" : "by B" : "", slice->n);
        print_real(slice->tau, 8, 3);
        print_real(slice->rho, 10, 3);
        (void)printf("\n");
    }
}

static void print_difference(const struct difference *difference, const char *what,
                             const struct space *space, int rows)
{
    (void)printf("\n%s in %%, last point, mean over seeds: %zu architectures in both, %zu in A "
                 "alone, %zu in B alone\n",
                 what, difference->n, difference->only_a, difference->only_b);
    if (!difference->n)
        return;
    (void)printf("  equal             %zu of %zu\n", difference->equal, difference->n);
    (void)printf("  B - A             mean %+.4f, mean distance %.4f\n", difference->shift,
                 difference->distance);
    (void)printf("  tau-b            ");
    print_real(difference->slices[0].tau, 7, 4);
    (void)printf("; pairs ordered otherwise:");
    print_real(100 * difference->reversed, 6, 2);
    (void)printf(" %%\n");
    print_slices(difference);
    print_rows(difference, space, rows);
    print_choice("A", "B", &difference->a_judged_by_b);
    print_choice("B", "A", &difference->b_judged_by_a);
    print_conclusions(difference);
}

/* The correlations alone. */
static int print_report(const struct difference *valid, const struct difference *test,
                        const char *word, struct error *error)
{
    enum report_format format = REPORT_TEXT;
    struct text out = {0};
    int status = frame_format(word, &format, error);
    if (!status)
        status = difference_print(valid, format, true, &out, error);
    if (!status && format != REPORT_CSV)
        text_append(&out, "\n");
    if (!status)
        status = difference_print(test, format, false, &out, error);
    if (!status)
        (void)fputs(out.data, stdout);
    text_free(&out);
    return status;
}

static void print_all(const struct difference *valid, const struct difference *test, int rows)
{
    const struct table *a = valid->a, *b = valid->b;
    print_table("A", a);
    print_table("B", b);
    print_costs(a, b);
    print_difference(valid, "validation accuracy", a->space, rows);
    print_difference(test, "test accuracy", a->space, rows);
    (void)printf("\nWhether a method's verdict flips takes its traces on both: nasbed run and "
                 "report with each --table.\n");
}

static int compare(const struct table *a, const struct table *b, const struct settings *settings,
                   struct error *error)
{
    struct difference valid, test;
    int status = difference_make(&valid, a, b, false, picks, PICKS, error);
    if (status)
        return status;
    status = difference_make(&test, a, b, true, picks, PICKS, error);
    if (!status) {
        if (settings->format[0])
            status = print_report(&valid, &test, settings->format, error);
        else
            print_all(&valid, &test, settings->rows);
        difference_free(&test);
    }
    difference_free(&valid);
    return status ? status : command_flush(error);
}

static int diff(const char *first, const char *second, const struct settings *settings,
                struct error *error)
{
    struct table a, b;
    int status = table_open_known(&a, first, error);
    if (status)
        return status;
    status = table_open_known(&b, second, error);
    if (!status) {
        status = compare(&a, &b, settings, error);
        table_close(&b);
    }
    table_close(&a);
    return status;
}

static int run(int argc, char **argv)
{
    struct settings settings;
    struct error error;
    int words;
    int code = command_parse(&command_table_diff, &settings, argc, argv, 2, &words);
    if (code >= 0)
        return code;
    if (words != 2)
        (void)error_set(&error, ERROR_ARGUMENT, "expected the FILE.h5 of two tables");
    return words != 2 || diff(argv[1], argv[2], &settings, &error)
               ? command_fail(&command_table_diff, &error)
               : EXIT_DONE;
}

const struct command command_table_diff = {
    .name = "table diff",
    .summary = "two tables of one space: how far apart, how alike they rank, what flips",
    .usage =
        "table diff A.h5 B.h5 [--rows N] [--format F]\n\n"
        "Architectures that both have, at each table's last point, means over its seeds;\n"
        "protocols, seeds and the reading of isomorphs may differ, and rows be missing. Ranks are\n"
        "compared over them all, and over the best 10 % and the best 1000 by either table.",
    .examples = "  nasbed table diff smoke.h5 smoke.h5\n"
                "  nasbed table diff smoke.h5 smoke.h5 --format markdown\n" TABLE_OF_EXAMPLES,
    .options = options,
    .run = run,
};
