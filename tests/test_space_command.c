/* `nasbed space`: what it prints, and what it says of bad input. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>
#include <sys/wait.h>

/* Run `nasbed space ARGUMENTS`, both outputs into one text (freed by the caller); the exit code. */
static int run(const char *arguments, struct text *output)
{
    char command[2048], chunk[4096];
    (void)snprintf(command, sizeof command, "%s space 2>&1 %s", NASBED_TEST_PROGRAM, arguments);
    *output = (struct text){0};
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, pipe)) > 0;)
        text_append_bytes(output, chunk, n);
    int status = pclose(pipe);
    assert_true(WIFEXITED(status) && output->data);
    return WEXITSTATUS(status);
}

static void check_says(const char *arguments, int code, const char *begins)
{
    struct text output;
    assert_int_equal(run(arguments, &output), code);
    if (strncmp(output.data, begins, strlen(begins)) != 0)
        assert_string_equal(output.data, begins);
    text_free(&output);
}

static void test_errors(void **state)
{
    (void)state;
    check_says("", 2, "nasbed: space: expected `list SPACE` or `show SPACE ARCHITECTURE`\n");
    check_says("list", 2, "nasbed: space: expected `list SPACE` or `show SPACE ARCHITECTURE`\n");
    check_says("list cell 3", 2, "nasbed: space: expected `list SPACE` or ");
    check_says("show cell", 2, "nasbed: space: expected `list SPACE` or ");
    check_says("sing cell", 2, "nasbed: space: unknown action \"sing\": list or show\n");
    check_says("list cel", 2, "nasbed: space: unknown space \"cel\": did you mean \"cell\"?\n");
    check_says("show cell 15625", 2,
               "nasbed: space: index 15625: cell has the indices 0 to 15624\n");
    check_says(
        "show cell '|conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|'", 2,
        "nasbed: space: unknown operation \"conv_3x3\" at column 2 of \"|conv_3x3~0|+...\": one "
        "of none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3\n");
    check_says("list cell --order theirs", 2,
               "nasbed: space: order = theirs: must be own or published\n");
    check_says("list chain --order published", 2,
               "nasbed: space: order = published: no benchmark numbers chain\n");
    check_says("show chain w:3/2w:7/4w:3", 2,
               "nasbed: space: expected \"3\" or \"5\" at column 8 of \"w:3/2w:7/...\"\n");
    check_says("show chain 8000", 2,
               "nasbed: space: index 8000: chain has the indices 0 to 7999\n");
    check_says("show cell -1", 2, "nasbed: space: index -1: cell has the indices 0 to 15624\n");
    check_says("list cell --input 30", 2,
               "nasbed: space: cell: input of 30 pixels: must be a multiple of 4");
    check_says("list cell --cells 101", 2, "nasbed: space: cells = 101: must be from 0 to 100\n");
    check_says("list cell --chanels 8", 2,
               "nasbed: space: unknown option \"chanels\": did you mean \"channels\"?\n");
    check_says("list cell --cells 1 >/dev/full", 1,
               "nasbed: space: standard output: No space left on device\n");
}

static void test_help(void **state)
{
    (void)state;
    struct text output;
    assert_int_equal(run("--help", &output), 0);
    assert_non_null(strstr(output.data, "usage: nasbed space list SPACE [--csv]"));
    assert_non_null(strstr(output.data, "2 x 3 x the multiply-accumulates"));
    text_free(&output);
}

/* The row of a list with number `index`, NUL-terminated in place. */
static char *row(struct text *list, int index)
{
    char *place = list->data;
    for (int i = 0; i <= index; i++) {
        place = strchr(place, '\n');
        assert_non_null(place);
        place++;
    }
    char *end = strchr(place, '\n');
    assert_non_null(end);
    *end = '\0';
    return place;
}

static int count_lines(const struct text *text)
{
    int lines = 0;
    for (size_t i = 0; i < text->size; i++)
        lines += text->data[i] == '\n';
    return lines;
}

/* params and macs here are the first row of the benchmark's own table. */
static void test_list_in_published_order(void **state)
{
    (void)state;
    struct text output;
    assert_int_equal(run("list cell --csv --order published", &output), 0);
    assert_int_equal(count_lines(&output), 15626);
    const char *header = "index,architecture,canonical,params,macs,train_flops\n";
    assert_memory_equal(output.data, header, strlen(header));
    assert_string_equal(row(&output, 0),
                        "0,|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|"
                        "skip_connect~1|skip_connect~2|,abc1953ade0f09a0a1caeeb9dbdd6140,"
                        "129306,15647370,93884160");
    text_free(&output);
}

static void test_list_of_another_skeleton(void **state)
{
    (void)state;
    struct text output;
    assert_int_equal(run("list cell --csv --channels 8 --cells 1 --stem-stride 2 --input 32 "
                         "--classes 100 --input-channels 1",
                         &output),
                     0);
    const char *first = row(&output, 0);
    const char *string = "0,|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,";
    assert_memory_equal(first, string, strlen(string));
    /* trained: the linear layer alone, 32 x 100 multiply-accumulates */
    const char *flops = strrchr(first, ',');
    assert_string_equal(flops, ",19200");
    text_free(&output);
    assert_int_equal(run("list cell --cells 1", &output), 0);
    assert_int_equal(count_lines(&output), 15626);
    assert_non_null(strstr(row(&output, 15624), "  |avg_pool_3x3~0|+|avg_pool_3x3~0|"));
    text_free(&output);
}

static void test_show(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "\nindex         1462\n",
        "\npublished     index 1880 of the benchmark\n",
        "\n              class #+(#+(0)@nor_conv_1x1)@nor_conv_1x1+(0)@nor_conv_3x3\n",
        "\ndecisions     edge 0>1       none\n",
        "\n              edge 2>3       nor_conv_1x1\n",
        "\nneighbours    24\n",
        "\nparams        138714  as published\n",
        "\nmacs          17220234  an image, as published\n",
        "\ntrain_flops   98602752  an image: 6 x the 16433792 MACs of what is trained\n",
        "\nclass         24 of 5260 networks, 67 architectures, trained as index 1327: ",
        "\ngraph: 52 nodes\n",
        "\n     1  conv         0            16x32x32  kernel 3 stride 1 padding 1\n",
        "\n    11  sum          7,10         16x32x32\n"};
    struct text by_index, by_string;
    assert_int_equal(run("show cell 1462 --cells 1", &by_index), 0);
    assert_int_equal(run("show cell --cells 1 '|none~0|+|nor_conv_1x1~0|skip_connect~1|+"
                         "|nor_conv_3x3~0|nor_conv_1x1~1|nor_conv_1x1~2|'",
                         &by_string),
                     0);
    assert_string_equal(by_index.data, by_string.data);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(by_index.data, lines[i]))
            assert_string_equal(by_index.data, lines[i]);
    text_free(&by_string);
    text_free(&by_index);
    assert_int_equal(run("show cell 0 --cells 1 --whole", &by_index), 0);
    assert_non_null(strstr(by_index.data, "\ngraph, before simplification: 52 nodes\n"));
    assert_non_null(strstr(by_index.data, "  zero         "));
    text_free(&by_index);
}

/* A space without a benchmark, and with moves. */
static void test_chain(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "\nspace         chain (",
        "\ndecisions     depth 1        1\n",
        "\nneighbours    9\n",
        "\nmoves         deepen  layer 1       w:3-3/2w:3/4w:3\n",
        "\n              grow    layer 4       w:3/2w:3/4w:5\n",
        "\nskeleton      channels 4, input 3 x 32 x 32, classes 10\n",
        "\nparams        1774\n",
        "\nmacs          64672  an image\n",
        "\nclass         0 of 8000 networks, 1 architecture, trained as index 0: w:3/2w:3/4w:3\n"};
    struct text output;
    assert_int_equal(run("show chain w:3/2w:3/4w:3", &output), 0);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(output.data, lines[i]))
            assert_string_equal(output.data, lines[i]);
    text_free(&output);
    assert_int_equal(run("list chain --csv", &output), 0);
    assert_int_equal(count_lines(&output), 8001);
    assert_string_equal(row(&output, 0),
                        "0,w:3/2w:3/4w:3,64ca9bdffabf425632149be3c1ea031a,1774,64672,388032");
    text_free(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_list_in_published_order),
        cmocka_unit_test(test_list_of_another_skeleton),
        cmocka_unit_test(test_show),
        cmocka_unit_test(test_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
