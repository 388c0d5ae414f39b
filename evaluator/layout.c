#include "evaluator/layout.h"

#include "base/file.h"
#include "base/text.h"
#include "protocols/shape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    CIFAR_BATCH = 10000,       /* records a file */
    CIFAR_IMAGE = 3 * 32 * 32, /* bytes: red, green, blue plane, rows from the top */
    CIFAR_BYTES = CIFAR_BATCH * (1 + CIFAR_IMAGE),
    FASHION_SIDE = 28,
    FASHION_BORDER = 2,
    FASHION_TRAIN = 60000,
    FASHION_TEST = 10000,
    IDX_IMAGES = 0x803, /* magic numbers: bytes in 3 dimensions, in 1 */
    IDX_LABELS = 0x801,
    IDX_IMAGES_HEADER = 16,
    IDX_LABELS_HEADER = 8
};

static int refuse_label(int record, int label, int classes, struct error *error)
{
    return error_set(error, ERROR_FORMAT, "record %d: label %d (must be below %d)", record, label,
                     classes);
}

/* Files 0 to 4 are training batches, file 5 the test batch; a record is the label and the image. */
static int decode_cifar(struct dataset *dataset, int i, const uint8_t *bytes, struct error *error)
{
    bool test = i == 5;
    size_t first = test ? 0 : (size_t)i * CIFAR_BATCH;
    uint8_t *image = (test ? dataset->test_image : dataset->train_image) + first * CIFAR_IMAGE;
    uint8_t *label = (test ? dataset->test_label : dataset->train_label) + first;
    for (int record = 0; record < CIFAR_BATCH; record++, bytes += 1 + CIFAR_IMAGE) {
        if (bytes[0] >= dataset->classes)
            return refuse_label(record, bytes[0], dataset->classes, error);
        label[record] = bytes[0];
        memcpy(image + (size_t)record * CIFAR_IMAGE, bytes + 1, CIFAR_IMAGE);
    }
    return 0;
}

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Check the words at the head of an IDX file. */
static int check_words(const uint8_t *bytes, const uint32_t *expected, int n, struct error *error)
{
    for (int i = 0; i < n; i++)
        if (big_endian(bytes + 4 * i) != expected[i])
            return error_set(error, ERROR_FORMAT, "header word %d is %u, expected %u", i,
                             big_endian(bytes + 4 * i), expected[i]);
    return 0;
}

/* Images get a border of zeros: 28 x 28 to 32 x 32. */
static void pad_images(const uint8_t *bytes, int count, uint8_t *out)
{
    const size_t border = FASHION_BORDER, side = FASHION_SIDE + 2 * border;
    memset(out, 0, (size_t)count * side * side);
    for (int image = 0; image < count; image++)
        for (size_t row = 0; row < FASHION_SIDE; row++, bytes += FASHION_SIDE)
            memcpy(out + ((size_t)image * side + row + border) * side + border, bytes,
                   FASHION_SIDE);
}

/* Files: training images, training labels, test images, test labels. */
static int decode_fashion(struct dataset *dataset, int i, const uint8_t *bytes, struct error *error)
{
    bool test = i >= 2;
    int count = test ? FASHION_TEST : FASHION_TRAIN;
    if (i % 2 == 0) {
        uint32_t head[] = {IDX_IMAGES, (uint32_t)count, FASHION_SIDE, FASHION_SIDE};
        int status = check_words(bytes, head, 4, error);
        if (!status)
            pad_images(bytes + IDX_IMAGES_HEADER, count,
                       test ? dataset->test_image : dataset->train_image);
        return status;
    }
    uint32_t head[] = {IDX_LABELS, (uint32_t)count};
    int status = check_words(bytes, head, 2, error);
    const uint8_t *label = bytes + IDX_LABELS_HEADER;
    for (int record = 0; record < count && !status; record++)
        if (label[record] >= dataset->classes)
            status = refuse_label(record, label[record], dataset->classes, error);
    if (!status)
        memcpy(test ? dataset->test_label : dataset->train_label, label, (size_t)count);
    return status;
}

#define IDX_IMAGE_BYTES(count) (IDX_IMAGES_HEADER + (size_t)(count)*FASHION_SIDE * FASHION_SIDE)

/* Digests were taken of files whose MD5 sums are the published ones (tests/test_dataset.c). */
static const struct layout layouts[] = {
    {.dataset = "cifar10",
     .official = "cifar-10-batches-bin",
     .files = 6,
     .file = {{"data_batch_1.bin", CIFAR_BYTES, {0x17a1d96841367646, 0x41ac9bacc0b7f4a7}},
              {"data_batch_2.bin", CIFAR_BYTES, {0x71aea62214a90ef4, 0xfe2060fa6cda726a}},
              {"data_batch_3.bin", CIFAR_BYTES, {0x0b9e82750fd27dbf, 0xb4bded95a257863a}},
              {"data_batch_4.bin", CIFAR_BYTES, {0xc8d5fdd3ac8f81bf, 0xc1de03fe2464dfde}},
              {"data_batch_5.bin", CIFAR_BYTES, {0x4ab45439496c80b8, 0xd237593ed2319c8c}},
              {"test_batch.bin", CIFAR_BYTES, {0xdbce07992febce8b, 0x437077c166f279d4}}},
     .decode = decode_cifar},
    {.dataset = "fashion-mnist",
     .official = "FashionMNIST",
     .border = FASHION_BORDER,
     .files = 4,
     .file = {{"train-images-idx3-ubyte",
               IDX_IMAGE_BYTES(FASHION_TRAIN),
               {0xe5a664e2905b9295, 0xca72265d7c26283b}},
              {"train-labels-idx1-ubyte",
               IDX_LABELS_HEADER + FASHION_TRAIN,
               {0x48a2c630b815ef5a, 0x775518db990ebf87}},
              {"t10k-images-idx3-ubyte",
               IDX_IMAGE_BYTES(FASHION_TEST),
               {0x00620a3fbea59460, 0xa60baf710224b311}},
              {"t10k-labels-idx1-ubyte",
               IDX_LABELS_HEADER + FASHION_TEST,
               {0xca8383985fa2cbc6, 0x20515cb4512a5b03}}},
     .decode = decode_fashion},
};

const struct layout *layout_find(const char *dataset, struct error *error)
{
    if (!shape_find(dataset, error))
        return NULL;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (strcmp(layouts[i].dataset, dataset) == 0)
            return &layouts[i];
    assert(!"a data set with a shape and no layout");
    return NULL;
}

char *layout_path(const struct layout *layout, int i, const char *folder)
{
    static const char *const endings[] = {"", ".gz"};
    const char *name = layout->file[i].name;
    struct text path = {0};
    for (int place = 0; place < 3; place++)
        for (int ending = 0; ending < 2; ending++) {
            text_free(&path);
            text_append(&path, "%s/%s", folder, place == 2 ? "../" : "");
            if (place > 0)
                text_append(&path, "%s/", layout->official);
            text_append(&path, "%s%s", name, endings[ending]);
            if (!path.failed && file_exists(path.data))
                return path.data;
        }
    text_free(&path);
    text_append(&path, "%s/%s", folder, name);
    return path.data;
}

/* Read all of an open file into `bytes` [size], and count what follows into *found. */
static int read_counting(gzFile file, uint8_t *bytes, size_t size, size_t *found)
{
    uint8_t more[4096];
    *found = 0;
    for (;;) {
        size_t room = size > *found ? size - *found : 0;
        unsigned want = (unsigned)(room == 0 ? sizeof more : room < (1u << 30) ? room : 1u << 30);
        int got = gzread(file, room ? bytes + *found : more, want);
        if (got <= 0)
            return got;
        *found += (size_t)got;
    }
}

int layout_read(const struct layout *layout, int i, const char *path, uint8_t *bytes,
                struct error *error)
{
    if (!file_exists(path))
        return error_set(error, ERROR_MISSING, "%s: not found", path);
    gzFile file = gzopen(path, "rb"); /* reads plain files as they are */
    if (!file)
        return error_set(error, ERROR_IO, "%s: cannot be opened", path);
    size_t found;
    int status = 0, problem;
    int got = read_counting(file, bytes, layout->file[i].size, &found);
    const char *reason = gzerror(file, &problem);
    if (got < 0 || problem == Z_BUF_ERROR)
        status = error_set(error, ERROR_FORMAT, "%s: cannot be read: %s", path,
                           problem == Z_ERRNO ? "input/output failed" : reason);
    else if (found != layout->file[i].size)
        status = error_set(error, ERROR_FORMAT, "%s: has %zu bytes, expected %zu", path, found,
                           layout->file[i].size);
    (void)gzclose(file);
    return status;
}

int layout_check(const struct layout *layout, int i, const char *path, const uint8_t *bytes,
                 struct error *error)
{
    struct digest found = digest_bytes(bytes, layout->file[i].size);
    struct digest expected = layout->file[i].digest;
    if (found.high == expected.high && found.low == expected.low)
        return 0;
    char found_text[DIGEST_TEXT], expected_text[DIGEST_TEXT];
    digest_print(found, found_text);
    digest_print(expected, expected_text);
    return error_set(error, ERROR_DIGEST, "%s: was changed or damaged: digest %s, expected %s",
                     path, found_text, expected_text);
}
