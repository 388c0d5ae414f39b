/* Golden digests are those that the program first gave; test_reference's is of the published file.
 *
 * Importing CSV: what comes in is what the table says, under both readings of isomorphs; what the
 * source lacks is absent; every wrong line is named, and nothing is written then. With
 * NASBED_REFERENCE, NAS-Bench-201 itself: its landmarks and all of its costs. */
#include "base/file.h"
#include "tests/import_fixture.h"

#include <dirent.h>
#include <math.h>
#include <time.h>

static struct import_case cell; /* protocol nasbench201 at one point */
static struct text source;

static int set_up(void **state)
{
    import_open(&cell, "cell", "nasbench201", 1);
    source = import_source(&cell);
    return scratch_make(state);
}

static int tear_down(void **state)
{
    text_free(&source);
    import_close(&cell);
    return scratch_remove(state);
}

static const char *write_source(const char *name, const char *text, size_t size)
{
    const char *path = scratch_path(name);
    assert_int_equal(file_write(path, text, size, NULL), 0);
    return path;
}

/* Import `text` and open what was written. */
static struct table imported(const struct import_plan *plan, const char *name, const char *text,
                             size_t size)
{
    struct error error = {.text = ""};
    struct import_summary summary;
    struct table table;
    const char *path = write_source("source.csv", text, size), *out = scratch_path(name);
    if (import_csv(plan, path, out, &summary, &error) || table_open(&table, out, &error))
        fail_msg("%s", error.text);
    assert_string_equal(summary.digest, table.digest);
    assert_int_equal(summary.networks, table.identity.distinct);
    assert_int_equal(summary.seeds, table.seeds);
    return table;
}

/* ---- What comes in --------------------------------------------------------------------------- */

static void test_each(void **state)
{
    (void)state;
    static uint32_t order[NB201_ARCHITECTURES];
    struct digest digest;
    char hash[DIGEST_TEXT];
    struct table table = imported(&cell.plan, "each.h5", source.data, source.size);
    nb201_order(order);
    assert_true(table_imported(&table) && table_complete(&table));
    assert_string_equal(table.identity.protocol, "made-each");
    assert_int_equal(table.identity.distinct, NB201_ARCHITECTURES);
    assert_int_equal(digest_file(scratch_path("source.csv"), &digest), 0);
    digest_print(digest, hash);
    assert_string_equal(table.identity.protocol_hash, hash);
    assert_null(table.train_loss);
    assert_null(table.train_accuracy);
    assert_null(table.valid_loss);
    assert_null(table.test_loss);
    for (uint32_t k = 0; k < NB201_ARCHITECTURES; k++) {
        uint32_t i = order[k];
        assert_true(table.class_of[i] == i && table.representative[i] == i);
        assert_true(table_valid_accuracy(&table, i, 0, 1) == (float)import_valid(k));
        assert_true(table.test_accuracy[i] == (float)import_test(k));
    }
    assert_string_equal(table.digest, "de73a348487f7fb754254dba38725da3");
    table_close(&table);
}

/* Every class has the mean of its members, and the cost of its simplified network. */
static void test_classes(void **state)
{
    (void)state;
    static uint32_t order[NB201_ARCHITECTURES];
    struct import_plan plan = cell.plan;
    struct isomorphs isomorphs;
    plan.reading = IMPORT_CLASSES;
    struct table table = imported(&plan, "classes.h5", source.data, source.size);
    nb201_order(order);
    assert_string_equal(table.identity.protocol, "made-classes");
    assert_int_equal(isomorphs_init(&isomorphs, plan.space,
                                    protocol_skeleton(&cell.protocol, "cell", NULL), NULL),
                     0);
    assert_int_equal(table.identity.distinct, 5260);
    assert_memory_equal(table.class_of, isomorphs.class_of, sizeof order);
    assert_memory_equal(table.train_macs, isomorphs.train_macs, 5260 * sizeof(uint64_t));
    assert_memory_equal(table.macs, isomorphs.macs, NB201_ARCHITECTURES * sizeof(uint64_t));
    double *sum = calloc(5260, sizeof *sum);
    int *n = calloc(5260, sizeof *n);
    assert_true(sum && n);
    for (uint32_t k = 0; k < NB201_ARCHITECTURES; k++) {
        sum[table.class_of[order[k]]] += (double)(float)import_valid(k);
        n[table.class_of[order[k]]]++;
    }
    for (uint32_t c = 0; c < 5260; c++)
        assert_true(fabs((double)table.valid_accuracy[c] - sum[c] / n[c]) < 1e-5);
    free(n);
    free(sum);
    assert_string_equal(table.digest, "42262185397783f0953efe5c8b1ea58b");
    isomorphs_free(&isomorphs);
    table_close(&table);
}

/* Whatever the order of lines and columns, quotes and line ends: the same data. */
static void test_order(void **state)
{
    (void)state;
    struct text other = {0};
    struct import_plan plan = cell.plan;
    text_append(&other, "\"te\"\"st\",arch,valid\r\n");
    for (uint32_t i = 0; i < NB201_ARCHITECTURES; i++)
        text_append(&other, "\"%u.5\",%u,%u\r\n\r\n", (unsigned)i % 99, (unsigned)i,
                    (unsigned)i % 100);
    plan.columns = "valid_accuracy=valid,test_accuracy=te\"st,architecture=arch";
    struct table table = imported(&plan, "order.h5", other.data, other.size);
    for (uint32_t i = 0; i < NB201_ARCHITECTURES; i++) {
        assert_true(table.valid_accuracy[i] == (float)(i % 100));
        assert_true(table.test_accuracy[i] == (float)(i % 99) + 0.5f);
    }
    table_close(&table);
    text_free(&other);
}

/* Two seeds, two points, losses that diverged, a test at the last point alone; the rest is
 * missing. */
static void test_seeds_and_points(void **state)
{
    (void)state;
    struct import_case made;
    static const char text[] = "a,s,p,vl,va,te\n"
                               "7,0,1,nan,10,\n7,0,2,inf,20,30\n"
                               "7,1,2,0.5,21,31\n7,1,1,0.25,11,\n9,1,1,1,1,\n9,1,2,1,2,3\n";
    import_open(&made, "cell", "nasbench201", 2);
    made.plan.columns = "architecture=a,seed=s,point=p,valid_loss=vl,valid_accuracy=va,"
                        "test_accuracy=te";
    made.plan.seeds = 5;
    made.plan.partial = true;
    struct table table = imported(&made.plan, "points.h5", text, sizeof text - 1);
    assert_int_equal(table.seeds, 2); /* as many as there are */
    assert_int_equal(table.identity.points, 2);
    assert_int_equal(table_rows(&table), 3);
    assert_false(table_has(&table, 9, 0));
    assert_true(table_valid_accuracy(&table, 7, 0, 1) == 10);
    assert_true(table_valid_accuracy(&table, 7, 1, 1) == 11);
    assert_true(table_valid_accuracy(&table, 9, 1, 2) == 2);
    assert_true(isnan(table.valid_loss[7 * 2]) && isinf(table.valid_loss[7 * 2 + 1]));
    assert_true(table.test_accuracy[NB201_ARCHITECTURES + 7] == 31);
    table_close(&table);
    import_close(&made);
}

/* A source with tests alone: the table has no validation, unless tests are to be searched by. */
static void test_tests_alone(void **state)
{
    (void)state;
    static const char text[] = "architecture,test_accuracy\n5,60\n6,61\n";
    struct import_plan plan = cell.plan;
    plan.columns = "architecture,test_accuracy";
    plan.partial = true;
    struct table table = imported(&plan, "tests.h5", text, sizeof text - 1);
    assert_null(table.valid_accuracy);
    assert_true(table_has(&table, 5, 0) && !table_has(&table, 7, 0));
    assert_true(isnan(table_valid_accuracy(&table, 5, 0, 1)));
    table_close(&table);
    plan.search_on_test = true;
    table = imported(&plan, "shown.h5", text, sizeof text - 1);
    assert_true(table.valid_accuracy[6] == 61 && table.test_accuracy[6] == 61);
    assert_true(isnan(table.valid_accuracy[7]));
    table_close(&table);
}

/* ---- What is refused ------------------------------------------------------------------------- */

static void check_refused(const struct import_case *made, const char *text, size_t size,
                          enum error_code code, const char *message)
{
    struct error error = {.text = ""};
    int status = import_try(made, text, size, &error);
    if (status != (int)code || strcmp(error.text, message) != 0)
        fail_msg("%d \"%s\", not \"%s\"", status, error.text, message);
}

static void test_wrong_lines(void **state)
{
    (void)state;
    static const char none[] = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"0,%s,73306,7783050,10", "line 2: has 5 fields, the header 6"},
        {"0,%s,73306,7783050,10,10,", "line 2: has 7 fields, the header 6"},
        {"0,%s,73306,7783050,10,\"10", "line 2: a quote does not close"},
        {"0,%s,73306,7783050,10,\"10\"x",
         "line 2: something follows a closing quote that is no comma"},
        {"0,%s,73306,7783050,nan,10", "line 2: valid_accuracy \"nan\": expected a number"},
        {"0,%s,73306,7783050,10,", "line 2: test_accuracy \"\": expected a number"},
        {"0,%s,73306,7783050,10,inf", "line 2: test_accuracy \"inf\": expected a number"},
        {"0,%s,73306,7783050,100.01,10", "line 2: valid_accuracy = 100.01: is no percentage"},
        {"0,%s,73306,7783050,-1,10", "line 2: valid_accuracy = -1: is no percentage"},
        {"0,%s,73306,7783050,10,0x", "line 2: test_accuracy \"0x\": expected a number"},
        {"0,%s,73306,7783050,10,1e999", "line 2: test_accuracy \"1e999\": expected a number"},
        {"0,%s,73307,7783050,10,10",
         "line 2: params is 73307, but cell under protocol nasbench201 has 73306"},
        {"0,%s,73306,7783051,10,10",
         "line 2: macs is 7783051, but cell under protocol nasbench201 has 7783050"},
        {"0,%s,-1,7783050,10,10", "line 2: params \"-1\": expected a whole number"},
        {"0,%s,7.5,7783050,10,10", "line 2: params \"7.5\": expected a whole number"},
        {"0,%s|,73306,7783050,10,10", "line 2: architecture: expected the end at column 48 of "
                                      "\"|none~0|+|none~0|none~1|+|none~0|none~1|none~2||\""},
        {"0,,73306,7783050,10,10%.0s", "line 2: architecture: expected \"|\" at column 1 of \"\""},
        {"0,15625,73306,7783050,10,10%.0s",
         "line 2: architecture: index 15625: cell has the indices 0 to 15624"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text = {0};
        text_append(&text, IMPORT_HEADER);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        text_append(&text, cases[i].line, none);
#pragma GCC diagnostic pop
        text_append(&text, "\n");
        check_refused(&cell, text.data, text.size,
                      strstr(cases[i].message, " but ") ? ERROR_MISMATCH : ERROR_FORMAT,
                      cases[i].message);
        text_free(&text);
    }
}

static void test_no_text(void **state)
{
    (void)state;
    static const char zero[] = "index,arch\0,params";
    struct text text = {0};
    check_refused(&cell, "", 0, ERROR_FORMAT, "is empty: expected a header line");
    check_refused(&cell, "\n\n\r\n", 4, ERROR_FORMAT, "is empty: expected a header line");
    check_refused(&cell, zero, sizeof zero - 1, ERROR_FORMAT,
                  "line 1: it is no text: it has a byte 0");
    check_refused(&cell, "index,arch\n1,2\n", 15, ERROR_FORMAT,
                  "line 1: there is no column \"params\"");
    text_append(&text, IMPORT_HEADER);
    for (int i = 0; i < 70000; i++)
        text_append_bytes(&text, "a", 1);
    check_refused(&cell, text.data, text.size, ERROR_FORMAT, "line 2: is longer than 65535 bytes");
    text_free(&text);
    for (int i = 0; i < 300; i++)
        text_append_bytes(&text, "a,", 2);
    check_refused(&cell, text.data, text.size, ERROR_FORMAT, "line 1: has more than 256 fields");
    text_free(&text);
}

static void test_columns(void **state)
{
    (void)state;
    static const struct {
        const char *columns, *message;
    } cases[] = {
        {"valid_accuracy=valid", "columns: architecture must be among them"},
        {"architecture=arch", "columns: valid_accuracy or test_accuracy must be among them"},
        {"architecture=arch,architecture=arch", "columns: architecture is there twice"},
        {"valid_accuracy=valid,valid_accuracy=test", "columns: valid_accuracy is there twice"},
        {"architecture=arch,valid_acuracy=valid",
         "columns: unknown field \"valid_acuracy\": did you mean \"valid_accuracy\"?: one of "
         "architecture, seed, point, params, macs, epoch_seconds, valid_seconds, train_loss, "
         "train_accuracy, valid_loss, valid_accuracy, test_loss, test_accuracy, train_seconds"},
    };
    struct import_case made = cell;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        made.plan.columns = cases[i].columns;
        check_refused(&made, IMPORT_HEADER, sizeof IMPORT_HEADER - 1, ERROR_ARGUMENT,
                      cases[i].message);
    }
    struct import_case two;
    import_open(&two, "cell", "nasbench201", 2);
    check_refused(&two, IMPORT_HEADER, sizeof IMPORT_HEADER - 1, ERROR_ARGUMENT,
                  "columns: point must be among them, since the protocol has 2 points");
    import_close(&two);
}

/* Times of epochs and evaluations become those of trainings up to each point; half the epochs at the
 * first of two. */
static void test_times(void **state)
{
    (void)state;
    static const char text[] = "a,p,v,e,w\n7,1,5,0.5,3\n7,2,6,0.5,3\n";
    static const struct {
        const char *columns, *lines, *message;
    } cases[] = {
        {"architecture=a,point=p,valid_accuracy=v,valid_seconds=w", "",
         "columns: valid_seconds needs epoch_seconds beside it"},
        {"architecture=a,point=p,valid_accuracy=v,train_seconds=w,epoch_seconds=e", "",
         "columns: train_seconds and epoch_seconds say the same: give one of them"},
        {"architecture=a,point=p,valid_accuracy=v,epoch_seconds=e", "7,1,5,-1,3\n",
         "line 2: epoch_seconds \"-1\": expected seconds"},
        {"architecture=a,point=p,valid_accuracy=v,epoch_seconds=e", "7,1,5,nan,3\n",
         "line 2: epoch_seconds \"nan\": expected seconds"},
        {"architecture=a,point=p,valid_accuracy=v,epoch_seconds=e", "7,1,5,1e8,3\n",
         "line 2: train_seconds = 1e+10: is no time in seconds"},
        {"architecture=a,point=p,valid_accuracy=v,train_seconds=e", "7,1,5,inf,3\n",
         "line 2: train_seconds \"inf\": expected a number"},
    };
    struct import_case made;
    struct import_summary summary;
    struct table table;
    struct error error = {.text = ""};
    uint64_t *times;
    import_open(&made, "cell", "nasbench201", 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text bad = {0};
        made.plan.columns = cases[i].columns;
        text_append(&bad, "a,p,v,e,w\n%s", cases[i].lines);
        check_refused(&made, bad.data, bad.size, cases[i].lines[0] ? ERROR_FORMAT : ERROR_ARGUMENT,
                      cases[i].message);
        text_free(&bad);
    }
    made.plan.partial = true;
    made.plan.columns = "architecture=a,point=p,valid_accuracy=v,epoch_seconds=e,valid_seconds=w?,"
                        "test_accuracy=nowhere?";
    const char *path = write_source("times.csv", text, sizeof text - 1);
    if (import_csv(&made.plan, path, scratch_path("times.h5"), &summary, &error) ||
        table_open(&table, scratch_path("times.h5"), &error))
        fail_msg("%s", error.text);
    assert_true(table.train_seconds[14] == 53 && table.train_seconds[15] == 106);
    assert_null(table.test_accuracy);
    assert_int_equal(table_times(&table, &times, &error), ERROR_MISSING);
    assert_non_null(strstr(error.text, "network 0 has no training time at point 1"));
    for (size_t i = 0; i < 2 * (size_t)table.identity.distinct; i++)
        table.train_seconds[i] = (float)(1 + i % 2);
    assert_int_equal(table_times(&table, &times, &error), 0);
    assert_true(times[0] == 1000000 && times[1] == 2000000);
    free(times);
    table_close(&table);
    import_close(&made);
}

static void test_rows_of_seeds(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *message;
    } cases[] = {
        {"7,0,1,5,\n7,0,1,5,\n", "line 3: architecture, seed and point are those of line 2"},
        {"7,2,1,5,\n", "line 2: seed 2: expected 0 to 1"},
        {"7,99999999999,1,5,\n", "line 2: seed 2147483647: expected 0 to 1"},
        {"7,0,0,5,\n", "line 2: point 0: the protocol has 1 to 2"},
        {"7,0,3,5,\n", "line 2: point 3: the protocol has 1 to 2"},
        {"7,0,1,5,6\n", "line 2: test_accuracy stands at point 1: it belongs to the last, 2"},
        {"7,x,1,5,\n", "line 2: seed \"x\": expected a whole number"},
    };
    struct import_case made;
    import_open(&made, "cell", "nasbench201", 2);
    made.plan.columns = "architecture=a,seed=s,point=p,valid_accuracy=v,test_accuracy=t";
    made.plan.seeds = 2;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text = {0};
        text_append(&text, "a,s,p,v,t\n%s", cases[i].lines);
        check_refused(&made, text.data, text.size, ERROR_FORMAT, cases[i].message);
        text_free(&text);
    }
    import_close(&made);
}

/* The import as a whole fails with this message, and the folder is as it was. */
static void check_unwritten(const struct import_plan *plan, const char *text, size_t size,
                            const char *message)
{
    struct error error = {.text = ""};
    struct import_summary summary;
    struct text wanted = {0};
    const char *folder = scratch_folder("empty"), *path = write_source("bad.csv", text, size);
    const char *out = scratch_path("empty/x.h5");
    assert_int_not_equal(import_csv(plan, path, out, &summary, &error), 0);
    text_append(&wanted, "%s: %s", path, message);
    assert_string_equal(error.text, wanted.data);
    text_free(&wanted);
    assert_int_equal(rmdir(folder), 0); /* nothing lies in it */
}

static void test_missing_rows(void **state)
{
    (void)state;
    struct import_case made;
    const char *second = strchr(strchr(source.data, '\n') + 1, '\n') + 1;
    char *cut = strdup(source.data);
    assert_non_null(cut);
    size_t head = strlen(IMPORT_HEADER);
    memmove(cut + head, second, strlen(second) + 1); /* the first row taken out */
    check_unwritten(&cell.plan, cut, strlen(cut),
                    "1 of 15625 rows are missing, the first being architecture "
                    "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|"
                    "skip_connect~1|skip_connect~2|, seed 0");
    check_unwritten(&cell.plan, IMPORT_HEADER, head, "has no rows");
    free(cut);
    import_open(&made, "cell", "nasbench201", 2);
    made.plan.columns = "architecture=a,point=p,valid_accuracy=v";
    made.plan.partial = true;
    check_unwritten(&made.plan, "a,p,v\n0,2,5\n", 12,
                    "architecture |none~0|+|none~0|none~1|+|none~0|none~1|none~2|, seed 0: has 1 "
                    "of 2 points");
    import_close(&made);
}

static void test_plans(void **state)
{
    (void)state;
    struct import_plan plan = cell.plan;
    plan.name = "a name that is much too long to be the name of a protocol of a table";
    check_unwritten(&plan, source.data, source.size,
                    "name \"a name that is much too long to be the name of a protocol of a "
                    "table\": with what is appended it is longer than 63 bytes");
    plan = cell.plan;
    plan.licence = "a licence that is longer than the sixty-three bytes that it may have";
    check_unwritten(&plan, source.data, source.size,
                    "licence \"a licence that is longer than the sixty-three bytes that it may "
                    "have\" is longer than 63 bytes");
    plan = cell.plan;
    plan.search_on_test = true;
    check_unwritten(&plan, source.data, source.size,
                    "searching on the test accuracy is for sources that have one point and no "
                    "validation accuracy");
    plan = cell.plan;
    plan.seeds = 0;
    check_unwritten(&plan, source.data, source.size, "0 seeds: expected 1 to 1024");
}

static void test_places(void **state)
{
    (void)state;
    struct error error;
    struct import_summary summary;
    const char *path = write_source("good.csv", source.data, source.size);
    assert_int_equal(import_csv(&cell.plan, path, scratch_path("x.csv"), &summary, &error),
                     ERROR_ARGUMENT);
    assert_non_null(strstr(error.text, "x.csv: the name of a table ends in .h5"));
    assert_int_equal(
        import_csv(&cell.plan, scratch_path("nowhere.csv"), scratch_path("y.h5"), &summary, &error),
        ERROR_MISSING);
    assert_int_equal(import_csv(&cell.plan, scratch, scratch_path("y.h5"), &summary, &error),
                     ERROR_IO); /* a folder */
    assert_non_null(strstr(error.text, ": is no regular file"));
    assert_int_equal(import_csv(&cell.plan, path, scratch_path("y.h5"), &summary, &error), 0);
    assert_int_equal(import_csv(&cell.plan, path, scratch_path("y.h5"), &summary, &error),
                     ERROR_STATE);
    assert_non_null(strstr(error.text, "y.h5: is there already"));
    assert_int_equal(import_csv(&cell.plan, path, scratch_path("no/y.h5"), &summary, &error),
                     ERROR_IO);
}

/* ---- The corpus and chance ------------------------------------------------------------------- */

/* Every file of tests/corpus/csv is refused, with its line; its name says what is wrong with it. */
static void test_corpus(void **state)
{
    (void)state;
    struct dirent **entry;
    int n = scandir(NASBED_TEST_SOURCE "/tests/corpus/csv", &entry, NULL, alphasort), files = 0;
    assert_true(n > 2);
    for (int i = 0; i < n; i++) {
        char path[1024], *text;
        size_t size;
        struct error error = {.text = ""};
        (void)snprintf(path, sizeof path, NASBED_TEST_SOURCE "/tests/corpus/csv/%s",
                       entry[i]->d_name);
        if (entry[i]->d_name[0] != '.') {
            assert_int_equal(file_read(path, &text, &size, &error), 0);
            if (!import_try(&cell, text, size, &error))
                fail_msg("%s is read", path);
            assert_true(error.code == ERROR_FORMAT || error.code == ERROR_MISMATCH);
            assert_true(strstr(error.text, "line ") == error.text ||
                        strcmp(error.text, "is empty: expected a header line") == 0);
            free(text);
            files++;
        }
        free(entry[i]);
    }
    free(entry);
    assert_true(files >= 8);
}

/* Cut, changed and random bytes: an answer that names a line, or rows that were whole. */
static void test_chance(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(7, RANDOM_TEST, 0, 0);
    size_t most = 4096;
    char *bytes = malloc(most);
    int refused = 0;
    assert_non_null(bytes);
    for (int i = 0; i < 300; i++) {
        struct error error = {.text = ""};
        size_t size = 1 + random_below(&stream, (uint32_t)most - 1);
        memcpy(bytes, source.data, size);
        for (uint32_t k = random_below(&stream, 8); k > 0; k--)
            bytes[random_below(&stream, (uint32_t)size)] = (char)random_below(&stream, 256);
        for (size_t k = 0; i % 10 == 0 && k < size; k++)
            bytes[k] = (char)random_below(&stream, 256);
        int status = import_try(&cell, bytes, size, &error);
        refused += status != 0;
        if (status && strncmp(error.text, "line ", 5) != 0)
            fail_msg("%s", error.text);
    }
    assert_true(refused > 200);
    free(bytes);
}

/* A hundred thousand lines too many: refused at the first, however many there are. */
static void test_huge(void **state)
{
    (void)state;
    struct text text = {0};
    text_append(&text, "%s", source.data);
    const char *row = strchr(source.data, '\n') + 1;
    size_t length = strcspn(row, "\n") + 1;
    for (int i = 0; i < 100000; i++)
        text_append_bytes(&text, row, length);
    check_refused(&cell, text.data, text.size, ERROR_FORMAT,
                  "line 15627: architecture, seed and point are those of line 2");
    text_free(&text);
}

/* ---- The benchmark itself -------------------------------------------------------------------- */

/* Its index of the best in a column of the table, which has one network an architecture. */
static uint32_t best_of(const float *column, const uint32_t *order)
{
    uint32_t best = 0;
    for (uint32_t k = 1; k < NB201_ARCHITECTURES; k++)
        if (column[order[k]] > column[order[best]])
            best = k;
    return best;
}

static void test_reference(void **state)
{
    (void)state;
    static uint32_t order[NB201_ARCHITECTURES];
    const char *folder = getenv("NASBED_REFERENCE");
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/nasbench201/nasbench201.csv", folder ? folder : "");
    if (!folder || !file_exists(path)) {
        (void)printf("skipped: no nasbench201/nasbench201.csv where NASBED_REFERENCE points (%s)\n",
                     folder ? folder : "not set");
        skip();
    }
    struct import_plan plan = cell.plan;
    struct import_summary summary;
    struct table table;
    struct error error = {.text = ""};
    plan.columns = "architecture=arch,params,macs=flops,valid_accuracy=cifar10_valid_acc_200,"
                   "test_accuracy=cifar10_test_acc_200"; /* no times */
    if (import_csv(&plan, path, scratch_path("nb.h5"), &summary, &error) ||
        table_open(&table, scratch_path("nb.h5"), &error))
        fail_msg("%s", error.text);
    nb201_order(order);
    assert_int_equal(summary.architectures, NB201_ARCHITECTURES);
    assert_int_equal(best_of(table.test_accuracy, order), 6111);
    assert_true(table.test_accuracy[order[6111]] == 94.3733f);
    assert_int_equal(best_of(table.valid_accuracy, order), 6111);
    assert_true(table.valid_accuracy[order[6111]] == 91.6067f);
    assert_true(table.test_accuracy[0] == 10.0f); /* all none */
    assert_string_equal(table.digest, "d482ae3fc4afe12f035ff19ead250964");
    table_close(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),          cmocka_unit_test(test_classes),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_seeds_and_points),
        cmocka_unit_test(test_tests_alone),   cmocka_unit_test(test_wrong_lines),
        cmocka_unit_test(test_no_text),       cmocka_unit_test(test_columns),
        cmocka_unit_test(test_rows_of_seeds), cmocka_unit_test(test_missing_rows),
        cmocka_unit_test(test_plans),         cmocka_unit_test(test_places),
        cmocka_unit_test(test_corpus),        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_huge),          cmocka_unit_test(test_times),
        cmocka_unit_test(test_reference),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
