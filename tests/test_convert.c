/* From PNG rows and JSON labels to official binary records. */
#include "base/file.h"
#include "evaluator/convert.h"

#include "base/random.h"
#include "tests/png_writer.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { COUNT = 5, RECORD = 3073 };

static void fill(uint8_t *records, size_t size)
{
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < size; i++)
        records[i] = (uint8_t)random_below(&stream, 256);
}

static void planes_come_back(void **state)
{
    (void)state;
    uint8_t records[COUNT * RECORD], back[COUNT * RECORD];
    struct error error;
    fill(records, sizeof records);
    memset(back, 0, sizeof back);
    png_write_records(scratch_path("x.png"), records, COUNT);
    assert_int_equal(convert_images(scratch_path("x.png"), COUNT, back, &error), 0);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(back[i * RECORD], 0); /* the label's byte is left alone */
        records[i * RECORD] = 0;
    }
    assert_memory_equal(records, back, sizeof records);
}

static void broken_pictures_are_refused(void **state)
{
    (void)state;
    uint8_t records[COUNT * RECORD];
    struct error error;
    char expected[1024];
    char *data;
    size_t size;
    fill(records, sizeof records);
    const char *path = scratch_path("x.png");
    png_write_records(path, records, COUNT);
    assert_int_equal(convert_images(path, COUNT + 1, records, &error), ERROR_FORMAT);
    (void)snprintf(expected, sizeof expected,
                   "%s: 1024 x 5 pixels, depth 8, type 2: expected 1024 x 6 RGB pixels of 8 bits, "
                   "not interlaced",
                   path);
    assert_string_equal(error.text, expected);
    assert_int_equal(file_read(path, &data, &size, NULL), 0);
    assert_int_equal(file_write(path, data, size / 2, NULL), 0);
    assert_int_equal(convert_images(path, COUNT, records, &error), ERROR_FORMAT);
    assert_non_null(strstr(error.text, "x.png: damaged PNG: "));
    data[size / 2] ^= 1;
    assert_int_equal(file_write(path, data, size, NULL), 0);
    free(data);
    assert_int_equal(convert_images(path, COUNT, records, &error), ERROR_FORMAT);
    assert_non_null(strstr(error.text, "x.png: damaged PNG: "));
    assert_int_equal(file_write(path, "not a picture", 13, NULL), 0);
    assert_int_equal(convert_images(path, COUNT, records, &error), ERROR_FORMAT);
    assert_non_null(strstr(error.text, "x.png: damaged PNG: Not a PNG file"));
    assert_int_equal(convert_images("/nowhere/x.png", COUNT, records, &error), ERROR_MISSING);
    assert_string_equal(error.text, "/nowhere/x.png: No such file or directory");
}

static void labels_are_read(void **state)
{
    (void)state;
    uint8_t label[3];
    const uint8_t expected[3] = {6, 0, 9};
    assert_int_equal(convert_labels("[6,0,9]", 3, 10, label, NULL), 0);
    assert_memory_equal(label, expected, 3);
    assert_int_equal(convert_labels(" [ 6 , 0\n,\t9 ] \n", 3, 10, label, NULL), 0);
    assert_memory_equal(label, expected, 3);
    assert_int_equal(convert_labels("[255]", 1, 256, label, NULL), 0);
    assert_int_equal(label[0], 255);
}

static void broken_labels_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "element 0: expected '[' (of 3 labels)"},
        {"{6,0,9}", "element 0: expected '[' (of 3 labels)"},
        {"[6,0]", "element 2: expected ',' (of 3 labels)"},
        {"[6 0 9]", "element 1: expected ',' (of 3 labels)"},
        {"[6,,9]", "element 1: expected a label below 10"},
        {"[6,-1,9]", "element 1: expected a label below 10"},
        {"[6,10,9]", "element 1: expected a label below 10"},
        {"[6,01,9]", "element 1: expected a label below 10"},
        {"[6,99999999999999999999,9]", "element 1: expected a label below 10"},
        {"[6,0,9.5]", "expected the end after 3 labels"},
        {"[6,0,9,1]", "expected the end after 3 labels"},
        {"[6,0,9", "expected the end after 3 labels"},
        {"[6,0,9]]", "expected the end after 3 labels"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t label[3];
        struct error error;
        assert_int_equal(convert_labels(cases[i].text, 3, 10, label, &error), ERROR_FORMAT);
        assert_string_equal(error.text, cases[i].message);
    }
}

static void a_package_needs_its_files(void **state)
{
    (void)state;
    struct error error;
    char expected[256];
    const char *from = scratch_folder("package");
    assert_int_equal(convert_cifar(from, scratch, &error), ERROR_MISSING);
    (void)snprintf(expected, sizeof expected, "%s/train_lables.json: No such file or directory",
                   from);
    assert_string_equal(error.text, expected);
    assert_int_equal(file_write(scratch_path("package/train_lables.json"), "[1]", 3, NULL), 0);
    assert_int_equal(convert_cifar(from, scratch, &error), ERROR_FORMAT);
    (void)snprintf(expected, sizeof expected,
                   "%s/train_lables.json: element 1: expected ',' (of 50000 labels)", from);
    assert_string_equal(error.text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_come_back),          cmocka_unit_test(broken_pictures_are_refused),
        cmocka_unit_test(labels_are_read),           cmocka_unit_test(broken_labels_are_refused),
        cmocka_unit_test(a_package_needs_its_files),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
