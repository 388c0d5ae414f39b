/* Importing NAS-Bench-Macro: what comes in is what the table says; every wrong entry is named. With
 * NASBED_REFERENCE the published file: its landmarks and all of its costs. */
#include "base/file.h"
#include "spaces/macro.h"
#include "tests/import_fixture.h"

#include <dirent.h>
#include <math.h>

static struct import_case macro; /* protocol nasbench-macro at one point */

static double accuracy_of(uint32_t index, int seed)
{
    return (double)((index * 7919u + (uint32_t)seed * 31u) % 10001u) / 100;
}

/* Entries in descending order of the index. */
static struct text make_source(void)
{
    struct text text = {0};
    text_append(&text, "{");
    for (uint32_t i = MACRO_ARCHITECTURES; i-- > 0;) {
        struct architecture a;
        char name[ARCHITECTURE_TEXT];
        uint64_t macs, params;
        macro.plan.space->from_index(i, &a);
        macro.plan.space->print(&a, name);
        macro.plan.space->published_cost(&a, &macro.plan.space->skeleton, &macs, &params);
        text_append(&text,
                    "\"%s\": {\"test_acc\": [%.2f, %.2f, %.2f], \"mean_acc\": 1, \"params\": %llu, "
                    "\"flops\": %llu}%s\n",
                    name, accuracy_of(i, 0), accuracy_of(i, 1), accuracy_of(i, 2),
                    (unsigned long long)params, (unsigned long long)macs, i ? "," : "}");
    }
    assert_false(text.failed);
    return text;
}

static int set_up(void **state)
{
    import_open(&macro, "macro", "nasbench-macro", 1);
    macro.plan.seeds = 3;
    return scratch_make(state);
}

static int tear_down(void **state)
{
    import_close(&macro);
    return scratch_remove(state);
}

static struct table imported(const struct import_plan *plan, const char *path, const char *name)
{
    struct error error = {.text = ""};
    struct import_summary summary;
    struct table table;
    const char *out = scratch_path(name);
    if (import_macro(plan, path, out, &summary, &error) || table_open(&table, out, &error))
        fail_msg("%s", error.text);
    assert_int_equal(summary.lines, MACRO_ARCHITECTURES);
    assert_int_equal(summary.architectures, MACRO_ARCHITECTURES);
    return table;
}

static void test_made(void **state)
{
    (void)state;
    struct text source = make_source();
    struct import_plan plan = macro.plan;
    const char *path = scratch_path("made.json");
    assert_int_equal(file_write(path, source.data, source.size, NULL), 0);
    text_free(&source);
    struct table table = imported(&plan, path, "each.h5");
    assert_true(table_imported(&table) && table_complete(&table));
    assert_int_equal(table.seeds, 3);
    assert_null(table.valid_accuracy);
    for (int seed = 0; seed < 3; seed++)
        for (uint32_t i = 0; i < MACRO_ARCHITECTURES; i++)
            assert_true(table.test_accuracy[(uint32_t)seed * MACRO_ARCHITECTURES + i] ==
                        (float)accuracy_of(i, seed));
    assert_string_equal(table.digest, "356717822e443b5b2d3fcbf4d69fdd02");
    table_close(&table);
    plan.search_on_test = true;
    plan.reading = IMPORT_CLASSES;
    table = imported(&plan, path, "classes.h5");
    assert_int_equal(table.identity.distinct, 3969);
    /* 00000001, 00000010 are one network: indices 1 and 3. */
    assert_int_equal(table.class_of[1], table.class_of[3]);
    for (uint32_t seed = 0; seed < 3; seed++) {
        double mean = (accuracy_of(1, (int)seed) + accuracy_of(3, (int)seed)) / 2;
        assert_true(fabs((double)table.test_accuracy[seed * 3969 + table.class_of[3]] - mean) <
                    1e-5);
    }
    assert_memory_equal(table.valid_accuracy, table.test_accuracy,
                        3u * 3969u * sizeof *table.valid_accuracy);
    table_close(&table);
}

static int read_text(const char *text, size_t size, struct error *error)
{
    struct harvest harvest;
    int status = harvest_init(&harvest, &macro.plan, error);
    if (!status)
        status = import_read_macro(&harvest, text, size, error);
    harvest_free(&harvest);
    return status;
}

static void test_wrong_entries(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[]", "line 1: expected an object"},
        {"{\"0\": 1}", "entry \"0\": expected 0, 1 or 2 at column 2 of \"0\""},
        {"{\"00000000\": []}", "entry \"00000000\": expected an object"},
        {"{\"00000000\": {}}", "entry \"00000000\": \"params\": missing"},
        {"{\"00000000\": {\"params\": -1}}",
         "entry \"00000000\": \"params\": expected a whole number"},
        {"{\"00000000\": {\"params\": 387881}}",
         "entry \"00000000\": params is 387881, but macro under protocol nasbench-macro has "
         "387882"},
        {"{\"00000000\": {\"params\": 387882, \"flops\": 7713281}}",
         "entry \"00000000\": macs is 7713281, but macro under protocol nasbench-macro has "
         "7713280"},
        {"{\"00000000\": {\"params\": 387882, \"flops\": 7713280}}",
         "entry \"00000000\": \"test_acc\": expected an array of 3 numbers"},
        {"{\"00000000\": {\"params\": 387882, \"flops\": 7713280, \"test_acc\": [1, null, 3]}}",
         "entry \"00000000\": \"test_acc\": seed 1: expected a number"},
        {"{\"00000000\": {\"params\": 387882, \"flops\": 7713280, \"test_acc\": [1, -2, 3]}}",
         "entry \"00000000\": test_accuracy = -2: is no percentage"},
        {"{\"00000000\": {},\n\"00000000\": {}}",
         "line 2, column 10: duplicate object key near '\"00000000\"'"},
        {"{\"00000000\": {\n\"params\": 3", "line 2, column 11: '}' expected near end of file"},
        {"{\"00000000\": NaN}", "line 1, column 16: invalid token near 'NaN'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {.text = ""};
        assert_int_not_equal(read_text(cases[i].text, strlen(cases[i].text), &error), 0);
        assert_string_equal(error.text, cases[i].message);
    }
}

/* Nothing is written; the message begins with the path. */
static void test_whole(void **state)
{
    (void)state;
    struct error error;
    struct import_summary summary;
    static const char one[] = "{\"00000000\": {\"test_acc\": [1, 2, 3], \"params\": 387882, "
                              "\"flops\": 7713280}}";
    const char *path = scratch_path("one.json"), *out = scratch_path("one.h5");
    assert_int_equal(file_write(path, one, sizeof one - 1, NULL), 0);
    assert_int_equal(import_macro(&macro.plan, path, out, &summary, &error), ERROR_FORMAT);
    assert_non_null(strstr(error.text, "one.json: 19680 of 19683 rows are missing, the first being "
                                       "architecture 00000001, seed 0"));
    assert_false(file_exists(out));
    path = scratch_path("huge.json");
    assert_true(scratch_zeros(path, (64u << 20) + 1, 0, '{'));
    assert_int_equal(import_macro(&macro.plan, path, out, &summary, &error), ERROR_FORMAT);
    assert_non_null(strstr(error.text, "huge.json: is larger than 67108864 bytes"));
    assert_int_equal(import_macro(&macro.plan, scratch_path("none.json"), out, &summary, &error),
                     ERROR_MISSING);
    assert_false(file_exists(out));
}

/* Every file of tests/corpus/macro is refused with line or entry. */
static void test_corpus(void **state)
{
    (void)state;
    struct dirent **entry;
    int n = scandir(NASBED_TEST_SOURCE "/tests/corpus/macro", &entry, NULL, alphasort), files = 0;
    for (int i = 0; i < n; i++) {
        char path[1024], *text;
        size_t size;
        struct error error = {.text = ""};
        (void)snprintf(path, sizeof path, NASBED_TEST_SOURCE "/tests/corpus/macro/%s",
                       entry[i]->d_name);
        if (entry[i]->d_name[0] != '.') {
            assert_int_equal(file_read(path, &text, &size, &error), 0);
            if (!read_text(text, size, &error))
                fail_msg("%s is read", path);
            if (strncmp(error.text, "line ", 5) != 0 && strncmp(error.text, "entry \"", 7) != 0)
                fail_msg("%s", error.text);
            free(text);
            files++;
        }
        free(entry[i]);
    }
    free(entry);
    assert_true(files >= 12);
}

static void test_chance(void **state)
{
    (void)state;
    struct text source = make_source();
    struct random_stream stream = random_stream(8, RANDOM_TEST, 0, 0);
    char *bytes = malloc(4096);
    int refused = 0;
    assert_non_null(bytes);
    for (int i = 0; i < 500; i++) {
        struct error error = {.text = ""};
        size_t size = 2 + random_below(&stream, 4094);
        memcpy(bytes, source.data, size);
        for (uint32_t k = random_below(&stream, 8); k > 0; k--)
            bytes[random_below(&stream, (uint32_t)size)] = (char)random_below(&stream, 256);
        int status = read_text(bytes, size, &error);
        refused += status != 0;
        if (status && strncmp(error.text, "line ", 5) != 0 &&
            strncmp(error.text, "entry \"", 7) != 0)
            fail_msg("%s", error.text);
    }
    assert_int_equal(refused, 500); /* all are cut */
    free(bytes);
    text_free(&source);
}

static void test_reference(void **state)
{
    (void)state;
    const char *folder = getenv("NASBED_REFERENCE");
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/nasbench-macro/nas-bench-macro_cifar10.json",
                   folder ? folder : "");
    if (!folder || !file_exists(path)) {
        (void)printf("skipped: no nasbench-macro/nas-bench-macro_cifar10.json where "
                     "NASBED_REFERENCE points (%s)\n",
                     folder ? folder : "not set");
        skip();
    }
    struct import_plan plan = macro.plan;
    struct table each = imported(&plan, path, "published.h5"), classes;
    plan.reading = IMPORT_CLASSES;
    classes = imported(&plan, path, "published-classes.h5");
    double best = 0;
    struct architecture a;
    assert_int_equal(plan.space->parse("22212220", &a, NULL), 0);
    uint64_t index = plan.space->index(&a);
    for (uint32_t i = 0; i < MACRO_ARCHITECTURES; i++) {
        double mean = 0;
        for (uint32_t seed = 0; seed < 3; seed++) {
            float own = each.test_accuracy[seed * MACRO_ARCHITECTURES + i];
            mean += (double)own / 3;
            /* The benchmark trained isomorphs once, as we would: both readings say the same. */
            assert_true(classes.test_accuracy[seed * 3969 + classes.class_of[i]] == own);
        }
        best = mean > best ? mean : best;
    }
    assert_true(fabs(best - 93.12666320800781) < 1e-9);
    assert_true(each.test_accuracy[index] == 93.28f); /* of its three trainings the first */
    assert_string_equal(each.digest, "0ff4312052dfdb8f891407dace872447");
    table_close(&classes);
    table_close(&each);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made),   cmocka_unit_test(test_wrong_entries),
        cmocka_unit_test(test_whole),  cmocka_unit_test(test_corpus),
        cmocka_unit_test(test_chance), cmocka_unit_test(test_reference),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
