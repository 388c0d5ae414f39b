/* Protocol files: what is read, what is refused and with which words, hash, schedule, charge. */
#include "base/file.h"
#include "base/text.h"
#include "protocols/protocol.h"
#include "protocols/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A protocol with one option a line, so that a test can replace line N; line 1 is [training]. */
static const char *const lines[] = {
    "[training]",
    "dataset = cifar10",
    "split_seed = 1",
    "train_images = 1024",
    "valid_images = 512",
    "valid_images_early = 256",
    "test_images = 512",
    "epochs = 2",
    "batch = 32",
    "optimizer = sgd-nesterov",
    "learning_rate = 0.05",
    "schedule = cosine",
    "warmup = 0.1",
    "momentum = 0.9",
    "weight_decay = 5e-4",
    "label_smoothing = 0",
    "decay_all = yes",
    "flip = yes",
    "crop_padding = 4",
    "cutout = 0",
    "initialisation = kaiming-fan-out",
    "batch_norm_momentum = 0.1",
    "batch_norm_epsilon = 1e-5",
    "points = 4",
    "seeds = 2",
    "[skeleton.cell]",
    "channels = 4",
    "cells = 1",
    "stem_stride = 2",
};
enum { LINES = sizeof lines / sizeof *lines };

static char folder[64], path[96];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/nasbed-test-protocol-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof path, "%s/x.ini", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

/* Write the protocol with line `number` (from 1; 0: none) replaced by `with` (NULL: left out). */
static void write_protocol(int number, const char *with)
{
    struct text text = {0};
    for (int i = 0; i < LINES; i++) {
        const char *line = i + 1 == number ? with : lines[i];
        if (line)
            text_append(&text, "%s\n", line);
    }
    assert_int_equal(file_write(path, text.data, text.size, NULL), 0);
    text_free(&text);
}

/* The whole message of the protocol with that line replaced must be "protocol PATH: EXPECTED". */
static void assert_refused(int number, const char *with, const char *expected)
{
    struct protocol protocol;
    struct error error;
    char full[1024];
    write_protocol(number, with);
    assert_int_equal(protocol_open(&protocol, path, &error), ERROR_FORMAT);
    (void)snprintf(full, sizeof full, "protocol %s: %s", path, expected);
    assert_string_equal(error.text, full);
    assert_null(protocol.text);
}

static struct protocol open_valid(void)
{
    struct protocol protocol;
    struct error error;
    if (protocol_open(&protocol, path, &error))
        fail_msg("%s", error.text);
    return protocol;
}

static void every_value_is_read(void **state)
{
    (void)state;
    write_protocol(0, NULL);
    struct protocol protocol = open_valid();
    const struct training *t = &protocol.training;
    assert_string_equal(protocol.name, "x");
    assert_string_equal(t->dataset, "cifar10");
    assert_int_equal(t->split_seed, 1);
    assert_int_equal(t->train_images, 1024);
    assert_int_equal(t->valid_images, 512);
    assert_int_equal(t->valid_images_early, 256);
    assert_int_equal(t->test_images, 512);
    assert_int_equal(t->epochs, 2);
    assert_int_equal(t->batch, 32);
    assert_string_equal(t->optimizer, "sgd-nesterov");
    assert_true(t->learning_rate == 0.05);
    assert_string_equal(t->schedule, "cosine");
    assert_true(t->warmup == 0.1 && t->momentum == 0.9 && t->weight_decay == 5e-4);
    assert_true(t->label_smoothing == 0);
    assert_true(t->decay_all && t->flip);
    assert_int_equal(t->crop_padding, 4);
    assert_int_equal(t->cutout, 0);
    assert_string_equal(t->initialisation, "kaiming-fan-out");
    assert_true(t->batch_norm_momentum == 0.1 && t->batch_norm_epsilon == 1e-5);
    assert_int_equal(t->points, 4);
    assert_int_equal(t->seeds, 2);
    const struct skeleton *s = protocol_skeleton(&protocol, "cell", NULL);
    assert_non_null(s);
    assert_true(s->channels == 4 && s->cells == 1 && s->stem_stride == 2);
    assert_true(s->input_channels == 3 && s->input_size == 32 && s->classes == 10);
    protocol_close(&protocol);
}

static void shape_comes_from_the_data_set(void **state)
{
    (void)state;
    write_protocol(2, "dataset = fashion-mnist");
    struct protocol protocol = open_valid();
    const struct skeleton *s = protocol_skeleton(&protocol, "cell", NULL);
    assert_true(s->input_channels == 1 && s->input_size == 32 && s->classes == 10);
    protocol_close(&protocol);
}

/* Every line is needed, every line may stand only once. */
static void every_key_once(void **state)
{
    (void)state;
    for (int i = 1; i < LINES; i++) {
        char name[64], expected[256], twice[256];
        if (lines[i][0] == '[')
            continue;
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(lines[i], " "), lines[i]);
        (void)snprintf(expected, sizeof expected, "[%s]: option \"%s\" is missing",
                       i < 25 ? "training" : "skeleton.cell", name);
        assert_refused(i + 1, NULL, expected);
        (void)snprintf(twice, sizeof twice, "%s\n%s", lines[i], lines[i]);
        (void)snprintf(expected, sizeof expected,
                       "line %d: option \"%s\" stands already in line %d", i + 2, name, i + 1);
        assert_refused(i + 1, twice, expected);
    }
}

static void keys_and_sections_must_be_known(void **state)
{
    (void)state;
    assert_refused(8, "epoch = 2", "line 8: unknown option \"epoch\": did you mean \"epochs\"?");
    assert_refused(27, "chanels = 4",
                   "line 27: unknown option \"chanels\": did you mean \"channels\"?");
    assert_refused(27, "width = 4",
                   "line 27: unknown option \"width\": one of channels, cells, "
                   "stem_stride");
    assert_refused(26, "[skeleton.cel]",
                   "line 27: unknown section [skeleton.cel]: did you mean "
                   "[skeleton.cell]?");
    assert_refused(26, "[other]",
                   "line 27: unknown section [other]: one of training, "
                   "skeleton.cell, skeleton.chain, skeleton.macro");
    assert_refused(1, NULL, "line 1: option \"dataset\" stands before any section");
    assert_refused(8, "epochs", "line 8: expected `key = value` or `[section]`");
    assert_refused(8, "epochs = 2\n[nonsense\nbatches = 3",
                   "line 9: expected `key = value` or `[section]`");
    assert_refused(8, "epoch = 2\n[nonsense",
                   "line 8: unknown option \"epoch\": did you mean \"epochs\"?");
}

static void values_must_parse_and_lie_in_range(void **state)
{
    (void)state;
    assert_refused(9, "batch = 60", "line 9: batch = 60: must be a multiple of 16");
    assert_refused(9, "batch = 0", "line 9: batch = 0: must be from 16 to 65536");
    assert_refused(9, "batch = many", "line 9: batch = many: must be an integer");
    assert_refused(9, "batch = 32 64", "line 9: batch = 32 64: must be an integer");
    assert_refused(3, "split_seed = -1",
                   "line 3: split_seed = -1: must be a whole number from 0 up");
    assert_refused(11, "learning_rate = fast", "line 11: learning_rate = fast: must be a number");
    assert_refused(11, "learning_rate = nan", "line 11: learning_rate = nan: must be a number");
    assert_refused(13, "warmup = 1.5", "line 13: warmup = 1.5: must be from 0 to 1");
    assert_refused(13, "warmup = 1", "line 13: warmup = 1: leaves no step for the schedule");
    assert_refused(14, "momentum = 1", "line 14: momentum = 1: must be less than 1");
    assert_refused(18, "flip = maybe", "line 18: flip = maybe: must be yes or no");
    assert_refused(24, "points = 65", "line 24: points = 65: must be from 1 to 64");
    assert_refused(29, "stem_stride = 3", "line 29: stem_stride = 3: must be from 1 to 2");
}

static void values_must_fit_together(void **state)
{
    (void)state;
    assert_refused(2, "dataset = cifar11",
                   "line 2: dataset = cifar11: unknown data set \"cifar11\": did you mean "
                   "\"cifar10\"?");
    assert_refused(4, "train_images = 49489",
                   "line 4: train_images = 49489: with valid_images, more than the training file's "
                   "50000");
    assert_refused(6, "valid_images_early = 513",
                   "line 6: valid_images_early = 513: more than valid_images = 512");
    assert_refused(7, "test_images = 10001",
                   "line 7: test_images = 10001: more than the test file's 10000");
    assert_refused(9, "batch = 1040", "line 9: batch = 1040: more than train_images = 1024");
    assert_refused(9, "batch = 1024", "line 24: points = 4: more than there are steps: 2");
    assert_refused(10, "optimizer = sgd", "line 10: optimizer = sgd: must be sgd-nesterov");
    assert_refused(12, "schedule = step", "line 12: schedule = step: must be cosine");
    assert_refused(21, "initialisation = zero",
                   "line 21: initialisation = zero: must be kaiming-fan-out or uniform-fan-in");
}

static void broken_files_are_refused(void **state)
{
    (void)state;
    struct protocol protocol;
    struct error error;
    char longest[400];
    (void)snprintf(longest, sizeof longest, "; %0300d", 0);
    assert_refused(8, longest, "line 8: line is longer than 198 bytes");
    assert_int_equal(file_write(path, "[training]\n\0", 12, NULL), 0);
    assert_int_equal(protocol_open(&protocol, path, &error), ERROR_FORMAT);
    assert_non_null(strstr(error.text, "x.ini: is not a text file"));
    assert_int_equal(file_write(path, "", 0, NULL), 0);
    assert_int_equal(protocol_open(&protocol, path, &error), ERROR_FORMAT);
    assert_non_null(strstr(error.text, "[training]: option \"dataset\" is missing"));
    struct text text = {0};
    for (int i = 0; i < 25; i++)
        text_append(&text, "%s\n", lines[i]);
    assert_int_equal(file_write(path, text.data, text.size, NULL), 0);
    text_free(&text);
    assert_int_equal(protocol_open(&protocol, path, &error), ERROR_FORMAT);
    assert_non_null(strstr(error.text, "x.ini: there is no [skeleton.SPACE] section"));
}

static void missing_files_are_named(void **state)
{
    (void)state;
    struct protocol protocol;
    struct error error;
    assert_int_equal(protocol_open(&protocol, "/nowhere/x.ini", &error), ERROR_MISSING);
    assert_string_equal(error.text, "protocol: /nowhere/x.ini: No such file or directory");
    assert_int_equal(protocol_open(&protocol, "cifar10-min", &error), ERROR_ARGUMENT);
    assert_string_equal(error.text,
                        "unknown protocol \"cifar10-min\": did you mean \"cifar10-mini\"? one of "
                        "cifar10-mini, fashion-mini, nasbench-macro, nasbench201, smoke, or the "
                        "path of an .ini file");
    char other[256];
    (void)snprintf(other, sizeof other, "%s/%070d.ini", folder, 0);
    write_protocol(0, NULL);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(protocol_open(&protocol, other, &error), ERROR_ARGUMENT);
    assert_non_null(strstr(error.text, "a protocol's name has 1 to 63 bytes"));
    assert_int_equal(unlink(other), 0);
}

static void a_skeleton_may_be_missing(void **state)
{
    (void)state;
    write_protocol(0, NULL);
    struct protocol protocol = open_valid();
    struct error error;
    assert_null(protocol_skeleton(&protocol, "chain", &error));
    assert_int_equal(error.code, ERROR_MISSING);
    assert_string_equal(error.text,
                        "protocol x: there is no [skeleton.chain] section (it has cell)");
    protocol_close(&protocol);
}

static struct digest hash_of(int number, const char *with)
{
    write_protocol(number, with);
    struct protocol protocol = open_valid();
    struct digest digest = protocol_hash(&protocol, "cell");
    protocol_close(&protocol);
    return digest;
}

static bool same(struct digest a, struct digest b)
{
    return a.high == b.high && a.low == b.low;
}

/* Comments, order, blanks and spellings of a number do not count; every value does. */
static void hash_is_of_the_values(void **state)
{
    (void)state;
    struct digest plain = hash_of(0, NULL);
    assert_true(same(plain, hash_of(15, "weight_decay=0.0005 ; as published")));
    assert_true(same(plain, hash_of(17, "\n# a comment\ndecay_all = true")));
    static const struct {
        int line;
        const char *with;
    } changes[] = {
        {2, "dataset = fashion-mnist"},
        {3, "split_seed = 2"},
        {4, "train_images = 1008"},
        {5, "valid_images = 511"},
        {6, "valid_images_early = 255"},
        {7, "test_images = 511"},
        {8, "epochs = 3"},
        {9, "batch = 16"},
        {11, "learning_rate = 0.06"},
        {13, "warmup = 0.2"},
        {14, "momentum = 0.8"},
        {15, "weight_decay = 4e-4"},
        {16, "label_smoothing = 0.1"},
        {17, "decay_all = no"},
        {18, "flip = no"},
        {19, "crop_padding = 3"},
        {20, "cutout = 1"},
        {22, "batch_norm_momentum = 0.2"},
        {23, "batch_norm_epsilon = 1e-4"},
        {24, "points = 5"},
        {25, "seeds = 3"},
        {27, "channels = 5"},
        {28, "cells = 2"},
        {29, "stem_stride = 1"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        assert_false(same(plain, hash_of(changes[i].line, changes[i].with)));
}

/* Hashes that tables and traces carry. They are of training and one skeleton, so that they are still
 * what they were before [skeleton.chain] was added to the files (printed by the program of that day). */
static void hashes_of_the_shipped(void **state)
{
    (void)state;
    static const struct {
        const char *protocol, *space, *hash;
    } golden[] = {
        {"cifar10-mini", "cell", "fc0ba42dcf0dfeed022c25216693191b"},
        {"fashion-mini", "cell", "749c417ecb9b23b29133d2251444880e"},
        {"smoke", "cell", "7b7a4b9e48f971ecf310fdde22f2d140"},
        {"nasbench201", "cell", "6568ec3b6347275323004ebd952cd8c6"},
        {"cifar10-mini", "chain", "360f71fd0fa883446a50dbf369866ffc"},
        {"fashion-mini", "chain", "7fcc8dc07a9c3de51a93b544a1074a3c"},
        {"smoke", "chain", "2a7d9daacb3d281bda39492945f28c6f"},
    };
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        struct protocol protocol;
        char text[DIGEST_TEXT];
        assert_int_equal(protocol_open(&protocol, golden[i].protocol, NULL), 0);
        digest_print(protocol_hash(&protocol, golden[i].space), text);
        assert_string_equal(text, golden[i].hash);
        protocol_close(&protocol);
    }
}

/* A skeleton of another space in the file is of no consequence for the hash; the own one is. */
static void hash_is_of_one_skeleton(void **state)
{
    (void)state;
    struct digest plain = hash_of(0, NULL);
    assert_true(same(plain, hash_of(29, "stem_stride = 2\n[skeleton.chain]\nwidth = 4")));
    struct protocol protocol = open_valid();
    const struct skeleton *s = protocol_skeleton(&protocol, "chain", NULL);
    assert_non_null(s);
    assert_true(s->channels == 4 && s->cells == 0 && s->stem_stride == 0);
    assert_true(s->input_channels == 3 && s->input_size == 32 && s->classes == 10);
    struct digest narrow = protocol_hash(&protocol, "chain");
    protocol_close(&protocol);
    assert_false(same(plain, narrow));
    assert_true(same(plain, hash_of(29, "stem_stride = 2\n[skeleton.chain]\nwidth = 5")));
    protocol = open_valid();
    assert_false(same(narrow, protocol_hash(&protocol, "chain")));
    struct text normal = {0};
    protocol_normal(&protocol, "chain", &normal);
    assert_non_null(strstr(normal.data, "seeds = 2\n\n[skeleton.chain]\nwidth = 5\n"));
    assert_null(strstr(normal.data, "[skeleton.cell]"));
    text_free(&normal);
    protocol_close(&protocol);
    assert_refused(29, "stem_stride = 2\n[skeleton.chain]\nwidth = 0",
                   "line 31: width = 0: must be from 1 to 1024");
    assert_refused(29, "stem_stride = 2\n[skeleton.chain]\nchannels = 4",
                   "line 31: unknown option \"channels\": one of width");
}

/* The normal form is a protocol file itself, and says the same. */
static void normal_form_reads_back(void **state)
{
    (void)state;
    struct protocol protocol;
    struct error error;
    assert_int_equal(protocol_open(&protocol, "cifar10-mini", &error), 0);
    struct digest digest = protocol_hash(&protocol, "cell");
    struct text normal = {0};
    protocol_normal(&protocol, "cell", &normal);
    protocol_close(&protocol);
    assert_string_equal(normal.data,
                        "[training]\ndataset = cifar10\nsplit_seed = 1\ntrain_images = 40000\n"
                        "valid_images = 10000\nvalid_images_early = 2500\ntest_images = 10000\n"
                        "epochs = 3\nbatch = 64\noptimizer = sgd-nesterov\nlearning_rate = 0.1\n"
                        "schedule = cosine\nwarmup = 0.05\nmomentum = 0.9\nweight_decay = 0.0005\n"
                        "label_smoothing = 0\ndecay_all = yes\nflip = yes\ncrop_padding = 4\n"
                        "cutout = 0\ninitialisation = kaiming-fan-out\nbatch_norm_momentum = 0.1\n"
                        "batch_norm_epsilon = 1e-05\npoints = 12\nseeds = 2\n\n"
                        "[skeleton.cell]\nchannels = 8\ncells = 1\nstem_stride = 2\n");
    assert_int_equal(file_write(path, normal.data, normal.size, NULL), 0);
    text_free(&normal);
    protocol = open_valid();
    assert_true(same(digest, protocol_hash(&protocol, "cell")));
    protocol_close(&protocol);
}

/* Sections and keys in any order: the file from its last line to its first. */
static void order_does_not_count(void **state)
{
    (void)state;
    struct digest plain = hash_of(0, NULL);
    struct text text = {0};
    text_append(&text, "%s\n", lines[25]);
    for (int i = LINES - 1; i > 25; i--)
        text_append(&text, "%s\n", lines[i]);
    text_append(&text, "%s\n", lines[0]);
    for (int i = 24; i > 0; i--)
        text_append(&text, "%s\n", lines[i]);
    assert_int_equal(file_write(path, text.data, text.size, NULL), 0);
    text_free(&text);
    struct protocol protocol = open_valid();
    assert_true(same(plain, protocol_hash(&protocol, "cell")));
    protocol_close(&protocol);
}

static const char *const shipped[] = {"cifar10-mini", "fashion-mini", "smoke", "nasbench201"};

/* Points lie on distinct, ascending steps, each the first at which its share of the schedule is done;
 * the last point is the last step. */
static void points_divide_the_schedule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        struct protocol protocol;
        struct error error;
        if (protocol_open(&protocol, shipped[i], &error))
            fail_msg("%s", error.text);
        const struct training *t = &protocol.training;
        int64_t steps = protocol_steps(t), before = 0;
        assert_int_equal(steps, (int64_t)t->epochs * (t->train_images / t->batch));
        assert_int_equal(protocol_step_of_point(t, 0), 0);
        for (int point = 1; point <= t->points; point++) {
            int64_t step = protocol_step_of_point(t, point);
            assert_true(step > before);
            assert_true(step * t->points >= point * steps);
            assert_true((step - 1) * t->points < point * steps);
            assert_int_equal(protocol_images_trained(t, point), step * t->batch);
            before = step;
        }
        assert_int_equal(before, steps);
        protocol_close(&protocol);
    }
}

/* By hand: 1875 steps of 64 images; point 1 at ceil(1875 / 12) = 157 steps. */
static void charge_counts_images(void **state)
{
    (void)state;
    struct protocol protocol;
    assert_int_equal(protocol_open(&protocol, "cifar10-mini", NULL), 0);
    const struct training *t = &protocol.training;
    assert_int_equal(protocol_steps(t), 1875);
    assert_int_equal(protocol_step_of_point(t, 1), 157);
    assert_int_equal(protocol_step_of_point(t, 4), 625);
    assert_int_equal(protocol_images_evaluated(t, 0), 0);
    assert_int_equal(protocol_images_evaluated(t, 1), 2500);
    assert_int_equal(protocol_images_evaluated(t, 11), 27500);
    assert_int_equal(protocol_images_evaluated(t, 12), 37500);
    assert_int_equal(protocol_charge(t, 1000, 0), 0);
    assert_int_equal(protocol_charge(t, 1000, 1), 2000 * (3 * 157 * 64 + 2500));
    assert_int_equal(protocol_charge(t, 1000, 12), 2000ull * (3 * 120000 + 37500));
    for (int point = 1; point <= 12; point++)
        assert_true(protocol_charge(t, 1, point) > protocol_charge(t, 1, point - 1));
    protocol_close(&protocol);
}

/* A short last batch of each epoch is dropped. */
static void short_batches_are_dropped(void **state)
{
    (void)state;
    write_protocol(4, "train_images = 1055");
    struct protocol protocol = open_valid();
    assert_int_equal(protocol_steps(&protocol.training), 2 * 32);
    assert_int_equal(protocol_images_trained(&protocol.training, 4), 2 * 1024);
    protocol_close(&protocol);
}

static void overflowing_charge_is_fatal(void **state)
{
    (void)state;
    write_protocol(0, NULL);
    struct protocol protocol = open_valid();
    uint64_t images = 3 * 2048 + 3 * 256 + 512, most = UINT64_MAX / (2 * images);
    assert_int_equal(protocol_charge(&protocol.training, most, 4), 2 * images * most);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)fclose(stderr);
        (void)protocol_charge(&protocol.training, most + 1, 4);
        _exit(0);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFSIGNALED(ended));
    assert_int_equal(WTERMSIG(ended), SIGABRT);
    protocol_close(&protocol);
}

static void shapes_are_found_by_name(void **state)
{
    (void)state;
    struct error error;
    for (int i = 0; shape_at(i); i++)
        assert_ptr_equal(shape_find(shape_at(i)->name, &error), shape_at(i));
    assert_null(shape_at(-1));
    assert_null(shape_find("mnist", &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
    assert_string_equal(error.text, "unknown data set \"mnist\": one of cifar10, fashion-mnist");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_read),
        cmocka_unit_test(shape_comes_from_the_data_set),
        cmocka_unit_test(every_key_once),
        cmocka_unit_test(keys_and_sections_must_be_known),
        cmocka_unit_test(values_must_parse_and_lie_in_range),
        cmocka_unit_test(values_must_fit_together),
        cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(missing_files_are_named),
        cmocka_unit_test(a_skeleton_may_be_missing),
        cmocka_unit_test(hash_is_of_the_values),
        cmocka_unit_test(hashes_of_the_shipped),
        cmocka_unit_test(hash_is_of_one_skeleton),
        cmocka_unit_test(normal_form_reads_back),
        cmocka_unit_test(order_does_not_count),
        cmocka_unit_test(points_divide_the_schedule),
        cmocka_unit_test(charge_counts_images),
        cmocka_unit_test(short_batches_are_dropped),
        cmocka_unit_test(overflowing_charge_is_fatal),
        cmocka_unit_test(shapes_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
