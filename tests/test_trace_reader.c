/* Reading traces: what is well formed is read to the last figure, everything else is refused with a
 * message that says what and where. */
#include "base/file.h"
#include "reports/trace.h"
#include "tables/schema.h"

#include "tests/trace_fixture.h"

#include <math.h>
#include <unistd.h>

static const struct fixture_query queries[] = {{3, 12, 57.125, 900000000000ull},
                                               {4, 6, 41.5, 500000000000ull},
                                               {4, 6, 41.5, 0},
                                               {5, 12, 60.25, 1100000000000ull}};
static const struct fixture standard = {
    .method = "regularized-evolution",
    .class = "EA",
    .ticks = "MI",
    .options = "{\"sample\":{\"value\":5,\"default\":10,\"provenance\":\"chosen on fashion-mini\"},"
               "\"aging\":{\"value\":true,\"default\":true,\"provenance\":null}}",
    .seed = 7,
    .queries = queries,
    .n_queries = 4,
    .network = 5,
    .test_accuracy = 59.5,
    .biased = true};

static char folder[64], path[96];

static int set_up(void **state)
{
    (void)state;
    fixture_folder(folder);
    (void)snprintf(path, sizeof path, "%s/s7.trace", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_remove(folder);
    return 0;
}

static void write_times(const char *text)
{
    struct error error;
    char times[96];
    (void)snprintf(times, sizeof times, "%s/s7.time", folder);
    assert_int_equal(file_write(times, text, strlen(text), &error), 0);
}

/* Opening `path` fails with `code` and "trace PATH: " + `message`. */
static void refuse(enum error_code code, const char *message)
{
    struct trace trace;
    struct error error;
    char expected[1024];
    (void)snprintf(expected, sizeof expected, "trace %s: %s", path, message);
    assert_int_equal(trace_open(&trace, path, &error), code);
    assert_string_equal(error.text, expected);
}

/* The standard trace with `from` replaced by `to`, sealed, is refused with `message`. */
static void refuse_changed(const char *from, const char *to, enum error_code code,
                           const char *message)
{
    struct text text = {0};
    fixture_body(&standard, &text);
    fixture_replace(&text, from, to);
    fixture_seal(&text);
    fixture_store(&text, path);
    text_free(&text);
    refuse(code, message);
}

static void test_header(void **state)
{
    (void)state;
    struct trace trace;
    struct error error;
    fixture_write(&standard, path);
    assert_int_equal(trace_open(&trace, path, &error), 0);
    const struct trace_header *header = &trace.header;
    assert_string_equal(header->method, "regularized-evolution");
    assert_string_equal(header->class, "EA");
    assert_true(header->modular && !header->continuous && !header->recycled && header->incomplete);
    assert_string_equal(header->survey, "");
    assert_string_equal(header->kind, "native");
    assert_int_equal(header->n_options, 2); /* by name */
    assert_string_equal(header->options[0].name, "aging");
    assert_string_equal(header->options[0].value, "true");
    assert_string_equal(header->options[0].provenance, "");
    assert_string_equal(header->options[1].name, "sample");
    assert_string_equal(header->options[1].value, "5");
    assert_string_equal(header->options[1].standard, "10");
    assert_string_equal(header->options[1].provenance, "chosen on fashion-mini");
    assert_string_equal(header->space, "cell");
    assert_string_equal(header->protocol, "cifar10-mini");
    assert_string_equal(header->protocol_hash, FIXTURE_HASH);
    assert_string_equal(header->dataset_digest, FIXTURE_DATA);
    assert_string_equal(header->table, "");
    assert_int_equal(header->numerics, 1);
    assert_int_equal(header->points, 12);
    assert_string_equal(header->program, "0.1.0");
    assert_true(header->budget == 6);
    assert_int_equal(header->budget_flops, 6 * FIXTURE_UNIT);
    assert_int_equal(header->reserve_flops, 1000);
    assert_int_equal(header->unit_flops, FIXTURE_UNIT);
    assert_int_equal(header->seed, 7);
    trace_close(&trace);
}

static void test_events(void **state)
{
    (void)state;
    struct trace trace;
    struct error error;
    struct text text = {0};
    fixture_body(&standard, &text);
    fixture_replace(&text, "{\"event\":\"finish\"",
                    "{\"event\":\"log\",\"name\":\"reward\",\"value\":0.25}\n"
                    "{\"event\":\"log\",\"name\":\"gap\",\"value\":null}\n"
                    "{\"event\":\"refuse\",\"what\":\"query\",\"architecture\":\"a9\",\"point\":12,"
                    "\"asked\":9000,\"left\":8000}\n"
                    "{\"event\":\"finish\"");
    fixture_replace(&text, "\"valid_loss\":1.5", "\"valid_loss\":null");
    fixture_seal(&text);
    fixture_store(&text, path);
    text_free(&text);
    assert_int_equal(trace_open(&trace, path, &error), 0);
    assert_int_equal(trace.n_events, 7);
    assert_int_equal(trace.lines, 9);
    const struct trace_event *second = &trace.events[1], *third = &trace.events[2];
    assert_true(isnan(trace.events[0].query.valid_loss));
    assert_int_equal(second->kind, TRACE_QUERY);
    assert_int_equal(second->query.index, 4);
    assert_int_equal(second->query.network, 4);
    assert_int_equal(second->query.point, 6);
    assert_true(second->query.valid_accuracy == 41.5 && second->query.valid_loss == 1.5);
    assert_int_equal(second->query.charge, 500000000000ull);
    assert_int_equal(second->spent, 1400000000000ull);
    assert_true(!second->query.free && third->query.free && third->query.live);
    assert_int_equal(trace.events[4].kind, TRACE_LOG);
    assert_string_equal(trace.events[4].log.name, "reward");
    assert_true(trace.events[4].log.value == 0.25 && isnan(trace.events[5].log.value));
    assert_int_equal(trace.events[6].kind, TRACE_REFUSE);
    assert_string_equal(trace.events[6].refuse.what, "query");
    assert_int_equal(trace.events[6].refuse.asked, 9000);
    assert_int_equal(trace.events[6].refuse.left, 8000);
    assert_int_equal(trace.events[6].spent, 2500000000000ull);
    trace_close(&trace);
}

/* Networks of the method's own; what is charged for them counts. */
#define TRAIN                                                                                      \
    "{\"event\":\"train\",\"handle\":2,\"architecture\":\"a8\",\"index\":8,\"network\":8,"         \
    "\"steps\":40,"                                                                                \
    "\"rate_from\":0.1,\"rate_to\":0.0,\"valid_images\":9,\"valid_accuracy\":33.5,\"valid_loss\":" \
    "1.5,"                                                                                         \
    "\"train_accuracy\":null,\"train_loss\":null,\"charge\":300,\"spent\":300}\n"
#define TRANSFORM                                                                                  \
    "{\"event\":\"transform\",\"handle\":2,\"architecture\":\"a9\",\"index\":9,\"network\":7,"     \
    "\"move\":\"deepen\",\"layer\":1,\"charge\":20,\"spent\":320}\n"

static void test_networks(void **state)
{
    (void)state;
    struct trace trace;
    struct error error;
    struct text text = {0};
    struct fixture alone = {.network = 8, .test_accuracy = 30, .biased = true};
    fixture_body(&alone, &text);
    fixture_replace(&text, "{\"event\":\"finish\"", TRAIN TRANSFORM "{\"event\":\"finish\"");
    fixture_replace(&text, "\"charge\":0,\"spent\":0,\"left\":6000000000000",
                    "\"charge\":0,\"spent\":320,\"left\":5999999999680");
    fixture_seal(&text);
    fixture_store(&text, path);
    text_free(&text);
    if (trace_open(&trace, path, &error))
        fail_msg("%s", error.text);
    assert_int_equal(trace.n_events, 2);
    const struct trace_event *train = &trace.events[0], *transform = &trace.events[1];
    assert_int_equal(train->kind, TRACE_TRAIN);
    assert_int_equal(train->train.index, 8);
    assert_int_equal(train->train.network, 8);
    assert_int_equal(train->train.steps, 40);
    assert_true(train->train.valid_accuracy == 33.5);
    assert_int_equal(train->train.charge, 300);
    assert_int_equal(train->spent, 300);
    assert_int_equal(transform->kind, TRACE_TRANSFORM);
    assert_int_equal(transform->transform.index, 9);
    assert_int_equal(transform->transform.network, 7);
    assert_int_equal(transform->transform.charge, 20);
    assert_int_equal(transform->spent, 320);
    trace_close(&trace);
}

/* The header of a trial of a method from outside. */
static struct trace_origin origin_of(const char *json)
{
    struct trace trace;
    struct error error;
    struct fixture fixture = standard;
    fixture.origin = json;
    fixture_write(&fixture, path);
    if (trace_open(&trace, path, &error))
        fail_msg("%s", error.text);
    struct trace_origin origin = trace.header.origin;
    origin.files = NULL; /* goes with the trace */
    trace_close(&trace);
    return origin;
}

#define ONE "912679c14733a1d0d36fa47e67e0ed4d"
#define TWO "4c35557089f7b339786a7920577b5571"

/* A method is what its files hold, not where they lie nor how it is called; only where there are none
 * its command is all that is known. */
static void test_origin(void **state)
{
    (void)state;
    struct trace_origin origin = origin_of(NULL);
    assert_string_equal(origin.digest, "");
    assert_string_equal(origin.what, "");
    origin = origin_of("{\"plugin\":\"./m.so\",\"files\":{\"./m.so\":\"" ONE "\"}}");
    assert_string_equal(origin.what, "./m.so");
    assert_string_equal(origin.digest, ONE);
    assert_false(origin.command);
    origin = origin_of("{\"command\":\"python3 /x/m.py -v\",\"files\":{\"/x/m.py\":\"" ONE "\"}}");
    assert_string_equal(origin.what, "python3 /x/m.py -v");
    assert_string_equal(origin.digest, ONE);
    assert_true(origin.command);
    struct trace_origin two =
        origin_of("{\"command\":\"m a b\",\"files\":{\"a\":\"" ONE "\",\"b\":\"" TWO "\"}}");
    assert_int_equal(two.n_files, 2);
    assert_string_not_equal(two.digest, ONE);
    assert_string_not_equal(two.digest, TWO);
    origin =
        origin_of("{\"command\":\"m y/b a\",\"files\":{\"y/b\":\"" TWO "\",\"a\":\"" ONE "\"}}");
    assert_string_equal(origin.digest, two.digest);
    two = origin_of("{\"command\":\"m -a\",\"files\":{}}");
    origin = origin_of("{\"command\":\"m -b\",\"files\":{}}");
    assert_int_equal(strlen(two.digest), 32);
    assert_string_not_equal(two.digest, origin.digest);
}

/* What is malformed is said to be that, with the line: memory has not run out. */
static void test_origin_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *origin, *message;
    } cases[] = {
        {"7", "line 1: \"origin\": must be an object"},
        {"{}", "line 1: \"origin\": \"plugin\" is missing"},
        {"{\"command\":\"m\"}", "line 1: \"origin\": \"files\" is missing"},
        {"{\"command\":\"m\",\"files\":{\"m\":\"12\"}}",
         "line 1: \"origin\": \"m\": \"12\" is no digest of 32 hexadecimal characters"},
        {"{\"command\":\"m\",\"files\":{\"m\":\"" ONE "\",\"m\":\"" ONE "\"}}",
         "line 1: no JSON: duplicate object key near '\"m\"'"},
        {"{\"command\":\"m\",\"files\":{\"a\\b\":\"" ONE "\"}", /* a brace is missing */
         "line 1: no JSON: '}' expected near end of file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture = standard;
        fixture.origin = cases[i].origin;
        fixture_write(&fixture, path);
        refuse(ERROR_FORMAT, cases[i].message);
    }
}

/* A finish with `n` test seeds, 0, 1, 2 ... */
static void write_seeds(int n)
{
    struct text text = {0}, seeds = {0};
    fixture_body(&standard, &text);
    for (int i = 0; i < n; i++)
        text_append(&seeds, "%s%d", i ? "," : "\"test_seeds\":[", i);
    text_append(&seeds, "]");
    fixture_replace(&text, "\"test_seeds\":[0]", seeds.data);
    fixture_seal(&text);
    fixture_store(&text, path);
    text_free(&seeds);
    text_free(&text);
}

/* Whatever table there can be, a trial on it can be read. */
static void test_many_seeds(void **state)
{
    (void)state;
    struct trace trace;
    struct error error;
    write_seeds(SCHEMA_SEEDS);
    if (trace_open(&trace, path, &error))
        fail_msg("%s", error.text);
    assert_int_equal(trace.finish.n_test_seeds, SCHEMA_SEEDS);
    assert_int_equal(trace.finish.test_seeds[SCHEMA_SEEDS - 1], SCHEMA_SEEDS - 1);
    trace_close(&trace);
    write_seeds(SCHEMA_SEEDS + 1);
    refuse(ERROR_FORMAT, "line 6: \"test_seeds\": 1025 seeds (1 to 1024)");
}

static void test_finish_and_times(void **state)
{
    (void)state;
    struct trace trace;
    struct error error;
    fixture_write(&standard, path);
    assert_int_equal(trace_open(&trace, path, &error), 0);
    const struct trace_finish *finish = &trace.finish;
    assert_string_equal(finish->architecture, "a5");
    assert_int_equal(finish->network, 5);
    assert_true(finish->valid_accuracy == 60.25 && finish->test_accuracy == 59.5);
    assert_int_equal(finish->n_test_seeds, 1);
    assert_int_equal(finish->test_seeds[0], 0);
    assert_true(finish->biased);
    assert_int_equal(finish->params, 10500);
    assert_int_equal(finish->spent, 2500000000000ull);
    assert_int_equal(finish->left, 3500000000000ull);
    assert_false(trace.times.known);
    trace_close(&trace);

    write_times(
        "{\"wall_seconds\":2.5,\"cpu_seconds\":4.75,\"train_seconds\":4,\"machine\":\"m\"}\n");
    assert_int_equal(trace_open(&trace, path, &error), 0);
    assert_true(trace.times.known && trace.times.wall_seconds == 2.5);
    assert_true(trace.times.cpu_seconds == 4.75 && trace.times.train_seconds == 4);
    trace_close(&trace);

    write_times("{\"wall_seconds\":2.5,\"cpu_seconds\":-1,\"train_seconds\":4}\n");
    char message[192];
    (void)snprintf(message, sizeof message,
                   "times %s/s7.time: \"cpu_seconds\": must be a number from 0 to 1e+12", folder);
    refuse(ERROR_FORMAT, message);
}

static void test_cut(void **state)
{
    (void)state;
    struct text text = {0};
    fixture_body(&standard, &text);
    fixture_seal(&text);
    const char *first = strchr(text.data, '\n');
    for (size_t size = (size_t)(first - text.data) + 1; size < text.size - 1; size += 7) {
        struct text cut = {0};
        text_append_bytes(&cut, text.data, size);
        fixture_store(&cut, path);
        text_free(&cut);
        refuse(ERROR_DIGEST, "there is no last line with a checksum (the file was cut)");
    }
    text_free(&text);
    fixture_store(&(struct text){.data = (char[]){""}}, path);
    refuse(ERROR_DIGEST, "is empty");
}

/* Whatever byte behind the header changes, the trace is refused. */
static void test_changed_byte(void **state)
{
    (void)state;
    struct text text = {0};
    fixture_body(&standard, &text);
    size_t body = text.size;
    fixture_seal(&text);
    for (size_t i = 0; i < text.size - 1; i += 3) {
        struct trace trace;
        struct error error = {0};
        text.data[i] ^= 1;
        fixture_store(&text, path);
        text.data[i] ^= 1;
        int status = trace_open(&trace, path, &error);
        assert_int_not_equal(status, 0);
        assert_true(status == ERROR_DIGEST || status == ERROR_FORMAT ||
                    status == ERROR_UNSUPPORTED);
    }
    char expected[160], *place = strstr(text.data, "57.125");
    assert_true(place < text.data + body);
    place[0] = '6';
    (void)snprintf(expected, sizeof expected,
                   "checksum differs: %.16s is written, the lines give %016" PRIx64
                   " (the file was changed)",
                   strstr(text.data, "checksum") + 11, digest_checksum(text.data, body));
    fixture_store(&text, path);
    refuse(ERROR_DIGEST, expected);
    text_free(&text);
}

static void test_version(void **state)
{
    (void)state;
    refuse_changed("\"version\":1", "\"version\":2", ERROR_UNSUPPORTED,
                   "version 2; this program reads version 1");
    refuse_changed("nasbed-trace", "other-trace", ERROR_FORMAT, "line 1: this is no nasbed-trace");
    refuse_changed("\"version\":1,", "", ERROR_FORMAT, "line 1: \"version\" is missing");
    refuse_changed("{\"format\"", "[\"format\"", ERROR_FORMAT,
                   "line 1: no JSON: ']' expected near ':'");
}

struct change {
    const char *from, *to, *message;
};

static void test_bad_header(void **state)
{
    (void)state;
    static const struct change changes[] = {
        {"\"method\":\"regularized-evolution\",", "", "\"method\" is missing"},
        {"\"method\":\"regularized-evolution\"", "\"method\":5", "\"method\": must be a text"},
        {"\"class\":\"EA\"", "\"class\":\"XX\"", "\"class\": \"XX\" is none of the survey's"},
        {"\"class\":\"EA\"", "\"class\":\"EVOLUTION\"",
         "\"class\": text of 9 bytes is too long (most: 7)"},
        {"\"kind\":\"native\"", "\"kind\":\"odd\"",
         "\"kind\": \"odd\" is neither native nor extension"},
        {"\"modular\":true", "\"modular\":1", "\"modular\": must be true or false"},
        {"\"ticks\":{", "\"ticks\":5,\"x\":{", "\"ticks\": must be an object"},
        {"\"default\":10,", "",
         "option \"sample\": must have \"value\", \"default\" and \"provenance\""},
        {FIXTURE_HASH, "0123",
         "\"protocol_hash\": \"0123\" is no digest of 32 hexadecimal characters"},
        {"\"table\":null,\"table_seeds\":1,\"table_seed\":0",
         "\"table\":\"" FIXTURE_HASH "\",\"table_seeds\":2,\"table_seed\":2",
         "\"table_seed\": 2 of 2 seeds"},
        {"\"points\":12", "\"points\":0", "\"points\": must be a whole number from 1 to 100000"},
        {"\"seed\":7", "\"seed\":-7", "\"seed\": must be a whole number from 0 up"},
        {"\"budget\":6,", "\"budget\":7,",
         "\"budget_flops\": 6000000000000 are not 7 times \"unit_flops\""},
        {"\"unit_flops\":1000000000000", "\"unit_flops\":0", "\"unit_flops\": must not be 0"},
        {"\"reserve_flops\":1000,", "\"reserve_flops\":6000000000001,",
         "\"reserve_flops\": larger than \"budget_flops\""},
        {"\"budget\":6,", "\"budget_unit\":\"hours\",\"budget\":6,",
         "\"budget_unit\": \"hours\" is not known: gpu-seconds is"},
        {"\"budget\":6,", "\"budget_unit\":\"gpu-seconds\",\"budget\":6,",
         "\"budget_microseconds\" is missing"},
        {"\"numerics\":1,", "\"numerics\":1,\"numerics\":1,",
         "no JSON: duplicate object key near '\"numerics\"'"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char message[192];
        (void)snprintf(message, sizeof message, "line 1: %s", changes[i].message);
        refuse_changed(changes[i].from, changes[i].to, ERROR_FORMAT, message);
    }
}

static void test_bad_events(void **state)
{
    (void)state;
    static const struct change changes[] = {
        {"\"event\":\"query\"", "\"event\":\"guess\"", "line 2: unknown event \"guess\""},
        {"\"event\":\"query\",", "", "line 2: \"event\" is missing"},
        {"\"point\":12", "\"point\":13", "line 2: \"point\": must be a whole number from 1 to 12"},
        {"\"valid_accuracy\":57.125", "\"valid_accuracy\":157.125",
         "line 2: \"valid_accuracy\": must be a number from 0 to 100"},
        {"\"spent\":1400000000000", "\"spent\":1400000000001",
         "line 3: \"spent\": 1400000000001 is not 900000000000 + 500000000000"},
        {"\"charge\":900000000000,\"spent\":900000000000",
         "\"charge\":6000000000000,\"spent\":6000000000000",
         "line 2: \"spent\": 6000000000000 is more than the 5999999999000 there were"},
        {"\"free\":false", "\"free\":true", "line 2: \"charge\": 900000000000 for a free answer"},
        {"{\"event\":\"query\"",
         "{\"event\":\"refuse\",\"what\":\"query\",\"asked\":5,\"left\":5}\n"
         "{\"event\":\"query\"",
         "line 2: \"asked\": 5 were refused though 5 were left"},
        {"{\"event\":\"query\"", TRAIN "{\"event\":\"query\"",
         "line 3: \"spent\": 900000000000 is not 300 + 900000000000"},
        {"{\"event\":\"query\"", TRANSFORM "{\"event\":\"query\"",
         "line 2: \"spent\": 320 is not 0 + 20"},
        {"{\"event\":\"query\"", "7\n{\"event\":\"query\"",
         "line 2: no JSON: '[' or '{' expected near '7'"},
        {"{\"event\":\"query\"", "[7]\n{\"event\":\"query\"", "line 2: no JSON object"},
        {"\"left\":3500000000000", "\"left\":3500000000001",
         "line 6: \"left\": 3500000000001 of 6000000000000 with 2500000000000 spent"},
        {"\"test_seeds\":[0]", "\"test_seeds\":[]", "line 6: \"test_seeds\": 0 seeds (1 to 1024)"},
        {"\"test_seeds\":[0]", "\"test_seeds\":[-1]",
         "line 6: \"test_seeds\": must hold whole numbers from 0"},
        {"\"test_seeds\":[0]", "\"test_seeds\":0", "line 6: \"test_seeds\": must be an array"},
        {"\"event\":\"finish\"", "\"event\":\"log\",\"name\":\"x\",\"value\":1",
         "there is no \"finish\": the trial did not end"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        refuse_changed(changes[i].from, changes[i].to, ERROR_FORMAT, changes[i].message);
}

static void test_order_of_events(void **state)
{
    (void)state;
    struct text text = {0};
    fixture_body(&standard, &text);
    text_append(&text, "{\"event\":\"log\",\"name\":\"late\",\"value\":1}\n");
    fixture_seal(&text);
    fixture_store(&text, path);
    text_free(&text);
    refuse(ERROR_FORMAT, "line 7: \"log\" after \"finish\"");

    fixture_body(&standard, &text);
    fixture_seal(&text);
    fixture_replace(&text, "\"lines\":6", "\"lines\":5");
    fixture_store(&text, path);
    text_free(&text);
    refuse(ERROR_FORMAT, "last line: \"lines\": 5, but there are 6");
}

static void test_no_file(void **state)
{
    (void)state;
    struct trace trace;
    struct error error;
    char expected[160];
    (void)snprintf(expected, sizeof expected, "%s: No such file or directory", path);
    assert_int_equal(trace_open(&trace, path, &error), ERROR_MISSING);
    assert_string_equal(error.text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_header, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_networks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_finish_and_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_seeds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_origin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_origin_malformed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changed_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_header, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_order_of_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_file, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
