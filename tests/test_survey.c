/* The survey's tables, and what was measured beside them. */
#include "reports/survey.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct survey survey;

static int open_survey(void **state)
{
    (void)state;
    return survey_open(&survey, NULL);
}

static int close_survey(void **state)
{
    (void)state;
    survey_free(&survey);
    return 0;
}

/* Two methods that were measured, one of them for two rows of the survey. */
static struct trace traces[] = {
    {.header = {.survey = "NAS-RL", .kind = "native", .space = "cell", .budget = 10}},
    {.header = {.survey = "DARTS; NAO", .kind = "extension"}}};
static struct comparison_row rows[] = {{.traces = &traces[0],
                                        .seeds = 3,
                                        .label = (char *)"nas-rl",
                                        .error = 40.5,
                                        .params_k = 12,
                                        .regret = NAN,
                                        .verdict = VERDICT_BETTER},
                                       {.traces = &traces[1],
                                        .seeds = 3,
                                        .label = (char *)"darts*",
                                        .error = 39,
                                        .params_k = 20,
                                        .verdict = VERDICT_TOO_FEW}};
static const struct comparison comparison = {.header = &traces[0].header, .rows = rows, .n = 2};
static const struct survey_method methods[] = {
    {"nas-rl", "NAS-RL"}, {"pnas", "PNAS"}, {"random-nas", NULL}};

static char *printed(enum report_format format)
{
    struct text text = {0};
    assert_int_equal(survey_print(&survey, &comparison, methods, 3, format, true, &text, NULL), 0);
    return text.data;
}

/* The line in which `name` begins a cell, up to its end. */
static char *line_with(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    assert_non_null(at);
    while (at > text && at[-1] != '\n')
        at--;
    return strndup(at, strcspn(at, "\n"));
}

static void assert_line(const char *text, const char *name, const char *part)
{
    char *line = line_with(text, name);
    if (!strstr(line, part))
        fail_msg("\"%s\" is not in \"%s\"", part, line);
    free(line);
}

static void all_rows_are_there(void **state)
{
    (void)state;
    assert_int_equal(survey.cifar10.n, 52);
    assert_int_equal(survey.imagenet.n, 27);
    const struct survey_row *first = &survey.cifar10.rows[6];
    assert_string_equal(first->system, "NAS-RL");
    assert_string_equal(first->ticks, ". . . .");
    assert_true(first->error == 3.65 && first->params_m == 37.4 && first->gpu_days == 22400);
    assert_true(fabs(survey.imagenet.rows[0].error - 29.4) < 1e-12);
    assert_true(isnan(survey.imagenet.rows[0].gpu_days));
}

static void measured_or_said_to_be_absent(void **state)
{
    (void)state;
    char *text = printed(REPORT_TEXT);
    assert_line(text, " NAS-RL ", "22400.00  nas-rl ");
    assert_line(text, " NAS-RL ", "better");
    assert_line(text, " NAS-RL ", "40.50");
    assert_line(text, " DARTS (1st order) + Cutout ", "darts*");
    assert_line(text, " DARTS (1st order) + Cutout ", "extension");
    assert_line(text, " DARTS (2nd order) + Cutout ", "darts*");
    assert_line(text, " DARTS Random ", "not implemented"); /* another system */
    assert_line(text, " NAO  ", "darts*");
    assert_line(text, " NAO-WS ", "not implemented");
    assert_line(text, " PNAS ", "pnas: not in these traces");
    assert_line(text, " ResNet ", "designed by hand");
    assert_line(text, " Block-QNN ", "m . ? ?");
    assert_line(text, "Block-QNN (CVPR18)", "run together with the next one");
    free(text);
}

static void programs_read_it_too(void **state)
{
    (void)state;
    char *text = printed(REPORT_CSV);
    size_t lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 53);
    assert_line(text, "space,protocol", ",system,venue,ticks,published_error,");
    assert_line(text, ",NAS-RL,",
                "cell,,,,0,10,trainings,RL,NAS-RL,ICLR17,. . . .,3.65,37.4,22400,nas-rl,"
                "native,3,40.5,");
    free(text);
}

static void latex_and_markdown(void **state)
{
    (void)state;
    char *text = printed(REPORT_LATEX);
    assert_line(text, "NAS-RL &", "3.65 & 37.40 & 22400.00 & nas-rl & native");
    free(text);
    text = printed(REPORT_MARKDOWN);
    assert_line(text, "| NAS-RL |", "| 3.65 | 37.40 | 22400.00 | nas-rl | native |");
    free(text);
}

static void imagenet(void **state)
{
    (void)state;
    static const struct survey_method darts[] = {{"darts", "DARTS"}, {"pnas", "PNAS"}};
    struct text text = {0};
    assert_int_equal(survey_print_imagenet(&survey, darts, 2, REPORT_TEXT, &text, NULL), 0);
    assert_line(text.data, "  DARTS ", "4.00  darts");
    assert_line(text.data, "  PC-DARTS (CIFAR10) ", "not implemented");
    assert_line(text.data, "  PNAS ", "pnas");
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_rows_are_there),
        cmocka_unit_test(measured_or_said_to_be_absent),
        cmocka_unit_test(programs_read_it_too),
        cmocka_unit_test(latex_and_markdown),
        cmocka_unit_test(imagenet),
    };
    return cmocka_run_group_tests(tests, open_survey, close_survey);
}
