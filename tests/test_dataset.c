/* Data sets: what the real ones hold, what is refused and with which words, the split. */
#include "base/file.h"
#include "evaluator/dataset.h"

#include "evaluator/layout.h"
#include "protocols/shape.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <zlib.h>

enum { RECORD = 3073, BATCH_BYTES = 10000 * RECORD };

#define ADVICE "; run: nasbed dataset fetch "

/* The folder of the real data, or skip the test where it was not fetched. */
static char *real_folder(const char *name, const char *file)
{
    char path[512];
    char *folder = dataset_folder(name);
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    if (!file_exists(path)) {
        free(folder);
        print_message("%s is not there: nasbed dataset fetch %s\n", path, name);
        skip();
    }
    return folder;
}

static struct dataset open_real(const char *name, const char *folder)
{
    struct dataset dataset;
    struct error error;
    if (dataset_open(&dataset, name, folder, &error))
        fail_msg("%s", error.text);
    return dataset;
}

static void assert_digest(struct digest digest, const char *expected)
{
    char text[DIGEST_TEXT];
    digest_print(digest, text);
    assert_string_equal(text, expected);
}

/* Opening must fail with "data set NAME: FOLDER/FILE: MESSAGE; run: ...". */
static void assert_refused(const char *name, const char *folder, int code, const char *file,
                           const char *message)
{
    struct dataset dataset;
    struct error error;
    char expected[1024];
    assert_int_equal(dataset_open(&dataset, name, folder, &error), code);
    (void)snprintf(expected, sizeof expected, "data set %s: %s/%s: %s" ADVICE "%s", name, folder,
                   file, message, name);
    assert_string_equal(error.text, expected);
    assert_null(dataset.train_image);
}

static void names_and_shapes(void **state)
{
    (void)state;
    int channels, size, classes;
    struct error error;
    assert_string_equal(dataset_at(0), "cifar10");
    assert_string_equal(dataset_at(1), "fashion-mnist");
    assert_null(dataset_at(2));
    assert_int_equal(dataset_shape("cifar10", &channels, &size, &classes, &error), 0);
    assert_true(channels == 3 && size == 32 && classes == 10);
    assert_int_equal(dataset_shape("fashion-mnist", &channels, &size, &classes, &error), 0);
    assert_true(channels == 1 && size == 32 && classes == 10);
    assert_int_equal(dataset_shape("cifar11", &channels, &size, &classes, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "unknown data set \"cifar11\": did you mean \"cifar10\"?");
    struct dataset dataset;
    assert_int_equal(dataset_open(&dataset, "imagenet", NULL, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "unknown data set \"imagenet\": one of cifar10, fashion-mnist");
    assert_int_equal(dataset_fetch("imagenet", NULL, NULL, &error), ERROR_ARGUMENT);
    assert_non_null(strstr(error.text, "unknown data set \"imagenet\""));
}

/* An environment variable for one test; NULL unsets it. */
static void set(const char *variable, const char *value)
{
    assert_int_equal(value ? setenv(variable, value, 1) : unsetenv(variable), 0);
}

static void assert_folder(const char *data, const char *cache, const char *home,
                          const char *expected)
{
    set("NASBED_DATA", data);
    set("XDG_CACHE_HOME", cache);
    set("HOME", home);
    char *folder = dataset_folder("cifar10");
    assert_string_equal(folder, expected);
    free(folder);
}

static void folder_follows_the_environment(void **state)
{
    (void)state;
    static const char *const names[] = {"NASBED_DATA", "XDG_CACHE_HOME", "HOME"};
    char *kept[3];
    for (int i = 0; i < 3; i++)
        kept[i] = getenv(names[i]) ? strdup(getenv(names[i])) : NULL;
    assert_folder("/d", "/c", "/h", "/d/cifar10");
    assert_folder(NULL, "/c", "/h", "/c/nasbed/cifar10");
    assert_folder("", "/c", "/h", "/c/nasbed/cifar10");
    assert_folder(NULL, "relative", "/h", "/h/.cache/nasbed/cifar10");
    assert_folder(NULL, NULL, "/h", "/h/.cache/nasbed/cifar10");
    assert_folder(NULL, NULL, NULL, "./.cache/nasbed/cifar10");
    for (int i = 0; i < 3; i++) {
        set(names[i], kept[i]);
        free(kept[i]);
    }
}

static void missing_files_say_what_to_do(void **state)
{
    (void)state;
    assert_refused("cifar10", "/nowhere", ERROR_MISSING, "data_batch_1.bin", "not found");
    assert_refused("fashion-mnist", scratch_folder("empty"), ERROR_MISSING,
                   "train-images-idx3-ubyte", "not found");
}

static void sizes_are_checked(void **state)
{
    (void)state;
    const char *folder = scratch_folder("sizes"), *file = scratch_path("sizes/data_batch_1.bin");
    assert_int_equal(file_write(file, "short", 5, NULL), 0);
    assert_refused("cifar10", folder, ERROR_FORMAT, "data_batch_1.bin",
                   "has 5 bytes, expected 30730000");
    assert_int_equal(file_write(file, "", 0, NULL), 0);
    assert_refused("cifar10", folder, ERROR_FORMAT, "data_batch_1.bin",
                   "has 0 bytes, expected 30730000");
    assert_true(scratch_zeros(file, BATCH_BYTES + 5000, 0, 0));
    assert_refused("cifar10", folder, ERROR_FORMAT, "data_batch_1.bin",
                   "has 30735000 bytes, expected 30730000");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(folder_make(file, NULL), 0);
    assert_refused("cifar10", folder, ERROR_FORMAT, "data_batch_1.bin",
                   "cannot be read: input/output failed");
}

static void labels_and_digests_are_checked(void **state)
{
    (void)state;
    const char *folder = scratch_folder("labels"), *file = scratch_path("labels/data_batch_1.bin");
    assert_true(scratch_zeros(file, BATCH_BYTES, 17 * RECORD, 12));
    assert_refused("cifar10", folder, ERROR_FORMAT, "data_batch_1.bin",
                   "record 17: label 12 (must be below 10)");
    assert_true(scratch_zeros(file, BATCH_BYTES, 0, 0));
    uint8_t *bytes = calloc(BATCH_BYTES, 1);
    char found[DIGEST_TEXT], message[256];
    digest_print(digest_bytes(bytes, BATCH_BYTES), found);
    (void)snprintf(message, sizeof message,
                   "was changed or damaged: digest %s, expected 17a1d96841367646"
                   "41ac9bacc0b7f4a7",
                   found);
    assert_refused("cifar10", folder, ERROR_DIGEST, "data_batch_1.bin", message);
    free(bytes);
}

static void idx_headers_are_checked(void **state)
{
    (void)state;
    const struct layout *layout = layout_find("fashion-mnist", NULL);
    const char *folder = scratch_folder("idx");
    const char *file = scratch_path("idx/train-images-idx3-ubyte");
    const uint8_t labels[] = {0, 0, 8, 1}, images[] = {0, 0, 8, 3, 0, 0, 0, 9};
    assert_int_equal(file_write(file, labels, sizeof labels, NULL), 0);
    assert_int_equal(truncate(file, (off_t)layout->file[0].size), 0);
    assert_refused("fashion-mnist", folder, ERROR_FORMAT, "train-images-idx3-ubyte",
                   "header word 0 is 2049, expected 2051");
    assert_int_equal(file_write(file, images, sizeof images, NULL), 0);
    assert_int_equal(truncate(file, (off_t)layout->file[0].size), 0);
    assert_refused("fashion-mnist", folder, ERROR_FORMAT, "train-images-idx3-ubyte",
                   "header word 1 is 9, expected 60000");
}

/* A compressed file that was cut. */
static void cut_compression_is_noticed(void **state)
{
    (void)state;
    const struct layout *layout = layout_find("fashion-mnist", NULL);
    const char *folder = scratch_folder("cut");
    const char *file = scratch_path("cut/train-images-idx3-ubyte.gz");
    uint8_t *bytes = calloc(layout->file[0].size, 1);
    gzFile out = gzopen(file, "wb1");
    assert_int_equal(gzwrite(out, bytes, (unsigned)layout->file[0].size),
                     (int)layout->file[0].size);
    assert_int_equal(gzclose(out), Z_OK);
    free(bytes);
    struct stat info;
    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(truncate(file, info.st_size / 2), 0);
    char message[512];
    (void)snprintf(message, sizeof message, "cannot be read: %s: unexpected end of file", file);
    assert_refused("fashion-mnist", folder, ERROR_FORMAT, "train-images-idx3-ubyte.gz", message);
}

static void assert_close(float found, double expected)
{
    assert_true(fabs((double)found - expected) < 5e-5);
}

static void assert_balanced(const uint8_t *label, int count)
{
    int counts[10] = {0};
    for (int i = 0; i < count; i++)
        counts[label[i]]++;
    for (int c = 0; c < 10; c++)
        assert_int_equal(counts[c], count / 10);
}

/* Published: channel means and deviations; the labels that the files begin with; 5000 and 1000 images
 * a class; the first pixels of the first image (a frog). */
static void cifar_holds_what_is_published(void **state)
{
    (void)state;
    char *folder = real_folder("cifar10", "test_batch.bin");
    struct dataset d = open_real("cifar10", folder);
    const uint8_t train[] = {6, 9, 9, 4, 1, 1, 2, 7}, test[] = {3, 8, 8, 0, 6, 6, 1, 6};
    const uint8_t red[] = {59, 43, 50}, green[] = {62, 46, 48}, blue[] = {63, 45, 43};
    assert_string_equal(d.name, "cifar10");
    assert_true(d.channels == 3 && d.rows == 32 && d.columns == 32 && d.classes == 10);
    assert_true(d.train_count == 50000 && d.test_count == 10000);
    assert_memory_equal(d.train_label, train, sizeof train);
    assert_memory_equal(d.test_label, test, sizeof test);
    assert_memory_equal(d.train_image, red, 3);
    assert_memory_equal(d.train_image + 1024, green, 3);
    assert_memory_equal(d.train_image + 2048, blue, 3);
    assert_balanced(d.train_label, d.train_count);
    assert_balanced(d.test_label, d.test_count);
    static const double mean[] = {.4914, .4822, .4465}, deviation[] = {.2470, .2435, .2616};
    for (int c = 0; c < 3; c++) {
        assert_close(d.mean[c], mean[c]);
        assert_close(d.deviation[c], deviation[c]);
    }
    assert_digest(d.digest, "592b2c330208d9a473b75df6befde1c0");
    dataset_close(&d);
    assert_null(d.train_image);
    free(folder);
}

/* Published: mean .2860, deviation .3530 of the 28 x 28 images; the labels that the files begin with.
 * The border of two pixels is black. */
static void fashion_holds_what_is_published(void **state)
{
    (void)state;
    char *folder = real_folder("fashion-mnist", "t10k-labels-idx1-ubyte");
    struct dataset d = open_real("fashion-mnist", folder);
    const uint8_t train[] = {9, 0, 0, 3, 0, 2, 7, 2}, test[] = {9, 2, 1, 1, 6, 1, 4, 6};
    assert_true(d.channels == 1 && d.rows == 32 && d.columns == 32 && d.classes == 10);
    assert_true(d.train_count == 60000 && d.test_count == 10000);
    assert_memory_equal(d.train_label, train, sizeof train);
    assert_memory_equal(d.test_label, test, sizeof test);
    assert_balanced(d.train_label, d.train_count);
    assert_balanced(d.test_label, d.test_count);
    assert_close(d.mean[0], .2860);
    assert_close(d.deviation[0], .3530);
    uint64_t inside = 0, border = 0;
    for (size_t i = 0; i < (size_t)d.test_count * 1024; i++) {
        size_t row = i % 1024 / 32, column = i % 32;
        bool in = row >= 2 && row < 30 && column >= 2 && column < 30;
        *(in ? &inside : &border) += d.test_image[i];
    }
    assert_int_equal(border, 0);
    assert_true(inside > 0);
    assert_digest(d.digest, "3dfbe1d1feb901b905d9afbb908ccb2d");
    dataset_close(&d);
    free(folder);
}

/* MD5 sums of the official files as published by others: what the digests in layout.c are of. */
static void files_are_the_official_ones(void **state)
{
    (void)state;
    static const char list[] = "5dd7e06a14cb22eb9f671a540d1b7c25  data_batch_1.bin\n"
                               "5ea93a67294ea407fff1d09f752e9692  data_batch_2.bin\n"
                               "942cd6a4bcdd0dd3c604fbe906cb4421  data_batch_3.bin\n"
                               "ae636b3ba5c66a11e91e8cb52e771fcb  data_batch_4.bin\n"
                               "53f37980c15c3d472c316c40844f3f0d  data_batch_5.bin\n"
                               "803d5f7f4d78ea53de84dbe85f74fb6d  test_batch.bin\n";
    static const char fashion[] = "f4a8712d7a061bf5bd6d2ca38dc4d50a  train-images-idx3-ubyte\n"
                                  "9018921c3c673c538a1fc5bad174d6f9  train-labels-idx1-ubyte\n"
                                  "8181f5470baa50b63fa0f6fddb340f0a  t10k-images-idx3-ubyte\n"
                                  "15d484375f8d13e6eb1aabb0c3f46965  t10k-labels-idx1-ubyte\n";
    static const char *const lists[] = {list, fashion};
    static const char *const names[] = {"cifar10", "fashion-mnist"};
    static const char *const files[] = {"test_batch.bin", "t10k-labels-idx1-ubyte"};
    for (int i = 0; i < 2; i++) {
        char command[1024];
        char *folder = real_folder(names[i], files[i]);
        const char *sums = scratch_path("sums");
        assert_int_equal(file_write(sums, lists[i], strlen(lists[i]), NULL), 0);
        (void)snprintf(command, sizeof command, "cd '%s' && md5sum --check --quiet '%s'", folder,
                       sums);
        free(folder);
        assert_int_equal(system(command), 0);
    }
}

/* FOLDER/NAME -> the real file of that name. */
static void link_real(const char *real, const char *folder, const char *name)
{
    char from[512], to[512];
    (void)snprintf(from, sizeof from, "%s/%s", real, name);
    (void)snprintf(to, sizeof to, "%s/%s", folder, name);
    assert_int_equal(symlink(from, to), 0);
}

/* The user's own binaries: in the folder, as the archive unpacks there, as it unpacks beside it. */
static void official_folders_work_as_they_are(void **state)
{
    (void)state;
    static const char *const places[] = {"own/cifar10", "own/cifar10/cifar-10-batches-bin",
                                         "own/cifar-10-batches-bin"};
    const struct layout *layout = layout_find("cifar10", NULL);
    char *real = real_folder("cifar10", "test_batch.bin");
    char *kept = getenv("NASBED_DATA") ? strdup(getenv("NASBED_DATA")) : NULL;
    for (size_t place = 0; place < sizeof places / sizeof *places; place++) {
        (void)scratch_folder("own");
        (void)scratch_folder("own/cifar10");
        const char *folder = scratch_folder(places[place]);
        for (int i = 0; i < layout->files; i++)
            link_real(real, folder, layout->file[i].name);
        set("NASBED_DATA", scratch_path("own"));
        struct dataset dataset = open_real("cifar10", NULL);
        set("NASBED_DATA", kept);
        assert_digest(dataset.digest, "592b2c330208d9a473b75df6befde1c0");
        dataset_close(&dataset);
    }
    free(kept);
    free(real);
}

/* One bit of one image; every other file is the real one. */
static void a_flipped_bit_is_found(void **state)
{
    (void)state;
    const struct layout *layout = layout_find("cifar10", NULL);
    char *real = real_folder("cifar10", "test_batch.bin"), *data, path[512];
    const char *folder = scratch_folder("flipped");
    size_t size;
    for (int i = 0; i < layout->files; i++)
        if (i != 3)
            link_real(real, folder, layout->file[i].name);
    (void)snprintf(path, sizeof path, "%s/data_batch_4.bin", real);
    free(real);
    assert_int_equal(file_read(path, &data, &size, NULL), 0);
    data[1234567] ^= 4;
    assert_int_equal(file_write(scratch_path("flipped/data_batch_4.bin"), data, size, NULL), 0);
    char found[DIGEST_TEXT], message[256];
    digest_print(digest_bytes(data, size), found);
    free(data);
    (void)snprintf(message, sizeof message,
                   "was changed or damaged: digest %s, expected c8d5fdd3ac8f81bfc1de03fe2464dfde",
                   found);
    assert_refused("cifar10", folder, ERROR_DIGEST, "data_batch_4.bin", message);
}

static void compressed_files_are_read(void **state)
{
    (void)state;
    const char *folder = "/usr/share/datasets/fashion-mnist";
    if (!file_exists(folder)) {
        print_message("the package dataset-fashion-mnist is not installed\n");
        skip();
    }
    struct dataset dataset = open_real("fashion-mnist", folder);
    assert_digest(dataset.digest, "3dfbe1d1feb901b905d9afbb908ccb2d");
    dataset_close(&dataset);
}

/* The split of a data set that has no images: only counts matter. */
static void split_is_a_permutation(void **state)
{
    (void)state;
    enum { ALL = 50000, TRAIN = 40000, VALID = 10000 };
    const struct dataset dataset = {.name = "cifar10", .train_count = ALL};
    uint32_t *order = calloc(ALL, sizeof *order), *other = calloc(ALL, sizeof *other);
    uint8_t *seen = calloc(ALL, 1);
    assert_int_equal(dataset_split(&dataset, 1, TRAIN, VALID, order, NULL), 0);
    for (int i = 0; i < ALL; i++) {
        assert_true(order[i] < ALL);
        assert_int_equal(seen[order[i]]++, 0);
    }
    /* Golden: what every table of seed 1 was trained on. */
    static const uint32_t first[] = {34252, 26985, 11249, 10094, 33671, 45746, 10034, 426};
    assert_memory_equal(order, first, sizeof first);
    /* A smaller split of the same seed takes the first images of the same order. */
    assert_int_equal(dataset_split(&dataset, 1, 1024, 512, other, NULL), 0);
    assert_memory_equal(order, other, 1536 * sizeof *order);
    assert_int_equal(other[1536], 0);
    assert_int_equal(dataset_split(&dataset, 2, TRAIN, VALID, other, NULL), 0);
    int equal = 0;
    for (int i = 0; i < ALL; i++)
        equal += order[i] == other[i];
    assert_true(equal < 20); /* about one in a random permutation */
    free(seen);
    free(other);
    free(order);
}

static void split_must_fit(void **state)
{
    (void)state;
    const struct dataset dataset = {.name = "cifar10", .train_count = 50000};
    struct error error;
    uint32_t order[1];
    assert_int_equal(dataset_split(&dataset, 1, 40000, 10001, order, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "data set cifar10: a split of 40000 + 10001 images, but the "
                                    "training file has 50000");
    assert_int_equal(dataset_split(&dataset, 1, -1, 1, order, &error), ERROR_ARGUMENT);
}

/* Every known data set has a layout, and its files hold as many images as the shape says. */
static void layouts_agree_with_shapes(void **state)
{
    (void)state;
    for (int i = 0; dataset_at(i); i++) {
        const struct layout *layout = layout_find(dataset_at(i), NULL);
        const struct shape *shape = shape_at(i);
        assert_non_null(layout);
        size_t bytes = 0, side = (size_t)(shape->size - 2 * layout->border);
        for (int file = 0; file < layout->files; file++)
            bytes += layout->file[file].size;
        size_t headers = layout->files == 4 ? 48 : 0;
        assert_int_equal(bytes - headers, (size_t)(shape->train_count + shape->test_count) *
                                              (1 + (size_t)shape->channels * side * side));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_shapes),
        cmocka_unit_test(folder_follows_the_environment),
        cmocka_unit_test(missing_files_say_what_to_do),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(labels_and_digests_are_checked),
        cmocka_unit_test(idx_headers_are_checked),
        cmocka_unit_test(cut_compression_is_noticed),
        cmocka_unit_test(cifar_holds_what_is_published),
        cmocka_unit_test(fashion_holds_what_is_published),
        cmocka_unit_test(files_are_the_official_ones),
        cmocka_unit_test(official_folders_work_as_they_are),
        cmocka_unit_test(a_flipped_bit_is_found),
        cmocka_unit_test(compressed_files_are_read),
        cmocka_unit_test(split_is_a_permutation),
        cmocka_unit_test(split_must_fit),
        cmocka_unit_test(layouts_agree_with_shapes),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
