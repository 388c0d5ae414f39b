/* Traces as bytes and as files: exact lines, checksum, what counts as finished. */
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "methods/kit/blas.h"
#include "methods/trial/foreign.h"
#include "methods/trial/trace_file.h"
#include "methods/trial/trace_writer.h"
#include "tests/trial_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Options of every type, one with a text that needs escaping. */
struct values {
    int whole;
    uint64_t large;
    double real;
    bool flag;
    char text[NASBED_TEXT];
};

static const struct nasbed_option options[] = {
    {"whole", NASBED_OPTION_INT, offsetof(struct values, whole), "-3", 0, 0, "help", "paper"},
    {"large", NASBED_OPTION_U64, offsetof(struct values, large), "9000000000", 0, 0, "help", NULL},
    {"real", NASBED_OPTION_REAL, offsetof(struct values, real), "0.1", 0, 1, "help", "chosen"},
    {"flag", NASBED_OPTION_FLAG, offsetof(struct values, flag), "yes", 0, 0, "help", NULL},
    {"text", NASBED_OPTION_TEXT, offsetof(struct values, text), "a\"b", 0, 0, "help", NULL},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {{"cell", NASBED_EXTENSION, "note"}, {.name = NULL}};

static const struct nasbed_method method = {.abi = NASBED_ABI,
                                            .name = "made-up",
                                            .class_name = "GO",
                                            .continuous = true,
                                            .survey = "DARTS",
                                            .source = "nobody",
                                            .spaces = spaces,
                                            .options = options,
                                            .options_size = sizeof(struct values)};

static const struct contest contest = {
    .identity = {.space = "cell",
                 .protocol = "p",
                 .protocol_hash = "0123456789abcdef0123456789abcdef",
                 .dataset_digest = "fedcba9876543210fedcba9876543210",
                 .numerics = 1,
                 .points = 12},
    .seeds = 3,
    .budget = 6,
    .unit_flops = 100,
    .budget_flops = 600,
    .reserve_flops = 300};

static struct method_settings settings;

static int setup(void **state)
{
    (void)state;
    return method_settings_init(&settings, &method, NULL);
}

static int teardown(void **state)
{
    (void)state;
    method_settings_free(&settings);
    return 0;
}

static void test_header(void **state)
{
    (void)state;
    struct trace_writer writer = {0};
    struct values *values = settings.values;
    values->real = 1;
    trace_writer_header(&writer, &contest, &settings, 7);
    values->real = 0.1;
    assert_string_equal(
        writer.text.data,
        "{\"format\":\"nasbed-trace\",\"version\":1,\"method\":\"made-up\",\"class\":\"GO\","
        "\"ticks\":{\"modular\":false,\"continuous\":true,\"recycled\":false,\"incomplete\":false},"
        "\"survey\":\"DARTS\",\"kind\":\"extension\",\"options\":{"
        "\"whole\":{\"value\":-3,\"default\":-3,\"provenance\":\"paper\"},"
        "\"large\":{\"value\":9000000000,\"default\":9000000000,\"provenance\":null},"
        "\"real\":{\"value\":1.0,\"default\":0.1,\"provenance\":\"chosen\"},"
        "\"flag\":{\"value\":true,\"default\":true,\"provenance\":null},"
        "\"text\":{\"value\":\"a\\\"b\",\"default\":\"a\\\"b\",\"provenance\":null}},"
        "\"space\":\"cell\",\"protocol\":\"p\",\"protocol_hash\":"
        "\"0123456789abcdef0123456789abcdef\","
        "\"dataset_digest\":\"fedcba9876543210fedcba9876543210\",\"numerics\":1,\"points\":12,"
        "\"table\":null,\"table_seeds\":3,\"table_seed\":1,\"program\":\"" NASBED_VERSION "\","
        "\"budget\":6.0,\"budget_flops\":600,\"reserve_flops\":300,\"unit_flops\":100,\"seed\":7}"
        "\n");
    assert_int_equal(trace_writer_check(&writer, NULL), 0);
    trace_writer_free(&writer);
}

/* A budget in the source's GPU seconds names its unit, and nothing is called FLOPs. */
static void test_header_in_seconds(void **state)
{
    (void)state;
    static const uint64_t times[1] = {1};
    struct trace_writer writer = {0};
    struct contest timed = contest;
    timed.times = times;
    trace_writer_header(&writer, &timed, &settings, 7);
    assert_non_null(
        strstr(writer.text.data,
               "\"budget_unit\":\"gpu-seconds\",\"budget\":6.0,\"budget_microseconds\":"
               "600,\"reserve_microseconds\":300,\"unit_microseconds\":100,\"seed\":7}"));
    trace_writer_free(&writer);
}

/* Of a method that computes with OpenBLAS: its version and kernel, for its bits depend on them. */
static void test_header_with_blas(void **state)
{
    (void)state;
    struct trace_writer writer = {0};
    struct nasbed_method with = method;
    struct method_settings linked = settings;
    char library[BLAS_NAME], wanted[256];
    with.blas = true;
    linked.method = &with;
    blas_library(library);
    (void)snprintf(wanted, sizeof wanted,
                   ",\"seed\":7,\"blas\":{\"library\":\"%s\",\"kernel\":\"%s\"}}\n", library,
                   blas_kernel());
    trace_writer_header(&writer, &contest, &linked, 7);
    assert_string_equal(writer.text.data + writer.text.size - strlen(wanted), wanted);
    trace_writer_free(&writer);
}

static void test_events(void **state)
{
    (void)state;
    struct trace_writer writer = {0};
    const struct line_subject subject = {.architecture = "|x|", .index = 123, .network = 77};
    const int seeds[] = {0, 2};
    trace_writer_query(&writer, &(struct line_query){.subject = subject,
                                                     .point = 12,
                                                     .valid_accuracy = 57.5,
                                                     .valid_loss = nan(""),
                                                     .charge = 5,
                                                     .spent = 9000000000000000000u,
                                                     .live = true});
    trace_writer_refuse(&writer, "|y|", 3, 20, 10);
    trace_writer_log(&writer, "rate", 1e-20);
    trace_writer_finish(&writer, &(struct line_finish){.subject = subject,
                                                       .valid_accuracy = 60,
                                                       .test_accuracy = 59.25,
                                                       .test_seeds = seeds,
                                                       .test_count = 2,
                                                       .params = 11,
                                                       .macs = 12,
                                                       .charge = 0,
                                                       .spent = 14,
                                                       .left = 15});
    assert_string_equal(
        writer.text.data,
        "{\"event\":\"query\",\"architecture\":\"|x|\",\"index\":123,\"network\":77,\"point\":12,"
        "\"valid_accuracy\":57.5,\"valid_loss\":null,\"charge\":5,\"spent\":9000000000000000000,"
        "\"free\":false,\"live\":true}\n"
        "{\"event\":\"refuse\",\"what\":\"query\",\"architecture\":\"|y|\",\"point\":3,\"asked\":"
        "20,"
        "\"left\":10}\n"
        "{\"event\":\"log\",\"name\":\"rate\",\"value\":1e-20}\n"
        "{\"event\":\"finish\",\"architecture\":\"|x|\",\"index\":123,\"network\":77,"
        "\"valid_accuracy\":60.0,\"test_accuracy\":59.25,\"test_seeds\":[0,2],\"biased\":false,"
        "\"params\":11,\"macs\":12,\"charge\":0,\"spent\":14,\"left\":15}\n");
    trace_writer_free(&writer);
}

/* Networks of the method's own. */
static void test_network_events(void **state)
{
    (void)state;
    struct trace_writer writer = {0};
    const struct line_subject subject = {.architecture = "w:3", .index = 4, .network = 5};
    trace_writer_train(&writer, &(struct line_train){.subject = subject,
                                                     .handle = 3,
                                                     .steps = 0,
                                                     .from = 0.1,
                                                     .valid_images = 100,
                                                     .valid_accuracy = 61,
                                                     .valid_loss = 1.25,
                                                     .train_accuracy = nan(""),
                                                     .train_loss = nan(""),
                                                     .charge = 6,
                                                     .spent = 7});
    trace_writer_transform(
        &writer,
        &(struct line_transform){
            .subject = subject, .handle = 3, .move = "skip", .layer = 1, .charge = 0, .spent = 7});
    trace_writer_refuse_network(&writer, "train", "w:3", 12, 30, 20);
    assert_string_equal(
        writer.text.data,
        "{\"event\":\"train\",\"handle\":3,\"architecture\":\"w:3\",\"index\":4,\"network\":5,"
        "\"steps\":0,\"rate_from\":0.1,\"rate_to\":0.0,\"valid_images\":100,"
        "\"valid_accuracy\":61.0,\"valid_loss\":1.25,\"train_accuracy\":null,\"train_loss\":null,"
        "\"charge\":6,\"spent\":7}\n"
        "{\"event\":\"transform\",\"handle\":3,\"architecture\":\"w:3\",\"index\":4,\"network\":5,"
        "\"move\":\"skip\",\"layer\":1,\"charge\":0,\"spent\":7}\n"
        "{\"event\":\"refuse\",\"what\":\"train\",\"architecture\":\"w:3\",\"steps\":12,\"asked\":"
        "30,"
        "\"left\":20}\n");
    trace_writer_free(&writer);
}

/* Steps on supernets are added up, a thousand a line, until something else is told: then they stand
 * before it, with what had been spent by then. */
static void test_steps(void **state)
{
    (void)state;
    struct trace_writer writer = {0};
    const struct step_tally step = {.count = 1, .charge = 3, .loss = 2, .accuracy = 40};
    const struct step_tally scores = {.count = 4, .charge = 8, .loss = 4, .accuracy = 200};
    trace_writer_transform(&writer, &(struct line_transform){.subject = {.architecture = "w:3"},
                                                             .move = "skip",
                                                             .charge = 100,
                                                             .spent = 100});
    size_t before = writer.text.size;
    for (int i = 0; i < 1001; i++)
        trace_writer_steps(&writer, TALLY_STEP, &step);
    trace_writer_steps(&writer, TALLY_SCORE, &scores);
    /* charged before it is told: what stood above was not */
    trace_writer_train(&writer, &(struct line_train){.subject = {.architecture = "w:3"},
                                                     .charge = 1000,
                                                     .spent = 100 + 3003 + 8 + 1000});
    trace_writer_steps(&writer, TALLY_GRADIENT, &step);
    trace_writer_refuse_steps(&writer, TALLY_STEP, 30, 20);
    char *train = strstr(writer.text.data + before, "{\"event\":\"train\"");
    assert_non_null(train);
    assert_non_null(strstr(train, "\"spent\":4111}\n"));
    assert_string_equal(strchr(train, '\n') + 1,
                        "{\"event\":\"step\",\"what\":\"gradient\",\"count\":1,\"loss\":2.0,"
                        "\"accuracy\":40.0,\"charge\":3,\"spent\":4114}\n"
                        "{\"event\":\"refuse\",\"what\":\"step\",\"asked\":30,\"left\":20}\n");
    *train = '\0';
    assert_string_equal(writer.text.data + before,
                        "{\"event\":\"step\",\"what\":\"step\",\"count\":1000,\"loss\":2.0,"
                        "\"accuracy\":40.0,\"charge\":3000,\"spent\":3100}\n"
                        "{\"event\":\"step\",\"what\":\"step\",\"count\":1,\"loss\":2.0,"
                        "\"accuracy\":40.0,\"charge\":3,\"spent\":3103}\n"
                        "{\"event\":\"step\",\"what\":\"score\",\"count\":4,\"loss\":1.0,"
                        "\"accuracy\":50.0,\"charge\":8,\"spent\":3111}\n");
    trace_writer_free(&writer);
}

/* A foreign name that is not UTF-8 cannot break the file. */
static void test_broken_name(void **state)
{
    (void)state;
    struct trace_writer writer = {0};
    trace_writer_log(&writer, "\xff", 1);
    assert_string_equal(writer.text.data, "{\"event\":\"log\",\"name\":\"?\",\"value\":1.0}\n");
    trace_writer_free(&writer);
}

static void test_end(void **state)
{
    (void)state;
    struct trace_writer writer = {0};
    char expected[128];
    trace_writer_log(&writer, "x", 1);
    trace_writer_log(&writer, "y", 2);
    (void)snprintf(expected, sizeof expected,
                   "{\"end\":true,\"lines\":2,\"checksum\":\"%016" PRIx64 "\"}\n",
                   digest_checksum(writer.text.data, writer.text.size));
    size_t before = writer.text.size;
    trace_writer_end(&writer);
    assert_string_equal(writer.text.data + before, expected);
    trace_writer_free(&writer);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    struct trace_writer writer = {.text = {.failed = true}};
    struct error error;
    trace_writer_header(&writer, &contest, &settings, 7);
    trace_writer_end(&writer);
    assert_int_equal(trace_writer_check(&writer, &error), ERROR_MEMORY);
    assert_string_equal(error.text, "trace: out of memory");
    trace_writer_free(&writer);
}

static void test_paths(void **state)
{
    (void)state;
    struct text path = {0};
    static const uint64_t times[1];
    struct contest named = {.space = space_find("cell", NULL), .budget = 6};
    trace_file_path(&path, "out", &named, "made-up", 12);
    assert_string_equal(path.data, "out/cell/made-up/b6/s12");
    text_free(&path);
    named.budget = 0.3;
    trace_file_path(&path, "out", &named, "made-up", 0);
    assert_string_equal(path.data, "out/cell/made-up/b0.3/s0");
    text_free(&path);
    named.budget = 12000;
    named.times = times;
    trace_file_path(&path, "out", &named, "made-up", 0);
    assert_string_equal(path.data, "out/cell/made-up/b12000s/s0");
    text_free(&path);
}

/* Files ---------------------------------------------------------------------------------------- */

static char said[1200];

static void hear(const char *line)
{
    (void)snprintf(said, sizeof said, "%s", line);
}

static char stem[64], trace_path[80], time_path[80];

static void name_files(void)
{
    (void)snprintf(stem, sizeof stem, "/tmp/nasbed-trace-%ld", (long)getpid());
    (void)snprintf(trace_path, sizeof trace_path, "%s.trace", stem);
    (void)snprintf(time_path, sizeof time_path, "%s.time", stem);
}

/* Save a trace of two lines; its header line is returned, to be freed. */
static char *save(void)
{
    struct trace_writer writer = {0};
    struct error error;
    const struct trial_times times = {.own = 0.25, .train = 2};
    name_files();
    trace_writer_header(&writer, &contest, &settings, 7);
    char *header = strdup(writer.text.data);
    trace_writer_log(&writer, "x", 1);
    trace_writer_end(&writer);
    assert_int_equal(trace_file_save(stem, &writer.text, &times, 3, "Acme (2 cores)", &error), 0);
    trace_writer_free(&writer);
    return header;
}

static bool finished(const char *header, int expected, struct error *error)
{
    bool answer = true;
    said[0] = '\0';
    assert_int_equal(trace_file_finished(trace_path, header, &answer, hear, error), expected);
    return answer;
}

static void test_finished(void **state)
{
    (void)state;
    char *header = save(), *times;
    struct error error;
    size_t size;
    assert_true(finished(header, 0, &error));
    assert_int_equal(file_read(time_path, &times, &size, &error), 0);
    assert_string_equal(times, "{\"wall_seconds\":3.0,\"cpu_seconds\":2.25,\"train_seconds\":2.0,"
                               "\"machine\":\"Acme (2 cores)\"}");
    free(times);
    assert_int_equal(unlink(trace_path), 0);
    assert_false(finished(header, 0, &error)); /* not there */
    assert_string_equal(said, "");
    free(header);
    (void)unlink(time_path);
}

static void test_damage(void **state)
{
    (void)state;
    char *header = save(), *data;
    struct error error;
    size_t size;
    assert_int_equal(file_read(trace_path, &data, &size, &error), 0);
    for (size_t cut = 0; cut < size; cut += size / 40 + 1) { /* shorter */
        assert_int_equal(file_write(trace_path, data, cut, &error), 0);
        assert_false(finished(header, 0, &error));
        assert_non_null(strstr(said, "was cut or changed: run again"));
    }
    for (size_t i = 0; i + 60 < size; i += 97) { /* another byte */
        data[i] ^= 1;
        assert_int_equal(file_write(trace_path, data, size, &error), 0);
        assert_false(finished(header, 0, &error));
        data[i] ^= 1;
    }
    free(data);
    free(header);
    (void)unlink(trace_path);
    (void)unlink(time_path);
}

/* The header of another trial, made by exchanging a part of the text. */
static char *other_header(const char *header, const char *from, const char *to)
{
    const char *at = strstr(header, from);
    assert_non_null(at);
    struct text other = {0};
    text_append(&other, "%.*s%s%s", (int)(at - header), header, to, at + strlen(from));
    return other.data;
}

static void test_other_identity(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"\"numerics\":1", "\"numerics\":2", "was run with numerics = 1, this run has 2"},
        {"0123456789abcdef0123456789abcdef", "0023456789abcdef0123456789abcdef",
         "was run with protocol_hash = \"0123456789abcdef0123456789abcdef\", this run has "
         "\"0023456789abcdef0123456789abcdef\""},
        {"\"table\":null", "\"table\":\"aa\"", "was run with table = null, this run has \"aa\""},
        {"\"value\":0.1", "\"value\":0.2", "was run with real = 0.1, this run has 0.2"},
        {"\"whole\":", "\"hole\":", "was run with hole = nothing, this run has -3"}};
    char *header = save();
    struct error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *other = other_header(header, cases[i].from, cases[i].to);
        assert_false(finished(other, ERROR_MISMATCH, &error));
        assert_non_null(strstr(error.text, trace_path));
        assert_non_null(strstr(error.text, cases[i].message));
        assert_non_null(
            strstr(error.text, "choose another --out, or remove the method's trials, "));
        free(other);
    }
    /* A reworded default or another version of the program is the same trial. */
    char *same = other_header(header, "\"program\":\"", "\"program\":\"9");
    assert_true(finished(same, 0, &error));
    free(same);
    same = other_header(header, "\"provenance\":\"chosen\"", "\"provenance\":\"reworded\"");
    assert_true(finished(same, 0, &error));
    free(same);
    free(header);
    (void)unlink(trace_path);
    (void)unlink(time_path);
}

/* A method from outside is what its files hold: another folder is the same, another byte is not. */
static void test_other_origin(void **state)
{
    (void)state;
    struct method_origin origin = {.what = "python3 a/m.py",
                                   .command = true,
                                   .files = 1,
                                   .file = {{"a/m.py", "00112233445566778899aabbccddeeff"}}};
    struct error error;
    char *bare = save();
    settings.origin = &origin;
    char *header = save();
    settings.origin = NULL;
    assert_true(finished(header, 0, &error));
    char *other = other_header(header, "\"a/m.py\":\"00", "\"/b/m.py\":\"00");
    assert_true(finished(other, 0, &error));
    free(other);
    origin.files = 2;
    (void)snprintf(origin.file[1].name, sizeof origin.file[1].name, "odd\\name");
    settings.origin = &origin;
    char *odd = save();
    settings.origin = NULL;
    assert_non_null(strstr(odd, ",\"odd\\\\name\":\"\"}}"));
    assert_false(finished(header, ERROR_MISMATCH, &error));
    free(odd);
    (void)unlink(trace_path);
    free(header);
    origin.files = 1;
    settings.origin = &origin;
    header = save();
    settings.origin = NULL;
    other = other_header(header, "001122", "101122");
    assert_false(finished(other, ERROR_MISMATCH, &error));
    assert_non_null(strstr(error.text,
                           "was run with a/m.py = \"00112233445566778899aabbccddeeff\", "
                           "this run has \"10112233445566778899aabbccddeeff\""));
    free(other);
    assert_false(finished(bare, ERROR_MISMATCH, &error));
    free(bare);
    free(header);
    (void)unlink(trace_path);
    (void)unlink(time_path);
}

/* Nothing is written that a JSON reader, or ours, would refuse. */
static void test_limits(void **state)
{
    (void)state;
    struct trace_writer writer = {0};
    trace_writer_log(&writer, "large", 1e305);
    trace_writer_log(&writer, "small", -1e300);
    trace_writer_refuse(&writer, "|y|", 3, UINT64_MAX, 10);
    assert_string_equal(writer.text.data,
                        "{\"event\":\"log\",\"name\":\"large\",\"value\":null}\n"
                        "{\"event\":\"log\",\"name\":\"small\",\"value\":-1e+300}\n"
                        "{\"event\":\"refuse\",\"what\":\"query\",\"architecture\":\"|y|\","
                        "\"point\":3,\"asked\":9223372036854775807,\"left\":10}\n");
    trace_writer_free(&writer);
}

static void test_unwritable(void **state)
{
    (void)state;
    const struct text trace = {.data = (char[]){"x"}, .size = 1};
    struct error error;
    assert_int_equal(
        trace_file_save("/dev/null/s0", &trace, &(struct trial_times){0}, 0, "", &error), ERROR_IO);
    assert_non_null(strstr(error.text, "/dev/null/s0.time: cannot be written"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_header),
                                       cmocka_unit_test(test_header_with_blas),
                                       cmocka_unit_test(test_header_in_seconds),
                                       cmocka_unit_test(test_events),
                                       cmocka_unit_test(test_network_events),
                                       cmocka_unit_test(test_steps),
                                       cmocka_unit_test(test_broken_name),
                                       cmocka_unit_test(test_end),
                                       cmocka_unit_test(test_out_of_memory),
                                       cmocka_unit_test(test_paths),
                                       cmocka_unit_test(test_finished),
                                       cmocka_unit_test(test_damage),
                                       cmocka_unit_test(test_other_identity),
                                       cmocka_unit_test(test_other_origin),
                                       cmocka_unit_test(test_limits),
                                       cmocka_unit_test(test_unwritable)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
