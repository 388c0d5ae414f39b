/* Method against method, over the blocks of a budget. */
#include "reports/across.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADERS 8

/* A header each of the methods "a", "b", ...; with an option "sample" where that is not 0. */
static const struct trace_header *header_of(const char *method, int sample, int standard,
                                            const char *digest)
{
    static struct made {
        struct trace_header header;
        struct trace_option option;
        char value[8], standard[8];
    } made[HEADERS];
    static size_t n;
    struct made *new = &made[n++ % HEADERS]; /* as many as a test has at once */
    *new = (struct made){.header = {.class = "EA", .kind = "native"}};
    (void)snprintf(new->header.method, sizeof new->header.method, "%s", method);
    (void)snprintf(new->header.origin.digest, sizeof new->header.origin.digest, "%s", digest);
    (void)snprintf(new->value, sizeof new->value, "%d", sample);
    (void)snprintf(new->standard, sizeof new->standard, "%d", standard);
    new->option = (struct trace_option){"sample", new->value, new->standard, ""};
    new->header.options = &new->option;
    new->header.n_options = sample ? 1 : 0;
    return &new->header;
}

static void add_header(struct across *across, double budget, const char *block,
                       const struct trace_header *header, double first, double second)
{
    struct across_entry entry = {.block = strdup(block),
                                 .header = header,
                                 .budget = {budget, "trainings"},
                                 .accuracy = calloc(2, sizeof(double)),
                                 .seeds = 2};
    entry.accuracy[0] = first;
    entry.accuracy[1] = second;
    across->entries = realloc(across->entries, (across->n + 1) * sizeof *across->entries);
    across->entries[across->n++] = entry;
}

/* The method `name` without options; one header for each name of this test. */
static void add(struct across *across, double budget, const char *block, const char *name,
                double first, double second)
{
    const struct trace_header *header = NULL;
    for (size_t i = 0; i < across->n && !header; i++)
        if (strcmp(across->entries[i].header->method, name) == 0)
            header = across->entries[i].header;
    add_header(across, budget, block, header ? header : header_of(name, 0, 0, ""), first, second);
}

static char *printed(struct across *across, enum report_format format)
{
    struct text text[REPORT_FORMATS] = {{0}}, *out[REPORT_FORMATS];
    for (int i = 0; i < REPORT_FORMATS; i++)
        out[i] = &text[i];
    assert_int_equal(across_print(across, out, NULL), 0);
    across_free(across);
    for (int i = 0; i < REPORT_FORMATS; i++)
        if (i != (int)format)
            text_free(&text[i]);
    return text[format].data;
}

static void one_block(void **state)
{
    (void)state;
    struct across across = {0};
    add(&across, 30, "cell", "a", 50, 60);
    add(&across, 30, "cell", "b", 55, 60);
    add(&across, 30, "cell", "c", 70, 71);
    char *text = printed(&across, REPORT_TEXT);
    assert_string_equal(text, "\nMethod against method, budget 30: P(row beats column), ties half\n"
                              "method     a     b     c\n"
                              "a          -  0.38  0.00\n"
                              "b       0.62     -  0.00\n"
                              "c       1.00  1.00     -\n"
                              "No test over spaces and tables: Friedman's needs 6 of them.\n");
    free(text);
}

/* Of random search as virtual runs the comparison says something else. */
static void virtual_runs(void **state)
{
    (void)state;
    struct across across = {0};
    add(&across, 30, "cell", "random-search", 50, 60);
    add(&across, 30, "cell", "b", 55, 60);
    add(&across, 30, "cell", "c", 70, 71);
    for (size_t i = 0; i < 3; i++)
        across.entries[i].virtual = true;
    char *text = printed(&across, REPORT_TEXT);
    assert_non_null(strstr(text,
                           "-\nrandom-search is its own 2 seeds here, and virtual runs on the "
                           "table in the comparison, whose P(better) can"));
    free(text);
}

/* Two methods in one block are what the comparison shows already. */
static void nothing_to_add(void **state)
{
    (void)state;
    struct across across = {0};
    add(&across, 30, "cell", "a", 50, 60);
    add(&across, 30, "cell", "b", 55, 60);
    assert_null(printed(&across, REPORT_TEXT));
    add(&across, 30, "cell", "a", 50, 60);
    add(&across, 10, "cell", "b", 55, 60);
    assert_null(printed(&across, REPORT_CSV));
}

/* What is not in every block of the budget stays out; another budget is another matter. */
static void common_methods(void **state)
{
    (void)state;
    struct across across = {0};
    add(&across, 10, "cell", "a", 1, 2);
    add(&across, 10, "cell", "b", 3, 4);
    add(&across, 30, "cell", "a", 1, 2);
    add(&across, 30, "cell", "b", 3, 4);
    add(&across, 30, "cell", "c", 3, 4);
    add(&across, 10, "chain", "b", 1, 2);
    add(&across, 10, "chain", "a", 3, 4);
    char *text = printed(&across, REPORT_CSV);
    assert_string_equal(
        text, "budget,budget_unit,blocks,method,other,p_better,mean_rank,p_pair,p_friedman\n"
              "10,trainings,2,a,b,0.5,1.5,,\n"
              "10,trainings,2,b,a,0.5,1.5,,\n"
              "30,trainings,1,a,b,0,3,,\n"
              "30,trainings,1,a,c,0,3,,\n"
              "30,trainings,1,b,a,1,1.5,,\n"
              "30,trainings,1,b,c,0.5,1.5,,\n"
              "30,trainings,1,c,a,1,1.5,,\n"
              "30,trainings,1,c,b,0.5,1.5,,\n");
    free(text);
}

/* Two methods in two blocks, one of which has a third that is the second with another option: the
 * second stays, though its label is another there. */
static void other_setting(void **state)
{
    (void)state;
    struct across across = {0};
    add(&across, 10, "cell", "a", 1, 2);
    add_header(&across, 10, "cell", header_of("b", 10, 10, ""), 3, 4);
    add(&across, 10, "chain", "a", 1, 2);
    add_header(&across, 10, "chain", header_of("b", 2, 10, ""), 1, 1);
    add_header(&across, 10, "chain", header_of("b", 10, 10, ""), 3, 4);
    char *text = printed(&across, REPORT_TEXT);
    assert_string_equal(
        text,
        "\nMethod against method, budget 10: P(row beats column), ties half, mean over 2 blocks\n"
        "method       mean rank     a  b sample=10\n"
        "a                 2.00     -         0.00\n"
        "b sample=10       1.00  1.00            -\n"
        "Blocks: cell; chain.\n"
        "Left out, because not all blocks have them (with these options, of these files): b "
        "sample=2 (1 of 2).\n"
        "No test over spaces and tables: Friedman's needs 6 of them.\n");
    free(text);
}

/* Two versions of a program whose defaults differ give one label to two settings, two files of one name
 * to two methods. */
static void same_label(void **state)
{
    (void)state;
    struct across across = {0};
    add_header(&across, 10, "cell", header_of("b", 10, 10, ""), 3, 4);
    add_header(&across, 10, "cell", header_of("m", 0, 0, "912679c14733a1d0"), 3, 4);
    add_header(&across, 10, "chain", header_of("b", 25, 25, ""), 3, 4);
    add_header(&across, 10, "chain", header_of("m", 0, 0, "4c35557089f7b339"), 3, 4);
    char *text = printed(&across, REPORT_TEXT);
    assert_string_equal(
        text,
        "\nMethod against method, budget 10: P(row beats column), ties half, mean over 2 blocks\n"
        "Blocks: cell; chain.\n"
        "Left out, because not all blocks have them (with these options, of these files): b "
        "sample=10 (1 of 2), m (912679c1) (1 of 2), b sample=25 (1 of 2), m (4c355570) (1 of 2).\n"
        "Nothing is left to compare.\n");
    free(text);
    add_header(&across, 10, "cell", header_of("b", 10, 10, ""), 3, 4);
    add_header(&across, 10, "chain", header_of("b", 25, 25, ""), 3, 4);
    assert_null(printed(&across, REPORT_CSV));
}

static struct across blocks(int n)
{
    struct across across = {0};
    for (int b = 0; b < n; b++) {
        char name[16];
        (void)snprintf(name, sizeof name, "space %d", b);
        add(&across, 10, name, "low", 3 + b, 4 + b);
        add(&across, 10, name, "high", 20 + b, 21 + b);
        add(&across, 10, name, "odd_one", b % 2 ? 15 : 30, b % 2 ? 16 : 31);
    }
    return across;
}

/* Six blocks are enough for Friedman's test, not for three pairs; eight are for both. */
static void tests_over_blocks(void **state)
{
    (void)state;
    struct across six = blocks(6), eight = blocks(8);
    char *text = printed(&six, REPORT_TEXT);
    assert_non_null(strstr(text, "low           3.00     -  0.00     0.00\n"));
    assert_non_null(strstr(text, "high          1.50  1.00     -     0.50\n"));
    assert_non_null(strstr(text, "Blocks: space 0; space 1;"));
    assert_non_null(strstr(text, "Friedman over 6 blocks: chi-square 9.00, p 0.0"));
    assert_non_null(strstr(text, "Pairs are not judged: with 6 blocks and 3 methods their p "
                                 "(signed-rank, Holm) cannot fall below 0.094."));
    assert_null(strstr(text, "p of each pair"));
    free(text);
    text = printed(&eight, REPORT_MARKDOWN);
    assert_non_null(strstr(text, "\n## Method against method, budget 10: P(row beats column), ties "
                                 "half, mean over 8 blocks\n\n| method | mean rank | low |"));
    assert_non_null(strstr(text, "p of each pair: signed-rank"));
    assert_non_null(strstr(text, "| low | 3.00 | - | 0.023 | 0.023 |\n")); /* 3 x 2 / 2^8 */
    assert_null(strstr(text, "not judged"));
    free(text);
}

static void latex(void **state)
{
    (void)state;
    struct across across = blocks(2);
    char *text = printed(&across, REPORT_LATEX);
    assert_non_null(strstr(text, "% needs \\usepackage{booktabs,graphicx}\n\\begin{table*}\n"));
    assert_non_null(strstr(text,
                           "\n\\resizebox{\\ifdim\\width>\\textwidth\\textwidth\\else\\width\\fi}"
                           "{!}{%\n\\begin{tabular}"));
    assert_non_null(strstr(text, "\\end{tabular}\n}\n\\par\\medskip"));
    assert_non_null(strstr(text, ".\\par\n\\end{table*}"));
    assert_non_null(strstr(text, "\\begin{tabular}{lrrrr}\n\\toprule\nmethod & mean rank & low & "
                                 "high & odd\\_one \\\\\n"));
    assert_non_null(strstr(text, "\\end{table*}\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_block),         cmocka_unit_test(virtual_runs),
        cmocka_unit_test(nothing_to_add),    cmocka_unit_test(common_methods),
        cmocka_unit_test(tests_over_blocks), cmocka_unit_test(latex),
        cmocka_unit_test(other_setting),     cmocka_unit_test(same_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
