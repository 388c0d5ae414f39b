/* Logs: whatever is cut or changed is named, everything sound is kept. */
#include "tests/table_fixture.h"

#include "tables/log.h"
#include "tables/record.h"

#include <fcntl.h>
#include <math.h>

/* What a visit met. */
struct seen {
    unsigned n[WORLD_NETWORKS];
    unsigned all;
};

static int see(void *context, const struct table_record *record, struct error *error)
{
    struct seen *seen = context;
    (void)error;
    assert_true(record->network < WORLD_NETWORKS);
    seen->n[record->network]++;
    seen->all++;
    return 0;
}

static int refuse(void *context, const struct table_record *record, struct error *error)
{
    (void)context;
    return error_set(error, ERROR_STATE, "no more than %u", (unsigned)record->network);
}

static void open_log(struct table_log *log, const struct world *world, struct seen *seen)
{
    struct error error = {0};
    *seen = (struct seen){0};
    if (log_open(log, world->path, &world->plan.identity, see, seen, world_say, &error))
        fail_msg("%s", error.text);
}

/* Append networks first .. last - 1. */
static void append(struct table_log *log, const struct world *world, uint32_t first, uint32_t last)
{
    struct error error = {0};
    for (uint32_t network = first; network < last; network++) {
        struct table_record record;
        world_record(world, network, 0, &record);
        if (log_append(log, &record, &error))
            fail_msg("%s", error.text);
    }
}

/* A log of ten records at world->path; returns the size of its header. */
static size_t ten_records(struct world *world)
{
    struct table_log log;
    struct seen seen;
    world_open(world);
    open_log(&log, world, &seen);
    append(&log, world, 0, 10);
    size_t header = log.header;
    log_close(&log);
    return header;
}

static size_t record_size(const struct world *world)
{
    return record_bytes(world->plan.identity.points);
}

static void flip(const char *path, size_t offset)
{
    size_t size;
    char *bytes = world_bytes(path, &size);
    assert_true(offset < size);
    bytes[offset] ^= 0x40;
    world_write(path, bytes, size);
    free(bytes);
}

static void cut(const char *path, size_t size)
{
    assert_int_equal(truncate(path, (off_t)size), 0);
}

static size_t size_of(const char *path)
{
    size_t size;
    free(world_bytes(path, &size));
    return size;
}

static void test_compact(void **state)
{
    struct world world;
    (void)state;
    size_t header = ten_records(&world);
    assert_int_equal(record_bytes(12), 216);
    assert_int_equal(size_of(world.path), header + 10 * record_size(&world));
    size_t size;
    char *bytes = world_bytes(world.path, &size);
    assert_contains(bytes, "nasbed log 1\nspace cell\nprotocol smoke\nprotocol_hash ");
    assert_contains(bytes, "\nnumerics 1\npoints 4\ncount 15625\ndistinct 40\nidentity ");
    free(bytes);
    world_close(&world);
}

static void test_records_come_back(void **state)
{
    struct world world;
    struct table_record in, out;
    unsigned char bytes[RECORD_BYTES_MAX];
    (void)state;
    world_open(&world);
    for (uint32_t network = 0; network < WORLD_NETWORKS; network++) {
        world_record(&world, network, 1, &in);
        record_encode(&in, 4, bytes);
        assert_true(record_decode(bytes, 4, &out));
        assert_int_equal(out.network, network);
        assert_int_equal(out.seed, 1);
        assert_true(record_equal(&in, &out, 4));
        assert_true(isnan(out.point[4].valid_accuracy));
        out.point[3].valid_loss += 0.5f;
        assert_true(isnan(in.point[3].valid_loss) || !record_equal(&in, &out, 4));
        for (size_t i = 0; i < record_size(&world); i++) {
            bytes[i] ^= 1;
            assert_false(record_decode(bytes, 4, &out));
            bytes[i] ^= 1;
        }
    }
    world_close(&world);
}

static void test_resume(void **state)
{
    struct world world;
    struct table_log log;
    struct seen seen;
    (void)state;
    size_t header = ten_records(&world);
    open_log(&log, &world, &seen);
    assert_int_equal(seen.all, 10);
    assert_int_equal(log.records, 10);
    append(&log, &world, 10, 12);
    log_close(&log);
    assert_int_equal(size_of(world.path), header + 12 * record_size(&world));
    assert_string_equal(world_said, "");
    world_close(&world);
}

/* Whatever its length, what is whole of a cut log is kept, and the log goes on from there. */
static void test_cut_anywhere(void **state)
{
    struct world world;
    (void)state;
    size_t header = ten_records(&world), size;
    char *bytes = world_bytes(world.path, &size);
    for (size_t length = 0; length < size; length += 13) {
        struct table_log log;
        struct seen seen;
        size_t whole = length < header ? 0 : (length - header) / record_size(&world);
        world_write(world.path, bytes, length);
        world_said[0] = '\0';
        open_log(&log, &world, &seen);
        assert_int_equal(seen.all, whole);
        bool torn = length > header && (length - header) % record_size(&world) != 0;
        if (torn)
            assert_said("ends in its middle (the file was cut, or writing was interrupted); ");
        else
            assert_string_equal(world_said, "");
        append(&log, &world, (uint32_t)whole, 10);
        log_close(&log);
        size_t now;
        char *again = world_bytes(world.path, &now);
        assert_int_equal(now, size);
        assert_memory_equal(again, bytes, size);
        free(again);
    }
    free(bytes);
    world_close(&world);
}

static void test_flipped_byte(void **state)
{
    struct world world;
    (void)state;
    size_t header = ten_records(&world), record = record_size(&world), size;
    char *bytes = world_bytes(world.path, &size);
    for (size_t offset = header; offset < size; offset += 7) {
        struct table_log log;
        struct seen seen;
        char expected[128];
        size_t damaged = (offset - header) / record;
        world_write(world.path, bytes, size);
        flip(world.path, offset);
        world_said[0] = '\0';
        open_log(&log, &world, &seen);
        (void)snprintf(
            expected, sizeof expected,
            "x.h5: record %zu: checksum differs (the file was cut or changed); 9 records "
            "are kept, 1 will be trained again",
            damaged + 1);
        assert_said(expected);
        assert_int_equal(seen.all, 9);
        assert_int_equal(seen.n[damaged], 0);
        log_close(&log);
        assert_int_equal(size_of(world.path), header + 9 * record);
        world_said[0] = '\0';
        open_log(&log, &world, &seen); /* repaired: the nine, and nothing to say */
        assert_int_equal(seen.all, 9);
        assert_int_equal(seen.n[damaged], 0);
        assert_string_equal(world_said, "");
        log_close(&log);
    }
    free(bytes);
    world_close(&world);
}

static void test_several_damaged(void **state)
{
    struct world world;
    struct table_log log;
    struct seen seen;
    (void)state;
    size_t header = ten_records(&world), record = record_size(&world);
    for (size_t slot = 0; slot < 10; slot += slot == 6 ? 2 : 1)
        if (slot != 3 && slot != 5)
            flip(world.path, header + slot * record + 20); /* sound: 3, 5, 7 */
    cut(world.path, header + 10 * record - 1);
    struct error error = {0};
    seen = (struct seen){0};
    assert_int_equal(log_read(world.path, &world.plan.identity, see, &seen, world_say, &error), 0);
    assert_said("record 1: checksum differs (the file was cut or changed); 3 records are kept, 7 "
                "will be left out");
    assert_int_equal(seen.all, 3);
    world_said[0] = '\0';
    open_log(&log, &world, &seen);
    assert_said("3 records are kept, 7 will be trained again");
    log_close(&log);
    assert_int_equal(size_of(world.path), header + 3 * record);
    open_log(&log, &world, &seen);
    assert_int_equal(seen.n[3] + seen.n[5] + seen.n[7], 3);
    assert_int_equal(seen.all, 3);
    log_close(&log);
    world_close(&world);
}

static void test_damaged_header(void **state)
{
    struct world world;
    (void)state;
    size_t header = ten_records(&world), size;
    char *bytes = world_bytes(world.path, &size);
    for (size_t offset = 0; offset < header; offset++) {
        struct table_log log;
        struct seen seen = {0};
        struct error error = {0};
        world_write(world.path, bytes, size);
        flip(world.path, offset);
        assert_int_not_equal(
            log_open(&log, world.path, &world.plan.identity, see, &seen, world_say, &error), 0);
        assert_contains(error.text, "x.h5: ");
        assert_int_equal(seen.all, 0);
        assert_int_equal(size_of(world.path), size); /* untouched */
    }
    free(bytes);
    world_close(&world);
}

static void assert_header_error(struct world *world, const char *text, const char *message)
{
    struct table_log log;
    struct seen seen = {0};
    struct error error = {0};
    struct table_identity identity;
    world_write(world->path, text, strlen(text));
    assert_int_not_equal(
        log_open(&log, world->path, &world->plan.identity, see, &seen, world_say, &error), 0);
    assert_contains(error.text, message);
    assert_int_not_equal(log_identity(world->path, &identity, &error), 0);
    assert_contains(error.text, message);
}

static void test_foreign_header(void **state)
{
    struct world world;
    (void)state;
    (void)ten_records(&world);
    assert_header_error(&world, "hello\n", "x.h5: is no log of nasbed");
    assert_header_error(&world, "nasbed log 1\nprotocol smoke\n",
                        "header: line \"space\" is missing or damaged");
    assert_header_error(&world,
                        "nasbed log 1\nspace cell\nprotocol smoke\nprotocol_hash 1\n"
                        "dataset_digest 2\nnumerics -1\n",
                        "header: line \"numerics\" is missing or damaged");
    assert_header_error(&world,
                        "nasbed log 1\nspace cell\nprotocol smoke\nprotocol_hash 1\n"
                        "dataset_digest 2\nnumerics 1\npoints 2\ncount 3\ndistinct 3\n",
                        "header: line \"identity\" is missing or damaged");
    assert_header_error(&world,
                        "nasbed log 1\nspace cell\nprotocol smoke\nprotocol_hash 1\n"
                        "dataset_digest 2\nnumerics 1\npoints 2\ncount 3\ndistinct 3\n"
                        "identity 0123456789abcdef0123456789abcdef\n",
                        "but it says 0123456789abcdef0123456789abcdef (the file was changed)");
    world_close(&world);
}

static void test_other_identity(void **state)
{
    struct world world;
    struct table_log log;
    struct seen seen = {0};
    struct error error = {0};
    struct table_identity found;
    (void)state;
    (void)ten_records(&world);
    struct table_identity other = world.plan.identity;
    (void)snprintf(other.protocol_hash, sizeof other.protocol_hash, "0123");
    assert_int_equal(log_open(&log, world.path, &other, see, &seen, world_say, &error),
                     ERROR_MISMATCH);
    char expected[160];
    (void)snprintf(expected, sizeof expected,
                   "x.h5: belongs to another table: its protocol_hash is %s, not 0123 (identity ",
                   world.plan.identity.protocol_hash);
    assert_contains(error.text, expected);
    assert_int_equal(log_read(world.path, &other, see, &seen, world_say, &error), ERROR_MISMATCH);
    assert_contains(error.text, expected);
    assert_int_equal(seen.all, 0);
    assert_int_equal(log_identity(world.path, &found, &error), 0);
    assert_memory_equal(&found, &world.plan.identity, sizeof found);
    world_close(&world);
}

static void test_one_writer(void **state)
{
    struct world world;
    struct table_log log, second;
    struct seen seen;
    struct error error = {0};
    (void)state;
    (void)ten_records(&world);
    open_log(&log, &world, &seen);
    seen = (struct seen){0};
    assert_int_equal(
        log_open(&second, world.path, &world.plan.identity, see, &seen, world_say, &error),
        ERROR_STATE);
    assert_contains(error.text,
                    "x.h5: another process is building this shard (it holds the lock of "
                    "its log)");
    /* Reading is allowed; a tail that is being written is no damage. */
    int file = open(world.path, O_WRONLY | O_APPEND);
    assert_true(file >= 0);
    assert_int_equal(write(file, "half", 4), 4);
    (void)close(file);
    assert_int_equal(log_read(world.path, &world.plan.identity, see, &seen, world_say, &error), 0);
    assert_int_equal(seen.all, 10);
    assert_string_equal(world_said, "");
    log_close(&log);
    assert_int_equal(log_read(world.path, &world.plan.identity, see, &seen, world_say, &error), 0);
    assert_said("record 11: ends in its middle");
    world_close(&world);
}

static void test_refused_records(void **state)
{
    struct world world;
    struct table_log log;
    struct seen seen;
    struct error error = {0};
    struct table_record record;
    (void)state;
    size_t header = ten_records(&world);
    open_log(&log, &world, &seen);
    world_record(&world, WORLD_NETWORKS, 0, &record);
    assert_int_equal(log_append(&log, &record, &error), ERROR_ARGUMENT);
    assert_contains(error.text, "record refused: there is no network 40 (of 40)");
    world_record(&world, 1, 1024, &record);
    assert_int_equal(log_append(&log, &record, &error), ERROR_ARGUMENT);
    assert_contains(error.text, "record refused: seed 1024 is too large (at most 1023)");
    world_record(&world, 1, 0, &record);
    record.point[3].valid_accuracy = 100.5f;
    assert_int_equal(log_append(&log, &record, &error), ERROR_ARGUMENT);
    assert_contains(error.text, "record refused: validation accuracy at point 4 is 100.5");
    record.point[0].train_accuracy = -1.0f;
    assert_int_equal(log_append(&log, &record, &error), ERROR_ARGUMENT);
    assert_contains(error.text, "record refused: training accuracy at point 1 is -1");
    world_record(&world, 1, 0, &record);
    record.test_accuracy = (float)NAN;
    assert_int_equal(log_append(&log, &record, &error), ERROR_ARGUMENT);
    assert_contains(error.text, "record refused: test accuracy is nan");
    log_close(&log);
    assert_int_equal(size_of(world.path), header + 10 * record_size(&world));
    world_close(&world);
}

static void test_visitor_may_stop(void **state)
{
    struct world world;
    struct table_log log;
    struct error error = {0};
    (void)state;
    (void)ten_records(&world);
    assert_int_equal(log_open(&log, world.path, &world.plan.identity, refuse, NULL, NULL, &error),
                     ERROR_STATE);
    assert_contains(error.text, "x.h5: record 1: no more than 0");
    world_close(&world);
}

static void test_missing_log(void **state)
{
    struct error error = {0};
    struct table_identity identity;
    struct table_log log;
    struct world world;
    (void)state;
    world_open(&world);
    assert_int_equal(log_identity("/no/such.log", &identity, &error), ERROR_MISSING);
    assert_contains(error.text, "/no/such.log: No such file or directory");
    assert_int_equal(log_open(&log, "/no/such.log", &world.plan.identity, see, NULL, NULL, &error),
                     ERROR_IO);
    assert_contains(error.text, "/no/such.log: cannot be opened for writing: No such file");
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compact),         cmocka_unit_test(test_records_come_back),
        cmocka_unit_test(test_resume),          cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_flipped_byte),    cmocka_unit_test(test_several_damaged),
        cmocka_unit_test(test_damaged_header),  cmocka_unit_test(test_foreign_header),
        cmocka_unit_test(test_other_identity),  cmocka_unit_test(test_one_writer),
        cmocka_unit_test(test_refused_records), cmocka_unit_test(test_visitor_may_stop),
        cmocka_unit_test(test_missing_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
