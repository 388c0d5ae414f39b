/* Grids: what people read and what programs read of the same cells. */
#include "reports/grid.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct field fields[] = {
    {"name", FIELD_TEXT, .column = "name"},
    {"secret", FIELD_TEXT, .hidden = true},
    {"modular", FIELD_FLAG, .column = "M"},
    {"mean", FIELD_REAL, 1, .column = "mean", .group = "error"},
    {"low", FIELD_REAL, 1, .before = " [", .after = "]"},
    {"cost", FIELD_MEASURE, .column = "cost", .group = "both"},
    {"chance", FIELD_PROBABILITY, .column = "p", .group = "both"},
    {"size", FIELD_MEASURE, .column = "k", .group = "alone"},
};

static struct grid filled(void)
{
    struct grid grid;
    grid_init(&grid, fields, sizeof fields / sizeof *fields);
    grid_row(&grid);
    grid_text(&grid, "name", "a|b");
    grid_text(&grid, "secret", "say \"x\", y");
    grid_number(&grid, "modular", 1);
    grid_number(&grid, "mean", 9.25);
    grid_number(&grid, "low", 8);
    grid_number(&grid, "cost", 123.456);
    grid_number(&grid, "chance", 0.0004);
    grid_number(&grid, "size", 1.5);
    grid_row(&grid);
    grid_text(&grid, "name", "longer");
    grid_number(&grid, "modular", 0);
    grid_number(&grid, "mean", 10.75);
    grid_number(&grid, "cost", 1e15);
    grid_number(&grid, "chance", 0.25);
    grid_row(&grid);
    return grid;
}

static void assert_text(const struct text *text, const char *expected)
{
    assert_string_equal(text->data, expected);
    assert_int_equal(text->size, strlen(expected));
}

static void test_text(void **state)
{
    (void)state;
    struct grid grid = filled();
    struct text text = {0};
    assert_int_equal(grid_print_text(&grid, &text, NULL), 0);
    assert_text(&text, "           error                   both          alone\n"
                       "name    M  mean                    cost       p      k\n"
                       "a|b     m   9.2 [8.0]               123  <0.001   1.50\n"
                       "longer  .  10.8        1000000000000000   0.250      -\n"
                       "-       -  -                          -       -      -\n");
    text_free(&text);
    grid_free(&grid);
}

static void test_markdown(void **state)
{
    (void)state;
    struct grid grid = filled();
    struct text text = {0};
    assert_int_equal(grid_print_markdown(&grid, &text, NULL), 0);
    assert_text(&text, "| name | M | error mean | both cost | both p | alone k |\n"
                       "| --- | --- | --- | ---: | ---: | ---: |\n"
                       "| a\\|b | m | 9.2 [8.0] | 123 | <0.001 | 1.50 |\n"
                       "| longer | . | 10.8 | 1000000000000000 | 0.250 | - |\n"
                       "| - | - | - | - | - | - |\n");
    text_free(&text);
    grid_free(&grid);
}

static void test_latex(void **state)
{
    (void)state;
    struct grid grid = filled();
    struct text text = {0};
    assert_int_equal(grid_print_latex(&grid, &text, NULL), 0);
    assert_text(&text,
                "\\begin{tabular}{lllrrr}\n\\toprule\n"
                "\\multicolumn{1}{c}{} & \\multicolumn{1}{c}{} & \\multicolumn{1}{c}{error} & "
                "\\multicolumn{2}{c}{both} & \\multicolumn{1}{c}{alone} \\\\ \\cmidrule(lr){3-3} "
                "\\cmidrule(lr){4-5} \\cmidrule(lr){6-6}\n"
                "name & M & mean & cost & p & k \\\\\n\\midrule\n"
                "a$|$b & m & 9.2 [8.0] & 123 & $<$0.001 & 1.50 \\\\\n"
                "longer & . & 10.8 & 1000000000000000 & 0.250 & - \\\\\n"
                "- & - & - & - & - & - \\\\\n"
                "\\bottomrule\n\\end{tabular}\n");
    text_free(&text);
    latex_append(&text, "50 % of a_b +- {1} \\ ~#$^&", 26);
    assert_text(&text, "50 \\% of a\\_b $\\pm$ \\{1\\} \\textbackslash{} \\~{}\\#\\$\\^{}\\&");
    text_free(&text);
    grid_free(&grid);
}

static void test_csv(void **state)
{
    (void)state;
    struct grid grid = filled();
    struct text text = {0};
    assert_int_equal(grid_print_csv(&grid, true, &text, NULL), 0);
    const char *rows = "a|b,\"say \"\"x\"\", y\",1,9.25,8,123.456,0.0004,1.5\n"
                       "longer,,0,10.75,,1e+15,0.25,\n"
                       ",,,,,,,\n";
    assert_memory_equal(text.data, "name,secret,modular,mean,low,cost,chance,size\n", 46);
    assert_string_equal(text.data + 46, rows);
    text_free(&text);
    assert_int_equal(grid_print_csv(&grid, false, &text, NULL), 0);
    assert_text(&text, rows);
    text_free(&text);
    grid_free(&grid);
}

/* Every number in CSV reads back to the same double. */
static void test_precision(void **state)
{
    (void)state;
    static const struct field one[] = {{"x", FIELD_REAL, 1, .column = "x"}};
    static const double values[] = {0.1, 1.0 / 3, 40, 1e300, 5e-324, -7, 123456789012345.0, -0.5};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct grid grid;
        struct text text = {0};
        grid_init(&grid, one, 1);
        grid_row(&grid);
        grid_number(&grid, "x", values[i]);
        assert_int_equal(grid_print_csv(&grid, false, &text, NULL), 0);
        assert_true(strtod(text.data, NULL) == values[i]);
        text_free(&text);
        grid_free(&grid);
    }
}

/* Decimals follow the largest value of the column. */
static void test_measure(void **state)
{
    (void)state;
    static const struct field one[] = {{"x", FIELD_MEASURE, .column = "x"}};
    static const struct {
        double value, largest;
        const char *expected;
    } cases[] = {{1.234, 9.99, "1.23"}, {1.234, 12, "1.2"},   {1.234, 120, "1"},
                 {0.5, 0.25, "0.500"},  {0.5, 0.01, "0.500"}, {0.00123, 0.01, "0.0012"},
                 {0, 0, "0.00"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct grid grid;
        struct text text = {0};
        char expected[32];
        grid_init(&grid, one, 1);
        grid_row(&grid);
        grid_number(&grid, "x", cases[i].value);
        grid_row(&grid);
        grid_number(&grid, "x", cases[i].largest);
        assert_int_equal(grid_print_markdown(&grid, &text, NULL), 0);
        (void)snprintf(expected, sizeof expected, "| %s |\n", cases[i].expected);
        assert_non_null(strstr(text.data, expected));
        text_free(&text);
        grid_free(&grid);
    }
}

/* What it says of one cell of that kind. */
static void assert_cell(enum field_kind kind, double number, const char *text, const char *people,
                        const char *csv)
{
    const struct field one[] = {{"x", kind, .column = "x"}};
    struct grid grid;
    struct text said = {0};
    char expected[32];
    grid_init(&grid, one, 1);
    grid_row(&grid);
    grid_number(&grid, "x", number);
    grid_text(&grid, "x", text);
    assert_int_equal(grid_print_markdown(&grid, &said, NULL), 0);
    (void)snprintf(expected, sizeof expected, "| %s |\n", people);
    assert_non_null(strstr(said.data, expected));
    text_free(&said);
    assert_int_equal(grid_print_csv(&grid, false, &said, NULL), 0);
    assert_text(&said, csv);
    text_free(&said);
    grid_free(&grid);
}

/* Three digits, whatever the other cells are. */
static void test_digits(void **state)
{
    (void)state;
    assert_cell(FIELD_DIGITS, 0.0000319, NULL, "0.0000319", "3.19e-05\n");
    assert_cell(FIELD_DIGITS, 0.00456789, NULL, "0.00457", "0.00456789\n");
    assert_cell(FIELD_DIGITS, 9.999, NULL, "10.0", "9.999\n");
    assert_cell(FIELD_DIGITS, 140.5, NULL, "140", "140.5\n");
    assert_cell(FIELD_DIGITS, 12345, NULL, "12345", "12345\n");
    assert_cell(FIELD_DIGITS, 0, NULL, "0", "0\n");
}

/* A number that is a bound: people read its text, programs the number, or nothing. */
static void test_bound(void **state)
{
    (void)state;
    assert_cell(FIELD_MEASURE, 1, "<1", "<1", "1\n");
    assert_cell(FIELD_MEASURE, (double)NAN, ">8", ">8", "\n");
}

/* A table that could not be filled is not printed. */
static void test_failed(void **state)
{
    (void)state;
    struct grid grid = filled();
    struct text text = {0};
    struct error error;
    grid.failed = true;
    assert_int_equal(grid_print_text(&grid, &text, &error), ERROR_MEMORY);
    assert_string_equal(error.text, "table of a report: out of memory");
    assert_int_equal(grid_print_markdown(&grid, &text, &error), ERROR_MEMORY);
    assert_int_equal(grid_print_latex(&grid, &text, &error), ERROR_MEMORY);
    assert_int_equal(grid_print_csv(&grid, true, &text, &error), ERROR_MEMORY);
    text_free(&text);
    grid_free(&grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),      cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_latex),     cmocka_unit_test(test_csv),
        cmocka_unit_test(test_precision), cmocka_unit_test(test_measure),
        cmocka_unit_test(test_digits),    cmocka_unit_test(test_bound),
        cmocka_unit_test(test_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
