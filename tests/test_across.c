/* Method against method, over the blocks of a budget. */
#include "reports/across.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(struct across *across, double budget, const char *block, const char *label,
                double first, double second)
{
    struct across_entry entry = {.block = strdup(block),
                                 .label = strdup(label),
                                 .budget = {budget, "trainings"},
                                 .accuracy = calloc(2, sizeof(double)),
                                 .seeds = 2};
    entry.accuracy[0] = first;
    entry.accuracy[1] = second;
    across->entries = realloc(across->entries, (across->n + 1) * sizeof *across->entries);
    across->entries[across->n++] = entry;
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
    assert_non_null(strstr(text, "\\begin{tabular}{lrrrr}\n\\toprule\nmethod & mean rank & low & "
                                 "high & odd\\_one \\\\\n"));
    assert_non_null(strstr(text, "\\end{table*}\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_block),      cmocka_unit_test(nothing_to_add),
        cmocka_unit_test(common_methods), cmocka_unit_test(tests_over_blocks),
        cmocka_unit_test(latex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
