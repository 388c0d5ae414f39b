/* HTML: what is escaped, what of a drawing comes into a page, a grid as a table. */
#include "reports/grid.h"
#include "reports/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

static void assert_escaped(const char *said, const char *expected)
{
    struct text text = {0};
    html_append(&text, said, strlen(said));
    assert_string_equal(text.data, expected);
    text_free(&text);
}

static void test_escaped(void **state)
{
    (void)state;
    assert_escaped("p<0.001 & \"x\">", "p&lt;0.001 &amp; &quot;x&quot;&gt;");
    assert_escaped("1.2 +- 0.3, + and -", "1.2 &plusmn; 0.3, + and -");
    assert_escaped("a\nb\x7f"
                   "c",
                   "abc");
    assert_escaped("\xc3\xa9", "\xc3\xa9");
    assert_escaped("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
}

/* As gnuplot writes it, cut down to one of each kind. */
static const char drawing[] =
    "<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 960 600\">\n<title>Gnuplot</title>\n"
    "<desc>Produced by GNUPLOT</desc>\n<g id=\"gnuplot_canvas\"><defs><circle id='gpDot' r='0.5'/>"
    "<use xlink:href='#gpPt5' id='gpPt6'/></defs>\n<g id=\"gnuplot_plot_1\" ><title>data index 0"
    "</title><path fill=\"url(#x)\" d='M0,0'/><text>id of #1</text></g></g></svg>\n";

static void test_drawing(void **state)
{
    (void)state;
    struct text text = {0};
    html_append_svg(&text, drawing, "f1-", "regret & more");
    assert_string_equal(
        text.data,
        "<svg role=\"img\" aria-label=\"regret &amp; more\" \n viewBox=\"0 0 960 600\">\n\n\n"
        "<g id=\"f1-gnuplot_canvas\"><defs><circle id='f1-gpDot' r='0.5'/>"
        "<use xlink:href='#f1-gpPt5' id='f1-gpPt6'/></defs>\n<g id=\"f1-gnuplot_plot_1\" >"
        "<path fill=\"url(#f1-x)\" d='M0,0'/><text>id of #1</text></g></g></svg>\n");
    text_free(&text);
    html_append_svg(&text, "no drawing", "f1-", "x");
    assert_null(text.data);
}

static const struct field fields[] = {
    {"name", FIELD_TEXT, .column = "method"},
    {"error", FIELD_REAL, 1, .column = "mean +- std  [95 %]", .group = "test error"},
    {"deviation", FIELD_REAL, 1, .before = " +- "},
    {"low", FIELD_REAL, 1, .before = "  [", .after = "]"},
    {"hidden", FIELD_TEXT, .hidden = true},
    {"p", FIELD_PROBABILITY, .column = "p", .group = "test error"},
};

static void test_table(void **state)
{
    (void)state;
    struct grid grid;
    struct text text = {0};
    struct error error;
    grid_init(&grid, fields, sizeof fields / sizeof *fields);
    grid_row(&grid);
    grid_text(&grid, "name", "a<b");
    grid_number(&grid, "error", 7.25);
    grid_number(&grid, "deviation", 0.5);
    grid_number(&grid, "low", 123456); /* long, but not to be broken */
    grid_text(&grid, "hidden", "no");
    grid_row(&grid);
    grid_text(&grid, "name", "what is long may be broken over lines");
    assert_int_equal(grid_print_html(&grid, &text, &error), 0);
    assert_string_equal(
        text.data,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"table\"><table>\n<thead>\n<tr class=\"groups\"><th colspan=\"1\"></th>"
        "<th colspan=\"2\" class=\"group\">test error</th></tr>\n<tr><th class=\"t\">method</th>"
        "<th class=\"n b\">mean &plusmn; std  [95 %]</th><th class=\"n\">p</th></tr>\n</thead>\n"
        "<tbody>\n<tr><td><span>a&lt;b</span></td><td class=\"n\"><span class=\"b\">7.2 &plusmn; "
        "0.5</span> "
        "<span>[123456.0]</span></td><td class=\"n\">&ndash;</td></tr>\n"
        "<tr><td>what is long may be broken over lines</td><td class=\"n\">&ndash;</td>"
        "<td class=\"n\">&ndash;</td></tr>\n</tbody>\n</table></div>\n");
    text_free(&text);
    grid_free(&grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escaped),
        cmocka_unit_test(test_drawing),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
