/* Lists of scores: what counts, what does not, and what is refused by its line. */
#include "base/file.h"
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
    assert_int_equal(read_text(&scores,
                               "\xef\xbb\xbf"
                               "architecture,score\n7,1\n",
                               &error),
                     0);
    assert_int_equal(scores.n, 1);
    scores_free(&scores);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "line 1: expected \"architecture,score\", not \"\""},
        {"architecture,score\n", "has no scores"},
        {"architecture,score\n\nmine,1\n", "line 3: cell has no architecture \"mine\""},
        {"architecture,score\n-1,1\n2e3,4\n",
         "line 2: cell has no architecture \"-1\" (and 1 more line like it)"},
        {"0,1\n", "line 1: expected \"architecture,score\", not \"0,1\""},
        {"architecture,score\n0,1\n0\n",
         "line 3: expected an architecture, a comma and a score, not \"0\""},
        {"architecture,score\n0,1,2\n",
         "line 2: expected an architecture, a comma and a score, not \"0,1,2\""},
        {"architecture,score\n\n0,high\n", "line 3: the score is no finite number: \"high\""},
        {"architecture,score\n0,\n", "line 2: the score is no finite number: \"\""},
        {"architecture,score\n0,nan\n", "line 2: the score is no finite number: \"nan\""},
        {"# mine\n0,1\n", "line 2: expected \"architecture,score\", not \"0,1\""},
        {"architecture,score,at_0\n", "line 1: expected \"architecture,score\", not "
                                      "\"architecture,score,at_0\""},
        {"architecture,score,at_50,at_10\n", "line 1: expected \"architecture,score\", not "
                                             "\"architecture,score,at_50,at_10\""},
        {"architecture,score,at_10\n0,1,2\n1,1\n",
         "line 3: its scores on the way are not what the heading says, after \"1\""},
        {"architecture,score,at_10\n0,1,2,3\n",
         "line 2: its scores on the way are not what the heading says, after \"1\""},
        {"architecture,score,at_10\n0,1,x\n",
         "line 2: its scores on the way are not what the heading says, after \"1\""},
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

/* What scores_print writes of a source and of scores on the way, scores_read has again. */
static void test_round_trip(void **state)
{
    static double score[15625], way[2][15625];
    struct scores again,
        scores = {.score = score,
                  .points = 2,
                  .point = {{.percent = 10, .share = 11.25, .score = way[0]},
                            {.percent = 100, .share = (double)NAN, .score = way[1]}},
                  .source = {.known = true,
                             .identity = {.space = "cell",
                                          .protocol = "mini",
                                          .protocol_hash = "0123",
                                          .dataset_digest = "4567",
                                          .numerics = 3,
                                          .points = 12,
                                          .count = 15625,
                                          .distinct = 5260},
                             .supernet = (char[]){"spos seed 4, rate=0.1"},
                             .spent = 87.5}};
    struct error error;
    struct text text = {0}, other = {0};
    (void)state;
    for (int i = 0; i < 15625; i++) {
        score[i] = i % 3 ? i / 7.0 : (double)NAN;
        way[0][i] = i % 6 == 1 ? i / 9.0 : (double)NAN;
        way[1][i] = i % 6 == 1 ? i / 11.0 : (double)NAN;
    }
    scores_print(&scores, cell, &text);
    if (read_text(&again, text.data, &error))
        fail_msg("%s", error.text);
    assert_int_equal(again.n, 15625 - 5209);
    assert_int_equal(again.points, 2);
    assert_int_equal(again.point[1].percent, 100);
    assert_true(again.point[0].share == 11.25 && isnan(again.point[1].share));
    assert_int_equal(again.point[1].n, 2604);
    for (int i = 0; i < 15625; i++) {
        assert_true(i % 3 ? again.score[i] == score[i] : isnan(again.score[i]));
        for (int k = 0; k < 2; k++)
            assert_true(i % 6 == 1 ? again.point[k].score[i] == way[k][i]
                                   : isnan(again.point[k].score[i]));
    }
    assert_true(again.source.known && again.source.spent == 87.5);
    assert_string_equal(again.source.supernet, "spos seed 4, rate=0.1");
    assert_false(scores_foreign(&again.source, &scores.source.identity, &other));
    scores.source.identity.numerics = 4;
    assert_true(scores_foreign(&again.source, &scores.source.identity, &other));
    assert_string_equal(other.data, "numerics 3, not 4");
    scores_free(&again);
    text_free(&other);
    text_free(&text);
}

/* A header that names another space or was changed; comments of anyone are no source. */
static void test_sources(void **state)
{
    static const char head[] = "# supernet scores, nasbed 1\n# space chain\n# protocol smoke\n"
                               "# protocol_hash 1\n# dataset_digest 2\n# numerics 1\n# points 4\n"
                               "# count 8000\n# distinct 8000\n# identity ";
    struct scores scores;
    struct error error;
    struct text text = {0};
    (void)state;
    text_append(&text, "%s00000000000000000000000000000000\narchitecture,score\n0,1\n", head);
    assert_int_equal(read_text(&scores, text.data, &error), ERROR_DIGEST);
    assert_non_null(strstr(error.text, "s.csv: header: its digest is "));
    char hash[40];
    (void)snprintf(hash, sizeof hash, "%.32s", strstr(error.text, "digest is ") + 10);
    text_free(&text);
    text_append(&text, "%s%s\narchitecture,score\n0,1\n", head, hash);
    assert_int_equal(read_text(&scores, text.data, &error), ERROR_MISMATCH);
    assert_non_null(strstr(error.text, "s.csv: its scores are of the space chain, not of cell "
                                       "(choose a table of chain)"));
    text_free(&text);
    assert_int_equal(
        read_text(&scores, "# supernet scores, nasbed 1\narchitecture,score\n0,1\n", &error),
        ERROR_FORMAT);
    assert_int_equal(read_text(&scores, "# mine\n# of today\narchitecture,score\n0,1\n", &error),
                     0);
    assert_true(scores.n == 1 && !scores.source.known);
    scores_free(&scores);
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
        cmocka_unit_test(test_read),       cmocka_unit_test(test_refused),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_sources),
        cmocka_unit_test(test_unreadable), cmocka_unit_test(test_of_table),
    };
    return cmocka_run_group_tests(tests, make, scratch_remove);
}
