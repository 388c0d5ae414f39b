/* nasbed dataset: exit codes, results on standard output, complaints on standard error. */
#include "base/file.h"
#include "evaluator/dataset.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/wait.h>

static char out[8192], err[8192]; /* what the last run wrote */

static void read_stream(const char *name, char text[8192])
{
    char *data;
    size_t size;
    assert_int_equal(file_read(scratch_path(name), &data, &size, NULL), 0);
    (void)snprintf(text, 8192, "%s", data);
    free(data);
}

/* Run `nasbed dataset WORDS` with NASBED_DATA set to `data` (NULL: left alone); its exit status. */
static int run(const char *data, const char *words)
{
    struct text line = {0};
    if (data)
        text_append(&line, "NASBED_DATA='%s' ", data);
    text_append(&line, "'%s' dataset %s > '%s' 2> '%s'", NASBED_TEST_PROGRAM, words,
                scratch_path("out"), scratch_path("err"));
    int ended = system(line.data);
    text_free(&line);
    read_stream("out", out);
    read_stream("err", err);
    assert_true(WIFEXITED(ended));
    return WEXITSTATUS(ended);
}

static void wrong_usage_exits_with_2(void **state)
{
    (void)state;
    static const struct {
        const char *words, *message;
    } cases[] = {
        {"", "nasbed: dataset: expected fetch or info, not \"\"\n"},
        {"fetsh cifar10", "nasbed: dataset: expected fetch or info, not \"fetsh\"\n"},
        {"fetch", "nasbed: dataset: fetch: which data set? (cifar10, fashion-mnist or all)\n"},
        {"info cifar11",
         "nasbed: dataset: unknown data set \"cifar11\": did you mean \"cifar10\"?\n"},
        {"fetch imagenet",
         "nasbed: dataset: unknown data set \"imagenet\": one of cifar10, fashion-mnist\n"},
        {"info cifar10 more", "nasbed: dataset: unexpected word \"more\"\n"},
        {"info --fast", "nasbed: dataset: unknown option \"fast\": there are none\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(run(scratch, cases[i].words), 2);
        assert_memory_equal(err, cases[i].message, strlen(cases[i].message));
        assert_string_equal(err + strlen(cases[i].message),
                            "nasbed: `nasbed dataset --help` shows what it takes\n");
        assert_string_equal(out, "");
    }
}

/* Every data set is looked at, the missing ones are named with what to do. */
static void missing_data_exits_with_1(void **state)
{
    (void)state;
    char expected[1024];
    assert_int_equal(run(scratch, "info"), 1);
    (void)snprintf(
        expected, sizeof expected,
        "nasbed: dataset: data set cifar10: %s/cifar10/data_batch_1.bin: not found; run: "
        "nasbed dataset fetch cifar10\n"
        "nasbed: dataset: data set fashion-mnist: %s/fashion-mnist/"
        "train-images-idx3-ubyte: not found; run: nasbed dataset fetch fashion-mnist\n",
        scratch, scratch);
    assert_string_equal(err, expected);
    assert_string_equal(out, "");
}

static void info_shows_what_is_there(void **state)
{
    (void)state;
    char path[512], expected[1024];
    char *folder = dataset_folder("cifar10");
    (void)snprintf(path, sizeof path, "%s/test_batch.bin", folder);
    (void)snprintf(expected, sizeof expected,
                   "cifar10\n"
                   "  folder     %s\n"
                   "  images     50000 + 10000 (training file, test file)\n"
                   "  shape      3 x 32 x 32, 10 classes\n"
                   "  digest     592b2c330208d9a473b75df6befde1c0 ok\n"
                   "  mean       0.4914 0.4822 0.4465\n"
                   "  deviation  0.2470 0.2435 0.2616\n"
                   "  train      5000 5000 5000 5000 5000 5000 5000 5000 5000 5000\n"
                   "  test       1000 1000 1000 1000 1000 1000 1000 1000 1000 1000\n",
                   folder);
    free(folder);
    if (!file_exists(path)) {
        print_message("%s is not there: nasbed dataset fetch cifar10\n", path);
        skip();
    }
    assert_int_equal(run(NULL, "info cifar10"), 0);
    assert_string_equal(out, expected);
    assert_string_equal(err, "");
    assert_int_equal(run(NULL, "fetch cifar10"), 0); /* there already: nothing to do */
    assert_string_equal(out, "");
    assert_non_null(strstr(err, "nasbed: cifar10: found in "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_usage_exits_with_2),
        cmocka_unit_test(missing_data_exits_with_1),
        cmocka_unit_test(info_shows_what_is_there),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
