/* Lists of scores: what counts, what does not, and what is refused by its line. */
#include "reports/scores.h"
#include "tests/scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FIRST "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|" /* index 0 */
#define SEVENTH                                                                                    \
    "|none~0|+|none~0|none~1|+|none~0|skip_connect~1|nor_conv_1x1~2|" /* index 7: 1 x 5 + 2 */

static const struct space *cell;

static int make(void **state)
{
    cell = space_find("cell", NULL);
    return scratch_make(state);
}

static int read_bytes(struct scores *scores, const char *bytes, size_t size, struct error *error)
{
    assert_int_equal(file_write(scratch_path("s.csv"), bytes, size, NULL), 0);
    return scores_read(scores, scratch_path("s.csv"), cell, error);
}

static int read_text(struct scores *scores, const char *text, struct error *error)
{
    return read_bytes(scores, text, strlen(text), error);
}

static void test_read(void **state)
{
    struct scores scores;
    struct error error;
    (void)state;
    if (read_text(&scores,
                  "architecture,score\r\n" FIRST ",-2.5\r\n\r\n7,1e3\n" SEVENTH ",4\n"
                  "15625,1\n|none|,2\n0,3\n15624,0.25",
                  &error))
        fail_msg("%s", error.text);
    assert_int_equal(scores.n, 3);
    assert_true(scores.score[0] == -2.5);
    assert_true(scores.score[7] == 1000);
    assert_true(scores.score[15624] == 0.25);
    size_t empty = 0;
    for (size_t i = 0; i < 15625; i++)
        empty += isnan(scores.score[i]) ? 1 : 0;
    assert_int_equal(empty, 15622);
    assert_int_equal(scores.unknown.n, 2);
    assert_int_equal(scores.unknown.line, 6);
    assert_int_equal(scores.doubled.n, 2);
    assert_int_equal(scores.doubled.line, 5);
    scores_free(&scores);
    assert_int_equal(read_text(&scores, "architecture,score\n", &error), 0);
    assert_int_equal(scores.n, 0);
    scores_free(&scores);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "line 1: expected \"architecture,score\", not \"\""},
        {"0,1\n", "line 1: expected \"architecture,score\", not \"0,1\""},
        {"architecture,score\n0,1\n0\n",
         "line 3: expected an architecture, a comma and a score, not \"0\""},
        {"architecture,score\n0,1,2\n",
         "line 2: expected an architecture, a comma and a score, not \"0,1,2\""},
        {"architecture,score\n\n0,high\n", "line 3: the score is no finite number: \"high\""},
        {"architecture,score\n0,\n", "line 2: the score is no finite number: \"\""},
        {"architecture,score\n0,nan\n", "line 2: the score is no finite number: \"nan\""},
        {"architecture,score\n0,inf\n1,2\n3\n4,x\n",
         "line 2: the score is no finite number: \"inf\" (and 2 more lines like it)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scores scores;
        struct error error;
        char expected[512];
        assert_int_equal(read_text(&scores, cases[i].text, &error), ERROR_FORMAT);
        (void)snprintf(expected, sizeof expected, "%s: %s", scratch_path("s.csv"),
                       cases[i].message);
        assert_string_equal(error.text, expected);
        assert_null(scores.score);
    }
}

static void test_unreadable(void **state)
{
    struct scores scores;
    struct error error;
    (void)state;
    assert_int_equal(scores_read(&scores, scratch_path("no.csv"), cell, &error), ERROR_MISSING);
    assert_non_null(strstr(error.text, "no.csv: No such file or directory"));
    assert_int_equal(read_bytes(&scores, "architecture,score\n0,\0001", 22, &error), ERROR_FORMAT);
    assert_non_null(strstr(error.text, "s.csv: it is no text: it has a byte 0 at 21"));
}

/* Architectures i of networks i % 2; network 1 is not trained. */
static void test_of_table(void **state)
{
    struct scores scores;
    struct error error;
    uint32_t class_of[15625];
    float valid[] = {10, 20, 0, (float)NAN};
    struct table table = {.identity = {.space = "cell", .points = 2, .count = 15625, .distinct = 2},
                          .path = "made.h5",
                          .space = cell,
                          .seeds = 1,
                          .class_of = class_of,
                          .valid_accuracy = valid};
    (void)state;
    for (uint32_t i = 0; i < 15625; i++)
        class_of[i] = i % 2;
    assert_int_equal(scores_of_table(&scores, &table, cell, &error), 0);
    assert_int_equal(scores.n, 7813);
    assert_true(scores.score[2] == 20 && isnan(scores.score[3]));
    scores_free(&scores);
    assert_int_equal(scores_of_table(&scores, &table, space_find("chain", NULL), &error),
                     ERROR_MISMATCH);
    assert_string_equal(error.text, "table made.h5: is of space cell, not chain");
    table.valid_accuracy = NULL;
    assert_int_equal(scores_of_table(&scores, &table, cell, &error), ERROR_MISSING);
    assert_non_null(strstr(error.text, "made.h5: has no validation accuracy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_of_table),
    };
    return cmocka_run_group_tests(tests, make, scratch_remove);
}
